"""What an event costs the ladder, beside the forests, River's logistic regression, and itself in two threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from common import (
    MissingStream,
    Run,
    Table,
    Timing,
    as_events,
    interleaved,
    load,
    one_core,
    paired_ratio,
    parser,
    progress,
    publish,
)
from river import forest, linear_model, multiclass, preprocessing

from streamsnn import AdaptiveSpikingClassifier
from streamsnn.evaluation.arena import capymoa_peers
from streamsnn.evaluation.arena.field import Field, Part, Source, read
from streamsnn.evaluation.arena.registry import model as contestant

DESCRIPTION = "Print and store what an event costs AdaptiveSpikingClassifier and its peers, in microseconds."
EPILOG = """\
Ours and River's take dicts, one event at a time: predict_proba_one, then learn_one. CapyMOA's (with the extra `arena`,
and Java) take what they like best; making Java's instances is not timed. All are timed over the same events, in turn,
in one process. The threads are timed over predict_learn_many, and need two free cores.

examples:
  python benchmarks/ladder_cost.py
  python benchmarks/ladder_cost.py --quick
"""
TARGETS = {
    "electricity": {"River ARF(10)": 20, "CapyMOA ARF(10)": 5, "CapyMOA SRP(100)": 50},
    "insects": {"River ARF(10)": 10, "CapyMOA ARF(10)": 2.5, "CapyMOA SRP(100)": 25},
}
CAPYMOA = {"CapyMOA ARF(10)": "capymoa-arf-10", "CapyMOA SRP(100)": "capymoa-srp-100"}
OURS = ("small", "default", "large")


def two_calls(make: Callable[[], Any], events: list[Any], warm: int) -> Run:
    """Predict each event, then learn it; the first `warm` are not timed."""

    def run() -> tuple[int, float]:
        model = make()
        started = 0.0
        for k, (x, y) in enumerate(events):
            if k == warm:
                started = time.perf_counter()
            model.predict_proba_one(x)
            model.learn_one(x, y)
        return len(events) - warm, time.perf_counter() - started

    return run


def in_java(name: str, field: Field, events: int, warm: int) -> Run:
    def run() -> tuple[int, float]:
        model = contestant(name, field, 1)
        model.take(Part(field, 0, warm))
        _, seconds = model.take(Part(field, warm, events))
        return events - warm, seconds

    return run


def logistic() -> Any:
    return preprocessing.StandardScaler() | linear_model.LogisticRegression()


def logistic_of_many() -> Any:
    return preprocessing.StandardScaler() | multiclass.OneVsRestClassifier(linear_model.LogisticRegression())


def cost(folder: Path, stream: str, quick: bool, repeats: int) -> Table:
    """The table of one stream."""
    count, warm = (2_000, 1_000) if quick else (12_000, 8_000)  # by then the memory is full
    X, y = load(folder, stream, count)
    events = as_events(X, y)
    runs: dict[str, Run] = {
        f"ladder, {size}": two_calls(lambda size=size: AdaptiveSpikingClassifier(size, seed=1), events, warm)
        for size in OURS
    }
    binary = len(set(y.tolist())) == 2
    runs["River scaled logistic"] = two_calls(logistic if binary else logistic_of_many, events, warm)
    runs["River ARF(10)"] = two_calls(lambda: forest.ARFClassifier(n_models=10, seed=1), events, warm)
    missing = capymoa_peers.available()
    if missing is None:
        field = read(Source(stream, str(folder / f"{file_of(stream)}.npz"), count))
        runs |= {title: in_java(name, field, count, warm) for title, name in CAPYMOA.items()}
    timings = interleaved(runs, repeats)
    table = Table(f"{stream}: microseconds an event", ("model", "best", "median", "times the default", "target", "met"))
    base = timings["ladder, default"]
    for name, timing in timings.items():
        ratio = paired_ratio(timing, base)
        target = TARGETS[stream].get(name)
        judged = ("", "") if target is None else (f">= {target}", ratio >= target)
        table.add(name, f"{timing.best:.1f}", f"{timing.median:.1f}", f"{ratio:.2f}", *judged)
    against = paired_ratio(timings["ladder, small"], timings["River scaled logistic"])
    table.notes.append(
        f"small costs {against:.2f} times River's scaled logistic regression (target <= 1 on electricity)"
    )
    if missing is not None:
        table.notes.append(f"CapyMOA was not run: {missing}")
    return table


def file_of(stream: str) -> str:
    from common import STREAMS

    return STREAMS[stream]


def threads(folder: Path, quick: bool, repeats: int) -> Table:
    """One thread against two, over many events in one call."""
    table = Table("predict_learn_many: one thread against two", ("stream", "one", "two", "speed-up", "target", "met"))
    for stream in ("electricity", "insects"):
        X, y = load(folder, stream, 4_000 if quick else 10_000)

        def many(count: int, X: Any = X, y: Any = y) -> Run:
            def run() -> tuple[int, float]:
                model = AdaptiveSpikingClassifier(threads=count, seed=1)
                started = time.perf_counter()
                model.predict_learn_many(X, y)
                return len(X), time.perf_counter() - started

            return run

        timings: dict[str, Timing] = interleaved({"one": many(1), "two": many(2)}, repeats)
        ratio = paired_ratio(timings["one"], timings["two"])
        table.add(
            stream, f"{timings['one'].best:.1f}", f"{timings['two'].best:.1f}", f"{ratio:.2f}", ">= 1.6", ratio >= 1.6
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = parser(DESCRIPTION, EPILOG).parse_args(arguments)
    repeats = 1 if chosen.quick else 3
    AdaptiveSpikingClassifier(seed=1, threads=2).predict_learn_many([{"x": 1.0}, {"x": 0.0}], [0, 1])
    tables = []
    with one_core(), progress(2, "timing") as advance:
        for stream in TARGETS:
            advance(stream)
            try:
                tables.append(cost(chosen.data, stream, chosen.quick, repeats))
            except MissingStream as error:
                print(f"left out: {error}")
    with progress(1, "timing") as advance:
        advance("threads")
        tables.append(threads(chosen.data, chosen.quick, repeats))
    publish("ladder_cost", tables, chosen.results, repeats=repeats, quick=chosen.quick)


if __name__ == "__main__":
    main()
