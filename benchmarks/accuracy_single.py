"""Prequential accuracy of one network with defaults on every stream, over several seeds, against what is promised."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import STREAMS, MissingStream, Table, default_rows, load, one_core, parser, progress, publish, stopwatch

from streamsnn import SpikingClassifier

DESCRIPTION = "Print and store the prequential accuracy of SpikingClassifier() on real streams, seeds 1 to 5."
EPILOG = """\
Every event is predicted by the model that has learned all before it. Defaults on every stream: nothing is tuned. The
first 20,000 events of each, Electricity whole (--quick: 3,000, which says nothing about the targets). 'no change'
predicts the label before.

examples:
  python benchmarks/accuracy_single.py
  python benchmarks/accuracy_single.py --quick --streams electricity outdoor
"""
TARGETS = {
    "electricity": 0.925,
    "outdoor": 0.90,
    "keystroke": 0.94,
    "insects": 0.80,
    "nomao": 0.985,
    "spam_6213": 0.94,
    "phishing_11055": 0.94,
}
COLUMNS = ("stream", "events", "mean", "lowest", "highest", "no change", "us/event", "target", "met")


def hits(model: Any, probabilities: Any, y: Any) -> np.ndarray[Any, Any]:
    """Which events were predicted rightly before they were learned; one predicted before any label is known is not."""
    number = {label: k for k, label in enumerate(model.labels)}
    truth = np.array([number[label] for label in y.tolist()])
    return (probabilities.argmax(axis=1) == truth) & (probabilities.max(axis=1) > 0)


def accuracy(seed: int, X: Any, y: Any) -> float:
    """Prequential accuracy of one network."""
    model = SpikingClassifier(seed=seed)
    return float(hits(model, model.predict_learn_many(X, y), y).mean())


def add_stream(
    table: Table, folder: Path, name: str, rows: int | None, seeds: Sequence[int], target: float | None
) -> None:
    X, y = load(folder, name, rows)
    scores: list[float] = []
    seconds = [stopwatch(lambda seed=seed: scores.append(accuracy(seed, X, y))) for seed in seeds]
    mean = statistics.mean(scores)
    cells = [f"{value:.4f}" for value in (mean, min(scores), max(scores), float(np.mean(y[1:] == y[:-1])))]
    cost = f"{1e6 * min(seconds) / len(X):.2f}"
    judgement: tuple[Any, Any] = ("", "") if target is None else (f">= {target}", mean >= target)
    table.add(name, len(X), *cells, cost, *judgement)


def main(arguments: Sequence[str] | None = None) -> None:
    line = parser(DESCRIPTION, EPILOG)
    line.add_argument("--streams", nargs="+", choices=STREAMS, default=list(STREAMS), help="only these")
    line.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    chosen = line.parse_args(arguments)
    seeds = chosen.seeds[:2] if chosen.quick else chosen.seeds
    table = Table(f"Prequential accuracy of one network, defaults, seeds {', '.join(map(str, seeds))}", COLUMNS)
    with one_core(), progress(len(chosen.streams), "running") as done:
        for name in chosen.streams:
            try:
                target = None if chosen.quick else TARGETS.get(name)
                add_stream(table, chosen.data, name, default_rows(name, chosen.quick), seeds, target)
            except MissingStream as missing:
                table.notes.append(f"missing: {missing}")
            done(name)
    publish("accuracy_single", [table], chosen.results, quick=chosen.quick, seeds=seeds)


if __name__ == "__main__":
    main()
