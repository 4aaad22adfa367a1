"""The fused engine: encode, predict and learn a run of events in one compiled call.

A single `learn_one` and a whole `predict_learn_many` go through the same machine code, so that they leave the same
bits. The loop over events is written once and compiled twice: for the straight path, and for the general one.
"""

from __future__ import annotations

import numpy as np

from .._compile import entry, float64s, int64s, kernel
from .._denormals import flush_denormals, restore_denormals
from ..encoding.encode import encode, observe
from ..memory import (
    CLASS_CAPACITY,
    CLASSES,
    CLOCK,
    COUNTER_SIZE,
    COUNTERS,
    EVENT_BEGIN,
    EVENT_END,
    EVENT_LABELS,
    EVENT_SLOTS,
    EVENT_STARTS,
    EVENT_VALUES,
    EVENT_WEIGHTS,
    EVENT_WIDTH,
    OUTPUT,
    OUTPUT_STRIDE,
    ROW_CAPACITY,
    ROWS,
    ROWS_PER_SLOT,
    SCORES,
    SEEN_COUNT,
    SEEN_SLOTS,
    SEEN_VALUES,
    TABLE_SIZE,
)
from ..network import general as general_network
from ..network import straight as straight_network
from ..network.initial import draw_first_weights, draw_inputs
from . import accumulate
from . import general as general_learning
from . import straight as straight_learning

# What to do with each event; they may be combined. An event of weight 0 is only predicted.
PREDICT = 1  # write its probabilities
LEARN = 2  # a step along its gradient, then let the ranges observe it
INITIALISE = 4  # before the first event: draw the first weights
GRADIENT = 8  # add its gradient to what is gathered, and change nothing else (general path only)
STEP = 16  # after all events: one step along the mean of what is gathered (general path only)
OBSERVE = 32  # let the ranges observe it, without learning


@kernel
def event_bounds(t, i):  # type: ignore[no-untyped-def]
    """Where the slots and the values of event `i` begin, and how many there are."""
    if t[EVENT_STARTS] == 0:
        return 0, i * t[EVENT_WIDTH], t[EVENT_WIDTH]
    starts = int64s(t[EVENT_STARTS] + 8 * i, 2)
    return starts[0], starts[0], starts[1] - starts[0]


@kernel
def seen_before(t, slots, values):  # type: ignore[no-untyped-def]
    """Whether the traces in memory are those of this very event, with nothing learned since."""
    if t[SEEN_COUNT] != len(slots):
        return False
    seen_slots, seen_values = int64s(t[SEEN_SLOTS], len(slots)), float64s(t[SEEN_VALUES], len(slots))
    for k in range(len(slots)):  # noqa: SIM110 (Numba has no `all` of a generator)
        if seen_slots[k] != slots[k] or seen_values[k] != values[k]:
            return False
    return True


@kernel
def remember_seen(t, slots, values):  # type: ignore[no-untyped-def]
    seen_slots, seen_values = int64s(t[SEEN_SLOTS], len(slots)), float64s(t[SEEN_VALUES], len(slots))
    for k in range(len(slots)):
        seen_slots[k] = slots[k]
        seen_values[k] = values[k]
    t[SEEN_COUNT] = len(slots)


@kernel
def sort_by_slot(slots, values):  # type: ignore[no-untyped-def]
    """Put an event in the order of its slots (Shell sort), so that the order of a dict never matters."""
    n = len(slots)
    gap = n // 2
    while gap > 0:
        for i in range(gap, n):
            slot, value, place = slots[i], values[i], i
            while place >= gap and slots[place - gap] > slot:
                slots[place], values[place] = slots[place - gap], values[place - gap]
                place -= gap
            slots[place], values[place] = slot, value
        gap //= 2


@kernel
def is_sorted(slots):  # type: ignore[no-untyped-def]
    for k in range(1, len(slots)):  # noqa: SIM110 (as above)
        if slots[k] < slots[k - 1]:
            return False
    return True


