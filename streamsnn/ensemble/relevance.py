"""What is relevant: in which slots near neurons of other labels differ more than those of the event's own.

The distance to points counts each slot by it, so that neurons that differ in nothing that matters are near. What
matters is judged among near neurons, so that the label may follow from several slots together, and from none alone.

References
----------
Kira, K., & Rendell, L. A. (1992). A practical approach to feature selection. International Conference on Machine
Learning, 249-256. Kononenko, I. (1994). Estimating attributes: analysis and extensions of RELIEF. European Conference
on Machine Learning, 171-182. Wettschereck, D., Aha, D. W., & Mohri, T. (1997). A review and empirical evaluation of
feature weighting methods for a class of lazy learning algorithms. Artificial Intelligence Review, 11, 273-314.
"""

from __future__ import annotations

from .._compile import float64s, int64s, kernel, view
from .grid import coordinate, grid, place_of
from .places import (
    GRID_STEP,
    LABEL,
    NEAREST,
    NEIGHBOURS,
    OF_HITS,
    OF_MISSES,
    POINT_COLUMNS,
    RELEVANCE,
    RELEVANCE_STRIDE,
)
from .points import pulls
from .ring import remembered
from .steady import shown, shown_bins, shown_values

JUDGES = 10  # so many of the nearest are asked
RELEVANCE_RATE = 0.001  # of the newest judgement in the mean
LARGEST = 4.0  # squared standard deviations by which two events can differ in a slot
LEAST = 0.01  # added to either mean
IRRELEVANT = 0.002  # the least that a slot counts, if the most relevant one counts 1


@view
def relevance(g, slot):  # type: ignore[no-untyped-def]
    """The mean squared difference, in a slot, of the event to near neurons of its own label, and of others."""
    return float64s(g[RELEVANCE] + 8 * RELEVANCE_STRIDE * slot, RELEVANCE_STRIDE)


@kernel
def weigh(g, k):  # type: ignore[no-untyped-def]
    """How much each slot that event `k` of the chunk shows is to count: 1 for the most relevant one."""
    there, pull, most = shown(g, k), pulls(g, 1), 0.0
    for n in range(there[0]):
        own = relevance(g, there[1 + n])
        pull[n] = max((own[OF_MISSES] + LEAST) / (own[OF_HITS] + LEAST) - 1.0, 0.0)
        most = max(most, pull[n])
    for n in range(there[0]):
        pull[n] = max(pull[n] / most, IRRELEVANT) if most > 0.0 else 1.0


@kernel
def learn_relevance(g, k, event):  # type: ignore[no-untyped-def]
    """Compare event `k` of the chunk with the neurons found for it: those of its own label, and the others."""
    found, hits, judges, own_label = int64s(g[NEAREST], NEIGHBOURS), 0, 0, 0
    while judges < JUDGES and found[judges] >= 0:
        if remembered(g, found[judges])[LABEL] == event[LABEL]:
            own_label |= 1 << judges
            hits += 1
        judges += 1
    if hits == 0 or hits == judges:
        return
    there, bins, relative, sharp = shown(g, k), shown_bins(g, k), shown_values(g, k, 0), shown_values(g, k, 1)
    for n in range(there[0]):
        own, values, of_hits, of_all = relevance(g, there[1 + n]), coordinate(g, there[1 + n]), 0.0, 0.0
        place, scale = 1.0, 1.0
        if bins[n] >= 0:
            lies_on = grid(g, there[1 + n])
            place = place_of(lies_on, relative[n])
            scale = sharp[n] * lies_on[GRID_STEP] * lies_on[GRID_STEP]
        for m in range(judges):
            away = place - values[found[m] & (g[POINT_COLUMNS] - 1)]
            away = min(scale * away * away, LARGEST)
            of_all += away
            of_hits += away if own_label >> m & 1 else 0.0
        own[OF_HITS] += RELEVANCE_RATE * (of_hits / hits - own[OF_HITS])
        own[OF_MISSES] += RELEVANCE_RATE * ((of_all - of_hits) / (judges - hits) - own[OF_MISSES])
