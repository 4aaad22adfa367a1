"""Concepts that recur: copies of past members, each with a voice of its own in the mixture.

A copy does not learn, so a concept that the living have unlearned is still known to it. It speaks at every event, and
the mixture turns to it within a few events when its concept is back, sooner than any detector would call. Empty places
say that all labels are alike, which leaves the mixture as it is.

Every `TICK` events the copies are held against the best living member, by their recent loss. One that does about as
well knows the concept at hand, and takes that member's weights over now and then. When none has fitted for a while, the
concept is new: a copy of the best member takes the place of the one that has not fitted for longest. Nothing is copied
while the loss is above the usual, so that a copy does not learn of the next concept in its last events.
"""

from __future__ import annotations

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import (
    CLASSES,
    CLOCK,
    COUNTER_SIZE,
    COUNTERS,
    HYPER,
    HYPER_COUNT,
    MEMBRANE_DECAY,
    PARAMS,
    PARAMS_SIZE,
    THRESHOLD,
)
from .member import choices, member_table, progress
from .places import (
    COUNT_COUNT,
    COUNTS,
    FITTED_AT,
    FITTING,
    HALF,
    KEPT,
    KEPT_SINCE,
    KEPT_STRIDE,
    LIVE_MEMBERS,
    MIXED_MEMBERS,
    NEURON,
    RATE_COUNT,
    RATES,
    RECALLS,
    RECENT_LOSS,
    SEES,
    SOURCE,
    UNFIT_TICKS,
    USUAL_LOSS,
)

FITS, FITS_BESIDE = 1.5, 0.1  # a copy fits whose loss is at most so many times the best member's, and so much more
CALM, CALM_BESIDE = 1.3, 0.02  # likewise of the loss of the best member, against what is usual
USUAL_RATE = 0.125  # of the usual loss, at each tick
RENEWED_AFTER = 256  # events
NEW_AFTER = 6  # ticks


@view
def kept(g, number):  # type: ignore[no-untyped-def]
    """What is noted of a copy, by its number among all members."""
    return int64s(g[KEPT] + 8 * KEPT_STRIDE * (number - g[LIVE_MEMBERS]), KEPT_STRIDE)


@kernel
def look_after_kept(t, g):  # type: ignore[no-untyped-def]
    """Find the copy that fits the last events, renew it, or keep a new one."""
    counts, rates = int64s(g[COUNTS], COUNT_COUNT), float64s(g[RATES], RATE_COUNT)
    clock = int64s(t[COUNTERS], COUNTER_SIZE)[CLOCK]
    best = _best_of(g, 0, g[LIVE_MEMBERS])
    loss = progress(g, best)[RECENT_LOSS]
    calm = loss <= CALM * rates[USUAL_LOSS] + CALM_BESIDE
    rates[USUAL_LOSS] += USUAL_RATE * (loss - rates[USUAL_LOSS])
    fit = _best_of(g, g[LIVE_MEMBERS], g[MIXED_MEMBERS])
    if kept(g, fit)[SOURCE] > 0 and progress(g, fit)[RECENT_LOSS] <= FITS * loss + FITS_BESIDE:
        counts[UNFIT_TICKS] = 0
        kept(g, fit)[FITTED_AT] = clock
        beats = progress(g, fit)[RECENT_LOSS] < loss
        if beats and counts[FITTING] != fit:
            counts[RECALLS] += 1
            counts[FITTING] = fit
        elif calm and not beats and clock - kept(g, fit)[KEPT_SINCE] >= RENEWED_AFTER:
            _keep(g, best, fit, clock)
        return
    counts[UNFIT_TICKS] += 1
    if calm and counts[UNFIT_TICKS] >= NEW_AFTER:
        counts[UNFIT_TICKS] = 0
        oldest = g[LIVE_MEMBERS]
        for number in range(oldest, g[MIXED_MEMBERS]):
            if kept(g, number)[FITTED_AT] < kept(g, oldest)[FITTED_AT]:
                oldest = number
        _keep(g, best, oldest, clock)
        counts[FITTING] = oldest


@kernel
def _best_of(g, first, last):  # type: ignore[no-untyped-def]
    """The member with the lowest recent loss; an empty place only if there is nothing else."""
    best = first
    for number in range(first + 1, last):
        filled = number < g[LIVE_MEMBERS] or kept(g, number)[SOURCE] > 0
        if filled and progress(g, number)[RECENT_LOSS] < progress(g, best)[RECENT_LOSS]:
            best = number
    return best


@kernel
def _keep(g, member, place, clock):  # type: ignore[no-untyped-def]
    """Copy a living member's weights, what it sees, and what its neurons are like."""
    source, target = member_table(g, member), member_table(g, place)
    size = source[PARAMS_SIZE]
    from_params, to_params = float32s(source[PARAMS], size), float32s(target[PARAMS], size)
    for n in range(size):
        to_params[n] = from_params[n]
    int64s(target[COUNTERS], COUNTER_SIZE)[CLASSES] = int64s(source[COUNTERS], COUNTER_SIZE)[CLASSES]
    progress(g, place)[RECENT_LOSS] = progress(g, member)[RECENT_LOSS]
    mine, its = choices(g, place), choices(g, member)
    mine[SEES], mine[HALF], mine[NEURON] = its[SEES], its[HALF], its[NEURON]
    from_hyper, to_hyper = float64s(source[HYPER], HYPER_COUNT), float64s(target[HYPER], HYPER_COUNT)
    to_hyper[MEMBRANE_DECAY], to_hyper[THRESHOLD] = from_hyper[MEMBRANE_DECAY], from_hyper[THRESHOLD]
    own = kept(g, place)
    own[SOURCE], own[KEPT_SINCE], own[FITTED_AT] = member + 1, clock, clock
