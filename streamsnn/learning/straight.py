"""Backward and update of the straight path, in one pass over what the event touched."""

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
    HIDDEN,
    HYPER,
    HYPER_COUNT,
    INPUT_OFFSET,
    LOWER_RATE,
    LOWER_STRENGTH,
    MEMBRANE_DECAY,
    NEURON_KIND,
    OPTIMISER,
    OPTIMISER_KIND,
    PARAMS,
    READOUT_BIAS_OFFSET,
    READOUT_OFFSET,
    REFUSED_UPDATES,
    RESET_THROUGH,
    SCORES,
    SPIKE_COUNT,
    SPIKE_ROWS,
    SPIKE_STEPS,
    SQUARED_DECAY,
    STEP_CARRY,
    STEP_WEIGHTS,
    STEPS,
    SURROGATE_KIND,
    SURROGATE_PEAK,
    SURROGATE_SCALE,
    SYNAPSE_DECAY,
    UPDATES,
    UPPER_RATE,
    UPPER_STRENGTH,
)
from ..network.derivative import derivative_row
from ..network.settings import GRADED, RELU
from ..network.straight import (
    ACTIVITY,
    CARRY,
    CARRY_SYNAPTIC,
    CURRENT_GRADIENT,
    ERROR,
    SCRATCH,
    SLOPE,
    SUMMED,
    VOLTAGE,
    add_scaled,
    norms,
    single,
    single_at,
    step_value,
    stepwise,
    stepwise_at,
)
from .loss import event_rate, output_error
from .optimiser import RMSPROP, descend, descend_fast, least_square, step_size


@kernel
def learn(t, label, weight):  # type: ignore[no-untyped-def]
    """One step of truncated back-propagation through time on the event whose forward pass has just been run."""
    counters = int64s(t[COUNTERS], COUNTER_SIZE)
    classes = counters[CLASSES]
    scores = float64s(t[SCORES], 2 * t[CLASS_CAPACITY])
    error = scores[:classes]  # the logits have done their work
    output_error(t, scores[t[CLASS_CAPACITY] : t[CLASS_CAPACITY] + classes], label, weight, error)
    _error_of_activity(t, error)
    _backward(t)
    squares = _squared_norm(t, error)
    if not math.isfinite(squares):
        counters[REFUSED_UPDATES] += 1
        return
    clip = 1.0
    limit = float64s(t[HYPER], HYPER_COUNT)[CLIP_NORM]
    if limit > 0.0 and squares > limit * limit:
        clip = limit / math.sqrt(squares)
    _update(t, error, np.float32(clip), np.float32(step_size(t, event_rate(t))))
    counters[UPDATES] += 1


@kernel
def _error_of_activity(t, error):  # type: ignore[no-untyped-def]
    """Gradient with respect to the weighted spike counts, and to the plain counts (activity regulariser)."""
    towards = single(t, ERROR)
    towards[:] = np.float32(0.0)
    for c in range(len(error)):
        weights = float32s(t[PARAMS] + 4 * (t[READOUT_OFFSET] + c * t[HIDDEN]), t[HIDDEN])
        add_scaled(towards, np.float32(error[c]), weights)


