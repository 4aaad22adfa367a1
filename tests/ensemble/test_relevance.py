"""How much each slot counts in the distance to all points."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.ensemble import places as p
from streamsnn.ensemble.engine import logs_at_hand
from streamsnn.ensemble.neurons import FADING
from streamsnn.ensemble.relevance import IRRELEVANT, JUDGES, LARGEST, LEAST, RELEVANCE_RATE


def shares_of(labels: list[int], worth: np.ndarray, classes: int) -> np.ndarray:
    votes = np.bincount(labels, worth, minlength=classes)
    shares = np.maximum((votes + 0.1 / classes) / (votes.sum() + 0.1), p.FLOOR / classes)
    return shares / shares.sum()


class Plain:
    """The same in float64, event by event: values, labels, and what of hits and misses is known of each slot."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.values: list[tuple[float, float]] = []
        self.words: list[str] = []
        self.labels: list[int] = []
        self.of = {name: [0.0, 0.0] for name in ("a", "b", *"rgb".upper())}

    def look(self, a: float, b: float, word: str) -> tuple[np.ndarray, np.ndarray]:
        """The nearest neurons and their squared distances."""
        values, spread = np.array(self.values[-self.memory :]), np.std(self.values, axis=0)
        words = np.array(self.words[-self.memory :])
        self.differs = np.column_stack([((values - (a, b)) / spread) ** 2, words != word])
        self.shown = ["a", "b", word.upper()]
        pull = [max((self.of[n][1] + LEAST) / (self.of[n][0] + LEAST) - 1, 0) for n in self.shown]
        pull = np.maximum(np.array(pull) / max(pull), IRRELEVANT) if max(pull) > 0 else np.ones(3)
        far = self.differs @ (pull * (1, 1, 2))
        order = np.argsort(far, kind="stable")
        return order, far

    def learn(self, order: np.ndarray, label: int) -> None:
        labels = np.array(self.labels[-self.memory :])
        judges = order[:JUDGES]
        hits = labels[judges] == label
        if hits.any() and not hits.all():
            for n, name in enumerate(self.shown):
                differs = np.minimum(self.differs[judges, n], LARGEST)
                for which, chosen in enumerate((hits, ~hits)):
                    self.of[name][which] += RELEVANCE_RATE * (differs[chosen].mean() - self.of[name][which])


@pytest.mark.parametrize(("size", "fading"), [("default", np.inf), ("small", FADING)])
def test_slots_count_as_near_neurons_differ_in_them(tiny, size, fading) -> None:
    model, plain, rng, compared = tiny(size=size, memory=300), Plain(300), np.random.default_rng(2), 0
    rung = model._model.mixed_members + (p.YOUNG_RUNGS if size == "default" else 0)
    for k in range(900):
        a, b, word = float(rng.normal()), float(rng.normal(5.0, 3.0)), "rgb"[rng.integers(3)]
        x, label = {"a": a, "b": b, "c": word}, int((a > 0) ^ (word == "r") ^ (rng.random() < 0.1))
        if k > 20:
            model.predict_proba_one(x)
            order, far = plain.look(a, b, word)
            if k % 20 == 0 and far[order[20]] - far[order[19]] > 1e-5:
                compared += 1
                chosen, edge = order[:20], far[order[19]]
                numbers = [model.labels.index(plain.labels[-300:][j]) for j in chosen]
                aged = far[chosen] * (1 + (len(far) - chosen) / fading)
                wanted = shares_of(numbers, (edge / (aged + 0.02 * edge)) ** 3, 2)
                np.testing.assert_allclose(np.exp(logs_at_hand(model._model, 2)[rung]), wanted, rtol=0.02, atol=1e-4)
            plain.learn(order, label)
            model.learn_one(x, label)
        else:
            model.learn_one(x, label, w=1.0)
            if k:
                order, _ = plain.look(a, b, word)
                plain.learn(order, label)
        plain.values.append((a, b))
        plain.words.append(word)
        plain.labels.append(label)
    assert compared > 30
    known = model._model.parts["relevance"].reshape(-1, p.RELEVANCE_STRIDE)
    found = sorted(map(tuple, known[: int(model._model.parts["counts"][p.STEADY_KNOWN])].round(4)))
    wanted = sorted(tuple(np.round(pair, 4)) for pair in plain.of.values())
    np.testing.assert_allclose(found, wanted, rtol=0.03, atol=1e-3)
    ratio = {name: (pair[1] + LEAST) / (pair[0] + LEAST) for name, pair in plain.of.items()}
    assert min(ratio["a"], ratio["R"]) > max(1.0, ratio["b"])


def test_what_does_not_matter_keeps_no_neuron_away(tiny) -> None:
    model, rng, right = tiny(memory=2_000), np.random.default_rng(3), np.zeros(2)
    first = model._model.mixed_members + p.YOUNG_RUNGS
    for k in range(4_000):
        values = rng.random(12)
        label = int(values[0] > 0.5) ^ int(values[1] > 0.5)
        x = dict(enumerate(values.tolist()))
        if k >= 3_000:
            model.predict_proba_one(x)
            logs = logs_at_hand(model._model, 2)[first - 1 : first + 1]
            right += logs.argmax(axis=1) == model.labels.index(label)
        model.learn_one(x, label)
    unweighted, weighted = right / 1_000
    assert unweighted < 0.8
    assert weighted > 0.95
