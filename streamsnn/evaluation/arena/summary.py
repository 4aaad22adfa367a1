"""From lines of results to one cell a model and stream: means over the seeds, and their spread."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .ranking import Ranking, ranking
from .registry import MODELS
from .store import Key, Row

MEASURES = (
    "accuracy", "kappa", "kappa_temporal", "macro_f1", "log_loss", "calibration", "recovery", "microseconds",
    "memory_bytes",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A model on a stream.

    Attributes
    ----------
    status
        ``"done"`` if every seed that was tried is.
    seeds
        How many are done.
    mean, spread
        Of each measure over these: None without a value. The spread is the standard deviation; None for one seed.
    """

    status: str
    seeds: int
    mean: dict[str, float | None]
    spread: dict[str, float | None]


class Summary:
    """What was found, by model and stream.

    Parameters
    ----------
    rows
        Lines of results.
    keys
        Only these tasks; None: all.
    streams
        Names in the order of the tables; None: as they come in the rows.
    """

    def __init__(
        self, rows: Iterable[Row], keys: Collection[Key] | None = None, streams: Sequence[str] | None = None
    ) -> None:
        taken = [
            row
            for row in rows
            if keys is None or (row["model"], row["stream"], row["seed"], row["rows"]) in keys
            if streams is None or row["stream"] in streams
        ]
        grouped: dict[tuple[str, str], list[Row]] = {}
        for row in taken:
            grouped.setdefault((row["model"], row["stream"]), []).append(row)
        self._cells = {where: _cell(group) for where, group in grouped.items()}
        there = dict.fromkeys(row["stream"] for row in taken)
        self.streams = [name for name in (streams or there) if name in there]
        present = dict.fromkeys(row["model"] for row in taken)
        self.models = [name for name in MODELS if name in present] + [name for name in present if name not in MODELS]

    def cell(self, model: str, stream: str) -> Cell | None:
        """None where nothing was run yet."""
        return self._cells.get((model, stream))

    def value(self, model: str, stream: str, measure: str) -> float:
        """Mean of a measure; NaN where it is not there, or the model was not done."""
        cell = self.cell(model, stream)
        value = cell.mean[measure] if cell is not None and cell.status == "done" else None
        return math.nan if value is None else value

    def done(self, model: str) -> list[str]:
        """Streams on which a model is done."""
        return [name for name in self.streams if not math.isnan(self.value(model, name, "accuracy"))]

    def tried(self) -> list[str]:
        """Models that were run on every stream, whether or not in time."""
        return [
            model
            for model in self.models
            if self.done(model) and all(self.cell(model, stream) is not None for stream in self.streams)
        ]

    def ranking(self) -> Ranking | None:
        """Of the models that were run on every stream, by accuracy; None with less than two of them."""
        tried = self.tried()
        if len(tried) < 2:
            return None
        return ranking({model: [self.value(model, name, "accuracy") for name in self.streams] for model in tried})

    def over_streams(self, model: str, measure: str) -> float | None:
        """Mean over the streams on which the model is done; for the cost, the geometric mean."""
        values = [self.value(model, name, measure) for name in self.done(model)]
        values = [value for value in values if not math.isnan(value)]
        if not values:
            return None
        if measure in ("microseconds", "memory_bytes"):
            return math.exp(statistics.fmean(math.log(max(value, 1e-3)) for value in values))
        return statistics.fmean(values)


def title(model: str) -> str:
    """How a model is called in tables.

    Examples
    --------
    >>> title("capymoa-arf-100")
    'ARF(100), MOA'
    """
    return MODELS[model].title if model in MODELS else model


def _cell(rows: Sequence[Row]) -> Cell:
    done = [row for row in rows if row["status"] == "done"]
    bad: list[Any] = [row["status"] for row in rows if row["status"] != "done"]
    mean: dict[str, float | None] = {}
    spread: dict[str, float | None] = {}
    for measure in MEASURES:
        values = [float(row[measure]) for row in done if row[measure] is not None]
        mean[measure] = statistics.fmean(values) if values else None
        spread[measure] = statistics.stdev(values) if len(values) > 1 else None
    return Cell(bad[0] if bad else "done", len(done), mean, spread)
