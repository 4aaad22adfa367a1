"""Coincidence neurons: what bins of features, and bins of two features at once, say of the label.

Every steady slot, and every one of some pairs of slots (a *coincidence*: a neuron that fires only if both fire), counts
for each of its bins how often each label came along, forgetting at each count. What it says is the evidence
``q_c = log p(c | bin) - log p(c)``; a *gate* tells how much it counts, and learns it on the log-loss:

    p = softmax(log p(c) + sum_s w_s q_sc),    w_s += r (q_s,label - sum_c p_c q_sc)

With all gates at one this is naive Bayes; learned gates silence what is irrelevant and count once what is said twice.
One rung asks the slots alone, another the coincidences too. Where there are more pairs than neurons, the neuron whose
gate is the least is rewired to another pair from time to time.

References
----------
Mahoney, M. V. (2005). Adaptive weighing of context models for lossless data compression. Florida Institute of
Technology, CS-2005-16. Konig, P., Engel, A. K., & Singer, W. (1996). Integrator or coincidence detector? The role of
the cortical neuron revisited. Trends in Neurosciences, 19(4). Hinton, G. E. (2002). Training products of experts by
minimizing contrastive divergence. Neural Computation, 14(8).
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from ..memory import CLASS_CAPACITY
from .direct import normalise
from .member import logs_of, write_logs
from .places import (
    ALONE,
    BESIDE,
    BINS,
    BOTH_BINS,
    COUPLE_COUNT,
    COUPLED_SINCE,
    COUPLES,
    EVIDENCE,
    FIRST_SLOT,
    GATED_AT,
    KNOWN_CLASSES,
    LABEL,
    LABEL_SHARES,
    NUMBER,
    SECOND_SLOT,
    SINGLES,
    STEADY_ROOM,
)
from .ring import weight_at_hand
from .steady import settled_scratch, shown, shown_bins
from .wiring import couple_gates, coupled, gates_of, wire

COUNT_DECAY = np.float32(0.99)  # of the counts of a bin, at each of its counts
SHARE_DECAY = 0.999  # of the labels' shares
LEAST_SHARE = 0.1  # that a label has
DOUBT = 0.5  # so many counts, shared as the labels are, stand behind every bin
GATE_RATE = 0.03
LEAST_GATE, MOST_GATE = -1.0, 4.0


@view
def single_counts(t, g, slot, bin_of_slot):  # type: ignore[no-untyped-def]
    return float32s(g[SINGLES] + 4 * t[CLASS_CAPACITY] * (slot * BINS + bin_of_slot), t[CLASS_CAPACITY])


@view
def couple_counts(t, g, couple, both):  # type: ignore[no-untyped-def]
    return float32s(g[COUPLES] + 4 * t[CLASS_CAPACITY] * (couple * BINS * BINS + both), t[CLASS_CAPACITY])


@view
def evidence(t, g, place):  # type: ignore[no-untyped-def]
    """What the shown slot `place` said of every label; behind the slots the coincidences."""
    return float64s(g[EVIDENCE] + 8 * t[CLASS_CAPACITY] * place, t[CLASS_CAPACITY])


@view
def label_shares(t, g):  # type: ignore[no-untyped-def]
    return float64s(g[LABEL_SHARES], t[CLASS_CAPACITY])


@view
def both_bins(g):  # type: ignore[no-untyped-def]
    return int64s(g[BOTH_BINS], g[COUPLE_COUNT] + g[STEADY_ROOM])


@view
def base_evidence(t, g):  # type: ignore[no-untyped-def]
    """The logarithm of every label's share."""
    return evidence(t, g, g[STEADY_ROOM] + g[COUPLE_COUNT])


@kernel
def forecast_evidence(t, g, k, event):  # type: ignore[no-untyped-def]
    """Forecast event `k` of the chunk."""
    find_bins(g, k)
    gather(t, g, k, event[KNOWN_CLASSES])
    forecast_gated(t, g, k, event[KNOWN_CLASSES], ALONE)
    if g[COUPLE_COUNT] > 0:
        forecast_gated(t, g, k, event[KNOWN_CLASSES], BESIDE)


@kernel
def learn_evidence(t, g, k, event):  # type: ignore[no-untyped-def]
    """Learn from event `k` of the chunk, which has been forecast."""
    if event[LABEL] < event[KNOWN_CLASSES]:
        learn_gates(t, g, k, event, ALONE)
        if g[COUPLE_COUNT] > 0:
            learn_gates(t, g, k, event, BESIDE)
    count(t, g, k, event[LABEL])
    wire(t, g, k, event[NUMBER])


