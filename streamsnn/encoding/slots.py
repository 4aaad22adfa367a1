"""What is kept for one input slot: its row of integers and its row of reals, and how they are read."""

from __future__ import annotations

import math

from .._compile import float64s, int64s, kernel, view
from ..memory import RANGES, RANGES_STRIDE, SLOT_STRIDE, SLOTS

BATCH = 64
DISTINCT = 8

# a slot's row in `slots`
UNSEEN, DISCRETE, INFLATED, GRADED, CATEGORY = range(5)
KIND, FIRST_EVENT, STORED, BATCHES, NEWS, VALUES_KNOWN, PART_ROWS = range(7)
# ... and for every part of the encoder, from PART_ROWS on: its base row (0: none yet), the first row of its receptive
# fields, and a row for each distinct value (the last one for all others)
BASE_ROW, FIELD_ROW, LINE_ROWS = range(3)
PART_STRIDE = LINE_ROWS + DISTINCT

# a slot's row in `ranges`
REFERENCE, LINE_SCALE, MEAN, VARIANCE, INVERSE_SPREAD, LOW, HIGH, LAST, VALUES = range(9)
CENTRES = VALUES + DISTINCT
# then the centres of every population part, then the sorted batch

LARGEST = 1e30  # anything beyond is taken for missing, as infinity is: its square must stay finite


def slot_stride(parts: int) -> int:
    """Integers kept for one slot, given the number of parts of the encoder."""
    return PART_ROWS + parts * PART_STRIDE


def ranges_stride(centres: int) -> int:
    """Reals kept for one slot, given the number of receptive fields of all parts."""
    return CENTRES + centres + BATCH


@view
def batch_of_slot(t, slot, filled):  # type: ignore[no-untyped-def]
    """The first `filled` places of a slot's sorted batch."""
    return float64s(t[RANGES] + 8 * (t[RANGES_STRIDE] * (slot + 1) - BATCH), filled)


@view
def part_rows(t, slot, p):  # type: ignore[no-untyped-def]
    """The rows that part `p` of the encoder has for a slot."""
    return int64s(t[SLOTS] + 8 * (t[SLOT_STRIDE] * slot + PART_ROWS + p * PART_STRIDE), PART_STRIDE)


@kernel
def usable(value):  # type: ignore[no-untyped-def]
    """Whether a value says anything: NaN, infinities and magnitudes beyond `LARGEST` are missing."""
    return math.isfinite(value) and abs(value) <= LARGEST


@view
def slot_row(t, slot):  # type: ignore[no-untyped-def]
    return int64s(t[SLOTS] + 8 * t[SLOT_STRIDE] * slot, t[SLOT_STRIDE])


@view
def ranges_row(t, slot):  # type: ignore[no-untyped-def]
    return float64s(t[RANGES] + 8 * t[RANGES_STRIDE] * slot, t[RANGES_STRIDE])


@kernel
def value_line(t, slot, value):  # type: ignore[no-untyped-def]
    """Number of the line of a distinct value; the last line stands for every value not listed."""
    known = ranges_row(t, slot)
    for k in range(slot_row(t, slot)[VALUES_KNOWN]):
        if known[VALUES + k] == value:
            return k
    return DISTINCT - 1


@kernel
def silent(t, slot, value):  # type: ignore[no-untyped-def]
    """Whether a value is the commonest state of its slot, and no news."""
    info, known = slot_row(t, slot), ranges_row(t, slot)
    return (info[KIND] == DISCRETE or info[KIND] == INFLATED) and info[NEWS] == 0 and value == known[REFERENCE]
