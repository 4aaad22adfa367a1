"""A partition task: records in, outputs and state changes out. Plain, deterministic, without I/O."""

from __future__ import annotations

import base64
import json
import struct
import tempfile
import zlib
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streamsnn import PendingEvents, load

from . import cloudevents
from .answers import Answers, Form
from .labels import Labels
from .records import ALERT, DEAD_LETTER, PREDICTION, Output, Record
from .schema import Schema
from .state import EVENTS, LABELS
from .wire import Event, WireError, encode, parse_event, parse_label

DETECTORS = "mixture", "rungs"
CLOCKS = 15  # the time is the median of so many last records: a few dated 9999 move nothing


@dataclass(frozen=True)
class TaskSettings:
    """What a task needs to know.

    Attributes
    ----------
    learn
        Whether labels are learned.
    late_labels
        Whether unlabelled events wait for labels of their own topic.
    flat
        Field of the label in flat events; None: events as in SERVICE.md.
    pending
        Events, and labels without event, that wait at most.
    expire_ms
        How long labels wait for their events, by the timestamps of the records.
    schema
        What features must look like; None: any.
    cloudevents
        Whether events and predictions are CloudEvents in binary mode.
    model_per, max_keys
        ``"key"``: a model for each key of the records, of at most so many; see `KeyedTask`.
    """

    learn: bool = True
    late_labels: bool = True
    flat: str | None = None
    pending: int = 10_000
    expire_ms: int = 24 * 3600 * 1000
    schema: Schema | None = None
    cloudevents: bool = False
    model_per: str = "partition"
    max_keys: int = 100


