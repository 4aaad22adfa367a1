"""Denormal numbers are 0 within a kernel that says so, and nowhere else."""

from __future__ import annotations

import numpy as np

from streamsnn._compile import entry, float32s
from streamsnn._denormals import FLUSHES, flush_denormals, restore_denormals

DENORMAL = np.float32(1e-40)


@entry
def halve(address, flush):
    """Halve the number that lies at an address."""
    numbers = float32s(address, 1)
    if flush:
        before = flush_denormals()
        numbers[0] *= np.float32(0.5)
        restore_denormals(before)
    else:
        numbers[0] *= np.float32(0.5)


def test_denormals_are_nothing_only_where_they_are_switched_off():
    flushed = 0.0 if FLUSHES else 5e-41
    for number, flush, expected in [(DENORMAL, True, flushed), (DENORMAL, False, 5e-41), (1.0, True, 0.5)]:
        numbers = np.array([number], dtype=np.float32)
        halve(numbers.ctypes.data, flush)
        assert numbers[0] == np.float32(expected)
        assert np.float32(DENORMAL) * np.float32(0.5) != 0
