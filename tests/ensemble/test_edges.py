"""What a stream may throw at a ladder."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn import AdaptiveSpikingClassifier, SnapshotError, snapshot
from streamsnn.ensemble import places as p
from streamsnn.ensemble import state
from streamsnn.ensemble.members import HALVES, SIZES, MemberSettings
from streamsnn.memory import ROWS


@pytest.mark.parametrize("size", ["small", "default", "large"])
def test_every_size_learns(size, blobs) -> None:
    model = AdaptiveSpikingClassifier(size, hidden=8, seed=1)
    for x, y in blobs(400):
        model.predict_one(x)
        model.learn_one(x, y)
    assert model.accuracy > 0.9
    assert len(model.weights) == model._model.rungs
    assert all(0 <= rate <= 1 for rate in model.spike_rates)


@pytest.mark.parametrize(
    "settings",
    [
        {"size": "huge"},
        {"memory": 9_000},
        {"mixture_rate": -1.0},
        {"reaction": "panic"},
        {"recall": -1},
        {"recall": 33},
        {"class_weighting": "x"},
        {"threads": 0},
        {"neuron": "gelu"},
        {"members": ()},
        {"seed": -1},
        {"max_classes": 0},
    ],
)
def test_a_wrong_setting_is_named(settings) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        AdaptiveSpikingClassifier(**settings)


def test_one_class_for_ten_thousand_events(tiny) -> None:
    model = tiny()
    model.predict_learn_many(np.random.default_rng(0).normal(size=(10_000, 2)), ["only"] * 10_000)
    assert model.predict_proba_one({0: 1.0, 1: 0.0}) == {"only": 1.0}
    assert model.drifts["mixture"] == 0


def test_a_thousand_classes(tiny, same) -> None:
    model, single = tiny(), tiny()
    rng = np.random.default_rng(0)
    y = np.concatenate([np.arange(1_000), rng.integers(0, 1_000, 200)])
    X = np.stack([y / 100, y % 7], axis=1) + rng.normal(size=(1_200, 2)) / 100
    answers = model.predict_learn_many(X, y)
    assert answers.shape == (1_200, 1_000)
    np.testing.assert_allclose(answers[1:].sum(axis=1), 1, atol=1e-9)
    for row, label in zip(X, y.tolist(), strict=True):
        single.learn_one(dict(enumerate(row)), label)
    same(model, single)
    with pytest.raises(ValueError, match="max_classes"):
        model.learn_one({0: 1.0}, "one too many")


def test_a_class_that_returns_after_a_long_time(tiny) -> None:
    model, rng = tiny(), np.random.default_rng(0)
    X = rng.normal(size=(20_400, 2)) + 1.0
    y = np.zeros(20_400, dtype=int)
    for place in (slice(0, 200), slice(20_200, 20_400)):
        X[place] -= 4.0 * (np.arange(200) % 2)[:, None]
        y[place] = np.arange(200) % 2
    answers = model.predict_learn_many(X, y)
    hits = answers.argmax(axis=1) == y
    assert hits[20_220:].mean() > 0.9


def test_ten_thousand_features_stay_within_bounds(tiny) -> None:
    model, rng = tiny(memory=200), np.random.default_rng(0)
    X = rng.normal(size=(150, 10_000))
    model.predict_learn_many(X, rng.integers(0, 2, 150))
    counts, ring = model._model.parts["counts"], model._model.parts["ring"].reshape(-1, p.RING_STRIDE)
    living = ring[np.arange(counts[p.OLDEST_EVENT], counts[p.REMEMBERED]) % p.RING_EVENTS]
    assert 1 <= len(living) < 150
    entries = living[:, [p.CURRENTS, p.CHANGES, p.FIELD_SPIKES]].sum()
    assert entries <= p.DRIVE_BUDGET
    assert len(model._model.parts["neurons"]) <= 4096 * 256
    assert np.isfinite(list(model.predict_proba_one(dict(enumerate(X[0]))).values())).all()


def test_bad_input_has_a_defined_result(tiny, blobs) -> None:
    model, clean = tiny(), tiny()
    for x, y in blobs(100):
        model.learn_one(x, y)
        clean.learn_one(x, y)
    strange = [{}, {"f0": float("nan")}, {"f0": float("inf"), "f1": None}, {"f0": 1e300}, {"f0": "word"}]
    for x in strange:
        assert abs(sum(model.predict_proba_one(x).values()) - 1) < 1e-9
        model.learn_one(x, 1)
    with pytest.raises(ValueError, match="f1"):
        model.learn_one({"f0": 1.0, "f1": [1]}, 1)
    for label in (None, float("nan"), [1]):
        with pytest.raises(ValueError, match="label"):
            model.learn_one({"f0": 1.0}, label)
    for name in ("params", "optimiser", "ranges"):
        assert np.isfinite(model._model.buffers[name]).all()
    assert model.predict_one(blobs(1)[0][0]) == clean.predict_one(blobs(1)[0][0])


def test_an_event_of_no_weight_changes_nothing(tiny, blobs, same) -> None:
    one, other = tiny(), tiny()
    for x, y in blobs(100):
        one.learn_one(x, y)
        other.learn_one(x, y)
        other.learn_one(x, y, w=0.0)
    same(one, other)


def test_a_late_label_teaches_the_mixture_what_was_said_then(tiny, blobs, same) -> None:
    stream = blobs(300)
    prompt, zero = tiny(), tiny()
    for x, y in stream:
        prompt.predict_proba_one(x)
        prompt.learn_one(x, y)
        zero.learn_one(x, y, forecast=zero.forecast_one(x))
    same(prompt, zero)
    late = tiny()
    waiting = []
    right = scored = 0
    for x, y in stream:
        waiting.append((x, y, late.forecast_one(x)))
        if len(waiting) > 20:
            x, y, forecast = waiting.pop(0)
            scored += y in forecast.probabilities
            right += y in forecast.probabilities and forecast.predicted == y
            late.learn_one(x, y, forecast=forecast)
    assert late.accuracy == right / scored
    with pytest.raises(ValueError, match="forecast"):
        tiny(memory=0).learn_one(stream[0][0], 1, forecast=late.forecast_one(stream[0][0]))


FORGERIES = {
    "counts": [
        (p.OLDEST_EVENT, 10**6),
        (p.REMEMBERED, 10**9),
        (p.LAST_LABEL, 99),
        (p.OLDEST_NEURON, 10**6),
        (p.OLDEST_POINT, 10**6),
        (p.OLDEST_POINT, 0),
        (p.DRIFTS, -1),
        (p.STEADY_KNOWN, 10**6),
        (p.STEADY_KNOWN, 1),
    ],
    "events": [(0, 10**9), (0, -1), (4, 77), (3, 5)],
    "current_rows": [(0, 10**6), (0, -1)],
    "spike_rows": [(0, 10**6)],
    "spike_steps": [(0, 50), (0, -1)],
    "current_values": [(0, np.nan)],
    "event_weights": [(0, -1.0), (0, np.inf)],
    "weights": [(0, np.nan), (-p.MIXERS - 1, -1.0), (-p.MIXERS - 1, 2.0)],
    "covariance": [(0, 0.0), (0, np.nan), (1, 0.1), (-1, -1.0), (-2, 1.0)],
    "label_rows": [(0, 10**6)],
    "member_counters": [(1, 10**6), (0, -1)],
    "detectors": [(9, np.nan), (9, -5.0)],
    "steady": [(p.SEEN, -1.0), (p.EDGE_COUNT, p.BINS), (p.EDGE_COUNT, -1.0), (p.STEADY_VARIANCE, -1.0), (3, np.nan)],
    "coupled": [(p.FIRST_SLOT, 10**6), (p.SECOND_SLOT, -1), (p.SECOND_SLOT, 4)],
    "singles": [(0, -1.0), (0, np.inf)],
    "couples": [(0, -1.0)],
    "label_shares": [(0, -1.0)],
    "slot_gates": [(p.ALONE, 1e9)],
    "couple_gates": [(0, -99.0), (0, np.nan)],
    "linear": [(0, np.nan)],
    "grid": [(0, np.inf), (0, -1e30), (1, -1.0)],
    "relevance": [(0, -1.0), (1, np.nan)],
}
FORGED = [(name, at, value) for name, changes in FORGERIES.items() for at, value in changes]


@pytest.mark.parametrize(("name", "at", "value"), FORGED)
def test_a_forged_file_is_refused(tiny, blobs, tmp_path, name, at, value) -> None:
    model = tiny(label_history=True)
    for x, y in blobs(150):
        model.learn_one(x, y)
    model.save(tmp_path / "ladder")
    header, arrays = snapshot.read(tmp_path / "ladder")
    forged = arrays[state.PREFIX + name].copy()
    forged[at] = value
    snapshot.write(tmp_path / "forged", header["kind"], header["content"], arrays | {state.PREFIX + name: forged})
    with pytest.raises(SnapshotError):
        AdaptiveSpikingClassifier.load(tmp_path / "forged")


def test_an_array_of_another_size_is_refused(tiny, blobs, tmp_path) -> None:
    model = tiny()
    for x, y in blobs(70):
        model.learn_one(x, y)
    model.save(tmp_path / "ladder")
    header, arrays = snapshot.read(tmp_path / "ladder")
    for name in [name for name in arrays if name.startswith(state.PREFIX)]:
        for changed in (None, arrays[name][:-1] if len(arrays[name]) else np.zeros(1)):
            rest = {key: array for key, array in arrays.items() if key != name}
            if changed is not None:
                rest[name] = changed
            snapshot.write(tmp_path / "forged", header["kind"], header["content"], rest)
            with pytest.raises(SnapshotError):
                AdaptiveSpikingClassifier.load(tmp_path / "forged")


def test_a_ladder_of_other_members_is_refused(tiny, blobs, tmp_path, monkeypatch) -> None:
    """A size may stand for other members in another version; the same weights would mean something else in them."""
    model = AdaptiveSpikingClassifier("small", seed=1)
    for x, y in blobs(20):
        model.learn_one(x, y)
    model.save(tmp_path / "ladder")
    others = [MemberSettings(0.01, threshold=0.4), MemberSettings(0.003, fields=False, changes=True)]
    monkeypatch.setitem(SIZES, "small", lambda: others)
    with pytest.raises(SnapshotError, match="not those that this version makes"):
        AdaptiveSpikingClassifier.load(tmp_path / "ladder")


def test_settings_of_members_are_checked() -> None:
    for settings in (
        {"learning_rate": 0.0},
        {"half": 8},
        {"replays": 99},
        {"replay_window": 10**6},
        {"neuron": "relu"},
        {"membrane_decay": 1.5},
        {"threshold": 0.0},
    ):
        with pytest.raises(ValueError, match=next(iter(settings))):
            MemberSettings(**settings)


def test_no_half_of_two_features_is_empty(tiny) -> None:
    for seed in range(5):
        model = tiny(seed=seed)
        model.predict_learn_many([{"a": 0.5, "b": 1.5}, {"a": 1.0, "b": 0.0}], [0, 1])
        ladder = model._model
        rows = int(ladder.counters[ROWS])
        of_features = ladder.buffers["owners"][:rows] >= 0
        assert int(np.bitwise_or.reduce(ladder.parts["halves"][:rows][of_features])) == 2**HALVES - 1
