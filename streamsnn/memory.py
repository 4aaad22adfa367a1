"""The memory of one model: a handful of flat buffers and the table of their addresses that every kernel reads.

A compiled call gets one integer, the address of the table. The table holds addresses (of the buffers below) and plain
integers (sizes, choices). What a model *is* lies in the buffers named in `STATE`; everything else is rebuilt.

Buffers
-------
params     float32   all trainable parameters (`network.layout.Layout` names its parts)
optimiser  float32   the optimiser's state: as many copies of the shape of `params` as the optimiser needs
slots      int64     a row for every input slot: what kind of feature it is, how often seen, its rows in the weights
ranges     float64   a row for every input slot: reference value, mean, spread, quantiles, recent values
silence    float64   for every input slot the value that is silence now (NaN: none)
filled     int64     for every input slot how many values its batch has; with `silence` all that a silent input costs
counters   int64     rows and classes in use, events learned, optimiser steps
hyper      float64   real-valued settings (decays, threshold, rates)
traces     float32   scratch: membrane potentials, surrogate derivatives, gradients of the event at hand
spiked     int64     scratch: for every layer and step the units that spiked
peaks      int64     scratch: for every class the step at which a `max` readout peaked
gradient   float32   the gradient gathered so far, of the shape of `params`; zero between calls unless asked otherwise
touched    int64     the input rows that have a gradient, then for every input row whether it is among them
owners     int64     for every input row the slot and the part of the encoder it belongs to: slot * parts + part
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# --- the table -------------------------------------------------------------------------------------------------------
TABLE_SIZE = 80
(
    # addresses
    PARAMS,
    OPTIMISER,
    SLOTS,
    RANGES,
    SILENCE,
    FILLED,
    COUNTERS,
    HYPER,
    TRACES,
    SCORES,
    PARTS,
    PART_REALS,
    LAYERS,
    STEP_WEIGHTS,
    STEP_CARRY,
    CLASS_WEIGHTS,
    CURRENT_ROWS,
    CURRENT_VALUES,
    SPIKE_ROWS,
    SPIKE_STEPS,
    GRADIENT,
    TOUCHED,
    SPIKED,
    PEAKS,
    SEEN_SLOTS,
    SEEN_VALUES,
    # the events of this call
    EVENT_SLOTS,
    EVENT_VALUES,
    EVENT_STARTS,
    EVENT_WIDTH,
    EVENT_LABELS,
    EVENT_WEIGHTS,
    OUTPUT,
    OUTPUT_STRIDE,
    EVENT_BEGIN,
    EVENT_END,
    # sizes and choices
    PARAMS_SIZE,
    TRACES_SIZE,
    SLOT_CAPACITY,
    SLOT_STRIDE,
    RANGES_STRIDE,
    PART_COUNT,
    KEEPS_LAST,
    ROW_CAPACITY,
    ROWS_PER_SLOT,
    CLASS_CAPACITY,
    INPUT_OFFSET,
    READOUT_OFFSET,
    READOUT_BIAS_OFFSET,
    STEPS,
    HIDDEN,
    LAYER_COUNT,
    RECURRENT,
    READOUT_KIND,
    SURROGATE_KIND,
    OPTIMISER_KIND,
    SEED,
    DRIVE_CAPACITY,
    # what the last event left behind
    CURRENT_COUNT,
    SPIKE_COUNT,
    SEEN_COUNT,
    HIDDEN_SPIKES,
    # the gradient gathered so far
    TOUCHED_COUNT,
    GATHERED,
    GATHERED_ACTIVE,
    # whose rows they are, and what an ensemble adds to the table
    OWNERS,
    EXTENSION,
    NEURON_KIND,
) = range(68)

# --- counters --------------------------------------------------------------------------------------------------------
COUNTER_SIZE = 8
ROWS, CLASSES, CLOCK, UPDATES, REFUSED_UPDATES = range(5)

# --- hyper -----------------------------------------------------------------------------------------------------------
HYPER_COUNT = 32
(
    MEMBRANE_DECAY,
    SYNAPSE_DECAY,
    THRESHOLD,
    RESET_THROUGH,
    ADAPTATION,
    ADAPTATION_DECAY,
    READOUT_DECAY,
    SURROGATE_SCALE,
    SURROGATE_PEAK,
    RATE,
    FAN_IN,
    MOMENTUM,
    SQUARED_DECAY,
    EPSILON,
    CLIP_NORM,
    LOWER_RATE,
    LOWER_STRENGTH,
    UPPER_RATE,
    UPPER_STRENGTH,
    INPUT_SCALE,
    RANGE_RATE,
) = range(21)

Float32s = npt.NDArray[np.float32]
Float64s = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]


LINE, PAGE = 64, 4096  # bytes of a line of the cache, and of a page of memory


def zeros(size: int, dtype: npt.DTypeLike = np.float32, shift: int = 0) -> npt.NDArray[Any]:
    """A buffer of zeros that begins `shift` bytes behind the beginning of a page.

    A row of 16 numbers then fills one line of the cache, not halves of two. Two buffers of which the same rows are
    written together should begin at different places of a page: a processor compares only the last digits of
    addresses when it decides whether a read must wait for a write.

    Examples
    --------
    >>> [zeros(16, shift=shift).ctypes.data % PAGE for shift in (0, 2048)]
    [0, 2048]
    """
    width = np.dtype(dtype).itemsize
    room = np.zeros(size + PAGE // width, dtype=dtype)
    first = (shift - room.ctypes.data) % PAGE // width
    return room[first : first + size]


def grown(buffer: npt.NDArray[np.generic], size: int) -> npt.NDArray[np.generic]:
    """A zero-filled copy of a flat buffer with room for `size` entries."""
    larger = zeros(size, buffer.dtype)
    larger[: len(buffer)] = buffer
    return larger
