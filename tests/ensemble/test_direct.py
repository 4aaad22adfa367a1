"""The rungs without a hidden layer, against the same in NumPy, which forgets counts instead of inflating new ones."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.ensemble import direct_layout
from streamsnn.ensemble import places as p
from streamsnn.ensemble.engine import logs_at_hand

DELTA_AT = len(p.HEBBIAN_DECAYS)


def softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max())
    return e / e.sum()


def floored(shares: np.ndarray) -> np.ndarray:
    shares = np.maximum(shares, p.FLOOR / len(shares))
    return shares / shares.sum()


def inputs_of(model) -> tuple[dict[int, float], dict[int, float]]:
    """Currents and fields of the event at hand, by input row."""
    parts, steps = model._model.parts, model._model.network.steps
    event = parts["ring"][p.RING_EVENTS * p.RING_STRIDE :]
    at, size = event[p.CURRENTS_AT], event[p.CURRENTS]
    currents = zip(
        parts["ring_current_rows"][at : at + size], parts["ring_current_values"][at : at + size], strict=True
    )
    at, size = event[p.SPIKES_AT] + event[p.CHANGES], event[p.FIELD_SPIKES]
    strengths = 1 - (parts["ring_spike_steps"][at : at + size] + 0.5) / steps
    fields = zip(parts["ring_spike_rows"][at : at + size], strengths, strict=True)
    return {int(r): float(v) for r, v in currents}, {int(r): float(v) for r, v in fields}


class Reference:
    """All rungs of two labels: counts that are forgotten, weights that descend."""

    def __init__(self) -> None:
        self.counts = [{} for _ in p.HEBBIAN_DECAYS]
        self.weights = [{} for _ in p.DELTA_RATES]

    def hebbian(self, pace: int, fields: dict[int, float]) -> np.ndarray:
        counts = self.counts[pace]
        prior = counts[0] / counts[0].sum()
        scores, trust = np.log(prior), 1 / np.sqrt(max(sum(fields.values()), 1))
        for row, strength in fields.items():
            seen = np.maximum(counts.get(row, np.zeros(2)), prior)
            scores = scores + trust * strength * (np.log(seen) - np.log(prior))
        return floored(softmax(scores))

    def delta(self, pace: int, inputs: dict[int, float]) -> np.ndarray:
        return floored(softmax(sum(v * self.weights[pace].get(row, np.zeros(2)) for row, v in inputs.items())))

    def inputs(self, pace: int, currents: dict[int, float], fields: dict[int, float]) -> dict[int, float]:
        return currents | (fields if p.DELTA_FIELDS[pace] else {})

    def learn(self, label: int, weight: float, currents: dict[int, float], fields: dict[int, float]) -> None:
        for counts, decay in zip(self.counts, p.HEBBIAN_DECAYS, strict=True):
            for row, strength in ({0: 1.0} | fields).items():
                counts[row] = decay * counts.get(row, np.zeros(2)) + weight * strength * np.eye(2)[label]
        for pace, rate in enumerate(p.DELTA_RATES):
            inputs = self.inputs(pace, currents, fields)
            error = np.eye(2)[label] - self.delta(pace, inputs)
            step = rate * min(weight, 1.0) / (1 + sum(v * v for v in inputs.values()))
            for row, value in inputs.items():
                self.weights[pace][row] = self.weights[pace].get(row, np.zeros(2)) + step * error * value


def test_the_direct_rungs_do_what_their_equations_say(tiny) -> None:
    model, reference, rng = tiny(), Reference(), np.random.default_rng(2)
    for x, y in ({"a": 0.0, "b": 1.0}, 0), ({"a": 1.0, "b": 0.0}, 1):  # both labels are known from here on
        model.learn_one(x, y)
    model._model.direct[:] = direct_layout.blank(model._model.layout.class_rows)
    for pace in range(len(p.HEBBIAN_DECAYS)):
        model._model.direct[0, direct_layout.columns(model._model.layout.class_rows)[pace]][1:3] = 0.0
        reference.counts[pace][0] = np.ones(2)
    first = int(model._model.places[p.DIRECT_AT])
    for _ in range(400):
        label = int(rng.random() < 0.3)
        x = {"a": float(rng.normal(2 * label)), "b": float(rng.normal(-label)), "c": f"c{rng.integers(3) * label}"}
        weight = float(rng.choice([1.0, 0.5, 2.0]))
        model.predict_proba_one(x)
        currents, fields = inputs_of(model)
        said = np.exp(logs_at_hand(model._model, 2))[first:]
        for pace in range(len(p.HEBBIAN_DECAYS)):
            np.testing.assert_allclose(said[pace], reference.hebbian(pace, fields), rtol=2e-4)
        for pace in range(len(p.DELTA_RATES)):
            inputs = reference.inputs(pace, currents, fields)
            np.testing.assert_allclose(said[DELTA_AT + pace], reference.delta(pace, inputs), rtol=2e-4)
        reference.learn(label, weight, currents, fields)
        model.learn_one(x, label, w=weight)


@pytest.mark.parametrize("rung", range(p.DIRECT_RUNGS))
def test_every_direct_rung_learns(tiny, rung, blobs) -> None:
    model, right = tiny(memory=0), []
    for x, y in blobs(400):
        said = model.predict_proba_one(x)
        if y in said:
            logs = logs_at_hand(model._model, len(said))[model._model.places[p.DIRECT_AT] + rung]
            right.append(list(said)[int(logs.argmax())] == y)
        model.learn_one(x, y)
    assert np.mean(right[200:]) > 0.8


def test_counts_stay_small_over_a_long_stream(tiny) -> None:
    model = tiny(memory=0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50_000, 1))
    model.predict_learn_many(X, X[:, 0] > 0)
    assert np.abs(model._model.direct[model._model.direct > p.NEVER / 2]).max() < 128
    assert model.accuracy > 0.97
