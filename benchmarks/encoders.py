"""Single networks with every encoder, on every stream that keeps its order."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from accuracy_single import hits
from common import STREAMS, MissingStream, Table, default_rows, load, one_core, parser, progress, publish

from streamsnn import SpikingClassifier
from streamsnn.encoding import (
    CurrentEncoder,
    DeltaEncoder,
    Encoder,
    LatencyEncoder,
    PopulationEncoder,
    RateEncoder,
    default_encoder,
)

DESCRIPTION = (
    "Print and store the tables of single networks with every encoder on every stream: accuracy, cost, sparsity."
)
EPILOG = """\
Settings are the defaults but for the encoder. The first 20,000 events of each stream, Electricity whole; seed 1.
Spike rate: share of hidden units times steps with a spike. Active inputs: currents and spikes that reach the network in
an event. Both are means over samples taken after every hundredth event.

examples:
  python benchmarks/encoders.py
  python benchmarks/encoders.py --quick --encoders default current
"""
ENCODERS: dict[str, Encoder] = {
    "default": default_encoder(),
    "current": CurrentEncoder(),
    "triangular latency": PopulationEncoder(),
    "gaussian latency": PopulationEncoder(shape="gaussian"),
    "triangular current": PopulationEncoder(code="current"),
    "gaussian current": PopulationEncoder(shape="gaussian", code="current"),
    "gaussian latency + current": PopulationEncoder(shape="gaussian") + CurrentEncoder(strength=0.5),
    "latency": LatencyEncoder(),
    "latency + current": LatencyEncoder() + CurrentEncoder(strength=0.5),
    "rate": RateEncoder(),
    "delta": DeltaEncoder(),
    "delta + current": DeltaEncoder() + CurrentEncoder(strength=0.5),
}
CHUNK = 100


@dataclass(frozen=True)
class Outcome:
    """What one network did on one stream."""

    accuracy: float
    microseconds: float
    spike_rate: float
    active_inputs: float


def outcome(encoder: Encoder, X: Any, y: Any) -> Outcome:
    model = SpikingClassifier(encoder=encoder, seed=1)
    right, seconds, rates, active = [], 0.0, [], []
    for begin in range(0, len(X), CHUNK):
        rows, labels = X[begin : begin + CHUNK], y[begin : begin + CHUNK]
        started = time.perf_counter()
        probabilities = model.predict_learn_many(rows, labels)
        seconds += time.perf_counter() - started
        right.append(hits(model, probabilities, labels))
        rates.append(model.spike_rates[0])
        active.append(active_inputs(model))
    accuracy = float(np.concatenate(right).mean())
    return Outcome(accuracy, 1e6 * seconds / len(X), statistics.mean(rates), statistics.mean(active))


def active_inputs(model: SpikingClassifier) -> float:
    """Currents and spikes of the last event: its synaptic operations without those of the hidden spikes."""
    (units,) = model.hidden
    hidden_spikes = round(model.spike_rates[0] * units * model.steps)
    return (model.synaptic_operations - hidden_spikes * len(model.labels)) / units


def tables(outcomes: dict[tuple[str, str], Outcome], streams: Sequence[str], encoders: Sequence[str]) -> list[Table]:
    """One table for each quantity, streams down, encoders across, their means at the bottom."""
    wanted = {
        "Prequential accuracy": ("accuracy", ".4f"),
        "Microseconds an event (predict and learn)": ("microseconds", ".2f"),
        "Spike rate of the hidden layer": ("spike_rate", ".3f"),
        "Active inputs an event": ("active_inputs", ".1f"),
    }
    made = []
    for title, (name, form) in wanted.items():
        table = Table(f"{title}, one network, defaults but for the encoder", ("stream", *encoders))
        columns: dict[str, list[float]] = {
            encoder: [getattr(outcomes[stream, encoder], name) for stream in streams] for encoder in encoders
        }
        for k, stream in enumerate(streams):
            table.add(stream, *(format(columns[encoder][k], form) for encoder in encoders))
        if streams:
            table.add("mean", *(format(statistics.mean(columns[encoder]), form) for encoder in encoders))
        made.append(table)
    return made


def run_stream(folder: Path, stream: str, rows: int | None, encoders: Sequence[str]) -> dict[tuple[str, str], Outcome]:
    X, y = load(folder, stream, rows)
    return {(stream, name): outcome(ENCODERS[name], X, y) for name in encoders}


def main(arguments: Sequence[str] | None = None) -> None:
    line = parser(DESCRIPTION, EPILOG)
    line.add_argument(
        "--streams", nargs="+", choices=STREAMS, default=list(STREAMS), metavar="STREAM", help="only these"
    )
    line.add_argument(
        "--encoders", nargs="+", choices=ENCODERS, default=list(ENCODERS), metavar="ENCODER", help="only these"
    )
    chosen = line.parse_args(arguments)
    outcomes: dict[tuple[str, str], Outcome] = {}
    missing: list[str] = []
    with one_core(), progress(len(chosen.streams), "running") as done:
        for stream in chosen.streams:
            try:
                outcomes |= run_stream(chosen.data, stream, default_rows(stream, chosen.quick), chosen.encoders)
            except MissingStream as reason:
                missing.append(f"missing: {reason}")
            done(stream)
    made = tables(
        outcomes, [name for name in chosen.streams if (name, chosen.encoders[0]) in outcomes], chosen.encoders
    )
    made[0].notes += missing
    publish("encoders", made, chosen.results, quick=chosen.quick, seed=1)


if __name__ == "__main__":
    main()
