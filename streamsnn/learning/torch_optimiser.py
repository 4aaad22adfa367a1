"""The optimisers of `optimiser.py` on tensors: pure functions, for the torch engine."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .settings import LearningSettings


def step_size(settings: LearningSettings, active: float, updates: int) -> float:
    """The rate of a step after so many `updates`, for events with `active` inputs on average.

    Examples
    --------
    >>> step_size(LearningSettings(learning_rate=0.01, fan_in=24), active=96, updates=0)
    0.005
    """
    rate = settings.learning_rate
    if settings.fan_in is not None and active > settings.fan_in:
        rate *= math.sqrt(settings.fan_in / active)
    if settings.optimiser == "adam":
        rate *= math.sqrt(1 - settings.squared_decay ** (updates + 1)) / (1 - settings.momentum ** (updates + 1))
    return rate


def descended(
    weights: Tensor, state: Tensor, gradient: Tensor, rate: float, settings: LearningSettings
) -> tuple[Tensor, Tensor]:
    """Weights and optimiser state after a step; `state` has one copy of the weights' shape for each of its parts.

    Examples
    --------
    >>> settings = LearningSettings(optimiser="sgd", momentum=0.5)
    >>> descended(torch.ones(2), torch.ones(1, 2), torch.tensor([1.0, 2.0]), 0.1, settings)
    (tensor([0.8500, 0.7500]), tensor([[1.5000, 2.5000]]))
    """
    if settings.optimiser == "sgd":
        velocity = settings.momentum * state[0] + gradient
        return weights - rate * velocity, velocity[None]
    squared = settings.squared_decay * state[-1] + (1 - settings.squared_decay) * gradient**2
    scale = (squared + settings.epsilon**2).sqrt()
    if settings.optimiser == "rmsprop":
        return weights - rate * gradient / scale, squared[None]
    velocity = settings.momentum * state[0] + (1 - settings.momentum) * gradient
    return weights - rate * velocity / scale, torch.stack([velocity, squared])