@kernel
def _backward(t):  # type: ignore[no-untyped-def]
    """Through time, from the last step to the first; leaves the gradient of every step's current, and their sum."""
    if t[NEURON_KIND] == RELU:
        _backward_rectified(t)
        return
    hyper = float64s(t[HYPER], HYPER_COUNT)
    beta, alpha = np.float32(hyper[MEMBRANE_DECAY]), np.float32(hyper[SYNAPSE_DECAY])
    through = np.float32(hyper[RESET_THROUGH])
    scale, peak = np.float32(hyper[SURROGATE_SCALE]), np.float32(hyper[SURROGATE_PEAK])
    weights, keeps = float32s(t[STEP_WEIGHTS], t[STEPS]), float32s(t[STEP_CARRY], t[STEPS])
    towards, carry, carry_synaptic = single(t, ERROR), single(t, CARRY), single(t, CARRY_SYNAPTIC)
    summed, slope, extra = single(t, SUMMED), single(t, SLOPE), single(t, SCRATCH)
    zero, graded = np.float32(0.0), t[NEURON_KIND] == GRADED
    for h in range(t[HIDDEN]):
        carry[h] = zero
        carry_synaptic[h] = zero
        summed[h] = zero
        extra[h] = zero
    if hyper[LOWER_STRENGTH] + hyper[UPPER_STRENGTH] > 0.0:
        _regularise(t, extra)
    for step in range(t[STEPS] - 1, -1, -1):
        derivative_row(t[SURROGATE_KIND], stepwise(t, VOLTAGE, step), scale, peak, slope)
        gradient = stepwise(t, CURRENT_GRADIENT, step)
        weight, keep = weights[step], keeps[step]
        counted = zero if graded else weight
        for h in range(t[HIDDEN]):
            of_spike = counted * towards[h] + extra[h] - through * carry[h]
            of_potential = of_spike * slope[h] + beta * carry[h]
            gradient[h] = of_potential
            carry[h] = keep * of_potential
        if graded:  # what a spike carries needs no surrogate
            voltage = stepwise(t, VOLTAGE, step)
            for h in range(t[HIDDEN]):
                of_grade = weight * towards[h] if voltage[h] > zero else zero
                gradient[h] += of_grade
                carry[h] += keep * of_grade
        if alpha > zero:
            for h in range(t[HIDDEN]):
                gradient[h] += alpha * carry_synaptic[h]
                carry_synaptic[h] = keep * gradient[h]
        for h in range(t[HIDDEN]):
            summed[h] += gradient[h]


@kernel
def _backward_rectified(t):  # type: ignore[no-untyped-def]
    """As `_backward`, of rectified linear units."""
    total, towards, summed = stepwise(t, VOLTAGE, 0), single(t, ERROR), single(t, SUMMED)
    for h in range(t[HIDDEN]):
        summed[h] = towards[h] if total[h] > np.float32(0.0) else np.float32(0.0)
    for step in range(t[STEPS]):
        gradient, value = stepwise(t, CURRENT_GRADIENT, step), step_value(t, step)
        for h in range(t[HIDDEN]):
            gradient[h] = value * summed[h]


@kernel
def _regularise(t, extra):  # type: ignore[no-untyped-def]
    """Gradient of the activity regularisers with respect to each spike of a unit, the same at every step."""
    hyper = float64s(t[HYPER], HYPER_COUNT)
    low, high = np.float32(hyper[LOWER_RATE]), np.float32(hyper[UPPER_RATE])
    lift = np.float32(2.0 * hyper[LOWER_STRENGTH] / (t[HIDDEN] * t[STEPS]))
    press = np.float32(2.0 * hyper[UPPER_STRENGTH] / (t[HIDDEN] * t[STEPS]))
    zero, share = np.float32(0.0), np.float32(1.0 / t[STEPS])
    for step in range(t[STEPS]):
        voltage = stepwise(t, VOLTAGE, step)
        for h in range(t[HIDDEN]):
            extra[h] += share if voltage[h] >= zero else zero
    for h in range(t[HIDDEN]):
        rate = extra[h]
        extra[h] = press * max(rate - high, zero) - lift * max(low - rate, zero)


@kernel
def _squared_norm(t, error):  # type: ignore[no-untyped-def]
    """Squared norm of the gradient of all parameters, without forming it."""
    total = np.float32(0.0)
    summed, activity = single(t, SUMMED), single(t, ACTIVITY)
    of_sum, of_activity = np.float32(0.0), np.float32(0.0)
    for h in range(t[HIDDEN]):
        of_sum += summed[h] * summed[h]
        of_activity += activity[h] * activity[h]
    values = float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    of_values, of_error = np.float32(0.0), 0.0
    for k in range(t[CURRENT_COUNT]):
        of_values += values[k] * values[k]
    for c in range(len(error)):
        of_error += error[c] * error[c]
    total = of_sum * of_values + of_error * (1.0 + of_activity)
    rows, steps = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY]), int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    of_step = norms(t)
    if t[SPIKE_COUNT] > 0:
        for step in range(t[STEPS]):
            of_step[step] = _squares(stepwise(t, CURRENT_GRADIENT, step))
    k = 0
    while k < t[SPIKE_COUNT]:
        if _spikes_again(t, rows, k):
            gradient, k = _of_row(t, rows, steps, k)
            total += _squares(gradient)
        else:
            total += of_step[steps[k]]
            k += 1
    return total


