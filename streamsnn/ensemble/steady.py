"""Ranges that settle: what an event's values are, measured against all that were seen before.

The encoders' ranges follow the last few hundred values, so that spiking inputs keep speaking when a feature wanders;
every threshold that has been learned wanders with them. Beside them, each of the first `MOST_STEADY` slots has moments
over all its values, and bins whose edges are the quantiles of a uniform sample of them (Vitter's reservoir), drawn anew
whenever the number of values is a power of two. A slot with few distinct values has a bin for each. Values are taken
relative to the slot's first one, so that large ones lose no digits.

For every event of the chunk it is noted which slots were there, with their bins and values, as the ranges were then.

References
----------
Vitter, J. S. (1985). Random sampling with a reservoir. ACM Transactions on Mathematical Software, 11(1), 37-57.
Welford, B. P. (1962). Note on a method for calculating corrected sums of squares and products. Technometrics, 4(3).
"""

from __future__ import annotations

import math

from .._compile import float64s, int64s, kernel, view
from .._random import uniform
from ..encoding.slots import CATEGORY, KIND, slot_row, usable
from ..memory import CLASS_CAPACITY, SEED
from .places import (
    BINS,
    COUNT_COUNT,
    COUNTS,
    DIRECT_SCRATCH,
    EDGE_COUNT,
    EDGES,
    OLD_EDGES,
    ORIGIN,
    SAMPLE,
    SAMPLED,
    SEEN,
    SHOWN_SLOTS,
    SHOWN_VALUES,
    STEADY,
    STEADY_KNOWN,
    STEADY_MEAN,
    STEADY_ROOM,
    STEADY_STRIDE,
    STEADY_VARIANCE,
)

STEADY_STREAM = 15485863
FARTHEST = 1e15  # from the first value; its square times the square below must stay finite in 32 bits, or infinite
SHARPEST = 1e9  # inverse of the spread
LONGEST = 10.0  # standard deviations


@view
def steady_slot(g, slot):  # type: ignore[no-untyped-def]
    return float64s(g[STEADY] + 8 * STEADY_STRIDE * slot, STEADY_STRIDE)


@view
def old_edges(g, slot):  # type: ignore[no-untyped-def]
    """How many edges the slot had before they were drawn anew, -1 if that has been seen to; then they."""
    return float64s(g[OLD_EDGES] + 8 * BINS * slot, BINS)


@view
def shown(g, k):  # type: ignore[no-untyped-def]
    """How many steady slots event `k` of the chunk showed, and then which."""
    return int64s(g[SHOWN_SLOTS] + 8 * (1 + 2 * g[STEADY_ROOM]) * k, 1 + g[STEADY_ROOM])


@view
def shown_bins(g, k):  # type: ignore[no-untyped-def]
    """Of each shown slot its bin; -1: a category."""
    room = g[STEADY_ROOM]
    return int64s(g[SHOWN_SLOTS] + 8 * ((1 + 2 * room) * k + 1 + room), room)


@view
def shown_values(g, k, which):  # type: ignore[no-untyped-def]
    """Of each shown slot its value relative to the first (0), its inverse variance (1), its standardised value (2)."""
    return float64s(g[SHOWN_VALUES] + 8 * g[STEADY_ROOM] * (3 * k + which), g[STEADY_ROOM])


@view
def settled_scratch(t, g):  # type: ignore[no-untyped-def]
    """An entry for every label, of the rungs that look at steady slots."""
    return float64s(g[DIRECT_SCRATCH] + 8 * t[CLASS_CAPACITY], t[CLASS_CAPACITY])


@kernel
def note_steady(t, g, k, slots, values):  # type: ignore[no-untyped-def]
    """Note what event `k` of the chunk shows, with the ranges as they are."""
    there, bins = shown(g, k), shown_bins(g, k)
    relative, sharp, standard = shown_values(g, k, 0), shown_values(g, k, 1), shown_values(g, k, 2)
    n = 0
    for m in range(len(slots)):
        if slots[m] >= g[STEADY_ROOM]:
            break
        if not usable(values[m]):
            continue
        own = steady_slot(g, slots[m])
        there[1 + n] = slots[m]
        if slot_row(t, slots[m])[KIND] == CATEGORY:
            bins[n], relative[n], sharp[n], standard[n] = -1, 1.0, 1.0, 1.0
        else:
            distance = _relative(own, values[m])
            scale = 0.0
            if own[STEADY_VARIANCE] > 0.0:
                scale = min(1.0 / math.sqrt(own[STEADY_VARIANCE]), SHARPEST)
            bins[n] = bin_of(own[EDGES:], int(own[EDGE_COUNT]), distance)
            relative[n], sharp[n] = distance, scale * scale
            standard[n] = min(max((distance - own[STEADY_MEAN]) * scale, -LONGEST), LONGEST)
        n += 1
    there[0] = n


