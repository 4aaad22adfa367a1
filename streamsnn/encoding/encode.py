"""From an event's values to its drive, and from an event to better ranges: the two kernels of this package.

The table of codes is here: a new encoder adds a line to `_emit` (and one to `_give_rows` if it needs more than one row
a slot).
"""

from __future__ import annotations

from .._compile import float32s, float64s, int64s, kernel
from ..memory import (
    CURRENT_COUNT,
    CURRENT_ROWS,
    CURRENT_VALUES,
    DRIVE_CAPACITY,
    FILLED,
    PART_COUNT,
    SILENCE,
    SLOT_CAPACITY,
    SPIKE_COUNT,
)
from .current import emit_current
from .delta import emit_delta
from .latency import emit_latency
from .parts import (
    CODE,
    CURRENT,
    DELTA,
    FIELDS,
    LATENCY,
    POPULATION_CURRENT,
    POPULATION_LATENCY,
    RATE_CODE,
    new_rows,
    part_integers,
)
from .population import emit_population
from .ranges import keep, settles, track
from .rate import emit_rate
from .slots import (
    BASE_ROW,
    FIELD_ROW,
    GRADED,
    INFLATED,
    KIND,
    LINE_ROWS,
    UNSEEN,
    part_rows,
    silent,
    slot_row,
    usable,
    value_line,
)


@kernel
def encode(t, slots, values):  # type: ignore[no-untyped-def]
    """Write the drive of an event, with the ranges as they are; the bias is always on."""
    int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY])[0] = 0
    float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])[0] = 1.0
    t[CURRENT_COUNT] = 1
    t[SPIKE_COUNT] = 0
    silence = float64s(t[SILENCE], t[SLOT_CAPACITY])
    for k in range(len(slots)):
        if values[k] == silence[slots[k]] or not usable(values[k]):
            continue
        if slot_row(t, slots[k])[KIND] == UNSEEN:
            continue
        still = silent(t, slots[k], values[k])
        for p in range(t[PART_COUNT]):
            if not still or part_integers(t, p)[CODE] == DELTA:
                _emit(t, p, slots[k], values[k])


@kernel
def _emit(t, p, slot, value):  # type: ignore[no-untyped-def]
    code = part_integers(t, p)[CODE]
    if code == CURRENT:
        emit_current(t, p, slot, value)
    elif code == POPULATION_LATENCY or code == POPULATION_CURRENT:
        emit_population(t, p, slot, value)
    elif code == LATENCY:
        emit_latency(t, p, slot, value)
    elif code == RATE_CODE:
        emit_rate(t, p, slot, value)
    elif code == DELTA:
        emit_delta(t, p, slot, value)


@kernel
def observe(t, slots, values):  # type: ignore[no-untyped-def]
    """Let the ranges learn from an event, and give rows to the lines that will speak from now on."""
    silence, filled = float64s(t[SILENCE], t[SLOT_CAPACITY]), int64s(t[FILLED], t[SLOT_CAPACITY])
    for k in range(len(slots)):
        if values[k] == silence[slots[k]] and not settles(filled[slots[k]] + 1):
            filled[slots[k]] += 1  # all that a silent input costs
            continue
        if not usable(values[k]):
            continue
        if slot_row(t, slots[k])[KIND] == GRADED and not settles(filled[slots[k]] + 1):
            filled[slots[k]] += 1
            keep(t, slots[k], values[k])
            continue
        track(t, slots[k], values[k])
        if values[k] == silence[slots[k]]:
            continue
        for p in range(t[PART_COUNT]):
            _give_rows(t, p, slots[k], values[k])


@kernel
def _give_rows(t, p, slot, value):  # type: ignore[no-untyped-def]
    part, rows, kind = part_integers(t, p), part_rows(t, slot, p), slot_row(t, slot)[KIND]
    owner = slot * t[PART_COUNT] + p
    if part[CODE] == POPULATION_LATENCY or part[CODE] == POPULATION_CURRENT:
        if kind == GRADED or kind == INFLATED:
            if rows[FIELD_ROW] == 0:
                rows[FIELD_ROW] = new_rows(t, part[FIELDS], owner)
        elif not silent(t, slot, value):
            line = LINE_ROWS + value_line(t, slot, value)
            if rows[line] == 0:
                rows[line] = new_rows(t, 1, owner)
    elif rows[BASE_ROW] == 0 and not silent(t, slot, value):
        rows[BASE_ROW] = new_rows(t, 2 if part[CODE] == DELTA else 1, owner)