@kernel
def _squares(gradient):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for h in range(len(gradient)):
        total += gradient[h] * gradient[h]
    return total


@kernel
def _spikes_again(t, rows, k):  # type: ignore[no-untyped-def]
    """Whether the next spike is one of the same row."""
    return k + 1 < t[SPIKE_COUNT] and rows[k + 1] == rows[k]


@view
def _of_row(t, rows, steps, k):  # type: ignore[no-untyped-def]
    """Gradient of the row of spike number `k`, summed over the row's spikes, and the number of the next row's first."""
    gradient = stepwise(t, CURRENT_GRADIENT, steps[k])
    end = k + 1
    if end < t[SPIKE_COUNT] and rows[end] == rows[k]:
        summed = single(t, SCRATCH)
        for h in range(t[HIDDEN]):  # a slice assignment would cost seconds of compilation
            summed[h] = gradient[h]
        while end < t[SPIKE_COUNT] and rows[end] == rows[k]:
            add_scaled(summed, np.float32(1.0), stepwise(t, CURRENT_GRADIENT, steps[end]))
            end += 1
        gradient = summed
    return gradient, end


@kernel
def _update(t, error, clip, rate):  # type: ignore[no-untyped-def]
    bias_gradient, begin = single(t, SCRATCH), 0
    while begin < len(error):
        taken = min(len(error) - begin, t[HIDDEN])
        for c in range(taken):
            bias_gradient[c] = error[begin + c]
        descend(t, t[READOUT_BIAS_OFFSET] + begin, bias_gradient[:taken], clip, rate)
        begin += taken
    if t[OPTIMISER_KIND] == RMSPROP:
        _update_fast(t, error, clip, rate)
        return
    activity, summed = single(t, ACTIVITY), single(t, SUMMED)
    for c in range(len(error)):
        descend(t, t[READOUT_OFFSET] + c * t[HIDDEN], activity, clip * np.float32(error[c]), rate)
    rows, values = int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY]), float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    for k in range(t[CURRENT_COUNT]):
        descend(t, t[INPUT_OFFSET] + rows[k] * t[HIDDEN], summed, clip * values[k], rate)
    rows, steps = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY]), int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    k = 0
    while k < t[SPIKE_COUNT]:
        row = rows[k]
        gradient, k = _of_row(t, rows, steps, k)
        descend(t, t[INPUT_OFFSET] + row * t[HIDDEN], gradient, clip, rate)


@kernel
def _update_fast(t, error, clip, rate):  # type: ignore[no-untyped-def]
    """As `_update`, by RMSprop: what is the same for all rows is looked up once."""
    hyper, units, least = float64s(t[HYPER], HYPER_COUNT), t[HIDDEN], least_square(t)
    keep, fresh = np.float32(hyper[SQUARED_DECAY]), np.float32(1.0 - hyper[SQUARED_DECAY])
    weights, seen = t[PARAMS] + 4 * t[READOUT_OFFSET], t[OPTIMISER] + 4 * t[READOUT_OFFSET]
    gradient = single_at(t, ACTIVITY)
    for c in range(len(error)):
        row, factor = 4 * units * c, clip * np.float32(error[c])
        descend_fast(weights + row, seen + row, gradient, units, factor, rate, keep, fresh, least)
    weights, seen = t[PARAMS] + 4 * t[INPUT_OFFSET], t[OPTIMISER] + 4 * t[INPUT_OFFSET]
    gradient = single_at(t, SUMMED)
    rows, values = int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY]), float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    for k in range(t[CURRENT_COUNT]):
        row = 4 * units * rows[k]
        descend_fast(weights + row, seen + row, gradient, units, clip * values[k], rate, keep, fresh, least)
    rows, steps = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY]), int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    k = 0
    while k < t[SPIKE_COUNT]:
        row, gradient = 4 * units * rows[k], stepwise_at(t, CURRENT_GRADIENT, steps[k])
        if _spikes_again(t, rows, k):
            _, k = _of_row(t, rows, steps, k)
            gradient = single_at(t, SCRATCH)
        else:
            k += 1
        descend_fast(weights + row, seen + row, gradient, units, clip, rate, keep, fresh, least)
