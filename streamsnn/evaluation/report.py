"""What a run has found: for people a table, for programs JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .curve import Point
from .drift import DriftMark

if TYPE_CHECKING:
    from rich.table import Table

FORMAT = 1  # of the JSON form; raised when a reader of the old one would stumble


@dataclass(frozen=True)
class ModelResult:
    """One model's part of a report.

    Attributes
    ----------
    name
        The model's name in the run.
    accuracy, kappa, kappa_temporal
        Over all events: share of right predictions; how much better than chance; than repeating the last label.
    log_loss
        Mean of ``-log p(label)``, natural logarithm; None if the model gives no probabilities.
    microseconds_per_event
        Time inside the model to predict and learn one event.
    memory_bytes
        Size of the model at the end.
    drift_marks
        Where the error rose.
    curve
        Rolling accuracy and spike rate over the run.
    """

    name: str
    accuracy: float
    kappa: float
    kappa_temporal: float
    log_loss: float | None
    microseconds_per_event: float
    memory_bytes: int
    drift_marks: list[DriftMark]
    curve: list[Point]


@dataclass(frozen=True)
class Report:
    """What a prequential run has found.

    Attributes
    ----------
    stream
        Name of the stream.
    events
        Events predicted and learned.
    interrupted
        Whether Ctrl-C ended the run.
    window
        Events over which the rolling accuracy looked back.
    seconds
        Duration of the whole run, reading and measuring included.
    models
        The results in the order of the models.
    """

    stream: str
    events: int
    interrupted: bool
    window: int
    seconds: float
    models: list[ModelResult]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; what is not finite becomes None."""
        plain: dict[str, Any] = _finite({"format": FORMAT, **asdict(self)})
        return plain

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def write(self, path: Path) -> None:
        """Write the JSON form to a file."""
        path.write_text(self.to_json() + "\n", encoding="utf-8")

    def table(self) -> Table:
        """The results side by side, for a terminal."""
        from rich import box
        from rich.table import Table

        ended = ", ended by Ctrl-C" if self.interrupted else ""
        table = Table(
            title=f"{self.stream}: {self.events:,} events{ended}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            collapse_padding=True,
            pad_edge=False,
        )
        table.add_column("model", no_wrap=True)
        for heading in ("accuracy", "kappa", "kappa t.", "log loss", "us/event", "memory", "drifts"):
            table.add_column(heading, justify="right", no_wrap=True)
        for model in self.models:
            table.add_row(
                model.name,
                f"{model.accuracy:.4f}",
                f"{model.kappa:.3f}",
                f"{model.kappa_temporal:.3f}",
                "-" if model.log_loss is None else f"{model.log_loss:.3f}",
                f"{model.microseconds_per_event:.1f}",
                _bytes(model.memory_bytes),
                str(len(model.drift_marks)),
            )
        return table


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
