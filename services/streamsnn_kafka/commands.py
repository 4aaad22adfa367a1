"""The commands of the service: ``streamsnn serve``, ``topics``, ``replay`` and ``state``."""

from __future__ import annotations

import gc
import json
import logging
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from kafka.errors import KafkaError

from streamsnn.cli.console import messages, output, says_what_is_wrong

from . import clients, keeping, local, metrics, topics
from . import log as logs
from . import replay as replaying
from .flags import with_flags
from .settings import Connection, Settings
from .state import StateError
from .worker import Worker

log = logging.getLogger(__name__)
REFUSED = 3
COLLECTIONS = 20_000, 20, 20  # a batch is thousands of objects, and none of them a cycle
SWITCH_SECONDS = 0.002  # the interpreter changes hands when somebody waits for a broker, seldom in the middle of work

SERVE_HELP = """Score and learn from events in real time, exactly once.

Reads events, and labels that come later, from Kafka; writes predictions, drift alerts and dead letters; keeps models in
a compacted topic. Each batch is one transaction. Every setting is a flag, a variable STREAMSNN_..., or a line of a TOML
file (--config), the first of them that is given.

\b
  streamsnn topics create --partitions 4          once
  streamsnn serve                                 as many workers as there are partitions
  streamsnn replay Phishing --rate 1000           something to do for them
  streamsnn serve --stdin < events.jsonl          without Kafka

\b
Exit codes: 0 stopped by SIGTERM or Ctrl-C; 1 no broker, or it could not be done; 2 settings or topics are wrong;
3 the stored state cannot be gone on from (the message names ways out).
"""


def _serve(
    settings: Settings,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read lines of JSON from standard input, without Kafka.")
    ] = False,
    file: Annotated[Path | None, typer.Option("--file", help="The same from a file.")] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="With --stdin, --file: write the model at the end.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check settings, brokers, topics and model file, then end.")
    ] = False,
) -> None:
    logs.set_up(settings.log_format)
    if settings.model is not None and not settings.model.is_file():
        raise ValueError(f"--model {settings.model}: there is no such file")
    if settings.warm_start is not None and settings.model_per == "key":
        raise ValueError("--warm-start goes with a model for each partition, not with --model-per key")
    if stdin or file is not None:
        _serve_lines(settings, file, save)
        return
    if save is not None:
        raise ValueError("--save goes with --stdin or --file; 'streamsnn state export' writes a model out of Kafka")
    with _plain_errors():
        if dry_run:
            _dry_run(settings)
            return
        counts = metrics.Metrics()
        if settings.http_port:
            metrics.serve(counts, settings.http_host, settings.http_port)
        if not settings.exactly_once:
            log.warning("at-least-once: after a crash predictions may repeat")
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.freeze()  # what is here stays
        gc.set_threshold(*COLLECTIONS)
        worker = Worker(settings, counts)
        worker.stop_on(signal.SIGTERM, signal.SIGINT)
        worker.run()
        log.info("stopped at a transaction boundary")


def _serve_lines(settings: Settings, file: Path | None, save: Path | None) -> None:
    if file is None:
        task = local.run(settings, sys.stdin.buffer, sys.stdout, sys.stderr)
    else:
        with file.open("rb") as lines:
            task = local.run(settings, lines, sys.stdout, sys.stderr)
    if save is not None:
        task.model.save(save)
    log.info("%s", ", ".join(f"{count} {name}" for name, count in task.counts.items()))


def _dry_run(settings: Settings) -> None:
    from .models import new_model

    partitions = clients.when_available(settings, lambda: topics.check(settings))
    model = new_model(settings)
    output().print(f"topics are there, with {partitions} partitions each; a new model is {type(model).__name__}")


