"""The start of a task (SERVICE.md): find the last snapshot, load it, learn again what the journal says."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition

from streamsnn.snapshot import SnapshotError

from . import clients
from .keyed import KeyedTask, new_task, restore_task
from .models import fingerprint, new_model
from .reading import Reading, inputs, read_state
from .records import as_record
from .settings import Settings
from .state import EVENTS, Entry, Found, Owner, StateError
from .task import PartitionTask

log = logging.getLogger(__name__)
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
    with ExitStack() as open_ones:
        spans = zip(tops, found.positions, found.last_positions, strict=False)
        readings = [open_ones.enter_context(Reading(settings, top, start, end)) for top, start, end in spans]
        task = load_task(owner, found.content, settings)
        count = _relearn(task, found, readings, same=not changed, beat=beat)
    return Restored(task, found.last_positions, found, count, not changed)


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
    task: PartitionTask | KeyedTask, found: Found, readings: list[Reading], same: bool, beat: Callable[[], Any]
) -> int:
    count = 0
    spread = getattr(task.model, "in_threads", nullcontext)
    with spread(min(os.cpu_count() or 1, MOST_THREADS)):
        for entry in found.entries:
            count += _relearn_entry(task, entry, readings)
            if same and task.checksum != entry.checksum:
                raise StateError(
                    f"{found.snapshot}/{entry.number}: learning the journal again gave another result with the "
                    f"same library and processor, so that something is wrong; {WAYS_OUT}"
                )
            beat()
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
