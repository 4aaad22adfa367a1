"""Read-only views of what a model is and what its last event did."""

from __future__ import annotations

import sys

import numpy as np

from . import memory as m
from .features import ClassIndex, FeatureIndex
from .learning.model import Model
from .network import general


def spike_rates(model: Model) -> list[float]:
    """Share of units times steps with a spike, for each hidden layer, in the last event; shape ``(layers,)``."""
    counts = general.spike_counts(model.network, model.buffers["traces"])
    return [float(count.sum()) / (len(count) * model.network.steps) for count in counts]


def synaptic_operations(model: Model) -> int:
    """Additions of a weight in the last event's forward pass.

    A static current counts once, since it is computed once; a spike counts each of its outgoing weights.
    """
    inputs = int(model.table[m.CURRENT_COUNT] + model.table[m.SPIKE_COUNT]) * model.network.hidden[0]
    counts = general.spike_counts(model.network, model.buffers["traces"])
    fan_out = [*model.network.hidden[1:], int(model.counters[m.CLASSES])]
    hidden = 0
    for layer, count in enumerate(counts):
        recurrent = model.network.hidden[layer] if model.network.recurrent else 0
        hidden += int(count.sum()) * (fan_out[layer] + recurrent)
    return inputs + hidden


def ignored(model: Model, features: FeatureIndex) -> dict[str, int]:
    """Counts of what was left out, by name."""
    return {
        "features": features.ignored_features,
        "categories": features.ignored_categories,
        "updates": int(model.counters[m.REFUSED_UPDATES]),
    }


def index_bytes(features: FeatureIndex, classes: ClassIndex) -> int:
    """Bytes of the dictionaries from names to numbers, names included."""
    tables = (features.numeric, features.categorical, classes.number)
    return sum(sys.getsizeof(table) + sum(map(sys.getsizeof, table)) for table in tables)


def debug(model: Model, features: FeatureIndex, probabilities: dict[object, float]) -> str:
    """The event whose traces are in memory, as text: its drive, a raster of the spikes of each layer, probabilities."""
    table, buffers, network = model.table, model.buffers, model.network
    currents, spikes = int(table[m.CURRENT_COUNT]), int(table[m.SPIKE_COUNT])
    lines = [f"{len(features)} input slots known, {int(model.counters[m.CLOCK])} events learned"]
    lines.append(f"drive: {currents} currents (the bias among them), {spikes} spikes")
    steps = buffers["spike_steps"][:spikes]
    lines.append("input spikes at each step: " + " ".join(str(n) for n in np.bincount(steps, minlength=network.steps)))
    for layer, raster in enumerate(general.spike_raster(network, buffers["traces"])):
        lines.append(f"hidden layer {layer}: {raster.mean():.1%} of units spike at a step")
        for step, row in enumerate(raster):
            lines.append(f"  step {step:>3}  " + "".join("|" if spike else "." for spike in row))
    lines += [f"P({label!r}) = {p:.4f}" for label, p in probabilities.items()]
    return "\n".join(lines)
