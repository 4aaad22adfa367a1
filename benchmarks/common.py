"""What the benchmarks share: streams, paired timing, and tables that are printed and stored."""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from threadpoolctl import threadpool_info, threadpool_limits

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "benchmarks" / "results"

# Streams that keep the order in which their events happened (MANIFEST.tsv), short name first.
STREAMS = {
    "electricity": "elec2",
    "insects": "insects_gradual_balanced",
    "outdoor": "outdoor",
    "keystroke": "keystroke",
    "nomao": "nomao",
    "spam_6213": "spam_6213",
    "phishing_11055": "phishing_11055",
    "rialto": "rialto",
    "powersupply": "powersupply",
    "luxembourg": "luxembourg",
    "ozone": "ozone",
    "occupancy": "occupancy",
    "gas_drift": "gas_drift_8of10",
    "hmp_wrist": "hmp_wrist_accel",
    "gmsc": "gmsc_100k",
    "kdd99": "kdd99_10pct_100k",
}
ROWS = 20_000  # of every stream but Electricity, which is taken whole


class MissingStream(FileNotFoundError):
    """A stream is not in the data folder."""


# --- command line -----------------------------------------------------------------------------------------------------


def parser(description: str, epilog: str) -> argparse.ArgumentParser:
    """A command line with the options that all benchmarks share."""
    made = argparse.ArgumentParser(
        description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--quick", action="store_true", help="fewer events and repeats: a first impression in a minute")
    made.add_argument(
        "--data",
        type=Path,
        default=DATA,
        help="folder of the .npz streams (default: ../shared/data beside the repository)",
    )
    made.add_argument(
        "--results", type=Path, default=RESULTS, help="where the tables are stored (default: benchmarks/results)"
    )
    return made


@contextmanager
def one_core() -> Iterator[None]:
    """BLAS, OpenMP and torch work with one thread each inside."""
    with threadpool_limits(1):
        yield


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error; call what it gives after each piece of work, with the name of the next."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def advance(name: str = "") -> None:
            bar.update(task, advance=1, description=f"{what} {name}".strip())

        yield advance


# --- streams ----------------------------------------------------------------------------------------------------------


def load(folder: Path, name: str, rows: int | None = None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The first `rows` events of a stream by its short name: features, shape ``(rows, features)``, and labels.

    Raises
    ------
    MissingStream
        If the folder has no such file.
    """
    path = folder / f"{STREAMS[name]}.npz"
    if not path.is_file():
        raise MissingStream(f"{name}: {path} is not there")
    with np.load(path, allow_pickle=False) as arrays:
        X, y = arrays["X"][:rows], arrays["y"][:rows]
    return np.ascontiguousarray(X, dtype=np.float64), y


def default_rows(name: str, quick: bool) -> int | None:
    """How many events of a stream a benchmark takes: None is all of them."""
    if quick:
        return 3_000
    return None if name == "electricity" else ROWS


def as_events(X: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> list[tuple[dict[Any, Any], Any]]:
    """Rows as River sees them: dicts of Python floats by name, and a Python label."""
    names = [f"x{k}" for k in range(X.shape[1])]
    return list(zip((dict(zip(names, row, strict=True)) for row in X.tolist()), y.tolist(), strict=True))


def gaussian_stream(rows: int, features: int, seed: int = 1) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Standard normal features, and the sign of a random direction as label."""
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((rows, features))
    return X, (X @ generator.standard_normal(features) > 0).astype(np.int64)


# --- timing -----------------------------------------------------------------------------------------------------------

Run = Callable[[], tuple[int, float]]  # does the work; gives the number of events and the seconds they took


@dataclass
class Timing:
    """Microseconds an event, one for each repeat."""

    samples: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        return min(self.samples)

    @property
    def median(self) -> float:
        return statistics.median(self.samples)


def interleaved(runs: dict[str, Run], repeats: int) -> dict[str, Timing]:
    """Run all in turn, `repeats` times over, so that a busy machine disturbs all of them alike."""
    timings = {name: Timing() for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            events, seconds = run()
            timings[name].samples.append(1e6 * seconds / events)
    return timings


def paired_ratio(slow: Timing, fast: Timing) -> float:
    """Median over the repeats of how many times dearer the one is than the other in the same repeat."""
    return statistics.median(a / b for a, b in zip(slow.samples, fast.samples, strict=True))


def stopwatch(work: Callable[[], Any]) -> float:
    """Seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass
class Table:
    """A table to print and to store. Cells are texts; notes stand below it."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        row = tuple(_text(cell) for cell in cells)
        if len(row) != len(self.columns):
            raise ValueError(f"{len(row)} cells in a table of {len(self.columns)} columns")
        self.rows.append(row)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", _line(self.columns), _line("---" for _ in self.columns)]
        lines += [_line(row) for row in self.rows]
        lines += [""] + [f"- {note}" for note in self.notes]
        return "\n".join(lines).rstrip() + "\n"

    def rich(self) -> RichTable:
        table = RichTable(title=self.title, title_justify="left", caption="\n".join(self.notes), caption_justify="left")
        for k, column in enumerate(self.columns):
            table.add_column(column, justify="right" if k and self._numeric(k) else "left", overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return table

    def _numeric(self, column: int) -> bool:
        return all(not row[column] or row[column][0] in "<>=~-.0123456789" for row in self.rows)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "NO"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def publish(name: str, tables: list[Table], folder: Path, **settings: Any) -> None:
    """Print the tables, and store them: `name`.md for people, one CSV a table, and the machine beside them as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(width=max(Console().width, 140))
    for k, table in enumerate(tables):
        console.print(table.rich())
        suffix = f"_{k + 1}" if len(tables) > 1 else ""
        with (folder / f"{name}{suffix}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([table.columns, *table.rows])
    about = machine() | {"settings": {key: str(value) for key, value in settings.items()}}
    (folder / f"{name}.machine.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    described = f"{about['processor']}, Python {about['python']}, {about['when']}; {_versions(about)}"
    text = "\n".join([f"# {name}", "", described, "", *(table.markdown() for table in tables)])
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    console.print(f"stored in {folder}: {name}.md, .csv, .machine.json")


def _versions(about: dict[str, Any]) -> str:
    return ", ".join(f"{package} {version}" for package, version in about["versions"].items())


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "blas kernels": blas_kernels(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("streamsnn", "numpy", "numba", "river", "torch", "snntorch")},
    }


def blas_kernels() -> str:
    """For which processor NumPy's BLAS has chosen its kernels: newer ones may be slower than they could be."""
    return next((lib["architecture"] for lib in threadpool_info() if "architecture" in lib), "an unknown processor")


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
