"""The service without a broker: the same task on lines of JSON."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator
from typing import IO, Any

from .keyed import KeyedTask, new_task
from .models import new_model
from .records import DEAD_LETTER, PREDICTION, Output, Record
from .settings import Settings
from .state import EVENTS, LABELS
from .task import PartitionTask

TOPIC = "lines"


def records(lines: Iterable[bytes], flat: bool = False) -> Iterator[Record]:
    """A record for each line that is not blank; one with ``id`` and ``label``, but no ``features``, is a label."""
    for number, line in enumerate(lines):
        if line.strip():
            yield Record(_input(line, flat), TOPIC, 0, number, int(time.time() * 1000), None, line.rstrip(b"\r\n"))


def run(settings: Settings, lines: Iterable[bytes], predictions: IO[str], others: IO[str]) -> PartitionTask | KeyedTask:
    """Score and learn line by line.

    Parameters
    ----------
    settings
        Those of a worker; what concerns Kafka is ignored.
    lines
        Events and labels, as in the topics.
    predictions
        Where predictions go, one JSON object a line.
    others
        Where alerts and dead letters go, the latter with their raw bytes in base64.

    Returns
    -------
    The task, with its model and counts.
    """
    task = new_task(new_model(settings), settings.task)
    for record in records(lines, settings.flat is not None):
        for output in task.handle(record, int(time.time() * 1000)):
            place = predictions if output.kind == PREDICTION else others
            place.write(_line(output) + "\n")
            place.flush()
    return task


def _input(line: bytes, flat: bool) -> int:
    if flat:
        return EVENTS
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return EVENTS  # the task says what is wrong with it
    is_label = isinstance(content, dict) and {"id", "label"} <= set(content) and "features" not in content
    return LABELS if is_label else EVENTS


def _line(output: Output) -> str:
    if output.kind != DEAD_LETTER:
        return (output.value or b"").decode()
    headers: dict[str, Any] = {name: value.decode() for name, value in output.headers}
    return json.dumps({"dead_letter": headers, "value": base64.b64encode(output.value or b"").decode()})
