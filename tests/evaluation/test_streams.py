from __future__ import annotations

import gzip
import itertools
import sys

import numpy as np
import pandas as pd
import pytest

from streamsnn.evaluation import StreamError, open_stream


def events_of(path, **options):
    return list(open_stream(str(path), **options).events)


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


# --- River -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ImageSegments", "imagesegments", "IMAGESEGMENTS"])
def test_a_data_set_of_river_by_name_in_any_case(name):
    stream = open_stream(name)
    assert (stream.name, stream.rows, len(list(stream.events))) == ("ImageSegments", 2310, 2310)


def test_a_generator_is_endless_and_follows_the_seed():
    first, again, other = (open_stream("sea", seed=seed) for seed in (1, 1, 2))
    assert first.endless
    assert first.rows is None
    taken = [list(itertools.islice(stream.events, 5)) for stream in (first, again, other)]
    assert taken[0] == taken[1] != taken[2]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("NoSuchThing", "ImageSegments, Phishing, Shuttle"),
        ("ChickWeights", "regression"),
        ("SolarFlare", "multi-output"),
        ("Criteoads", "download"),
    ],
)
def test_what_is_no_stream_says_what_would_be(name, says, tmp_path, monkeypatch):
    monkeypatch.setenv("RIVER_DATA", str(tmp_path))
    with pytest.raises(StreamError, match=says):
        open_stream(name)


# --- CSV -------------------------------------------------------------------------------------------------------------


def test_csv_values_are_parsed_and_the_last_column_is_the_label(write):
    path = write("a.csv", "size,hot,colour,kind\n1.5,true,red,apple\n,False,?,pear\n")
    assert events_of(path) == [
        ({"size": 1.5, "hot": True, "colour": "red"}, "apple"),
        ({"size": None, "hot": False, "colour": None}, "pear"),
    ]


def test_csv_label_by_name_and_number_of_rows(write):
    path = write("a.csv", "kind,size\n1,2\n0,3\n")
    stream = open_stream(str(path), label="kind")
    assert stream.rows == 2
    assert list(stream.events) == [({"size": 2}, 1), ({"size": 3}, 0)]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_with_other_separators_quotes_and_a_byte_order_mark(write, separator):
    text = "\ufeff" + separator.join(["a", "b", "y"]) + "\n" + separator.join(['"1,5"', "2", "x"]) + "\n"
    assert events_of(write("a.csv", text)) == [({"a": "1,5", "b": 2}, "x")]


def test_csv_compressed(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,y\n1,x\n"))
    assert events_of(path) == [({"a": 1}, "x")]


def test_a_csv_row_of_another_length_is_named_and_rows_before_it_are_given(write):
    stream = open_stream(str(write("a.csv", "a,b,y\n1,2,x\n1,2\n")))
    events = iter(stream.events)
    assert next(events)[1] == "x"
    with pytest.raises(StreamError, match=r"a\.csv, line 3: 2 values, but the header has 3"):
        next(events)


@pytest.mark.parametrize(
    ("text", "label", "says"),
    [
        ("", None, "empty"),
        ("a\n1\n", None, "two columns"),
        ("a,a,y\n1,2,3\n", None, "twice"),
        ("a,b\n1,2\n", "kind", "no column 'kind'.*a, b"),
        ("a,y\n1,\n", None, "line 2: no value in the label column 'y'"),
    ],
)
def test_bad_csv(write, text, label, says):
    with pytest.raises(StreamError, match=says):
        events_of(write("a.csv", text), label=label)


def test_csv_that_is_not_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(StreamError, match=r"a\.csv"):
        events_of(path)


# --- other files -----------------------------------------------------------------------------------------------------


def test_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"size": [1.5, None], "colour": ["red", "blue"], "kind": [0, 1]}).to_parquet(path)
    stream = open_stream(str(path))
    assert stream.rows == 2
    assert list(stream.events) == [({"size": 1.5, "colour": "red"}, 0), ({"size": None, "colour": "blue"}, 1)]


def test_parquet_without_pyarrow_says_what_to_install(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(StreamError, match=r'pip install "streamsnn\[parquet\]"'):
        events_of(write("a.parquet", "x"))


def test_arff_keeps_nominal_values_as_categories(write):
    path = write(
        "a.arff",
        "% a comment\n@relation r\n@attribute size numeric\n@attribute door {1,2}\n@attribute y {0,1}\n"
        "@data\n1.5,2,0\n% another\n2.5,?,1\n",
    )
    assert events_of(path) == [({"size": 1.5, "door": "2"}, 0), ({"size": 2.5, "door": None}, 1)]


def test_npz(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, X=np.array([[1.0, np.nan]], dtype=np.float32), y=np.array([3]), feature_names=np.array(["a", "b"]))
    ((x, label),) = events_of(path)
    assert list(x) == ["a", "b"]
    assert x["a"] == 1.0
    assert np.isnan(x["b"])
    assert (label, type(label)) == (3, int)


def test_npz_without_names_counts_features(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, X=np.ones((1, 2)), y=np.array(["up"]))
    assert events_of(path) == [({"x0": 1.0, "x1": 1.0}, "up")]


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"X": np.ones((2, 2))}, "needs arrays X and y; there are X"),
        ({"X": np.ones((2, 2)), "y": np.ones(3)}, "do not fit"),
        ({"X": np.ones((2, 2)), "y": np.array([{}, {}], dtype=object)}, "NPZ"),
    ],
)
def test_npz_that_does_not_fit(tmp_path, arrays, says):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays, allow_pickle=True)
    with pytest.raises(StreamError, match=says):
        events_of(path)


@pytest.mark.parametrize("ending", ["parquet", "arff", "npz"])
def test_a_file_that_is_something_else(write, ending):
    with pytest.raises(StreamError, match=rf"a\.{ending}"):
        events_of(write(f"a.{ending}", "this is\nsomething else\n"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StreamError, match="no such file"):
        open_stream(str(tmp_path / "a.csv"))


def test_a_file_of_unknown_ending(write):
    with pytest.raises(StreamError, match=r"\.csv, .*\.jsonl"):
        open_stream(str(write("a.xlsx", "x")))


# --- JSON lines ------------------------------------------------------------------------------------------------------


def test_json_lines_flat_and_nested(write):
    path = write("a.jsonl", '{"x": 1, "c": "red", "kind": true}\n\n{"kind": false, "features": {"x": null}}\n')
    assert events_of(path, label="kind") == [({"x": 1, "c": "red"}, True), ({"x": None}, False)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2"),
        ("[1, 2]", "JSON object"),
        ('{"x": 1}', "no field 'label'.*there are x"),
        ('{"x": 1, "label": null}', "label must be"),
        ('{"x": [1], "label": 1}', "'x': a list"),
        ("[" * 100_000, "line 2"),
    ],
)
def test_a_bad_json_line_is_named_by_its_number(write, line, says):
    path = write("a.jsonl", '{"x": 1, "label": 1}\n' + line + "\n")
    with pytest.raises(StreamError, match=says) as caught:
        events_of(path)
    assert "line 2" in str(caught.value)
