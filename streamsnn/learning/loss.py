"""The loss: cross-entropy with class weights and sample weight; and how fast one event may teach."""

from __future__ import annotations

import math

from .._compile import float64s, kernel
from ..memory import (
    CLASS_CAPACITY,
    CLASS_WEIGHTS,
    CURRENT_COUNT,
    FAN_IN,
    HYPER,
    HYPER_COUNT,
    RATE,
    SPIKE_COUNT,
)


@kernel
def output_error(t, probabilities, label, weight, error):  # type: ignore[no-untyped-def]
    """Gradient of ``-w_y w log p_y`` with respect to the logits, into `error`."""
    weight *= float64s(t[CLASS_WEIGHTS], t[CLASS_CAPACITY])[label]
    for c in range(len(probabilities)):
        error[c] = weight * (probabilities[c] - (1.0 if c == label else 0.0))


@kernel
def event_rate(t):  # type: ignore[no-untyped-def]
    """The learning rate of this event: see `fan_in_rate`."""
    return fan_in_rate(t, t[CURRENT_COUNT] + t[SPIKE_COUNT])


@kernel
def fan_in_rate(t, active):  # type: ignore[no-untyped-def]
    """The learning rate: lower when more inputs than `FAN_IN` are active, since their steps add up."""
    hyper = float64s(t[HYPER], HYPER_COUNT)
    if active <= hyper[FAN_IN]:
        return hyper[RATE]
    return hyper[RATE] * math.sqrt(hyper[FAN_IN] / active)
