from __future__ import annotations

import math

import numpy as np
import pytest

from streamsnn.evaluation import StreamError
from streamsnn.evaluation.arena import SYNTHETIC, Source, read, synthetic


@pytest.mark.parametrize("name", SYNTHETIC)
def test_a_synthetic_stream_is_the_same_every_time(name):
    first, again = synthetic(name, 300), synthetic(name, 300)
    assert first == again
    assert len({label for _, label in first.events}) > 1


CONCEPTS = {  # before the first drift
    "sine_abrupt": lambda x: int(x[0] < math.sin(x[1])),
    "stagger": lambda x: int(x["size"] == 0 and x["color"] == 0),
    "sine_recurring": lambda x: int(x[0] < math.sin(x[1])),
}


@pytest.mark.parametrize("name", CONCEPTS)
def test_labels_change_their_meaning_at_the_marked_drifts(name):
    stream = synthetic(name)
    right = np.array([CONCEPTS[name](x) == label for x, label in stream.events])
    assert right[: stream.drifts[0]].all()
    assert right[stream.drifts[0] : stream.drifts[1]].mean() < 0.8


def test_a_gradual_drift_takes_a_thousand_events():
    """Events of the first concept, told by being the same as in the stream that drifts at once."""
    abrupt, gradual = synthetic("agrawal_abrupt"), synthetic("agrawal_gradual")
    first = {x["salary"] for x, _ in abrupt.events[:5000]}
    of_first = np.array([x["salary"] in first for x, _ in gradual.events[4000:6000]])
    assert of_first[:400].mean() > 0.9
    assert 0.3 < of_first[800:1200].mean() < 0.7
    assert of_first[-400:].mean() < 0.1


def test_arrays_and_the_reader_of_files_agree(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), np.array(["a", "b"])[rng.integers(0, 2, 50)]
    np.savez(tmp_path / "s.npz", X=X, y=y)
    rows = ["x0,x1,x2,label", *(",".join([*map(repr, row), label]) for row, label in zip(X.tolist(), y, strict=True))]
    (tmp_path / "s.csv").write_text("\n".join(rows) + "\n")
    arrays, text = (read(Source("s", str(tmp_path / name), rows=40)) for name in ("s.npz", "s.csv"))
    assert np.array_equal(arrays.X, text.X)
    assert np.array_equal(arrays.y, text.y)
    assert arrays.dicts == text.dicts
    assert arrays.labels == text.labels == ("a", "b")
    assert arrays.raw is text.raw is None


def test_categories_and_missing_values(tmp_path):
    (tmp_path / "s.csv").write_text("size,colour,kind\n1,red,a\n,blue,b\n3,,a\n")
    field = read(Source("s", str(tmp_path / "s.csv")))
    assert field.X.tolist() == [[1.0, 1.0], [1.0, 0.0], [3.0, 0.0]]
    assert field.categories == ((), ("blue", "red"))
    assert field.dicts[1] == {"size": 1.0, "colour": "blue"}
    assert field.raw is not None
    assert field.raw[0] == {"size": 1, "colour": "red"}


def test_a_stream_that_is_not_there():
    with pytest.raises(StreamError, match="no such file"):
        read(Source("s", "nowhere.npz"))
