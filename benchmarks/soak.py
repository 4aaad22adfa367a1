"""A million events: is the cost of an event flat, and the memory?"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import Table, one_core, parser, progress, publish

from streamsnn import SpikingClassifier

DESCRIPTION = "Learn a million events of each kind; exit with 1 unless cost and memory stay flat."
EPILOG = """\
Kinds of stream:
  plain     20 numeric features, always the same
  words     30 words out of 5,000, other ones every event
  strings   5 numeric features, and two that hold one of a few strings
  hostile   5 numeric features, a field with a fresh name and a field with a fresh string, every event

The first tenth is for growing: the bounds max_features and max_categories are reached there. After it, the dearest
tenth may cost --cost-factor times the cheapest (each tenth counts by the best of its hundred parts, which a busy
machine disturbs least), and the process and the model may grow to --memory-factor times what they were.

examples:
  python benchmarks/soak.py
  python benchmarks/soak.py --quick --kinds hostile
"""
COLUMNS = ("kind", "events", "us/event best", "us/event mean", "process MiB", "model MiB", "accuracy")

Event = tuple[dict[str, Any], bool]


def plain(chance: random.Random) -> Iterator[Event]:
    names = [f"x{k}" for k in range(20)]
    while True:
        x = {name: chance.gauss(0.0, 1.0) for name in names}
        yield x, x["x0"] + x["x1"] > 0


def words(chance: random.Random) -> Iterator[Event]:
    while True:
        present = chance.sample(range(5_000), 30)
        yield {f"word {k}": 1 for k in present}, sum(k % 2 for k in present) > 15


def strings(chance: random.Random) -> Iterator[Event]:
    while True:
        x: dict[str, Any] = {f"x{k}": chance.gauss(0.0, 1.0) for k in range(5)}
        x |= {"colour": chance.choice(["red", "green", "blue"]), "place": f"place {chance.randrange(50)}"}
        yield x, (x["x0"] > 0) ^ (x["colour"] == "red")


def hostile(chance: random.Random) -> Iterator[Event]:
    number = 0
    while True:
        x: dict[str, Any] = {f"x{k}": chance.gauss(0.0, 1.0) for k in range(5)}
        x |= {f"field {number}": chance.random(), "text": f"text {number}"}
        yield x, x["x0"] + x["x1"] > 0
        number += 1


KINDS: dict[str, Callable[[random.Random], Iterator[Event]]] = {
    "plain": plain,
    "words": words,
    "strings": strings,
    "hostile": hostile,
}


@dataclass(frozen=True)
class Tenth:
    """What one tenth of the run cost, and the memory at its end."""

    events: int
    best: float
    mean: float
    process: float
    model: float
    accuracy: float


def resident() -> float:
    """MiB of this process in memory."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # where there is no /proc: the peak, in bytes or KiB
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def tenth(model: SpikingClassifier, stream: Iterator[Event], events: int, before: int) -> Tenth:
    part, costs, right = max(events // 100, 1), [], 0
    for _ in range(events // part):
        batch = [next(stream) for _ in range(part)]
        started = time.perf_counter()
        for x, y in batch:
            right += model.predict_one(x) == y
            model.learn_one(x, y)
        costs.append(1e6 * (time.perf_counter() - started) / part)
    gc.collect()
    memory = resident(), model.memory_bytes / 2**20
    return Tenth(before + events, min(costs), sum(costs) / len(costs), *memory, right / (part * len(costs)))


def failures(kind: str, tenths: Sequence[Tenth], cost_factor: float, memory_factor: float) -> list[str]:
    """What is not flat, after the first tenth."""
    settled = tenths[1:]
    cheapest, dearest = min(part.best for part in settled), max(part.best for part in settled)
    found = []
    if dearest > cost_factor * cheapest:
        found.append(f"{kind}: an event cost {cheapest:.1f} to {dearest:.1f} us; allowed is a factor of {cost_factor}")
    for name in ("process", "model"):
        first, last = getattr(tenths[0], name), getattr(tenths[-1], name)
        if last > memory_factor * first:
            found.append(f"{kind}: the {name} grew from {first:.1f} to {last:.1f} MiB; allowed is {memory_factor}")
    return found


def soak(kind: str, events: int, table: Table, done: Callable[[str], None]) -> list[Tenth]:
    model, stream, tenths = SpikingClassifier(seed=1), KINDS[kind](random.Random(1)), []
    for k in range(10):
        part = tenth(model, stream, events // 10, k * (events // 10))
        numbers = (
            f"{part.best:.2f}",
            f"{part.mean:.2f}",
            f"{part.process:.1f}",
            f"{part.model:.2f}",
            f"{part.accuracy:.3f}",
        )
        table.add(kind, f"{part.events:,}", *numbers)
        tenths.append(part)
        done(kind)
    table.notes.append(f"{kind}: ignored at the end {model.ignored}")
    return tenths


def main(arguments: Sequence[str] | None = None) -> int:
    line = parser(DESCRIPTION, EPILOG)
    line.add_argument("--events", type=int, help="of each kind (default 1,000,000; with --quick 200,000)")
    line.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="only these")
    line.add_argument("--cost-factor", type=float, default=1.5, help="default 1.5")
    line.add_argument("--memory-factor", type=float, default=1.1, help="default 1.1")
    chosen = line.parse_args(arguments)
    events = chosen.events or (200_000 if chosen.quick else 1_000_000)
    table, found = Table(f"Soak: {events:,} events of each kind", COLUMNS), []
    with one_core(), progress(10 * len(chosen.kinds), "soaking") as done:
        for kind in chosen.kinds:
            tenths = soak(kind, events, table, done)
            found += failures(kind, tenths, chosen.cost_factor, chosen.memory_factor)
    table.notes += [f"FAILED {reason}" for reason in found] or ["cost and memory are flat"]
    publish("soak", [table], chosen.results, events=events, cost=chosen.cost_factor, memory=chosen.memory_factor)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
