"""Engines by name."""

from __future__ import annotations

from typing import Protocol

from . import fused
from .fused import GRADIENT, LEARN, OBSERVE, PREDICT, STEP
from .model import Model


class Engine(Protocol):
    """What runs a network over the events that a model's table points at."""

    def run(self, address: int, mode: int) -> int:
        """Take the events that the table names; returns where it stopped: earlier if the weights need more rows."""
        ...

    def run_many(self, address: int, mode: int) -> int:
        """As `run`, of many events."""
        ...

    def run_batch(self, address: int, mode: int) -> int:
        """As `run`, and able to gather gradients: modes `GRADIENT` and `STEP`."""
        ...


class FusedEngine:
    """Compiled kernels, one event at a time."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.run = self.run_many = fused.run_straight if model.network.straight else fused.run_general
        model.set_event_shape(0, 0, events=0)
        self.run(model.address, fused.INITIALISE)

    def run_batch(self, address: int, mode: int) -> int:
        """As `run`, on the general path, which can gather gradients."""
        self._model.reserve_gradient()
        return int(fused.run_general(address, mode))


def engine_for(name: str, model: Model, device: str) -> Engine:
    """The engine of that name, at work on this model.

    Raises
    ------
    ValueError
        If there is none of that name.
    ImportError
        If it needs what is not installed; the message names the extra.
    """
    if name == "fused":
        if device != "cpu":
            raise ValueError(f"the fused engine runs on the CPU; device {device!r} needs engine='torch'")
        return FusedEngine(model)
    if name == "torch":
        try:
            from .torch_engine import TorchEngine
        except ModuleNotFoundError as error:
            raise ImportError("engine='torch' needs PyTorch: pip install 'streamsnn[torch]'") from error
        return TorchEngine(model, device)
    raise ValueError(f"engine must be 'fused' or 'torch', not {name!r}")


__all__ = ["GRADIENT", "LEARN", "OBSERVE", "PREDICT", "STEP", "Engine", "FusedEngine", "engine_for"]
