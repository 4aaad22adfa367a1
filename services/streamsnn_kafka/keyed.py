"""A model for every key: a bounded number of tasks in one partition."""

from __future__ import annotations

import copy
import struct
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from .records import Output, Record
from .task import PartitionTask, TaskSettings

TASKS = "partition", "key"


class KeyedTask:
    """A task for every key of a partition, with the methods of a `PartitionTask`.

    At most ``settings.max_keys`` are kept; the one that was used longest ago goes, is counted as ``evicted``, and its
    labels that waited for events are dead-lettered. A key that comes back begins anew with the model that all keys
    begin with, as one that was never seen. Which key goes depends on the records alone, so that learning the journal
    again evicts the same ones. Labels must have the key of their events.

    Parameters
    ----------
    model
        What every key begins with.
    settings
        See `TaskSettings`.

    Examples
    --------
    >>> from streamsnn import SpikingClassifier
    >>> task = KeyedTask(SpikingClassifier(seed=1), TaskSettings(model_per="key", max_keys=1))
    >>> for offset, key in enumerate([b"a", b"a", b"b"]):
    ...     _ = task.handle(Record(0, "t", 0, offset, 0, key, b'{"features": {"x": 1}, "label": 1}'))
    >>> task.keys, task.counts["evicted"]
    ([b'b'], 1)
    """

    def __init__(self, model: Any, settings: TaskSettings) -> None:
        self.settings = settings
        self.counts: Counter[str] = Counter()
        self.checksum = 0
        self._blank = PartitionTask(model, settings)
        self._tasks: OrderedDict[bytes, PartitionTask] = OrderedDict()

    @property
    def keys(self) -> list[bytes]:
        """Those that have a model, the one used longest ago first."""
        return list(self._tasks)

    @property
    def model(self) -> Any:
        """Of the key that was used last; before the first, what all keys begin with."""
        return (self._tasks[next(reversed(self._tasks))] if self._tasks else self._blank).model

    def model_of(self, key: bytes) -> Any:
        """The model of a key.

        Raises
        ------
        ValueError
            If it has none; the message names some that have.
        """
        if key not in self._tasks:
            some = ", ".join(repr(each.decode(errors="replace")) for each in self.keys[-5:])
            raise ValueError(
                f"there is no model of the key {key.decode(errors='replace')!r}; there are: {some or 'none'}"
            )
        return self._tasks[key].model

    @property
    def waiting(self) -> int:
        return sum(task.waiting for task in self._tasks.values())

    def handle(self, record: Record, now_ms: int | None = None) -> list[Output]:
        """As `PartitionTask.handle`, by the task of the record's key."""
        if record.key is None:
            return [self.dead_letter(record, "no key: with a model for each key, records need one")]
        outputs: list[Output] = []
        task = self._tasks.get(record.key)
        if task is None:
            task = self._tasks[record.key] = copy.deepcopy(self._blank)
            if len(self._tasks) > self.settings.max_keys:
                outputs += self._evict()
        self._tasks.move_to_end(record.key)
        before = Counter(task.counts)
        outputs += task.handle(record, now_ms)
        self.counts.update({name: task.counts[name] - before[name] for name in task.counts})
        self.checksum = zlib.crc32(struct.pack("<I", task.checksum), self.checksum)
        return outputs

    def handle_many(self, records: Iterable[Record], now_ms: int | None = None) -> list[Output]:
        """As `handle` of one after the other."""
        return [output for record in records for output in self.handle(record, now_ms)]

    def dead_letter(self, record: Record, error: str, attempts: int = 1) -> Output:
        """As `PartitionTask.dead_letter`."""
        self.counts["dead letters"] += 1
        return self._blank.dead_letter(record, error, attempts)

    def _evict(self) -> list[Output]:
        _, task = self._tasks.popitem(last=False)
        self.counts["evicted"] += 1
        outputs = task.give_up()
        self.counts["dead letters"] += len(outputs)
        return outputs

    def snapshot(self) -> bytes:
        """Everything that is needed to go on."""
        return self.freeze()()

    def freeze(self) -> Callable[[], bytes]:
        """As `PartitionTask.freeze`."""
        own = [f"{self.checksum}", *(f"{count} {name}" for name, count in self.counts.items())]
        blank = self._blank.freeze()
        tasks = [(key, task.freeze()) for key, task in self._tasks.items()]

        def pack() -> bytes:
            parts = ["\n".join(own).encode(), blank()]
            for key, one in tasks:
                parts += [key, one()]
            return b"".join(len(part).to_bytes(8, "big") + part for part in parts)

        return pack

    @classmethod
    def restore(cls, content: bytes, settings: TaskSettings) -> KeyedTask:
        """The task whose `snapshot` this is."""
        parts, place = [], 0
        while place < len(content):
            size = int.from_bytes(content[place : place + 8], "big")
            parts.append(content[place + 8 : place + 8 + size])
            place += 8 + size
        checksum, *counts = parts[0].decode().split("\n")
        blank = PartitionTask.restore(parts[1], settings)
        task = cls(blank.model, settings)
        task.checksum = int(checksum)
        for line in counts:
            count, name = line.split(" ", 1)
            task.counts[name] = int(count)
        for key, inner in zip(parts[2::2], parts[3::2], strict=True):
            task._tasks[key] = PartitionTask.restore(inner, settings)
        return task


def new_task(model: Any, settings: TaskSettings) -> PartitionTask | KeyedTask:
    """A task that begins with this model."""
    return KeyedTask(model, settings) if settings.model_per == "key" else PartitionTask(model, settings)


def restore_task(content: bytes, settings: TaskSettings) -> PartitionTask | KeyedTask:
    """The task of a snapshot."""
    kind = KeyedTask if settings.model_per == "key" else PartitionTask
    return kind.restore(content, settings)
