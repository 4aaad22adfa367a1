"""The network written for reading, in PyTorch: what the compiled kernels compute, differentiated by autograd.

A layer of leaky integrate-and-fire units with a synaptic filter and an adaptive threshold, discretised (time runs over
the steps of an event, everything is zero before the first)::

    I[t] = a I[t-1] + x[t] + V s[t-1]
    U[t] = b U[t-1] + I[t] - theta s[t-1]
    A[t] = r A[t-1] + s[t-1]
    s[t] = H(U[t] - theta - adaptation A[t])

The readout is a leaky integrator that does not spike: ``Y[t] = g Y[t-1] + R s[t]``. Graded spikes reach it as
``max(U[t] - theta, 0)`` instead of ``s[t]``.

References
----------
Neftci, E. O., Mostafa, H., & Zenke, F. (2019). Surrogate gradient learning in spiking neural networks. IEEE Signal
Processing Magazine, 36(6), 51-63.

Bellec, G., Salaj, D., Subramoney, A., Legenstein, R., & Maass, W. (2018). Long short-term memory and learning-to-learn
in networks of spiking neurons. NeurIPS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .settings import NetworkSettings
from .surrogate import SURROGATES


class LIFState(NamedTuple):
    """What a layer remembers from one step to the next; each of shape ``(events, units)``."""

    current: Tensor
    potential: Tensor
    adapted: Tensor
    spikes: Tensor

    @classmethod
    def at_rest(cls, like: Tensor) -> LIFState:
        """All zero."""
        return cls(*(torch.zeros_like(like) for _ in cls._fields))

    def detached(self) -> LIFState:
        """The same numbers, through which no gradient flows."""
        return LIFState(*(tensor.detach() for tensor in self))


class _Spike(torch.autograd.Function):
    """The step function, with a surrogate for its derivative."""

    @staticmethod
    def forward(ctx: Any, distance: Tensor, settings: NetworkSettings) -> Tensor:
        ctx.save_for_backward(distance)
        ctx.settings = settings
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (distance,), settings = ctx.saved_tensors, ctx.settings
        slope = SURROGATES[settings.surrogate](distance, settings.surrogate_scale, 1.0)
        return gradients[0] * settings.surrogate_peak * slope, None


def spike(distance: Tensor, settings: NetworkSettings) -> Tensor:
    """1 where a unit is at or above its threshold, else 0.

    Examples
    --------
    >>> spike(torch.tensor([-0.1, 0.0, 0.2]), NetworkSettings())
    tensor([0., 1., 1.])
    """
    result: Tensor = _Spike.apply(distance, settings)
    return result


def lif_step(drive: Tensor, state: LIFState, settings: NetworkSettings) -> tuple[Tensor, LIFState]:
    """One step of a layer: a pure function of its drive and its state.

    Examples
    --------
    >>> settings = NetworkSettings(membrane_decay=0.5, threshold=1.0)
    >>> state = LIFState.at_rest(torch.zeros(1, 1))
    >>> for step in range(3):
    ...     spikes, state = lif_step(torch.tensor([[0.75]]), state, settings)
    ...     print(spikes.item(), state.potential.item())
    0.0 0.75
    1.0 1.125
    0.0 0.3125
    """
    reset = state.spikes.detach() if settings.reset == "detached" else state.spikes
    current = settings.synapse_decay * state.current + drive
    potential = settings.membrane_decay * state.potential + current - settings.threshold * reset
    adapted = settings.adaptation_decay * state.adapted + state.spikes
    spikes = spike(potential - settings.threshold - settings.adaptation * adapted, settings)
    return spikes, LIFState(current, potential, adapted, spikes)


def run_layer(
    drive: Tensor, recurrent: Tensor | None, settings: NetworkSettings, truncation: int | None
) -> tuple[Tensor, Tensor]:
    """Spikes of a layer that starts from rest, and what they carry; all of shape ``(events, steps, units)``."""
    state, spikes, carried = LIFState.at_rest(drive[:, 0]), [], []
    for step in range(settings.steps):
        if truncation is not None and step > 0 and step % truncation == 0:
            state = state.detached()
        fed_back = 0.0 if recurrent is None else state.spikes @ recurrent
        now, state = lif_step(drive[:, step] + fed_back, state, settings)
        spikes.append(now)
        carried.append((state.potential - settings.threshold).relu() if settings.neuron == "graded" else now)
    return torch.stack(spikes, dim=1), torch.stack(carried, dim=1)


def read_out(spikes: Tensor, readout: Tensor, bias: Tensor, settings: NetworkSettings) -> Tensor:
    """Class scores of shape ``(events, classes)`` from spikes of shape ``(events, steps, units)``."""
    inputs = spikes @ readout.T
    if settings.readout == "count":
        return bias + inputs.mean(dim=1)
    potential, trace = torch.zeros_like(inputs[:, 0]), []
    for step in range(settings.steps):
        potential = settings.readout_decay * potential + inputs[:, step]
        trace.append(potential)
    potentials = torch.stack(trace, dim=1)
    if settings.readout == "last":
        return bias + potentials[:, -1]
    if settings.readout == "max":
        first = potentials.argmax(dim=1, keepdim=True)  # of equal ones the first, which `max` does not promise
        return bias + potentials.gather(1, first).squeeze(1)
    return bias + potentials.mean(dim=1)


def run_network(
    inputs: Tensor, weights: Mapping[str, Tensor], settings: NetworkSettings, truncation: int | None = None
) -> tuple[Tensor, list[Tensor]]:
    """Class scores, and the spikes of every hidden layer.

    Parameters
    ----------
    inputs
        What flows into each input row at each step, shape ``(events, steps, rows)``.
    weights
        By the names of `Layout`: ``input`` of shape ``(rows, units)``, ``readout`` of shape ``(classes, units)``,
        ``weight_1`` of shape ``(units below, units)``, ...
    settings
        Structure and dynamics.
    truncation
        Steps after which the state is detached; None: never.
    """
    drive = inputs @ weights["input"]
    spikes: list[Tensor] = []
    for layer in range(len(settings.hidden)):
        if layer > 0:
            drive = spikes[-1] @ weights[f"weight_{layer}"] + weights[f"bias_{layer}"]
        own, carried = run_layer(drive, weights.get(f"recurrent_{layer}"), settings, truncation)
        spikes.append(own)
    return read_out(carried, weights["readout"], weights["readout_bias"], settings), spikes
