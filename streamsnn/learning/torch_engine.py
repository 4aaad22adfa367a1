"""The torch engine: the same buffers, the same protocol, the network of `network/torch_lif.py` and autograd.

It is the oracle of the tests, the place for experiments, and the way to whole batches and other devices. Encoding runs
in the same kernels as in the fused engine.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from .. import memory as m
from ..network import general
from ..network.torch_lif import run_network
from . import fused
from .fused import GRADIENT, LEARN, OBSERVE, PREDICT, STEP
from .model import Model
from .settings import LearningSettings
from .torch_optimiser import descended, step_size

TOGETHER = 256  # events that run in one batch

_STORED = ("params", "optimiser", "gradient")


class _Drive(NamedTuple):
    """Input rows in use, what flows into each at each step (events, steps, rows), and the number of active inputs."""

    rows: Tensor
    inputs: Tensor
    active: int


class TorchEngine:
    """Runs the network of a model in PyTorch.

    Parameters
    ----------
    model
        Whose buffers to work on.
    device
        Where; for a call the parameters move there, and back after it.

    Raises
    ------
    ValueError
        If PyTorch has no such device.
    """

    def __init__(self, model: Model, device: str = "cpu") -> None:
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f"device {device!r}: {error}") from error
        self._model, self._device = model, device
        self._stored: dict[str, Tensor] = {}
        model.reserve_gradient()
        fused.initialise(model.address)

    def run_many(self, address: int, mode: int) -> int:
        """As `run`: it loops over events anyway."""
        return self.run(address, mode)

    def run(self, address: int, mode: int) -> int:
        """Take the events that the table names; see `fused.run_straight` for the modes."""
        model = self._model
        begin, end = int(model.table[m.EVENT_BEGIN]), int(model.table[m.EVENT_END])
        self._stored = {name: torch.from_numpy(model.buffers[name]).to(self._device) for name in _STORED}
        labels, weights = _read(model, m.EVENT_LABELS, end, np.int64), _read(model, m.EVENT_WEIGHTS, end, np.float64)
        try:
            if mode & (LEARN | OBSERVE):
                end = self._one_by_one(range(begin, end), labels, weights, mode)
            else:
                self._together(range(begin, end), labels, weights, mode)
            if mode & STEP:
                self._step()
        finally:
            for name, tensor in self._stored.items():
                if tensor.device.type != "cpu":
                    model.buffers[name][:] = tensor.cpu().numpy()
            self._stored = {}
            model.forget_traces()
        return end

    run_batch = run

    # --- events ------------------------------------------------------------------------------------------------------

    def _one_by_one(self, events: range, labels: m.Int64s, weights: m.Float64s, mode: int) -> int:
        """Every event meets the model that its predecessors left; returns where the weights need more rows."""
        model = self._model
        for i in events:
            if not model.has_rows_for(_width(model, i)):
                return i
            if mode & PREDICT:
                self._predict([i])
            if not weights[i] > 0:
                continue
            if mode & LEARN and labels[i] >= 0:
                model.counters[m.CLASSES] = max(model.counters[m.CLASSES], labels[i] + 1)
                self._gather([i], labels, weights)
                self._step()
            rows = int(model.counters[m.ROWS])
            fused.observe_event(model.address, i)
            if self._stored["params"].device.type != "cpu":
                self._fetch_rows(rows)
        return events.stop

    def _fetch_rows(self, first: int) -> None:
        """Copy the first weights of the rows from `first` on to the device: the kernel drew them on the CPU."""
        drawn = self._model.named()["input"][first:]
        self._views(self._stored["params"])["input"][first:] = torch.from_numpy(drawn).to(self._device)

    def _together(self, events: range, labels: m.Int64s, weights: m.Float64s, mode: int) -> None:
        """All events meet the same model, many at a time."""
        counters = self._model.counters
        if mode & GRADIENT and len(events):
            counters[m.CLASSES] = max(counters[m.CLASSES], labels[events.start : events.stop].max() + 1)
        for first in range(0, len(events), TOGETHER):
            some = events[first : first + TOGETHER]
            if mode & PREDICT:
                self._predict(some)
            taught = [i for i in some if weights[i] > 0 and labels[i] >= 0]
            if mode & GRADIENT and taught:
                self._gather(taught, labels, weights)

    def _drive(self, events: Sequence[int]) -> _Drive:
        model, drives, active = self._model, [], 0
        for i in events:
            fused.encode_event(model.address, i)
            currents, spikes = int(model.table[m.CURRENT_COUNT]), int(model.table[m.SPIKE_COUNT])
            parts = (
                ("current_rows", currents),
                ("current_values", currents),
                ("spike_rows", spikes),
                ("spike_steps", spikes),
            )
            drives.append([model.buffers[name][:number].copy() for name, number in parts])
            active += currents + spikes
        rows = np.unique(np.concatenate([part for drive in drives for part in (drive[0], drive[2])]))
        inputs = np.zeros((len(drives), model.network.steps, len(rows)), dtype=np.float32)
        for event, (current_rows, values, spike_rows, steps) in zip(inputs, drives, strict=True):
            event[:, np.searchsorted(rows, current_rows)] += values
            for row, step in zip(np.searchsorted(rows, spike_rows), steps, strict=True):
                event[step, row] += 1.0
        return _Drive(torch.from_numpy(rows).to(self._device), torch.from_numpy(inputs).to(self._device), active)

    def _views(self, stored: Tensor) -> dict[str, Tensor]:
        """The rows in use of every block of a buffer of the parameters' shape, by name."""
        counters = self._model.counters
        used = {"input": int(counters[m.ROWS]), "readout": int(counters[m.CLASSES])}
        views = {}
        for name, block in self._model.layout.blocks():
            view = stored[block.offset : block.offset + block.size].view(block.rows, block.columns)
            views[name] = view[:, : used["readout"]] if name == "readout_bias" else view[: used.get(name, block.rows)]
        return views

    def _weights(self, rows: Tensor) -> dict[str, Tensor]:
        views = self._views(self._stored["params"])
        return {**views, "input": views["input"][rows]}

    def _predict(self, events: Sequence[int]) -> None:
        model = self._model
        stride = int(model.table[m.OUTPUT_STRIDE])
        known = min(int(model.counters[m.CLASSES]), stride)
        output = _read(model, m.OUTPUT, stride * (events[-1] + 1), np.float64).reshape(events[-1] + 1, stride)
        drive = self._drive(events)
        with torch.no_grad():
            logits, spikes = run_network(drive.inputs, self._weights(drive.rows), model.network)
        output[events, :known] = logits.double().softmax(dim=1)[:, :known].cpu().numpy()
        self._leave_traces(spikes)

    def _leave_traces(self, spikes: list[Tensor]) -> None:
        """Leave the last event's spikes where `general.spike_raster` finds them, as distances from the threshold."""
        traces = self._model.buffers["traces"]
        for raster, place in zip(spikes, general.voltage_places(self._model.network), strict=True):
            traces[place] = raster[-1].detach().cpu().numpy().reshape(-1) - 0.5

    # --- learning ----------------------------------------------------------------------------------------------------

    def _gather(self, events: Sequence[int], labels: m.Int64s, weights: m.Float64s) -> None:
        """Add the gradient of these events to what is gathered, in one pass forward and backward."""
        model, drive = self._model, self._drive(events)
        parameters = {name: tensor.clone().requires_grad_() for name, tensor in self._weights(drive.rows).items()}
        logits, spikes = run_network(drive.inputs, parameters, model.network, model.learning.truncation)
        importance = weights[events] * model.buffers["class_weights"][labels[events]]
        targets = torch.from_numpy(labels[events]).to(self._device)
        # In float64: near certainty, float32 would lose the error.
        losses = cross_entropy(logits.double(), targets, reduction="none")
        loss = (torch.from_numpy(importance).to(losses) * losses).sum() + irregularity(spikes, model.learning)
        found = torch.autograd.grad(loss, list(parameters.values()))
        gathered = self._views(self._stored["gradient"])
        for name, gradient in zip(parameters, found, strict=True):
            if name == "input":
                gathered[name].index_add_(0, drive.rows, gradient)
            else:
                gathered[name].add_(gradient)
        self._touch(drive.rows.cpu().numpy())
        model.table[m.GATHERED] += len(events)
        model.table[m.GATHERED_ACTIVE] += drive.active
        self._leave_traces(spikes)

    def _touch(self, rows: m.Int64s) -> None:
        """Put input rows on the list of those that have a gradient."""
        table, (listed, marks) = self._model.table, self._model.buffers["touched"].reshape(2, -1)
        fresh = rows[marks[rows] == 0]
        marks[fresh] = 1
        listed[table[m.TOUCHED_COUNT] : table[m.TOUCHED_COUNT] + len(fresh)] = fresh
        table[m.TOUCHED_COUNT] += len(fresh)

    def _step(self) -> None:
        """Descend on the mean of the gathered gradients, clipped, and clear them; what is not finite is refused."""
        model, settings, events = self._model, self._model.learning, int(self._model.table[m.GATHERED])
        if events == 0:
            return
        rows = torch.from_numpy(model.buffers["touched"][: model.table[m.TOUCHED_COUNT]]).to(self._device)
        gathered = self._views(self._stored["gradient"])
        gradients = {**gathered, "input": gathered["input"][rows]}
        squares = float(sum((gradient**2).sum() for gradient in gradients.values()))
        finite = np.isfinite(squares)
        if finite:
            norm, factor = squares**0.5 / events, 1 / events
            if settings.clip_norm is not None and norm > settings.clip_norm:
                factor *= settings.clip_norm / norm
            active = model.table[m.GATHERED_ACTIVE] / events
            rate = step_size(settings, float(active), int(model.counters[m.UPDATES]))
            for name, gradient in gradients.items():
                self._descend(name, factor * gradient, rate, rows if name == "input" else slice(None))
        model.counters[m.UPDATES if finite else m.REFUSED_UPDATES] += 1
        self._stored["gradient"].zero_()
        model.clear_gradient()

    def _descend(self, name: str, gradient: Tensor, rate: float, rows: Tensor | slice) -> None:
        """One step of the rows of a block."""
        weights = self._views(self._stored["params"])[name]
        copies = self._stored["optimiser"].view(-1, self._model.layout.size)
        states = [self._views(copy)[name] for copy in copies]
        state = torch.stack([copy[rows] for copy in states])
        weights[rows], state = descended(weights[rows], state, gradient, rate, self._model.learning)
        for copy, part in zip(states, state, strict=True):
            copy[rows] = part


