"""Encoders: how values become currents and spikes. Combine them with ``+``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import CombinedEncoder, Encoder
from .current import CurrentEncoder
from .delta import DeltaEncoder
from .latency import LatencyEncoder
from .population import PopulationEncoder
from .rate import RateEncoder

ENCODERS: dict[str, type[Encoder]] = {
    "current": CurrentEncoder,
    "population": PopulationEncoder,
    "latency": LatencyEncoder,
    "rate": RateEncoder,
    "delta": DeltaEncoder,
}


def default_encoder() -> Encoder:
    """Every active receptive field spikes once, at its latency, beside the standardised value as a constant current."""
    return PopulationEncoder() + CurrentEncoder(strength=0.35)


def encoder_from(description: str | Mapping[str, Any]) -> Encoder:
    """An encoder from names joined by ``+``, or from what `Encoder.to_dict` gave.

    Raises
    ------
    ValueError
        If a name or a setting is unknown.

    Examples
    --------
    >>> encoder_from("latency+current")
    CombinedEncoder(encoders=(LatencyEncoder(), CurrentEncoder(strength=1.0)))
    >>> encoder_from({"name": "RateEncoder", "rate": 0.5})
    RateEncoder(rate=0.5)
    """
    if isinstance(description, str):
        names = [name.strip().lower() for name in description.split("+")]
        unknown = [name for name in names if name not in ENCODERS]
        if unknown:
            raise ValueError(f"unknown encoder {unknown[0]!r}; there are {', '.join(ENCODERS)}, joined by '+'")
        encoders = tuple(ENCODERS[name]() for name in names)
        return encoders[0] if len(encoders) == 1 else CombinedEncoder(encoders)
    settings = dict(description)
    name = settings.pop("name", None)
    if name == CombinedEncoder.__name__:
        return CombinedEncoder(tuple(encoder_from(part) for part in settings.get("encoders", ())))
    for kind in ENCODERS.values():
        if kind.__name__ == name:
            try:
                return kind(**settings)
            except TypeError as error:
                raise ValueError(f"{name}: {error}") from None
    raise ValueError(f"unknown encoder {name!r}")


__all__ = [
    "ENCODERS",
    "CombinedEncoder",
    "CurrentEncoder",
    "DeltaEncoder",
    "Encoder",
    "LatencyEncoder",
    "PopulationEncoder",
    "RateEncoder",
    "default_encoder",
    "encoder_from",
]
