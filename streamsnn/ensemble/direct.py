"""Rungs without a hidden layer: a synapse from every input straight to every label.

Two kinds, each at several paces. **Hebbian** synapses count how often a receptive field and a label were active
together, with old counts forgotten, and add up the evidence as if the fields were independent given the label: naive
Bayes on spikes. Since fields are not independent, the evidence counts less, the more of them speak. **Delta-rule**
synapses descend on the log-loss with a step normalised by the strength of the input; they see the currents, and the
fastest the fields, too.

A count is kept as a logarithm. To forget, new counts weigh ever more instead of old ones less, so that an event moves
only what it touches: of each input the synapse to its label, and the weight of the input's next count.

References
----------
Hebb, D. O. (1949). The Organization of Behavior. Wiley. Nessler, B., Pfeiffer, M., Buesing, L., & Maass, W. (2013).
Bayesian computation emerges in generic cortical microcircuits through spike-timing-dependent plasticity. PLoS
Computational Biology, 9(4). Nagumo, J., & Noda, A. (1967). A learning method for system identification. IEEE
Transactions on Automatic Control, 12(3), 282-287 (the normalised delta rule).
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import CLASS_CAPACITY, STEPS
from .member import logs_of, write_logs
from .places import (
    CHANGES,
    CHUNK_EVENTS,
    CURRENTS,
    CURRENTS_AT,
    DELTA_FIELDS,
    DELTA_RATES,
    DIRECT,
    DIRECT_AT,
    DIRECT_ROWS,
    DIRECT_SCRATCH,
    FIELD_SPIKES,
    FRESH,
    HEBBIAN_DECAYS,
    KNOWN_CLASSES,
    LABEL,
    LEARNS,
    NEVER,
    RING_CURRENT_ROWS,
    RING_CURRENT_VALUES,
    RING_SPIKE_ROWS,
    RING_SPIKE_STEPS,
    SPIKES_AT,
)
from .ring import at_hand, weight_at_hand

HEBBIAN, DELTA = len(HEBBIAN_DECAYS), len(DELTA_RATES)
FAR_AHEAD = 64.0  # logarithm of the weight of a new count, from which on the row is brought back to 0


@view
def counts_of(t, g, row, pace):  # type: ignore[no-untyped-def]
    """Of one input: the logarithm of what its next count weighs, then those of its counts with every label."""
    stride = t[CLASS_CAPACITY] + 1
    at = row * (HEBBIAN * stride + DELTA * t[CLASS_CAPACITY]) + pace * stride
    return float32s(g[DIRECT] + 4 * at, stride)


@view
def synapses_of(t, g, row, pace):  # type: ignore[no-untyped-def]
    """Of one input: the delta-rule weights to every label."""
    capacity = t[CLASS_CAPACITY]
    at = row * (HEBBIAN * (capacity + 1) + DELTA * capacity) + HEBBIAN * (capacity + 1) + pace * capacity
    return float32s(g[DIRECT] + 4 * at, capacity)


@kernel
def strength(t, step):  # type: ignore[no-untyped-def]
    """What a field's spike counts: the earlier, the more."""
    return 1.0 - (step + 0.5) / t[STEPS]


@kernel
def run_direct(t, g, learns):  # type: ignore[no-untyped-def]
    """Take the rungs without a hidden layer through the events of the chunk."""
    for k in range(g[CHUNK_EVENTS]):
        event = at_hand(g, k)
        if g[FRESH] == 0:
            for pace in range(HEBBIAN):
                forecast_hebbian(t, g, k, event, pace)
            for pace in range(DELTA):
                forecast_delta(t, g, k, event, pace)
        if learns and event[LEARNS] != 0:
            learn_delta(t, g, k, event)
            learn_hebbian(t, g, k, event)


@kernel
def forecast_hebbian(t, g, k, event, pace):  # type: ignore[no-untyped-def]
    """``log p(c) + sum_r s_r (log p(c | r) - log p(c)) / sqrt(sum_r s_r)`` over the fields `r` that spiked."""
    known, prior = event[KNOWN_CLASSES], float64s(g[DIRECT_SCRATCH], t[CLASS_CAPACITY])
    logs, of_all = logs_of(t, g, k, g[DIRECT_AT] + pace), counts_of(t, g, 0, pace)
    for c in range(known):
        prior[c] = max(of_all[1 + c] - of_all[0], -20.0)
    normalise(prior, known)
    for c in range(known):
        logs[c] = prior[c]
    at = event[SPIKES_AT] + event[CHANGES]
    rows = int64s(g[RING_SPIKE_ROWS] + 8 * at, event[FIELD_SPIKES])
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * at, event[FIELD_SPIKES])
    total = 0.0
    for n in range(event[FIELD_SPIKES]):
        total += strength(t, steps[n])
    trust = 1.0 / math.sqrt(max(total, 1.0))
    for n in range(event[FIELD_SPIKES]):
        if rows[n] < g[DIRECT_ROWS]:
            _add_evidence(logs, counts_of(t, g, rows[n], pace), prior, trust * strength(t, steps[n]), known)
    normalise(logs, known)
    for c in range(known):
        logs[c] = math.exp(logs[c])
    write_logs(t, g, k, g[DIRECT_AT] + pace, logs, known)


@kernel
def _add_evidence(logs, counts, prior, factor, known):  # type: ignore[no-untyped-def]
    """A count is never less than one event's, shared as the labels are."""
    next_one = counts[0]
    for c in range(known):
        logs[c] += factor * (max(counts[1 + c] - next_one, prior[c]) - prior[c])


