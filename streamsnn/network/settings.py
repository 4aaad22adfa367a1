"""What a network is made of, apart from its weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..memory import Float32s
from .surrogate import SURROGATES

READOUTS = ("mean", "last", "count", "max")
MEAN_READOUT, LAST_READOUT, COUNT_READOUT, MAX_READOUT = range(4)
RESETS = ("detached", "through")
NEURONS = ("lif", "relu", "graded")
LIF, RELU, GRADED = range(3)


@dataclass(frozen=True)
class NetworkSettings:
    """Structure and dynamics of a network; `SpikingClassifier` documents each of them.

    Raises
    ------
    ValueError
        If a setting lies outside its range; the message names it.
    """

    hidden: tuple[int, ...] = (64,)
    recurrent: bool = False
    steps: int = 6
    membrane_decay: float = 0.9
    synapse_decay: float = 0.0
    threshold: float = 0.5
    adaptation: float = 0.0
    adaptation_decay: float = 0.97
    reset: str = "detached"
    readout: str = "mean"
    readout_decay: float = 1.0
    surrogate: str = "superspike"
    surrogate_scale: float = 5.0
    surrogate_peak: float = 1.0
    neuron: str = "lif"

    def __post_init__(self) -> None:
        if not self.hidden or any(not isinstance(units, int) or not 1 <= units <= 65536 for units in self.hidden):
            raise ValueError(f"hidden must be one or more layer sizes from 1 to 65,536, not {self.hidden!r}")
        if not 1 <= self.steps <= 100_000:
            raise ValueError(f"steps must be between 1 and 100,000, not {self.steps!r}")
        for name in ("membrane_decay", "synapse_decay", "adaptation_decay", "readout_decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1], not {getattr(self, name)!r}")
        for name in ("threshold", "surrogate_scale", "surrogate_peak"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)!r}")
        if not 0 <= self.adaptation < float("inf"):
            raise ValueError(f"adaptation must be zero or positive, not {self.adaptation!r}")
        words = {"reset": RESETS, "readout": READOUTS, "surrogate": tuple(SURROGATES), "neuron": NEURONS}
        for name, choices in words.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")
        if self.neuron != "lif" and not self.straight:
            raise ValueError(
                f"neuron={self.neuron!r} needs one hidden layer without recurrence or adaptation, and a linear readout"
            )

    @property
    def straight(self) -> bool:
        """Whether the straight path can run it: one layer, no recurrence, no adaptation, a linear readout."""
        return len(self.hidden) == 1 and not self.recurrent and self.adaptation == 0.0 and self.readout != "max"

    def step_weights(self) -> Float32s:
        """What a spike at each step adds to a linear readout: ``k_t``, shape ``(steps,)``.

        The leaky readout is ``Y[t] = g Y[t-1] + W s[t]``, so a spike at step t counts ``g^(u-t)`` at step u. The mean
        over time sums that over all ``u >= t`` and divides by the steps; the last step takes ``g^(T-1-t)``; a spike
        count takes ``1/T`` whatever the leak.

        Examples
        --------
        >>> NetworkSettings(steps=3, readout_decay=0.5).step_weights() * 3
        array([1.75, 1.5 , 1.  ], dtype=float32)
        """
        ahead = np.arange(self.steps - 1, -1, -1)
        g = self.readout_decay
        if self.readout == "last":
            weights = g**ahead
        elif self.readout == "count":
            weights = np.full(self.steps, 1 / self.steps)
        else:
            weights = np.cumsum(g ** np.arange(self.steps))[ahead] / self.steps
        return weights.astype(np.float32)
