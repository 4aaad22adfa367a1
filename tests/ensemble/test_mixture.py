"""The mixture and the evolving neurons, against the same in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.ensemble import kalman
from streamsnn.ensemble import places as p
from streamsnn.ensemble.engine import logs_at_hand


def alive(model) -> tuple[int, int]:
    """How many young neurons, and how many points, can be near an event."""
    model.predict_proba_one({"a": 0.5, "b": 0.5, "c": "g"})
    ladder, (young, _) = model._model, model._model.settings.columns
    return (ladder.parts["neuron_norms"] < 1e29).sum(), (ladder.parts["distances"][2 * young :] < 1e29).sum()


def softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max())
    return e / e.sum()


class Kalman:
    """Weights and their covariance, in full."""

    def __init__(self, kind: int, size: int) -> None:
        self.weights, self.spread = np.full(size, 1 / size), kalman.FIRST[kind] * np.eye(size)
        self.remembers, self.widest = kalman.REMEMBERS[kind], kalman.WIDEST[kind]

    def learn(self, logs: np.ndarray, said: np.ndarray, label: int, turn: int) -> None:
        slope, size = logs[:, label] - logs @ said, len(self.weights)
        odds = min(said[label] / max(1 - said[label], 1e-6), 1e4)
        gain = self.spread @ slope / (1 + odds * slope @ self.spread @ slope)
        self.weights = self.weights + gain
        self.spread = (self.spread - odds * np.outer(gain, self.spread @ slope)) / self.remembers
        vague = size * (1 - self.remembers) / self.widest
        column = self.spread[:, turn % size]
        self.spread = self.spread - vague * np.outer(column, column) / (1 + vague * column[turn % size])


def test_the_mixture_does_what_its_equations_say(tiny, blobs) -> None:
    model = tiny(mixture_rate=0.02)
    ladder = model._model
    rungs = ladder.rungs
    sets, error = np.full((p.WEIGHT_SETS, rungs), 1 / rungs), 0.0
    sets[-1], one_feature = 0.7 / (rungs - 1), ladder.rung_names().index("evidence of one feature")
    sets[:, one_feature] = 0.3
    sure, pool = Kalman(kalman.RUNGS, rungs), Kalman(kalman.POOL, p.MIXERS)
    sure.weights[one_feature] = 0.3
    for turn, (x, y) in enumerate(blobs(300)):
        known = len(model.labels)
        said = model.predict_proba_one(x)
        number = {label: k for k, label in enumerate(model.labels)}
        if y in number:
            logs = logs_at_hand(ladder, known)
            chosen = [0, 1, 2 + (error > 0.05) + (error > 0.15) + (error > 0.35)]
            believed = sets[-1] @ np.exp(logs)
            each = np.array([*(softmax(sets[s] @ logs) for s in chosen), softmax(sure.weights @ logs), believed])
            pooled = np.log(np.maximum(each, 1e-6))
            mixed = softmax(pool.weights @ pooled)
            np.testing.assert_allclose(mixed, [said[label] for label in model.labels], rtol=1e-9)
            label = number[y]
            pool.learn(pooled, mixed, label, turn)
            sure.learn(logs, each[3], label, turn)
            for s, own, rate in zip(chosen, each[:3], (0.005, 0.15, 0.05), strict=True):
                sets[s] += rate * (logs[:, label] - logs @ own)
            sets[-1] = 0.999 * sets[-1] * np.exp(logs[:, label]) / believed[label] + 0.001 / rungs
            error += 0.1 * ((mixed.argmax() != label) - error)
            sets = np.clip(sets, -4, 4)
        model.learn_one(x, y)
    sets[-2] = sure.weights
    np.testing.assert_allclose(ladder.parts["weights"], [*sets.reshape(-1), *pool.weights], rtol=1e-6, atol=1e-9)
    spreads = [np.tril(one.spread).reshape(-1) for one in (sure, pool)]
    np.testing.assert_allclose(ladder.parts["covariance"], np.concatenate(spreads), rtol=1e-5, atol=1e-9)
    assert model.accuracy > 0.9


def test_rungs_that_say_the_same_leave_the_mixture_sound(tiny) -> None:
    model, rng = tiny(), np.random.default_rng(5)
    X = np.zeros((20_000, 2))
    X[:, 0] = rng.integers(2, size=20_000)
    y = np.where(rng.random(20_000) < 0.02, 1 - X[:, 0], X[:, 0]).astype(int)
    said = model.predict_learn_many(X, y)
    assert np.isfinite(said).all()
    assert (np.array(model.labels)[said.argmax(axis=1)] == X[:, 0]).mean() > 0.99
    half = model._model.parts["covariance"][: model._model.rungs**2].reshape(model._model.rungs, -1)
    values = np.linalg.eigvalsh(half + np.tril(half, -1).T)
    assert values.min() > 0
    assert values.max() < 2 * kalman.WIDEST[kalman.RUNGS] * model._model.rungs


def test_forecasts_are_floored_and_sum_to_one(tiny, mixed) -> None:
    model = tiny(label_history=True)
    for x, y in mixed(200):
        said = model.predict_proba_one(x)
        if said:
            assert abs(sum(said.values()) - 1) < 1e-9
            shares = np.exp(logs_at_hand(model._model, len(said)))
            np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-9)
            assert shares.min() >= p.FLOOR / len(said) / 2
        model.learn_one(x, y)


def fields_of(model, event: np.ndarray) -> np.ndarray:
    """The weights that a neuron of this event has, by input row."""
    parts, steps = model._model.parts, model._model.network.steps
    weights = np.zeros(model._model.layout.input_rows)
    at = event[p.SPIKES_AT] + event[p.CHANGES]
    rows = parts["ring_spike_rows"][at : at + event[p.FIELD_SPIKES]]
    weights[rows] = 1 - (parts["ring_spike_steps"][at : at + event[p.FIELD_SPIKES]] + 0.5) / steps
    return weights


def point(x: dict, spread: np.ndarray) -> np.ndarray:
    """An event in standard deviations, and a coordinate for each category."""
    return np.array([x["a"] / spread[0], x["b"] / spread[1], *(x["c"] == name for name in "rgb")])


def test_the_nearest_neurons_vote(tiny) -> None:
    model, rng, seen = tiny(memory=30), np.random.default_rng(1), []
    for k in range(120):
        x = {"a": float(rng.normal()), "b": float(rng.normal(5.0, 3.0)), "c": "rgb"[rng.integers(3)]}
        if k > 60:
            model.predict_proba_one(x)
            logs = logs_at_hand(model._model, len(model.labels))
            ring = model._model.parts["ring"].reshape(-1, p.RING_STRIDE)
            living = [ring[n % p.RING_EVENTS] for n in range(k - 30, k)]
            spread = np.std([[one["a"], one["b"]] for one in seen], axis=0)
            points = np.array([point(one, spread) for one in seen[-30:]])
            fields = np.array([fields_of(model, event) for event in living])
            for space, (there, here) in enumerate(
                ((fields, fields_of(model, ring[p.RING_EVENTS])), (points, point(x, spread)))
            ):
                far = ((there - here) ** 2).sum(axis=1)
                order = np.argsort(far)
                for n, voters in enumerate(p.POINT_VOTERS if space else p.VOTERS):
                    if far[order[voters]] - far[order[voters - 1]] < 1e-5:
                        continue  # a tie that float32 may break either way
                    roots = np.sqrt(far[order[:voters]])
                    worth = roots[-1] / (roots + 0.05 * roots[-1]) if space else np.ones(voters)
                    labels = [living[j][p.LABEL] for j in order[:voters]]
                    votes = np.bincount(labels, worth, minlength=len(model.labels))
                    shares = np.maximum((votes + 0.1 / len(votes)) / (votes.sum() + 0.1), p.FLOOR / len(votes))
                    rung = model._model.mixed_members + space * len(p.VOTERS) + n
                    np.testing.assert_allclose(np.exp(logs[rung]), shares / shares.sum(), rtol=5e-3)
            if far[order[20]] - far[order[19]] > 1e-5:
                chosen, edge = order[:20], far[order[19]]
                worth = (edge / (far[chosen] * (1 + (30 - chosen) / 500) + 0.02 * edge)) ** 3
                votes = np.bincount([living[j][p.LABEL] for j in chosen], worth, minlength=len(model.labels))
                shares = np.maximum((votes + 0.1 / len(votes)) / (votes.sum() + 0.1), p.FLOOR / len(votes))
                rung = model._model.mixed_members + p.YOUNG_RUNGS - 1
                np.testing.assert_allclose(np.exp(logs[rung]), shares / shares.sum(), rtol=5e-3)
        model.learn_one(x, int(rng.integers(3)))
        seen.append(x)
    assert alive(model) == (30, 30)


@pytest.mark.parametrize("steps", [4, 127, 300])
def test_a_field_weighs_a_byte_at_most_and_the_earlier_the_more(tiny, steps) -> None:
    model, rng = tiny(steps=steps), np.random.default_rng(3)
    for k in range(40):
        model.learn_one({"a": float(rng.normal()), "b": float(rng.normal())}, k % 2)
    ladder = model._model
    young, event = ladder.settings.columns[0], ladder.parts["ring"].reshape(-1, p.RING_STRIDE)[39]
    at, count = event[p.SPIKES_AT] + event[p.CHANGES], event[p.FIELD_SPIKES]
    rows, when = (ladder.parts[f"ring_spike_{what}"][at : at + count] for what in ("rows", "steps"))
    weights = ladder.parts["neurons"].reshape(-1, young)[rows, 39].astype(float)
    share = (2 * (steps - when) - 1) / (2 * steps - 1)
    most = min(2 * steps - 1, 255)
    assert count > 0
    assert (np.abs(weights - np.maximum(share * most, 1)) < 1).all()
    assert ladder.parts["neuron_norms"][39] == (weights**2).sum()


def test_older_neurons_leave_the_vote_of_the_young_alone(tiny) -> None:
    long, short, rng = tiny(memory=1300), tiny(memory=1000), np.random.default_rng(2)
    first = long._model.mixed_members
    young = slice(first, first + p.YOUNG_RUNGS)
    for k in range(1500):
        x = {"a": float(rng.normal()), "b": float(rng.normal(5.0, 3.0)), "c": "rgb"[rng.integers(3)]}
        if k % 50 == 0 and k:
            for model in (long, short):
                model.predict_proba_one(x)
            said = [logs_at_hand(model._model, len(model.labels)) for model in (long, short)]
            assert (said[0][young] == said[1][young]).all()
            assert k < 1100 or (said[0][young.stop] != said[1][young.stop]).any()
        label = int(rng.integers(3))
        for model in (long, short):
            model.learn_one(x, label)
    assert alive(long) == (1000, 1300)


def test_one_example_of_a_new_class_is_enough_for_the_memory(tiny, blobs) -> None:
    model = tiny()
    for x, y in blobs(200):
        model.learn_one(x, y)
    strange = {f"f{k}": 6.0 for k in range(4)}
    model.learn_one(strange, "new")
    model.predict_proba_one(strange)
    nearest = logs_at_hand(model._model, 3)[model._model.mixed_members]
    assert model.labels[int(nearest.argmax())] == "new"


def test_a_cycle_of_labels_is_learned_by_the_history_only(tiny) -> None:
    plain, with_history = tiny(), tiny(label_history=True)
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(1_500, 2)), np.arange(1_500) % 5
    hits = [
        (np.array(model.labels)[model.predict_learn_many(X, y).argmax(axis=1)] == y)[1_000:].mean()
        if model.labels
        else (model.predict_learn_many(X, y).argmax(axis=1) == y)[1_000:].mean()
        for model in (plain, with_history)
    ]
    assert hits[0] < 0.5
    assert hits[1] > 0.98


def test_balancing_finds_more_of_a_rare_class(tiny) -> None:
    rng = np.random.default_rng(3)
    y = (rng.random(6_000) < 0.04).astype(int)
    X = rng.normal(size=(6_000, 3)) + 1.2 * y[:, None]
    recall = []
    for weighting in ("none", "prior"):
        model = tiny(class_weighting=weighting)
        said = model.predict_learn_many(X, y).argmax(axis=1)
        recall.append((said == np.array([model.labels.index(v) for v in y]))[(y == 1)].mean())
    assert recall[1] > recall[0] + 0.05
