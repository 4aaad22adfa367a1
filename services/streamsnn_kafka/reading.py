"""What has been committed, read once more: the state of a task, and the inputs that its journal names."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from . import clients
from .settings import Connection
from .state import Found, Owner, StateError, find

READ_SECONDS = 120.0
AT_MOST_POLL_MS = 500


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
    with Reading(settings, top, start, end) as reading:
        found = find(owner, ((each.offset, each.key, each.value) for each in reading.up_to(end)))
    if found is None and start > first:
        return read_state(settings, owner, None)
    return found


class Reading:
    """Committed records of a partition, in order; a thread is one poll ahead of whoever takes them.

    Parameters
    ----------
    settings
        Where the broker is.
    top
        Of which partition.
    start, end
        From offset `start` on, what comes before `end`; if that is nothing, no broker is asked.
    """

    def __init__(self, settings: Connection, top: TopicPartition, start: int, end: int) -> None:
        self.top, self._position, self._end = top, start, end
        self._consumer: KafkaConsumer | None = None
        if start < end:
            self._consumer = clients.reader(settings, top)
            self._consumer.seek(top, start)
        self._held: deque[Any] = deque()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._coming: Future[tuple[list[Any], int]] | None = None
        self._read_ahead()

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._ahead.shutdown()
        if self._consumer is not None:
            self._consumer.close()

    def _read_ahead(self) -> None:
        self._coming = self._ahead.submit(self._poll) if self._position < self._end else None

    def _poll(self) -> tuple[list[Any], int]:
        """What comes next, and the position behind it: markers of transactions take offsets, too."""
        assert self._consumer is not None
        polled = self._consumer.poll(AT_MOST_POLL_MS).get(self.top, [])
        return polled, self._consumer.position(self.top)

    def up_to(self, end: int) -> Iterator[Any]:
        """Records before an offset, until the position has passed it.

        Raises
        ------
        StateError
            If nothing has come for two minutes: somebody's transaction is open.
        """
        deadline = time.monotonic() + READ_SECONDS
        while True:
            while self._held:
                if self._held[0].offset >= end:
                    return
                yield self._held.popleft()
            if self._coming is None or self._position >= end:
                return
            polled, self._position = self._coming.result()
            self._read_ahead()
            self._held.extend(polled)
            if polled:
                deadline = time.monotonic() + READ_SECONDS
            elif time.monotonic() > deadline:
                raise StateError(
                    f"{self.top.topic}-{self.top.partition}: nothing to read up to {end} for {READ_SECONDS:g} s"
                )
