"""One feature alone: a Bayesian who believes that one steady slot at a time tells the label, and does not know which.

``p(c) = sum_s b_s p(c | bin of slot s)``. Every event multiplies each belief `b_s` by what its slot said of the label;
then a small share of all belief is spread evenly, since another feature may tell it tomorrow. Where one feature
decides, it is found within ten events or so, long before a network has learned anything.

References
----------
Holte, R. C. (1993). Very simple classification rules perform well on most commonly used datasets. Machine Learning,
11(1), 63-90. Herbster, M., & Warmuth, M. K. (1998). Tracking the best expert. Machine Learning, 32(2), 151-178.
"""

from __future__ import annotations

import math

from .._compile import kernel
from .coincidence import DOUBT, base_evidence, single_counts
from .member import logs_of, write_logs
from .places import BELIEF, BELIEF_AT, KNOWN_CLASSES, LABEL
from .steady import settled_scratch, shown, shown_bins
from .wiring import gates_of

SPREAD = 0.001  # of the beliefs in the slots that an event shows, evenly, at every event
LEAST_BELIEF, MOST_BELIEF = 1e-9, 1.0
NOBODY = 1e-9  # belief that no slot tells anything


@kernel
def forecast_believed(t, g, k, event):  # type: ignore[no-untyped-def]
    known, there, bins, prior = event[KNOWN_CLASSES], shown(g, k), shown_bins(g, k), settled_scratch(t, g)
    _find_prior(t, g, prior, known)
    said, total = logs_of(t, g, k, g[BELIEF_AT]), NOBODY
    for c in range(known):
        said[c] = NOBODY * prior[c]
    for n in range(there[0]):
        belief, counts = gates_of(g, there[1 + n])[BELIEF], single_counts(t, g, there[1 + n], max(bins[n], 0))
        total += belief
        share = belief / _size(counts, known)
        for c in range(known):
            said[c] += share * (counts[c] + DOUBT * prior[c])
    for c in range(known):
        said[c] /= total
    write_logs(t, g, k, g[BELIEF_AT], said, known)


@kernel
def learn_beliefs(t, g, k, event):  # type: ignore[no-untyped-def]
    """Bayes' rule, before the label is counted."""
    known, label = event[KNOWN_CLASSES], event[LABEL]
    there, bins, prior = shown(g, k), shown_bins(g, k), settled_scratch(t, g)
    _find_prior(t, g, prior, known)
    before, after = 0.0, 0.0
    for n in range(there[0]):
        gates, counts = gates_of(g, there[1 + n]), single_counts(t, g, there[1 + n], max(bins[n], 0))
        before += gates[BELIEF]
        gates[BELIEF] *= (counts[label] + DOUBT * prior[label]) / _size(counts, known)
        after += gates[BELIEF]
    if not after > 0.0:
        return
    for n in range(there[0]):
        gates = gates_of(g, there[1 + n])
        belief = before * ((1.0 - SPREAD) * gates[BELIEF] / after + SPREAD / there[0])
        gates[BELIEF] = min(max(belief, LEAST_BELIEF), MOST_BELIEF)


@kernel
def _find_prior(t, g, prior, known):  # type: ignore[no-untyped-def]
    base = base_evidence(t, g)
    for c in range(known):
        prior[c] = math.exp(base[c])


@kernel
def _size(counts, known):  # type: ignore[no-untyped-def]
    total = DOUBT
    for c in range(known):
        total += counts[c]
    return total
