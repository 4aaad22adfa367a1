"""Optimisers, row by row: a row that the event did not touch is neither decayed nor moved.

Each follows PyTorch's formula, but that epsilon stands within the root, ``g / sqrt(v + epsilon^2)``: a reciprocal root
alone takes a processor half the time of a root, a sum and a division. The step count of Adam is global, as in
`torch.optim.SparseAdam`.

References
----------
Tieleman, T., & Hinton, G. (2012). Lecture 6.5, RMSprop. Kingma, D. P., & Ba, J. (2015). Adam. ICLR.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel
from ..memory import (
    COUNTER_SIZE,
    COUNTERS,
    EPSILON,
    HYPER,
    HYPER_COUNT,
    MOMENTUM,
    OPTIMISER,
    OPTIMISER_KIND,
    PARAMS,
    PARAMS_SIZE,
    SQUARED_DECAY,
    UPDATES,
)

OPTIMISERS = ("sgd", "rmsprop", "adam")
SGD, RMSPROP, ADAM = range(3)
COPIES = {"sgd": 1, "rmsprop": 1, "adam": 2}  # buffers of the shape of the parameters that each one keeps


@kernel
def step_size(t, rate):  # type: ignore[no-untyped-def]
    """The rate of this step: Adam's includes the correction for its biased start."""
    if t[OPTIMISER_KIND] != ADAM:
        return rate
    hyper = float64s(t[HYPER], HYPER_COUNT)
    n = int64s(t[COUNTERS], COUNTER_SIZE)[UPDATES] + 1
    return rate * math.sqrt(1.0 - hyper[SQUARED_DECAY] ** n) / (1.0 - hyper[MOMENTUM] ** n)


@kernel
def least_square(t):  # type: ignore[no-untyped-def]
    """The square of epsilon, and never 0, so that nothing is divided by 0."""
    epsilon = float64s(t[HYPER], HYPER_COUNT)[EPSILON]
    return np.float32(max(epsilon * epsilon, 1e-30))


@kernel
def descend_fast(weights_at, seen_at, gradient_at, units, factor, rate, keep, fresh, least):  # type: ignore[no-untyped-def]
    """RMSprop of one row, as `descend`, with all rows told by their addresses.

    That many arrays as arguments would take longer than the row itself.
    """
    weights, seen, gradient = float32s(weights_at, units), float32s(seen_at, units), float32s(gradient_at, units)
    step, share = rate * factor, fresh * factor * factor
    for h in range(units):
        v = keep * seen[h] + share * gradient[h] * gradient[h]
        seen[h] = v
        weights[h] -= step * gradient[h] / np.sqrt(v + least)


@kernel
def descend(t, offset, gradient, factor, rate):  # type: ignore[no-untyped-def]
    """Move the parameters from `offset` on against ``factor * gradient``; `rate` comes from `step_size`."""
    n = len(gradient)
    hyper = float64s(t[HYPER], HYPER_COUNT)
    weights = float32s(t[PARAMS] + 4 * offset, n)
    first = float32s(t[OPTIMISER] + 4 * offset, n)
    # What is left of 1 is taken in float64: in float32, 1 - 0.998 would be wrong in the fifth digit.
    keep, take = np.float32(hyper[MOMENTUM]), np.float32(1.0 - hyper[MOMENTUM])
    squared, fresh = np.float32(hyper[SQUARED_DECAY]), np.float32(1.0 - hyper[SQUARED_DECAY])
    least = least_square(t)
    if t[OPTIMISER_KIND] == RMSPROP:
        for h in range(n):
            g = factor * gradient[h]
            v = squared * first[h] + fresh * g * g
            first[h] = v
            weights[h] -= rate * g / np.sqrt(v + least)
    elif t[OPTIMISER_KIND] == ADAM:
        second = float32s(t[OPTIMISER] + 4 * (t[PARAMS_SIZE] + offset), n)
        for h in range(n):
            g = factor * gradient[h]
            m = keep * first[h] + take * g
            v = squared * second[h] + fresh * g * g
            first[h] = m
            second[h] = v
            weights[h] -= rate * m / np.sqrt(v + least)
    else:
        for h in range(n):
            m = keep * first[h] + factor * gradient[h]
            first[h] = m
            weights[h] -= rate * m
