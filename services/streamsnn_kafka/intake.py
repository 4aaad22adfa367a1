"""What comes in for a task: events, which the member of the group reads, and labels, which are read here."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from . import clients
from .inbox import Inbox
from .records import Record, as_record
from .settings import Settings
from .state import EVENTS, LABELS

log = logging.getLogger(__name__)


class Intake:
    """Records that have been read and wait to be taken, in recorded order.

    Parameters
    ----------
    settings
        Of the service.
    inputs
        The events of the partition, and its labels if they have a topic.
    positions
        From which offsets on.

    Attributes
    ----------
    next_offset
        Of the events, to be read.
    blocked
        Whether one input waits for the other.
    """

    def __init__(self, settings: Settings, inputs: list[TopicPartition], positions: list[int]) -> None:
        self._settings, self._inputs = settings, inputs
        self._inbox = Inbox()
        self._other_waits: float | None = None
        self.next_offset, self.blocked = positions[EVENTS], False
        self._labels: KafkaConsumer | None = None
        if len(inputs) > 1:
            self._labels = clients.reader(settings, inputs[LABELS])
            self._labels.seek(inputs[LABELS], positions[LABELS])

    def __len__(self) -> int:
        return len(self._inbox)

    def close(self) -> None:
        if self._labels is not None:
            try:
                self._labels.close(timeout_ms=0)
            except Exception as error:
                log.debug("closing a client: %r", error)
        self._labels = None

    def add(self, records: Iterable[Any]) -> None:
        """Events that have been read; those that came before are left out: a rejoined consumer may read them again."""
        new = []
        for each in records:
            if each.offset >= self.next_offset:
                new.append(as_record(EVENTS, each))
                self.next_offset = each.offset + 1
        self._inbox.add(new)

    def read_labels(self) -> None:
        """Labels that wait in their topic, as long as there is room for them."""
        if self._labels is not None and len(self) < 4 * self._settings.max_batch:
            for polled in self._labels.poll(0).values():
                self._inbox.add(as_record(LABELS, each) for each in polled)

    def take(self, most: int, member: KafkaConsumer, positions: list[int]) -> list[Record]:
        """Up to so many records; none while one input waits for the other."""
        taken = self._inbox.take(most, self._behind(member, positions))
        self.blocked = not taken
        return taken

    def _behind(self, member: KafkaConsumer, positions: list[int]) -> list[bool]:
        """Which inputs have more to read; patience ends after ``label_wait_ms``."""
        consumers = [member, self._labels]
        behind = [False, False]
        for which, top in enumerate(self._inputs):
            consumer = consumers[which]
            if consumer is not None and self._inbox.empty(which):
                end = consumer.highwater(top)
                behind[which] = end is None or (end > positions[which] and end > consumer.position(top, timeout_ms=50))
        if not any(behind):
            self._other_waits = None
            return behind
        now = time.monotonic()
        self._other_waits = self._other_waits or now
        return behind if now - self._other_waits < self._settings.label_wait_ms / 1000 else [False, False]
