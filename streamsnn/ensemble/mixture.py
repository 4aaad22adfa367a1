"""The mixture: geometric pools of the rungs' forecasts, whose weights learn online, and a last one that pools them.

``p = softmax(sum_r w_r log p_r)``; the weights descend on the log-loss of `p`. Four such mixers work side by side: a
slow one, a fast one, one that has a set of weights for each level of the recent error, so that it knows what to trust
while things go badly, and one that knows how sure it is of its weights (see `kalman`). Beside them a Bayesian believes
that one rung at a time is right, and that it may be another one after any event: ``p = sum_r b_r p_r``, where the
beliefs follow Bayes' rule but for a small share that is spread evenly. It finds the one rung that knows within a few
events. A last geometric mixer pools the five; it knows how sure it is, too.

References
----------
Mattern, C. (2012). Mixing strategies in data compression. Data Compression Conference, 337-346. Mahoney, M. V. (2005).
Adaptive weighing of context models for lossless data compression. Florida Institute of Technology, CS-2005-16.
Herbster, M., & Warmuth, M. K. (1998). Tracking the best expert. Machine Learning, 32(2), 151-178 (the beliefs).
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float64s, kernel, view
from ..memory import CLASS_CAPACITY
from .kalman import POOL, RUNGS, learn_surely, slopes
from .member import logs_of
from .places import (
    BELIEFS,
    ERROR_LEVELS,
    MIXED,
    MIXERS,
    MIXTURE_RATE,
    NUMBER,
    RATE_COUNT,
    RATES,
    RECENT_ERROR,
    RUNG_COUNT,
    WEIGHT_BOUND,
    WEIGHT_SETS,
    WEIGHTS,
)
from .ring import at_hand

SURE, BELIEVING = MIXERS - 2, MIXERS - 1
SLOWER, FASTER, BY_ERROR = 0.25, 7.5, 2.5  # rates of the mixers, in units of the setting
SPREAD = 0.001  # of the beliefs, evenly, at every event
FORGETTING = 0.1  # of the recent error
FAINTEST = 1e-6


@view
def mixed_row(t, g, row):  # type: ignore[no-untyped-def]
    """Row 0: the mixture's probabilities; then each mixer's; then the logarithms of those."""
    return float64s(g[MIXED] + 8 * t[CLASS_CAPACITY] * row, t[CLASS_CAPACITY])


@view
def weight_set(g, number):  # type: ignore[no-untyped-def]
    return float64s(g[WEIGHTS] + 8 * g[RUNG_COUNT] * number, g[RUNG_COUNT])


@view
def mixer_weights(g):  # type: ignore[no-untyped-def]
    return float64s(g[WEIGHTS] + 8 * g[RUNG_COUNT] * WEIGHT_SETS, MIXERS)


@kernel
def _set_of(g, mixer):  # type: ignore[no-untyped-def]
    """The set of weights that a mixer uses now."""
    if mixer < 2:
        return mixer
    if mixer == SURE:
        return 2 + ERROR_LEVELS
    error = float64s(g[RATES], RATE_COUNT)[RECENT_ERROR]
    return 2 + (error > 0.05) + (error > 0.15) + (error > 0.35)


@kernel
def _softmax(scores, known):  # type: ignore[no-untyped-def]
    highest = -np.inf
    for c in range(known):
        highest = max(highest, scores[c])
    total = 0.0
    for c in range(known):
        scores[c] = math.exp(scores[c] - highest)
        total += scores[c]
    for c in range(known):
        scores[c] /= total


@kernel
def _pool(t, g, k, weights, scores, known):  # type: ignore[no-untyped-def]
    """The weighted sum of the rungs' logarithms; two labels, the commonest case, need no loop over labels."""
    if known == 2:
        one, two = 0.0, 0.0
        for r in range(len(weights)):
            logs = logs_of(t, g, k, r)
            one += weights[r] * logs[0]
            two += weights[r] * logs[1]
        scores[0], scores[1] = one, two
        return
    for c in range(known):
        scores[c] = 0.0
    for r in range(len(weights)):
        logs = logs_of(t, g, k, r)
        for c in range(known):
            scores[c] += weights[r] * logs[c]


