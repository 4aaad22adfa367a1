"""The settings of a ladder, apart from its members."""

from __future__ import annotations

from dataclasses import dataclass

from .places import COUPLES_MOST, FEWEST_COLUMNS, KEPT_MOST, LONGEST_MEMORY, REACTIONS, SPARE_COLUMNS, YOUNG_MOST


@dataclass(frozen=True)
class LadderSettings:
    """How the members' forecasts are mixed, and what else a ladder does; `AdaptiveSpikingClassifier` documents each.

    Raises
    ------
    ValueError
        If a setting lies outside its range; the message names it.
    """

    memory: int = 1000
    young_neurons: bool = True
    coincidences: int = 32
    mixture_rate: float = 0.002
    weight_bound: float = 4.0
    label_history: bool = False
    history_decay: float = 0.999
    class_weighting: str = "none"
    prior_decay: float = 0.999
    reaction: str = "none"
    raised_rate: float = 3.0
    raised_events: int = 512
    recall: int = 0
    forget_at_drift: bool = True

    @property
    def young(self) -> int:
        """How many of the neurons are more than points."""
        return min(self.memory, YOUNG_MOST)

    @property
    def columns(self) -> tuple[int, int]:
        """For how many young neurons, and for how many points, there is room: powers of two.

        Examples
        --------
        >>> LadderSettings(memory=4000).columns, LadderSettings(memory=200).columns
        ((1024, 4096), (256, 256))
        """
        young, points = (
            max(1 << (count + SPARE_COLUMNS - 1).bit_length(), FEWEST_COLUMNS) for count in (self.young, self.memory)
        )
        return young, points

    def __post_init__(self) -> None:
        if not 0 <= self.memory <= LONGEST_MEMORY:
            raise ValueError(f"memory must be between 0 and {LONGEST_MEMORY:,} events, not {self.memory!r}")
        if not 0 <= self.coincidences <= COUPLES_MOST:
            raise ValueError(f"coincidences must be between 0 and {COUPLES_MOST}, not {self.coincidences!r}")
        if not 0 <= self.mixture_rate <= 1:
            raise ValueError(f"mixture_rate must lie in [0, 1], not {self.mixture_rate!r}")
        for name in ("history_decay", "prior_decay"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in (0, 1], not {getattr(self, name)!r}")
        if self.class_weighting not in ("none", "prior"):
            raise ValueError(f"class_weighting must be 'none' or 'prior', not {self.class_weighting!r}")
        if self.reaction not in REACTIONS:
            raise ValueError(f"reaction must be one of {', '.join(REACTIONS)}, not {self.reaction!r}")
        if not 0 <= self.recall <= KEPT_MOST:
            raise ValueError(f"recall must be between 0 and {KEPT_MOST} past members, not {self.recall!r}")
        if not 0 < self.raised_rate < float("inf"):
            raise ValueError(f"raised_rate must be positive and finite, not {self.raised_rate!r}")
