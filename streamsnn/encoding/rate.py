"""Bernoulli spikes whose rate follows the value."""

from __future__ import annotations

from dataclasses import dataclass

from .._compile import int64s, kernel
from .._random import uniform
from ..memory import CLOCK, COUNTER_SIZE, COUNTERS, SEED, STEPS
from .base import Encoder
from .latency import position
from .parts import LIMIT, RATE_CODE, Part, add_spike, part_reals
from .slots import BASE_ROW, part_rows


@dataclass(frozen=True)
class RateEncoder(Encoder):
    """At each step a feature spikes with a probability proportional to where its value lies in its range.

    The draws depend only on the model's seed, on how many events it has learned, and on the weight row and the step:
    predicting twice gives the same spikes, and predicting changes nothing.

    Parameters
    ----------
    rate
        Probability of a spike at each step for the top of the range (95 % quantile), between 0 and 1.

    References
    ----------
    Adrian, E. D., & Zotterman, Y. (1926). The impulses produced by sensory nerve-endings. Journal of Physiology, 61,
    151-171.

    Examples
    --------
    >>> from streamsnn.encoding import RateEncoder
    >>> RateEncoder(rate=0.5)
    RateEncoder(rate=0.5)
    """

    rate: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate must lie in (0, 1], not {self.rate}")

    def parts(self) -> tuple[Part, ...]:
        return (Part(RATE_CODE, limit=self.rate),)


@kernel
def emit_rate(t, p, slot, value):  # type: ignore[no-untyped-def]
    row = part_rows(t, slot, p)[BASE_ROW]
    chance = part_reals(t, p)[LIMIT] * position(t, slot, value)
    clock = int64s(t[COUNTERS], COUNTER_SIZE)[CLOCK]
    for step in range(t[STEPS]):
        if uniform(t[SEED], clock, row * t[STEPS] + step) < chance:
            add_spike(t, row, step)
