"""What every detector of this folder shares: exact arithmetic, and the first entries of a detector's state.

A detector is one flat float64 array: what was found, the settings, the numbers it goes on with. So many of them lie
back to back in one buffer, and a compiled loop updates each without leaving compiled code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

# the first entries of every state
FOUND, LAST, RISES, FALLS = range(4)  # by the latest update (1, -1, 0); by the last that found any; how many so far
SETTINGS = 4  # from here on each detector has its own


def exact(function: Callable[..., Any]) -> Any:
    """A kernel as those of `_compile`, but in the order of operations in which it is written.

    The detectors promise the decisions of River's; a reordered sum decides differently where two numbers are equal.
    """
    return numba.njit(
        nogil=True, error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, fastmath=False
    )(function)


@exact
def note(state, found):  # type: ignore[no-untyped-def]
    """Enter what an update found: 1 for a rise, -1 for a fall, 0 for nothing; returns it."""
    state[FOUND] = found
    if found != 0:
        state[LAST] = found
        state[RISES if found > 0 else FALLS] += 1.0
    return found
