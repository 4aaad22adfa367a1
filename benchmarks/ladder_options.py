"""What each option of the ladder does to accuracy, on real and synthetic streams."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import STREAMS, Table, default_rows, load, parser, progress, publish

from streamsnn import AdaptiveSpikingClassifier
from streamsnn.evaluation.arena.field import Source, read
from streamsnn.evaluation.arena.recovery import recovery_times

DESCRIPTION = "Print and store the prequential accuracy of AdaptiveSpikingClassifier with each of its options."
EPILOG = """\
Seed 1, the first 20,000 events of each stream, Electricity whole (--quick: 3,000). Recovery is the mean number of
events after a marked drift until accuracy over 200 events is back at 95 % of the model's plateau before the next one.
Recurring streams go on 20,000 events; there only the drifts back to a concept that was there before are counted.

examples:
  python benchmarks/ladder_options.py
  python benchmarks/ladder_options.py --quick
"""
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "small": {"size": "small"},
    "large": {"size": "large"},
    "no memory": {"memory": 0},
    "label history": {"label_history": True},
    "class weighting": {"class_weighting": "prior"},
    "reset optimiser": {"reaction": "reset_optimiser"},
    "raise rate": {"reaction": "raise_rate"},
    "reopen mixture": {"reaction": "reopen_mixture"},
    "replace worst": {"reaction": "replace_worst"},
    "recall": {"recall": 8},
    "never forgets": {"forget_at_drift": False},
    "relu": {"neuron": "relu"},
}
REAL = (
    "electricity",
    "insects",
    "rialto",
    "outdoor",
    "keystroke",
    "hmp_wrist",
    "occupancy",
    "kdd99",
    "gas_drift",
    "ozone",
)
MADE = ("sea_abrupt", "agrawal_abrupt", "sine_abrupt", "mixed_recurring", "stagger", "rbf_fast")
RECURRING = {"mixed_recurring": 2, "sine_recurring": 2, "sea_recurring": 2, "agrawal_recurring": 3}  # and its concepts
SOON = 100  # events after a recurrence
ORDERED = ("default", "relu", "label history")


def stream(folder: Path, name: str, quick: bool) -> tuple[Any, Any, tuple[int, ...]]:
    """Features, labels, drifts."""
    if name in STREAMS:
        return *load(folder, name, default_rows(name, quick)), ()
    field = read(Source(name, name, 6_000 if quick else 20_000))
    return field.X, field.y, tuple(field.drifts)


def hits(model: AdaptiveSpikingClassifier, X: Any, y: Any) -> np.ndarray[Any, Any]:
    """Whether each event was predicted rightly, before it was learned."""
    answers = model.predict_learn_many(X, y)
    number = {label: k for k, label in enumerate(model.labels)}
    truth = np.array([number[label] for label in y.tolist()])
    return np.asarray((answers.argmax(axis=1) == truth) & (answers.max(axis=1) > 0))


def recurrences(quick: bool) -> Table:
    """What recall does where concepts come back."""
    table = Table(
        "recurring concepts, without recall and with it",
        ("stream", "accuracy", "with", f"errors in {SOON} events after a recurrence", "with", "recovery", "with"),
    )
    for name, concepts in RECURRING.items():
        field = read(Source(name, name, 10_000 if quick else 20_000))
        row = []
        for settings in ({}, OPTIONS["recall"]):
            hit = hits(AdaptiveSpikingClassifier(seed=1, **settings), field.X, field.y)
            back = list(field.drifts)[concepts - 1 :]
            wrong = statistics.mean(float(SOON - hit[drift : drift + SOON].sum()) for drift in back)
            row.append((f"{hit.mean():.4f}", f"{wrong:.1f}", f"{statistics.mean(recovery_times(hit, back)):.0f}"))
        table.add(name, *(cell for pair in zip(*row, strict=True) for cell in pair))
    return table


def orders(folder: Path, quick: bool) -> Table:
    """Accuracy on powersupply, whose labels are the hours of the day, with its events in other orders."""
    table = Table("powersupply: what is in the order of the labels", ("order", *ORDERED))
    X, y, _ = stream(folder, "powersupply", quick)
    rng, day = np.random.default_rng(0), 24
    days = [first + rng.permutation(min(day, len(y) - first)) for first in range(0, len(y), day)]
    for order, at in (
        ("as it is", np.arange(len(y))),
        ("the hours of each day shuffled", np.concatenate(days)),
        ("all shuffled", rng.permutation(len(y))),
    ):
        found = [hits(AdaptiveSpikingClassifier(seed=1, **OPTIONS[option]), X[at], y[at]).mean() for option in ORDERED]
        table.add(order, *(f"{share:.4f}" for share in found))
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = parser(DESCRIPTION, EPILOG).parse_args(arguments)
    names = (*REAL, *MADE)
    table = Table("accuracy with each option (spike rate of the default last)", ("option", *names, "mean"))
    recall = Table("balanced accuracy: mean recall of the labels", ("option", *names))
    recovered = Table("events until recovered", ("option", *(name for name in MADE if name != "rbf_fast")))
    streams = {name: stream(chosen.data, name, chosen.quick) for name in names}
    AdaptiveSpikingClassifier(seed=1).predict_learn_many([{"x": 1.0}, {"x": 0.0}], [0, 1])
    with progress(len(OPTIONS), "running") as advance:
        for option, settings in OPTIONS.items():
            advance(option)
            accuracies, recalls, times, rates = [], [], [], []
            for X, y, drifts in streams.values():
                model = AdaptiveSpikingClassifier(seed=1, **settings)
                hit = hits(model, X, y)
                accuracies.append(float(hit.mean()))
                recalls.append(statistics.mean(float(hit[y == label].mean()) for label in model.labels))
                rates.append(float(np.mean(model.spike_rates)))
                if drifts:
                    found = recovery_times(hit, drifts)
                    times.append(f"{statistics.mean(found):.0f}" if found else "")
            table.add(option, *(f"{a:.4f}" for a in accuracies), f"{statistics.mean(accuracies):.4f}")
            recall.add(option, *(f"{a:.3f}" for a in recalls))
            recovered.add(option, *times)
            if option == "default":
                spiking = [f"{100 * rate:.0f} %" for rate in rates]
    table.add("spikes", *spiking, "")
    tables = [table, recall, recovered, recurrences(chosen.quick), orders(chosen.data, chosen.quick)]
    publish("ladder_options", tables, chosen.results, quick=chosen.quick)


if __name__ == "__main__":
    main()
