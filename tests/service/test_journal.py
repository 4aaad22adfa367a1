"""Journal and snapshots: whatever is written when, what is stored at any commit leads to where the task was."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsnn_kafka.journal import Journal, Writes
from streamsnn_kafka.state import CHUNK_BYTES, Found, Owner, find

OWNER = Owner("g", "events", 3)
OPERATIONS = st.lists(st.sampled_from(["batch", "batch", "nothing", "freeze", "whole", "crash"]), max_size=40)


class Task:
    """What it has learned is the number of its events; it is packed into so many chunks."""

    def __init__(self, chunks: int) -> None:
        self.learned, self.chunks = 0, chunks
        self.topic: list[tuple[int, bytes, bytes | None]] = []
        self.begin = self.first = 0
        self.start(None)

    def start(self, found: Found | None) -> None:
        self.journal = Journal(OWNER, found, {}, 1, lambda size: None)
        self.learned = found.last_positions[0] if found else 0

    def batch(self) -> None:
        self.journal.add([[0, self.learned, self.learned + 3]], [self.learned + 3, 0], 0, [])
        self.learned += 3

    def freeze(self) -> None:
        content = self.learned.to_bytes(8, "big") * ((self.chunks - 1) * CHUNK_BYTES // 8 + 1)
        self.journal.freeze(lambda: content, [self.learned, 0], 0)
        if self.journal._coming is not None:
            self.journal._coming.result()  # packed at once, so that a failure comes again

    def commit(self, whole: bool = False) -> Writes:
        writes = self.journal.writes(whole)
        if writes.entry is not None:
            self.topic.append((len(self.topic), *writes.entry))
        if writes.begins:
            self.first = len(self.topic)
        self.topic += [(len(self.topic) + k, *pair) for k, pair in enumerate(writes.snapshot)]
        if writes.completes:
            self.begin = self.first
        return writes


@given(OPERATIONS, st.integers(1, 3))
def test_every_commit_leaves_what_the_task_goes_on_from(operations: list[str], chunks: int) -> None:
    task = Task(chunks)
    task.freeze()
    task.commit(whole=True)
    for operation in operations:
        if operation == "batch":
            task.batch()
        elif operation == "whole" or (operation == "freeze" and not task.journal.saving):
            task.freeze()
        elif operation == "crash":
            task.start(find(OWNER, task.topic))
        task.commit(operation == "whole")
        for start in (0, task.begin):
            found = find(OWNER, task.topic[start:])
            assert found is not None
            assert found.content[:8] == found.positions[0].to_bytes(8, "big")
            place = found.positions[0]
            for entry in found.entries:
                assert entry.ranges[0][1] == place
                place = entry.positions[0]
            assert place == task.learned
            assert found.begin == task.begin


def test_a_snapshot_is_written_chunk_by_chunk_and_its_manifest_holds_the_entries_since() -> None:
    task = Task(3)
    task.freeze()
    task.commit(whole=True)
    assert task.journal.empty
    task.batch()
    task.commit()
    task.freeze()
    written = []
    for _ in range(3):
        task.batch()
        written.append(task.commit())
    assert [len(each.snapshot) for each in written] == [1, 1, 2]
    assert [each.begins for each in written] == [True, False, False]
    assert [each.completes for each in written] == [False, False, True]
    assert not task.journal.saving
    found = find(OWNER, task.topic)
    assert found is not None
    assert (found.snapshot, found.positions, len(found.entries)) == (1, [3, 0], 3)


def test_nothing_waits_for_packing() -> None:
    journal = Journal(OWNER, None, {}, 1, lambda size: None)
    gate = threading.Event()

    def pack() -> bytes:
        gate.wait(10)
        return b"model"

    journal.freeze(pack, [0, 0], 0)
    assert journal.saving
    assert not journal.waits
    assert journal.writes() == Writes()
    gate.set()
    assert journal.writes(whole=True).completes


def test_what_packing_raises_is_raised_when_it_is_to_be_written() -> None:
    journal = Journal(OWNER, None, {}, 1, lambda size: None)

    def pack() -> bytes:
        raise MemoryError("too large")

    journal.freeze(pack, [0, 0], 0)
    with pytest.raises(MemoryError, match="too large"):
        journal.writes(whole=True)
