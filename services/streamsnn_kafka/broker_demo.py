"""The demonstration on a broker: topics of its own, a worker, a replayed stream, and its predictions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import typer
from kafka import TopicPartition
from rich.progress import Progress, TextColumn

from streamsnn.cli.console import messages, output

from . import clients, keeping, topics
from .replay import events_of, replay
from .settings import Settings
from .wire import parse_object

STREAM = "Shuttle"
TOPICS = ("events", "labels", "predictions", "alerts", "dead_letters", "state")
PATIENCE = 120.0


def on_broker(address: str, folder: Path, limit: int | None, seed: int) -> None:
    """Replay a stream into new topics, let a worker answer it, and show how often it was right.

    Parameters
    ----------
    address
        The broker, HOST:PORT.
    folder
        Where ``model.safetensors`` and the worker's ``worker.log`` go.
    limit
        Stop after so many events; None: all of them.
    seed
        Of the first weights.

    Raises
    ------
    OSError
        If no broker answers, or the worker ends early.
    """
    name = f"streamsnn-demo-{os.getpid()}"
    named: dict[str, Any] = {topic: f"{name}.{topic.replace('_', '-')}" for topic in TOPICS}
    settings = Settings(bootstrap_servers=address, group=name, seed=seed, start_timeout=15, **named)
    clients.when_available(settings, lambda: topics.create(settings, 1, 1), say=messages().print)
    messages().print(f"topics {name}.* are made; they stay for you to look at")
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "streamsnn", *_flags(settings)], stdout=log, stderr=log)
    try:
        with Progress(TextColumn("{task.description}"), *Progress.get_default_columns(), console=messages()) as bar:
            sending = bar.add_task("events sent", total=limit)
            count = replay(settings, STREAM, limit=limit, on_progress=lambda n: bar.update(sending, completed=n))
            bar.update(sending, total=count)
            answering = bar.add_task("predictions committed", total=count)
            right = _follow(settings, worker, count, lambda n: bar.update(answering, completed=n))
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    output().print(f"{count:,} events, each scored and learned once; accuracy {right / count:.4f}")
    keeping.export(settings, 0, folder / "model.safetensors")
    typer.echo(f"model:  {folder / 'model.safetensors'}  (streamsnn inspect shows what is in it)", err=True)
    typer.echo(f"worker: {folder / 'worker.log'}", err=True)


def _flags(settings: Settings) -> list[str]:
    named = ("bootstrap_servers", "group", "seed", *TOPICS)
    pairs = [(f"--{name.replace('_', '-')}", str(getattr(settings, name))) for name in named]
    return ["serve", *(part for pair in pairs for part in pair)]


def _follow(settings: Settings, worker: subprocess.Popen[bytes], count: int, show: Any) -> int:
    """Read committed predictions until there are so many; gives how many were right."""
    top = TopicPartition(settings.predictions, 0)
    reader = clients.reader(settings, top)
    reader.seek_to_beginning(top)
    truth = [label for _, label in events_of(STREAM, count)]
    done, right, sign = 0, 0, time.monotonic()
    try:
        while done < count:
            polled = reader.poll(500).get(top, [])
            for record in polled:
                said = parse_object(record.value)
                right += said["prediction"] == truth[said["source"]["offset"]]
            done += len(polled)
            show(done)
            sign = time.monotonic() if polled else sign
            if worker.poll() is not None or time.monotonic() - sign > PATIENCE:
                raise OSError(f"the worker ended or stood still after {done:,} predictions; its log says why")
    finally:
        reader.close()
    return right
