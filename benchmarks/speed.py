"""The ratios of speed that streamsnn promises, each pair measured in one run."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import (
    MissingStream,
    Run,
    Table,
    Timing,
    as_events,
    blas_kernels,
    gaussian_stream,
    interleaved,
    load,
    one_core,
    paired_ratio,
    parser,
    progress,
    publish,
    stopwatch,
)
from opponents import RIVER, snntorch_network

import streamsnn
from streamsnn import SpikingClassifier
from streamsnn.encoding import CurrentEncoder

DESCRIPTION = "Print and store the table of the ratios of speed, each pair measured in one run on one core."
EPILOG = """\
Two contestants of a row run in turn, several times over: the same events, one after the other, each predicted and then
learned. A row gives the best and the median time of an event, and the median over the repeats of the ratio within a
repeat, which a busy machine disturbs least. Times are microseconds. Nothing else should run meanwhile.

examples:
  python benchmarks/speed.py                   every row, some minutes
  python benchmarks/speed.py --quick           the same with fewer events and repeats
  python benchmarks/speed.py --only snntorch peak
"""
COLUMNS = ("pair", "ours best", "median", "against best", "median", "ratio", "target", "met")

BLOCK = 16  # events made ready at a time
INPUTS, HIDDEN, CLASSES, STEPS, RATE = 30, 64, 2, 10, 0.003


class Size:
    """How long to measure: full, or a first impression."""

    def __init__(self, quick: bool, data: Path) -> None:
        self.data = data
        self.repeats = 3 if quick else 7
        self.events = 5_000 if quick else 20_000  # of a fast contestant
        self.slow_events = 300 if quick else 1_000  # of a slow one (snnTorch, forests)
        self.known = 10_000 if quick else 100_000  # inputs


# --- rows of the table ------------------------------------------------------------------------------------------------


def cheaper(table: Table, pair: str, ours: Timing, other: Timing, target: float | None) -> None:
    """A row whose target is: at least so many times cheaper than the other."""
    ratio = paired_ratio(other, ours)
    _row(table, pair, ours, other, f"{ratio:.3g}x cheaper", target and f">= {target:g}x", target and ratio >= target)


def no_dearer(table: Table, pair: str, ours: Timing, other: Timing, target: float | None) -> None:
    """A row whose target is: at most so many times dearer than the other."""
    ratio = paired_ratio(ours, other)
    _row(table, pair, ours, other, f"{ratio:.2f}x as dear", target and f"<= {target:g}x", target and ratio <= target)


def _row(table: Table, pair: str, ours: Timing, other: Timing, ratio: str, target: Any, met: Any) -> None:
    numbers = (f"{number:.2f}" for number in (ours.best, ours.median, other.best, other.median))
    table.add(pair, *numbers, ratio, target or "", "" if met is None else met)


# --- contestants ------------------------------------------------------------------------------------------------------


def one_by_one(make: Callable[[], Any], events: Sequence[tuple[Any, Any]]) -> Run:
    """A fresh River classifier predicts and learns every event.

    Each dict is copied shortly before its turn, as it would come fresh from a reader: in the cache, not in main memory.
    """

    def run() -> tuple[int, float]:
        model = make()
        predict, learn = model.predict_proba_one, model.learn_one
        seconds = 0.0
        for begin in range(0, len(events), BLOCK):
            block = [(x.copy(), y) for x, y in events[begin : begin + BLOCK]]
            started = time.perf_counter()
            for x, y in block:
                predict(x)
                learn(x, y)
            seconds += time.perf_counter() - started
        return len(events), seconds

    return run


def in_one_call(make: Callable[[], SpikingClassifier], X: Any, y: Any) -> Run:
    """A fresh model predicts and learns every event in one compiled call."""

    def run() -> tuple[int, float]:
        model = make()
        return len(X), stopwatch(lambda: model.predict_learn_many(X, y))

    return run


def going_on(model: SpikingClassifier, events: Sequence[tuple[Any, Any]]) -> Run:
    """The same model goes on, dict by dict."""
    return one_by_one(lambda: model, events)


def default_model() -> SpikingClassifier:
    return SpikingClassifier(seed=1)


def same_network() -> SpikingClassifier:
    """What `SnnTorchClassifier` computes."""
    return SpikingClassifier(
        hidden=(HIDDEN,),
        steps=STEPS,
        encoder=CurrentEncoder(),
        readout_decay=0.9,
        optimiser="adam",
        learning_rate=RATE,
        squared_decay=0.999,
        seed=1,
    )


# --- the pairs --------------------------------------------------------------------------------------------------------


def against_snntorch(size: Size, table: Table) -> None:
    """The same network, event by event: as two calls for each event, and in one compiled call for all."""
    import torch

    X, y = gaussian_stream(size.events, INPUTS)
    rows = list(zip(X, y.tolist(), strict=True))
    network = snntorch_network(INPUTS, HIDDEN, CLASSES, STEPS, RATE)
    tensors = [
        (torch.tensor(x[None], dtype=torch.float32), torch.tensor([int(label)]))
        for x, label in zip(X[: size.slow_events], y, strict=False)
    ]

    def eager() -> tuple[int, float]:
        started = time.perf_counter()
        for x, label in tensors:
            network.predict(x)
            network.learn(x, label)
        return len(tensors), time.perf_counter() - started

    timings = interleaved(
        {
            "calls": one_by_one(same_network, rows),
            "many": in_one_call(same_network, X, y),
            "eager": eager,
        },
        size.repeats,
    )
    what = f"{INPUTS} inputs, {HIDDEN} hidden, T={STEPS}, Adam; snnTorch eager"
    cheaper(table, f"two calls an event; {what}", timings["calls"], timings["eager"], 600)
    cheaper(table, f"predict_learn_many; {what}", timings["many"], timings["eager"], 1500)
    table.notes.append("'two calls' takes a row as an array, snnTorch as a ready tensor. Both predict, then learn.")


def operations() -> dict[str, int]:
    """Floating-point operations that an event of the snnTorch pair needs, by what they are for.

    Additions, multiplications, divisions and roots count one each; comparisons, selections, address arithmetic, the
    exponentials of the softmax, the tracking of ranges and the check for a finite gradient count nothing. The forward
    pass is counted once, since prediction and learning share it.
    """
    inputs, units, times = INPUTS + 1, HIDDEN, STEPS * HIDDEN
    return {
        "input currents 2 (n+1) H": 2 * inputs * units,
        "dynamics 5 T H": 5 * times,  # u = c + i; distance to threshold; decay; reset; weighted count
        "readout and its error 4 C H": 4 * CLASSES * units,
        "backward 9 T H": 9 * times,  # surrogate 4; w e; times slope; + decayed carry 2; sum over time 1
        # Adam: scaled gradient 1, first moment 3, second 4, root, epsilon, division, rate, subtraction
        "Adam 13 ((n+1+C) H + C)": 13 * ((inputs + CLASSES) * units + CLASSES),
    }


def share_of_peak(size: Size, table: Table) -> None:
    """The arithmetic of `predict_learn_many` beside NumPy's matrix product, one thread, in the same run."""
    X, y = gaussian_stream(4 * size.events, INPUTS)
    n = 1024
    A = np.random.default_rng(1).standard_normal((n, n)).astype(np.float32)
    B, C = A.copy(), np.empty_like(A)

    def product() -> tuple[int, float]:
        return 1, stopwatch(lambda: np.matmul(A, B, out=C))

    timings = interleaved({"many": in_one_call(same_network, X, y), "sgemm": product}, 2 * size.repeats)
    count = operations()
    needed, done = sum(count.values()), 2 * n**3
    ours = [1e-3 * needed / timings["many"].best, 1e-3 * needed / timings["many"].median]
    peak = [1e-3 * done / timings["sgemm"].best, 1e-3 * done / timings["sgemm"].median]
    share = ours[0] / peak[0]
    rates = (f"{rate:.1f}" for rate in (*ours, *peak))
    table.add("share of the core's float32 peak (GFLOP/s; sgemm)", *rates, f"{share:.1%}", ">= 10 %", share >= 0.10)
    parts = ", ".join(f"{name} = {number}" for name, number in count.items())
    table.notes.append(
        f"operations of an event, n={INPUTS} inputs, H={HIDDEN}, T={STEPS}, C={CLASSES}: {parts}; together {needed}. "
        f"The share is best against best; sgemm runs NumPy's kernels for {blas_kernels()}."
    )


