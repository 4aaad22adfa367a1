"""ADWIN (Bifet & Gavalda 2007) in one flat array: a window that shrinks when its older part has another mean.

The window is an exponential histogram: row r holds up to `max_buckets` buckets of ``2**r`` values each, oldest first,
and of each bucket only its sum and its sum of squared deviations. Every `clock` values each border between two buckets
is tried as a cut; while the means on both sides differ by more than chance allows, the oldest bucket is dropped.

It decides as `river.drift.ADWIN` does, bit for bit, and like that one starts afresh with the value after a change.
"""

from __future__ import annotations

import math

from ..memory import Float64s
from ._exact import FOUND, SETTINGS, exact, note

ROWS_AT_MOST, BUCKETS_AT_MOST = 32, 5
(
    DELTA,
    CLOCK,
    MAX_BUCKETS,
    MIN_WINDOW,
    GRACE,
    WIDTH,
    TOTAL,
    VARIANCE,  # the sum of squared deviations from the mean of the window
    N_DETECTIONS,  # as in River: since the last fresh start, so 0 or 1; `RISES` and `FALLS` count all
    TICKS,  # values since the cuts were last tried
    ROWS,
) = range(SETTINGS, SETTINGS + 11)
COUNTS = 16  # buckets of each row
ROW_SIZE = BUCKETS_AT_MOST + 1  # one more than stays: the one that makes two merge
TOTALS = COUNTS + ROWS_AT_MOST
VARIANCES = TOTALS + ROWS_AT_MOST * ROW_SIZE
ADWIN_SIZE = VARIANCES + ROWS_AT_MOST * ROW_SIZE


def adwin_start(
    state: Float64s,
    delta: float = 0.002,
    clock: int = 32,
    max_buckets: int = 5,
    min_window: int = 5,
    grace: int = 10,
) -> None:
    """Make `state` (at least `ADWIN_SIZE` entries) a fresh detector.

    Examples
    --------
    >>> import numpy as np
    >>> state = np.empty(ADWIN_SIZE)
    >>> adwin_start(state, delta=0.01)
    >>> float(state[DELTA]), int(state[CLOCK]), int(state[WIDTH])
    (0.01, 32, 0)
    """
    if len(state) < ADWIN_SIZE:
        raise ValueError(f"an ADWIN state needs {ADWIN_SIZE} entries, not {len(state)}")
    state[:] = 0.0
    state[[DELTA, CLOCK, MAX_BUCKETS, MIN_WINDOW, GRACE]] = delta, clock, max_buckets, min_window, grace
    state[ROWS] = 1.0


@exact
def adwin_forget(state):  # type: ignore[no-untyped-def]
    """Empty the window; settings and the counts of changes stay."""
    for entry in (WIDTH, TOTAL, VARIANCE, N_DETECTIONS, TICKS):
        state[entry] = 0.0
    state[ROWS] = 1.0
    for row in range(ROWS_AT_MOST):
        state[COUNTS + row] = 0.0


@exact
def adwin_update(state, value):  # type: ignore[no-untyped-def]
    """Take one value; 1 if a change was found and the mean rose, -1 if it fell, 0 otherwise.

    Rose: at the cut that gave the alarm, the mean of the newer part is above that of the older. `value` must be finite.
    """
    if state[FOUND] != 0.0:
        adwin_forget(state)
    _insert(state, value)
    found = 0
    state[TICKS] += 1.0
    if state[TICKS] >= state[CLOCK]:
        state[TICKS] = 0.0
        if state[WIDTH] > state[GRACE]:
            found = _first_cut(state)
            cut = found
            while cut != 0:
                _drop_oldest(state)
                cut = _first_cut(state)
            if found != 0:
                state[N_DETECTIONS] += 1.0
    return note(state, found)


