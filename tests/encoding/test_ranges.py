"""What is learned about values: always finite, moved by learning only, the same however often it is asked."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamsnn import SpikingClassifier
from streamsnn.encoding import ENCODERS, CurrentEncoder, PopulationEncoder
from streamsnn.encoding import slots as places

ALL = "+".join(ENCODERS)
VALUE = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=64),
    st.integers(-3, 3),
    st.sampled_from([1e29, -1e29, 1e30, 5e-324, "red", "blue", None, True]),
)
EVENT = st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUE, max_size=3)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.tuples(EVENT, st.sampled_from(["yes", "no"])), min_size=1, max_size=60), st.lists(EVENT, max_size=5))
def test_whatever_comes_nothing_but_learning_changes_the_model_and_all_stays_finite(stream, asked) -> None:
    model = SpikingClassifier(hidden=(4,), steps=4, encoder=ALL, seed=1)
    for x, y in stream:
        model.learn_one(x, y)
    before = pickle.dumps(model)
    for x in asked:
        probabilities = model.predict_proba_one(x)
        assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-9)
        model.predict_one(x)
        model.debug_one(x)
    model.predict_proba_many(asked)
    model.predict_many(asked)
    assert pickle.dumps(model) == before
    state = model._model.export()
    assert all(np.isfinite(state[name]).all() for name in ("params", "optimiser", "ranges"))


# kernels take denormal numbers as 0
VALUES = st.one_of(st.floats(-1e6, 1e6, allow_subnormal=False), st.just(0.0), st.sampled_from([0.0, 1.0]))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(VALUES, min_size=64, max_size=64))
@example([0.0] * 60 + [1.0] * 4)
def test_the_first_batch_gives_the_quantiles_of_its_values_in_any_order_and_with_any_ties(values) -> None:
    model = SpikingClassifier(hidden=(2,), steps=2, encoder=PopulationEncoder(fields=4), seed=1)
    for value in values:
        model.learn_one({"v": value}, 0)
    info, known = model._model.slot_info(0), model._model.buffers["ranges"]
    if info[places.KIND] == places.DISCRETE:  # spikes by value; there is no range to know
        assert len(set(values)) <= 16
        return
    shown = np.array(values)
    if info[places.KIND] == places.INFLATED:
        shown = shown[shown != known[places.REFERENCE]]
    if info[places.KIND] != places.INFLATED or len(shown):
        centres = known[places.CENTRES : places.CENTRES + 4]
        np.testing.assert_allclose(centres, np.quantile(shown, [0.125, 0.375, 0.625, 0.875]), rtol=1e-9, atol=1e-9)
    low, high = known[[places.LOW, places.HIGH]]
    np.testing.assert_allclose([low, high], np.quantile(values, [0.05, 0.95]), rtol=1e-9, atol=1e-9)


def test_a_feature_absent_from_most_events_has_no_silent_value(drive) -> None:
    model = SpikingClassifier(hidden=(4,), encoder=CurrentEncoder(), seed=1)
    for k in range(400):
        model.learn_one({"rare": 1.0} if k % 8 == 7 else {}, "a")
    assert list(drive(model, {"rare": 1.0}).currents.values()) == [1.0]


def test_a_feature_that_was_discrete_can_become_graded(taught, lines) -> None:
    model = taught(PopulationEncoder(), [0, 1] * 64)
    assert lines(model, "v").kind == places.DISCRETE
    for value in np.random.default_rng(0).normal(size=128):
        model.learn_one({"v": value}, "a")
    assert lines(model, "v").kind == places.GRADED
