"""What every encoder is, and several of them side by side."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from .parts import Part


class Encoder:
    """A description of how values become spikes and currents; frozen, comparable, and combined with ``+``.

    An encoder holds settings only. What it learns about the values (ranges, quantiles) lives in the model's memory.
    """

    def parts(self) -> tuple[Part, ...]:
        """The parts the kernels run, in order."""
        raise TypeError(f"{type(self).__name__} must say what parts it has")

    def __add__(self, other: Encoder) -> CombinedEncoder:
        return CombinedEncoder((self, other))

    def to_dict(self) -> dict[str, object]:
        """Name and settings, for a model file."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]
        return {"name": type(self).__name__, **settings}


@dataclass(frozen=True)
class CombinedEncoder(Encoder):
    """Every feature goes through each of the given encoders; ``a + b`` is short for ``CombinedEncoder((a, b))``.

    Parameters
    ----------
    encoders
        The encoders, in order. A combined one is taken apart.

    Examples
    --------
    >>> from streamsnn.encoding import CurrentEncoder, DeltaEncoder
    >>> CurrentEncoder() + DeltaEncoder()
    CombinedEncoder(encoders=(CurrentEncoder(strength=1.0), DeltaEncoder(threshold=0.1)))
    """

    encoders: tuple[Encoder, ...]

    def __post_init__(self) -> None:
        flat: list[Encoder] = []
        for encoder in self.encoders:
            flat.extend(encoder.encoders if isinstance(encoder, CombinedEncoder) else [encoder])
        if not flat:
            raise ValueError("encoders must name at least one encoder")
        object.__setattr__(self, "encoders", tuple(flat))

    def parts(self) -> tuple[Part, ...]:
        return tuple(part for encoder in self.encoders for part in encoder.parts())

    def to_dict(self) -> dict[str, object]:
        return {"name": "CombinedEncoder", "encoders": [encoder.to_dict() for encoder in self.encoders]}
