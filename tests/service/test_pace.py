"""When a transaction begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsnn_kafka.pace import Pace


@given(st.floats(0.001, 0.05), st.integers(1, 30))
def test_what_just_missed_a_transaction_is_committed_an_interval_later(takes: float, count: int) -> None:
    pace, now = Pace(0.1), 0.0
    for _ in range(count):
        now += pace.due_in(now)
        begin = now
        pace.begin(begin)
        pace.end(takes)
        now = begin + takes
        assert now + pace.due_in(now) + takes == pytest.approx(begin + 0.1)


def test_slow_transactions_leave_half_of_the_interval() -> None:
    pace = Pace(0.1)
    pace.end(5.0)
    pace.begin(1.0)
    assert pace.due_in(1.0) == pytest.approx(0.05)


def test_one_slow_transaction_changes_little() -> None:
    pace = Pace(0.1)
    for took in (0.02, 0.02, 0.12):
        pace.end(took)
    pace.begin(1.0)
    assert pace.due_in(1.0) == pytest.approx(0.1 - 0.03)


def test_the_first_and_those_without_an_interval_begin_at_once() -> None:
    assert Pace(0.1).due_in(0.0) == 0.0
    pace = Pace(0.0)
    pace.begin(3.0)
    assert pace.due_in(3.0) == 0.0
