"""``streamsnn compare``: many models on many streams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import INTERRUPTED, BadInput, messages, output, says_what_is_wrong

if TYPE_CHECKING:
    from streamsnn.evaluation.arena import Result, Source, Store, Summary, Task

SHOWN = ("model", "mean rank", "accuracy", "kappa t.", "log loss", "us/event", "memory", "streams")  # in the terminal
ALWAYS = ("relu-twin", "no-change", "majority")

HELP = """Compare models on streams: each event is predicted, then learned.

STREAMS are what `streamsnn evaluate` takes (files, data sets of River, its generators) and the arena's own synthetic
streams, whose drifts are marked: sea_abrupt, led_gradual, agrawal_abrupt, agrawal_gradual, rbf_moderate, rbf_fast,
random_tree, sine_abrupt, hyperplane, stagger, mixed_recurring, sea_recurring, sine_recurring, agrawal_recurring.

Every pair of model and stream runs in a process of its own, and its results are in the folder of --out at once. After
Ctrl-C, or a crash, the same command goes on where it ended. At the end the folder holds results.csv, summary.csv,
curves.jsonl, machine.json, report.md and, with matplotlib, pictures of the ranks, the cost and the accuracy over time.

\b
Examples:
  streamsnn compare Phishing
  streamsnn compare Phishing Bananas elec.csv --models adaptive,arf,hat --jobs 2
  streamsnn compare sea_abrupt rbf_fast --models single,arf --only --limit 5000 --out drift-study
  streamsnn compare events.csv --label outcome --models adaptive,adaptive-small --seeds 3

\b
Models:
  ours      adaptive, adaptive-small, adaptive-large, adaptive-history, relu-twin, single
  River     lr, hat, arf, srp, lb, amf, knn
  MOA       capymoa-arf-10, capymoa-arf-100, capymoa-srp-100, capymoa-lb, capymoa-knn, capymoa-sam-knn,
            capymoa-sam-knn-scaled, capymoa-sgbt; need Java and pip install "streamsnn[arena]"
  others    rls (recursive least squares), no-change, majority

relu-twin, no-change and majority run in any case, unless --only is given. Exit codes: 0 done, 2 unusable input, 1 a
model failed or something else did, 130 ended by Ctrl-C.
"""


@says_what_is_wrong
def compare(
    streams: Annotated[list[str], typer.Argument(metavar="STREAM...", help="Files, data sets, synthetic streams.")],
    models: Annotated[str, typer.Option(metavar="NAME,NAME", help="See above.")] = "adaptive,hat,arf",
    seeds: Annotated[int, typer.Option(min=1, help="Runs of every model that draws random numbers.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at a time; at most one a core.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop each stream after so many events.")] = None,
    label: Annotated[str | None, typer.Option(help="Column with the label, in files. Default: the last.")] = None,
    timeout: Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="Give up a run that takes longer.")
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="Run no models but those of --models.")] = False,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the results go.")] = Path("streamsnn-compare"),
) -> None:
    """Compare models on streams."""
    from streamsnn.evaluation.arena import MODELS, Store, Task, publish, write_machine

    chosen = _models(models, only)
    sources = [_source(stream, limit, label) for stream in streams]
    if len({source.name for source in sources}) < len(sources):
        raise BadInput("two streams have the same name; results are told apart by it")
    tasks = [
        Task(model, source, seed, timeout)
        for source in sources
        for model in chosen
        for seed in range(1, (seeds if MODELS[model].seeded else 1) + 1)
    ]
    store = Store(out)
    write_machine(out)
    complete = _run(tasks, store, jobs)
    keys = {task.key for task in tasks}
    summaries = publish(store, "streamsnn compare", {"All streams": [source.name for source in sources]}, keys)
    _show(summaries["All streams"])
    if not complete:
        typer.echo(f"ended by Ctrl-C; the same command goes on from here: {out}", err=True)
        raise typer.Exit(INTERRUPTED)
    typer.echo(f"report: {out / 'report.md'}", err=True)
    _complain(store, tasks)


def _models(names: str, only: bool) -> list[str]:
    from streamsnn.evaluation.arena import MODELS

    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in MODELS:
            raise BadInput(f"--models: there is no {name}; there are {', '.join(MODELS)}")
    return list(dict.fromkeys([*chosen, *(() if only else ALWAYS)]))


def _source(stream: str, limit: int | None, label: str | None) -> Source:
    """Find out before a long run that a stream is not there."""
    from streamsnn.evaluation import open_stream
    from streamsnn.evaluation.arena import SYNTHETIC, Source

    if stream == "-":
        raise BadInput("-: every model reads the stream anew, which standard input does not allow; give a file")
    if stream in SYNTHETIC:
        return Source(stream, stream, limit)
    is_file = Path(stream).is_file()
    opened = open_stream(stream, label=label if is_file else None)
    if opened.endless and limit is None:
        raise BadInput(f"{opened.name} never ends; say how many events: --limit 10000")
    return Source(opened.name, str(Path(stream).absolute()) if is_file else stream, limit, label if is_file else None)


def _run(tasks: list[Task], store: Store, jobs: int) -> bool:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from streamsnn.evaluation.arena import run

    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), TextColumn("{task.description}"), console=messages()) as bar:
        there = len({task.key for task in tasks} & store.finished())
        line = bar.add_task("", total=len(tasks), completed=there)

        def show(done: int, task: Task, result: Result) -> None:
            accuracy = result.row.get("accuracy")
            found = f"{accuracy:.3f}" if accuracy is not None else result.row["status"]
            bar.update(line, completed=done, description=f"{task.model} on {task.source.name}: {found}")

        return run(tasks, store, jobs=jobs, on_done=show)


def _show(summary: Summary) -> None:
    """The overview, as much of it as fits into 80 columns."""
    from rich import box
    from rich.table import Table

    from streamsnn.evaluation.arena.report import HEADINGS, overview

    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    taken = [k for k, heading in enumerate(HEADINGS) if heading in SHOWN]
    for k in taken:
        table.add_column(HEADINGS[k], justify="right" if k else "left", no_wrap=True)
    for line in overview(summary, summary.ranking()):
        table.add_row(*(line[k] for k in taken))
    output().print(table)


def _complain(store: Store, tasks: list[Task]) -> None:
    """Say which models failed, and why; end with 1 then."""
    keys = {task.key for task in tasks}
    failed = [
        row
        for row in store.rows()
        if row["status"] == "failed" and (row["model"], row["stream"], row["seed"], row["rows"]) in keys
    ]
    for row in failed:
        typer.echo(f"streamsnn: {row['model']} on {row['stream']} failed: {row['note']}", err=True)
    if failed:
        raise typer.Exit(1)
