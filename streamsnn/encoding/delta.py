"""ON and OFF spikes when a value has changed since it was last learned."""

from __future__ import annotations

from dataclasses import dataclass

from .._compile import kernel
from ..memory import STEPS
from .base import Encoder
from .parts import CLIP, DELTA, LIMIT, Part, add_spike, part_reals
from .slots import BASE_ROW, GRADED, INVERSE_SPREAD, KIND, LAST, LINE_SCALE, part_rows, ranges_row, slot_row


@dataclass(frozen=True)
class DeltaEncoder(Encoder):
    """An ON line spikes when a feature rose since the last learned event, an OFF line when it fell.

    The change is measured in the feature's standard deviations; the larger it is, the earlier the spike. What a
    dynamic vision sensor does for a pixel.

    Parameters
    ----------
    threshold
        Least change, in standard deviations, that is worth a spike.

    References
    ----------
    Lichtsteiner, P., Posch, C., & Delbruck, T. (2008). A 128x128 120 dB 15 us latency asynchronous temporal contrast
    vision sensor. IEEE Journal of Solid-State Circuits, 43, 566-576.

    Examples
    --------
    >>> from streamsnn.encoding import DeltaEncoder
    >>> DeltaEncoder(threshold=0.1)
    DeltaEncoder(threshold=0.1)
    """

    threshold: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < CLIP:
            raise ValueError(f"threshold must lie in [0, {CLIP:g}), not {self.threshold}")

    def parts(self) -> tuple[Part, ...]:
        return (Part(DELTA, limit=self.threshold),)


@kernel
def emit_delta(t, p, slot, value):  # type: ignore[no-untyped-def]
    known, row = ranges_row(t, slot), part_rows(t, slot, p)[BASE_ROW]
    change = value - known[LAST]
    if slot_row(t, slot)[KIND] == GRADED:
        change *= known[INVERSE_SPREAD]
    elif known[LINE_SCALE] > 0.0:
        change /= known[LINE_SCALE]
    size = min(abs(change), CLIP)
    if size > part_reals(t, p)[LIMIT] and row > 0:
        step = min(int((1.0 - size / CLIP) * t[STEPS]), t[STEPS] - 1)
        add_spike(t, row + (0 if change > 0.0 else 1), step)
