"""What a neuron keeps of its event's values in two bytes each, against the values."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.ensemble import places as p
from streamsnn.ensemble.grid import FARTHEST_STEP, FINENESS, LEAST, MOST

EVENTS, MEMORY = 900, 300


def kept(model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What lies on the grids: a row for each living neuron, oldest first; the centres and the steps."""
    ladder = model._model
    slots, columns = int(ladder.parts["counts"][p.STEADY_KNOWN]), int(ladder.places[p.POINT_COLUMNS])
    numbers = np.arange(ladder.parts["counts"][p.OLDEST_POINT], ladder.parts["counts"][p.REMEMBERED])
    places = ladder.parts["points"].reshape(-1, columns)[:slots, numbers % columns].T
    centres, steps = ladder.parts["grid"].reshape(-1, p.GRID_STRIDE)[:slots].T
    return centres + steps * places, centres, steps


STREAMS = {
    "settled": lambda rng, k: rng.normal(5.0, 3.0),
    "far from nothing": lambda rng, k: 1e9 + rng.normal(),
    "next to nothing": lambda rng, k: 1e-7 * rng.normal(),
    "the first far away": lambda rng, k: rng.normal() if k else 100.0,
    "wandering": lambda rng, k: 0.05 * k + rng.normal(),
    "widening": lambda rng, k: 1.01**k * rng.normal(),
    "of few values": lambda rng, k: rng.integers(-1, 2),
    "rarely not 0": lambda rng, k: float(rng.random() < 0.1),
}


@pytest.mark.parametrize("stream", list(STREAMS))
def test_a_value_that_the_grid_has_always_reached_lies_within_some_steps(tiny, stream) -> None:
    model, rng = tiny(memory=MEMORY, forget_at_drift=False), np.random.default_rng(4)
    values, compared = np.array([STREAMS[stream](rng, k) for k in range(EVENTS)], dtype=float), 0
    relative, reached, widest = values - values[0], np.ones(EVENTS, dtype=bool), np.zeros(EVENTS)
    for k, value in enumerate(values):
        model.learn_one({"a": value}, int(rng.integers(2)))
        if len(set(values[:k])) < 2:
            continue
        spread, mean = relative[:k].std(), relative[:k].mean()
        found, (centre,), (step,) = kept(model)
        assert 0.99 / MOST < FINENESS * step / spread < 1.01 / LEAST
        reached[: k + 1] &= np.abs(relative[: k + 1] - centre) < FARTHEST_STEP * step
        assert reached[k] or abs(relative[k] - mean) > 5.8 * spread
        lives = slice(max(0, k + 1 - MEMORY), k + 1)
        widest[: k + 1] = np.maximum(widest[: k + 1], step)
        near = reached[lives]
        compared += near.sum()
        # half a step is lost whenever what lies on the grid is moved
        off = np.abs(found[near, 0] - relative[lives][near]) / widest[lives][near]
        assert off.max(initial=0.0) < 1 + 2 * np.log2(k + 1)
    assert compared > 100_000


def test_moving_a_grid_shifts_nothing(tiny) -> None:
    model, rng = tiny(memory=EVENTS, forget_at_drift=False), np.random.default_rng(8)
    values = rng.normal(size=EVENTS)
    for value in values:
        model.learn_one({"a": value}, int(rng.integers(2)))
    found, _, (step,) = kept(model)
    off = (found[:, 0] - values + values[0])[20:100] / step  # early ones, which have been moved again and again
    assert 0.3 < off.std() < 3.0
    assert abs(off.mean()) < 0.4


def test_an_outlier_costs_the_others_no_digits(tiny) -> None:
    model, rng = tiny(memory=MEMORY), np.random.default_rng(5)
    values = rng.normal(size=EVENTS)
    values[800] = 50.0
    for value in values:
        model.learn_one({"a": value}, int(rng.integers(2)))
    found, _, (step,) = kept(model)
    true = values[-MEMORY:] - values[0]
    others = np.abs(values[-MEMORY:]) < 3.0
    assert others.sum() > 290
    np.testing.assert_allclose(found[others, 0], true[others], atol=2 * step)
    assert 5.5 < found[800 - EVENTS, 0] + values[0] < 10.0


def test_a_slot_that_never_changes_needs_no_grid(tiny) -> None:
    model = tiny(memory=MEMORY)
    for k in range(100):
        model.learn_one({"a": 3.0}, k % 2)
    found, _, (step,) = kept(model)
    assert step == 0.0
    assert not found.any()


def test_what_was_the_same_stays_the_same(tiny) -> None:
    model, rng = tiny(memory=MEMORY, forget_at_drift=False), np.random.default_rng(6)
    values = rng.choice([-1.5, 0.1, 0.2, 7.0], size=EVENTS)
    for value in values:
        model.learn_one({"a": value}, int(rng.integers(2)))
    found = kept(model)[0][:, 0]
    for value in set(values.tolist()):
        assert len(set(found[values[-MEMORY:] == value].tolist())) == 1
