"""Time to first spike of the value itself."""

from __future__ import annotations

from dataclasses import dataclass

from .._compile import kernel
from ..memory import STEPS
from .base import Encoder
from .current import standardised
from .parts import LATENCY, Part, add_spike
from .slots import BASE_ROW, GRADED, HIGH, KIND, LOW, part_rows, ranges_row, slot_row


@dataclass(frozen=True)
class LatencyEncoder(Encoder):
    """One spike a feature, the earlier the larger its value (time to first spike).

    The 95 % quantile and everything above it spikes at the first step, the 5 % quantile and everything below at the
    last.

    References
    ----------
    Thorpe, S., Delorme, A., & Van Rullen, R. (2001). Spike-based strategies for rapid processing. Neural Networks, 14,
    715-725.

    Examples
    --------
    >>> from streamsnn.encoding import LatencyEncoder
    >>> LatencyEncoder()
    LatencyEncoder()
    """

    def parts(self) -> tuple[Part, ...]:
        return (Part(LATENCY),)


@kernel
def position(t, slot, value):  # type: ignore[no-untyped-def]
    """Where a value lies in its range: 0 at the bottom, 1 at the top."""
    known = ranges_row(t, slot)
    if slot_row(t, slot)[KIND] != GRADED:
        return 0.5 + 0.5 * min(max(standardised(t, slot, value), -1.0), 1.0)
    if known[HIGH] <= known[LOW]:
        return 0.5
    return min(max((value - known[LOW]) / (known[HIGH] - known[LOW]), 0.0), 1.0)


@kernel
def emit_latency(t, p, slot, value):  # type: ignore[no-untyped-def]
    late = 1.0 - position(t, slot, value)
    add_spike(t, part_rows(t, slot, p)[BASE_ROW], min(int(late * t[STEPS]), t[STEPS] - 1))
