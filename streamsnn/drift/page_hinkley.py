"""The Page-Hinkley test in one flat array: sums of deviations from the mean so far, and how far off their extremes.

It decides as `river.drift.PageHinkley` does, and like that one starts afresh with the value after a change.
"""

from __future__ import annotations

import sys

from ..memory import Float64s
from ._exact import FOUND, SETTINGS, exact, note

(
    MIN_INSTANCES,
    DELTA,
    THRESHOLD,
    ALPHA,
    MODE,
    COUNT,
    MEAN,
    SUM_RISE,
    SUM_FALL,
    LOWEST_RISE,
    HIGHEST_FALL,
) = range(SETTINGS, SETTINGS + 11)
PAGE_HINKLEY_SIZE = SETTINGS + 11
MODES = {"both": 0, "up": 1, "down": -1}
NOT_YET = sys.float_info.max  # a lowest value before there is any; finite, as every entry of a state


def page_hinkley_start(
    state: Float64s,
    min_instances: int = 30,
    delta: float = 0.005,
    threshold: float = 50.0,
    alpha: float = 1 - 0.0001,
    mode: int = 0,
) -> None:
    """Make `state` (at least `PAGE_HINKLEY_SIZE` entries) a fresh detector; `mode` is one of `MODES`.

    Examples
    --------
    >>> import numpy as np
    >>> state = np.empty(PAGE_HINKLEY_SIZE)
    >>> page_hinkley_start(state, threshold=10.0, mode=MODES["up"])
    >>> float(state[THRESHOLD]), int(state[COUNT])
    (10.0, 0)
    """
    if len(state) < PAGE_HINKLEY_SIZE:
        raise ValueError(f"a Page-Hinkley state needs {PAGE_HINKLEY_SIZE} entries, not {len(state)}")
    state[:] = 0.0
    state[[MIN_INSTANCES, DELTA, THRESHOLD, ALPHA, MODE]] = min_instances, delta, threshold, alpha, mode
    state[[LOWEST_RISE, HIGHEST_FALL]] = NOT_YET, -1.0


@exact
def page_hinkley_update(state, value):  # type: ignore[no-untyped-def]
    """Take one value; 1 if a change was found and the mean rose, -1 if it fell, 0 otherwise."""
    if state[FOUND] != 0.0:
        for entry in (COUNT, MEAN, SUM_RISE, SUM_FALL):
            state[entry] = 0.0
        state[LOWEST_RISE], state[HIGHEST_FALL] = NOT_YET, -1.0
    state[COUNT] += 1.0
    state[MEAN] += 1.0 / state[COUNT] * (value - state[MEAN])
    away = value - state[MEAN]
    state[SUM_RISE] = state[ALPHA] * state[SUM_RISE] + away - state[DELTA]
    state[SUM_FALL] = state[ALPHA] * state[SUM_FALL] + away + state[DELTA]
    state[LOWEST_RISE] = min(state[LOWEST_RISE], state[SUM_RISE])
    state[HIGHEST_FALL] = max(state[HIGHEST_FALL], state[SUM_FALL])
    found = 0
    if state[COUNT] >= state[MIN_INSTANCES]:
        rise = state[SUM_RISE] - state[LOWEST_RISE]
        fall = state[HIGHEST_FALL] - state[SUM_FALL]
        if state[MODE] >= 0.0 and rise > state[THRESHOLD]:
            found = 1
        if state[MODE] <= 0.0 and fall > state[THRESHOLD] and (found == 0 or fall > rise):
            found = -1
    return note(state, found)
