"""The parts an encoder is made of, as the kernels see them, and the drive they write.

An encoder is a list of parts. Each part is a row of integers (which code, how many receptive fields, ...) and a row of
reals (strength, width, ...). All parts write the same kind of *drive*: static currents ``(row, value)``, present at all
steps, and spikes ``(row, step)``. A row is a row of the input weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import (
    COUNTER_SIZE,
    COUNTERS,
    CURRENT_COUNT,
    CURRENT_ROWS,
    CURRENT_VALUES,
    DRIVE_CAPACITY,
    OWNERS,
    PART_REALS,
    PARTS,
    ROW_CAPACITY,
    ROWS,
    SPIKE_COUNT,
    SPIKE_ROWS,
    SPIKE_STEPS,
)

PART_INTEGERS = 4
CODE, FIELDS, FIRST_CENTRE, SHAPE = range(PART_INTEGERS)
REALS_PER_PART = 3
STRENGTH, WIDTH, LIMIT = range(REALS_PER_PART)

# one line for each code; `encode.py` maps them to their kernels
CURRENT, POPULATION_LATENCY, POPULATION_CURRENT, LATENCY, RATE_CODE, DELTA = range(6)

# a value lies at most this many typical distances from its reference
CLIP = 3.0


@dataclass(frozen=True)
class Part:
    """One part of an encoder: what its kernel needs to know.

    Parameters
    ----------
    code
        Which kernel writes this part's drive.
    fields
        Number of receptive fields of a graded slot (0: the part has none).
    shape
        A choice the kernel knows (the shape of the receptive fields).
    strength
        Factor on currents.
    width
        Width of a receptive field, in distances between neighbouring centres.
    limit
        A bound the kernel knows (rate of spikes, least change).
    """

    code: int
    fields: int = 0
    shape: int = 0
    strength: float = 1.0
    width: float = 1.0
    limit: float = 0.0

    @property
    def keeps_last(self) -> bool:
        """Whether the part compares a value with the one before, so that even a silent one must be noted."""
        return self.code == DELTA


@view
def part_integers(t, p):  # type: ignore[no-untyped-def]
    return int64s(t[PARTS] + 8 * PART_INTEGERS * p, PART_INTEGERS)


@view
def part_reals(t, p):  # type: ignore[no-untyped-def]
    return float64s(t[PART_REALS] + 8 * REALS_PER_PART * p, REALS_PER_PART)


@kernel
def add_current(t, row, value):  # type: ignore[no-untyped-def]
    """Let a static current flow into a row; row 0 is the bias and means: this line has no row yet."""
    if row > 0 and value != 0.0:
        n = t[CURRENT_COUNT]
        int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY])[n] = row
        float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])[n] = value
        t[CURRENT_COUNT] = n + 1


@kernel
def add_spike(t, row, step):  # type: ignore[no-untyped-def]
    """Let a row spike once, at a step; row 0 means: this line has no row yet."""
    if row > 0:
        n = t[SPIKE_COUNT]
        int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY])[n] = row
        int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])[n] = step
        t[SPIKE_COUNT] = n + 1


@kernel
def new_rows(t, number, owner):  # type: ignore[no-untyped-def]
    """Take the next free rows and note whose they are; their weights are drawn by the network after the event."""
    counters, owners = int64s(t[COUNTERS], COUNTER_SIZE), int64s(t[OWNERS], t[ROW_CAPACITY])
    first = counters[ROWS]
    for row in range(first, first + number):
        owners[row] = owner
    counters[ROWS] = first + number
    return first
