"""``streamsnn evaluate``: any stream, any settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import BadInput, messages, output, says_what_is_wrong
from .settings import model_from, settings_from

HELP = """Predict each event of a stream, then learn it; report how well that went.

STREAM is a file (.csv, .csv.gz, .parquet, .arff, .npz with arrays X and y, .jsonl), a data set that comes with River
(Phishing, Bananas, ImageSegments, Shuttle), one of River's endless generators (SEA, LED, RandomRBFDrift, ...; with
--limit), or - for JSON objects on standard input, one a line: {"size": 3.2, "colour": "red", "label": "apple"}.

Ctrl-C ends the run with a report of what was done; --save then keeps what was learned.

\b
Examples:
  streamsnn evaluate Phishing
  streamsnn evaluate Phishing --model adaptive --set size=small
  streamsnn evaluate events.csv --label outcome --plot run.png
  streamsnn evaluate events.csv --set steps=4 --set hidden=[128] --set encoder=population
  streamsnn evaluate events.csv --model-config model.toml --save model.safetensors
  streamsnn evaluate later.csv --load model.safetensors --save model.safetensors
  streamsnn evaluate SEA --limit 10000 --seed 7 --json > report.json
  generate-events | streamsnn evaluate - --label kind

The settings for --set and --model-config are the parameters of streamsnn.SpikingClassifier, with --model adaptive
those of streamsnn.AdaptiveSpikingClassifier; in the file they stand alone or under [model].
Exit codes: 0 done, 2 unusable input, 1 other failures, 130 ended by Ctrl-C.
"""


@says_what_is_wrong
def evaluate(
    source: Annotated[str, typer.Argument(metavar="STREAM", help="A file, a data set of River, or -.")],
    label: Annotated[
        str | None, typer.Option(help="Column with the label. Default: the last one; in JSON, 'label'.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    window: Annotated[int, typer.Option(min=1, help="Events over which rolling accuracy looks back.")] = 1000,
    kind: Annotated[
        str, typer.Option("--model", help="single: one network. adaptive: many, mixed; slower and better.")
    ] = "single",
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the model; repeatable.")
    ] = None,
    model_config: Annotated[Path | None, typer.Option(metavar="FILE.toml", help="Settings of the model.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the first weights, and of a generator.")] = None,
    load: Annotated[Path | None, typer.Option(metavar="FILE", help="Go on with a saved model.")] = None,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Save the model at the end.")] = None,
    with_baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Run no-change and majority beside the model.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON instead of a table.")] = False,
    picture: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw the run.")] = None,
) -> None:
    """Evaluate a model on a stream."""
    from streamsnn.evaluation import open_stream
    from streamsnn.loading import load as load_model

    from .run import check_file, check_folder, check_plot, compile_kernels, draw, end, run

    check_plot(picture)
    check_file(load)
    check_folder(save)
    settings = settings_from(model_config, assignments or ())
    if load is not None and settings:
        raise BadInput(f"--load: {load} has its settings in it; leave out --set and --model-config")
    if seed is not None and load is None:
        settings["seed"] = seed
    stream = open_stream(source, label=label, seed=seed)
    if stream.endless and limit is None:
        raise BadInput(f"{stream.name} never ends; say how many events: --limit 10000")
    model = model_from(settings, kind) if load is None else load_model(load)
    compile_kernels(model)
    report = run(model, stream, limit=limit, window=window, with_baselines=with_baselines)
    if as_json:
        typer.echo(report.to_json())
    else:
        output().print(report.table())
    if report.events == 0:
        messages().print("the stream had no events")
    if save is not None:
        model.save(save)
        typer.echo(f"model:  {save}", err=True)
    if picture is not None:
        draw(report, picture)
    end(report)
