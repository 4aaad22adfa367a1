"""Test, then train: every event is predicted before it is learned, by several models beside each other."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from river.base import Classifier

from .curve import Curve
from .drift import DriftMarks
from .interrupt import Interrupt
from .metrics import Scores
from .report import ModelResult, Report
from .stepping import Chunk, Event, predict_and_learn
from .streams import Stream

log = logging.getLogger("streamsnn")


@dataclass
class Track:
    """What is recorded of one model during a run.

    Attributes
    ----------
    name, model
        As given.
    scores
        All measures so far; ``scores.rolling.get()`` is the live accuracy.
    drift
        Marks where the error rose.
    curve
        Points to plot.
    seconds
        Time spent inside the model.
    """

    name: str
    model: Classifier
    scores: Scores
    drift: DriftMarks = field(default_factory=DriftMarks)
    curve: Curve = field(default_factory=Curve)
    seconds: float = 0.0

    def take(self, chunk: Chunk, event: int) -> None:
        """Predict and learn a chunk; `event` events came before it."""
        started = time.perf_counter()
        answers = predict_and_learn(self.model, chunk)
        self.seconds += time.perf_counter() - started
        for label, answer in zip(chunk.labels, answers, strict=True):
            self.scores.update(label, answer.predicted, answer.probability)
            self.drift.update(label != answer.predicted)
        self.curve.add(event + len(answers), self.scores.rolling.get(), spike_rate(self.model))


Progress = Callable[[int, list[Track]], None]


def prequential(
    models: Mapping[str, Classifier],
    stream: Stream,
    *,
    limit: int | None = None,
    window: int = 1000,
    chunk: int | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Run models over a stream, each event predicted before it is learned.

    The models see the same events in the same order. Ctrl-C ends the run after the chunk at hand, with a report of what
    was done; the models can be used on.

    Parameters
    ----------
    models
        Any River classifiers by name; they learn. One that has ``predict_learn_many`` gets numeric chunks in one call.
    stream
        Where the events come from, see `open_stream`.
    limit
        Most events to take.
    window
        Events over which the rolling accuracy looks back.
    chunk
        Events taken at a time; by default between 50 and 1,000, for some 200 points in the curves. A live stream is
        taken event by event, so that no event waits for the next.
    on_progress
        Called after every chunk with the events so far and the tracks of the models.

    Raises
    ------
    ValueError
        If the stream cannot be read on, or a model refuses an event; the message says where.

    Examples
    --------
    >>> from streamsnn.evaluation import baselines, open_stream, prequential
    >>> report = prequential(baselines(), open_stream("Bananas"))
    >>> report.events, [(result.name, round(result.accuracy, 3)) for result in report.models]
    (5300, [('no-change', 0.509), ('majority', 0.551)])
    """
    tracks = [Track(name, model, Scores(window)) for name, model in models.items()]
    events = itertools.islice(iter(stream.events), limit)
    if chunk is None:
        chunk = min(max((stream.rows or 50_000) // 200, 50), 1000)
    done = 0
    started = time.perf_counter()
    with Interrupt() as interrupt:
        log.info("the run begins; Ctrl-C ends it with a report")
        for batch in _chunks(events, 1 if stream.live else chunk, interrupt):
            for track in tracks:
                _take(track, batch, done)
            done += len(batch.events)
            if on_progress is not None:
                on_progress(done, tracks)
        interrupted = interrupt.asked
    return Report(
        stream=stream.name,
        events=done,
        interrupted=interrupted,
        window=window,
        seconds=time.perf_counter() - started,
        models=[_result(track, done) for track in tracks],
    )


def _chunks(events: Iterator[Event], size: int, interrupt: Interrupt) -> Iterator[Chunk]:
    """Chunks until the stream ends or Ctrl-C; what was read before Ctrl-C is still used."""
    while not interrupt.asked:
        batch: list[Event] = []
        try:
            with interrupt.while_waiting():
                for event in itertools.islice(events, size):
                    batch.append(event)
        except KeyboardInterrupt:
            interrupt.asked = True
        if batch:
            yield Chunk(batch)
        if len(batch) < size:
            return


def _take(track: Track, chunk: Chunk, done: int) -> None:
    try:
        track.take(chunk, done)
    except ValueError as error:
        last = done + len(chunk.events)
        where = f"event {last}" if len(chunk.events) == 1 else f"events {done + 1} to {last}"
        raise ValueError(f"{track.name}, {where}: {error}") from error


def spike_rate(model: Any) -> float | None:
    """Spikes a hidden unit and step in the model's last event, averaged over its layers; None if it does not spike."""
    rates = getattr(model, "spike_rates", None)
    return sum(rates) / len(rates) if rates else None


def memory_bytes(model: Any) -> int:
    """Bytes the model takes: by its own account, else by River's."""
    own = getattr(model, "memory_bytes", None)
    return int(own if own is not None else model._raw_memory_usage)


def _result(track: Track, events: int) -> ModelResult:
    return ModelResult(
        name=track.name,
        accuracy=track.scores.accuracy,
        kappa=track.scores.kappa,
        kappa_temporal=track.scores.kappa_temporal,
        log_loss=track.scores.log_loss,
        microseconds_per_event=1e6 * track.seconds / events if events else 0.0,
        memory_bytes=memory_bytes(track.model),
        drift_marks=track.drift.marks,
        curve=track.curve.points,
    )
