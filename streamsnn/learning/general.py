"""Backward pass of the general path: through the readout, then layer by layer from the last to the first.

The gradient is added to the `GRADIENT` buffer; `accumulate.step` descends on it.
"""

from __future__ import annotations

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import (
    ADAPTATION,
    ADAPTATION_DECAY,
    CLASS_CAPACITY,
    CLASSES,
    COUNTER_SIZE,
    COUNTERS,
    GRADIENT,
    HYPER,
    HYPER_COUNT,
    LAYER_COUNT,
    LOWER_RATE,
    LOWER_STRENGTH,
    MEMBRANE_DECAY,
    PEAKS,
    READOUT_BIAS_OFFSET,
    READOUT_DECAY,
    READOUT_KIND,
    READOUT_OFFSET,
    RESET_THROUGH,
    SCORES,
    STEP_CARRY,
    STEP_WEIGHTS,
    STEPS,
    SURROGATE_KIND,
    SURROGATE_PEAK,
    SURROGATE_SCALE,
    SYNAPSE_DECAY,
    UPPER_RATE,
    UPPER_STRENGTH,
)
from ..network.derivative import derivative_row
from ..network.general import (
    ACTIVITY,
    BIAS_AT,
    CARRY,
    CARRY_ADAPTED,
    CARRY_SYNAPTIC,
    COUNT,
    ERROR,
    INPUTS,
    RECURRENT_AT,
    REGULAR,
    SLOPE,
    UNITS,
    WEIGHT_AT,
    last_layer,
    layer_row,
    single,
    spike_gradient,
    spike_list,
    stepwise,
    summed_gradient,
    weight_row,
)
from ..network.settings import MAX_READOUT
from ..network.straight import CURRENT_GRADIENT, VOLTAGE, add_scaled
from .accumulate import gather_inputs
from .loss import output_error


@kernel
def gather(t, label, weight):  # type: ignore[no-untyped-def]
    """Add the gradient of the event whose forward pass has just been run."""
    classes = int64s(t[COUNTERS], COUNTER_SIZE)[CLASSES]
    scores = float64s(t[SCORES], 2 * t[CLASS_CAPACITY])
    error = scores[:classes]  # the logits have done their work
    output_error(t, scores[t[CLASS_CAPACITY] : t[CLASS_CAPACITY] + classes], label, weight, error)
    if t[READOUT_KIND] == MAX_READOUT:
        _through_peaks(t, last_layer(t), error)
    else:
        _through_counts(t, last_layer(t), error)
    for k in range(t[LAYER_COUNT] - 1, -1, -1):
        layer = layer_row(t, k)
        _through_time(t, layer)
        if k > 0:
            below = layer_row(t, k - 1)
            add_scaled(gradient_row(t, layer[BIAS_AT], 0, layer[UNITS]), np.float32(1.0), summed_gradient(t, layer))
            for step in range(t[STEPS]):
                current = stepwise(t, layer, CURRENT_GRADIENT, step)
                _gather_rows(t, layer[WEIGHT_AT], spike_list(t, below, step), current)
                towards = spike_gradient(t, below, step)
                for i in range(layer[INPUTS]):
                    towards[i] = np.float32(0.0)
                _add_products(t, layer[WEIGHT_AT], current, np.float32(1.0), towards)
    gather_inputs(t)


@view
def gradient_row(t, offset, row, columns):  # type: ignore[no-untyped-def]
    """The gradient of one row of a matrix that begins at `offset` in the parameters."""
    return float32s(t[GRADIENT] + 4 * (offset + row * columns), columns)


@kernel
def _gather_rows(t, offset, listed, current):  # type: ignore[no-untyped-def]
    """Gradient of the weights of the units listed: each of them passed one spike on."""
    for j in range(1, listed[0] + 1):
        add_scaled(gradient_row(t, offset, listed[j], len(current)), np.float32(1.0), current)


@kernel
def _add_products(t, offset, current, factor, target):  # type: ignore[no-untyped-def]
    """Add the product of a weight matrix with a current's gradient: what a spike of each presynaptic unit was worth."""
    for i in range(len(target)):
        weights, total = weight_row(t, offset, i, len(current)), np.float32(0.0)
        for h in range(len(current)):
            total += weights[h] * current[h]
        target[i] += factor * total


@kernel
def _through_counts(t, layer, error):  # type: ignore[no-untyped-def]
    """A linear readout: its gradient, and what a spike of the last layer was worth at each step."""
    units, activity = layer[UNITS], single(t, layer, ACTIVITY)
    towards = single(t, layer, ERROR)
    for h in range(units):
        towards[h] = np.float32(0.0)
    bias = gradient_row(t, t[READOUT_BIAS_OFFSET], 0, t[CLASS_CAPACITY])
    for c in range(len(error)):
        of_class = np.float32(error[c])
        bias[c] += of_class
        add_scaled(gradient_row(t, t[READOUT_OFFSET], c, units), of_class, activity)
        add_scaled(towards, of_class, weight_row(t, t[READOUT_OFFSET], c, units))
    weights = float32s(t[STEP_WEIGHTS], t[STEPS])
    for step in range(t[STEPS]):
        of_spike = spike_gradient(t, layer, step)
        for h in range(units):
            of_spike[h] = weights[step] * towards[h]