class _plain_errors:
    """Errors of Kafka and of the state as one line and an exit code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: Any) -> None:
        if isinstance(error, StateError):
            typer.echo(f"streamsnn: {error}", err=True)
            raise typer.Exit(REFUSED) from None
        if isinstance(error, KafkaError):
            raise OSError(f"Kafka: {error!r}") from None


# --- topics ----------------------------------------------------------------------------------------------------------

topics_app = typer.Typer(help="Make and check the topics.", no_args_is_help=True, rich_markup_mode=None)


def _create(
    settings: Connection,
    partitions: Annotated[int, typer.Option(min=1, help="Of each topic: the most workers there can be.")] = 1,
    replication_factor: Annotated[int, typer.Option(min=1, help="Copies of each; 3 where there are brokers.")] = 1,
    retention_hours: Annotated[
        float | None, typer.Option(min=1, help="How long inputs and outputs are kept; else as the broker says.")
    ] = None,
) -> None:
    """Make the topics that are missing, with the right number of partitions; the state topic is compacted."""
    kept = None if retention_hours is None else int(retention_hours * 3_600_000)
    with _plain_errors():
        made = clients.when_available(
            settings, lambda: topics.create(settings, partitions, replication_factor, kept), say=messages().print
        )
    for topic, fate in made.items():
        output().print(f"{topic}: {fate}")


@topics_app.callback()
def _topics() -> None:
    """Make and check the topics."""


topics_app.command("create")(says_what_is_wrong(with_flags(Connection, _create)))


# --- replay ----------------------------------------------------------------------------------------------------------


def _replay(
    settings: Connection,
    stream: Annotated[str, typer.Argument(help="A data set of River (Phishing, Elec2, ...) or a file.")],
    rate: Annotated[float | None, typer.Option(min=0.001, help="Events a second; else as fast as it goes.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    label_delay: Annotated[
        int | None, typer.Option(min=0, help="Send labels to their own topic, so many events later.")
    ] = None,
) -> None:
    """Write a stream into the events topic."""
    from rich.progress import Progress, TextColumn

    with (
        _plain_errors(),
        Progress(
            TextColumn("{task.completed:,.0f} events"), *Progress.get_default_columns(), console=messages()
        ) as bar,
    ):
        task = bar.add_task(stream, total=limit)
        count = replaying.replay(
            settings,
            stream,
            rate=rate,
            limit=limit,
            label_delay=label_delay,
            on_progress=lambda done: bar.update(task, completed=done) if done % 100 == 0 else None,
        )
        bar.update(task, completed=count, total=count)


replay = typer.Typer(help=_replay.__doc__, rich_markup_mode=None, add_completion=False)
replay.command()(says_what_is_wrong(with_flags(Connection, _replay)))


# --- state -----------------------------------------------------------------------------------------------------------

state_app = typer.Typer(
    help="Look at stored models, export them, begin anew.", no_args_is_help=True, rich_markup_mode=None
)
Partition = Annotated[int, typer.Option(min=0, help="Of which partition.")]


def _show(settings: Settings) -> None:
    """Print what is stored, a line of JSON for each partition."""
    with _plain_errors():
        for partition in range(clients.when_available(settings, lambda: topics.check(settings))):
            found = keeping.show(settings, partition)
            typer.echo(json.dumps(found or {"partition": partition, "snapshot": None}))


def _export(
    settings: Settings,
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    partition: Partition = 0,
    key: Annotated[str | None, typer.Option(help="With --model-per key: of which key.")] = None,
) -> None:
    """Write the model of a partition as a file that 'streamsnn inspect' and streamsnn.load read."""
    begin = time.monotonic()
    with _plain_errors():
        clients.when_available(settings, lambda: topics.check(settings))
        restored = keeping.export(settings, partition, path, key)
    messages().print(
        f"{path}: the model after offset {restored.positions[0]} of the events, {restored.relearned} records of the "
        f"journal learned again, {time.monotonic() - begin:.1f} s"
    )


def _reset(
    settings: Settings,
    partition: Partition = 0,
    to_offset: Annotated[int, typer.Option(min=0, help="Learn again from this offset of the events.")] = 0,
    labels_to_offset: Annotated[int, typer.Option(min=0, help="And from this one of the labels.")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget the model of a partition. Events from the offset on are scored again: their predictions will repeat."""
    if not yes:
        typer.confirm(f"Forget the model of {settings.events}-{partition} and begin anew at {to_offset}?", abort=True)
    with _plain_errors():
        partitions = clients.when_available(settings, lambda: topics.check(settings))
        if partition >= partitions:
            raise ValueError(f"--partition {partition}: there are {partitions}")
        keeping.reset(settings, partition, [to_offset, labels_to_offset], partitions)
    output().print(f"{settings.events}-{partition}: begins anew at {to_offset}")


for name, command in (("show", _show), ("export", _export), ("reset", _reset)):
    state_app.command(name)(says_what_is_wrong(with_flags(Settings, command)))

serve = typer.Typer(rich_markup_mode=None, add_completion=False)
serve.command(help=SERVE_HELP)(says_what_is_wrong(with_flags(Settings, _serve)))
