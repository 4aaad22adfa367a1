"""Ranges that settle, and the rungs that look through them, against the same in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.ensemble import coincidence, settled_layout, wiring
from streamsnn.ensemble import places as p
from streamsnn.ensemble.engine import logs_at_hand


def kept(model) -> dict[str, np.ndarray]:
    ladder = model._model
    return settled_layout.views(ladder, int(ladder.places[p.STEADY_ROOM]), ladder.layout.class_rows)


def shown(model) -> list[tuple[int, int, float]]:
    """Slot, bin and standardised value of all that the event at hand shows."""
    parts, room = model._model.parts, int(model._model.places[p.STEADY_ROOM])
    count = int(parts["shown_slots"][0])
    slots, bins = parts["shown_slots"][1 : 1 + count], parts["shown_slots"][1 + room : 1 + room + count]
    return list(zip(slots.tolist(), bins.tolist(), parts["shown_values"][2 * room :][:count].tolist(), strict=True))


def softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max())
    return e / e.sum()


def test_ranges_are_those_of_all_values(tiny) -> None:
    model, rng = tiny(memory=0), np.random.default_rng(0)
    X = np.column_stack([rng.normal(1e6, 3.0, 1_024), rng.integers(3, size=1_024), rng.exponential(size=1_024)])
    model.predict_learn_many(X, rng.integers(2, size=1_024))
    steady = kept(model)["steady"][:3]
    centred = X - X[0]
    np.testing.assert_allclose(steady[:, p.STEADY_MEAN], centred.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(steady[:, p.STEADY_VARIANCE], centred.var(axis=0), rtol=1e-9)
    assert steady[:, p.EDGE_COUNT].tolist() == [p.BINS - 1, 2, p.BINS - 1]
    bins = np.searchsorted(steady[2, p.EDGES : p.SAMPLED], centred[:, 2])
    assert np.bincount(bins, minlength=p.BINS).min() > 1_024 / p.BINS / 3


def test_the_sample_is_uniform(tiny) -> None:
    model = tiny(memory=0)
    model.predict_learn_many(np.arange(4_096.0)[:, None], np.arange(4_096) % 2)
    sample = kept(model)["steady"][0, p.SAMPLED :]
    assert len(set(sample.tolist())) == p.SAMPLE
    assert abs(sample.mean() - 2_048) < 4 * 4_096 / np.sqrt(12 * p.SAMPLE)


class Reference:
    """Softmax regression; counts, gates and beliefs of slots alone."""

    def __init__(self) -> None:
        self.linear = [{} for _ in p.LINEAR_RATES]
        self.counts, self.shares, self.gates, self.beliefs = {}, np.zeros(2), {}, {}

    def inputs(self, there: list[tuple[int, int, float]]) -> dict[int, float]:
        return {-1: 1.0} | {slot: value for slot, _, value in there}

    def says(self, pace: int, there) -> np.ndarray:
        weights, doubt = self.linear[pace], p.LINEAR_DOUBTS[pace]
        sure = softmax(sum(v * weights.get(s, np.zeros(2)) for s, v in self.inputs(there).items()))
        return doubt / 2 + (1 - doubt) * sure

    def evidence(self, there) -> dict[int, np.ndarray]:
        self.prior = (self.shares + 0.1) / (self.shares + 0.1).sum()
        found = {}
        for slot, b, _ in there:
            counts = self.counts.get((slot, max(b, 0)), np.zeros(2))
            found[slot] = np.log((counts + 0.5 * self.prior) / (counts.sum() + 0.5) / self.prior)
        return found

    def gated(self, there) -> np.ndarray:
        said = self.evidence(there)
        return softmax(np.log(self.prior) + sum(self.gates.get(slot, 0.0) * q for slot, q in said.items()))

    def one_by_one(self, there) -> dict[int, np.ndarray]:
        """What every slot would say if it alone told the label."""
        return {slot: self.prior * np.exp(q) for slot, q in self.evidence(there).items()}

    def believed(self, there) -> np.ndarray:
        said = self.one_by_one(there)
        total = 1e-9 * self.prior + sum(self.beliefs.get(slot, 0.0) * each for slot, each in said.items())
        return total / total.sum()

    def believe(self, there, label: int) -> None:
        had = {slot: self.beliefs.get(slot, 0.0) for slot, _, _ in there}
        after = {slot: had[slot] * said[label] for slot, said in self.one_by_one(there).items()}
        if all_after := sum(after.values()):
            for slot, one in after.items():
                share = 0.999 * one / all_after + 0.001 / len(there)
                self.beliefs[slot] = np.clip(sum(had.values()) * share, 1e-9, 1.0)

    def learn(self, there, label: int, weight: float) -> None:
        truth = np.eye(2)[label]
        self.believe(there, label)
        for pace, rate in enumerate(p.LINEAR_RATES):
            inputs = self.inputs(there)
            step = rate * min(weight, 1.0) / max(1.0, rate * sum(v * v for v in inputs.values()))
            said, doubt = self.says(pace, there), p.LINEAR_DOUBTS[pace]
            honest = 1 - doubt / 2 / said[label]
            error = step * honest * (truth - (said - doubt / 2) / (1 - doubt))
            for slot, value in inputs.items():
                self.linear[pace][slot] = self.linear[pace].get(slot, np.zeros(2)) + error * value
        error = coincidence.GATE_RATE * min(weight, 1.0) * (truth - self.gated(there))
        for slot, q in self.evidence(there).items():
            if slot in self.gates:
                self.gates[slot] = np.clip(self.gates[slot] + error @ q, -1.0, 4.0)
            else:
                self.gates[slot], self.beliefs[slot] = 1 / np.sqrt(len(there)), 1 / len(there)
        for slot, b, _ in there:
            before = self.counts.get((slot, max(b, 0)), np.zeros(2))
            self.counts[slot, max(b, 0)] = 0.99 * before + weight * truth
        self.shares = 0.999 * self.shares + weight * truth

    def hand_on(self, slot: int, old: np.ndarray, new: np.ndarray, sample: np.ndarray) -> None:
        """New bins inherit the counts of old ones, as the sample is shared."""
        parts = np.zeros((p.BINS, p.BINS))
        np.add.at(parts, (np.searchsorted(old, sample), np.searchsorted(new, sample)), 1.0)
        parts /= np.maximum(parts.sum(axis=1, keepdims=True), 1.0)
        had = np.array([self.counts.get((slot, b), np.zeros(2)) for b in range(p.BINS)])
        self.counts |= {(slot, b): row for b, row in enumerate(parts.T @ had)}


def ranges(model) -> list[tuple[np.ndarray, np.ndarray]]:
    """Edges and sample of every slot."""
    steady = kept(model)["steady"]
    return [
        (row[p.EDGES :][: int(row[p.EDGE_COUNT])].copy(), row[p.SAMPLED :][: int(min(row[p.SEEN], p.SAMPLE))].copy())
        for row in steady
    ]


def test_the_rungs_do_what_their_equations_say(tiny) -> None:
    model, reference, rng = tiny(), Reference(), np.random.default_rng(2)
    for k in range(400):
        label = int(rng.random() < 0.4) if k > 1 else k
        x = {"a": float(rng.normal(2 * label)), "b": float(rng.integers(3)), "c": f"c{rng.integers(3) * label}"}
        if k % 5 == 0:
            del x["b"]
        weight = float(rng.choice([1.0, 0.5, 2.0]))
        model.predict_proba_one(x)
        there = shown(model)
        if k > 1:
            ladder, said = model._model, np.exp(logs_at_hand(model._model, 2))
            for pace in range(len(p.LINEAR_RATES)):
                np.testing.assert_allclose(
                    said[ladder.places[p.LINEAR_AT] + pace], reference.says(pace, there), rtol=1e-3, atol=1e-4
                )
            np.testing.assert_allclose(said[ladder.places[p.GATED_AT]], reference.gated(there), rtol=1e-3, atol=1e-4)
            believed = said[ladder.places[p.BELIEF_AT]]
            np.testing.assert_allclose(believed, reference.believed(there), rtol=1e-3, atol=1e-4)
        edges = ranges(model)
        model.learn_one(x, label, w=weight)
        if k == 1:  # both labels are known from here on; nothing has been learned
            for name in ("linear", "singles", "label_shares"):
                kept(model)[name][:] = 0.0
            kept(model)["slot_gates"][:] = -1.0
            kept(model)["slot_gates"][:, p.BELIEF] = 0.0
        elif k > 1:
            reference.learn(shown(model), label, weight)
            for slot, ((old, _), (new, sample)) in enumerate(zip(edges, ranges(model), strict=False)):
                if not np.array_equal(old, new):
                    reference.hand_on(slot, old, new, sample)


@pytest.mark.parametrize("features", [2, 5, 9, 40])
def test_coincidences_are_of_different_pairs_of_known_slots(tiny, features) -> None:
    model, rng = tiny(memory=0), np.random.default_rng(3)
    X = rng.normal(size=(3_000, features))
    model.predict_learn_many(X, (X[:, 0] * X[:, 1] > 0).astype(int))
    coupled = kept(model)["coupled"]
    wired = coupled[coupled[:, p.COUPLED_SINCE] >= 0]
    pairs = {tuple(pair) for pair in wired[:, :2].tolist()}
    assert len(pairs) == len(wired) == min(features * (features - 1) // 2, p.COUPLES_MOST)
    assert all(0 <= a < b < features for a, b in pairs)
    assert (len(set(wired[:, p.COUPLED_SINCE].tolist())) > 1) == (features > 8)


def test_a_rule_of_two_features_is_found_by_coincidences(tiny) -> None:
    model, rng, right = tiny(memory=0), np.random.default_rng(4), []
    X = rng.normal(size=(5_000, 10))
    for row in X:
        label = int(row[3] * row[8] > 0)
        said = model.predict_proba_one(row)
        if len(said) == 2:
            logs = logs_at_hand(model._model, 2)[model._model.places[p.GATED_AT] :][:2]
            right.append([list(said)[int(best)] == label for best in logs.argmax(axis=1)])
        model.learn_one(row, label)
    alone, beside = np.mean(right[4_000:], axis=0)
    assert alone < 0.6 < 0.85 < beside


def test_the_one_feature_that_decides_is_found_within_a_few_events(tiny) -> None:
    wrong = []
    for seed in range(5):
        model, rng = tiny(memory=0), np.random.default_rng(seed)
        X = rng.integers(2, size=(60, 30)).astype(float)
        for k, row in enumerate(X):
            said = model.predict_proba_one(row)
            if k >= 15:
                logs = logs_at_hand(model._model, 2)[model._model.places[p.BELIEF_AT]]
                wrong.append(list(said)[int(logs.argmax())] != row[7])
            model.learn_one(row, row[7])
    assert np.mean(wrong) < 0.01


def test_rewiring_waits_until_a_neuron_is_grown(tiny) -> None:
    model, rng = tiny(memory=0), np.random.default_rng(5)
    X = rng.normal(size=(wiring.YOUTH + 1, 20))
    y = rng.integers(2, size=len(X))
    model.predict_learn_many(X[: wiring.YOUTH - 1], y[: wiring.YOUTH - 1])
    assert set(kept(model)["coupled"][:, p.COUPLED_SINCE].tolist()) == {0}
    model.predict_learn_many(np.repeat(X, 2, axis=0), np.repeat(y, 2))
    assert len(set(kept(model)["coupled"][:, p.COUPLED_SINCE].tolist())) > 1


def test_features_beyond_the_steady_ones_are_left_to_the_others(tiny) -> None:
    model, rng = tiny(), np.random.default_rng(6)
    X = rng.normal(size=(60, p.MOST_STEADY + 30))
    model.predict_learn_many(X, (X[:, 0] > 0).astype(int))
    assert int(model._model.parts["counts"][p.STEADY_KNOWN]) == p.MOST_STEADY
    assert np.isfinite(list(model.predict_proba_one(X[0]).values())).all()


@pytest.mark.parametrize("value", [1e30, -1e30, 1e-300, 1e16, 0.0])
def test_extreme_values_leave_everything_finite(tiny, value) -> None:
    model, rng = tiny(), np.random.default_rng(7)
    for k in range(200):
        x = {"a": value if k % 3 == 0 else float(rng.normal()), "b": value}
        assert np.isfinite(list(model.predict_proba_one(x).values())).all()
        model.learn_one(x, int(rng.integers(2)))
    for name, array in model._export().items():
        if array.dtype.kind == "f" and name not in ("silence", "ladder.silence"):
            assert np.isfinite(array).all(), name


def test_a_bin_that_is_split_shares_its_counts_out_as_its_sample(tiny) -> None:
    """Values 0, 1, 0, 1 make two bins; after four more, of which two are 2, the upper one is split in two."""
    model = tiny(memory=0)
    for k, value in enumerate([0.0, 1.0, 0.0, 1.0, 1.0, 2.0, 2.0]):
        model.learn_one(np.array([value, k % 2]), k % 2)
    assert kept(model)["steady"][0, p.EDGE_COUNT] == 1
    singles, couples = kept(model)["singles"][0].copy(), kept(model)["couples"][0].copy()
    model.learn_one(np.array([1.0, 1.0]), 1)
    assert kept(model)["steady"][0, p.EDGE_COUNT] == 2
    # the event that made the eighth value was counted in the old upper bin; of whose sample 4 are 1 and 2 are 2
    upper = kept(model)["singles"][0, 1:3]
    grown = 0.99 * singles[1] + np.eye(len(upper[0]))[1]
    np.testing.assert_allclose(upper, np.outer([4 / 6, 2 / 6], grown), rtol=1e-6)
    np.testing.assert_allclose(kept(model)["singles"][0, 0], singles[0], rtol=1e-6)
    both = kept(model)["couples"][0].reshape(p.BINS, p.BINS, -1)
    assert both[2].sum() > 0
    np.testing.assert_allclose(both[1], 2 * both[2], rtol=1e-6)
    assert abs(both.sum() - (0.99 * couples.sum() + 1)) < 0.2  # what decays is only the bin that was counted


def test_no_count_is_lost_when_edges_are_drawn_anew(tiny) -> None:
    model, rng, before = tiny(memory=0), np.random.default_rng(1), np.zeros(3)
    for k in range(255):
        model.learn_one(rng.normal(size=3), int(rng.integers(2)))
        singles = kept(model)["singles"][:3].sum(axis=(1, 2))
        if k & (k + 1) == 0 and k > 1:  # the edges have been drawn anew
            assert np.ptp(singles) < 0.2 * singles.mean()
            assert (singles > 0.9 * before).all()
        before = singles


def test_chunks_do_not_matter_where_edges_are_drawn_anew(tiny, same) -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(300, 4)).round(1), rng.integers(3, size=300)
    whole, pieces = tiny(), tiny()
    whole.predict_learn_many(X, y)
    for a, b in ((0, 1), (1, 9), (9, 64), (64, 300)):
        pieces.predict_learn_many(X[a:b], y[a:b])
    same(whole, pieces)
