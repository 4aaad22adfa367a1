"""Which slots coincidence neurons look at: every pair while there are few, else pairs drawn anew, the idlest first.

A neuron is left alone for its first `YOUTH` events. Then, every `PERIOD` events, the one with the least gate forgets
all and gets another pair of the slots that the event at hand showed.

References
----------
Butz, M., Worgotter, F., & van Ooyen, A. (2009). Activity-dependent structural plasticity. Brain Research Reviews,
60(2), 287-305.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from .._random import uniform
from ..memory import CLASS_CAPACITY, SEED
from .places import (
    ALONE,
    BELIEF,
    BESIDE,
    BINS,
    COUPLE_COUNT,
    COUPLED,
    COUPLED_SINCE,
    COUPLED_STRIDE,
    COUPLES,
    FIRST_SLOT,
    GATE_STRIDE,
    GATES,
    SECOND_SLOT,
    SINCE,
    STEADY_ROOM,
)
from .steady import shown

WIRING_STREAM = 32452843
PERIOD, YOUTH = 64, 512  # events
DRAWS = 64  # most of them at an event


@view
def coupled(g, couple):  # type: ignore[no-untyped-def]
    return int64s(g[COUPLED] + 8 * COUPLED_STRIDE * couple, COUPLED_STRIDE)


@view
def gates_of(g, slot):  # type: ignore[no-untyped-def]
    return float64s(g[GATES] + 8 * GATE_STRIDE * slot, GATE_STRIDE)


@view
def couple_gates(g):  # type: ignore[no-untyped-def]
    return float64s(g[GATES] + 8 * GATE_STRIDE * g[STEADY_ROOM], g[COUPLE_COUNT])


@kernel
def wire(t, g, k, number):  # type: ignore[no-untyped-def]
    """After event `number`, the `k`-th of the chunk, has been learned: gates for new slots, and coincidences."""
    there = shown(g, k)
    size, news = there[0], False
    pairs = min(size * (size - 1) // 2, g[COUPLE_COUNT])
    for n in range(size):
        gates = gates_of(g, there[1 + n])
        if gates[SINCE] < 0.0:
            gates[SINCE] = number
            gates[ALONE], gates[BESIDE] = 1.0 / math.sqrt(size), 1.0 / math.sqrt(size + pairs)
            gates[BELIEF] = 1.0 / size
            news = True
    if g[COUPLE_COUNT] == 0 or size < 2:
        return
    if news and size * (size - 1) // 2 <= g[COUPLE_COUNT]:
        _couple_all(t, g, there, number, 1.0 / math.sqrt(size + pairs))
    elif news or (number + 1) % PERIOD == 0:
        _couple_some(t, g, there, number, 1.0 / math.sqrt(size + pairs))


@kernel
def _couple_all(t, g, there, number, gate):  # type: ignore[no-untyped-def]
    for n in range(there[0]):
        for m in range(n):
            place = _free(g)
            if place >= 0 and not _exists(g, there[1 + m], there[1 + n]):
                _connect(t, g, place, there[1 + m], there[1 + n], number, gate)


@kernel
def _couple_some(t, g, there, number, gate):  # type: ignore[no-untyped-def]
    """Draw pairs until all neurons have one; if all have, rewire the idlest."""
    for draw in range(DRAWS):
        place = _free(g)
        if place < 0:
            if (number + 1) % PERIOD != 0:
                return
            place = _idlest(g, number)
            if place < 0:
                return
        first = int(uniform(t[SEED], WIRING_STREAM, 2 * (number * DRAWS + draw)) * there[0])
        second = int(uniform(t[SEED], WIRING_STREAM, 2 * (number * DRAWS + draw) + 1) * (there[0] - 1))
        if second >= first:
            second += 1
        first, second = there[1 + min(first, second)], there[1 + max(first, second)]
        if not _exists(g, first, second):
            idle = coupled(g, place)[COUPLED_SINCE] >= 0
            _connect(t, g, place, first, second, number, gate)
            if idle:
                return


@kernel
def _free(g):  # type: ignore[no-untyped-def]
    for m in range(g[COUPLE_COUNT]):
        if coupled(g, m)[COUPLED_SINCE] < 0:
            return m
    return -1


@kernel
def _exists(g, first, second):  # type: ignore[no-untyped-def]
    for m in range(g[COUPLE_COUNT]):
        pair = coupled(g, m)
        if pair[COUPLED_SINCE] >= 0 and pair[FIRST_SLOT] == first and pair[SECOND_SLOT] == second:
            return True
    return False


@kernel
def _idlest(g, number):  # type: ignore[no-untyped-def]
    least, found, gates = np.inf, -1, couple_gates(g)
    for m in range(g[COUPLE_COUNT]):
        if number - coupled(g, m)[COUPLED_SINCE] >= YOUTH and gates[m] < least:
            least, found = gates[m], m
    return found


@kernel
def _connect(t, g, place, first, second, number, gate):  # type: ignore[no-untyped-def]
    pair = coupled(g, place)
    pair[FIRST_SLOT], pair[SECOND_SLOT], pair[COUPLED_SINCE] = first, second, number
    couple_gates(g)[place] = gate
    size = t[CLASS_CAPACITY] * BINS * BINS
    counts = float32s(g[COUPLES] + 4 * size * place, size)
    for n in range(size):
        counts[n] = 0.0
