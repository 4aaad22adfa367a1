"""A prequential run before the user's eyes: compiling, a progress bar with the live accuracy, files at the end."""

from __future__ import annotations

import copy
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from streamsnn.evaluation import Report, Stream, Track, baselines, plot, prequential

from .console import INTERRUPTED, BadInput, messages

if TYPE_CHECKING:
    from streamsnn.persistence import SavedClassifier

NAME = "streamsnn"  # of the model beside its baselines


def compile_kernels(model: SavedClassifier) -> None:
    """Let a copy of the model learn one event, so that compiling, once a machine, is not taken for learning."""
    with messages().status("getting the network ready (the first time, compiling takes 10 to 20 s)"):
        trial = copy.deepcopy(model)
        known = trial.labels
        trial.predict_proba_one({"x": 1.0})
        trial.learn_one({"x": 1.0}, known[0] if known else 0)


def run(model: SavedClassifier, stream: Stream, *, limit: int | None, window: int, with_baselines: bool) -> Report:
    """The model, and the baselines if wanted, over the stream."""
    models: dict[str, Any] = {NAME: model}
    if with_baselines:
        models |= baselines()
    total = stream.rows
    if limit is not None:
        total = limit if total is None and not stream.live else min(limit, total or limit)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    task = progress.add_task(stream.name, total=total)
    live = Text()  # changed in place; drawn ten times a second
    console = messages()
    with Live(Group(progress, live), console=console, refresh_per_second=10):

        def show(done: int, tracks: list[Track]) -> None:
            progress.update(task, completed=done)
            live.plain = f"  accuracy of the last {window:,}: " + "   ".join(
                f"{track.name} {track.scores.rolling.get():.3f}" for track in tracks
            )

        report = prequential(models, stream, limit=limit, window=window, on_progress=show)
        if not report.interrupted:
            progress.update(task, completed=report.events, total=report.events)
    if not console.is_terminal:
        console.line()  # in a file, the last state is one line without an end
    return report


def check_plot(path: Path | None) -> None:
    """Find out before a long run that its picture could not be drawn."""
    if path is None:
        return
    if importlib.util.find_spec("matplotlib") is None:
        raise BadInput('a plot needs matplotlib: pip install "streamsnn[plot]"')
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise BadInput(f"{path}: the name of a plot ends in .png, .svg or .pdf")
    check_folder(path)


def check_file(path: Path | None) -> None:
    """Say plainly that a model file is not there."""
    if path is not None and not path.is_file():
        raise BadInput(f"{path}: there is no such file")


def check_folder(path: Path | None) -> None:
    """Find out before a long run that a file could not be written."""
    if path is not None and not path.absolute().parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}")


def draw(report: Report, path: Path) -> None:
    """The picture, and a line that says where it is."""
    plot(report, path)
    typer.echo(f"plot:   {path}", err=True)


def end(report: Report) -> None:
    """End the process with 130 after Ctrl-C."""
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
