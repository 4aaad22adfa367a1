"""The start of a task (SERVICE.md): find the last snapshot, load it, learn again what the journal says."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from streamsnn.snapshot import SnapshotError

from . import clients
from .keyed import KeyedTask, new_task, restore_task
from .models import fingerprint, new_model
from .records import Record
from .settings import Connection, Settings
from .state import EVENTS, Entry, Found, Owner, StateError, find
from .task import PartitionTask

log = logging.getLogger(__name__)
READ_SECONDS = 120.0
AT_MOST_POLL_MS = 500
MOST_THREADS = 4  # beyond them the dearest members decide how long an event takes
WAYS_OUT = "'streamsnn state export' saves the model, 'streamsnn state reset' begins anew"


@dataclass
class Restored:
    """A task that is ready to go on.

    Attributes
    ----------
    task
        It has learned everything up to the positions.
    positions
        Next offset of both inputs.
    found
        What the state topic held; None: nothing.
    relearned
        Records of the journal that were learned again.
    same
        Whether library, processor and settings are those of the journal, so that it was learned bit by bit.
    """

    task: PartitionTask | KeyedTask
    positions: list[int]
    found: Found | None
    relearned: int
    same: bool


def restore(
    settings: Settings, owner: Owner, committed: dict[TopicPartition, Any], partitions: int, beat: Callable[[], Any]
) -> Restored:
    """The task of a partition, as its last committed transaction left it.

    Parameters
    ----------
    settings
        Of the service.
    owner
        Whose state.
    committed
        Offsets, with metadata, that the group has committed.
    partitions
        Of the events topic now.
    beat
        Called now and then, to show that the worker is alive.

    Raises
    ------
    StateError
        If going on could lose or repeat an event; the message names ways out.
    """
    tops = inputs(settings, owner.partition)
    ours = committed.get(tops[EVENTS])
    if ours is not None and ours.offset < 0:
        ours = None
    found = read_state(settings, owner, _begin(ours))
    if found is None:
        if ours is not None and not settings.trust_journal:
            raise StateError(
                f"{owner.topic}-{owner.partition}: the group {owner.group!r} has committed offset {ours.offset}, but "
                "there is no model in the state topic; 'streamsnn state reset' begins anew where you say"
            )
        return Restored(_new_task(settings, owner), _first(settings, tops), None, 0, True)
    if found.partitions != partitions and not settings.accept_partitions:
        raise StateError(
            f"{owner.topic}: it had {found.partitions} partitions and now has {partitions}, so that keys have moved "
            f"between models; go on with --accept-partitions, or: {WAYS_OUT}"
        )
    if settings.exactly_once and not settings.trust_journal and not found.is_reset:
        _compare(owner, committed, tops, found.last_positions)
    _check_kept(settings, tops, found)
    if found.is_reset:
        return Restored(_new_task(settings, owner), found.positions, found, 0, True)
    now, then = fingerprint(settings), found.fingerprint
    changed = [name for name in now if now[name] != then.get(name)]
    if "model" in changed:
        raise StateError(
            f"{owner.topic}-{owner.partition}: the stored model began as {then.get('model')!r}, the settings ask for "
            f"{now['model']!r}; {WAYS_OUT}"
        )
    if found.entries and {"library", "numba", "task"} & set(changed):
        raise StateError(
            f"{owner.topic}-{owner.partition}: {', '.join(changed)} changed since the journal was written, which would "
            f"be learned differently now; first stop the former worker gracefully, which empties the journal, or: "
            f"{WAYS_OUT}"
        )
    task = load_task(owner, found.content, settings)
    count = _relearn(settings, task, tops, found, same=not changed, beat=beat)
    return Restored(task, found.last_positions, found, count, not changed)


def inputs(settings: Connection, partition: int) -> list[TopicPartition]:
    """Both inputs of a task; the second one is missing where there is no label topic."""
    return [TopicPartition(topic, partition) for topic in (settings.events, settings.labels) if topic]


def read_state(settings: Connection, owner: Owner, begin: int | None) -> Found | None:
    """What the state topic holds of a task, read from an offset on, or from the first one.

    Raises
    ------
    StateError
        If it cannot be read to its end in time: somebody's transaction is open.
    """
    top = TopicPartition(settings.state, owner.partition)
    # The end is that of all records: read_committed alone would stop at a stranger's open transaction, before our own.
    whole = clients.reader(settings, top, committed=False)
    try:
        end, first = whole.end_offsets([top])[top], whole.beginning_offsets([top])[top]
    finally:
        whole.close()
    start = first if begin is None or begin < first else begin
    reading = Reading(settings, top, start)
    try:
        found = find(owner, ((each.offset, each.key, each.value) for each in reading.up_to(end)))
    finally:
        reading.close()
    if found is None and start > first:
        return read_state(settings, owner, None)
    return found


class Reading:
    """Committed records of a partition, in order, as far as wanted."""

    def __init__(self, settings: Connection, top: TopicPartition, start: int) -> None:
        self.top = top
        self._consumer: KafkaConsumer = clients.reader(settings, top)
        self._consumer.seek(top, start)
        self._held: deque[Any] = deque()

    def close(self) -> None:
        self._consumer.close()

    def up_to(self, end: int) -> Iterator[Any]:
        """Records before an offset, until the position has passed it: markers of transactions take offsets, too."""
        deadline = time.monotonic() + READ_SECONDS
        while True:
            while self._held:
                if self._held[0].offset >= end:
                    return
                yield self._held.popleft()
            if self._consumer.position(self.top) >= end:
                return
            polled = self._consumer.poll(AT_MOST_POLL_MS).get(self.top, [])
            self._held.extend(polled)
            if polled:
                deadline = time.monotonic() + READ_SECONDS
            elif time.monotonic() > deadline:
                raise StateError(
                    f"{self.top.topic}-{self.top.partition}: nothing to read up to {end} for {READ_SECONDS:g} s"
                )


def as_record(which: int, each: Any) -> Record:
    """A record of kafka-python as the task wants it."""
    return Record(which, each.topic, each.partition, each.offset, each.timestamp, each.key, each.value, each.headers)


def _new_task(settings: Settings, owner: Owner) -> PartitionTask | KeyedTask:
    """A task that has learned nothing here; with ``warm_start``, its model is what another partition's snapshot holds.

    Its first transaction writes that model as a snapshot of its own, so that the other partition is never asked again.
    """
    source = settings.warm_start
    if source is not None and source != owner.partition:
        found = read_state(settings, Owner(owner.group, owner.topic, source), None)
        if found is not None and not found.is_reset:
            log.info("partition %d: begins with snapshot %d of partition %d", owner.partition, found.snapshot, source)
            return new_task(load_task(owner, found.content, settings).model, settings.task)
        log.warning("partition %d: partition %d has no model to begin with", owner.partition, source)
    return new_task(new_model(settings), settings.task)


def load_task(owner: Owner, content: bytes, settings: Settings) -> PartitionTask | KeyedTask:
    """The task of a snapshot.

    Raises
    ------
    StateError
        If this version of the library does not know the model, or it is damaged.
    """
    try:
        return restore_task(content, settings.task)
    except SnapshotError as error:
        raise StateError(
            f"{owner.topic}-{owner.partition}: this version of streamsnn cannot read the stored model ({error}); go on "
            "with the one that wrote it, or begin anew with 'streamsnn state reset'"
        ) from error


def _begin(committed: Any) -> int | None:
    """Where the last snapshot begins in the state topic, as the metadata of the committed offset says."""
    text = getattr(committed, "metadata", "") or ""
    return int(text.removeprefix("state=")) if text.startswith("state=") else None


def _first(settings: Settings, tops: list[TopicPartition]) -> list[int]:
    positions = [0, 0]
    for which, top in enumerate(tops):
        consumer = clients.reader(settings, top)
        try:
            ask = consumer.beginning_offsets if settings.start_at == "earliest" else consumer.end_offsets
            positions[which] = ask([top])[top]
        finally:
            consumer.close()
    return positions


def _compare(
    owner: Owner, committed: dict[TopicPartition, Any], tops: list[TopicPartition], positions: list[int]
) -> None:
    for which, top in enumerate(tops):
        there = committed.get(top)
        if there is None or there.offset < 0:  # they expire, the journal does not
            continue
        if there.offset != positions[which]:
            raise StateError(
                f"{top.topic}-{top.partition}: the group {owner.group!r} has committed offset {there.offset}, the "
                f"journal says {positions[which]}; go on from the journal with --trust-journal, or: {WAYS_OUT}"
            )


def _relearn(
    settings: Settings,
    task: PartitionTask | KeyedTask,
    tops: list[TopicPartition],
    found: Found,
    same: bool,
    beat: Callable[[], Any],
) -> int:
    if not found.entries:
        return 0
    readings = [Reading(settings, top, start) for top, start in zip(tops, found.positions, strict=False)]
    count = 0
    spread = getattr(task.model, "in_threads", nullcontext)
    try:
        with spread(min(os.cpu_count() or 1, MOST_THREADS)):
            for entry in found.entries:
                count += _relearn_entry(task, entry, readings)
                if same and task.checksum != entry.checksum:
                    raise StateError(
                        f"{found.snapshot}/{entry.number}: learning the journal again gave another result with the "
                        f"same library and processor, so that something is wrong; {WAYS_OUT}"
                    )
                beat()
    finally:
        for reading in readings:
            reading.close()
    return count


def _check_kept(settings: Settings, tops: list[TopicPartition], found: Found) -> None:
    """What is to be learned again is still there, and what is to be read, unless the journal is all that counts."""
    taken = {which for entry in found.entries for which, _, _ in entry.ranges}
    consumer = clients.reader(settings, tops[EVENTS])
    try:
        firsts = consumer.beginning_offsets(tops)
    finally:
        consumer.close()
    for which, top in enumerate(tops):
        if which not in taken and settings.trust_journal:
            continue
        start = found.positions[which] if which in taken else found.last_positions[which]
        if firsts[top] > start:
            raise StateError(
                f"{top.topic}-{top.partition}: records from {start} up to {firsts[top]} were deleted before they were "
                f"learned; {WAYS_OUT}"
            )


def _relearn_entry(task: PartitionTask | KeyedTask, entry: Entry, readings: list[Reading]) -> int:
    skipped = {tuple(each) for each in entry.skipped}
    records = [as_record(which, each) for which, _, end in entry.ranges for each in readings[which].up_to(end)]
    begin = 0
    for k, record in enumerate(records):
        if (record.input, record.offset) in skipped:
            task.handle_many(records[begin:k])
            task.dead_letter(record, "skipped")
            begin = k + 1
    task.handle_many(records[begin:])
    return len(records)
