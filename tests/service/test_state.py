"""What the state topic holds, and what does not count; the inbox."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsnn import SpikingClassifier
from streamsnn_kafka.inbox import Inbox, ranges_of
from streamsnn_kafka.records import Record
from streamsnn_kafka.restore import load_task
from streamsnn_kafka.settings import Settings
from streamsnn_kafka.state import CHUNK_BYTES, Entry, Owner, Snapshot, StateError, find
from streamsnn_kafka.task import PartitionTask

OWNER = Owner("g", "events", 3)
LARGE = bytes(range(256)) * (2 * CHUNK_BYTES // 256 + 10)


def snapshot(number: int, content: bytes = b"model") -> list[tuple[bytes, bytes]]:
    return Snapshot(number, content, [10 * number, 0], number, {"library": "1"}, 4).pairs(OWNER)


def entry(number: int, k: int) -> tuple[bytes, bytes]:
    first = 10 * number + k
    return Entry(number, k, [[0, first, first + 1]], [first + 1, 0], 7, {}).pair(OWNER)


def stored(pairs: list[tuple[bytes, bytes | None]]) -> list[tuple[int, bytes, bytes | None]]:
    return [(offset, key, value) for offset, (key, value) in enumerate(pairs, 100)]


def test_a_large_model_goes_in_chunks_and_comes_back() -> None:
    found = find(OWNER, stored([*snapshot(0), *snapshot(1, LARGE), entry(1, 0), entry(1, 1)]))
    assert found is not None
    assert (found.snapshot, found.content, found.partitions) == (1, LARGE, 4)
    assert [each.number for each in found.entries] == [0, 1]
    assert found.last_positions == [12, 0]
    assert found.begin == 102


def test_an_unfinished_snapshot_does_not_count() -> None:
    *chunks, _ = snapshot(1, LARGE)
    found = find(OWNER, stored([*snapshot(0), entry(0, 0), *chunks]))
    assert found is not None
    assert (found.snapshot, len(found.entries)) == (0, 1)


def test_a_snapshot_whose_chunk_is_gone_or_of_another_does_not_count() -> None:
    pairs = snapshot(1, LARGE)
    for damage in [(pairs[1][0], None), (pairs[1][0], snapshot(3, LARGE)[1][1]), (pairs[1][0], pairs[1][1][:-1])]:
        found = find(OWNER, stored([*snapshot(0), *pairs, damage]))
        assert found is not None
        assert found.snapshot == 0


def test_entries_of_a_former_snapshot_of_the_slot_do_not_count() -> None:
    old = [entry(0, k) for k in range(3)]
    found = find(OWNER, stored([*snapshot(0), *old, *snapshot(1), *snapshot(2), entry(2, 0)]))
    assert found is not None
    assert (found.snapshot, [each.snapshot for each in found.entries]) == (2, [2])


def test_what_belongs_to_others_does_not_count() -> None:
    others = [Owner("g", "events", 31), Owner("gg", "events", 3), Owner("g", "event", 3)]
    pairs = [pair for each in others for pair in Snapshot(9, b"theirs", [0, 0], 0, {}, 4).pairs(each)]
    assert find(OWNER, stored([*pairs, (b"[1,2,3]", b"x"), (b"not json", b"x")])) is None


def test_a_state_without_a_complete_snapshot_is_refused() -> None:
    with pytest.raises(StateError, match="streamsnn state reset"):
        find(OWNER, stored([entry(0, 0)]))


def test_a_reset_leaves_positions_only() -> None:
    found = find(OWNER, stored([*snapshot(0), *snapshot(1, b"")]))
    assert found is not None
    assert found.is_reset
    assert found.positions == [10, 0]


def record(which: int, offset: int, time: int) -> Record:
    return Record(which, "t", 0, offset, time, None, b"")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=40), st.integers(1, 7))
def test_all_is_taken_once_each_input_in_its_order(arrivals: list[tuple[bool, int]], most: int) -> None:
    inbox, offsets = Inbox(), [0, 0]
    for is_label, time in arrivals:
        inbox.add([record(is_label, offsets[is_label], time)])
        offsets[is_label] += 1
    taken: list[Record] = []
    while len(inbox):
        taken += inbox.take(most, [False, False])
    for which in (0, 1):
        assert [each.offset for each in taken if each.input == which] == list(range(offsets[which]))
    ranges, positions = ranges_of(taken, [0, 0])
    assert positions == offsets
    again = [(which, offset) for which, first, end in ranges for offset in range(first, end)]
    assert again == [(each.input, each.offset) for each in taken]


def test_the_earlier_record_goes_first_and_events_among_equals() -> None:
    inbox = Inbox()
    inbox.add([record(1, 0, 5), record(1, 1, 9), record(0, 0, 5), record(0, 1, 7)])
    assert [(each.input, each.offset) for each in inbox.take(9, [False, False])] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_one_input_waits_for_the_other_while_that_is_behind() -> None:
    inbox = Inbox()
    inbox.add([record(0, 0, 5)])
    assert inbox.take(9, [False, True]) == []
    assert len(inbox.take(9, [False, False])) == 1


def test_a_model_that_this_version_does_not_know_is_refused_with_a_way_out() -> None:
    content = PartitionTask(SpikingClassifier(hidden=(4,), seed=1)).snapshot()
    assert load_task(OWNER, content, Settings()).checksum == 0
    parts = zlib.decompress(content)
    assert parts.count(b"SpikingClassifier") >= 1
    strange = zlib.compress(parts.replace(b"SpikingClassifier", b"SpokingClassifier"))
    with pytest.raises(StateError, match=r"events-3: this version .* 'streamsnn state reset'"):
        load_task(OWNER, strange, Settings())
