"""The rungs that look at steadily measured values: linear ones, and gated evidence."""

from __future__ import annotations

from .._compile import kernel
from .coincidence import run_gated
from .linear import RATES, forecast_linear, learn_linear
from .places import CHUNK_EVENTS, FRESH, LEARNS
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
        run_gated(t, g, k, event, learns_this)