@kernel
def _through_peaks(t, layer, error):  # type: ignore[no-untyped-def]
    """The same for a readout that takes the maximum over time: a spike counts up to the peak, faded by the leak."""
    units, steps = layer[UNITS], t[STEPS]
    leak = np.float32(float64s(t[HYPER], HYPER_COUNT)[READOUT_DECAY])
    peaks = int64s(t[PEAKS], t[CLASS_CAPACITY])
    bias = gradient_row(t, t[READOUT_BIAS_OFFSET], 0, t[CLASS_CAPACITY])
    for c in range(len(error)):
        faded = np.float32(error[c])
        bias[c] += faded
        gradient = gradient_row(t, t[READOUT_OFFSET], c, units)
        for step in range(peaks[c], -1, -1):
            listed = spike_list(t, layer, step)
            for j in range(1, listed[0] + 1):
                gradient[listed[j]] += faded
            faded *= leak
    towards = single(t, layer, ERROR)
    for h in range(units):
        towards[h] = np.float32(0.0)
    for step in range(steps - 1, -1, -1):
        of_spike = spike_gradient(t, layer, step)
        for h in range(units):
            towards[h] *= leak
        for c in range(len(error)):
            if peaks[c] == step:
                add_scaled(towards, np.float32(error[c]), weight_row(t, t[READOUT_OFFSET], c, units))
        for h in range(units):
            of_spike[h] = towards[h]


@kernel
def _through_time(t, layer):  # type: ignore[no-untyped-def]
    """One layer, from the last step to the first: gradients of its input current and of its recurrent weights."""
    hyper = float64s(t[HYPER], HYPER_COUNT)
    beta, alpha = np.float32(hyper[MEMBRANE_DECAY]), np.float32(hyper[SYNAPSE_DECAY])
    adaptation, rho = np.float32(hyper[ADAPTATION]), np.float32(hyper[ADAPTATION_DECAY])
    through = np.float32(hyper[RESET_THROUGH])
    scale, peak = np.float32(hyper[SURROGATE_SCALE]), np.float32(hyper[SURROGATE_PEAK])
    keeps = float32s(t[STEP_CARRY], t[STEPS])
    carry, carry_synaptic = single(t, layer, CARRY), single(t, layer, CARRY_SYNAPTIC)
    carry_adapted, slope = single(t, layer, CARRY_ADAPTED), single(t, layer, SLOPE)
    summed, regular = summed_gradient(t, layer), single(t, layer, REGULAR)
    _regularise(t, layer, regular)
    for h in range(layer[UNITS]):
        carry[h] = np.float32(0.0)
        carry_synaptic[h] = np.float32(0.0)
        carry_adapted[h] = np.float32(0.0)
        summed[h] = np.float32(0.0)
    for step in range(t[STEPS] - 1, -1, -1):
        of_spikes, gradient = spike_gradient(t, layer, step), stepwise(t, layer, CURRENT_GRADIENT, step)
        if layer[RECURRENT_AT] >= 0 and step + 1 < t[STEPS]:
            later = stepwise(t, layer, CURRENT_GRADIENT, step + 1)
            _gather_rows(t, layer[RECURRENT_AT], spike_list(t, layer, step), later)
            if keeps[step + 1] != 0.0:
                _add_products(t, layer[RECURRENT_AT], later, keeps[step + 1], of_spikes)
        derivative_row(t[SURROGATE_KIND], stepwise(t, layer, VOLTAGE, step), scale, peak, slope)
        keep = keeps[step]
        for h in range(layer[UNITS]):
            of_spike = of_spikes[h] + regular[h] - through * carry[h] + carry_adapted[h]
            of_distance = of_spike * slope[h]
            of_potential = of_distance + beta * carry[h]
            of_current = of_potential + alpha * carry_synaptic[h]
            of_adapted = rho * carry_adapted[h] - adaptation * of_distance
            gradient[h] = of_current
            summed[h] += of_current
            carry[h] = keep * of_potential
            carry_synaptic[h] = keep * of_current
            carry_adapted[h] = keep * of_adapted


@kernel
def _regularise(t, layer, out):  # type: ignore[no-untyped-def]
    """What one more spike of each unit would cost under the activity regularisers."""
    hyper = float64s(t[HYPER], HYPER_COUNT)
    low, high = np.float32(hyper[LOWER_RATE]), np.float32(hyper[UPPER_RATE])
    lift = np.float32(2.0 * hyper[LOWER_STRENGTH] / (layer[UNITS] * t[STEPS]))
    press = np.float32(2.0 * hyper[UPPER_STRENGTH] / (layer[UNITS] * t[STEPS]))
    per_step, zero = np.float32(1.0 / t[STEPS]), np.float32(0.0)
    count = single(t, layer, COUNT)
    for h in range(layer[UNITS]):
        rate = count[h] * per_step
        out[h] = press * max(rate - high, zero) - lift * max(low - rate, zero)
