"""One model on one stream with one seed: what is to be done, and doing it."""

from __future__ import annotations

import base64
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .field import Source, read
from .measures import Record
from .registry import model

CHUNK = 500  # events between two looks at the clock


@dataclass(frozen=True)
class Task:
    """What is to be done.

    Attributes
    ----------
    model
        Name in `MODELS`.
    source
        The stream.
    seed
        Of the model.
    limit
        Seconds after which it is given up, with what was measured until then; None: never.
    """

    model: str
    source: Source
    seed: int
    limit: float | None = None

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What tells it from others in the results; 0 rows are all."""
        return self.model, self.source.name, self.seed, self.source.rows or 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Task:
        return cls(**{**plain, "source": Source(**plain["source"])})


@dataclass
class Result:
    """What was found.

    Attributes
    ----------
    row
        The line of the results, by column; see `COLUMNS` in ``store.py``.
    curve
        Accuracy over time, see `Record.curve`.
    hits
        One bit an event, right or wrong, packed and in base 64: what else one may want to know of the run can be found
        from it.
    """

    row: dict[str, Any]
    curve: list[float]
    hits: str = ""


def perform(task: Task) -> Result:
    """Run a task in this process.

    Examples
    --------
    >>> result = perform(Task("no-change", Source("bananas", "Bananas", rows=1000), seed=1))
    >>> result.row["status"], result.row["events"], result.row["accuracy"]
    ('done', 1000, 0.552)
    """
    started = time.perf_counter()
    field = read(task.source)
    contestant = model(task.model, field, task.seed)
    record = Record(len(field.labels))
    events, seconds, status = 0, 0.0, "done"
    while events < len(field.y):
        part = field.part(events, min(events + CHUNK, len(field.y)))
        probabilities, spent = contestant.take(part)
        record.add(part.y, probabilities)
        events, seconds = part.end, seconds + spent
        if task.limit is not None and events < len(field.y) and time.perf_counter() - started > task.limit:
            status = "timed out"
            break
    drifts = [drift for drift in field.drifts if drift < events]
    row = blank(task) | {
        "status": status,
        "events": events,
        "features": len(field.names),
        "labels": len(field.labels),
        **record.measures(drifts),
        "drifts": len(drifts),
        "microseconds": 1e6 * seconds / events,
        "memory_bytes": contestant.memory_bytes() if status == "done" else None,
        "seconds": time.perf_counter() - started,
    }
    hits = base64.b64encode(np.packbits(record.hits).tobytes()).decode()
    return Result(row, record.curve(), hits)


def blank(task: Task) -> dict[str, Any]:
    """The part of a row that is known before anything is run."""
    name, stream, seed, rows = task.key
    return {"model": name, "stream": stream, "seed": seed, "rows": rows}