@kernel
def mix(t, g, k, known):  # type: ignore[no-untyped-def]
    """The mixture's probabilities for event `k` of the chunk, into the first row of `MIXED`."""
    mixed, of_mixers = mixed_row(t, g, 0), mixer_weights(g)
    for c in range(known):
        mixed[c] = 0.0
    for mixer in range(MIXERS):
        own, logs_own = mixed_row(t, g, 1 + mixer), mixed_row(t, g, 1 + MIXERS + mixer)
        if mixer == BELIEVING:
            _believe(t, g, k, own, known)
        else:
            _pool(t, g, k, weight_set(g, _set_of(g, mixer)), own, known)
            _softmax(own, known)
        for c in range(known):
            logs_own[c] = math.log(max(own[c], FAINTEST))
            mixed[c] += of_mixers[mixer] * logs_own[c]
    _softmax(mixed, known)


@kernel
def _exp(x):  # type: ignore[no-untyped-def]
    """``exp(x)`` of a log-probability, to twelve digits: Taylor's series of the 64th part, squared six times."""
    y = max(x, -40.0) / 64.0
    z = 1.0 + y / 9.0
    for n in range(8, 0, -1):
        z = 1.0 + z * (y / n)
    for _ in range(6):
        z *= z
    return z


@kernel
def _believe(t, g, k, own, known):  # type: ignore[no-untyped-def]
    beliefs = weight_set(g, BELIEFS)
    for c in range(known):
        own[c] = 0.0
    for r in range(g[RUNG_COUNT]):
        logs = logs_of(t, g, k, r)
        for c in range(known):
            own[c] += beliefs[r] * _exp(logs[c])


@kernel
def learn_mixture(t, g, k, known, label):  # type: ignore[no-untyped-def]
    """One step of all weights, to make ``-log p_label`` less; `MIXED` holds what `mix` left there."""
    rates = float64s(g[RATES], RATE_COUNT)
    mixed, of_mixers = mixed_row(t, g, 0), mixer_weights(g)
    bound, rate = rates[WEIGHT_BOUND], rates[MIXTURE_RATE]
    if not rate > 0.0:
        return
    slope, turn = slopes(g, 0, g[RUNG_COUNT]), at_hand(g, k)[NUMBER]
    for mixer in range(MIXERS):
        own, weights = mixed_row(t, g, 1 + mixer), weight_set(g, _set_of(g, mixer))
        if mixer == BELIEVING:
            _update_beliefs(t, g, k, own[label], label)
            continue
        if mixer == SURE:
            for r in range(g[RUNG_COUNT]):
                slope[r] = _slope(own, logs_of(t, g, k, r), known, label)
            learn_surely(g, RUNGS, weights, own[label], turn)
            continue
        own_rate = rate * (SLOWER if mixer == 0 else FASTER if mixer == 1 else BY_ERROR)
        for r in range(g[RUNG_COUNT]):
            moved = weights[r] + own_rate * _slope(own, logs_of(t, g, k, r), known, label)
            weights[r] = min(max(moved, -bound), bound)
    slope = slopes(g, 0, MIXERS)
    for mixer in range(MIXERS):
        slope[mixer] = _slope(mixed, mixed_row(t, g, 1 + MIXERS + mixer), known, label)
    learn_surely(g, POOL, of_mixers, mixed[label], turn)


@kernel
def _update_beliefs(t, g, k, expected, label):  # type: ignore[no-untyped-def]
    """Bayes' rule; then a small share of all belief is spread evenly."""
    beliefs = weight_set(g, BELIEFS)
    if not expected > 0.0:
        return
    for r in range(len(beliefs)):
        after = beliefs[r] * _exp(logs_of(t, g, k, r)[label]) / expected
        beliefs[r] = (1.0 - SPREAD) * after + SPREAD / len(beliefs)


@kernel
def _slope(probabilities, logs, known, label):  # type: ignore[no-untyped-def]
    """How fast the label's log-probability rises with the weight of what said `logs`."""
    expected = 0.0
    for c in range(known):
        expected += probabilities[c] * logs[c]
    return logs[label] - expected


@kernel
def note_error(g, wrong):  # type: ignore[no-untyped-def]
    """Follow the recent error of the mixture."""
    rates = float64s(g[RATES], RATE_COUNT)
    rates[RECENT_ERROR] += FORGETTING * ((1.0 if wrong else 0.0) - rates[RECENT_ERROR])
