"""A task equals the classifier it holds; bad records change nothing; a snapshot goes on bit by bit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsnn import AdaptiveSpikingClassifier, SpikingClassifier
from streamsnn_kafka.keyed import KeyedTask
from streamsnn_kafka.records import ALERT, DEAD_LETTER, PREDICTION, Record
from streamsnn_kafka.task import PartitionTask, TaskSettings


def ladder() -> Any:
    return AdaptiveSpikingClassifier("small", seed=1)


def event(offset: int, content: Any, time: int = 0, key: bytes | None = None) -> Record:
    value = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Record(0, "events", 0, offset, time, key, value)


def label(offset: int, content: Any, time: int = 0, key: bytes | None = None) -> Record:
    return Record(1, "labels", 0, offset, time, key, json.dumps(content).encode())


def rows(count: int, seed: int = 0) -> list[tuple[dict[str, Any], bool]]:
    rng = np.random.default_rng(seed)
    found = []
    for a, b in rng.normal(size=(count, 2)).tolist():
        found.append(({"a": a, "b": b}, a + b > 0))
    return found


def said(outputs: list[Any]) -> list[Any]:
    return [json.loads(each.value) for each in outputs if each.kind == PREDICTION]


def error(outputs: list[Any]) -> str:
    (letter,) = [each for each in outputs if each.kind == DEAD_LETTER]
    return dict(letter.headers)["error"].decode()


def test_with_labels_it_is_predict_then_learn() -> None:
    plain, task = ladder(), PartitionTask(ladder())
    for k, (x, y) in enumerate(rows(300)):
        wanted = plain.predict_proba_one(x)
        plain.learn_one(x, y)
        (answer,) = said(task.handle(event(k, {"features": x, "label": y})))
        assert answer["probabilities"] == {json.dumps(each): share for each, share in wanted.items()}
        assert answer["events_learned"] == k
        assert answer["source"] == {"topic": "events", "partition": 0, "offset": k}


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_bad_records_change_nothing(nonsense: list[bytes]) -> None:
    clean, dirty = PartitionTask(SpikingClassifier(seed=1)), PartitionTask(SpikingClassifier(seed=1))
    for k, (x, y) in enumerate(rows(20)):
        wanted = clean.handle(event(k, {"id": str(k), "features": x, "label": y}))
        for value in nonsense:
            (letter,) = dirty.handle(event(1000, value))
            assert (letter.kind, letter.value) == (DEAD_LETTER, value)
        assert said(dirty.handle(event(k, {"id": str(k), "features": x, "label": y}))) == said(wanted)
    assert clean.checksum == dirty.checksum


def test_late_labels_are_learned_from_what_was_said() -> None:
    plain, task, forecasts = ladder(), PartitionTask(ladder()), {}
    stream = rows(100)
    for k, (x, _) in enumerate(stream):
        forecasts[k] = plain.forecast_one(x)
        task.handle(event(k, {"id": f"e{k}", "features": x}))
        if k >= 10:
            plain.learn_one(stream[k - 10][0], stream[k - 10][1], forecast=forecasts[k - 10])
            assert task.handle(label(k - 10, {"id": f"e{k - 10}", "label": stream[k - 10][1]})) == []
    x = {"a": 0.1, "b": 0.2}
    wanted = {json.dumps(each): share for each, share in plain.predict_proba_one(x).items()}
    assert said(task.handle(event(100, {"features": x})))[0]["probabilities"] == wanted


def test_fates_of_labels() -> None:
    task = PartitionTask(SpikingClassifier(seed=1), TaskSettings(expire_ms=1000))
    assert task.handle(label(0, {"id": "soon", "label": 1}, time=0)) == []
    assert "duplicate" in error(task.handle(label(1, {"id": "soon", "label": 1})))
    assert task.counts["learned"] == 0
    task.handle(event(0, {"id": "soon", "features": {"a": 1}}))
    assert task.counts["learned"] == 1
    assert "duplicate" in error(task.handle(label(2, {"id": "soon", "label": 1})))
    task.handle(event(1, {"id": "with", "features": {"a": 1}, "label": 1}))
    assert "duplicate" in error(task.handle(label(3, {"id": "with", "label": 1})))
    task.handle(event(2, {"id": "waits", "features": {"a": 1}}))
    assert "has been scored before" in error(task.handle(event(3, {"id": "waits", "features": {"a": 1}})))


def test_unknown_labels_expire_and_one_wrong_clock_empties_nothing() -> None:
    task = PartitionTask(SpikingClassifier(seed=1), TaskSettings(expire_ms=1000))
    task.handle(label(0, {"id": "never", "label": 1}, time=0))
    year_9999 = 253_370_764_800_000
    assert [each.kind for each in task.handle(event(0, {"features": {}}, time=year_9999))] == [PREDICTION]
    kinds = [each.kind for k in range(1, 30) for each in task.handle(event(k, {"features": {}}, time=500))]
    assert DEAD_LETTER not in kinds
    outputs = [each for k in range(30, 60) for each in task.handle(event(k, {"features": {}}, time=2000))]
    assert "unknown" in error(outputs)


def test_too_many_early_labels_are_dead_lettered() -> None:
    task = PartitionTask(SpikingClassifier(seed=1), TaskSettings(pending=2))
    letters = [each for k in range(4) for each in task.handle(label(k, {"id": str(k), "label": 1}))]
    assert [dict(each.headers)["offset"] for each in letters] == [b"0", b"1"]


def test_one_true_and_text_are_three_labels() -> None:
    task = PartitionTask(SpikingClassifier(seed=1))
    for k, each in enumerate([1, True, "1", 1.0] * 3):
        task.handle(event(k, {"features": {"a": k % 4}, "label": each}))
    (answer,) = said(task.handle(event(99, {"features": {"a": 0}})))
    assert set(answer["probabilities"]) == {"1", "true", '"1"'}
    again = PartitionTask.restore(task.snapshot())
    assert said(again.handle(event(100, {"features": {"a": 0}})))[0]["probabilities"] == answer["probabilities"]


def test_a_snapshot_goes_on_bit_by_bit() -> None:
    def drive(task: Any, first: int, end: int) -> Any:
        for k, (x, y) in enumerate(rows(200)[first:end], first):
            task.handle(event(k, {"id": f"e{k}", "features": x} | ({"label": y} if k % 3 else {}), time=k))
            task.handle(label(k, {"id": f"e{k + 5 - (k % 4) * 4}", "label": y}, time=k))
        return task

    whole = drive(PartitionTask(ladder()), 0, 200)
    half = drive(PartitionTask.restore(drive(PartitionTask(ladder()), 0, 100).snapshot()), 100, 200)
    assert half.checksum == whole.checksum
    assert half.counts == whole.counts
    assert half.waiting == whole.waiting
    assert half.snapshot() == whole.snapshot()


@pytest.mark.parametrize(
    "model",
    [
        ladder(),
        SpikingClassifier(seed=1),
        AdaptiveSpikingClassifier("small", seed=1, label_history=True, recall=2, reaction="replace_worst"),
    ],
    ids=["ladder", "network", "options"],
)
def test_a_frozen_task_can_be_packed_while_the_task_goes_on(model: Any) -> None:
    task = PartitionTask(model)
    events = [
        event(k, {"id": f"e{k}", "features": x, "label": y if k % 3 else None}) for k, (x, y) in enumerate(rows(300))
    ]
    task.handle_many(events[:200])
    task.handle(label(0, {"id": "early", "label": True}))
    expected, pack = task.snapshot(), task.freeze()
    task.handle_many([*events[200:], *(label(1 + k, {"id": f"e{3 * k}", "label": True}) for k in range(50))])
    task.handle(event(300, {"features": {"new": 1.0}, "label": "third"}))
    assert pack() == expected
    assert task.snapshot() != expected


def test_drift_is_told() -> None:
    task = PartitionTask(ladder())
    kinds = []
    for k, (x, y) in enumerate(rows(4000)):
        kinds += [each.kind for each in task.handle(event(k, {"features": x, "label": y != (k > 2000)}))]
    assert kinds.count(ALERT) == task.counts["drifts"] >= 1


def test_keys_have_models_of_their_own_and_the_oldest_goes() -> None:
    settings = TaskSettings(model_per="key", max_keys=2)
    task, alone = KeyedTask(SpikingClassifier(seed=1), settings), PartitionTask(SpikingClassifier(seed=1))
    stream = rows(60)
    for k, (x, y) in enumerate(stream):
        task.handle(event(k, {"features": x, "label": y}, key=b"ab"[k % 2 : k % 2 + 1]))
        if k % 2 == 0:
            alone.handle(event(k, {"features": x, "label": y}))
    again = KeyedTask.restore(task.snapshot(), settings)
    probe = event(60, {"features": {"a": 1.0}}, key=b"a")
    wanted = said(alone.handle(probe))[0]["probabilities"]
    assert said(task.handle(probe))[0]["probabilities"] == wanted
    assert said(again.handle(probe))[0]["probabilities"] == wanted
    assert again.checksum == task.checksum
    task.handle(label(0, {"id": "unborn", "label": 1}, key=b"b"))
    outputs = task.handle(event(61, {"features": {}}, key=b"c")) + task.handle(event(62, {"features": {}}, key=b"d"))
    assert task.counts["evicted"] == 2
    assert "unknown" in error(outputs)
    assert "no key" in error(task.handle(event(63, {"features": {}})))


def test_cloudevents_bring_their_id_in_a_header_and_get_some() -> None:
    task = PartitionTask(SpikingClassifier(seed=1), TaskSettings(cloudevents=True))
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"x7"), ("ce_source", b"/s"), ("ce_type", b"t")]
    (output,) = task.handle(Record(0, "events", 0, 0, 0, None, b'{"features": {}}', headers))
    assert json.loads(output.value or b"")["id"] == "x7"
    assert dict(output.headers)["ce_type"] == b"streamsnn.prediction"
    (letter,) = task.handle(Record(0, "events", 0, 1, 0, None, b'{"features": {}}', headers[1:]))
    assert b"ce_specversion" in dict(letter.headers)["error"]
