"""Results on disk: one line a task, written as soon as it is done, so that a run that was ended can be gone on with."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .measures import ends
from .task import Result

COLUMNS = (
    "model", "stream", "seed", "rows", "status", "events", "features", "labels",
    "accuracy", "kappa", "kappa_temporal", "macro_f1", "log_loss", "calibration", "recovery", "drifts",
    "microseconds", "memory_bytes", "seconds", "note",
)  # fmt: skip
_TEXTS = {"model", "stream", "status", "note"}
_WHOLE = {"seed", "rows", "events", "features", "labels", "drifts", "memory_bytes"}

Row = dict[str, Any]
Key = tuple[str, str, int, int]


class Store:
    """A folder of results.

    ``results.csv`` has a line a task, ``curves.jsonl`` its accuracy over time and ``hits.jsonl`` which events it
    predicted rightly. A line is written at once and reaches the disk before the next task is reported, so a crash
    costs no more than the tasks that were running; half a line at the end of a file is passed over.

    Parameters
    ----------
    folder
        Made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.table, self._curves, self._hits = (folder / name for name in ("results.csv", "curves.jsonl", "hits.jsonl"))

    def add(self, result: Result) -> None:
        """Append a result."""
        if result.curve:
            key = {name: result.row[name] for name in ("model", "stream", "seed", "rows")}
            _append(self._curves, _compact({**key, "events": result.row["events"], "curve": result.curve}))
            _append(self._hits, _compact({**key, "hits": result.hits}))
        if not self.table.exists():
            _append(self.table, ",".join(COLUMNS))
        _append(self.table, _line([_text(result.row.get(column)) for column in COLUMNS]))

    def rows(self) -> list[Row]:
        """All results, the last one of each task."""
        if not self.table.exists():
            return []
        with self.table.open(newline="", encoding="utf-8") as file:
            lines = [line for line in csv.reader(file) if len(line) == len(COLUMNS) and line[0] != "model"]
        rows = [_row(dict(zip(COLUMNS, line, strict=True))) for line in lines]
        return list({_key(row): row for row in rows}.values())

    def finished(self) -> set[Key]:
        """Tasks that need not be run again: done, or given up for their time. One that failed is tried again."""
        return {_key(row) for row in self.rows() if row["status"] != "failed"}

    def curves(self) -> dict[Key, list[tuple[int, float]]]:
        """Accuracy over time of each task: pairs of the events so far and the accuracy since the pair before."""
        found: dict[Key, list[tuple[int, float]]] = {}
        if self._curves.exists():
            for line in self._curves.read_text(encoding="utf-8").splitlines():
                if line.endswith("}"):
                    entry = json.loads(line)
                    curve = entry["curve"]
                    found[_key(entry)] = list(zip(ends(entry["events"], len(curve)).tolist(), curve, strict=True))
        return found


def _key(row: Mapping[str, Any]) -> Key:
    return row["model"], row["stream"], row["seed"], row["rows"]


def _compact(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, separators=(",", ":"))


def _append(path: Path, line: str) -> None:
    """One line in one write, on the disk when this returns; a line that a crash has torn is ended first."""
    torn = False
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
    with path.open("ab", buffering=0) as file:
        file.write((("\n" if torn else "") + line + "\n").encode())
        os.fsync(file.fileno())


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())


def _row(cells: dict[str, str]) -> Row:
    row: Row = {}
    for name, cell in cells.items():
        if name in _TEXTS:
            row[name] = cell
        elif not cell:
            row[name] = None
        else:
            row[name] = int(cell) if name in _WHOLE else float(cell)
    return row
