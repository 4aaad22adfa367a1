"""One way to update any detector: by the code of its kind, over its flat state."""

from __future__ import annotations

from .._compile import entry, kernel
from .adwin import ADWIN_SIZE, adwin_update
from .ddm import DDM_SIZE, ddm_update
from .page_hinkley import PAGE_HINKLEY_SIZE, page_hinkley_update

ADWIN, PAGE_HINKLEY, DDM = range(3)
DETECTOR_SIZE = max(ADWIN_SIZE, PAGE_HINKLEY_SIZE, DDM_SIZE)  # entries that have room for any


@kernel
def detect(state, kind, value):  # type: ignore[no-untyped-def]
    """Update a detector with one value; 1 if a change was found and the mean rose, -1 if it fell, 0 otherwise."""
    if kind == ADWIN:
        return adwin_update(state, value)
    if kind == PAGE_HINKLEY:
        return page_hinkley_update(state, value)
    return ddm_update(state, value)


@entry
def detect_one(state, kind, value):  # type: ignore[no-untyped-def]
    """`detect`, called from Python."""
    return detect(state, kind, value)


@entry
def detect_all(state, kind, values, found):  # type: ignore[no-untyped-def]
    """Update a detector with many values in a row; what each found goes into `found`."""
    for i in range(len(values)):
        found[i] = detect(state, kind, values[i])
