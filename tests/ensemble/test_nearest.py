"""The nearest neurons against a sort."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.ensemble import nearest
from streamsnn.ensemble.places import NEIGHBOURS

DRAWS = {
    "all different": lambda rng, n: rng.normal(size=n),
    "some equal": lambda rng, n: rng.integers(-60, 60, size=n),
    "most equal": lambda rng, n: rng.integers(-3, 3, size=n),
    "all but a few equal": lambda rng, n: rng.random(n) < 0.02,
    "near every 48 events": lambda rng, n: rng.random(n) + (np.arange(n) % 48 > 0),
}


@pytest.mark.parametrize("columns", [128, 1024, 8192])
@pytest.mark.parametrize("draw", list(DRAWS))
def test_the_nearest_are_those_that_a_sort_finds(draw, columns):
    rng = np.random.default_rng(0)
    halves, found = np.zeros(columns, dtype=np.float32), np.zeros(nearest.SCRATCH, dtype=np.int64)
    for _ in range(200):
        newest = int(rng.integers(-1, 5 * columns))
        oldest = max(newest - int(rng.integers(0, columns - 23)) + 1, 0)
        numbers = np.arange(oldest, newest + 1)
        far = np.full(columns, nearest.FAR, dtype=np.float32)
        far[numbers % columns] = DRAWS[draw](rng, len(numbers))
        nearest.find_in(far.ctypes.data, halves.ctypes.data, found.ctypes.data, columns, newest, oldest)
        wanted = sorted(numbers.tolist(), key=lambda number: (far[number % columns], -number))[:NEIGHBOURS]
        assert found[:NEIGHBOURS].tolist() == wanted + [-1] * (NEIGHBOURS - len(wanted))
