"""Forgetting at a drift: a rung that remembers many events looks back no further than to its own last drift.

Members that replay, and the rung in which old points vote, are slow to leave a concept: after an abrupt drift nearly
all that they remember is of before. Each has a detector that sees its errors. When that finds that they have risen, and
they are at least `ABRUPT` times as many as they were, the rung gives up what was learned until then, and goes on with
what comes. After a lesser rise what it remembers is worth more than nothing. From when the detector's window begins
would be further back, but part of what lies in between is of the old concept; it is better without.

What a detector finds is heeded where the clock is next a multiple of `TICK`, as all reactions are.

References
----------
Bifet, A., & Gavalda, R. (2009). Adaptive learning from evolving data streams. Intelligent Data Analysis, 249-260 (each
part of a model has a detector of its own). Losing, V., Hammer, B., & Wersing, H. (2016). KNN classifier with self
adjusting memory for heterogeneous concept drift. IEEE International Conference on Data Mining, 291-300.
"""

from __future__ import annotations

from .._compile import float64s, int64s, kernel, view
from .member import choices
from .nearest import FAR
from .places import (
    COUNT_COUNT,
    COUNTS,
    DRIFTED,
    ERROR_SHARES,
    FORGETS,
    LIVE_MEMBERS,
    MIXED_MEMBERS,
    NEURON_WINDOW,
    OLDEST_POINT,
    POINT_COLUMNS,
    REPLAYS,
    RUNG_COUNT,
    YOUNG_NEURONS,
    YOUNG_RUNGS,
)
from .points import point_distances
from .ring import looks_back_to

ABRUPT = 2.0
RECENTLY = 0.02  # of the newest error in what is recent
LONG_AGO = 5000  # events over which the mean before goes at most


@view
def drifted(g):  # type: ignore[no-untyped-def]
    """For every rung the number of the first event after its last abrupt drift."""
    return int64s(g[DRIFTED], g[RUNG_COUNT])


@view
def error_shares(g, rung):  # type: ignore[no-untyped-def]
    """How often a rung that remembers was wrong: lately, and in the mean since its last abrupt drift."""
    return float64s(g[ERROR_SHARES] + 16 * rung, 2)


@kernel
def point_rung(g):  # type: ignore[no-untyped-def]
    """The number of the rung in which old points vote."""
    return g[MIXED_MEMBERS] + (YOUNG_RUNGS if g[YOUNG_NEURONS] else 0)


@kernel
def remembers(g, rung):  # type: ignore[no-untyped-def]
    """Whether a rung looks back on many events."""
    if rung < g[LIVE_MEMBERS]:
        return choices(g, rung)[REPLAYS] > 0
    return g[NEURON_WINDOW] > 0 and rung == point_rung(g)


@kernel
def note_rung_error(g, rung, event, error):  # type: ignore[no-untyped-def]
    """Follow the errors of a rung; `event` is the number of the one at hand."""
    own = error_shares(g, rung)
    own[0] += RECENTLY * (error - own[0])
    own[1] += (error - own[1]) / min(event + 1 - drifted(g)[rung], LONG_AGO)


@kernel
def note_rise(g, rung, event):  # type: ignore[no-untyped-def]
    """The rung's detector has found that its errors have risen."""
    own = error_shares(g, rung)
    if own[0] >= ABRUPT * own[1]:
        drifted(g)[rung] = event + 1


@kernel
def forget_points(g, oldest):  # type: ignore[no-untyped-def]
    """Let the points of events before number `oldest` die."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    while counts[OLDEST_POINT] < oldest:
        point_distances(g)[counts[OLDEST_POINT] & (g[POINT_COLUMNS] - 1)] = FAR
        counts[OLDEST_POINT] += 1


@kernel
def forget_what_was_before(g):  # type: ignore[no-untyped-def]
    """Of every rung that has drifted since the last time."""
    if g[FORGETS] == 0:
        return
    for rung in range(g[RUNG_COUNT]):
        looks_back_to(g, rung)[0] = drifted(g)[rung]
    if g[NEURON_WINDOW] > 0:
        forget_points(g, drifted(g)[point_rung(g)])
