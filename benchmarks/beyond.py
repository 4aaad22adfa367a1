"""Streams beyond the arena's: other generators, concepts and sets; drawn anew with another seed."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, parser
from river.datasets import synth
from sklearn import datasets as sets

DESCRIPTION = "Write 29 streams as CSV, and run 'streamsnn compare' on them."
EPILOG = """\
No setting was chosen by how a single one of these did; that neurons remember longer and look at relevant features was
judged by the mean of them and of the arena's, at seed 0 (how long: also at seed 100). With another --seed the streams
are others. Takes about an hour with MOA's forests of 100 trees; Ctrl-C and the same command go on where it ended.

examples:
  python benchmarks/beyond.py
  python benchmarks/beyond.py --seed 7 --results beyond_seven
  python benchmarks/beyond.py --quick
"""
ROWS = 10_000
MODELS = "adaptive,adaptive-small,lr,knn,amf,capymoa-arf-100,capymoa-sam-knn-scaled,capymoa-srp-100"
QUICK_MODELS = "adaptive,adaptive-small,lr,knn"

Event = tuple[dict[Any, Any], Any]
Rng = np.random.Generator


def sines(rng: Rng, rows: int) -> Iterator[Event]:
    """Four features, of which two matter; four concepts take turns."""
    for k in range(rows):
        x = rng.random(4)
        low, high = np.sin(x[0]), 0.5 + 0.3 * np.sin(3 * np.pi * x[0])
        yield dict(enumerate(x)), int((x[1] < low, x[1] < high, x[1] >= low, x[1] >= high)[k // 2500 % 4])


def chessboard(rng: Rng, rows: int, transient: bool) -> Iterator[Event]:
    """A board of four by four that turns; or that is seen one square at a time, and as a whole in between."""
    for k in range(rows):
        row, column = divmod(k // 500 % 16, 4)
        x = (
            rng.random(2)
            if not transient or k // 500 % 2
            else np.array([row + rng.random(), column + rng.random()]) / 4
        )
        angle, (a, b) = 0 if transient else k / rows * np.pi, x - 0.5
        turned = np.array([np.cos(angle) * a - np.sin(angle) * b, np.sin(angle) * a + np.cos(angle) * b]) + 10
        yield dict(enumerate(x)), int((np.floor(turned[0] * 4) + np.floor(turned[1] * 4)) % 2)


def moving_squares(rng: Rng, rows: int) -> Iterator[Event]:
    """Four classes side by side, that go to and fro within 240 events."""
    for k in range(rows):
        label, way = int(rng.integers(4)), k % 240 / 120
        way = way if way < 1 else 2 - way
        yield {0: rng.random() * 0.1 + label * 0.15 + way * 0.6, 1: rng.random() * 0.5}, label


def swapping_spots(rng: Rng, rows: int) -> Iterator[Event]:
    """Fifteen spots, of which two exchange their labels every thousand events."""
    places, labels = rng.random((15, 2)), np.arange(15) % 5
    for k in range(rows):
        if k % 1000 == 999:
            a, b = rng.choice(15, 2, False)
            labels[[a, b]] = labels[[b, a]]
        spot = int(rng.integers(15))
        yield dict(enumerate(places[spot] + rng.normal(size=2) * 0.04)), int(labels[spot])


def moving_blobs(rng: Rng, rows: int) -> Iterator[Event]:
    """Eight classes in twelve dimensions, that drift, and turn every 2,500 events."""
    places, speed = rng.normal(size=(8, 12)), rng.normal(size=(8, 12)) * 0.0006
    for k in range(rows):
        places += speed
        if k % 2500 == 0:
            speed = rng.normal(size=(8, 12)) * 0.0006
        label = int(rng.integers(8))
        yield dict(enumerate(places[label] + rng.normal(size=12) * 0.8)), label


def counted_words(rng: Rng, rows: int) -> Iterator[Event]:
    """Texts of eight words out of sixty, on three topics that exchange their labels half-way."""
    topics = rng.dirichlet(np.ones(60) * 0.3, 3)
    for k in range(rows):
        if k == 5000:
            topics = topics[[1, 2, 0]]
        label = int(rng.integers(3))
        yield dict(enumerate(rng.multinomial(8, topics[label]).tolist())), label


def rare_events(rng: Rng, rows: int) -> Iterator[Event]:
    """A weighted sum with an interaction, above a high threshold; the weights jump half-way."""
    weights = rng.normal(size=8)
    for k in range(rows):
        if k == 5000:
            weights = weights + rng.normal(size=8) * 0.7
        x = rng.normal(size=8)
        yield dict(enumerate(x)), int(x @ weights + 0.5 * x[0] * x[1] + rng.normal() * 0.5 > 4.2)


def parity(rng: Rng, rows: int) -> Iterator[Event]:
    """The parity of three of ten bits, of others from half-way on; one label in twenty is wrong."""
    for k in range(rows):
        x = rng.integers(0, 2, size=10)
        y = int(x[[0, 1, 2] if k < 5000 else [3, 4, 5]].sum() % 2)
        yield dict(enumerate(x.tolist())), int(y ^ (rng.random() < 0.05))


def heavy_tails(rng: Rng, rows: int) -> Iterator[Event]:
    """Log-normal values, of whose logarithms two are multiplied."""
    for _ in range(rows):
        x = np.exp(rng.normal(size=6) * 2)
        yield dict(enumerate(x)), int(np.log(x[0]) * np.log(x[1]) + np.log(x[2]) > 0)


def seasons(rng: Rng, rows: int) -> Iterator[Event]:
    """Hour and day of a week, that decide which way one of five values counts."""
    for k in range(rows):
        hour, x = k % 168, rng.normal(size=5)
        y = x[0] + np.sin(2 * np.pi * hour / 168) * 2 * x[1] + 0.3 * rng.normal() > 0
        yield {0: hour % 24, 1: hour // 24, **{i + 2: value for i, value in enumerate(x)}}, int(y)


def shuffled(data: Any, rng: Rng) -> Iterator[Event]:
    """One of scikit-learn's small sets, in random order."""
    for i in rng.permutation(len(data.target)):
        yield dict(enumerate(data.data[i].tolist())), int(data.target[i])


