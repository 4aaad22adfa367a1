"""A task in transactions: its producer, its labels, its journal."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from . import clients
from .inbox import ranges_of
from .intake import Intake
from .journal import Journal
from .metrics import Metrics
from .models import fingerprint
from .pace import Pace
from .reading import inputs
from .records import Output, Record
from .restore import restore
from .settings import Settings
from .state import EVENTS, Owner
from .transactions import Transactions, Written

log = logging.getLogger(__name__)
ATTEMPTS = 3
TOO_LARGE = MessageSizeTooLargeError, RecordListTooLargeError
SMALLEST_BATCH_BYTES = 1024
SLICE_SECONDS, PACKING_SECONDS = 0.002, 0.05


class TaskFailure(RuntimeError):
    """The task could not handle a record, or one of several."""

    def __init__(self, first: Record, last: Record) -> None:
        more = f" to {last.topic}-{last.partition} offset {last.offset}" if last is not first else ""
        super().__init__(f"{first.topic}-{first.partition} offset {first.offset}{more}")


@dataclass
class Batch:
    """Records that the task has handled since the last commit, and what follows from them."""

    records: list[Record] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    skipped: list[list[int]] = field(default_factory=list)
    seconds: float = 0.0


class Runner:
    """Runs the task of one partition: batch by batch, each in a transaction.

    Whatever goes wrong, producer and model are dropped (`stop`), and the task starts again from what is committed: the
    model learns in place, and only a confirmed commit says that it may keep what it learned.

    Parameters
    ----------
    settings
        Of the service.
    partition
        Its number.
    partitions
        How many the events topic has.
    metrics
        Where it counts.

    Attributes
    ----------
    intake
        Where what is read waits, once it has started.
    """

    intake: Intake

    def __init__(self, settings: Settings, partition: int, partitions: int, metrics: Metrics) -> None:
        self.settings, self.partition, self.partitions, self.metrics = settings, partition, partitions, metrics
        self.owner = Owner(settings.group, settings.events, partition)
        self.inputs = inputs(settings, partition)
        self.fingerprint = fingerprint(settings)
        self.failures: Counter[tuple[int, int]] = Counter()
        self._suspects: set[tuple[int, int]] = set()  # one of them, nobody knows which, made the task fail
        self._batch_bytes = clients.BATCH_BYTES
        self.running = False
        self.task: Any = None
        self._clients = ExitStack()

    # --- start and stop ----------------------------------------------------------------------------------------------

    def start(
        self, committed: Callable[[list[TopicPartition]], dict[TopicPartition, Any]], beat: Callable[[], Any]
    ) -> int:
        """Fence the former owner, restore the task; gives the offset to read events from.

        Raises
        ------
        StateError
            If the state cannot be gone on from.
        KafkaError
            If a broker does not answer; start again.
        """
        begin = time.monotonic()
        self.stop()
        self._transactions = Transactions(self.settings, self.owner, self.inputs, self._batch_bytes)
        self._clients.callback(self._transactions.close)
        restored = restore(self.settings, self.owner, committed(self.inputs), self.partitions, beat)
        self.task, self.positions, found = restored.task, restored.positions, restored.found
        self.intake = Intake(self.settings, self.inputs, self.positions)
        self._clients.callback(self.intake.close)
        self._batch = Batch()
        self._pace = Pace(self.settings.commit_interval_ms / 1000)
        self._journal = Journal(
            self.owner, found, self.fingerprint, self.partitions, partial(self.metrics.snapshot, self.partition)
        )
        self._records_since = restored.relearned
        self._transactions.begin = found.begin if found else 0
        self._last_snapshot = time.monotonic()
        self._must_snapshot = found is None or found.is_reset or not restored.same
        self._known = Counter(self.task.counts)
        self.running = True
        took = time.monotonic() - begin
        self.metrics.restored(self.partition, took)
        if not restored.same:
            log.warning(
                "partition %d: the journal was learned on another processor or library; snapshot now", self.partition
            )
        log.info(
            "partition %d: ready at offset %d after %.2f s, %d records learned again since snapshot %d",
            self.partition, self.positions[EVENTS], took, restored.relearned,
            restored.found.snapshot if restored.found else -1,
        )  # fmt: skip
        return self.positions[EVENTS]

    def stop(self) -> None:
        """Drop producer and model; nothing is committed."""
        self.running = False
        self.task = None
        self._clients.close()

    def note(self, error: Exception) -> None:
        """Why it is going to be stopped; batches that are too large for the broker come smaller from then on."""
        if any(isinstance(each, TOO_LARGE) for each in (error, *error.args)):  # the client wraps it when it comes late
            self._batch_bytes = max(self._batch_bytes // 2, SMALLEST_BATCH_BYTES)

    # --- what is due -------------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Records that may still be read before some of those that wait are learned."""
        return 8 * self.settings.max_batch - len(self.intake)

    @property
    def wants_more(self) -> bool:
        """Whether the batch would not be full with all that waits."""
        return self.running and len(self._batch.records) + len(self.intake) < self.settings.max_batch

    @property
    def must_commit(self) -> bool:
        """Whether the batch is full, or has waited long enough, or a snapshot is due, and nothing is under way."""
        if len(self._batch.records) >= self.settings.max_batch:
            return True
        waited = self._pace.due_in(time.monotonic()) <= 0.0
        due = self._must_snapshot or self._snapshot_due or (waited and self._has_something)
        return due and not self._transactions.busy

    @property
    def _has_something(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._batch.records) or self._journal.waits

    def due_in(self) -> float:
        """Seconds until there is something to do, if nothing comes."""
        now = time.monotonic()
        if self._must_snapshot or len(self._batch.records) >= self.settings.max_batch:
            return 0.0
        if len(self.intake) and not self.intake.blocked:
            return 0.0
        if self._has_something:
            soonest = SLICE_SECONDS if self._transactions.busy else 0.0
            return max(soonest, self._pace.due_in(now))
        if len(self.intake):
            return SLICE_SECONDS
        if self._journal.saving:
            return PACKING_SECONDS
        return 3600.0 if self._journal.empty else max(0.0, self._last_snapshot + self.settings.snapshot_seconds - now)

    # --- a batch -----------------------------------------------------------------------------------------------------

    def work(self, member: KafkaConsumer) -> None:
        """Score and learn what has come, up to a full batch.

        Nothing is sent before the commit: the producer's threads would take turns with every learning step.

        Raises
        ------
        TaskFailure
            If the task cannot handle a record: start again; after three times it is dead-lettered.
        """
        room = self.settings.max_batch - len(self._batch.records)
        if self._must_snapshot or room <= 0 or not len(self.intake):
            return
        begin = time.monotonic()
        taken = self.intake.take(room, member, self.positions)
        if self._suspects and not self._suspects.isdisjoint((each.input, each.offset) for each in taken):
            for record in taken:
                self._batch.outputs += self._handle(record, self._batch.skipped)
        else:
            self._batch.outputs += self._handle_all(taken)
        self._batch.records += taken
        self._batch.seconds += time.monotonic() - begin

    def commit(self, member: KafkaConsumer) -> None:
        """Begin to write what follows from the batch, in one transaction with the positions that come after it.

        Raises
        ------
        KafkaError
            If it is not certain that the batch before it was committed: start again.
        """
        batch, self._batch = self._batch, Batch()
        begin = time.monotonic()
        self._pace.begin(begin)
        if batch.records:
            ranges, self.positions = ranges_of(batch.records, self.positions)
            self._journal.add(ranges, self.positions, self.task.checksum, batch.skipped)
            self._records_since += len(batch.records)
        whole = self._must_snapshot  # nothing may come before it, or after it
        if whole or self._snapshot_due:
            self._freeze()
        written = Written(batch.outputs, self._journal.writes(whole), self.positions, member.group_metadata())
        note = self._note(batch, begin)
        if self.settings.exactly_once:
            self._transactions.start(written, note)
            if len(batch.records) < self.settings.max_batch and not whole:
                self._transactions.settle()  # nothing presses: alone it is done sooner than beside the next batch
        else:
            self._transactions.write_at_least_once(written, member)
            note()

    def check(self) -> None:
        """Hear how the last transaction ended, if it has.

        Raises
        ------
        KafkaError
            If it is not certain that everything was committed: start again.
        """
        if not self._transactions.busy:
            self._transactions.settle()

    def finish(self, member: KafkaConsumer) -> None:
        """The last batch, and a last snapshot, which leaves an empty journal."""
        if not self._journal.empty or self._batch.records:
            self._must_snapshot = True
            self.commit(member)
        self._transactions.settle()

    def _handle_all(self, records: list[Record]) -> list[Output]:
        try:
            outputs: list[Output] = self.task.handle_many(records, int(time.time() * 1000))
        except Exception as error:
            self._suspects = {(each.input, each.offset) for each in records}
            self.metrics.exception(error)
            raise TaskFailure(records[0], records[-1]) from error
        return outputs

    def _handle(self, record: Record, skipped: list[list[int]]) -> list[Output]:
        place = record.input, record.offset
        if self.failures[place] >= ATTEMPTS:
            skipped.append(list(place))
            return [self.task.dead_letter(record, "exception: the task failed on it three times", ATTEMPTS)]
        try:
            outputs: list[Output] = self.task.handle(record, int(time.time() * 1000))
        except Exception as error:
            self.failures[place] += 1
            self.metrics.exception(error)
            raise TaskFailure(record, record) from error
        return outputs

    @property
    def _snapshot_due(self) -> bool:
        if self._journal.saving or self._journal.empty:
            return False
        long = time.monotonic() - self._last_snapshot >= self.settings.snapshot_seconds
        return long or self._records_since >= self.settings.snapshot_events

    def _freeze(self) -> None:
        """Begin a snapshot of now, at the end of a batch."""
        self._journal.freeze(self.task.freeze(), self.positions, self.task.checksum)
        self._records_since, self._must_snapshot = 0, False
        self._last_snapshot = time.monotonic()

    def _note(self, batch: Batch, begin: float) -> Callable[[], None]:
        """What is to be counted when the batch is committed."""
        counts, task = Counter(self.task.counts), self.task
        new = {name: counts[name] - self._known[name] for name in counts if counts[name] != self._known[name]}
        self._known = counts
        published = Counter(output.kind for output in batch.outputs)

        def note() -> None:
            now, took = time.time() * 1000, time.monotonic() - begin
            self._pace.end(took)
            stamps = np.array([record.timestamp for record in batch.records if record.input == EVENTS], np.float64)
            latencies = np.maximum(0.0, (now - stamps) / 1000)
            self.metrics.batch(self.partition, len(batch.records), new, published, latencies, batch.seconds, took, task)

        return note
