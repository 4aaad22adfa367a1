"""What the state topic stores: snapshots in chunks, manifests, and journal entries, in two slots that alternate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from .wire import encode

CHUNK_BYTES = 900_000
EVENTS, LABELS = 0, 1
Pair = tuple[bytes, bytes]


class StateError(RuntimeError):
    """What is stored cannot be gone on from; the message names ways out."""


@dataclass(frozen=True)
class Owner:
    """Whose state it is: the beginning of every key."""

    group: str
    topic: str
    partition: int

    @property
    def transactional_id(self) -> str:
        return f"{self.group}.{self.topic}.{self.partition}"

    def key(self, *rest: Any) -> bytes:
        return encode([self.group, self.topic, self.partition, *rest])


@dataclass(frozen=True)
class Entry:
    """A committed batch.

    Attributes
    ----------
    snapshot, number
        It is the entry of this number since that snapshot was committed.
    ranges
        ``[input, first, end]`` (0: events, 1: labels; offsets from first up to, not with, end), as they were taken.
    positions
        Next offset of both inputs.
    checksum
        Of everything that has been forecast since the first event.
    fingerprint
        Of library, settings and processor.
    skipped
        ``[input, offset]`` of records that were dead-lettered without being looked at.
    """

    snapshot: int
    number: int
    ranges: list[list[int]]
    positions: list[int]
    checksum: int
    fingerprint: dict[str, str]
    skipped: list[list[int]] = field(default_factory=list)

    def pair(self, owner: Owner) -> Pair:
        return owner.key("journal", self.snapshot % 2, self.number), encode(asdict(self))


@dataclass(frozen=True)
class Found:
    """What a state topic held: the last complete snapshot and the journal since it was frozen."""

    snapshot: int
    content: bytes
    positions: list[int]
    checksum: int
    fingerprint: dict[str, str]
    entries: list[Entry]
    begin: int
    partitions: int

    @property
    def last_positions(self) -> list[int]:
        return self.entries[-1].positions if self.entries else self.positions

    @property
    def is_reset(self) -> bool:
        """Whether 'streamsnn state reset' has left only positions."""
        return not self.content


@dataclass(frozen=True)
class Snapshot:
    """A task as it was after some transaction.

    Attributes
    ----------
    number
        The first one is 0.
    content
        The packed task; empty: a reset, which a new model goes on from.
    positions
        Next offset of both inputs.
    checksum
        Of everything that had been forecast.
    fingerprint
        Of library, settings and processor.
    partitions
        Of the events topic.
    """

    number: int
    content: bytes
    positions: list[int]
    checksum: int
    fingerprint: dict[str, str]
    partitions: int

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def chunks(self, owner: Owner) -> list[Pair]:
        """The content, in records that a broker takes."""
        mark, starts = self.number.to_bytes(8, "big"), range(0, len(self.content), CHUNK_BYTES)
        return [
            (owner.key("chunk", self.number % 2, i), mark + self.content[start : start + CHUNK_BYTES])
            for i, start in enumerate(starts)
        ]

    def manifest(self, owner: Owner, journal: Iterable[Entry] = ()) -> Pair:
        """What makes the snapshot count, to be written last; with the entries that were made since it was frozen."""
        content = {
            "snapshot": self.number,
            "chunks": len(range(0, len(self.content), CHUNK_BYTES)),
            "sha256": self.digest,
            "positions": self.positions,
            "checksum": self.checksum,
            "fingerprint": self.fingerprint,
            "partitions": self.partitions,
            "journal": [asdict(entry) for entry in journal],
        }
        return owner.key("manifest", self.number % 2), encode(content)

    def pairs(self, owner: Owner) -> list[Pair]:
        """All records, without a journal."""
        return [*self.chunks(owner), self.manifest(owner)]


def find(owner: Owner, records: Iterable[tuple[int, bytes, bytes | None]]) -> Found | None:
    """The last complete snapshot and its journal among ``(offset, key, value)``; None if nothing is stored.

    Raises
    ------
    StateError
        If there are records, but no complete snapshot.

    Examples
    --------
    >>> owner = Owner("g", "t", 0)
    >>> pairs = Snapshot(3, b"model", [7, 0], 1, {}, 1).pairs(owner)
    >>> pairs.append(Entry(3, 0, [[0, 7, 9]], [9, 0], 2, {}).pair(owner))
    >>> found = find(owner, [(offset, key, value) for offset, (key, value) in enumerate(pairs)])
    >>> found.content, found.positions, found.last_positions
    (b'model', [7, 0], [9, 0])
    """
    latest: dict[tuple[Any, ...], tuple[int, bytes]] = {}
    ours = owner.key()[:-1] + b","
    for offset, key, value in records:
        if not key.startswith(ours):
            continue
        rest = json.loads(key)[3:]
        if value is None:
            latest.pop(tuple(rest), None)
        else:
            latest[tuple(rest)] = offset, value
    if not latest:
        return None
    manifests = [json.loads(value) for key, (_, value) in latest.items() if key[0] == "manifest"]
    for manifest in sorted(manifests, key=lambda each: -each["snapshot"]):
        found = _complete(manifest, latest)
        if found is not None:
            return found
    raise StateError(
        f"{owner.topic}-{owner.partition}: the state topic holds no complete snapshot; "
        "'streamsnn state reset' begins anew"
    )


def _complete(manifest: dict[str, Any], latest: dict[tuple[Any, ...], tuple[int, bytes]]) -> Found | None:
    number, slot = manifest["snapshot"], manifest["snapshot"] % 2
    mark = number.to_bytes(8, "big")
    chunks = [latest.get(("chunk", slot, i), (0, b"")) for i in range(manifest["chunks"])]
    if any(not value.startswith(mark) for _, value in chunks):
        return None
    content = b"".join(value[len(mark) :] for _, value in chunks)
    if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
        return None
    entries = [Entry(**entry) for entry in manifest.get("journal", [])]
    for key in (("journal", slot, n) for n in count()):
        entry = Entry(**json.loads(latest[key][1])) if key in latest else None
        if entry is None or entry.snapshot != number:
            break
        entries.append(entry)
    begin = min([offset for offset, _ in chunks] + [latest["manifest", slot][0]])
    return Found(
        number,
        content,
        manifest["positions"],
        manifest["checksum"],
        manifest["fingerprint"],
        entries,
        begin,
        manifest["partitions"],
    )
