"""What every encoder is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .combined import CombinedEncoder
    from .parts import Part


class Encoder:
    """A description of how values become spikes and currents; frozen, comparable, and combined with ``+``.

    An encoder holds settings only. What it learns about the values (ranges, quantiles) lives in the model's memory.
    """

    def parts(self) -> tuple[Part, ...]:
        """The parts the kernels run, in order."""
        raise TypeError(f"{type(self).__name__} must say what parts it has")

    def __add__(self, other: Encoder) -> CombinedEncoder:
        from .combined import CombinedEncoder

        return CombinedEncoder((self, other))

    def to_dict(self) -> dict[str, object]:
        """Name and settings, for a model file."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]
        return {"name": type(self).__name__, **settings}
