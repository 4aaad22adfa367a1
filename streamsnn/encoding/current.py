"""The standardised value as a constant current."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .._compile import kernel
from .base import Encoder
from .parts import CLIP, CURRENT, STRENGTH, Part, add_current, part_reals
from .slots import (
    BASE_ROW,
    CATEGORY,
    GRADED,
    INVERSE_SPREAD,
    KIND,
    LINE_SCALE,
    MEAN,
    NEWS,
    REFERENCE,
    part_rows,
    ranges_row,
    slot_row,
)


@dataclass(frozen=True)
class CurrentEncoder(Encoder):
    """The online-standardised value as a constant current over all steps.

    A graded feature is centred on its running mean and divided by its running standard deviation; a discrete one is
    measured from its commonest value, which is silence. Both are clipped at three of their units. The deterministic
    "direct" or "current" code of the surrogate-gradient literature.

    Parameters
    ----------
    strength
        Current of a value one standard deviation from the mean, in units of the input weights.

    References
    ----------
    Rueckauer, B., Lungu, I.-A., Hu, Y., Pfeiffer, M., & Liu, S.-C. (2017). Conversion of continuous-valued deep
    networks to efficient event-driven networks for image classification. Frontiers in Neuroscience, 11, 682.

    Examples
    --------
    >>> from streamsnn import SpikingClassifier
    >>> from streamsnn.encoding import CurrentEncoder
    >>> SpikingClassifier(encoder=CurrentEncoder(strength=0.5)).encoder
    CurrentEncoder(strength=0.5)
    """

    strength: float = 1.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.strength):
            raise ValueError(f"strength must be finite, not {self.strength}")

    def parts(self) -> tuple[Part, ...]:
        return (Part(CURRENT, strength=self.strength),)


@kernel
def standardised(t, slot, value):  # type: ignore[no-untyped-def]
    """A value in units of its slot: standard deviations, or typical distances from the reference. Clipped."""
    info, known = slot_row(t, slot), ranges_row(t, slot)
    if info[KIND] == CATEGORY:
        return 1.0
    if info[KIND] == GRADED:
        distance = (value - known[MEAN]) * known[INVERSE_SPREAD]
    else:
        distance = value - (0.0 if info[NEWS] != 0 else known[REFERENCE])
        if distance == 0.0 and info[NEWS] == 0:
            distance = value  # commonest among its own values, yet mostly absent
        if known[LINE_SCALE] > 0.0:
            distance /= known[LINE_SCALE]
        elif distance != 0.0:
            distance = 1.0 if distance > 0.0 else -1.0
    return min(max(distance, -CLIP), CLIP)


@kernel
def emit_current(t, p, slot, value):  # type: ignore[no-untyped-def]
    add_current(t, part_rows(t, slot, p)[BASE_ROW], part_reals(t, p)[STRENGTH] * standardised(t, slot, value))
