"""Detectors go into files and out of them; what comes out of a file is not trusted."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import drift

from streamsnn.drift import (
    ADWIN,
    DDM,
    DETECTOR_SIZE,
    PageHinkley,
    check_state,
    detector_from,
    detector_over,
    refuse_saving,
)
from streamsnn.drift import adwin as layout
from streamsnn.drift.update import detect_one

MADE = [
    lambda: ADWIN(delta=0.01, clock=8),
    lambda: PageHinkley(threshold=10.0, mode="up"),
    lambda: DDM(warm_start=20),
]


def run(detector, values):
    found = []
    for value in values:
        detector.update(value)
        found.append((detector.drift_detected, detector.rising))
    return found


def errors(seed=0, length=900):
    rng = np.random.default_rng(seed)
    return (rng.random(length) < np.where(np.arange(length) // 300 % 2, 0.8, 0.1)).astype(float).tolist()


@pytest.mark.parametrize("make", MADE)
@pytest.mark.parametrize("at", [0, 1, 31, 400])
def test_a_saved_detector_goes_on_as_if_nothing_had_been(make, at):
    whole, first = make(), make()
    expected = run(whole, errors())
    found = run(first, errors()[:at])
    again = detector_from(json.loads(json.dumps(first.to_dict())))
    assert type(again) is type(first)
    assert again._get_params() == first._get_params()
    assert found + run(again, errors()[at:]) == expected
    assert any(alarm for alarm, _ in expected)
    assert np.array_equal(again.state, whole.state)


@pytest.mark.parametrize("make", MADE)
def test_a_detector_just_after_an_alarm_can_be_saved(make):
    detector = make()
    for value in errors():
        detector.update(value)
        if detector.drift_detected:
            break
    again = detector_from(detector.to_dict())
    assert again.drift_detected
    assert run(again, errors(1)) == run(detector, errors(1))


@pytest.mark.parametrize("make", MADE)
def test_copies_are_independent(make):
    detector = make()
    run(detector, errors()[:100])
    for again in (copy.deepcopy(detector), pickle.loads(pickle.dumps(detector))):
        before = detector.state.copy()
        run(again, errors())
        assert np.array_equal(detector.state, before)
    fresh = detector.clone()
    assert fresh._get_params() == detector._get_params()
    assert np.array_equal(fresh.state, make().state)


def test_a_detector_over_a_buffer_sees_what_happens_there():
    buffer = np.zeros(3 * DETECTOR_SIZE)
    part = buffer[DETECTOR_SIZE : 2 * DETECTOR_SIZE]
    part[:] = ADWIN().state
    detector = detector_over(ADWIN.kind, part)
    detect_one(part, ADWIN.kind, 1.0)
    assert detector.width == 1
    detector.update(0.0)
    assert part[layout.WIDTH] == 2
    assert not buffer[:DETECTOR_SIZE].any()
    assert not buffer[2 * DETECTOR_SIZE :].any()


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (0, 2.0),
        (1, 0.5),
        (2, -1.0),
        (layout.DELTA, 0.0),
        (layout.DELTA, 1.0),
        (layout.CLOCK, 0.0),
        (layout.CLOCK, 2.5),
        (layout.MAX_BUCKETS, 1.0),
        (layout.MAX_BUCKETS, 6.0),
        (layout.MIN_WINDOW, 0.0),
        (layout.GRACE, -1.0),
        (layout.WIDTH, 7.0),
        (layout.WIDTH, np.inf),
        (layout.TOTAL, np.nan),
        (layout.TICKS, 32.0),
        (layout.ROWS, 0.0),
        (layout.ROWS, 33.0),
        (layout.COUNTS, 6.0),
        (layout.COUNTS, -1.0),
        (layout.COUNTS + 1, 0.0),
        (layout.COUNTS + 31, 1.0),
        (layout.TOTALS, -np.inf),
    ],
)
def test_a_damaged_window_is_refused(entry, value):
    detector = ADWIN()
    run(detector, errors()[:40])
    detector.state[entry] = value
    with pytest.raises(ValueError, match="damaged"):
        check_state(detector.kind, detector.state)
    with pytest.raises(ValueError, match="damaged"):
        detector.to_dict()


@pytest.mark.parametrize("make", MADE)
@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, DETECTOR_SIZE - 1), st.floats()), min_size=1, max_size=4),
    small=st.booleans(),
)
def test_whatever_passes_the_check_can_be_run(make, changes, small):
    detector = make()
    run(detector, errors()[:100])
    for entry, value in changes:
        detector.state[entry % 64 if small else entry] = value
    try:
        check_state(detector.kind, detector.state)
    except ValueError:
        return
    buffer = np.full(3 * DETECTOR_SIZE, 7.0)
    part = buffer[DETECTOR_SIZE : 2 * DETECTOR_SIZE]
    part[:] = detector.state
    for value in errors(2):
        assert detect_one(part, detector.kind, value) in (-1, 0, 1)
    assert (buffer[:DETECTOR_SIZE] == 7).all()
    assert (buffer[2 * DETECTOR_SIZE :] == 7).all()


@pytest.mark.parametrize(
    "saved",
    [
        None,
        [],
        {},
        {"detector": "ADWIN"},
        {"detector": "ADWIN", "state": [], "more": 1},
        {"detector": "KSWIN", "state": []},
        {"detector": ["ADWIN"], "state": []},
        {"detector": "ADWIN", "state": []},
        {"detector": "ADWIN", "state": "1"},
        {"detector": "ADWIN", "state": [None]},
        {"detector": "ADWIN", "state": [True]},
        {"detector": "ADWIN", "state": [10**400]},
        {"detector": "ADWIN", "state": [0.0] * (DETECTOR_SIZE + 1)},
        {"detector": "PageHinkley", "state": [0.0] * 3},
        {"detector": "DDM", "state": [0.0] * 100 + [1.0]},
    ],
)
def test_hostile_files_are_refused(saved):
    with pytest.raises(ValueError, match="detector"):
        detector_from(saved)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (3, np.zeros(DETECTOR_SIZE)),
        (-1, np.zeros(DETECTOR_SIZE)),
        (True, ADWIN().state),
        ("ADWIN", np.zeros(DETECTOR_SIZE)),
        (0, np.zeros(DETECTOR_SIZE - 1)),
        (0, np.zeros((1, DETECTOR_SIZE))),
        (0, np.zeros(DETECTOR_SIZE, dtype=np.float32)),
        (0, [0.0] * DETECTOR_SIZE),
        (0, None),
    ],
)
def test_what_is_no_state_is_refused(kind, state):
    with pytest.raises(ValueError, match="detector"):
        check_state(kind, state)


@pytest.mark.parametrize("make", MADE)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e200])
def test_values_that_are_no_numbers_are_refused_and_leave_no_trace(make, value):
    detector = make()
    before = detector.state.copy()
    with pytest.raises(ValueError, match=repr(value).replace("+", r"\+")):
        detector.update(value)
    assert np.array_equal(detector.state, before)


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (ADWIN, {"delta": 0}),
        (ADWIN, {"delta": float("nan")}),
        (ADWIN, {"clock": 0}),
        (ADWIN, {"clock": 1.5}),
        (ADWIN, {"max_buckets": 6}),
        (ADWIN, {"min_window_length": 0}),
        (PageHinkley, {"mode": "sideways"}),
        (PageHinkley, {"threshold": -1}),
        (PageHinkley, {"alpha": 2}),
        (DDM, {"warm_start": -1}),
        (DDM, {"drift_threshold": float("inf")}),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(cls, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        cls(**options)


@pytest.mark.parametrize("foreign", [drift.ADWIN(), drift.KSWIN(), drift.binary.DDM(), None, object()])
def test_foreign_detectors_are_refused_by_name(foreign):
    with pytest.raises(ValueError, match=rf"{type(foreign).__name__} cannot be saved safely; use streamsnn\.drift"):
        refuse_saving(foreign)


def test_own_detectors_can_be_saved():
    for make in MADE:
        refuse_saving(make())