@kernel
def normalise(logs, known):  # type: ignore[no-untyped-def]
    highest = -np.inf
    for c in range(known):
        highest = max(highest, logs[c])
    total = 0.0
    for c in range(known):
        total += math.exp(logs[c] - highest)
    total = highest + math.log(total)
    for c in range(known):
        logs[c] -= total


@kernel
def learn_hebbian(t, g, k, event):  # type: ignore[no-untyped-def]
    """Count the label with all events, and with every field that spiked."""
    at = event[SPIKES_AT] + event[CHANGES]
    rows = int64s(g[RING_SPIKE_ROWS] + 8 * at, event[FIELD_SPIKES])
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * at, event[FIELD_SPIKES])
    weight = math.log(weight_at_hand(g, k))
    _count_all(t, g, 0, event[LABEL], weight)
    for n in range(event[FIELD_SPIKES]):
        if rows[n] < g[DIRECT_ROWS]:
            _count_all(t, g, rows[n], event[LABEL], weight + math.log(strength(t, steps[n])))


@kernel
def _count_all(t, g, row, label, worth):  # type: ignore[no-untyped-def]
    for pace in range(HEBBIAN):
        _count(counts_of(t, g, row, pace), label, -math.log(HEBBIAN_DECAYS[pace]), worth)


@kernel
def _count(counts, label, ahead, weight):  # type: ignore[no-untyped-def]
    """One more, in logarithms; ahead: by how much a new count outweighs the one before it."""
    counts[0] += ahead
    new, old = counts[0] + weight, float(counts[1 + label])
    counts[1 + label] = max(new, old) + math.log1p(math.exp(-abs(new - old)))
    if counts[0] > FAR_AHEAD:
        for c in range(1, len(counts)):
            counts[c] = max(counts[c] - counts[0], NEVER)
        counts[0] = np.float32(0.0)


@kernel
def forecast_delta(t, g, k, event, pace):  # type: ignore[no-untyped-def]
    """Softmax of the sum of weights times inputs: the currents, and the fields' spikes."""
    known, rung = event[KNOWN_CLASSES], g[DIRECT_AT] + HEBBIAN + pace
    logs = logs_of(t, g, k, rung)
    for c in range(known):
        logs[c] = 0.0
    rows = int64s(g[RING_CURRENT_ROWS] + 8 * event[CURRENTS_AT], event[CURRENTS])
    values = float32s(g[RING_CURRENT_VALUES] + 4 * event[CURRENTS_AT], event[CURRENTS])
    for n in range(event[CURRENTS]):
        if rows[n] < g[DIRECT_ROWS]:
            _add_scores(logs, synapses_of(t, g, rows[n], pace), values[n], known)
    at = event[SPIKES_AT] + event[CHANGES]
    rows = int64s(g[RING_SPIKE_ROWS] + 8 * at, event[FIELD_SPIKES])
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * at, event[FIELD_SPIKES])
    for n in range(event[FIELD_SPIKES] * DELTA_FIELDS[pace]):
        if rows[n] < g[DIRECT_ROWS]:
            _add_scores(logs, synapses_of(t, g, rows[n], pace), np.float32(strength(t, steps[n])), known)
    normalise(logs, known)
    for c in range(known):
        logs[c] = math.exp(logs[c])
    write_logs(t, g, k, rung, logs, known)


@kernel
def _add_scores(logs, weights, value, known):  # type: ignore[no-untyped-def]
    for c in range(known):
        logs[c] += value * weights[c]


@kernel
def learn_delta(t, g, k, event):  # type: ignore[no-untyped-def]
    """A step against the gradient of the log-loss of what was forecast, over the squared strength of the input."""
    rows = int64s(g[RING_CURRENT_ROWS] + 8 * event[CURRENTS_AT], event[CURRENTS])
    values = float32s(g[RING_CURRENT_VALUES] + 4 * event[CURRENTS_AT], event[CURRENTS])
    at = event[SPIKES_AT] + event[CHANGES]
    fields = int64s(g[RING_SPIKE_ROWS] + 8 * at, event[FIELD_SPIKES])
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * at, event[FIELD_SPIKES])
    of_currents, of_fields = 1.0, 0.0
    for n in range(event[CURRENTS]):
        of_currents += values[n] * values[n]
    for n in range(event[FIELD_SPIKES]):
        of_fields += strength(t, steps[n]) ** 2
    known, label = event[KNOWN_CLASSES], event[LABEL]
    error = float64s(g[DIRECT_SCRATCH], t[CLASS_CAPACITY])
    for pace in range(DELTA):
        logs = logs_of(t, g, k, g[DIRECT_AT] + HEBBIAN + pace)
        squares = of_currents + of_fields * DELTA_FIELDS[pace]
        step = DELTA_RATES[pace] * min(weight_at_hand(g, k), 1.0) / squares
        for c in range(known):
            error[c] = -step * math.exp(logs[c])
        if label >= known:
            error[label] = 0.0
        error[label] += step
        shown = max(known, label + 1)
        for n in range(event[CURRENTS]):
            if rows[n] < g[DIRECT_ROWS]:
                _move(synapses_of(t, g, rows[n], pace), error, values[n], shown)
        for n in range(event[FIELD_SPIKES] * DELTA_FIELDS[pace]):
            if fields[n] < g[DIRECT_ROWS]:
                _move(synapses_of(t, g, fields[n], pace), error, np.float32(strength(t, steps[n])), shown)


@kernel
def _move(weights, error, value, known):  # type: ignore[no-untyped-def]
    for c in range(known):
        weights[c] += np.float32(error[c]) * value
