"""DDM (Gama et al. 2004) in one flat array: an error rate that leaves its lowest value by some standard deviations.

It decides as `river.drift.binary.DDM` does, and like that one starts afresh with the value after a change. It finds
rises only, so it never returns -1.
"""

from __future__ import annotations

import math
import sys

from ..memory import Float64s
from ._exact import FOUND, SETTINGS, exact, note

(
    WARM_START,
    WARNING_THRESHOLD,
    DRIFT_THRESHOLD,
    COUNT,
    RATE,
    LOWEST_RATE,
    LOWEST_SPREAD,
    LOWEST_SUM,
    WARNING,
) = range(SETTINGS, SETTINGS + 9)
DDM_SIZE = SETTINGS + 9
NOT_YET = sys.float_info.max  # a lowest value before there is any; finite, as every entry of a state


def ddm_start(
    state: Float64s, warm_start: int = 30, warning_threshold: float = 2.0, drift_threshold: float = 3.0
) -> None:
    """Make `state` (at least `DDM_SIZE` entries) a fresh detector.

    Examples
    --------
    >>> import numpy as np
    >>> state = np.empty(DDM_SIZE)
    >>> ddm_start(state, warm_start=100)
    >>> int(state[WARM_START]), float(state[DRIFT_THRESHOLD])
    (100, 3.0)
    """
    if len(state) < DDM_SIZE:
        raise ValueError(f"a DDM state needs {DDM_SIZE} entries, not {len(state)}")
    state[:] = 0.0
    state[[WARM_START, WARNING_THRESHOLD, DRIFT_THRESHOLD]] = warm_start, warning_threshold, drift_threshold
    state[LOWEST_SUM] = NOT_YET


@exact
def ddm_update(state, value):  # type: ignore[no-untyped-def]
    """Take one value from 0 to 1 (1: wrong); 1 if the error rate rose, 0 otherwise."""
    if state[FOUND] != 0.0:
        for entry in (COUNT, RATE, LOWEST_RATE, LOWEST_SPREAD, WARNING):
            state[entry] = 0.0
        state[LOWEST_SUM] = NOT_YET
    state[COUNT] += 1.0
    state[RATE] += 1.0 / state[COUNT] * (value - state[RATE])
    found = 0
    if state[COUNT] > state[WARM_START]:
        rate = state[RATE]
        spread = math.sqrt(max(rate * (1.0 - rate) / state[COUNT], 0.0))
        if rate + spread <= state[LOWEST_SUM]:
            state[LOWEST_RATE], state[LOWEST_SPREAD], state[LOWEST_SUM] = rate, spread, rate + spread
        if rate + spread > state[LOWEST_RATE] + state[DRIFT_THRESHOLD] * state[LOWEST_SPREAD]:
            found = 1
        above = rate + spread > state[LOWEST_RATE] + state[WARNING_THRESHOLD] * state[LOWEST_SPREAD]
        state[WARNING] = 1.0 if above and found == 0 else 0.0
    return note(state, found)