class PartitionTask:
    """Scores and learns what one partition brings.

    Parameters
    ----------
    model
        A classifier of streamsnn.
    settings
        See `TaskSettings`.

    Examples
    --------
    >>> from streamsnn import SpikingClassifier
    >>> task = PartitionTask(SpikingClassifier(seed=1))
    >>> value = b'{"features": {"x": 1.0}, "label": "up"}'
    >>> [output.kind for output in task.handle(Record(0, "events", 0, 0, 0, None, value))]
    ['prediction']
    >>> [output.kind for output in task.handle(Record(0, "events", 0, 1, 0, None, b"{"))]
    ['dead letter']
    """

    def __init__(self, model: Any, settings: TaskSettings | None = None) -> None:
        self.model = model
        self.settings = settings or TaskSettings()
        self.counts: Counter[str] = Counter()
        self.checksum = 0
        bound = self.settings.pending
        self._pending = PendingEvents(model, capacity=bound, max_early=bound, max_remembered=2 * bound)
        self._early: OrderedDict[str, tuple[Any, float, Record]] = OrderedDict()
        self._times: deque[int] = deque(maxlen=CLOCKS)
        self._labels = Labels(model.labels)
        self._answers = Answers(self._labels)
        self._known = frozenset(model.labels)
        self._drifts = self._drifts_so_far()

    @property
    def waiting(self) -> int:
        """Events that wait for labels, and labels that wait for events."""
        return len(self._pending) + len(self._early)

    def handle(self, record: Record, now_ms: int | None = None) -> list[Output]:
        """Score, learn, and say what is to be written. `now_ms` only tells the latency."""
        outputs = self._expire(record.timestamp)
        try:
            if record.input == EVENTS:
                outputs += self._event(record, now_ms)
            else:
                outputs += self._label(record)
        except ValueError as error:  # by the wire or by the model: the record cannot be taken, nothing has changed
            outputs.append(self.dead_letter(record, str(error)))
        return outputs

    def handle_many(self, records: Iterable[Record], now_ms: int | None = None) -> list[Output]:
        """As `handle` of one after the other, bit for bit; events whose label is known are learned in compiled runs."""
        outputs: list[Output] = []
        run: list[tuple[Record, Event]] = []
        for record in records:
            event = self._of_a_run(record)
            if event is None:
                outputs += self._handle_run(run, now_ms)
                run = []
                outputs += self.handle(record, now_ms)
            else:
                run.append((record, event))
        return outputs + self._handle_run(run, now_ms)

    def dead_letter(self, record: Record, error: str, attempts: int = 1) -> Output:
        """The record itself, raw, with what was wrong."""
        self.counts["dead letters"] += 1
        said = {
            "error": error[:500].encode("utf-8", "replace").decode(),
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "attempt": str(attempts),
        }
        return Output(DEAD_LETTER, record.key, record.value, [(name, text.encode()) for name, text in said.items()])

    # --- events ------------------------------------------------------------------------------------------------------

    def _event(self, record: Record, now_ms: int | None) -> list[Output]:
        event = self._parse(record)
        before = self.counts["learned"]
        learned = False
        if event.label is None or not self.settings.learn:
            waits = self.settings.late_labels and self.settings.learn
            said = self._score_waiting(event) if waits else self.model.predict_proba_one(event.features)
        else:
            if self._waits(event):
                raise WireError(f"duplicate: the event {event.id!r:.80} waits for its label")
            said = self.model.predict_proba_one(event.features)
            self._learn(event)
            learned = True
        shares = list(said.values())
        self.checksum = zlib.crc32(struct.pack(f"<{len(shares)}d", *shares), self.checksum)
        self.counts["events"] += 1
        self.counts["learned"] += learned
        outputs = [self._prediction(record, event, self._answers.form(tuple(said)), shares, before, now_ms)]
        if learned:
            outputs += self._alerts(record)
        elif event.id in self._early:
            label, weight, sent = self._early.pop(event.id)
            outputs += self._learn_late(sent, event.id, label, weight)
        return outputs

    def _of_a_run(self, record: Record) -> Event | None:
        """The event, if nothing about it is special: it has a label that the model knows, and nothing waits for it."""
        if record.input != EVENTS or self._early or not self.settings.learn:
            return None
        try:
            event = self._parse(record)
        except ValueError:
            return None
        known = event.label is not None and self._labels.inside(event.label) in self._known
        return event if known and not self._waits(event) else None

    def _handle_run(self, run: list[tuple[Record, Event]], now_ms: int | None) -> list[Output]:
        if len(run) > 1:
            labels = [self._labels.inside(event.label) for _, event in run]
            try:
                said = self.model.predict_learn_many(
                    [event.features for _, event in run], labels, [event.weight for _, event in run]
                )
            except ValueError:  # one of them cannot be taken, nothing has been learned
                pass
            else:
                return self._after_run(run, np.ascontiguousarray(said[:, : len(self.model.labels)]), now_ms)
        return [output for record, _ in run for output in self.handle(record, now_ms)]

    def _after_run(self, run: list[tuple[Record, Event]], said: Any, now_ms: int | None) -> list[Output]:
        """What `_event` does for one event, once a run has been learned."""
        form = self._answers.form(self.model.labels)
        self.checksum = zlib.crc32(said.tobytes(), self.checksum)
        drifted: list[list[int]] = getattr(self.model, "drifts_by_event", np.zeros((len(run), 2), np.int64)).tolist()
        outputs: list[Output] = []
        for (record, event), shares, drifts in zip(run, said.tolist(), drifted, strict=True):
            self._times.append(record.timestamp)
            if event.named and self.settings.late_labels:
                self._pending.settle(event.id)
            outputs.append(self._prediction(record, event, form, shares, self.counts["learned"], now_ms))
            self.counts["learned"] += 1
            if any(drifts):
                outputs += self._alerts_of(record, dict(zip(DETECTORS, drifts, strict=True)))
        self.counts["events"] += len(run)
        self._drifts = self._drifts_so_far()
        return outputs

    def _waits(self, event: Event) -> bool:
        """Whether an event of this id has been scored, and waits for its label."""
        return event.named and self.settings.late_labels and event.id in self._pending

    def _parse(self, record: Record) -> Event:
        name, flat = f"{record.partition}-{record.offset}", self.settings.flat
        if self.settings.cloudevents:
            name = cloudevents.event_id(record.headers)
        event = parse_event(record.value, name, flat)
        if self.settings.cloudevents:
            event = event._replace(id=name, named=True)
        if self.settings.schema is not None:
            event = event._replace(features=self.settings.schema.apply(event.features))
        return event

    def _score_waiting(self, event: Event) -> dict[Any, float]:
        expired = self._pending.counts["expired"]
        said = self._pending.score_one(event.id, event.features)
        self.counts["expired"] += self._pending.counts["expired"] - expired
        return said

    def _learn(self, event: Event) -> None:
        label = self._labels.inside(event.label)
        self.model.learn_one(event.features, label, event.weight)
        self._learned(label)
        if event.named and self.settings.late_labels:
            self._pending.settle(event.id)

    def _learned(self, label: Any) -> None:
        self._labels.learned(label)
        if label not in self._known:
            self._known = frozenset(self.model.labels)

    def _prediction(
        self, record: Record, event: Event, form: Form, shares: list[float], before: int, now_ms: int | None
    ) -> Output:
        value, best = form.write(
            event.id,
            (record.topic, record.partition, record.offset),
            shares,
            events_learned=before,
            labelled=event.label is not None,
            latency_ms=None if now_ms is None else max(0, now_ms - record.timestamp),
        )
        if event.label is not None:
            self.counts["scored with label"] += 1
            self.counts["right"] += best == event.label and type(best) is type(event.label)
        return self._output(PREDICTION, record, event.id, value)

    def _alerts(self, record: Record) -> list[Output]:
        before, self._drifts = self._drifts, self._drifts_so_far()
        return self._alerts_of(record, {name: self._drifts[name] - before[name] for name in DETECTORS})

    def _alerts_of(self, record: Record, drifts: dict[str, int]) -> list[Output]:
        return [self._alert(record, name, count) for name, count in drifts.items() if count > 0]

    def _drifts_so_far(self) -> dict[str, int]:
        return getattr(self.model, "drifts", None) or {"mixture": 0, "rungs": 0}

    def _alert(self, record: Record, detector: str, count: int) -> Output:
        self.counts["drifts"] += 1
        content = {
            "source": record.source,
            "detector": detector,
            "count": count,
            "events_learned": self.counts["learned"],
            "time": record.timestamp,
        }
        return self._output(ALERT, record, f"{record.partition}-{record.offset}-{detector}", encode(content))

    def _output(self, kind: str, record: Record, name: str, value: bytes) -> Output:
        source = f"{record.topic}/{record.partition}"
        headers = cloudevents.attributes(kind, name, source) if self.settings.cloudevents else []
        return Output(kind, record.key, value, headers)

    # --- labels of their own topic -----------------------------------------------------------------------------------

    def _label(self, record: Record) -> list[Output]:
        label = parse_label(record.value)
        fate = self._pending.fate(label.id)
        if fate == "waiting":
            return self._learn_late(record, label.id, label.label, label.weight)
        if fate == "learned" or label.id in self._early:
            raise WireError(f"duplicate: the event {label.id!r:.80} has its label")
        if fate == "expired":
            raise WireError(f"expired: the event {label.id!r:.80} waits no longer")
        self._early[label.id] = label.label, label.weight, record
        self.counts["early labels"] += 1
        outputs = []
        while len(self._early) > self.settings.pending:
            outputs.append(self._unknown())
        return outputs

    def _learn_late(self, record: Record, event_id: str, label: Any, weight: float) -> list[Output]:
        inside = self._labels.inside(label)
        try:
            self._pending.label_one(event_id, inside, weight)
        except ValueError as error:
            return [self.dead_letter(record, str(error))]
        self._learned(inside)
        self.counts["learned"] += 1
        return self._alerts(record)

    def give_up(self) -> list[Output]:
        """Dead letters of all labels that wait for events: this task ends."""
        return [self._unknown() for _ in range(len(self._early))]

    def _unknown(self) -> Output:
        event_id, (_, _, record) = self._early.popitem(last=False)
        return self.dead_letter(record, f"unknown: no event {event_id!r:.80} came")

    def _expire(self, timestamp: int) -> list[Output]:
        """Dead letters of the labels that have waited too long for their events."""
        self._times.append(timestamp)
        outputs: list[Output] = []
        if not self._early:
            return outputs
        now = sorted(self._times)[(len(self._times) - 1) // 2]
        while self._early:
            _, _, record = next(iter(self._early.values()))
            if now - record.timestamp <= self.settings.expire_ms:
                break
            outputs.append(self._unknown())
        return outputs

    # --- state -------------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Everything that is needed to go on."""
        return self.freeze()()

    def freeze(self) -> Callable[[], bytes]:
        """What gives the `snapshot` of now, while the task goes on: copying is quick, packing is not."""
        model, pending = self.model.frozen(), self._pending.without_model()
        early = [(name, *waiting) for name, waiting in self._early.items()]
        state = {"counts": dict(self.counts), "checksum": self.checksum, "times": list(self._times)}

        def pack() -> bytes:
            plain = [[name, label, weight, _plain(record)] for name, label, weight, record in early]
            parts = [encode({**state, "early": plain}), model.to_bytes(), pending.to_bytes()]
            return zlib.compress(b"".join(len(part).to_bytes(8, "big") + part for part in parts), level=1)

        return pack

    @classmethod
    def restore(cls, content: bytes, settings: TaskSettings | None = None) -> PartitionTask:
        """The task whose `snapshot` this is.

        Raises
        ------
        SnapshotError
            If the model in it is not one of ours.
        """
        content, parts = zlib.decompress(content), []
        while content:
            size = int.from_bytes(content[:8], "big")
            parts.append(content[8 : 8 + size])
            content = content[8 + size :]
        head = json.loads(parts[0])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            (path / "model").write_bytes(parts[1])
            (path / "pending").write_bytes(parts[2])
            task = cls(load(path / "model"), settings)
            task._pending = PendingEvents.load(path / "pending", task.model)
        task.counts.update(head["counts"])
        task.checksum = head["checksum"]
        task._times.extend(head["times"])
        for name, label, weight, plain in head["early"]:
            task._early[name] = label, weight, _record(plain)
        return task


def _plain(record: Record) -> list[Any]:
    raw = [None if part is None else base64.b64encode(part).decode() for part in (record.key, record.value)]
    return [record.topic, record.partition, record.offset, record.timestamp, *raw]


def _record(plain: list[Any]) -> Record:
    topic, partition, offset, timestamp, *raw = plain
    key, value = (None if part is None else base64.b64decode(part) for part in raw)
    return Record(LABELS, topic, partition, offset, timestamp, key, value)
