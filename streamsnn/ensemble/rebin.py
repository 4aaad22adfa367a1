"""When the edges of a slot's bins are drawn anew, the new bins inherit what was counted in the old ones.

An old bin's counts are shared among the new ones as its part of the slot's sample is. Without that, evidence gathered
before would stand for other values: most of what is known early, when edges are drawn after few events.
"""

from __future__ import annotations

from .._compile import float32s, float64s, kernel, view
from ..memory import CLASS_CAPACITY
from .places import (
    BINS,
    COUPLE_COUNT,
    COUPLED_SINCE,
    COUPLES,
    EDGE_COUNT,
    EDGES,
    FIRST_SLOT,
    INHERITING,
    SAMPLE,
    SAMPLED,
    SECOND_SLOT,
    SEEN,
    SINGLES,
)
from .steady import bin_of, old_edges, shown, steady_slot
from .wiring import coupled


@view
def shares(g):  # type: ignore[no-untyped-def]
    """Which share of each old bin every new one inherits, a row for each old one."""
    return float64s(g[INHERITING], BINS * BINS)


@view
def inherited(t, g):  # type: ignore[no-untyped-def]
    return float64s(g[INHERITING] + 8 * BINS * BINS, BINS * t[CLASS_CAPACITY])


@kernel
def hand_counts_on(t, g, k):  # type: ignore[no-untyped-def]
    """After event `k`, the last of its chunk, has been learned."""
    there = shown(g, k)
    for n in range(there[0]):
        slot = there[1 + n]
        if old_edges(g, slot)[0] < 0.0:
            continue
        _share_out(g, slot)
        old_edges(g, slot)[0] = -1.0
        capacity = t[CLASS_CAPACITY]
        _inherit(t, g, g[SINGLES] + 4 * capacity * BINS * slot, capacity)
        for m in range(g[COUPLE_COUNT]):
            pair, at = coupled(g, m), g[COUPLES] + 4 * capacity * BINS * BINS * m
            if pair[COUPLED_SINCE] < 0:
                continue
            for other in range(BINS):
                if pair[FIRST_SLOT] == slot:
                    _inherit(t, g, at + 4 * capacity * other, BINS * capacity)
                elif pair[SECOND_SLOT] == slot:
                    _inherit(t, g, at + 4 * capacity * BINS * other, capacity)


@kernel
def _share_out(g, slot):  # type: ignore[no-untyped-def]
    own, old, part = steady_slot(g, slot), old_edges(g, slot), shares(g)
    for n in range(len(part)):
        part[n] = 0.0
    for n in range(min(int(own[SEEN]), SAMPLE)):
        value = own[SAMPLED + n]
        before, after = bin_of(old[1:], int(old[0]), value), bin_of(own[EDGES:], int(own[EDGE_COUNT]), value)
        part[before * BINS + after] += 1.0
    for before in range(BINS):
        total = 0.0
        for after in range(BINS):
            total += part[before * BINS + after]
        if total == 0.0:
            part[before * BINS + min(before, int(own[EDGE_COUNT]))] = total = 1.0
        for after in range(BINS):
            part[before * BINS + after] /= total


@kernel
def _inherit(t, g, at, stride):  # type: ignore[no-untyped-def]
    """Counts of all labels stand at `at` for the first bin, and `stride` entries on for each further one."""
    part, taken, labels = shares(g), inherited(t, g), t[CLASS_CAPACITY]
    for n in range(len(taken)):
        taken[n] = 0.0
    for before in range(BINS):
        counts = float32s(at + 4 * stride * before, labels)
        for after in range(BINS):
            if part[before * BINS + after] > 0.0:
                for c in range(labels):
                    taken[after * labels + c] += part[before * BINS + after] * counts[c]
    for after in range(BINS):
        counts = float32s(at + 4 * stride * after, labels)
        for c in range(labels):
            counts[c] = taken[after * labels + c]
