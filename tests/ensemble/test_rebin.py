"""Counts that are handed on when the edges of bins are drawn anew."""

from __future__ import annotations

import numpy as np

from streamsnn.ensemble import places as p
from streamsnn.ensemble import settled_layout


def kept(model) -> dict[str, np.ndarray]:
    ladder = model._model
    return settled_layout.views(ladder, int(ladder.places[p.STEADY_ROOM]), ladder.layout.class_rows)


def learned(model, x: np.ndarray, label: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts of the first slot and of the first coincidence before an event is learned, and what learning adds."""
    before = kept(model)
    singles, couples = before["singles"][0].copy(), before["couples"][0].copy()
    model.learn_one(x, label)
    return singles, couples, kept(model)["steady"][0].copy()


def test_a_bin_that_is_split_shares_its_counts_out_as_its_sample(tiny) -> None:
    """Values 0, 1, 0, 1 make two bins; after four more, of which two are 2, the upper one is split in two."""
    model = tiny(memory=0)
    for k, value in enumerate([0.0, 1.0, 0.0, 1.0, 1.0, 2.0, 2.0]):
        singles, _, steady = learned(model, np.array([value, k % 2]), k % 2)
    assert steady[p.EDGE_COUNT] == 1
    singles, couples, steady = learned(model, np.array([1.0, 1.0]), 1)
    assert steady[p.EDGE_COUNT] == 2
    # the event that made the eighth value was counted in the old upper bin; of whose sample 4 are 1 and 2 are 2
    upper = kept(model)["singles"][0, 1:3]
    grown = 0.99 * singles[1] + np.eye(len(upper[0]))[1]
    np.testing.assert_allclose(upper, np.outer([4 / 6, 2 / 6], grown), rtol=1e-6)
    np.testing.assert_allclose(kept(model)["singles"][0, 0], singles[0], rtol=1e-6)
    both = kept(model)["couples"][0].reshape(p.BINS, p.BINS, -1)
    assert both[2].sum() > 0
    np.testing.assert_allclose(both[1], 2 * both[2], rtol=1e-6)
    assert abs(both.sum() - (0.99 * couples.sum() + 1)) < 0.2  # what decays is only the bin that was counted


def test_nothing_counted_is_lost(tiny) -> None:
    model, rng, before = tiny(memory=0), np.random.default_rng(1), np.zeros(3)
    for k in range(255):
        model.learn_one(rng.normal(size=3), int(rng.integers(2)))
        singles = kept(model)["singles"][:3].sum(axis=(1, 2))
        if k & (k + 1) == 0 and k > 1:  # the edges have been drawn anew
            assert np.ptp(singles) < 0.2 * singles.mean()
            assert (singles > 0.9 * before).all()
        before = singles


def test_chunks_do_not_matter(tiny, same) -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(300, 4)).round(1), rng.integers(3, size=300)
    whole, pieces = tiny(), tiny()
    whole.predict_learn_many(X, y)
    for a, b in ((0, 1), (1, 9), (9, 64), (64, 300)):
        pieces.predict_learn_many(X[a:b], y[a:b])
    same(whole, pieces)
