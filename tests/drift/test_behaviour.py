"""Small cases worked out by hand, and how often and how soon the detectors give an alarm."""

import math

import numpy as np
import pytest

from streamsnn.drift import ADWIN, DDM, DETECTOR_SIZE, PageHinkley, check_state
from streamsnn.drift import adwin as layout
from streamsnn.drift.update import ADWIN as ADWIN_KIND
from streamsnn.drift.update import detect_all


def feed(detector, values):
    """What each value found."""
    found = np.zeros(len(values), dtype=np.int64)
    detect_all(detector.state, detector.kind, np.asarray(values, dtype=float), found)
    return found


def bits(seed, *pieces):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.random(n) < p for n, p in pieces]).astype(float)


def test_two_buckets_become_one_when_a_row_has_six():
    detector = ADWIN()
    feed(detector, [1, 3, 5, 7, 9])
    assert detector.state[layout.COUNTS : layout.COUNTS + 2].tolist() == [5, 0]
    feed(detector, [11])
    assert detector.state[layout.COUNTS : layout.COUNTS + 2].tolist() == [4, 1]
    second = layout.ROW_SIZE
    assert detector.state[layout.TOTALS + second] == 1 + 3
    assert detector.state[layout.VARIANCES + second] == 2  # 1 and 3 are both 1 away from their mean
    assert detector.state[layout.TOTALS : layout.TOTALS + 4].tolist() == [5, 7, 9, 11]
    assert (detector.width, detector.total, detector.estimation) == (6, 36, 6)
    assert detector.variance == pytest.approx(25 + 9 + 1 + 1 + 9 + 25)


def test_the_first_alarm_of_a_step_is_at_the_event_the_bound_gives():
    detector = ADWIN(delta=0.1, clock=1, min_window_length=1, grace_period=10)
    values = [0.0] * 16 + [1.0] * 16
    at = int(np.flatnonzero(feed(detector, values))[0])

    def is_cut(older, newer):
        width = older + newer
        mean = newer / width
        confidence = math.log(2 * math.log(width) / 0.1)
        inverse = 1 / older + 1 / newer
        return math.sqrt(2 * inverse * mean * (1 - mean) * confidence) + 2 / 3 * confidence * inverse < 1

    assert at + 1 == 16 + min(k for k in range(1, 17) if is_cut(16, k))
    assert detector.rising


def test_page_hinkley_by_hand():
    detector = PageHinkley(min_instances=1, delta=0.0, threshold=0.7, alpha=1.0)
    # means 0, 0, 1/3, 1/2; sums of deviations 0, 0, 2/3, 7/6; both extremes start at 0 (the greatest from above -1)
    assert feed(detector, [0, 0, 1, 1]).tolist() == [0, 0, 0, 1]
    assert feed(PageHinkley(min_instances=1, delta=0.0, threshold=0.7, alpha=1.0), [1, 1, 0, 0]).tolist() == [
        0,
        0,
        0,
        -1,
    ]


def test_ddm_by_hand():
    detector = DDM(warm_start=3, drift_threshold=3.0)
    # after the fourth value the rate is 1/4 and its deviation 0.2165: alarm above 0.25 + 3 * 0.2165 = 0.8995;
    # after 14 values it is 11/14 + 0.1097 = 0.8954, after 15 it is 12/15 + 0.1033 = 0.9033
    assert feed(detector, [0, 0, 0] + [1] * 12).tolist() == [0] * 14 + [1]


@pytest.mark.parametrize("cls", [ADWIN, PageHinkley, DDM])
def test_rises_and_falls_are_told_apart(cls):
    detector = cls()
    values = bits(0, (2000, 0.1), (2000, 0.9))
    found = feed(detector, values)
    first = int(np.flatnonzero(found)[0])
    assert first >= 2000
    assert found[first] == 1
    assert detector.rising
    falling = cls()
    found = feed(falling, 1 - values)
    if cls is DDM:
        assert not found[found < 0].size
    else:
        assert found[np.flatnonzero(found)[0]] == -1
        assert not falling.rising


@pytest.mark.parametrize("p", [0.02, 0.1, 0.3, 0.5])
def test_adwin_gives_few_false_alarms(p):
    streams, length = 20, 20_000
    rises = sum(int((feed(ADWIN(), bits(seed, (length, p))) > 0).sum()) for seed in range(streams))
    assert rises <= streams * length / 10_000


@pytest.mark.parametrize(("before", "after", "soon"), [(0.1, 0.5, 96), (0.05, 0.3, 160), (0.2, 0.4, 400)])
def test_adwin_finds_a_rise_soon(before, after, soon):
    delays = []
    for seed in range(20):
        found = feed(ADWIN(), bits(seed, (5000, before), (2000, after)))
        delays.append(int(np.flatnonzero(found[5000:] > 0)[0]))
    assert np.median(delays) <= soon


def test_a_long_stream_takes_no_more_memory():
    detector = ADWIN()
    state = detector.state
    feed(detector, bits(1, (300_000, 0.2)))
    assert detector.state is state
    assert len(state) == DETECTOR_SIZE
    assert state[layout.ROWS] <= 18
    check_state(detector.kind, state)


def test_a_window_with_no_room_left_forgets_its_oldest_values():
    detector = ADWIN(clock=2**40)
    counts = np.full(layout.ROWS_AT_MOST, 5.0)
    detector.state[layout.COUNTS : layout.COUNTS + layout.ROWS_AT_MOST] = counts
    detector.state[layout.ROWS] = layout.ROWS_AT_MOST
    detector.state[layout.WIDTH] = 5 * (2.0**layout.ROWS_AT_MOST - 1)
    check_state(ADWIN_KIND, detector.state)
    before = detector.width
    feed(detector, [0.0])
    assert detector.width == before + 1 - 2 ** (layout.ROWS_AT_MOST - 1)
    check_state(ADWIN_KIND, detector.state)
