"""How many rows of weights, and how many entries of drive, a slot may need."""

from __future__ import annotations

from collections.abc import Iterable

from .parts import RATE_CODE, Part
from .slots import DISTINCT


def rows_per_slot(parts: Iterable[Part]) -> int:
    """Rows that one event may have to give out for one slot, over all parts."""
    return sum(max(part.fields, 2) for part in parts)


def drive_entries(parts: Iterable[Part], steps: int) -> int:
    """Currents, or spikes, that one slot can cause in one event, over all parts."""
    return sum(max(part.fields, DISTINCT, steps if part.code == RATE_CODE else 0) for part in parts)
