"""The straight path: one hidden layer, no recurrence, a linear readout. The commonest network, and the fastest.

The readout is linear in the spikes, so whatever it does over time (mean of a leaky integrator, its last value, a spike
count) is a weighted spike count of each hidden unit: ``z_h = sum_t k_t s_h[t]`` with weights ``k_t`` known beforehand
(`STEP_WEIGHTS`). It costs O(hidden x classes) an event, whatever the number of steps.

A graded spike carries by how much the membrane potential exceeds the threshold, ``max(U[t] - theta, 0)``, where a
binary one carries 1; when it comes, and what it leaves behind, is the same.

References
----------
Orchard, G., Frady, E. P., Rubin, D. B. D., Sanborn, S., Shrestha, S. B., Sommer, F. T., & Davies, M. (2021). Efficient
neuromorphic signal processing with Loihi 2. IEEE Workshop on Signal Processing Systems, 254-259 (graded spikes).
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import (
    CLASS_CAPACITY,
    CLASSES,
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
    MEMBRANE_DECAY,
    NEURON_KIND,
    PARAMS,
    READOUT_BIAS_OFFSET,
    READOUT_OFFSET,
    SCORES,
    SPIKE_COUNT,
    SPIKE_ROWS,
    SPIKE_STEPS,
    STEP_WEIGHTS,
    STEPS,
    SYNAPSE_DECAY,
    THRESHOLD,
    TRACES,
)
from .settings import GRADED, RELU

# where the traces lie, in rows of `hidden` entries: first `steps` rows of each of these, then single rows, and last of
# all a number for every step
STEPWISE, SINGLES = 2, 12
VOLTAGE, CURRENT_GRADIENT = range(STEPWISE)
STATIC, POTENTIAL, SYNAPTIC, SPIKED, ACTIVITY, COUNT, ERROR, CARRY, CARRY_SYNAPTIC, SUMMED, SLOPE, SCRATCH = range(
    SINGLES
)


def trace_size(hidden: int, steps: int) -> int:
    """Entries of scratch memory that one event needs."""
    return hidden * (STEPWISE * steps + SINGLES) + -(-steps // 16) * 16


@kernel
def stepwise_at(t, which, step):  # type: ignore[no-untyped-def]
    """Where the row of a trace lies that has one for every step."""
    return t[TRACES] + 4 * t[HIDDEN] * (which * t[STEPS] + step)


@kernel
def single_at(t, which):  # type: ignore[no-untyped-def]
    """Where a trace with one row lies."""
    return t[TRACES] + 4 * t[HIDDEN] * (STEPWISE * t[STEPS] + which)


@view
def stepwise(t, which, step):  # type: ignore[no-untyped-def]
    """A trace that has a row for every step."""
    return float32s(t[TRACES] + 4 * t[HIDDEN] * (which * t[STEPS] + step), t[HIDDEN])


@view
def single(t, which):  # type: ignore[no-untyped-def]
    """A trace with one row."""
    return float32s(t[TRACES] + 4 * t[HIDDEN] * (STEPWISE * t[STEPS] + which), t[HIDDEN])


@view
def norms(t):  # type: ignore[no-untyped-def]
    """The squared norm of the gradient of every step's current."""
    return float32s(single_at(t, SINGLES), t[STEPS])


@view
def input_row(t, row):  # type: ignore[no-untyped-def]
    return float32s(t[PARAMS] + 4 * (t[INPUT_OFFSET] + row * t[HIDDEN]), t[HIDDEN])


@kernel
def add_scaled(target, factor, source):  # type: ignore[no-untyped-def]
    for h in range(len(target)):
        target[h] += factor * source[h]


