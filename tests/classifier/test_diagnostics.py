"""Counts that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn import SpikingClassifier
from streamsnn.encoding import CurrentEncoder


@pytest.fixture
def tiny() -> SpikingClassifier:
    """Two units, three steps, one binary feature "v" as a current, weights set by hand."""
    model = SpikingClassifier(
        hidden=(2,),
        steps=3,
        encoder=CurrentEncoder(),
        classes=["a", "b", "c"],
        threshold=1.0,
        membrane_decay=0.5,
        seed=1,
    )
    for k in range(8):
        model.learn_one({"v": k % 4 == 3}, "a")
    blocks = model._model.named()
    blocks["input"][0] = [0.1, 0.0]  # the bias
    blocks["input"][1] = [1.0, 0.7]  # the feature
    blocks["readout"][:] = [[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    blocks["readout_bias"][:] = 0.0
    model._model.forget_traces()
    return model


def test_spikes_and_operations_of_an_event(tiny) -> None:
    # unit 0 gets 1.1 a step: 1.1 (spike), 0.55 - 1 + 1.1 = 0.65, 0.325 + 1.1 = 1.425 (spike)
    # unit 1 gets 0.7 a step: 0.7, 0.35 + 0.7 = 1.05 (spike), 0.525 - 1 + 0.7 = 0.225
    probabilities = tiny.predict_proba_one({"v": True})
    assert tiny.spike_rates == [3 / 6]
    # two currents (the bias and v) into two units; every spike goes to three classes
    assert tiny.synaptic_operations == 2 * 2 + 3 * 3
    # the potential of a class, averaged over time: a spike at step 0 counts 3/3, at step 1 2/3, at step 2 1/3
    logits = np.array([3.0 * (1 + 1 / 3), 1.0 * 2 / 3, 0.0])
    np.testing.assert_allclose(list(probabilities.values()), np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)


def test_a_silent_event_costs_only_the_bias(tiny) -> None:
    tiny.predict_proba_one({"v": False})
    assert tiny.spike_rates == [0.0]
    assert tiny.synaptic_operations == 2


def test_parameters_are_those_in_use(tiny) -> None:
    assert tiny.parameter_count == 2 * 2 + 3 * 2 + 3
    deep = SpikingClassifier(hidden=(4, 3), recurrent=True, classes=["a", "b"])
    assert deep.parameter_count == 1 * 4 + 4 * 4 + 4 * 3 + 3 + 3 * 3 + 3 * 2 + 2


@pytest.mark.parametrize("settings", [{}, {"readout": "max"}, {"hidden": (5, 4)}, {"recurrent": True}], ids=str)
def test_rates_of_every_path_lie_between_0_and_1_and_follow_the_events(settings, blobs) -> None:
    model = SpikingClassifier(**{"hidden": (5,), "seed": 1} | settings)
    for x, y in blobs(300):
        model.learn_one(x, y)
    seen = set()
    for x, _ in blobs(20, seed=1):
        model.predict_one(x)
        assert len(model.spike_rates) == len(model.hidden)
        assert all(0.0 <= rate <= 1.0 for rate in model.spike_rates)
        assert model.synaptic_operations > 0
        seen.add(model.synaptic_operations)
    assert len(seen) > 1


def test_events_are_counted() -> None:
    model = SpikingClassifier(hidden=(4,), seed=1)
    assert model.events_learned == 0
    model.learn_one({"a": 1.0}, 0)
    model.predict_one({"a": 1.0})
    model.learn_many([{"a": 1.0}, {}], [0, 1])
    assert model.events_learned == 3


def test_memory_is_that_of_the_arrays_and_grows_with_the_names() -> None:
    model = SpikingClassifier(hidden=(4,), seed=1)
    assert model.memory_bytes == sum(buffer.nbytes for buffer in model._model.buffers.values())
    small, with_names = model.memory_bytes, model._raw_memory_usage
    for k in range(500):
        model.learn_one({f"f{k}": 1.0}, 0)
    assert model.memory_bytes > small
    assert model._raw_memory_usage > with_names


def test_what_is_left_out_is_counted_once_an_event() -> None:
    model = SpikingClassifier(hidden=(4,), seed=1, max_features=2, max_categories=1)
    model.learn_one({"a": 1.0, "colour": "red"}, 0)
    for _ in range(3):
        model.learn_one({"a": 1.0, "colour": "blue", "fresh": 2.0}, 0)
        model.predict_one({"a": 1.0, "colour": "green", "fresh": 2.0})
    assert model.ignored == {"features": 3, "categories": 3, "updates": 0}


def test_an_update_that_is_not_finite_is_refused_and_counted() -> None:
    model = SpikingClassifier(hidden=(4,), seed=1, classes=[0, 1])
    model.learn_one({"a": 1.0}, 0)
    before = model._model.export()["params"].tobytes()
    model.learn_one({}, 1, 1e30)
    assert model.ignored["updates"] == 1
    assert model._model.export()["params"].tobytes() == before
    model.learn_one({"a": 1.0}, 1)
    assert model._model.export()["params"].tobytes() != before


def test_a_look_at_one_event_shows_drive_spikes_and_probabilities(tiny) -> None:
    text = tiny.debug_one({"v": True})
    assert "2 currents (the bias among them), 0 spikes" in text
    assert "8 events learned" in text
    rows = [line.split()[-1] for line in text.splitlines() if line.strip().startswith("step")]
    assert len(rows) == 3
    assert all(len(row) == 2 and set(row) <= {"|", "."} for row in rows)
    assert sum(row.count("|") for row in rows) == round(tiny.spike_rates[0] * 6)
    for label, p in tiny.predict_proba_one({"v": True}).items():
        assert f"P({label!r}) = {p:.4f}" in text
    assert np.isclose(sum(tiny.predict_proba_one({"v": True}).values()), 1.0)
