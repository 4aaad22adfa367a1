"""How a network learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..memory import Float32s
from .optimiser import OPTIMISERS


@dataclass(frozen=True)
class LearningSettings:
    """Optimiser, truncation and regularisers; `SpikingClassifier` documents each of them.

    Raises
    ------
    ValueError
        If a setting lies outside its range; the message names it.
    """

    optimiser: str = "rmsprop"
    learning_rate: float = 0.003
    momentum: float = 0.9
    squared_decay: float = 0.998
    epsilon: float = 1e-3
    clip_norm: float | None = None
    fan_in: int | None = 24
    truncation: int | None = None
    lower_rate: float = 0.0
    lower_strength: float = 0.0
    upper_rate: float = 1.0
    upper_strength: float = 0.0
    range_rate: float = 0.25
    input_scale: float = 0.1

    def __post_init__(self) -> None:
        if self.optimiser not in OPTIMISERS:
            raise ValueError(f"optimiser must be one of {', '.join(OPTIMISERS)}, not {self.optimiser!r}")
        for name in ("learning_rate", "lower_strength", "upper_strength", "epsilon", "input_scale"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be zero or positive and finite, not {getattr(self, name)!r}")
        for name in ("momentum", "squared_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), not {getattr(self, name)!r}")
        for name in ("lower_rate", "upper_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1], not {getattr(self, name)!r}")
        if not 0 < self.range_rate <= 1:
            raise ValueError(f"range_rate must lie in (0, 1], not {self.range_rate!r}")
        for name in ("clip_norm", "fan_in", "truncation"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be positive or None, not {value!r}")

    def step_carry(self, steps: int) -> Float32s:
        """Whether the gradient flows from each step to the one before it: 1, or 0 where the trace is cut.

        With a truncation of k steps the state is detached at the steps k, 2k, ..., so that no gradient crosses them.

        Examples
        --------
        >>> LearningSettings(truncation=2).step_carry(5)
        array([1., 1., 0., 1., 0.], dtype=float32)
        """
        carry = np.ones(steps, dtype=np.float32)
        if self.truncation is not None:
            carry[self.truncation :: self.truncation] = 0.0
        return carry
