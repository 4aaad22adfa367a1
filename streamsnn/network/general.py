"""The general path: several layers, recurrence, adaptive thresholds, every readout.

Each layer has the scratch memory of the straight path's one layer (so that the first layer's drive and gradients are
handled by the same kernels) and some rows of its own behind it. Layers run one after the other, each through all its
steps: what a layer receives at a step are the spikes of the layer below at the same step. For every layer and step the
units that spiked are listed, and only they are propagated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import (
    ADAPTATION,
    ADAPTATION_DECAY,
    CLASS_CAPACITY,
    CLASSES,
    COUNTER_SIZE,
    COUNTERS,
    HIDDEN_SPIKES,
    HYPER,
    HYPER_COUNT,
    LAYER_COUNT,
    LAYERS,
    MEMBRANE_DECAY,
    PARAMS,
    PEAKS,
    READOUT_BIAS_OFFSET,
    READOUT_DECAY,
    READOUT_KIND,
    READOUT_OFFSET,
    SCORES,
    SPIKED,
    STEP_WEIGHTS,
    STEPS,
    SYNAPSE_DECAY,
    THRESHOLD,
    TRACES,
    Float32s,
    Int64s,
)
from . import straight
from .layout import Layout
from .settings import MAX_READOUT, NetworkSettings
from .straight import VOLTAGE, add_scaled, softmax, weigh_counts

LAYER_STRIDE = 8
UNITS, INPUTS, WEIGHT_AT, BIAS_AT, RECURRENT_AT, TRACES_AT, SPIKED_AT, LAYER_SPIKES = range(LAYER_STRIDE)

# single rows behind those of the straight path and behind the spike gradient, which has a row for every step
SINGLES = 12
(
    POTENTIAL,
    SYNAPTIC,
    FIRED,
    ADAPTED,
    ACTIVITY,
    COUNT,
    ERROR,
    CARRY,
    CARRY_SYNAPTIC,
    CARRY_ADAPTED,
    SLOPE,
    REGULAR,
) = range(SINGLES)


def layer_table(network: NetworkSettings, layout: Layout) -> Int64s:
    """For every hidden layer its sizes and where its weights and traces begin, shape ``(layers, LAYER_STRIDE)``.

    Weights are counted from the beginning of the parameters, traces and spike lists from the beginning of their own
    buffers; -1 stands for what a layer has not. The last column is filled by the forward pass: the layer's spikes.
    """
    blocks = dict(layout.blocks())
    table = np.full((len(network.hidden), LAYER_STRIDE), -1, dtype=np.int64)
    traces, spiked = 0, 0
    for k, units in enumerate(network.hidden):
        table[k, UNITS], table[k, TRACES_AT], table[k, SPIKED_AT], table[k, LAYER_SPIKES] = units, traces, spiked, 0
        traces += _layer_traces(units, network.steps)
        spiked += network.steps * (units + 1)
        if k > 0:
            table[k, INPUTS] = network.hidden[k - 1]
            table[k, WEIGHT_AT], table[k, BIAS_AT] = blocks[f"weight_{k}"].offset, blocks[f"bias_{k}"].offset
        if network.recurrent:
            table[k, RECURRENT_AT] = blocks[f"recurrent_{k}"].offset
    return table


def _layer_traces(units: int, steps: int) -> int:
    return straight.trace_size(units, steps) + units * (steps + SINGLES)


def trace_size(network: NetworkSettings) -> int:
    """Entries of scratch memory that one event needs, on either path."""
    return sum(_layer_traces(units, network.steps) for units in network.hidden)


def spiked_size(network: NetworkSettings) -> int:
    """Entries of the lists of units that spiked: for every step their number, and room for all."""
    return sum(network.steps * (units + 1) for units in network.hidden)


def voltage_places(network: NetworkSettings) -> list[slice]:
    """Where in the scratch memory each layer's distances from the threshold lie, step by step."""
    at, places = 0, []
    for units in network.hidden:
        first = at + units * network.steps * VOLTAGE
        places.append(slice(first, first + units * network.steps))
        at += _layer_traces(units, network.steps)
    return places


def spike_raster(network: NetworkSettings, traces: Float32s) -> list[npt.NDArray[np.bool_]]:
    """Which units of each layer spiked at which step of the last event, shape ``(steps, units)`` each."""
    return [traces[place].reshape(network.steps, -1) >= 0 for place in voltage_places(network)]


def spike_counts(network: NetworkSettings, traces: Float32s) -> list[Int64s]:
    """Spikes of every unit in the last event, for every layer, shape ``(units,)``."""
    return [raster.sum(axis=0) for raster in spike_raster(network, traces)]


@view
def layer_row(t, k):  # type: ignore[no-untyped-def]
    return int64s(t[LAYERS] + 8 * LAYER_STRIDE * k, LAYER_STRIDE)


@view
def trace(t, layer, row):  # type: ignore[no-untyped-def]
    return float32s(t[TRACES] + 4 * (layer[TRACES_AT] + row * layer[UNITS]), layer[UNITS])


@view
def stepwise(t, layer, which, step):  # type: ignore[no-untyped-def]
    """A trace of a layer that has a row for every step."""
    return trace(t, layer, which * t[STEPS] + step)


@view
def summed_gradient(t, layer):  # type: ignore[no-untyped-def]
    """Gradient of a layer's input current, summed over the steps; where the straight path has it."""
    return trace(t, layer, straight.STEPWISE * t[STEPS] + straight.SUMMED)


@view
def spike_gradient(t, layer, step):  # type: ignore[no-untyped-def]
    """Gradient with respect to a layer's spikes at a step, from what lies above it."""
    return trace(t, layer, straight.STEPWISE * t[STEPS] + straight.SINGLES + step)


