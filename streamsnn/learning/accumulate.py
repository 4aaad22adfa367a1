"""Gradients gathered over one event or many, and the step that descends on their mean.

Of the input weights only the rows that an event touched have a gradient; they are listed, so that neither the step nor
the clearing afterwards looks at any other.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import (
    CLASS_CAPACITY,
    CLASSES,
    CLIP_NORM,
    COUNTER_SIZE,
    COUNTERS,
    CURRENT_COUNT,
    CURRENT_ROWS,
    CURRENT_VALUES,
    DRIVE_CAPACITY,
    GATHERED,
    GATHERED_ACTIVE,
    GRADIENT,
    HIDDEN,
    HYPER,
    HYPER_COUNT,
    INPUT_OFFSET,
    READOUT_BIAS_OFFSET,
    READOUT_OFFSET,
    REFUSED_UPDATES,
    ROW_CAPACITY,
    SPIKE_COUNT,
    SPIKE_ROWS,
    SPIKE_STEPS,
    TOUCHED,
    TOUCHED_COUNT,
    UPDATES,
)
from ..network.general import UNITS, last_layer
from ..network.straight import CURRENT_GRADIENT, SUMMED, add_scaled, single, stepwise
from .loss import fan_in_rate
from .optimiser import descend, step_size

DENSE_PARTS = 3  # the readout, its bias, and all between the readout and the input weights


@view
def _touched_row(t, row):  # type: ignore[no-untyped-def]
    """The gradient of an input row, which is put on the list."""
    marks = int64s(t[TOUCHED] + 8 * t[ROW_CAPACITY], t[ROW_CAPACITY])
    if marks[row] == 0:
        marks[row] = 1
        int64s(t[TOUCHED], t[ROW_CAPACITY])[t[TOUCHED_COUNT]] = row
        t[TOUCHED_COUNT] += 1
    return float32s(t[GRADIENT] + 4 * (t[INPUT_OFFSET] + row * t[HIDDEN]), t[HIDDEN])


@kernel
def gather_inputs(t):  # type: ignore[no-untyped-def]
    """Add the gradient of the input weights, given that of the first layer's currents; the event counts as gathered."""
    rows, values = int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY]), float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    for k in range(t[CURRENT_COUNT]):
        add_scaled(_touched_row(t, rows[k]), values[k], single(t, SUMMED))
    rows, steps = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY]), int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    for k in range(t[SPIKE_COUNT]):
        add_scaled(_touched_row(t, rows[k]), np.float32(1.0), stepwise(t, CURRENT_GRADIENT, steps[k]))
    t[GATHERED] += 1
    t[GATHERED_ACTIVE] += t[CURRENT_COUNT] + t[SPIKE_COUNT]


@kernel
def _part(t, k):  # type: ignore[no-untyped-def]
    """Where the part number `k` of all that has a gradient begins, and its length: dense parts, then touched rows."""
    classes = int64s(t[COUNTERS], COUNTER_SIZE)[CLASSES]
    if k >= DENSE_PARTS:
        row = int64s(t[TOUCHED], t[ROW_CAPACITY])[k - DENSE_PARTS]
        return t[INPUT_OFFSET] + row * t[HIDDEN], t[HIDDEN]
    if k == 0:
        return t[READOUT_OFFSET], classes * last_layer(t)[UNITS]
    if k == 1:
        return t[READOUT_BIAS_OFFSET], classes
    between = t[READOUT_BIAS_OFFSET] + t[CLASS_CAPACITY]
    return between, t[INPUT_OFFSET] - between


@kernel
def step(t):  # type: ignore[no-untyped-def]
    """Descend on the mean of the gathered gradients, clipped, and clear them; what is not finite is refused."""
    if t[GATHERED] == 0:
        return
    counters = int64s(t[COUNTERS], COUNTER_SIZE)
    squares = np.float32(0.0)
    for k in range(DENSE_PARTS + t[TOUCHED_COUNT]):
        offset, size = _part(t, k)
        squares += _squared(float32s(t[GRADIENT] + 4 * offset, size))
    finite = math.isfinite(squares)
    mean = 1.0 / t[GATHERED]
    norm, limit = mean * math.sqrt(squares), float64s(t[HYPER], HYPER_COUNT)[CLIP_NORM]
    if limit > 0.0 and norm > limit:
        mean *= limit / norm
    rate = np.float32(step_size(t, fan_in_rate(t, t[GATHERED_ACTIVE] / t[GATHERED])))
    for k in range(DENSE_PARTS + t[TOUCHED_COUNT]):
        offset, size = _part(t, k)
        gradient = float32s(t[GRADIENT] + 4 * offset, size)
        if finite:
            descend(t, offset, gradient, np.float32(mean), rate)
        for h in range(size):
            gradient[h] = np.float32(0.0)
    counters[UPDATES if finite else REFUSED_UPDATES] += 1
    _forget_touched(t)


@kernel
def _squared(gradient):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for h in range(len(gradient)):
        total += gradient[h] * gradient[h]
    return total


@kernel
def _forget_touched(t):  # type: ignore[no-untyped-def]
    rows = int64s(t[TOUCHED], t[ROW_CAPACITY])
    marks = int64s(t[TOUCHED] + 8 * t[ROW_CAPACITY], t[ROW_CAPACITY])
    for k in range(t[TOUCHED_COUNT]):
        marks[rows[k]] = 0
    t[TOUCHED_COUNT] = 0
    t[GATHERED] = 0
    t[GATHERED_ACTIVE] = 0
