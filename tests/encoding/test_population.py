"""Receptive fields: shapes, latencies, lines of discrete values, and centres that follow the stream."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.encoding import PopulationEncoder
from streamsnn.encoding.slots import DISCRETE, GRADED, INFLATED

UNIFORM = np.random.default_rng(0).uniform(0.0, 100.0, 64)


def fits(value: float, centres: np.ndarray, shape: str, width: float = 0.7) -> np.ndarray:
    """How well a value fits every field, by definition; below 0.05 nothing."""
    distance = np.abs(np.interp(value, centres, np.arange(len(centres))) - np.arange(len(centres)))
    fit = np.maximum(1.0 - distance, 0.0) if shape == "triangular" else np.exp(-0.5 * (distance / width) ** 2)
    return np.where((fit >= 0.05) & (distance <= 2.5 * width if shape == "gaussian" else fit >= 0.05), fit, 0.0)


@pytest.mark.parametrize("fields", [2, 5, 8])
def test_centres_are_the_quantiles_of_what_has_been_learned(taught, lines, fields) -> None:
    model = taught(PopulationEncoder(fields=fields), UNIFORM)
    assert lines(model, "v").kind == GRADED
    shares = (np.arange(fields) + 0.5) / fields
    np.testing.assert_allclose(lines(model, "v").centres, np.quantile(UNIFORM, shares), rtol=1e-12)


@pytest.mark.parametrize("shape", ["triangular", "gaussian"])
def test_a_field_spikes_once_the_earlier_the_better_it_fits(taught, drive, lines, shape) -> None:
    model = taught(PopulationEncoder(fields=6, shape=shape), UNIFORM, steps=10)
    known = lines(model, "v")
    for value in (-5.0, 3.0, 21.7, 49.4, 77.1, 103.0):
        fit = fits(value, known.centres, shape)
        expected = [(known.fields + k, min(int((1 - f) * 10), 9)) for k, f in enumerate(fit) if f > 0]
        assert drive(model, {"v": value}) == ({}, expected)
    if shape == "triangular":
        assert drive(model, {"v": -5.0}).spikes == [(known.fields, 0)]


@pytest.mark.parametrize("shape", ["triangular", "gaussian"])
def test_as_currents_the_fields_carry_their_fit(taught, drive, lines, shape) -> None:
    model = taught(PopulationEncoder(fields=6, shape=shape, code="current", strength=2.0), UNIFORM)
    known = lines(model, "v")
    for value in (-5.0, 21.7, 77.1):
        fit = fits(value, known.centres, shape)
        expected = {known.fields + k: pytest.approx(2.0 * f, rel=1e-6) for k, f in enumerate(fit) if f > 0}
        assert drive(model, {"v": value}) == (expected, [])


def test_a_wider_gaussian_reaches_further(taught, drive) -> None:
    narrow, wide = (taught(PopulationEncoder(shape="gaussian", width=w), UNIFORM) for w in (0.4, 1.5))
    assert len(drive(narrow, {"v": 50.0}).spikes) < len(drive(wide, {"v": 50.0}).spikes)


def test_centres_follow_a_drift(taught, lines) -> None:
    rng = np.random.default_rng(1)
    model = taught(PopulationEncoder(fields=8), rng.uniform(0.0, 1.0, 1024))
    wanted = (np.arange(8) + 0.5) / 8
    np.testing.assert_allclose(lines(model, "v").centres, wanted, atol=0.08)
    for value in rng.uniform(50.0, 51.0, 1024):
        model.learn_one({"v": value}, "a")
    np.testing.assert_allclose(lines(model, "v").centres, 50.0 + wanted, atol=1.0)


def test_one_giant_value_among_a_thousand_barely_moves_the_centres(taught, lines) -> None:
    values = np.random.default_rng(2).uniform(0.0, 1.0, 1024)
    with_outlier = values.copy()
    with_outlier[700] = 1e29
    calm, disturbed = (lines(taught(PopulationEncoder(), v), "v").centres for v in (values, with_outlier))
    np.testing.assert_allclose(disturbed, calm, atol=0.02)


def test_a_discrete_feature_has_a_line_for_each_value_but_the_commonest(taught, drive, lines) -> None:
    model = taught(PopulationEncoder(), [0, 0, 0, 0, 1, 2] * 32)
    known = lines(model, "v")
    assert known.kind == DISCRETE
    assert drive(model, {"v": 0}) == ({}, [])
    assert drive(model, {"v": 1}).spikes == [(known.values[1.0], 0)]
    assert drive(model, {"v": 2}).spikes == [(known.values[2.0], 0)]
    assert known.values[1.0] != known.values[2.0]


def test_all_values_of_a_discrete_feature_beyond_the_first_few_share_the_last_line(taught, drive) -> None:
    model = taught(PopulationEncoder(), [0] * 60 + [1, 2, 3, 4])
    model.learn_one({"v": 17}, "a")
    for value in range(5, 17):
        model.learn_one({"v": 0}, "a")
        model.learn_one({"v": value}, "a")
    assert drive(model, {"v": 15}).spikes == drive(model, {"v": 16}).spikes != []


def test_a_category_is_one_spike_at_the_first_step(taught, drive, lines) -> None:
    model = taught(PopulationEncoder(), ["red", "blue"])
    spikes = {c: drive(model, {"v": c}).spikes for c in ("red", "blue", "green")}
    assert [len(found) for found in spikes.values()] == [1, 1, 0]
    assert spikes["red"][0][1] == spikes["blue"][0][1] == 0
    assert spikes["red"] != spikes["blue"]


def test_a_feature_that_is_mostly_zero_has_fields_for_the_rest(taught, drive, lines) -> None:
    values = np.random.default_rng(3).uniform(1.0, 2.0, 64)
    values[::3] = 0.0
    values[1::3] = 0.0
    model = taught(PopulationEncoder(fields=4), values)
    known = lines(model, "v")
    assert known.kind == INFLATED
    np.testing.assert_allclose(known.centres, np.quantile(values[values > 0], [0.125, 0.375, 0.625, 0.875]), rtol=1e-12)
    assert drive(model, {"v": 0.0}) == ({}, [])
    assert drive(model, {"v": 0.5}).spikes == [(known.fields, 0)]


def test_five_hundred_binary_words_cost_what_the_present_ones_cost(taught, drive) -> None:
    rng = np.random.default_rng(4)
    model = taught(None, [])
    for k in range(70):
        words = (rng.random(499) < 0.02).astype(int)
        words[:5] = k % 20 == 7
        model.learn_one({f"w{k}": int(v) for k, v in enumerate(words)}, "a")
    quiet = {f"w{k}": 0 for k in range(499)}
    assert drive(model, quiet) == ({}, [])
    loud = drive(model, quiet | {f"w{k}": 1 for k in range(5)})
    assert len(loud.currents) == 5
    assert len(loud.spikes) == 5