@kernel
def forward(t):  # type: ignore[no-untyped-def]
    """Run the hidden layer from rest; leaves `VOLTAGE` (distance from the threshold) and `ACTIVITY` (z)."""
    if t[NEURON_KIND] == RELU:
        rectify(t)
        return
    drive(t)
    hyper = float64s(t[HYPER], HYPER_COUNT)
    beta, alpha = np.float32(hyper[MEMBRANE_DECAY]), np.float32(hyper[SYNAPSE_DECAY])
    threshold = np.float32(hyper[THRESHOLD])
    weights = float32s(t[STEP_WEIGHTS], t[STEPS])
    carried, synaptic, activity = single(t, POTENTIAL), single(t, SYNAPTIC), single(t, ACTIVITY)
    zero, graded = np.float32(0.0), t[NEURON_KIND] == GRADED
    for h in range(t[HIDDEN]):
        carried[h] = zero
        synaptic[h] = zero
        activity[h] = zero
    for step in range(t[STEPS]):
        voltage = stepwise(t, VOLTAGE, step)
        weight = weights[step]
        counted = zero if graded else weight
        if alpha > zero:
            for h in range(t[HIDDEN]):
                synaptic[h] = alpha * synaptic[h] + voltage[h]
                voltage[h] = synaptic[h]
        for h in range(t[HIDDEN]):
            u = carried[h] + voltage[h]
            fires = u >= threshold
            voltage[h] = u - threshold
            carried[h] = beta * u - (threshold if fires else zero)
            activity[h] += counted if fires else zero
        if graded:
            for h in range(t[HIDDEN]):
                activity[h] += weight * voltage[h] if voltage[h] > zero else zero


@kernel
def rectify(t):  # type: ignore[no-untyped-def]
    """Rectified linear units in place of spiking ones, to compare with: a spike counts by the steps it leaves.

    Leaves the input of each unit in the first row of `VOLTAGE`, so that a positive one counts as active.
    """
    total, activity = stepwise(t, VOLTAGE, 0), single(t, ACTIVITY)
    total[:] = np.float32(0.0)
    rows, values = int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY]), float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    for k in range(t[CURRENT_COUNT]):
        add_scaled(total, values[k], input_row(t, rows[k]))
    rows, steps = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY]), int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    for k in range(t[SPIKE_COUNT]):
        add_scaled(total, step_value(t, steps[k]), input_row(t, rows[k]))
    for h in range(t[HIDDEN]):
        activity[h] = max(total[h], np.float32(0.0))


@kernel
def step_value(t, step):  # type: ignore[no-untyped-def]
    """What a spike is worth without time: the share of the steps that it leaves."""
    return np.float32(1.0) - np.float32(step) / np.float32(t[STEPS])


@kernel
def drive(t):  # type: ignore[no-untyped-def]
    """Input currents of every step, into `VOLTAGE`: the static part once, spikes where they fall."""
    static = single(t, STATIC)
    static[:] = np.float32(0.0)
    rows = int64s(t[CURRENT_ROWS], t[DRIVE_CAPACITY])
    values = float32s(t[CURRENT_VALUES], t[DRIVE_CAPACITY])
    for k in range(t[CURRENT_COUNT]):
        add_scaled(static, values[k], input_row(t, rows[k]))
    for step in range(t[STEPS]):
        voltage = stepwise(t, VOLTAGE, step)
        for h in range(t[HIDDEN]):
            voltage[h] = static[h]
    rows = int64s(t[SPIKE_ROWS], t[DRIVE_CAPACITY])
    steps = int64s(t[SPIKE_STEPS], t[DRIVE_CAPACITY])
    for k in range(t[SPIKE_COUNT]):
        add_scaled(stepwise(t, VOLTAGE, steps[k]), np.float32(1.0), input_row(t, rows[k]))


@kernel
def read_out(t):  # type: ignore[no-untyped-def]
    """Class probabilities from weighted spike counts, into the second half of `SCORES`; the first has the logits."""
    weigh_counts(t, single(t, ACTIVITY))


@kernel
def weigh_counts(t, activity):  # type: ignore[no-untyped-def]
    """The linear readout of one hidden layer, given its weighted spike counts."""
    classes, units = int64s(t[COUNTERS], COUNTER_SIZE)[CLASSES], len(activity)
    bias = float32s(t[PARAMS] + 4 * t[READOUT_BIAS_OFFSET], t[CLASS_CAPACITY])
    scores = float64s(t[SCORES], 2 * t[CLASS_CAPACITY])
    for c in range(classes):
        weights = float32s(t[PARAMS] + 4 * (t[READOUT_OFFSET] + c * units), units)
        total = np.float32(0.0)
        for h in range(units):
            total += weights[h] * activity[h]
        scores[c] = total + bias[c]
    softmax(scores, classes, t[CLASS_CAPACITY])


@kernel
def softmax(scores, classes, to):  # type: ignore[no-untyped-def]
    """Normalised exponentials of the first `classes` scores, in float64, written from position `to` on."""
    highest = -np.inf
    for c in range(classes):
        highest = max(highest, scores[c])
    total = 0.0
    for c in range(classes):
        e = math.exp(scores[c] - highest)
        scores[to + c] = e
        total += e
    for c in range(classes):
        scores[to + c] /= total
