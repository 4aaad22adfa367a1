"""Label history: which label came after which, slowly forgotten, as a rung, and the last label as an input spike."""

from __future__ import annotations

from .._compile import float64s, int64s, kernel
from ..encoding.parts import new_rows
from ..memory import CLASS_CAPACITY
from .member import write_logs
from .places import (
    COUNT_COUNT,
    COUNTS,
    HISTORY_DECAY,
    LABEL_ROWS,
    LAST_LABEL,
    MIXED,
    RATE_COUNT,
    RATES,
    RUNG_COUNT,
    TRANSITIONS,
)


@kernel
def history_row(t, g):  # type: ignore[no-untyped-def]
    """The input row that speaks for the last known label; 0 if there is none."""
    last = int64s(g[COUNTS], COUNT_COUNT)[LAST_LABEL]
    return int64s(g[LABEL_ROWS], t[CLASS_CAPACITY])[last] if last >= 0 else 0


@kernel
def forecast_next(t, g, k, known):  # type: ignore[no-untyped-def]
    """The distribution of the label that follows the last known one, as the last rung's forecast."""
    last = int64s(g[COUNTS], COUNT_COUNT)[LAST_LABEL]
    capacity = t[CLASS_CAPACITY]
    shares = float64s(g[MIXED], capacity)
    for c in range(known):
        shares[c] = 1.0 / known
    if last >= 0:
        row = float64s(g[TRANSITIONS] + 8 * capacity * last, capacity)
        total = 0.0
        for c in range(known):
            total += row[c]
        for c in range(known):
            shares[c] = (row[c] + 0.1 / known) / (total + 0.1)
    write_logs(t, g, k, g[RUNG_COUNT] - 1, shares, known)


@kernel
def learn_history(t, g, label):  # type: ignore[no-untyped-def]
    """Count a transition; a label that has been a last one gets an input row."""
    counts, capacity = int64s(g[COUNTS], COUNT_COUNT), t[CLASS_CAPACITY]
    if counts[LAST_LABEL] >= 0:
        row = float64s(g[TRANSITIONS] + 8 * capacity * counts[LAST_LABEL], capacity)
        decay = float64s(g[RATES], RATE_COUNT)[HISTORY_DECAY]
        for c in range(capacity):
            row[c] *= decay
        row[label] += 1.0
    counts[LAST_LABEL] = label
    rows = int64s(g[LABEL_ROWS], capacity)
    if rows[label] == 0:
        rows[label] = new_rows(t, 1, -1)
