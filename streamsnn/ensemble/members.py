"""What a ladder is made of: the members of each size."""

from __future__ import annotations

from dataclasses import dataclass

from ..network.settings import GRADED, LIF, NEURONS

HALVES = 8
KINDS = NEURONS[LIF], NEURONS[GRADED]


@dataclass(frozen=True)
class MemberSettings:
    """How one gradient-trained member differs from the others.

    Parameters
    ----------
    learning_rate
        Of an event with few active inputs.
    currents, fields, changes
        Whether it sees the standardised values, the receptive fields, the spikes of change.
    half
        Sees only this random half of the features, 0 to 7; None: all.
    replays
        Earlier events learned again at each event.
    replay_window
        From so many of the last events they are drawn.
    neuron
        ``"lif"``, or ``"graded"``: its spikes carry by how much the membrane potential exceeds the threshold. (With
        another `neuron` of the ladder, all members have that one.)
    membrane_decay, threshold
        Of its neurons: factor on the membrane potential from step to step, and where they spike.

    Examples
    --------
    >>> MemberSettings(0.01, fields=False).passes
    1
    """

    learning_rate: float = 0.003
    currents: bool = True
    fields: bool = True
    changes: bool = False
    half: int | None = None
    replays: int = 0
    replay_window: int = 0
    neuron: str = "lif"
    membrane_decay: float = 0.9
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate must be positive and finite, not {self.learning_rate!r}")
        if self.half is not None and not 0 <= self.half < HALVES:
            raise ValueError(f"half must be one of 0 to {HALVES - 1}, or None, not {self.half!r}")
        if not 0 <= self.replays <= 32:
            raise ValueError(f"replays must be between 0 and 32, not {self.replays!r}")
        if not 0 <= self.replay_window <= 7000:
            raise ValueError(f"replay_window must be between 0 and 7,000, not {self.replay_window!r}")
        if self.neuron not in KINDS:
            raise ValueError(f"neuron must be one of {', '.join(KINDS)}, not {self.neuron!r}")
        if not 0 <= self.membrane_decay <= 1:
            raise ValueError(f"membrane_decay must lie in [0, 1], not {self.membrane_decay!r}")
        if not 0 < self.threshold < float("inf"):
            raise ValueError(f"threshold must be positive and finite, not {self.threshold!r}")

    @property
    def passes(self) -> int:
        """Events it learns at each event."""
        return 1 + self.replays


def _rates(*rates: float, **settings: object) -> list[MemberSettings]:
    return [MemberSettings(rate, **settings) for rate in rates]  # type: ignore[arg-type]


# What does not leak, and says how much it has gathered, pays where events are learned again, most on random trees, and
# at a very high rate, where labels follow a cycle; in all members it would cost accuracy where drift is fast.
GRADED_ONES = {"neuron": "graded", "membrane_decay": 1.0, "threshold": 0.1}


def _small() -> list[MemberSettings]:
    return [*_rates(0.01), *_rates(0.003, fields=False, changes=True)]


def _default() -> list[MemberSettings]:
    members = _rates(0.003, 0.03)
    members += [MemberSettings(0.003, half=1), MemberSettings(0.01, half=6)]
    for own in (GRADED_ONES, {"fields": False}):
        members += _rates(0.003, replays=2, replay_window=5000, **own)
    members += _rates(0.003, half=0, replays=1, replay_window=5000)
    members += _rates(0.03, currents=False)
    members += _rates(0.003, fields=False, changes=True)
    members += _rates(0.1, changes=True, **GRADED_ONES)
    members += _rates(0.003, changes=True, replays=1, replay_window=5000, **GRADED_ONES)
    return members


def _large() -> list[MemberSettings]:
    members = [*_default(), *_rates(0.0003, 0.001, 0.01)]
    members += _rates(0.003, 0.03, fields=False)
    members += _rates(0.003, currents=False)
    members += _rates(0.003, currents=False, replays=2, replay_window=5000)
    members += _rates(0.01, changes=True)
    members += _rates(0.001, 0.01, fields=False, changes=True)
    members += [MemberSettings(0.003, half=half) for half in (2, 4)]
    members += [MemberSettings(0.003, half=half, replays=2, replay_window=5000) for half in (2, 3, 4, 5)]
    members += _rates(0.003, half=1, replays=1, replay_window=500)
    members += _rates(0.001, replays=2, replay_window=500)
    members += _rates(0.003, 0.01, replays=4, replay_window=5000)
    members += _rates(0.003, replays=4, replay_window=500)
    members += _rates(0.003, fields=False, replays=2, replay_window=500)
    members += _rates(0.003, changes=True, replays=2, replay_window=500)
    return members


SIZES = {"small": _small, "default": _default, "large": _large}
COINCIDENCES = {"small": 0, "default": 32, "large": 32}
MEMORY = {"small": 1000, "default": 7000, "large": 7000}
YOUNG_NEURONS = {"small": False, "default": True, "large": True}
HIDDEN = {"small": 32, "default": 64, "large": 128}


def members_of(size: str) -> tuple[MemberSettings, ...]:
    """The members of a ladder of this size.

    Raises
    ------
    ValueError
        If there is no such size.

    Examples
    --------
    >>> len(members_of("default")), sum(member.passes for member in members_of("default"))
    (11, 17)
    """
    if size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}, not {size!r}")
    return tuple(SIZES[size]())
