"""Is this array a state that a kernel may be given? States come from files, and a kernel believes what it reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..memory import Float64s
from . import adwin, ddm, page_hinkley
from ._exact import FALLS, FOUND, LAST, RISES
from .update import ADWIN, DDM, DETECTOR_SIZE, PAGE_HINKLEY

NAMES = {ADWIN: "ADWIN", PAGE_HINKLEY: "PageHinkley", DDM: "DDM"}
SIZES = {ADWIN: adwin.ADWIN_SIZE, PAGE_HINKLEY: page_hinkley.PAGE_HINKLEY_SIZE, DDM: ddm.DDM_SIZE}
COUNT_AT_MOST = 2.0**53  # up to here float64 counts exactly


def check_settings(kind: int, state: Float64s) -> None:
    """Raise ValueError unless the settings in a fresh state make sense.

    Examples
    --------
    >>> from streamsnn.drift import ADWIN
    >>> ADWIN(clock=0)
    Traceback (most recent call last):
        ...
    ValueError: ADWIN: clock is 0.0, not a whole number from 1 to 9007199254740992
    """
    CHECKS[kind][0](_Check(f"{NAMES[kind]}: ", state))


def check_state(kind: int, state: Any) -> None:
    """Raise ValueError unless `state` is a state of a detector of this kind.

    Parameters
    ----------
    kind
        `streamsnn.drift.update.ADWIN`, `PAGE_HINKLEY` or `DDM`.
    state
        A float64 array of `DETECTOR_SIZE` entries.

    Examples
    --------
    >>> from streamsnn.drift import ADWIN
    >>> detector = ADWIN()
    >>> check_state(detector.kind, detector.state)
    >>> detector.state[14] = 1000.0
    >>> check_state(detector.kind, detector.state)
    Traceback (most recent call last):
        ...
    ValueError: a saved ADWIN detector is damaged: number of rows is 1000.0, not a whole number from 1 to 32
    """
    if isinstance(kind, bool) or not isinstance(kind, int | np.integer) or int(kind) not in NAMES:
        raise ValueError(f"there is no kind {kind!r} of drift detector")
    kind = int(kind)
    if not isinstance(state, np.ndarray) or state.dtype != np.float64 or state.shape != (DETECTOR_SIZE,):
        raise ValueError(f"the state of a drift detector is a float64 array of {DETECTOR_SIZE} entries")
    check = _Check(f"a saved {NAMES[kind]} detector is damaged: ", state)
    if not np.isfinite(state).all():
        raise check.damaged(f"entry {int(np.flatnonzero(~np.isfinite(state))[0])} of its state is not finite")
    if state[SIZES[kind] :].any():
        raise check.damaged("there are entries where none belong")
    check.whole(FOUND, "latest finding", -1, 1)
    check.whole(LAST, "last change", -1, 1)
    check.whole(RISES, "number of rises", 0)
    check.whole(FALLS, "number of falls", 0)
    for check_part in CHECKS[kind]:
        check_part(check)


class _Check:
    """Looks at single entries of a state and names what is wrong."""

    def __init__(self, prefix: str, state: Float64s) -> None:
        self.prefix = prefix
        self.state = state

    def damaged(self, what: str) -> ValueError:
        return ValueError(self.prefix + what)

    def whole(self, entry: int, what: str, low: float, high: float = COUNT_AT_MOST) -> None:
        value = float(self.state[entry])
        if not (low <= value <= high and value == int(value)):
            raise self.damaged(f"{what} is {value}, not a whole number from {int(low)} to {int(high)}")

    def real(self, entry: int, what: str, low: float, high: float) -> None:
        value = float(self.state[entry])
        if not low <= value <= high:
            raise self.damaged(f"{what} is {value:g}, not from {low:g} to {high:g}")


def _adwin_settings(check: _Check) -> None:
    delta = float(check.state[adwin.DELTA])
    if not 0.0 < delta < 1.0:
        raise check.damaged(f"delta is {delta}, not between 0 and 1")
    check.whole(adwin.CLOCK, "clock", 1)
    check.whole(adwin.MAX_BUCKETS, "max_buckets", 2, adwin.BUCKETS_AT_MOST)
    check.whole(adwin.MIN_WINDOW, "min_window_length", 1)
    check.whole(adwin.GRACE, "grace_period", 0)


def _adwin_window(check: _Check) -> None:
    state = check.state
    check.whole(adwin.TICKS, "number of values since the last check", 0, state[adwin.CLOCK] - 1)
    check.whole(adwin.N_DETECTIONS, "n_detections", 0, 1)
    check.whole(adwin.ROWS, "number of rows", 1, adwin.ROWS_AT_MOST)
    rows = int(state[adwin.ROWS])
    for row in range(adwin.ROWS_AT_MOST):
        least = 1 if row < rows and rows > 1 else 0
        most = int(state[adwin.MAX_BUCKETS]) if row < rows else 0
        check.whole(adwin.COUNTS + row, f"number of buckets in row {row}", least, most)
    counts = state[adwin.COUNTS : adwin.COUNTS + adwin.ROWS_AT_MOST]
    if state[adwin.WIDTH] != (counts * 2.0 ** np.arange(adwin.ROWS_AT_MOST)).sum():
        raise check.damaged("the width is not that of its buckets")


def _page_hinkley_settings(check: _Check) -> None:
    check.whole(page_hinkley.MIN_INSTANCES, "min_instances", 1)
    check.real(page_hinkley.DELTA, "delta", 0.0, page_hinkley.NOT_YET)
    check.real(page_hinkley.THRESHOLD, "threshold", 0.0, page_hinkley.NOT_YET)
    check.real(page_hinkley.ALPHA, "alpha", 0.0, 1.0)
    check.whole(page_hinkley.MODE, "mode", -1, 1)


def _page_hinkley_counts(check: _Check) -> None:
    check.whole(page_hinkley.COUNT, "number of values", 0)


def _ddm_settings(check: _Check) -> None:
    check.whole(ddm.WARM_START, "warm_start", 0)
    check.real(ddm.WARNING_THRESHOLD, "warning_threshold", 0.0, ddm.NOT_YET)
    check.real(ddm.DRIFT_THRESHOLD, "drift_threshold", 0.0, ddm.NOT_YET)


def _ddm_counts(check: _Check) -> None:
    check.whole(ddm.COUNT, "number of values", 0)
    check.real(ddm.RATE, "error rate", -1e-9, 1.0 + 1e-9)
    check.whole(ddm.WARNING, "warning", 0, 1)


CHECKS = {
    ADWIN: (_adwin_settings, _adwin_window),
    PAGE_HINKLEY: (_page_hinkley_settings, _page_hinkley_counts),
    DDM: (_ddm_settings, _ddm_counts),
}
