"""``streamsnn demo``: the service's main job on a real stream, in this process or on a broker."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from streamsnn.cli.console import messages, output, says_what_is_wrong
from streamsnn.cli.run import compile_kernels, draw, end, run
from streamsnn.evaluation import open_stream

from .records import PREDICTION, Record
from .state import EVENTS, LABELS
from .task import PartitionTask
from .wire import encode

STREAM = "Shuttle"

HELP = """Score and learn a real stream before your eyes.

The 49,097 events of the Statlog Shuttle stream, which comes with River (nine sensors of a space shuttle, normal or
not), go as JSON through the same task that 'streamsnn serve' runs on Kafka: each is scored when it comes, and learned
when its label comes. Beside it run the two baselines that any model has to beat: the last label again (no-change) and
the commonest label so far (majority).

\b
What it writes, into the folder streamsnn-demo:
  report.json          all measures
  plot.png             accuracy, drift marks, spike rate
  model.safetensors    the trained network, for streamsnn inspect

With --kafka HOST:PORT it does the same on a broker: it makes topics of its own, starts a worker, replays the stream,
and reads the predictions.
"""


class Transport:
    """A partition task behind a classifier's methods: every event, label and prediction is a record of JSON.

    Examples
    --------
    >>> from streamsnn import SpikingClassifier
    >>> transport = Transport(SpikingClassifier(seed=1))
    >>> transport.predict_proba_one({"x": 1.0})
    {}
    >>> transport.learn_one({"x": 1.0}, True)
    >>> transport.predict_proba_one({"x": 1.0})
    {True: 1.0}
    """

    def __init__(self, model: Any) -> None:
        self.task = PartitionTask(model)
        self._offsets = [0, 0]

    def __getattr__(self, name: str) -> Any:
        if name not in ("spike_rates", "memory_bytes", "drift_detected"):  # what a report asks of a model
            raise AttributeError(name)
        return getattr(self.task.model, name)

    def predict_proba_one(self, x: dict[str, Any]) -> dict[Any, float]:
        """Send an event, read its prediction."""
        event = {"id": str(self._offsets[EVENTS]), "features": x}
        (said,) = self._send(EVENTS, event)
        keys = {label if isinstance(label, str) else json.dumps(label): label for label in self.task.model.labels}
        return {keys[key]: share for key, share in said["probabilities"].items()}

    def predict_one(self, x: dict[str, Any]) -> Any:
        """The likeliest label; sends nothing."""
        return self.task.model.predict_one(x)

    def learn_one(self, x: dict[str, Any], y: Any) -> None:
        """Send the label of the last event."""
        self._send(LABELS, {"id": str(self._offsets[EVENTS] - 1), "label": y})

    def _send(self, which: int, content: dict[str, Any]) -> list[dict[str, Any]]:
        now = int(time.time() * 1000)
        record = Record(which, ("events", "labels")[which], 0, self._offsets[which], now, None, encode(content))
        self._offsets[which] += 1
        return [json.loads(each.value or b"") for each in self.task.handle(record, now) if each.kind == PREDICTION]


def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", help="Folder for what it writes.")] = Path("streamsnn-demo"),
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first weights.")] = 1,
    kafka: Annotated[str | None, typer.Option(help="Do it on this broker, HOST:PORT.")] = None,
) -> None:
    """Run the demonstration."""
    folder.mkdir(parents=True, exist_ok=True)
    if kafka is not None:
        from .broker_demo import on_broker

        on_broker(kafka, folder, limit, seed)
        return
    from streamsnn import SpikingClassifier

    model = SpikingClassifier(seed=seed)
    compile_kernels(model)
    transport: Any = Transport(model)
    report = run(transport, open_stream(STREAM), limit=limit, window=1000, with_baselines=True)
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


demo_app = typer.Typer(rich_markup_mode=None, add_completion=False)
demo_app.command(name="demo", help=HELP)(says_what_is_wrong(demo))
