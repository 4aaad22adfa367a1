"""The worker: a member of the group that runs a task for every partition it owns."""

from __future__ import annotations

import logging
import math
import signal
import time
from types import FrameType
from typing import Any

from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import KafkaError

from . import clients
from .metrics import Metrics
from .models import warm_up
from .runner import Runner, TaskFailure
from .settings import Settings
from .state import StateError
from .topics import check

log = logging.getLogger(__name__)

JOINING_POLL_MS = 3_000  # a shorter poll that ends while a join is in flight can wedge kafka-python's consumer
IDLE_POLL_MS = 250
GATHER_SECONDS = 0.005  # each poll costs as much as some ten events
AGAIN_POLL_MS = 5  # a poll gives what had come when the one before asked; what has come since waits for another one
LOST_SECONDS = 30.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0


class Changes(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes that the assignment changed, and no more: the loop acts between two transactions.

    Attributes
    ----------
    count
        Changes so far.
    taken
        Partitions that were taken away; some may have come back within the same poll, at another position.
    """

    def __init__(self) -> None:
        self.count = 0
        self.taken: set[TopicPartition] = set()

    def on_partitions_assigned(self, assigned: Any) -> None:
        self.count += 1

    def on_partitions_revoked(self, revoked: Any) -> None:
        self.count += 1
        self.taken.update(revoked)

    def on_partitions_lost(self, lost: Any) -> None:
        self.count += 1
        self.taken.update(lost)


class Worker:
    """Reads the events of its partitions, and runs their tasks.

    Parameters
    ----------
    settings
        All there is to know.
    metrics
        Where it counts.

    Raises
    ------
    Unavailable
        From `run`, if no broker answers at the start.
    StateError
        From `run`, if a task cannot go on without losing or repeating something; the message names ways out.
    ValueError
        From `run`, if topics are missing or do not fit.
    """

    def __init__(self, settings: Settings, metrics: Metrics | None = None) -> None:
        self.settings = settings
        self.metrics = metrics or Metrics()
        self.stopping = False
        self._runners: dict[TopicPartition, Runner] = {}
        self._retry_at: dict[TopicPartition, tuple[float, float]] = {}
        self._member: Any = None
        self._seen = 0

    def stop_on(self, *signals: int) -> None:
        """Stop at the next transaction boundary when one of these signals comes."""
        for number in signals:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def run(self) -> None:
        """Work until told to stop; then a last snapshot of each task, and a goodbye to the group."""
        self._partitions = clients.when_available(self.settings, lambda: check(self.settings))
        warm_up(self.settings)
        self._join()
        try:
            while not self.stopping:
                self._turn()
            self._finish()
        finally:
            for runner in self._runners.values():
                runner.stop()
            self._leave()

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        self.metrics.beat()
        polled = self._read(self._poll_ms())
        if polled and any(runner.wants_more for runner in self._runners.values()):
            self._read(AGAIN_POLL_MS)
        for top, runner in list(self._runners.items()):
            if self.stopping:
                return
            if runner.running:
                self._run(top, runner)
            elif time.monotonic() >= self._retry_at.get(top, (0.0, 0.0))[0]:
                self._start(top, runner)
        self._watch(polled)
        self._gather()

    def _read(self, wait_ms: int) -> bool:
        """Take what has come; whether something has."""
        try:
            polled = self._member.poll(wait_ms, max_records=self._room())
        except (KafkaError, OSError) as error:
            log.warning("reading events: %r", error)
            self.metrics.exception(error)
            time.sleep(SHORTEST_PAUSE)
            self._read_again()
            polled = {}
        self._follow_assignment()
        for top, records in polled.items():
            runner = self._runners.get(top)
            if runner is not None and runner.running:
                self._add(top, runner, records)
        return bool(polled)

    def _read_again(self) -> None:
        """A poll that failed may have taken records with it: go back to the first one that has not come."""
        for top, runner in self._runners.items():
            if runner.running and top in self._member.assignment():
                self._member.seek(top, runner.intake.next_offset)

    def _add(self, top: TopicPartition, runner: Runner, records: list[Any]) -> None:
        """Before the first of them there may be markers of transactions, but no records that were deleted."""
        following = runner.intake.next_offset
        if records[0].offset > following:
            try:
                first = self._member.beginning_offsets([top])[top]
            except (KafkaError, OSError) as error:
                self._fail(top, runner, error)
                return
            if first > following:
                raise StateError(
                    f"{top.topic}-{top.partition}: records from {following} up to {first} were deleted before "
                    "they were read; 'streamsnn state reset --to-offset' begins anew behind them"
                )
        runner.intake.add(records)

    def _gather(self) -> None:
        """Let some more events come before the next poll, which would return with the first of them."""
        due = min((runner.due_in() for runner in self._runners.values() if runner.running), default=0.0)
        if 0.0 < due < self.settings.commit_interval_ms / 1000:
            time.sleep(min(due, GATHER_SECONDS))

    def _poll_ms(self) -> int:
        if not self._runners or self._member.group_metadata().generation_id < 0:
            return JOINING_POLL_MS
        running = [runner for runner in self._runners.values() if runner.running]
        due = min((runner.due_in() for runner in running), default=0.1)
        return min(IDLE_POLL_MS, math.ceil(due * 1000))

    def _room(self) -> int:
        """Records that may be read: back-pressure. It is never less than one, which turns of work make up for.

        Partitions are not paused: kafka-python (3.0.12) sets the records of a paused one aside, and forgets them there
        if those of another one come before it is resumed.
        """
        return max(1, min((runner.room for runner in self._runners.values() if runner.running), default=1))

    def _follow_assignment(self) -> None:
        if self._listener.count != self._seen:
            self._seen = self._listener.count
            self.metrics.rebalances.inc()
        assigned = self._member.assignment()
        taken, self._listener.taken = self._listener.taken, set()
        for top in sorted(set(self._runners) & taken | set(self._runners) - assigned):
            log.info("partition %d: given away", top.partition)
            self._runners.pop(top).stop()
            self._retry_at.pop(top, None)
            self.metrics.given_away(top.partition)
        for top in sorted(assigned - set(self._runners)):
            self._runners[top] = Runner(self.settings, top.partition, self._partitions, self.metrics)
        self.metrics.ready = bool(self._listener.count) and all(r.running for r in self._runners.values())

    def _start(self, top: TopicPartition, runner: Runner) -> None:
        try:
            self._member.seek(top, runner.start(self._committed, self.metrics.beat))
            self._retry_at.pop(top, None)
        except (KafkaError, OSError) as error:
            self._fail(top, runner, error)

    def _run(self, top: TopicPartition, runner: Runner) -> None:
        try:
            runner.check()
            runner.intake.read_labels()
            runner.work(self._member)
            if runner.must_commit:
                runner.commit(self._member)
                self._note_lag(top, runner)
        except (KafkaError, TaskFailure, OSError) as error:
            self._fail(top, runner, error)

    def _fail(self, top: TopicPartition, runner: Runner, error: Exception) -> None:
        """Nothing but a confirmed commit counts: drop producer and model, start the task again a moment later."""
        cause = error.__cause__ or error
        log.warning("partition %d: %s (%s: %s); starting again", top.partition, error, type(cause).__name__, cause)
        if not isinstance(error, TaskFailure):
            self.metrics.exception(error)
        self.metrics.restarts.labels(top.partition).inc()
        runner.note(error)
        runner.stop()
        pause = min(LONGEST_PAUSE, 2 * self._retry_at.get(top, (0.0, SHORTEST_PAUSE / 2))[1])
        self._retry_at[top] = time.monotonic() + pause, pause

    def _note_lag(self, top: TopicPartition, runner: Runner) -> None:
        end = self._member.highwater(top)
        if end is not None:
            self.metrics.lag.labels(top.partition).set(max(0, end - runner.positions[0]))

    def _committed(self, tops: list[TopicPartition]) -> dict[TopicPartition, Any]:
        """What the group has committed; asked outside the consumer, where a rejoin would block the answer."""
        client = clients.admin(self.settings)
        try:
            found: dict[TopicPartition, Any] = client.list_group_offsets({self.settings.group: tops})[
                self.settings.group
            ]
            return found
        finally:
            client.close()

    # --- the membership ----------------------------------------------------------------------------------------------

    def _join(self) -> None:
        self._listener = Changes()
        self._seen = 0
        self._member = clients.when_available(self.settings, lambda: clients.member(self.settings))
        self._member.subscribe([self.settings.events], listener=self._listener)
        self._last_sign = time.monotonic()

    def _leave(self) -> None:
        try:
            self._member.close(autocommit=False, timeout_ms=5_000)
        except (KafkaError, OSError) as error:
            log.debug("leaving the group: %r", error)

    def _watch(self, read_something: bool) -> None:
        """Build a new consumer if this one has lost the group, or reads nothing though there is something to read."""
        now = time.monotonic()
        if read_something or any(not runner.running for runner in self._runners.values()):
            self._last_sign = now
            return
        joined = self._member.group_metadata().generation_id >= 0
        if joined and not any(self._waits(top) for top in self._runners):
            self._last_sign = now
        elif now - self._last_sign > LOST_SECONDS:
            log.warning("the consumer has read nothing for %.0f s; building a new one", now - self._last_sign)
            self.metrics.rebuilds.inc()
            for runner in self._runners.values():
                runner.stop()
            self._runners.clear()
            self._leave()
            self._join()

    def _waits(self, top: TopicPartition) -> bool:
        """Whether something to read should have come; a topic may end with the marker of a transaction."""
        runner = self._runners[top]
        if runner.running and runner.room <= 0:
            return False
        end, following = self._member.highwater(top), runner.intake.next_offset
        return end is None or (end > following and end > (self._member.position(top, timeout_ms=50) or 0))

    def _finish(self) -> None:
        for top, runner in self._runners.items():
            if runner.running:
                try:
                    runner.finish(self._member)
                except (KafkaError, TaskFailure, OSError) as error:
                    log.warning("partition %d: no last snapshot (%r); the journal will do", top.partition, error)
