"""Optimisers, row by row: a row that the event did not touch is neither decayed nor moved.

Each follows PyTorch's formula; the step count of Adam is global, as in `torch.optim.SparseAdam`.

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
def descend(t, offset, gradient, factor, rate):  # type: ignore[no-untyped-def]
    """Move the parameters from `offset` on against ``factor * gradient``; `rate` comes from `step_size`."""
    n = len(gradient)
    hyper = float64s(t[HYPER], HYPER_COUNT)
    weights = float32s(t[PARAMS] + 4 * offset, n)
    first = float32s(t[OPTIMISER] + 4 * offset, n)
    # What is left of 1 is taken in float64: in float32, 1 - 0.998 would be wrong in the fifth digit.
    keep, take = np.float32(hyper[MOMENTUM]), np.float32(1.0 - hyper[MOMENTUM])
    squared, fresh = np.float32(hyper[SQUARED_DECAY]), np.float32(1.0 - hyper[SQUARED_DECAY])
    epsilon = np.float32(hyper[EPSILON])
    if t[OPTIMISER_KIND] == RMSPROP:
        for h in range(n):
            g = factor * gradient[h]
            v = squared * first[h] + fresh * g * g
            first[h] = v
            weights[h] -= rate * g / (np.sqrt(v) + epsilon)
    elif t[OPTIMISER_KIND] == ADAM:
        second = float32s(t[OPTIMISER] + 4 * (t[PARAMS_SIZE] + offset), n)
        for h in range(n):
            g = factor * gradient[h]
            m = keep * first[h] + take * g
            v = squared * second[h] + fresh * g * g
            first[h] = m
            second[h] = v
            weights[h] -= rate * m / (np.sqrt(v) + epsilon)
    else:
        for h in range(n):
            m = keep * first[h] + factor * gradient[h]
            first[h] = m
            weights[h] -= rate * m