def irregularity(spikes: Sequence[Tensor], settings: LearningSettings) -> Tensor:
    """The activity regularisers, summed over layers and events; each layer's spikes as ``(events, steps, units)``.

    Examples
    --------
    >>> settings = LearningSettings(lower_rate=0.5, lower_strength=2.0)
    >>> irregularity([torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])], settings)
    tensor(0.2500)
    """
    total = torch.zeros((), device=spikes[0].device)
    for layer in spikes:
        rates = layer.mean(dim=1)
        too_low, too_high = (settings.lower_rate - rates).clamp(min=0), (rates - settings.upper_rate).clamp(min=0)
        total = total + settings.lower_strength * (too_low**2).mean(dim=1).sum()
        total = total + settings.upper_strength * (too_high**2).mean(dim=1).sum()
    return total


def _read(model: Model, place: int, length: int, dtype: type[np.generic]) -> npt.NDArray[Any]:
    """What lies at an address in the model's table; a view."""
    size = length * np.dtype(dtype).itemsize
    if size == 0:
        return np.zeros(0, dtype=dtype)
    memory = memoryview((ctypes.c_char * size).from_address(int(model.table[place])))
    return np.frombuffer(memory, dtype=dtype)


def _width(model: Model, event: int) -> int:
    """Slots of an event."""
    if model.table[m.EVENT_STARTS] == 0:
        return int(model.table[m.EVENT_WIDTH])
    starts = _read(model, m.EVENT_STARTS, event + 2, np.int64)
    return int(starts[event + 1] - starts[event])