@kernel
def _relative(own, value):  # type: ignore[no-untyped-def]
    if own[SEEN] == 0.0:
        return 0.0
    return min(max(value - own[ORIGIN], -FARTHEST), FARTHEST)


@kernel
def bin_of(edges, count, distance):  # type: ignore[no-untyped-def]
    n = 0
    while n < count and distance > edges[n]:
        n += 1
    return n


@kernel
def observe_steady(t, g, slots, values):  # type: ignore[no-untyped-def]
    """Let the ranges learn from an event; tells whether bins have other edges now."""
    counts, redrawn = int64s(g[COUNTS], COUNT_COUNT), False
    for m in range(len(slots)):
        if slots[m] >= g[STEADY_ROOM]:
            break
        if not usable(values[m]):
            continue
        counts[STEADY_KNOWN] = max(counts[STEADY_KNOWN], slots[m] + 1)
        if slot_row(t, slots[m])[KIND] != CATEGORY:
            redrawn |= _learn_value(t, g, slots[m], steady_slot(g, slots[m]), values[m])
    return redrawn


@kernel
def _learn_value(t, g, slot, own, value):  # type: ignore[no-untyped-def]
    if own[SEEN] == 0.0:
        own[ORIGIN] = value
    own[SEEN] += 1.0
    seen, distance = int(own[SEEN]), _relative(own, value)
    difference = distance - own[STEADY_MEAN]
    own[STEADY_MEAN] += difference / seen
    own[STEADY_VARIANCE] += (difference * (distance - own[STEADY_MEAN]) - own[STEADY_VARIANCE]) / seen
    place = seen - 1
    if seen > SAMPLE:
        place = int(uniform(t[SEED], STEADY_STREAM + slot, seen) * seen)
    if place < SAMPLE:
        own[SAMPLED + place] = distance
    return seen & (seen - 1) == 0 and _draw_again(own, old_edges(g, slot), min(seen, SAMPLE))


@kernel
def _draw_again(own, old, size):  # type: ignore[no-untyped-def]
    """Draw the edges anew, and keep the old ones, for `rebin`; tells whether any is another."""
    old[0] = own[EDGE_COUNT]
    for n in range(BINS - 1):
        old[1 + n] = own[EDGES + n]
    _draw_edges(own, size)
    others = old[0] != own[EDGE_COUNT]
    for n in range(int(own[EDGE_COUNT])):
        others = others or old[1 + n] != own[EDGES + n]
    if not others:
        old[0] = -1.0
    return others


@kernel
def _draw_edges(own, size):  # type: ignore[no-untyped-def]
    """Sort the sample in its place; edges between the distinct values, or at the quantiles if those are too many."""
    distinct = 1
    for n in range(1, size):
        value, place = own[SAMPLED + n], n
        while place > 0 and own[SAMPLED + place - 1] > value:
            own[SAMPLED + place] = own[SAMPLED + place - 1]
            place -= 1
        own[SAMPLED + place] = value
    for n in range(1, size):
        distinct += 1 if own[SAMPLED + n] != own[SAMPLED + n - 1] else 0
    edges = 0
    if distinct <= BINS:
        for n in range(1, size):
            if own[SAMPLED + n] != own[SAMPLED + n - 1]:
                own[EDGES + edges] = 0.5 * (own[SAMPLED + n] + own[SAMPLED + n - 1])
                edges += 1
    else:
        for b in range(1, BINS):
            n = b * size // BINS
            edge = 0.5 * (own[SAMPLED + n] + own[SAMPLED + n - 1])
            if edges == 0 or edge > own[EDGES + edges - 1]:
                own[EDGES + edges] = edge
                edges += 1
    own[EDGE_COUNT] = edges
