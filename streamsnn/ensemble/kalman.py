"""Mixing weights that know how sure they are: an extended Kalman filter of softmax's weights.

Beside the weights `w` of what is mixed stands their covariance `P`: how far each may still be off, and which are off
together. An event moves them by what their sureness allows, the less, the more has been learned in that direction:

    g_r = log p_r(label) - sum_c p(c) log p_r(c),    f = p(label) / (1 - p(label))
    w += P g / (1 + f g'Pg),    P -= f P g g'P / (1 + f g'Pg)

``f g g'`` is the curvature of the log-loss, exactly for two labels, and as if the others were one for more. Rungs that
say nearly the same, of which a gradient can only move the sum, are told apart.

What was learned is forgotten at a constant rate: `P` grows by as much at each event. That it does not grow for ever
where nothing is learned, at each event one weight in turn is observed vaguely, at the value it has. Only the half of
`P` on and below the diagonal is kept, since forgetting would blow up whatever rounding makes of two halves.

References
----------
Haykin, S. (2001). Kalman filtering and neural networks. Wiley. Kulhavy, R. (1987). Restricted exponential forgetting in
real-time identification. Automatica, 23(5), 589-600.
"""

from __future__ import annotations

import math

from .._compile import float64s, kernel, view
from .places import COVARIANCE, MIXERS, RUNG_COUNT, SLOPES

# of the weights of rungs, and of those of mixers: what is remembered of them at every event; their variance at the
# start; and about the most that it becomes where nothing is learned
RUNGS, POOL = 0, 1
REMEMBERS, FIRST, WIDEST = (0.999, 0.9995), (0.2, 0.01), (5.0, 0.05)
FARTHEST = 256.0  # that a weight gets from 0
SUREST = 1e4  # odds of the label beyond which the curvature counts no more
LEAST = 1e-6


@view
def covariance(g, kind, size, r):  # type: ignore[no-untyped-def]
    """Of weight `r` with all weights up to itself."""
    return float64s(g[COVARIANCE] + 8 * (kind * g[RUNG_COUNT] * g[RUNG_COUNT] + size * r), r + 1)


@view
def slopes(g, which, size):  # type: ignore[no-untyped-def]
    """Scratch: the gradient (0), what the weights move by (1), and the column of the weight that is observed (2)."""
    return float64s(g[SLOPES] + 8 * max(g[RUNG_COUNT], MIXERS) * which, size)


@kernel
def restart(g, kind, size):  # type: ignore[no-untyped-def]
    """Of every weight as little is known as at the start."""
    for r in range(size):
        own = covariance(g, kind, size, r)
        for n in range(r):
            own[n] = 0.0
        own[r] = FIRST[kind]


@kernel
def learn_surely(g, kind, weights, of_label, turn):  # type: ignore[no-untyped-def]
    """One step of the weights and of their covariance; their gradient stands in `slopes`.

    Parameters
    ----------
    kind
        Whose weights: `RUNGS` or `POOL`.
    weights
        They.
    of_label
        The probability of the label that they led to.
    turn
        A number that rises by one from event to event.
    """
    size = len(weights)
    slope, moved = slopes(g, 0, size), slopes(g, 1, size)
    _times(g, kind, slope, moved)
    spread = 0.0
    for r in range(size):
        spread += slope[r] * moved[r]
    likely = max(of_label, LEAST)
    curvature = min(likely / max(1.0 - likely, LEAST), SUREST)
    part = 1.0 / (1.0 + curvature * max(spread, 0.0))
    for r in range(size):
        weights[r] = min(max(weights[r] + part * moved[r], -FARTHEST), FARTHEST)
        moved[r] *= math.sqrt(curvature * part)
    _learn_covariance(g, kind, moved, turn % size)


@kernel
def _times(g, kind, vector, product):  # type: ignore[no-untyped-def]
    """The covariance times a vector."""
    for r in range(len(vector)):
        own, one, total = covariance(g, kind, len(vector), r), vector[r], 0.0
        for n in range(r):
            total += own[n] * vector[n]
            product[n] += own[n] * one
        product[r] = total + own[r] * one


@kernel
def _learn_covariance(g, kind, moved, turn):  # type: ignore[no-untyped-def]
    """What was learned; what is forgotten; and the weight whose turn it is, observed vaguely."""
    size, growth = len(moved), 1.0 / REMEMBERS[kind]
    column, own = slopes(g, 2, size), covariance(g, kind, size, turn)
    for r in range(turn):
        column[r] = own[r]
    for r in range(turn, size):
        column[r] = covariance(g, kind, size, r)[turn]
    for r in range(size):
        column[r] = growth * (column[r] - moved[r] * moved[turn])
    if not column[turn] > 0.0:  # rounding has eaten up a variance
        restart(g, kind, size)
        return
    precision = size * (1.0 - REMEMBERS[kind]) / WIDEST[kind]
    share = math.sqrt(precision / (1.0 + precision * column[turn]))
    for r in range(size):
        column[r] *= share
    for r in range(size):
        own, by_event, by_turn = covariance(g, kind, size, r), growth * moved[r], column[r]
        for n in range(r + 1):
            own[n] = growth * own[n] - by_event * moved[n] - by_turn * column[n]
