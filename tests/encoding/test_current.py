"""The standardised value as a constant current, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.encoding import CurrentEncoder


def test_a_graded_value_is_centred_on_the_mean_and_divided_by_the_deviation(taught, drive, lines) -> None:
    values = np.random.default_rng(0).uniform(10.0, 30.0, 64)
    model = taught(CurrentEncoder(strength=0.5), values)
    row = lines(model, "v").base
    for value in (12.0, 20.0, 29.0):
        expected = 0.5 * (value - values.mean()) / values.std()
        assert drive(model, {"v": value}).currents == {row: pytest.approx(expected, rel=1e-6)}
    assert drive(model, {"v": 12.0}).spikes == []


def test_later_batches_are_blended_in(taught, drive, lines) -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 128)
    model = taught(CurrentEncoder(), values, range_rate=0.1)
    first, second = values[:64], values[64:]
    mean = (first.mean() + second.mean()) / 2
    # the variance of the two batches together, since both have the same weight
    assert drive(model, {"v": 6.0}).currents == {
        lines(model, "v").base: pytest.approx((6.0 - mean) / values.std(), rel=1e-5)
    }


def test_a_value_is_clipped_at_three_deviations(taught, drive, lines) -> None:
    model = taught(CurrentEncoder(), np.random.default_rng(2).normal(size=64))
    row = lines(model, "v").base
    assert drive(model, {"v": 1e20}).currents == {row: 3.0}
    assert drive(model, {"v": -1e20}).currents == {row: -3.0}


def test_a_constant_is_silent_and_a_change_from_it_is_not(taught, drive, lines) -> None:
    model = taught(CurrentEncoder(), [4.0] * 100)
    assert drive(model, {"v": 4.0}).currents == {}
    model.learn_one({"v": 9.0}, "a")
    assert drive(model, {"v": 4.0}).currents == {}
    assert drive(model, {"v": 9.0}).currents == {lines(model, "v").base: 1.0}
    assert drive(model, {"v": -100.0}).currents == {lines(model, "v").base: -1.0}


def test_a_discrete_value_is_measured_from_the_commonest_in_typical_distances(taught, drive, lines) -> None:
    model = taught(CurrentEncoder(), [2.0, 2.0, 2.0, 5.0] * 64)
    row = lines(model, "v").base
    assert drive(model, {"v": 2.0}).currents == {}
    assert drive(model, {"v": 5.0}).currents == {row: pytest.approx(1.0)}
    assert drive(model, {"v": 8.0}).currents == {row: pytest.approx(2.0)}


def test_a_category_is_a_line_of_its_own_from_the_event_after_it_was_first_seen(taught, drive, lines) -> None:
    model = taught(CurrentEncoder(strength=0.5), ["red"])
    assert drive(model, {"v": "red"}).currents == {lines(model, "v", "red").base: 0.5}
    assert drive(model, {"v": "blue"}).currents == {}
    model.learn_one({"v": "blue"}, "a")
    assert drive(model, {"v": "blue"}).currents == {lines(model, "v", "blue").base: 0.5}
    assert lines(model, "v", "red").base != lines(model, "v", "blue").base


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), -float("inf"), 10**400, 1e31])
def test_a_missing_value_is_silence_and_moves_nothing(taught, drive, missing) -> None:
    values = np.random.default_rng(3).normal(5.0, 1.0, 70).tolist()
    model = taught(CurrentEncoder(), values)
    before = drive(model, {"v": 5.5})
    assert drive(model, {"v": missing}).currents == {}
    model.learn_one({"v": missing}, "a")
    assert drive(model, {"v": 5.5}) == before


def test_before_the_first_event_everything_is_silence(taught, drive) -> None:
    assert drive(taught(None, []), {"v": 1.0}) == ({}, [])


def test_one_giant_value_among_a_thousand_barely_moves_mean_and_deviation(taught, drive) -> None:
    values = np.random.default_rng(4).normal(size=1024)
    with_outlier = values.copy()
    with_outlier[500] = 1e29
    calm, disturbed = taught(CurrentEncoder(), values), taught(CurrentEncoder(), with_outlier)
    for value in (-1.5, 0.3, 1.5):
        ((expected,), (found,)) = (drive(m, {"v": value}).currents.values() for m in (calm, disturbed))
        assert found == pytest.approx(expected, abs=0.1)
