"""Linear rungs: softmax regression on the steadily standardised values, at several rates.

``W_c += r (1[c = label] - p_c) x / max(1, r |x|^2)``: plain gradient descent on the log-loss, held back where a step
would overshoot. It moves slowly and therefore quietly: where the border is straight and labels are noisy, nothing
that moves faster knows better.

A second one doubts the labels: it takes a share `d` of them for noise, ``p = d / labels + (1 - d) softmax(W x)``. Its
steps are the same times the probability that the label at hand is none, ``1 - d / (labels p_label)``, so that what lies
far on the wrong side of the border hardly moves it; therefore it can move faster.

References
----------
Bottou, L. (2010). Large-scale machine learning with stochastic gradient descent. COMPSTAT, 177-186.
Bootkrajang, J., & Kaban, A. (2012). Label-noise robust logistic regression and its applications. ECML PKDD, 143-158.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, kernel, view
from ..memory import CLASS_CAPACITY
from .direct import normalise
from .member import logs_of, write_logs
from .places import KNOWN_CLASSES, LABEL, LINEAR, LINEAR_AT, LINEAR_DOUBTS, LINEAR_RATES
from .ring import weight_at_hand
from .steady import settled_scratch, shown, shown_values

RATES = len(LINEAR_RATES)


@view
def linear_weights(t, g, row, pace):  # type: ignore[no-untyped-def]
    """Weights to every label: of the bias (row 0), of slot `row - 1`."""
    return float32s(g[LINEAR] + 4 * t[CLASS_CAPACITY] * (row * RATES + pace), t[CLASS_CAPACITY])


@kernel
def forecast_linear(t, g, k, event, pace):  # type: ignore[no-untyped-def]
    known, there, standard = event[KNOWN_CLASSES], shown(g, k), shown_values(g, k, 2)
    logs, bias = logs_of(t, g, k, g[LINEAR_AT] + pace), linear_weights(t, g, 0, pace)
    for c in range(known):
        logs[c] = bias[c]
    for n in range(there[0]):
        weights = linear_weights(t, g, 1 + there[1 + n], pace)
        for c in range(known):
            logs[c] += standard[n] * weights[c]
    normalise(logs, known)
    doubt = LINEAR_DOUBTS[pace]
    for c in range(known):
        logs[c] = doubt / known + (1.0 - doubt) * math.exp(logs[c])
    write_logs(t, g, k, g[LINEAR_AT] + pace, logs, known)


@kernel
def learn_linear(t, g, k, event, pace):  # type: ignore[no-untyped-def]
    known, label, there, standard = event[KNOWN_CLASSES], event[LABEL], shown(g, k), shown_values(g, k, 2)
    logs, error = logs_of(t, g, k, g[LINEAR_AT] + pace), settled_scratch(t, g)
    squares = 1.0
    for n in range(there[0]):
        squares += standard[n] * standard[n]
    rate, doubt = LINEAR_RATES[pace], LINEAR_DOUBTS[pace]
    step = rate * min(weight_at_hand(g, k), 1.0) / max(1.0, rate * squares)
    if label < known:
        step *= 1.0 - doubt / (known * math.exp(logs[label]))
    for c in range(known):
        error[c] = -step * max(math.exp(logs[c]) - doubt / known, 0.0) / (1.0 - doubt)
    if label >= known:
        error[label] = 0.0
    error[label] += step
    known = max(known, label + 1)
    _move(linear_weights(t, g, 0, pace), error, 1.0, known)
    for n in range(there[0]):
        _move(linear_weights(t, g, 1 + there[1 + n], pace), error, standard[n], known)


@kernel
def _move(weights, error, value, known):  # type: ignore[no-untyped-def]
    for c in range(known):
        weights[c] += np.float32(error[c] * value)
