from __future__ import annotations

import itertools

import pytest

from streamsnn.evaluation import Curve


def test_it_never_holds_more_points_than_allowed_and_keeps_them_evenly_spaced():
    curve = Curve(most=10)
    for event in range(1, 1001):
        curve.add(event, accuracy=event / 1000, spike_rate=None)
        assert len(curve.points) < 10
    events = [point.event for point in curve.points]
    assert len({right - left for left, right in itertools.pairwise(events)}) == 1
    assert all(point.accuracy == point.event / 1000 for point in curve.points)
    assert events[-1] > 800


def test_the_spike_rate_of_a_point_is_the_mean_since_the_point_before():
    curve = Curve(most=4)
    for event, rate in enumerate((0.1, 0.2, 0.3, 0.4, 0.6, 0.8), start=1):
        curve.add(event, 0.5, rate)
    # four points were thinned to two (events 2 and 4); from then on two values make a point
    assert [point.event for point in curve.points] == [2, 4, 6]
    assert curve.points[-1].spike_rate == pytest.approx(0.7)


def test_no_spikes_no_rate():
    curve = Curve()
    curve.add(1, 0.5, None)
    assert curve.points[0].spike_rate is None
