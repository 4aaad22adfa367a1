"""The events at hand and the last few thousand learned ones: their drives, labels and weights, in a ring.

An event is encoded once. Its drive goes straight into the ring, where every member reads it: at once, and again when
it replays what it has seen. A remembered event keeps the drive it had then.
"""

from __future__ import annotations

from .._compile import float32s, float64s, int64s, kernel, view
from ..encoding.parts import CODE, DELTA, part_integers
from ..memory import (
    CURRENT_COUNT,
    CURRENT_ROWS,
    CURRENT_VALUES,
    DRIVE_CAPACITY,
    OWNERS,
    PART_COUNT,
    ROW_CAPACITY,
    SPIKE_COUNT,
    SPIKE_ROWS,
    SPIKE_STEPS,
)
from .places import (
    CHANGES,
    COUNT_COUNT,
    COUNTS,
    CURRENT_CURSOR,
    CURRENTS,
    CURRENTS_AT,
    DRIFTED,
    DRIVE_BUDGET,
    DRIVE_ROOM,
    DRIVE_TOTAL,
    FIELD_SPIKES,
    HISTORY_SPIKES,
    LABEL,
    NUMBER,
    OLDEST,
    OLDEST_EVENT,
    REMEMBERED,
    RING,
    RING_CURRENT_ROWS,
    RING_CURRENT_VALUES,
    RING_EVENTS,
    RING_KEEPS,
    RING_SPIKE_ROWS,
    RING_SPIKE_STEPS,
    RING_STRIDE,
    RING_WEIGHTS,
    RUNG_COUNT,
    SPIKE_CURSOR,
    SPIKES_AT,
    TOTAL,
)


@view
def remembered(g, number):  # type: ignore[no-untyped-def]
    """The row of a learned event, by its number."""
    return int64s(g[RING] + 8 * RING_STRIDE * (number % RING_EVENTS), RING_STRIDE)


@view
def at_hand(g, k):  # type: ignore[no-untyped-def]
    """The row of event `k` of the chunk at hand, learned or not."""
    return int64s(g[RING] + 8 * RING_STRIDE * (RING_EVENTS + k), RING_STRIDE)


@view
def looks_back_to(g, rung):  # type: ignore[no-untyped-def]
    """The number of the first event that a rung still heeds; one entry."""
    return int64s(g[DRIFTED] + 8 * (g[RUNG_COUNT] + rung), 1)


@kernel
def weight_at_hand(g, k):  # type: ignore[no-untyped-def]
    return float64s(g[RING_WEIGHTS] + 8 * (RING_EVENTS + k), 1)[0]


@kernel
def write_drive(t, g, k, history_row):  # type: ignore[no-untyped-def]
    """Move the drive that `encode` left into the ring: currents, then spikes of change, of fields, of history."""
    counts, event = int64s(g[COUNTS], COUNT_COUNT), at_hand(g, k)
    currents, spikes = t[CURRENT_COUNT], t[SPIKE_COUNT]
    if counts[CURRENT_CURSOR] + currents > g[DRIVE_ROOM]:
        counts[CURRENT_CURSOR] = 0
    if counts[SPIKE_CURSOR] + spikes + 1 > g[DRIVE_ROOM]:
        counts[SPIKE_CURSOR] = 0
    event[CURRENTS_AT], event[SPIKES_AT] = counts[CURRENT_CURSOR], counts[SPIKE_CURSOR]
    event[CURRENTS] = currents
    from_rows, from_values = int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY]), float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    rows = int64s(g[RING_CURRENT_ROWS] + 8 * event[CURRENTS_AT], currents)
    values = float32s(g[RING_CURRENT_VALUES] + 4 * event[CURRENTS_AT], currents)
    for n in range(currents):
        rows[n] = from_rows[n]
        values[n] = from_values[n]
    from_rows, from_steps = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY]), int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    rows = int64s(g[RING_SPIKE_ROWS] + 8 * event[SPIKES_AT], spikes + 1)
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * event[SPIKES_AT], spikes + 1)
    owners, parts = int64s(t[OWNERS], t[ROW_CAPACITY]), t[PART_COUNT]
    taken = 0
    for n in range(spikes):
        if part_integers(t, owners[from_rows[n]] % parts)[CODE] == DELTA:
            rows[taken] = from_rows[n]
            steps[taken] = from_steps[n]
            taken += 1
    event[CHANGES] = taken
    event[FIELD_SPIKES] = spikes - taken
    for n in range(spikes):
        if part_integers(t, owners[from_rows[n]] % parts)[CODE] != DELTA:
            rows[taken] = from_rows[n]
            steps[taken] = from_steps[n]
            taken += 1
    event[HISTORY_SPIKES] = 0
    if history_row > 0:
        rows[taken] = history_row
        steps[taken] = 0
        event[HISTORY_SPIKES] = 1


@kernel
def keep_drive(g, k):  # type: ignore[no-untyped-def]
    """What is written next goes behind the drive of event `k`."""
    counts, event = int64s(g[COUNTS], COUNT_COUNT), at_hand(g, k)
    counts[CURRENT_CURSOR] = event[CURRENTS_AT] + event[CURRENTS]
    counts[SPIKE_CURSOR] = event[SPIKES_AT] + entries(event) - event[CURRENTS]


@kernel
def entries(event):  # type: ignore[no-untyped-def]
    """Entries of drive that an event has."""
    return event[CURRENTS] + event[CHANGES] + event[FIELD_SPIKES] + event[HISTORY_SPIKES]


@kernel
def remember(g, k, label, weight):  # type: ignore[no-untyped-def]
    """Give the event `k` at hand, which is learned, its number and its place among the remembered ones."""
    counts, event = int64s(g[COUNTS], COUNT_COUNT), at_hand(g, k)
    number = counts[REMEMBERED]
    counts[REMEMBERED] = number + 1
    counts[DRIVE_TOTAL] += entries(event)
    event[LABEL], event[NUMBER], event[TOTAL] = label, number, counts[DRIVE_TOTAL]
    oldest = max(counts[OLDEST_EVENT], number - g[RING_KEEPS])
    while oldest < number:
        past = remembered(g, oldest)
        if counts[DRIVE_TOTAL] - past[TOTAL] + entries(past) <= DRIVE_BUDGET:
            break
        oldest += 1
    counts[OLDEST_EVENT] = oldest
    event[OLDEST] = oldest
    place = remembered(g, number)
    for n in range(RING_STRIDE):
        place[n] = event[n]
    float64s(g[RING_WEIGHTS] + 8 * (number % RING_EVENTS), 1)[0] = weight