@view
def single(t, layer, which):  # type: ignore[no-untyped-def]
    """A trace of a layer with one row."""
    return trace(t, layer, (straight.STEPWISE + 1) * t[STEPS] + straight.SINGLES + which)


@view
def spike_list(t, layer, step):  # type: ignore[no-untyped-def]
    """Room for the units that spiked at a step, after their number."""
    size = layer[UNITS] + 1
    return int64s(t[SPIKED] + 8 * (layer[SPIKED_AT] + step * size), size)


@view
def weight_row(t, offset, row, columns):  # type: ignore[no-untyped-def]
    """One row of a matrix that begins at `offset` in the parameters."""
    return float32s(t[PARAMS] + 4 * (offset + row * columns), columns)


@kernel
def forward(t):  # type: ignore[no-untyped-def]
    """Run all layers from rest; leaves each one's `VOLTAGE` (distance from the threshold), counts and spike lists."""
    straight.drive(t)
    total = 0
    for k in range(t[LAYER_COUNT]):
        layer = layer_row(t, k)
        if k > 0:
            _drive_from_below(t, layer, layer_row(t, k - 1))
        _run_layer(t, layer)
        total += layer[LAYER_SPIKES]
    t[HIDDEN_SPIKES] = total


@kernel
def _drive_from_below(t, layer, below):  # type: ignore[no-untyped-def]
    units = layer[UNITS]
    bias = weight_row(t, layer[BIAS_AT], 0, units)
    for step in range(t[STEPS]):
        voltage = stepwise(t, layer, VOLTAGE, step)
        for h in range(units):
            voltage[h] = bias[h]
        _add_rows(t, voltage, layer[WEIGHT_AT], spike_list(t, below, step))


@kernel
def _add_rows(t, target, offset, listed):  # type: ignore[no-untyped-def]
    """Add the weights of the units listed."""
    for j in range(1, listed[0] + 1):
        add_scaled(target, np.float32(1.0), weight_row(t, offset, listed[j], len(target)))


@kernel
def _run_layer(t, layer):  # type: ignore[no-untyped-def]
    hyper = float64s(t[HYPER], HYPER_COUNT)
    beta, alpha = np.float32(hyper[MEMBRANE_DECAY]), np.float32(hyper[SYNAPSE_DECAY])
    threshold = np.float32(hyper[THRESHOLD])
    adaptation, rho = np.float32(hyper[ADAPTATION]), np.float32(hyper[ADAPTATION_DECAY])
    weights = float32s(t[STEP_WEIGHTS], t[STEPS])
    potential, synaptic = single(t, layer, POTENTIAL), single(t, layer, SYNAPTIC)
    fired, adapted = single(t, layer, FIRED), single(t, layer, ADAPTED)
    activity, count = single(t, layer, ACTIVITY), single(t, layer, COUNT)
    zero, one = np.float32(0.0), np.float32(1.0)
    for h in range(layer[UNITS]):
        potential[h] = zero
        synaptic[h] = zero
        fired[h] = zero
        adapted[h] = zero
        activity[h] = zero
        count[h] = zero
    layer[LAYER_SPIKES] = 0
    for step in range(t[STEPS]):
        voltage, weight = stepwise(t, layer, VOLTAGE, step), weights[step]
        if layer[RECURRENT_AT] >= 0 and step > 0:
            _add_rows(t, voltage, layer[RECURRENT_AT], spike_list(t, layer, step - 1))
        for h in range(layer[UNITS]):
            current = alpha * synaptic[h] + voltage[h]
            u = beta * potential[h] + current - threshold * fired[h]
            adapts = rho * adapted[h] + fired[h]
            v = u - threshold - adaptation * adapts
            s = one if v >= zero else zero
            synaptic[h] = current
            potential[h] = u
            adapted[h] = adapts
            fired[h] = s
            voltage[h] = v
            activity[h] += weight * s
            count[h] += s
        listed, n = spike_list(t, layer, step), 0
        for h in range(layer[UNITS]):
            listed[1 + n] = h
            n += voltage[h] >= zero
        listed[0] = n
        layer[LAYER_SPIKES] += n


@view
def last_layer(t):  # type: ignore[no-untyped-def]
    return layer_row(t, t[LAYER_COUNT] - 1)


@kernel
def read_out(t):  # type: ignore[no-untyped-def]
    """Class probabilities into the second half of `SCORES`; the first has the logits."""
    if t[READOUT_KIND] == MAX_READOUT:
        _read_out_peaks(t)
    else:
        weigh_counts(t, single(t, last_layer(t), ACTIVITY))


@kernel
def _read_out_peaks(t):  # type: ignore[no-untyped-def]
    """Each class scores the highest value that its leaky integrator takes; `PEAKS` keeps at which step (the first)."""
    classes, layer = int64s(t[COUNTERS], COUNTER_SIZE)[CLASSES], last_layer(t)
    leak = np.float32(float64s(t[HYPER], HYPER_COUNT)[READOUT_DECAY])
    bias = weight_row(t, t[READOUT_BIAS_OFFSET], 0, t[CLASS_CAPACITY])
    scores, peaks = float64s(t[SCORES], 2 * t[CLASS_CAPACITY]), int64s(t[PEAKS], t[CLASS_CAPACITY])
    for c in range(classes):
        weights = weight_row(t, t[READOUT_OFFSET], c, layer[UNITS])
        integrated, highest = np.float32(0.0), np.float32(-np.inf)
        for step in range(t[STEPS]):
            integrated *= leak
            listed = spike_list(t, layer, step)
            for j in range(1, listed[0] + 1):
                integrated += weights[listed[j]]
            if integrated > highest:
                highest = integrated
                peaks[c] = step
        scores[c] = highest + bias[c]
    softmax(scores, classes, t[CLASS_CAPACITY])
