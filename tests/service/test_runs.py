"""Many records at once leave what they leave one by one: outputs, counts and the bits of the model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsnn import AdaptiveSpikingClassifier, SpikingClassifier
from streamsnn_kafka.keyed import KeyedTask
from streamsnn_kafka.records import ALERT, Record
from streamsnn_kafka.task import PartitionTask, TaskSettings


def model() -> Any:
    return AdaptiveSpikingClassifier("small", seed=1)


FEATURES = {
    "plain": lambda a, b: {"a": a, "b": b},
    "turned": lambda a, b: {"b": b, "a": a},
    "missing": lambda a, b: {"a": a, "b": None},
    "fewer": lambda a, b: {"b": b},
    "word": lambda a, b: {"a": a, "b": "red"},
    "new": lambda a, b: {"a": a, "b": b, "c": a},
    "wrong": lambda a, b: {"a": a, "b": [b]},
}
EVENTS = st.tuples(
    st.just("event"),
    st.sampled_from(["plain"] * 12 + list(FEATURES)),
    st.floats(-2, 2, width=32),
    st.floats(-2, 2, width=32),
    st.sampled_from([True, False] * 6 + [None, 1, "x", {}]),
    st.sampled_from([1.0] * 8 + [0.0, 0.5, -1.0]),
    st.sampled_from([None, None, None, "p", "q"]),
)
LABELS = st.tuples(st.just("label"), st.sampled_from(["p", "q", "r"]), st.booleans())
NONSENSE = st.tuples(st.just("nonsense"), st.sampled_from([b"{", b"", None, b'{"features": {"a": NaN}}']))
DRAWN = st.lists(st.one_of([EVENTS] * 8 + [LABELS, NONSENSE]), min_size=1, max_size=60)


def records(drawn: list[tuple[Any, ...]]) -> list[Record]:
    found = []
    for offset, (kind, *rest) in enumerate(drawn):
        if kind == "nonsense":
            found.append(Record(0, "events", 0, offset, offset, None, rest[0]))
        elif kind == "label":
            value = json.dumps({"id": rest[0], "label": rest[1]}).encode()
            found.append(Record(1, "labels", 0, offset, offset, None, value))
        else:
            shape, a, b, label, weight, name = rest
            content = {"features": FEATURES[shape](a, b), "label": label, "weight": weight, "id": name}
            found.append(Record(0, "events", 0, offset, offset, b"key", json.dumps(content).encode()))
    return found


def pieces(whole: list[Record], sizes: list[int]) -> Iterator[list[Record]]:
    begin = 0
    for size in sizes:
        yield whole[begin : begin + size]
        begin += size
    yield whole[begin:]


@given(DRAWN, st.lists(st.integers(1, 30), max_size=6))
@settings(max_examples=150)
def test_whatever_comes_and_however_it_is_cut(drawn: list[tuple[Any, ...]], sizes: list[int]) -> None:
    single, many, whole = PartitionTask(model()), PartitionTask(model()), records(drawn)
    expected = [output for record in whole for output in single.handle(record, 99)]
    found = [output for piece in pieces(whole, sizes) for output in many.handle_many(piece, 99)]
    assert found == expected
    assert many.counts == single.counts
    assert many.checksum == single.checksum
    assert many.snapshot() == single.snapshot()


@pytest.mark.parametrize("kind", [AdaptiveSpikingClassifier, SpikingClassifier])
def test_runs_are_taken_at_once_and_tell_drift_where_it_was(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    X, flipped = rng.normal(size=(3_000, 2)), np.arange(3_000) > 2_000
    drawn = [
        ("event", "plain", float(x[0]), float(x[1]), bool((x.sum() > 0) != flip), 1.0, None)
        for x, flip in zip(X, flipped, strict=True)
    ]
    arguments = {"size": "small"} if kind is AdaptiveSpikingClassifier else {}
    single, many = (PartitionTask(kind(**arguments, seed=1)) for _ in range(2))
    calls = []
    at_once = many.model.predict_learn_many
    monkeypatch.setattr(many.model, "predict_learn_many", lambda *given: calls.append(len(given[0])) or at_once(*given))
    whole = records(drawn)
    expected = [output for record in whole for output in single.handle(record)]
    found = [output for k in range(0, 3_000, 500) for output in many.handle_many(whole[k : k + 500])]
    assert found == expected
    assert many.snapshot() == single.snapshot()
    assert sum(calls) > 2_990
    assert any(output.kind == ALERT for output in found) == (kind is AdaptiveSpikingClassifier)


def test_keys_are_taken_one_by_one() -> None:
    drawn = [("event", "plain", k / 50, -k / 70, k % 2 == 0, 1.0, None) for k in range(40)]
    whole = [record._replace(key=bytes([record.offset % 3])) for record in records(drawn)]
    single, many = (KeyedTask(model(), TaskSettings(model_per="key")) for _ in range(2))
    expected = [output for record in whole for output in single.handle(record)]
    assert many.handle_many(whole) == expected
    assert many.snapshot() == single.snapshot()


def test_an_event_that_waits_is_not_learned_when_it_comes_again_with_a_label() -> None:
    task = PartitionTask(model())
    first = [("event", "plain", 1.0, 2.0, None, 1.0, "p"), ("event", "plain", 1.0, 2.0, True, 1.0, "p")]
    _, letter = task.handle_many(records(first))
    assert b"waits for its label" in dict(letter.headers)["error"]
    assert task.model.events_learned == 0
    assert task.counts["learned"] == 0
