"""JSON is read strictly: whatever is not an event or a label is an error that names the field."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsnn_kafka.wire import WireError, _parse_slowly, as_keys, encode, parse_event, parse_label, parse_object


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (None, "tombstone"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[1]", "not a JSON object but list"),
        (b'{"features": {"a": 1}', "not JSON"),
        (b'{"features": {"a": NaN}}', "NaN is not JSON"),
        (b'{"features": {"a": -Infinity}}', "-Infinity is not JSON"),
        (b'{"features": {"a": 1, "a": 2}}', "'a' stands there twice"),
        (b'{"features": {"a": 1e999}}', r"features\['a'\]: too large"),
        (b'{"features": {"a": ' + b"9" * 400 + b"}}", r"features\['a'\]: too large"),
        (b'{"features": {"a": ' + b"9" * 5000 + b"}}", "not JSON"),
        (b'{"features": {"a": [1]}}', r"features\['a'\]: neither"),
        (b'{"features": {"a": "\\ud800"}}', r"features\['a'\]: half a surrogate"),
        (b'{"features": {"\\ud800": 1}}', "the name of a feature: half a surrogate"),
        (b'{"label": 1}', "no object 'features'"),
        (b'{"features": {}, "label": {}}', "label: must be"),
        (b'{"features": {}, "label": 1e999}', "label: too large"),
        (b'{"features": {}, "weight": -1}', "weight: must be"),
        (b'{"features": {}, "weight": true}', "weight: must be"),
        (b'{"features": {}, "id": 5}', "id: must be text"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_event_says_why(value: bytes | None, complaint: str) -> None:
    with pytest.raises(WireError, match=complaint):
        parse_event(value, "0-1")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [(b"{}", "no field 'id'"), (b'{"id": "a"}', "no field 'label'"), (b'{"id": 1, "label": 1}', "id: must be text")],
)
def test_what_is_no_label_says_why(value: bytes, complaint: str) -> None:
    with pytest.raises(WireError, match=complaint):
        parse_label(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_an_error(value: bytes) -> None:
    try:
        event = parse_event(value, "0-1")
    except WireError:
        return
    assert isinstance(event.features, dict)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "features", "label", "weight", "time"), trees)))
def test_any_object_is_an_event_or_an_error(content: dict[str, object]) -> None:
    try:
        event = parse_event(json.dumps(content).encode(), "0-1")
    except WireError:
        return
    assert event.features == content["features"]


def test_labels_keep_their_type_and_whole_numbers_are_whole() -> None:
    found = [parse_label(b'{"id": "a", "label": %s}' % text).label for text in (b"1", b"true", b'"1"', b"1.0", b"1.5")]
    assert [(type(each), each) for each in found] == [(int, 1), (bool, True), (str, "1"), (int, 1), (float, 1.5)]


def test_probabilities_have_distinct_keys() -> None:
    labels = [1, True, "1", "true", None, "x"]
    assert len(as_keys(labels, [0.1] * 6)) == 6


def test_what_is_not_finite_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"x": float("nan")})


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.text().map(json.dumps) | st.text().map(lambda text: json.dumps(text, ensure_ascii=False))
JSON = st.recursive(
    NUMBERS | TEXTS | st.sampled_from(["true", "false", "null", "NaN", "1."]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]")
        | st.lists(st.tuples(TEXTS, inner), max_size=3).map(
            lambda found: f"{{{','.join(f'{k}: {v}' for k, v in found)}}}"
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(TEXTS, JSON), max_size=4))
def test_the_fast_parser_reads_what_the_strict_one_reads(pairs: list[tuple[str, str]]) -> None:
    value = f"{{{','.join(f'{name}:{content}' for name, content in pairs)}}}".encode(errors="surrogatepass")
    try:
        strict = repr(_parse_slowly(value))
    except WireError:
        with pytest.raises(WireError):
            parse_object(value)
    else:
        assert repr(parse_object(value)) == strict