@exact
def _insert(state, value):  # type: ignore[no-untyped-def]
    before = state[WIDTH]
    state[WIDTH] = before + 1.0
    if before > 0.0:
        away = value - state[TOTAL] / before
        state[VARIANCE] += before * away * away / (before + 1.0)
    state[TOTAL] += value
    _append(state, 0, value, 0.0)
    row, size = 0, 1.0
    while state[COUNTS + row] > state[MAX_BUCKETS]:
        if row + 1 == ROWS_AT_MOST:  # after 2**34 values without a change: forget the oldest
            _drop_oldest(state)
            return
        _merge_oldest(state, row, size)
        row += 1
        size *= 2.0


@exact
def _append(state, row, total, variance):  # type: ignore[no-untyped-def]
    """Add the newest bucket of a row, which may be one row more than there were."""
    if row >= state[ROWS]:
        state[ROWS] = row + 1.0
    at = row * ROW_SIZE + int(state[COUNTS + row])
    state[TOTALS + at] = total
    state[VARIANCES + at] = variance
    state[COUNTS + row] += 1.0


@exact
def _merge_oldest(state, row, size):  # type: ignore[no-untyped-def]
    """Make the two oldest buckets of a row the newest of the next."""
    totals, variances = TOTALS + row * ROW_SIZE, VARIANCES + row * ROW_SIZE
    one, two = state[totals], state[totals + 1]
    apart = one / size - two / size
    variance = state[variances] + state[variances + 1] + size * 0.5 * apart * apart
    _remove_oldest(state, row, 2)
    _append(state, row + 1, one + two, variance)


@exact
def _remove_oldest(state, row, buckets):  # type: ignore[no-untyped-def]
    totals, variances = TOTALS + row * ROW_SIZE, VARIANCES + row * ROW_SIZE
    left = int(state[COUNTS + row]) - buckets
    for k in range(left):
        state[totals + k] = state[totals + k + buckets]
        state[variances + k] = state[variances + k + buckets]
    state[COUNTS + row] = left


@exact
def _drop_oldest(state):  # type: ignore[no-untyped-def]
    """Take the oldest bucket out of the window."""
    row = int(state[ROWS]) - 1
    size = 2.0**row
    total = state[TOTALS + row * ROW_SIZE]
    state[WIDTH] -= size
    state[TOTAL] -= total
    away = total / size - state[TOTAL] / state[WIDTH]
    spread = size * state[WIDTH] * away * away / (size + state[WIDTH])
    state[VARIANCE] -= state[VARIANCES + row * ROW_SIZE] + spread
    _remove_oldest(state, row, 1)
    if state[COUNTS + row] == 0.0:
        state[ROWS] = float(row)


@exact
def _first_cut(state):  # type: ignore[no-untyped-def]
    """Try the cuts from the oldest on; for the first that shows a change, 1 if the newer mean is above, else -1.

    Of the bound, the square of its first term alone needs neither division nor root; most cuts are far below it.
    """
    width, smallest = state[WIDTH], state[MIN_WINDOW]
    confidence = math.log(2.0 * math.log(width) / state[DELTA])
    spread = state[VARIANCE] / width
    surely_chance = 2.0 * state[VARIANCE] * confidence * (1.0 - 1e-6)  # the last factor leaves room for rounding
    older, newer, older_total, newer_total = 0.0, width, 0.0, state[TOTAL]
    row = int(state[ROWS]) - 1
    size = 2.0**row
    while row >= 0:
        for k in range(int(state[COUNTS + row])):
            older += size
            newer -= size
            if newer < smallest:
                return 0
            total = state[TOTALS + row * ROW_SIZE + k]
            older_total += total
            newer_total -= total
            if older < smallest:
                continue
            across = older_total * newer - newer_total * older
            if across * across <= surely_chance * older * newer:
                continue
            apart = older_total / older - newer_total / newer
            inverse = 1.0 / (older - smallest + 1.0) + 1.0 / (newer - smallest + 1.0)
            chance = math.sqrt(2.0 * inverse * spread * confidence) + 2.0 / 3.0 * confidence * inverse
            if abs(apart) > chance:
                return 1 if apart < 0.0 else -1
        row -= 1
        size *= 0.5
    return 0
