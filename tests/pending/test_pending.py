"""Labels that come late, early, twice or never."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river.linear_model import LogisticRegression

from streamsnn import AdaptiveSpikingClassifier, PendingEvents, SnapshotError, SpikingClassifier, snapshot
from streamsnn.ensemble.members import MemberSettings


def ladder(**more) -> AdaptiveSpikingClassifier:
    return AdaptiveSpikingClassifier(members=(MemberSettings(),), hidden=8, memory=20, seed=1, **more)


def bits(model: AdaptiveSpikingClassifier) -> dict[str, list]:
    return {name: array.tolist() for name, array in model._export().items() if "NaN" not in name and name != "silence"}


def test_without_delay_it_is_predict_and_learn(blobs) -> None:
    plain, events = ladder(), PendingEvents(ladder())
    for k, (x, y) in enumerate(blobs(200)):
        assert events.score_one(k, x) == plain.predict_proba_one(x)
        plain.learn_one(x, y)
        assert events.label_one(k, y) == "learned"
    assert bits(plain) == bits(events.model)
    assert len(events) == 0


def test_accuracy_counts_what_was_said_when_scored(blobs) -> None:
    events, said, truth = PendingEvents(ladder()), {}, {}
    for k, (x, y) in enumerate(blobs(300)):
        said[k], truth[k] = events.score_one(k, x), y
        if k >= 30:
            events.label_one(k - 30, truth[k - 30])
    answered = [k for k in range(270) if truth[k] in said[k]]
    right = [k for k in answered if max(said[k], key=said[k].get) == truth[k]]
    assert events.model.accuracy == len(right) / len(answered)


def test_early_duplicate_expired_and_unusable_labels() -> None:
    events = PendingEvents(ladder(), capacity=2, max_early=1)
    assert events.label_one("a", 1) == "early"
    assert events.label_one("a", 0) == "duplicate"
    assert events.label_one("b", 1) == "early"  # drops the label of "a"
    events.score_one("a", {"v": 1.0})
    assert "a" in events
    events.score_one("b", {"v": 1.0})
    assert "b" not in events
    assert [events.fate(name) for name in ("a", "b", "c")] == ["waiting", "learned", None]
    with pytest.raises(ValueError, match="label"):
        events.label_one("a", None)
    assert "a" in events
    with pytest.raises(ValueError, match="'a'"):
        events.score_one("a", {"v": 1.0})
    with pytest.raises(ValueError, match="'v'"):
        events.score_one("x", {"v": [1]})
    assert "x" not in events
    events.score_one("c", {"v": 2.0})
    events.score_one("d", {"v": 2.0})
    assert "a" not in events
    assert events.label_one("a", 1) == "expired"
    assert events.counts == Counter(
        {"scored": 4, "early": 2, "duplicate": 1, "early dropped": 1, "learned": 1, "expired": 1, "too late": 1}
    )


def test_events_expire_by_age() -> None:
    events = PendingEvents(LogisticRegression(), max_age=3)
    for k in range(10):
        events.score_one(k, {"v": float(k)})
    assert [k for k in range(10) if k in events] == [6, 7, 8, 9]


@pytest.mark.parametrize("make", [lambda: SpikingClassifier(hidden=(8,), seed=1), LogisticRegression])
def test_other_classifiers_learn_from_the_event(make, blobs) -> None:
    events, plain = PendingEvents(make()), make()
    for k, (x, y) in enumerate(blobs(50)):
        events.score_one(k, x)
        events.label_one(k, y)
        plain.learn_one(x, y)
    x = blobs(1, seed=4)[0][0]
    assert events.model.predict_proba_one(x) == plain.predict_proba_one(x)


def test_saved_events_go_on_as_if_nothing_had_happened(blobs, tmp_path) -> None:
    events = PendingEvents(ladder(), capacity=50)
    stream = blobs(160)
    for k, (x, _) in enumerate(stream[:100]):
        events.score_one(("event", k), x | {"odd": [None, math.nan, "red", True, 3][k % 5]})
        if k % 3 == 0 and k >= 20:
            events.label_one(("event", k - 20), stream[k - 20][1])
    events.label_one(("event", 140), 1)
    events.save(tmp_path / "events")
    events.model.save(tmp_path / "model")
    again = PendingEvents.load(tmp_path / "events", AdaptiveSpikingClassifier.load(tmp_path / "model"))
    assert again.counts == events.counts
    for k, (x, _) in enumerate(stream[100:], 100):
        for each in (events, again):
            each.score_one(("event", k), x)
            each.label_one(("event", k - 20), stream[k - 20][1])
    assert again.counts == events.counts
    assert bits(again.model) == bits(events.model)


def test_forged_files_are_refused(blobs, tmp_path) -> None:
    events = PendingEvents(ladder())
    for k, (x, y) in enumerate(blobs(30)):
        events.score_one(k, x)
        if k < 10:
            events.label_one(k, y)
    events.save(tmp_path / "events")
    header, arrays = snapshot.read(tmp_path / "events")
    changes = [
        {"rungs": arrays["rungs"] * 0},
        {"rungs": arrays["rungs"] * 1000},
        {"rungs": arrays["rungs"][:-1]},
        {"logs": arrays["logs"] * np.nan},
        {"logs": arrays["logs"][:-1]},
        {"probabilities": arrays["probabilities"][:-1]},
        {"logs": arrays["logs"].astype(np.float32)},
    ]
    for change in changes:
        snapshot.write(tmp_path / "forged", header["kind"], header["content"], arrays | change)
        with pytest.raises(SnapshotError):
            PendingEvents.load(tmp_path / "forged", ladder())
    for wrong in ({"waiting": [1]}, {"early": None}, {"bounds": [0, None, 1, 1]}, {"counts": []}):
        snapshot.write(tmp_path / "forged", header["kind"], header["content"] | wrong, arrays)
        with pytest.raises(SnapshotError):
            PendingEvents.load(tmp_path / "forged", ladder())
    with pytest.raises(SnapshotError):
        AdaptiveSpikingClassifier.load(tmp_path / "events")


def test_bounds_are_checked() -> None:
    for name in ("capacity", "max_age", "max_early", "max_remembered"):
        with pytest.raises(ValueError, match=name):
            PendingEvents(LogisticRegression(), **{name: 0})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=60))
def test_any_order_of_events_and_labels_adds_up(steps) -> None:
    events = PendingEvents(LogisticRegression(), capacity=4, max_early=3, max_remembered=1000)
    refused = 0
    for scores, event_id in steps:
        if scores:
            try:
                events.score_one(event_id, {"v": 1.0})
            except ValueError:
                refused += 1
        else:
            assert events.label_one(event_id, True) in ("learned", "early", "duplicate", "expired")
    counts = events.counts
    assert counts["scored"] == len(events) + counts["learned"] + counts["expired"]
    assert len(events) <= 4
    labels = sum(not scores for scores, _ in steps)
    resolved_early = counts["early"] - counts["early dropped"] - len(events._early)
    assert labels == counts["learned"] - resolved_early + counts["early"] + counts["duplicate"] + counts["too late"]
    assert refused + counts["scored"] == sum(scores for scores, _ in steps)
