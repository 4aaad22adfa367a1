"""What a rung remembers is given up when its own detector finds that its errors have risen."""

from __future__ import annotations

import numpy as np
import pytest
from river import base
from river import drift as river_drift

from streamsnn import AdaptiveSpikingClassifier
from streamsnn.ensemble import places as p
from streamsnn.ensemble.forget import RECENTLY
from streamsnn.ensemble.reactions import TICK

FLIP, EVENTS, REPLAYING = 1_500, 2_000, 0


def oldest(model: AdaptiveSpikingClassifier) -> tuple[int, int]:
    """The oldest point that lives, and the oldest event that the first member replays."""
    ladder = model._model
    return int(ladder.parts["counts"][p.OLDEST_POINT]), int(ladder.parts["drifted"][ladder.rungs + REPLAYING])


def drifted(model: AdaptiveSpikingClassifier, rung: int) -> int:
    return int(model._model.parts["drifted"][rung])


@pytest.fixture
def points():
    """The number of the rung in which all points vote."""

    def find(model: AdaptiveSpikingClassifier) -> int:
        return next(k for k, name in enumerate(model._model.rung_names()) if "old ones too" in name)

    return find


@pytest.mark.parametrize("more", [{}, {"size": "small", "members": None}, {"detector": river_drift.ADWIN()}])
def test_nothing_from_before_the_drift_is_looked_at(tiny, flipping, points, more) -> None:
    X, y = flipping(EVENTS, FLIP)
    model, keeping = tiny(memory=1_000, **more), tiny(memory=1_000, forget_at_drift=False, **more)
    for each in (model, keeping):
        each.learn_many(X, y)
        assert drifted(each, points(each)) > FLIP  # either way the detector has seen it
    rung = points(model)
    since = drifted(model, rung)
    assert since - since % -TICK <= EVENTS  # at the next tick, which has come
    assert oldest(model)[0] == max(since, EVENTS - 1_000)
    assert oldest(keeping) == (EVENTS - 1_000, 0)


def test_a_member_replays_only_what_came_since(tiny, flipping) -> None:
    X, y = flipping(EVENTS, FLIP)
    model = tiny()
    model.learn_many(X[:FLIP], y[:FLIP])
    before = oldest(model)[1]
    assert before == drifted(model, REPLAYING) < FLIP
    model.learn_many(X[FLIP:], y[FLIP:])
    assert oldest(model)[1] == drifted(model, REPLAYING) > FLIP


def test_a_lesser_rise_is_no_reason_to_forget(tiny) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6_000, 2))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    wrong = rng.random(len(y)) < np.where(np.arange(len(y)) < 3_000, 0.3, 0.42)
    model = tiny(memory=1_000)
    before = model.drifts["rungs"]
    model.learn_many(X, np.where(wrong, 1 - y, y))
    assert model.drifts["rungs"] > before
    assert not model._model.parts["drifted"].any()


class EveryTime(base.DriftDetector):
    """Fires at every event."""

    def update(self, x):
        self._drift_detected = True


def test_a_detector_that_always_fires_does_not_make_it_forget_all_the_time(tiny, flipping) -> None:
    X, y = flipping(1_500, 1_500)
    model = tiny(detector=EveryTime())
    model.learn_many(X, y)
    assert model.drifts["rungs"] > 0
    assert oldest(model)[0] == 1_450  # the memory is full


def test_the_shares_of_errors_are_followed(tiny, points) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = (X[:, 0] > 0).astype(int)
    model = tiny()
    rung, recent, mean = points(model), 0.0, 0.0
    for seen, (row, label) in enumerate(zip(X, y.tolist(), strict=True), start=1):
        x = dict(enumerate(row))
        forecast = model.forecast_one(x)
        model.learn_one(x, label)
        if label in forecast.probabilities:
            wrong = float(list(forecast.probabilities)[int(forecast.logs[rung].argmax())] != label)
            recent += RECENTLY * (wrong - recent)
            mean += (wrong - mean) / seen
        np.testing.assert_allclose(model._model.parts["error_shares"][2 * rung : 2 * rung + 2], [recent, mean])
    assert 0 < mean < 0.3


def test_what_remembers_errs_less_after_a_flip(flipping) -> None:
    X, y = flipping(EVENTS, FLIP)
    errors = []
    for forgets in (True, False):
        model = AdaptiveSpikingClassifier(forget_at_drift=forgets, seed=1, memory=1_000)
        model.learn_many(X[: FLIP + 100], y[: FLIP + 100])
        names = model._model.rung_names()
        wrong = np.zeros(len(names), dtype=int)
        for row, label in zip(X[FLIP + 100 :], y[FLIP + 100 :].tolist(), strict=True):
            forecast = model.forecast_one(dict(enumerate(row)))
            said = [list(forecast.probabilities)[likeliest] for likeliest in forecast.logs.argmax(axis=1)]
            wrong += np.array(said) != label
            model.learn_one(dict(enumerate(row)), label)
        errors.append({name: w for name, w in zip(names, wrong, strict=True) if "replays" in name or "old" in name})
    forgetting, keeping = errors
    assert len(forgetting) == 5
    assert all(forgetting[name] * 3 < keeping[name] for name in keeping)


def test_it_waits_for_a_tick(tiny, flipping) -> None:
    X, y = flipping(EVENTS, FLIP)
    model, changed = tiny(memory=1_000), []
    for k, (row, label) in enumerate(zip(X, y.tolist(), strict=True), start=1):
        before = oldest(model)[1]
        model.learn_one(dict(enumerate(row)), label)
        if oldest(model)[1] != before:
            changed.append(k)
    assert changed
    assert all(k % TICK == 0 for k in changed)


def test_a_changed_file_is_refused(tiny, flipping) -> None:
    X, y = flipping(300, 200)
    model = tiny()
    model.learn_many(X, y)
    for name, wrong in (("drifted", -1), ("drifted", 301), ("error_shares", 1.5), ("error_shares", np.nan)):
        arrays = model._export()
        arrays[f"ladder.{name}"][1] = wrong
        with pytest.raises(ValueError, match=name.replace("_", ".")):
            tiny()._restore(arrays)