@kernel
def find_bins(g, k):  # type: ignore[no-untyped-def]
    """Which pair of bins event `k` of the chunk shows to each coincidence."""
    there, bins, both, couples = shown(g, k), shown_bins(g, k), both_bins(g), g[COUPLE_COUNT]
    for n in range(there[0]):
        both[couples + there[1 + n]] = max(bins[n], 0)
    for m in range(couples):
        pair = coupled(g, m)
        both[m] = -1
        if pair[COUPLED_SINCE] >= 0:
            first, second = both[couples + pair[FIRST_SLOT]], both[couples + pair[SECOND_SLOT]]
            if first >= 0 and second >= 0:
                both[m] = first * BINS + second
    for n in range(there[0]):
        both[couples + there[1 + n]] = -1


@kernel
def gather(t, g, k, known):  # type: ignore[no-untyped-def]
    """The evidence of every slot that is there, and of every coincidence."""
    there, bins, both = shown(g, k), shown_bins(g, k), both_bins(g)
    prior, shares = settled_scratch(t, g), label_shares(t, g)
    total = 0.0
    for c in range(known):
        total += shares[c] + LEAST_SHARE
    for c in range(known):
        prior[c] = (shares[c] + LEAST_SHARE) / total
    for n in range(there[0]):
        _weigh(evidence(t, g, n), single_counts(t, g, there[1 + n], max(bins[n], 0)), prior, known)
    for m in range(g[COUPLE_COUNT]):
        if both[m] >= 0:
            _weigh(evidence(t, g, g[STEADY_ROOM] + m), couple_counts(t, g, m, both[m]), prior, known)
    base = base_evidence(t, g)
    for c in range(known):
        base[c] = math.log(prior[c])


@kernel
def _weigh(said, counts, prior, known):  # type: ignore[no-untyped-def]
    """``log p(c | bin) - log p(c)``; nothing where the bin has never been counted."""
    total = DOUBT
    for c in range(known):
        total += counts[c]
    for c in range(known):
        said[c] = math.log((counts[c] + DOUBT * prior[c]) / (total * prior[c]))


@kernel
def forecast_gated(t, g, k, known, kind):  # type: ignore[no-untyped-def]
    there, both, of_couples, rung = shown(g, k), both_bins(g), couple_gates(g), g[GATED_AT] + kind - ALONE
    logs, base = logs_of(t, g, k, rung), base_evidence(t, g)
    for c in range(known):
        logs[c] = base[c]
    for n in range(there[0]):
        _add(logs, evidence(t, g, n), gates_of(g, there[1 + n])[kind], known)
    for m in range(g[COUPLE_COUNT] if kind == BESIDE else 0):
        if both[m] >= 0:
            _add(logs, evidence(t, g, g[STEADY_ROOM] + m), of_couples[m], known)
    normalise(logs, known)
    for c in range(known):
        logs[c] = math.exp(logs[c])
    write_logs(t, g, k, rung, logs, known)


@kernel
def _add(logs, said, gate, known):  # type: ignore[no-untyped-def]
    for c in range(known):
        logs[c] += gate * said[c]


@kernel
def learn_gates(t, g, k, event, kind):  # type: ignore[no-untyped-def]
    """A step of all gates that took part against the gradient of the log-loss of what was forecast."""
    known, label, there, both = event[KNOWN_CLASSES], event[LABEL], shown(g, k), both_bins(g)
    logs, error = logs_of(t, g, k, g[GATED_AT] + kind - ALONE), settled_scratch(t, g)
    rate, of_couples = GATE_RATE * min(weight_at_hand(g, k), 1.0), couple_gates(g)
    for c in range(known):
        error[c] = -rate * math.exp(logs[c])
    error[label] += rate
    for n in range(there[0]):
        gates = gates_of(g, there[1 + n])
        gates[kind] = _moved(gates[kind], evidence(t, g, n), error, known)
    for m in range(g[COUPLE_COUNT] if kind == BESIDE else 0):
        if both[m] >= 0:
            of_couples[m] = _moved(of_couples[m], evidence(t, g, g[STEADY_ROOM] + m), error, known)


@kernel
def _moved(gate, said, error, known):  # type: ignore[no-untyped-def]
    step = 0.0
    for c in range(known):
        step += error[c] * said[c]
    return min(max(gate + step, LEAST_GATE), MOST_GATE)


@kernel
def count(t, g, k, label):  # type: ignore[no-untyped-def]
    """Count the label with every bin, and with every pair of bins, that the event fell into."""
    there, bins, both, shares = shown(g, k), shown_bins(g, k), both_bins(g), label_shares(t, g)
    weight = weight_at_hand(g, k)
    for n in range(there[0]):
        _count(single_counts(t, g, there[1 + n], max(bins[n], 0)), label, weight)
    for m in range(g[COUPLE_COUNT]):
        if both[m] >= 0:
            _count(couple_counts(t, g, m, both[m]), label, weight)
    for c in range(len(shares)):
        shares[c] *= SHARE_DECAY
    shares[label] += weight


@kernel
def _count(counts, label, weight):  # type: ignore[no-untyped-def]
    for c in range(len(counts)):
        counts[c] *= COUNT_DECAY
    counts[label] += np.float32(weight)
