"""First weights: each depends only on the seed, its block, its row and its column."""

from __future__ import annotations

import math

from .._compile import float32s, float64s, int64s, kernel
from .._random import uniform
from ..memory import (
    COUNTER_SIZE,
    COUNTERS,
    HIDDEN,
    HYPER,
    HYPER_COUNT,
    INPUT_OFFSET,
    INPUT_SCALE,
    LAYER_COUNT,
    PARAMS,
    ROWS,
    SEED,
)
from .general import INPUTS, RECURRENT_AT, UNITS, WEIGHT_AT, layer_row

# standard deviation of the weights between layers and within one, times the square root of the number of inputs
BETWEEN_LAYERS = 1.0
WITHIN_LAYER = 0.5


@kernel
def draw_row(weights, seed, block, row, scale):  # type: ignore[no-untyped-def]
    """Uniform weights with standard deviation `scale`."""
    width = math.sqrt(12.0) * scale
    for h in range(len(weights)):
        weights[h] = width * (uniform(seed, block, row * 65536 + h) - 0.5)


@kernel
def draw_inputs(t, first):  # type: ignore[no-untyped-def]
    """Give first weights to the input rows from `first` on."""
    scale = float64s(t[HYPER], HYPER_COUNT)[INPUT_SCALE]
    units = t[HIDDEN]
    for row in range(first, int64s(t[COUNTERS], COUNTER_SIZE)[ROWS]):
        draw_row(float32s(t[PARAMS] + 4 * (t[INPUT_OFFSET] + row * units), units), t[SEED], 0, row, scale)


@kernel
def draw_first_weights(t):  # type: ignore[no-untyped-def]
    """Give first weights to all that is there before the first event; the readout and the biases above stay zero."""
    draw_inputs(t, 0)
    for k in range(t[LAYER_COUNT]):
        layer = layer_row(t, k)
        if k > 0:
            _draw_matrix(t, layer[WEIGHT_AT], layer[INPUTS], layer[UNITS], 2 * k, BETWEEN_LAYERS)
        if layer[RECURRENT_AT] >= 0:
            _draw_matrix(t, layer[RECURRENT_AT], layer[UNITS], layer[UNITS], 2 * k + 1, WITHIN_LAYER)


@kernel
def _draw_matrix(t, offset, rows, columns, block, spread):  # type: ignore[no-untyped-def]
    for row in range(rows):
        weights = float32s(t[PARAMS] + 4 * (offset + row * columns), columns)
        draw_row(weights, t[SEED], block, row, spread / math.sqrt(rows))
