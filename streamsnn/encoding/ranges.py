"""What an encoder knows about the values of one input slot, learned online: kind, reference, spread, quantiles.

Values are collected in a batch of `BATCH`. When it is full (and at 1, 2, 4, ... values of the first) the slot
is *settled*: the batch's quantiles, trimmed mean and spread are blended into the running ones with weight
``max(1 / batches, range_rate)``, and the slot's kind is decided:

- **graded**: many distinct values; receptive fields and centring make sense;
- **discrete**: few distinct values (binary words, one-hot lines). Its commonest value is the *reference*: silence;
- **inflated**: one value makes up half of them, and the others are many (counts that are mostly zero). That value is
  the reference, silence; the others have receptive fields, but are measured from the reference;
- **category**: the one-hot line of a category.

If a slot is absent from most events, absence is its commonest state: the slot is *news* whenever it is there, and has
no silent value.

Nothing here is moved by one outlier: the quantiles ignore it, mean and spread are taken within Tukey's outer fences.
"""

from __future__ import annotations

import math

from .._compile import float64s, int64s, kernel
from ..memory import CLOCK, COUNTER_SIZE, COUNTERS, FILLED, KEEPS_LAST, SILENCE, SLOT_CAPACITY
from .settle import settle
from .slots import (
    BATCH,
    BATCHES,
    CATEGORY,
    DISTINCT,
    FIRST_EVENT,
    GRADED,
    KIND,
    LAST,
    REFERENCE,
    STORED,
    VALUES,
    VALUES_KNOWN,
    batch_of_slot,
    ranges_row,
    silent,
    slot_row,
    value_line,
)


@kernel
def settles(filled):  # type: ignore[no-untyped-def]
    """Whether a batch of this size may be settled: a power of two, the full batch among them."""
    return filled & (filled - 1) == 0


@kernel
def track(t, slot, value):  # type: ignore[no-untyped-def]
    """Learn from one usable value; the kind may change, rows are given out by the encoder afterwards.

    A value that is silence is only counted; copies of the reference enter the batch when it settles.
    """
    filled = int64s(t[FILLED], t[SLOT_CAPACITY])
    filled[slot] += 1
    n = filled[slot]
    info = slot_row(t, slot)
    known = ranges_row(t, slot)
    clock = int64s(t[COUNTERS], COUNTER_SIZE)[CLOCK]
    if info[BATCHES] == 0 and n == 1:
        info[FIRST_EVENT] = clock
        known[REFERENCE] = value
    if info[KIND] == CATEGORY:
        if n == BATCH:
            filled[slot] = 0
            info[BATCHES] += 1
        return
    keep(t, slot, value)
    _note(t, slot, value)
    if n == BATCH or (info[BATCHES] == 0 and settles(n)):
        settle(t, slot, n, clock)
        silence = float64s(t[SILENCE], t[SLOT_CAPACITY])
        silence[slot] = known[REFERENCE] if silent(t, slot, known[REFERENCE]) and t[KEEPS_LAST] == 0 else math.nan
    if n == BATCH:
        filled[slot] = 0
        info[STORED] = 0
        info[BATCHES] += 1


@kernel
def keep(t, slot, value):  # type: ignore[no-untyped-def]
    """Put a value into its slot's batch, where nothing is decided before the batch settles."""
    info, known = slot_row(t, slot), ranges_row(t, slot)
    known[LAST] = value
    if value != known[REFERENCE]:
        batch_of_slot(t, slot, BATCH)[info[STORED]] = value
        info[STORED] += 1


@kernel
def _note(t, slot, value):  # type: ignore[no-untyped-def]
    """Remember a value that is one of the first few distinct ones of a slot that is not graded."""
    info, known = slot_row(t, slot), ranges_row(t, slot)
    if info[KIND] != GRADED and value != known[REFERENCE] and info[VALUES_KNOWN] < DISTINCT - 1:
        if value_line(t, slot, value) == DISTINCT - 1:
            known[VALUES + info[VALUES_KNOWN]] = value
            info[VALUES_KNOWN] += 1
