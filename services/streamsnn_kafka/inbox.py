"""What has been read and not yet taken: two inputs, in the order in which they were recorded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from .records import Record
from .state import EVENTS, LABELS


class Inbox:
    """The waiting records of a partition.

    Records are taken by Kafka's timestamps, the smaller one first, events first among equals, each input in its own
    order. While one input is empty though it has more to read, nothing of the other is taken, until somebody's patience
    ends.

    Examples
    --------
    >>> inbox = Inbox()
    >>> inbox.add([Record(0, "events", 0, 5, 20, None, b""), Record(0, "events", 0, 6, 40, None, b"")])
    >>> inbox.add([Record(1, "labels", 0, 0, 30, None, b"")])
    >>> [record.offset for record in inbox.take(10, behind=[False, False])]
    [5, 0, 6]
    """

    def __init__(self) -> None:
        self._queues: list[deque[Record]] = [deque(), deque()]

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            self._queues[record.input].append(record)

    def empty(self, which: int) -> bool:
        return not self._queues[which]

    def take(self, most: int, behind: list[bool]) -> list[Record]:
        """Up to so many records; `behind` tells which inputs have more to read that has not arrived."""
        events, labels = self._queues
        taken: list[Record] = []
        while len(taken) < most and (events or labels):
            if (not events and behind[EVENTS]) or (not labels and behind[LABELS]):
                break
            if events and (not labels or events[0].timestamp <= labels[0].timestamp):
                taken.append(events.popleft())
            else:
                taken.append(labels.popleft())
        return taken


def ranges_of(records: list[Record], positions: list[int]) -> tuple[list[list[int]], list[int]]:
    """The ranges that were taken, in order, and the positions after them.

    Examples
    --------
    >>> event, label = Record(0, "e", 0, 7, 0, None, b""), Record(1, "l", 0, 2, 0, None, b"")
    >>> ranges_of([event, label], [5, 2])
    ([[0, 5, 8], [1, 2, 3]], [8, 3])
    """
    ranges: list[list[int]] = []
    positions = list(positions)
    for record in records:
        end = record.offset + 1
        if ranges and ranges[-1][0] == record.input:
            ranges[-1][2] = end
        else:
            ranges.append([record.input, positions[record.input], end])
        positions[record.input] = end
    return ranges, positions