@kernel
def _take(t, mode, general):  # type: ignore[no-untyped-def]
    """The loop over events; `general` is None on the straight path, and Numba drops the branches it does not take."""
    if mode & INITIALISE:
        draw_first_weights(t)
    begin, end = t[EVENT_BEGIN], t[EVENT_END]
    counters = int64s(t[COUNTERS], COUNTER_SIZE)
    labels = int64s(t[EVENT_LABELS], end)
    weights = float64s(t[EVENT_WEIGHTS], end)
    if general is not None:
        if mode & GRADIENT:
            _admit_classes(t, labels[begin:])
    for i in range(begin, end):
        at_slots, at_values, width = event_bounds(t, i)
        slots = int64s(t[EVENT_SLOTS] + 8 * at_slots, width)
        values = float64s(t[EVENT_VALUES] + 8 * at_values, width)
        if mode & (LEARN | OBSERVE) and not has_rows_for(t, width):
            return i
        if not is_sorted(slots):
            sort_by_slot(slots, values)
        if mode & (PREDICT | LEARN | GRADIENT) and not seen_before(t, slots, values):
            encode(t, slots, values)
            _run_network(t, general)
            remember_seen(t, slots, values)
        if mode & PREDICT:
            known = min(counters[CLASSES], t[OUTPUT_STRIDE])
            scores = float64s(t[SCORES] + 8 * t[CLASS_CAPACITY], known)
            output = float64s(t[OUTPUT] + 8 * t[OUTPUT_STRIDE] * i, known)
            for c in range(known):
                output[c] = scores[c]
        if mode == PREDICT or not weights[i] > 0.0:
            continue
        if mode & LEARN and labels[i] >= 0:
            if labels[i] >= counters[CLASSES]:
                counters[CLASSES] = labels[i] + 1
                _read_out(t, general)
            if general is None:
                straight_learning.learn(t, labels[i], weights[i])
            else:
                general_learning.gather(t, labels[i], weights[i])
                accumulate.step(t)
        elif general is not None:
            if mode & GRADIENT and labels[i] >= 0:
                general_learning.gather(t, labels[i], weights[i])
        if mode & (LEARN | OBSERVE):
            _observe(t, slots, values)
    if general is not None:
        if mode & STEP:
            accumulate.step(t)
            t[SEEN_COUNT] = -1
    return end


@kernel
def _run_network(t, general):  # type: ignore[no-untyped-def]
    if general is None:
        straight_network.forward(t)
    else:
        general_network.forward(t)
    _read_out(t, general)


@kernel
def _read_out(t, general):  # type: ignore[no-untyped-def]
    if general is None:
        straight_network.read_out(t)
    else:
        general_network.read_out(t)


@kernel
def has_rows_for(t, width):  # type: ignore[no-untyped-def]
    """Whether there is room for all rows that an event of this many slots may need."""
    return int64s(t[COUNTERS], COUNTER_SIZE)[ROWS] + width * t[ROWS_PER_SLOT] <= t[ROW_CAPACITY]


@kernel
def _observe(t, slots, values):  # type: ignore[no-untyped-def]
    """What follows a learned event: better ranges, weights for new rows, the clock."""
    counters = int64s(t[COUNTERS], COUNTER_SIZE)
    rows = counters[ROWS]
    observe(t, slots, values)
    draw_inputs(t, rows)
    counters[CLOCK] += 1
    t[SEEN_COUNT] = -1


@kernel
def _admit_classes(t, labels):  # type: ignore[no-untyped-def]
    """All events of a batch know all its classes; and what another path left in the traces does not count."""
    counters = int64s(t[COUNTERS], COUNTER_SIZE)
    for i in range(len(labels)):
        counters[CLASSES] = max(counters[CLASSES], labels[i] + 1)
    t[SEEN_COUNT] = -1


@entry
def run_straight(address, mode):  # type: ignore[no-untyped-def]
    """Take the events that the table names; returns where it stopped: earlier when the weights need more rows."""
    before = flush_denormals()
    stopped = _take(int64s(address, TABLE_SIZE), mode, None)
    restore_denormals(before)
    return stopped


@entry
def run_general(address, mode):  # type: ignore[no-untyped-def]
    """As `run_straight`, for every network, also one that the straight path could run."""
    before = flush_denormals()
    stopped = _take(int64s(address, TABLE_SIZE), mode, True)
    restore_denormals(before)
    return stopped


# --- the same, piece by piece, for an engine that runs the network itself ---------------------------------------------


@entry
def initialise(address):  # type: ignore[no-untyped-def]
    """Draw the first weights."""
    draw_first_weights(int64s(address, TABLE_SIZE))


@entry
def encode_event(address, i):  # type: ignore[no-untyped-def]
    """Write the drive of the event `i`."""
    t = int64s(address, TABLE_SIZE)
    at_slots, at_values, width = event_bounds(t, i)
    slots = int64s(t[EVENT_SLOTS] + 8 * at_slots, width)
    values = float64s(t[EVENT_VALUES] + 8 * at_values, width)
    if not is_sorted(slots):
        sort_by_slot(slots, values)
    before = flush_denormals()
    encode(t, slots, values)
    restore_denormals(before)
    t[SEEN_COUNT] = -1


@entry
def observe_event(address, i):  # type: ignore[no-untyped-def]
    """Let the ranges observe the event `i`; there must be room for its rows."""
    t = int64s(address, TABLE_SIZE)
    at_slots, at_values, width = event_bounds(t, i)
    before = flush_denormals()
    _observe(t, int64s(t[EVENT_SLOTS] + 8 * at_slots, width), float64s(t[EVENT_VALUES] + 8 * at_values, width))
    restore_denormals(before)


def warm_up() -> None:
    """Compile, or load from the cache, the kernels of the default network; the first compilation takes seconds.

    Examples
    --------
    >>> warm_up()
    """
    run_straight(np.zeros(TABLE_SIZE, dtype=np.int64).ctypes.data, 0)
