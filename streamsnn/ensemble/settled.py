"""The rungs that look at steadily measured values: linear ones, evidence, and one feature alone."""

from __future__ import annotations

from .._compile import kernel
from .belief import forecast_believed, learn_beliefs
from .coincidence import forecast_evidence, learn_evidence
from .linear import RATES, forecast_linear, learn_linear
from .places import CHUNK_EVENTS, FRESH, KNOWN_CLASSES, LABEL, LEARNS
from .rebin import hand_counts_on
from .ring import at_hand


@kernel
def run_settled(t, g, learns):  # type: ignore[no-untyped-def]
    """Take them through the events of the chunk."""
    for k in range(g[CHUNK_EVENTS]):
        event = at_hand(g, k)
        learns_this = learns and event[LEARNS] != 0
        for pace in range(RATES):
            if g[FRESH] == 0:
                forecast_linear(t, g, k, event, pace)
            if learns_this:
                learn_linear(t, g, k, event, pace)
        if g[FRESH] == 0:
            forecast_evidence(t, g, k, event)
            forecast_believed(t, g, k, event)
        if learns_this:
            if event[LABEL] < event[KNOWN_CLASSES]:
                learn_beliefs(t, g, k, event)
            learn_evidence(t, g, k, event)
            if k == g[CHUNK_EVENTS] - 1:
                hand_counts_on(t, g, k)
