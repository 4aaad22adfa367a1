"""``streamsnn demo``: the main job on real input, with nothing to prepare."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from .console import messages, output, says_what_is_wrong

STREAM = "Shuttle"

HELP = """Learn a real stream before your eyes.

A network with default settings takes in the 49,097 events of the Statlog Shuttle stream, which comes with River: nine
sensors of a space shuttle, normal or not. Each event is predicted before it is learned. Beside it run the two baselines
that any model has to beat: the last label again (no-change) and the commonest label so far (majority).

\b
What it writes, into the folder streamsnn-demo:
  report.json          all measures
  plot.png             accuracy, drift marks, spike rate
  model.safetensors    the trained network, for streamsnn inspect
"""


@says_what_is_wrong
def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", help="Folder for what it writes.")] = Path("streamsnn-demo"),
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first weights.")] = 1,
) -> None:
    """Run the demonstration."""
    from streamsnn import SpikingClassifier
    from streamsnn.evaluation import open_stream

    from .run import compile_kernels, draw, end, run

    folder.mkdir(parents=True, exist_ok=True)
    model = SpikingClassifier(seed=seed)
    compile_kernels(model)
    report = run(model, open_stream(STREAM), limit=limit, window=1000, with_baselines=True)
    output().print(report.table())
    report.write(folder / "report.json")
    typer.echo(f"report: {folder / 'report.json'}", err=True)
    if importlib.util.find_spec("matplotlib") is None:
        messages().print('no plot: it needs matplotlib, pip install "streamsnn\\[plot]"')
    else:
        draw(report, folder / "plot.png")
    model.save(folder / "model.safetensors")
    typer.echo(f"model:  {folder / 'model.safetensors'}  (streamsnn inspect shows what is in it)", err=True)
    end(report)
