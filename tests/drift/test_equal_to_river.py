"""The detectors decide as River's do, value for value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import drift

from streamsnn.drift import ADWIN, DDM, PageHinkley

PAIRS = [
    (ADWIN, drift.ADWIN, {}),
    (ADWIN, drift.ADWIN, {"delta": 0.3, "clock": 1, "max_buckets": 2, "min_window_length": 1, "grace_period": 1}),
    (ADWIN, drift.ADWIN, {"delta": 0.05, "clock": 7, "max_buckets": 3}),
    (PageHinkley, drift.PageHinkley, {}),
    (PageHinkley, drift.PageHinkley, {"threshold": 5.0, "mode": "up"}),
    (PageHinkley, drift.PageHinkley, {"threshold": 5.0, "mode": "down", "alpha": 1.0, "min_instances": 3}),
    (DDM, drift.binary.DDM, {}),
    (DDM, drift.binary.DDM, {"warm_start": 5, "warning_threshold": 1.0, "drift_threshold": 2.0}),
]


def compare(ours, theirs, values):
    alarms = 0
    for value in values:
        ours.update(value)
        theirs.update(value)
        assert ours.drift_detected == theirs.drift_detected
        alarms += ours.drift_detected
        if isinstance(ours, ADWIN):
            assert ours.width == theirs.width
            assert ours.n_detections == theirs.n_detections
            assert ours.estimation == pytest.approx(theirs.estimation, abs=1e-12)
            assert ours.variance == pytest.approx(theirs.variance, rel=1e-9, abs=1e-9)
        if isinstance(ours, DDM):
            assert ours.warning_detected == theirs.warning_detected
    assert ours.rises + ours.falls == alarms
    return alarms


pieces = st.lists(
    st.tuples(st.integers(1, 300), st.floats(0, 1), st.floats(0.01, 5)),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
@settings(max_examples=15, deadline=None)
@given(pieces=pieces, seed=st.integers(0, 2**32 - 1))
def test_short_streams_of_bits(ours, theirs, options, pieces, seed):
    rng = np.random.default_rng(seed)
    values = np.concatenate([(rng.random(n) < p).astype(float) for n, p, _ in pieces])
    compare(ours(**options), theirs(**options), values.tolist())


@pytest.mark.parametrize(("ours", "theirs", "options"), [pair for pair in PAIRS if pair[0] is not DDM])
@settings(max_examples=15, deadline=None)
@given(pieces=pieces, seed=st.integers(0, 2**32 - 1))
def test_short_streams_of_reals(ours, theirs, options, pieces, seed):
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.normal(10 * p, scale, n) for n, p, scale in pieces])
    compare(ours(**options), theirs(**options), values.tolist())


@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
def test_one_long_stream(ours, theirs, options):
    rng = np.random.default_rng(4)
    values = np.concatenate([(rng.random(n) < p).astype(float) for n, p in ((9000, 0.2), (6000, 0.8), (5000, 0.1))])
    assert compare(ours(**options), theirs(**options), values.tolist()) >= 1


def test_a_constant_that_float64_cannot_hold_exactly():
    assert compare(ADWIN(clock=1), drift.ADWIN(clock=1), [0.1] * 3000) == 0
