from __future__ import annotations

import random

from streamsnn.evaluation import DriftMarks


def watched(*phases, seed=0):
    """Marks after phases of (events, error rate)."""
    rng, drift = random.Random(seed), DriftMarks()
    for events, rate in phases:
        for _ in range(events):
            drift.update(rng.random() < rate)
    return drift.marks


def test_a_rise_of_the_error_is_marked_soon_after_it():
    marks = watched((2000, 0.1), (2000, 0.6))
    assert [2000 < mark.event < 2200 for mark in marks] == [True]
    assert 0.08 < marks[0].before < marks[0].after < 0.6


def test_getting_better_is_no_drift():
    assert watched((2000, 0.6), (2000, 0.1)) == []


def test_a_constant_error_rate_is_no_drift():
    assert watched((5000, 0.3)) == []


def test_each_of_two_rises_is_marked():
    marks = watched((2000, 0.05), (2000, 0.5), (2000, 0.05), (2000, 0.5))
    assert [mark.event // 2000 for mark in marks] == [1, 3]
