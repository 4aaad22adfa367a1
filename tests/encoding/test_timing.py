"""Encoders whose message is when a spike comes: latency, rate and change."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.encoding import DeltaEncoder, LatencyEncoder, RateEncoder

VALUES = np.random.default_rng(0).uniform(0.0, 100.0, 64)
LOW, HIGH = np.quantile(VALUES, [0.05, 0.95])


def test_latency_counts_down_from_the_bottom_of_the_range_to_its_top(taught, drive, lines) -> None:
    model = taught(LatencyEncoder(), VALUES, steps=20)
    row = lines(model, "v").base
    for value in (-1e9, 13.0, 42.0, 77.0, 1e9):
        share = np.clip((value - LOW) / (HIGH - LOW), 0.0, 1.0)
        assert drive(model, {"v": value}) == ({}, [(row, min(int((1 - share) * 20), 19))])
    assert drive(model, {"v": 1e9}).spikes == [(row, 0)]
    assert drive(model, {"v": -1e9}).spikes == [(row, 19)]


def test_rate_spikes_in_proportion_to_the_position_in_the_range(taught, drive) -> None:
    model = taught(RateEncoder(rate=0.8), VALUES, steps=4000)
    for share in (0.0, 0.25, 0.5, 1.0):
        spikes = len(drive(model, {"v": LOW + share * (HIGH - LOW)}).spikes)
        chance = 0.8 * share
        assert abs(spikes - 4000 * chance) <= 4 * np.sqrt(4000 * chance * (1 - chance))


def test_rate_spikes_depend_on_seed_and_events_learned_and_on_nothing_else(taught, drive) -> None:
    model, twin = (taught(RateEncoder(), VALUES, steps=30) for _ in range(2))
    x = {"v": 60.0}
    first = drive(model, x)
    assert 0 < len(first.spikes) < 30
    assert drive(model, x) == first
    assert drive(twin, x) == first
    seen = set()
    for _ in range(20):
        model.learn_one({"v": None}, "a")
        seen.add(tuple(drive(model, x).spikes))
    assert len(seen) == 20


def test_a_rise_speaks_on_one_line_and_a_fall_on_another_the_larger_the_earlier(taught, drive, lines) -> None:
    values = np.r_[VALUES, 50.0]
    model = taught(DeltaEncoder(threshold=0.5), values, steps=12)
    row, deviation = lines(model, "v").base, VALUES.std()
    for change in (0.6, 1.0, 2.4, 9.0):
        step = int((1 - min(change, 3.0) / 3.0) * 12)
        assert drive(model, {"v": 50.0 + change * deviation}) == ({}, [(row, step)])
        assert drive(model, {"v": 50.0 - change * deviation}) == ({}, [(row + 1, step)])
    for change in (-0.4, 0.0, 0.4):
        assert drive(model, {"v": 50.0 + change * deviation}).spikes == []


def test_change_is_measured_from_the_last_learned_value_not_from_the_last_predicted(taught, drive, lines) -> None:
    model = taught(DeltaEncoder(), np.r_[VALUES, 10.0])
    rise = drive(model, {"v": 90.0})
    drive(model, {"v": 90.0})
    assert drive(model, {"v": 90.0}) == rise
    model.learn_one({"v": 90.0}, "a")
    assert drive(model, {"v": 90.0}).spikes == []
    assert [row for row, _ in drive(model, {"v": 10.0}).spikes] == [lines(model, "v").base + 1]


def test_a_discrete_feature_that_returns_to_its_commonest_value_has_fallen(taught, drive, lines) -> None:
    model = taught(DeltaEncoder(), [0, 0, 0, 1] * 20)
    row = lines(model, "v").base
    assert [found for found, _ in drive(model, {"v": 0}).spikes] == [row + 1]
    assert drive(model, {"v": 1}).spikes == []
    model.learn_one({"v": 0}, "a")
    assert drive(model, {"v": 0}).spikes == []
    assert [found for found, _ in drive(model, {"v": 1}).spikes] == [row]


@pytest.mark.parametrize("encoder", [LatencyEncoder(), RateEncoder(), DeltaEncoder()])
def test_a_missing_value_and_an_unknown_category_are_silence(taught, drive, encoder) -> None:
    model = taught(encoder, VALUES)
    for value in (None, float("nan"), "red"):
        assert drive(model, {"v": value}) == ({}, [])