def made(seed: int, rows: int) -> Iterator[Event]:
    """scikit-learn's clusters on a hypercube: eight of fifteen features matter, in four classes."""
    X, y = sets.make_classification(
        rows, n_features=15, n_informative=8, n_redundant=3, n_classes=4, flip_y=0.03, random_state=seed
    )
    for x, label in zip(X, y, strict=True):
        yield dict(enumerate(x)), int(label)


def streams(seed: int, rows: int) -> dict[str, Callable[[], Iterator[Event]]]:
    """All of them by name; each is made when it is called."""

    def rng(number: int) -> Rng:
        return np.random.default_rng(number + seed)

    drifting = {"n_classes": 10, "n_features": 30, "n_centroids": 50, "change_speed": 0.0005, "n_drift_centroids": 25}
    words = {"n_classes": 4, "n_num_features": 3, "n_cat_features": 5, "n_categories_per_feature": 4}
    turning = {"n_features": 20, "n_drift_features": 10, "mag_change": 0.01, "noise_percentage": 0.1}
    return {
        "waveform": lambda: synth.Waveform(seed=7 + seed, has_noise=True),
        "led_drift7": lambda: synth.LEDDrift(
            seed=7 + seed, noise_percentage=0.1, irrelevant_features=True, n_drift_features=7
        ),
        "sea3": lambda: synth.SEA(variant=3, noise=0.1, seed=77 + seed),
        "agrawal5p": lambda: synth.Agrawal(classification_function=5, perturbation=0.05, seed=5 + seed),
        "agrawal7": lambda: synth.Agrawal(
            classification_function=7, perturbation=0.05, seed=8 + seed, balance_classes=True
        ),
        "rbf10": lambda: synth.RandomRBFDrift(seed_model=11 + seed, seed_sample=12 + seed, **drifting),
        "rbf_static": lambda: synth.RandomRBF(
            seed_model=3 + seed, seed_sample=4 + seed, n_classes=5, n_features=10, n_centroids=100
        ),
        "tree_cat": lambda: synth.RandomTree(seed_tree=5 + seed, seed_sample=6 + seed, **words),
        "hyper20": lambda: synth.Hyperplane(seed=9 + seed, **turning),
        "anomaly": lambda: synth.AnomalySine(
            seed=4 + seed, n_samples=rows, n_anomalies=rows // 25 * 2, contextual=True
        ),
        "mixed_noise": lambda: synth.Mixed(seed=8 + seed),
        "sine4": lambda: sines(rng(4), rows),
        "chess_rot": lambda: chessboard(rng(2), rows, transient=False),
        "chess_transient": lambda: chessboard(rng(2), rows, transient=True),
        "squares": lambda: moving_squares(rng(3), rows),
        "rbf_swap": lambda: swapping_spots(rng(5), rows),
        "blobs": lambda: moving_blobs(rng(6), rows),
        "counts60": lambda: counted_words(rng(7), rows),
        "imbalanced": lambda: rare_events(rng(8), rows),
        "parity3": lambda: parity(rng(9), rows),
        "lognormal": lambda: heavy_tails(rng(10), rows),
        "seasonal": lambda: seasons(rng(11), rows),
        "digits": lambda: shuffled(sets.load_digits(), rng(1)),
        "cancer": lambda: shuffled(sets.load_breast_cancer(), rng(1)),
        "wine": lambda: shuffled(sets.load_wine(), rng(1)),
        "iris": lambda: shuffled(sets.load_iris(), rng(1)),
        **{f"made{i}": lambda i=i: made(20 + i + seed, rows) for i in range(3)},
    }


def write(path: Path, events: Iterator[Event], rows: int) -> None:
    """As a CSV with the features in order and the label last."""
    some = list(islice(events, rows))
    keys = sorted(some[0][0], key=str)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*(f"f{i}" for i in range(len(keys))), "label"])
        for x, y in some:
            values = [repr(float(x[key])) if isinstance(x[key], float) else x[key] for key in keys]
            table.writerow([*values, y if isinstance(y, str) else f"c{int(y)}"])


def main() -> None:
    options = parser(DESCRIPTION, EPILOG)
    options.set_defaults(results=None)
    options.add_argument("--seed", type=int, default=0, help="others draw other streams (default: 0)")
    options.add_argument("--jobs", type=int, default=1, help="processes at a time (default: 1)")
    given = options.parse_args()
    rows = 2_000 if given.quick else ROWS
    results = given.results or RESULTS / ("beyond_quick" if given.quick else "beyond")
    with tempfile.TemporaryDirectory() as name:
        paths = []
        for stream, make in streams(given.seed, rows).items():
            paths.append(Path(name) / f"{stream}.csv")
            write(paths[-1], make(), rows)
        command = [sys.executable, "-m", "streamsnn", "compare", *(path.name for path in sorted(paths))]
        command += ["--models", QUICK_MODELS if given.quick else MODELS, "--jobs", str(given.jobs)]
        sys.exit(subprocess.run([*command, "--out", str(results.resolve())], cwd=name, check=False).returncode)


if __name__ == "__main__":
    main()
