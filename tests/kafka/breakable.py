"""The service with one fault, chosen by BREAK: it dies at a chosen point, or breaks its promise. Only for tests."""

from __future__ import annotations

import os
import random
import signal
from typing import Any

from kafka.errors import KafkaTimeoutError
from kafka.future import Future

from streamsnn.cli import main
from streamsnn_kafka import restore
from streamsnn_kafka.state import Snapshot
from streamsnn_kafka.task import PartitionTask
from streamsnn_kafka.transactions import Transactions

FAULT = os.environ.get("BREAK")
RUN = random.Random(int(os.environ.get("BREAK_SEED", "0")))


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def now_and_then(original: Any, share: float) -> Any:
    """The method, but now and then the process dies in its place."""

    def method(*arguments: Any, **more: Any) -> Any:
        if RUN.random() < share:
            die()
        return original(*arguments, **more)

    return method


def without_offsets(original: Any) -> Any:
    """The method, but the tenth commit goes without offsets, and then the process dies."""
    commits = 0

    def method(self: Any, offsets: Any, member: Any) -> None:
        nonlocal commits
        commits += 1
        if commits == 10:
            self._producer.commit_transaction()
            die()
        original(self, offsets, member)

    return method


def without_journal(original: Any) -> Any:
    """The method, but the tenth transaction, which goes without offsets, has no journal entry either."""
    entries = 0

    def method(self: Any, *arguments: Any) -> None:
        nonlocal entries
        entries += 1
        if entries == 9:
            self._producer.commit_transaction()
            die()
        original(self, *arguments)

    return method


def lost_journal(original: Any) -> Any:
    """The method, but the tenth entry is lost on its way, and only its future knows."""
    entries = 0

    def method(self: Any, entry: Any) -> None:
        nonlocal entries
        entries += 1
        if entries == 10:
            self._sent.append(Future().failure(KafkaTimeoutError()))
        else:
            original(self, entry)

    return method


def forgetful(original: Any, keep: slice) -> Any:
    """The method, but the manifest keeps only some of the entries made while its snapshot was under way."""

    def method(self: Any, owner: Any, journal: Any = ()) -> Any:
        return original(self, owner, list(journal)[keep])

    return method


def poison(original: Any) -> Any:
    """The method, but it stumbles over one record, half done."""

    def method(self: Any, record: Any, *more: Any) -> Any:
        if record.value is not None and b"poison" in record.value:
            self.model.learn_one({"x": 1.0}, "nonsense")
            raise ArithmeticError("stumbled")
        return original(self, record, *more)

    return method


def during_snapshot(original: Any) -> Any:
    """The method, but now and then the process dies when some records of a snapshot have been sent, or all but one."""

    def method(self: Any, pairs: Any) -> Any:
        *chunks, last = pairs
        sent = original(self, chunks)
        if self.begin > 0 and RUN.random() < 0.3:
            self._producer.flush()
            die()
        return sent + original(self, [last])

    return method


if FAULT == "between sends and commit":
    Transactions._send_offsets = now_and_then(Transactions._send_offsets, 0.3)
elif FAULT == "during a snapshot":
    Transactions._send_snapshot = during_snapshot(Transactions._send_snapshot)
elif FAULT == "during a restore":
    restore._relearn_entry = now_and_then(restore._relearn_entry, 0.3)
elif FAULT == "without offsets":
    Transactions._send_offsets = without_offsets(Transactions._send_offsets)
elif FAULT == "without journal":
    Transactions._send_journal = without_journal(Transactions._send_journal)
elif FAULT == "lost journal":
    Transactions._send_journal = lost_journal(Transactions._send_journal)
elif FAULT == "no entries in manifests":
    Snapshot.manifest = forgetful(Snapshot.manifest, slice(0))
elif FAULT == "entries missing in manifests":
    Snapshot.manifest = forgetful(Snapshot.manifest, slice(1, None))
elif FAULT == "poison":
    PartitionTask.handle = poison(PartitionTask.handle)
    PartitionTask._of_a_run = poison(PartitionTask._of_a_run)


if __name__ == "__main__":
    main()