def against_river(size: Size, table: Table) -> None:
    """River's dicts, through `predict_proba_one` and `learn_one`."""
    plan: list[tuple[str, str, Any, float | None, int]] = [
        ("electricity", "LogisticRegression", no_dearer, 1.0, 4 * size.events),
        ("electricity", "StandardScaler | LogisticRegression", cheaper, None, size.events),
        ("electricity", "HoeffdingTreeClassifier", cheaper, None, size.events),
        ("electricity", "ARFClassifier(n_models=10)", cheaper, None, 4 * size.slow_events),
        ("insects", "SoftmaxRegression", cheaper, 8, size.events // 2),
        ("insects", "HoeffdingTreeClassifier", cheaper, 15, size.events // 2),
        ("insects", "ARFClassifier(n_models=10)", cheaper, 100, 4 * size.slow_events),
    ]
    for stream, name, row, target, rows in plan:
        try:
            X, y = load(size.data, stream, rows)
        except MissingStream as missing:
            table.notes.append(f"missing: {missing}")
            continue
        if len(np.unique(y)) == 2:
            y = y.astype(bool)  # River's LogisticRegression knows no other labels
        events = as_events(X, y)
        runs = {"ours": one_by_one(default_model, events), "other": one_by_one(RIVER[name], events)}
        timings = interleaved(runs, size.repeats if rows > 4 * size.slow_events else 3)
        pair = f"{stream} ({X.shape[1]} features), River dicts, first {len(X):,}; {name}"
        row(table, pair, timings["ours"], timings["other"], target)
    table.notes.append("River's rows start from a fresh model at every repeat; LogisticRegression at 1.5x is missed.")


def many_words(size: Size, table: Table) -> None:
    """499 binary words against 20 numeric features, on each path."""
    try:
        X, y = load(size.data, "spam_6213")
    except MissingStream as missing:
        table.notes.append(f"missing: {missing}")
        return
    numeric, labels = gaussian_stream(len(X), 20)
    words, few = as_events(X, y), as_events(numeric, labels)
    present = [({name: value for name, value in x.items() if value}, label) for x, label in words]
    timings = interleaved(
        {
            "20 many": in_one_call(default_model, numeric, labels),
            "20 dicts": one_by_one(default_model, few),
            "499 many": in_one_call(default_model, X, y),
            "499 dicts": one_by_one(default_model, words),
            "present dicts": one_by_one(default_model, present),
            "present many": in_one_call(default_model, [x for x, _ in present], y),
        },
        max(size.repeats // 2, 2),
    )
    mean = np.mean([len(x) for x, _ in present])
    pairs = {
        "499 many": ("predict_learn_many", "20 many"),
        "499 dicts": ("dicts of 499", "20 dicts"),
        "present dicts": (f"dicts of the present words ({mean:.0f} on average)", "20 dicts"),
        "present many": ("predict_learn_many on those", "20 many"),
    }
    for name, (path, other) in pairs.items():
        no_dearer(table, f"spam_6213, {path}; 20 numeric features", timings[name], timings[other], 3)


def few_of_many(size: Size, table: Table) -> None:
    """An event with 20 active inputs, in a model that knows a great many more."""
    names = [f"f{k}" for k in range(size.known)]
    large = SpikingClassifier(max_features=2 * size.known, seed=1)
    small = SpikingClassifier(max_features=2 * size.known, seed=1)
    X, y = gaussian_stream(size.known // 20 * 8, 20)
    rounds = (
        np.array(names).reshape(-1, 20).tolist() * 8
    )  # every feature is seen eight times: enough for receptive fields
    rows = [dict(zip(some, x, strict=True)) for some, x in zip(rounds, X.tolist(), strict=True)]
    for begin in range(0, len(rows), 5_000):
        large.learn_many(rows[begin : begin + 5_000], y[begin : begin + 5_000])
    X, y = gaussian_stream(size.events, 20, seed=2)
    labels = y.tolist()
    same = [dict(zip(names, x, strict=False)) for x in X.tolist()]
    order = np.random.default_rng(1).permutation(size.known)
    chosen = np.resize(order, (len(X), 20))
    other = [
        {names[k]: v for k, v in zip(some, x, strict=True)} for some, x in zip(chosen.tolist(), X.tolist(), strict=True)
    ]
    runs = {
        "small": going_on(small, list(zip(same, labels, strict=True))),
        "large": going_on(large, list(zip(same, labels, strict=True))),
        "large, others": going_on(large, list(zip(other, labels, strict=True))),
    }
    for run in runs.values():
        run()  # every feature gets its receptive fields before the clock starts
    timings = interleaved(runs, size.repeats)
    what = f"20 active of {size.known:,} known inputs"
    no_dearer(table, f"{what}, always the same; a model that knows 20", timings["large"], timings["small"], 1.25)
    no_dearer(table, f"{what}, others every event; the same", timings["large, others"], timings["small"], None)
    table.notes.append("'about what 20 inputs cost' is taken as at most 1.25 times.")


_START = """\
import time
begin = time.perf_counter()
from streamsnn import SpikingClassifier
model = SpikingClassifier(seed=1)
model.learn_one({"a": 1.0, "b": 2.0}, True)
model.predict_proba_one({"a": 1.0, "b": 2.0})
print(time.perf_counter() - begin)
"""


def starts(size: Size, table: Table) -> None:
    """A fresh process up to its first prediction: with an empty cache of compiled kernels, and with a full one."""
    with tempfile.TemporaryDirectory(prefix="streamsnn-bench-") as cache:
        cold = Timing([_start_seconds(cache)])
        warm = Timing([_start_seconds(cache) for _ in range(size.repeats)])
    for name, timing, target in (("cold, compilation included", cold, 20.0), ("warm", warm, 2.0)):
        numbers = f"{timing.best:.2f} s", f"{timing.median:.2f} s"
        table.add(
            f"fresh process to the first prediction, {name}",
            *numbers,
            "",
            "",
            "",
            f"< {target:g} s",
            timing.median < target,
        )


def _start_seconds(cache: str) -> float:
    """From the start of the interpreter to its end."""
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    place = Path(streamsnn.__file__).parent.parent
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _START], check=True, cwd=place, env=environment, capture_output=True)
    return time.perf_counter() - started


PAIRS: dict[str, Callable[[Size, Table], None]] = {
    "snntorch": against_snntorch,
    "peak": share_of_peak,
    "river": against_river,
    "words": many_words,
    "active": few_of_many,
    "start": starts,
}


def main(arguments: Sequence[str] | None = None) -> None:
    line = parser(DESCRIPTION, EPILOG)
    line.add_argument("--only", nargs="+", choices=PAIRS, default=list(PAIRS), help="only these groups of rows")
    chosen: argparse.Namespace = line.parse_args(arguments)
    size, table = Size(chosen.quick, chosen.data), Table("Speed, microseconds an event, one core", COLUMNS)
    default_model()  # compiles, if need be
    with one_core(), progress(len(chosen.only), "measuring") as done:
        for name in chosen.only:
            try:
                PAIRS[name](size, table)
            except ImportError as error:
                table.notes.append(f"missing: {error}")
            done(name)
    publish("speed", [table], chosen.results, quick=chosen.quick, only=chosen.only, repeats=size.repeats)


if __name__ == "__main__":
    main()
