"""The arena: our models and their peers on real and synthetic streams, every event predicted before it is learned."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from common import RESULTS, STREAMS, default_rows, parser, progress
from rich.console import Console

from streamsnn.evaluation.arena import MODELS, SYNTHETIC, Source, Store, Task, publish, run, write_machine

DESCRIPTION = "Compare our models with their peers on 32 streams, each pair in a process of its own; store a report."
EPILOG = """\
What is in the folder of results is not run again: end it with Ctrl-C when you like, and go on with the same command.
CapyMOA's learners need Java and pip install "streamsnn[arena]". Peers run with one seed, ours with three.

The streams are split in two halves once and for all: settings were chosen on the first half only, and the report shows
both. --quick takes 3,000 events of eight streams, one seed and the cheap models; some minutes.

examples:
  python benchmarks/accuracy.py --quick
  python benchmarks/accuracy.py --jobs 2
  python benchmarks/accuracy.py --models adaptive single arf --streams electricity outdoor rbf_fast
  python benchmarks/accuracy.py --only-report
"""

TUNING = (
    "keystroke", "luxembourg", "outdoor", "bananas", "powersupply", "sea_abrupt", "sine_abrupt", "mixed_recurring",
    "agrawal_abrupt", "random_tree", "rbf_fast", "electricity", "gmsc", "led_gradual", "rialto", "phishing_11055",
)  # fmt: skip
HELD_OUT = (
    "phishing_1250", "image_segments", "stagger", "sine_recurring", "sea_recurring", "occupancy", "agrawal_gradual",
    "hyperplane", "rbf_moderate", "ozone", "insects", "hmp_wrist", "kdd99", "gas_drift", "nomao", "spam_6213",
)  # fmt: skip
RIVER = {"bananas": "Bananas", "image_segments": "ImageSegments", "phishing_1250": "Phishing"}

# The dearest streams for trees: run after all others.
WIDE = ("gas_drift", "nomao", "spam_6213")

# What is told first when a run takes hours: what costs little, the strongest peers, then the rest.
ORDER = (
    ("no-change", "majority", "lr", "hat", "rls", "knn"),
    ("adaptive", "adaptive-small", "adaptive-large", "adaptive-history", "relu-twin", "single"),
    ("capymoa-arf-100", "capymoa-sam-knn", "capymoa-knn", "capymoa-srp-100", "capymoa-arf-10"),
    ("arf", "capymoa-lb", "capymoa-sam-knn-scaled", "srp", "amf", "lb", "capymoa-sgbt"),
)
OUR_SEEDS = (1, 2, 3)

QUICK_MODELS = ("no-change", "majority", "lr", "hat", "rls", "adaptive", "relu-twin", "single")
QUICK_STREAMS = (
    "keystroke", "electricity", "sea_abrupt", "rbf_fast", "insects", "occupancy", "stagger", "phishing_1250",
)  # fmt: skip


def source(name: str, data: Path, quick: bool) -> Source:
    """Where a stream of the arena is."""
    if name in SYNTHETIC:
        return Source(name, name, 3_000 if quick else 20_000)
    if name in RIVER:
        return Source(name, RIVER[name], 3_000 if quick else 20_000)
    return Source(name, str(data / f"{STREAMS[name]}.npz"), default_rows(name, quick))


def plan(models: Sequence[str], sources: Sequence[Source], timeout: float | None, quick: bool) -> list[Task]:
    """All tasks, the most telling first: within each group of models one after the other, wide streams at the end."""
    tasks = []
    for wide in (False, True):
        for model in models:
            ours = MODELS[model].family == "ours"
            for seed in OUR_SEEDS[: 1 if quick or not ours else None]:
                tasks += [Task(model, place, seed, timeout) for place in sources if (place.name in WIDE) == wide]
    return tasks


def _known(names: Iterable[str], wanted: Sequence[str] | None) -> list[str]:
    return [name for name in names if wanted is None or name in wanted]


def _there(sources: Iterable[Source]) -> list[Source]:
    """Without the streams whose files are not there; says which."""
    there = []
    for place in sources:
        if place.place.endswith(".npz") and not Path(place.place).is_file():
            Console(stderr=True).print(f"missing: {place.name}: {place.place} is not there", soft_wrap=True)
        else:
            there.append(place)
    return there


def main(arguments: Sequence[str] | None = None) -> None:
    line = parser(DESCRIPTION, EPILOG)
    models = [name for group in ORDER for name in group]
    streams = [*TUNING, *HELD_OUT]
    line.set_defaults(results=None)  # beside the tables of the other benchmarks, in a folder of its own
    line.add_argument("--models", nargs="+", choices=models, metavar="MODEL", help=f"only these: {', '.join(models)}")
    line.add_argument("--streams", nargs="+", choices=streams, metavar="STREAM", help="only these")
    line.add_argument("--jobs", type=int, default=1, help="processes at a time (default: 1)")
    line.add_argument("--timeout", type=float, default=1500, help="seconds after which a task is given up (1500)")
    line.add_argument("--only-report", action="store_true", help="run nothing; write the report of what is there")
    chosen = line.parse_args(arguments)
    if chosen.quick:
        chosen.models, chosen.streams = chosen.models or QUICK_MODELS, chosen.streams or QUICK_STREAMS
    store = Store(chosen.results or RESULTS / ("arena_quick" if chosen.quick else "arena"))
    sources = _there(source(name, chosen.data, chosen.quick) for name in _known(streams, chosen.streams))
    tasks = plan(_known(models, chosen.models), sources, chosen.timeout, chosen.quick)
    complete = chosen.only_report or _run(tasks, store, chosen.jobs)
    halves = {"Streams that settings were chosen on": TUNING, "Held-out streams": HELD_OUT}
    parts = {name: _known(half, chosen.streams) for name, half in halves.items()}
    publish(store, "The arena", parts, {task.key for task in tasks})
    Console().print(f"stored in {store.folder}: report.md, results.csv, summary.csv, pictures", soft_wrap=True)
    if not complete:
        sys.exit(130)


def _run(tasks: Sequence[Task], store: Store, jobs: int) -> bool:
    write_machine(store.folder)
    with progress(len(tasks), "running") as tell:
        for _ in {task.key for task in tasks} & store.finished():
            tell("")
        return run(tasks, store, jobs=jobs, on_done=lambda _, task, result: tell(f"{task.model} {task.source.name}"))


if __name__ == "__main__":
    main()
