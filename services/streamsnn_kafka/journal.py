"""The journal of a partition, and its snapshots, which are packed and written beside the batches that come next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from .state import Entry, Found, Owner, Pair, Snapshot

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Writes:
    """What a transaction writes to the state topic.

    Attributes
    ----------
    entry
        Of the journal; None if no records were taken.
    snapshot
        Records of a snapshot, in order.
    begins, completes
        Whether the first record of the snapshot is among them, and the last one, its manifest.
    """

    entry: Pair | None = None
    snapshot: list[Pair] = field(default_factory=list)
    begins: bool = False
    completes: bool = False


class Journal:
    """Numbers the entries, and takes snapshots without letting anything wait for them.

    A snapshot is frozen between two batches, packed in a thread, and then written a chunk a transaction along with
    whatever the transactions write; its manifest, which comes last, holds the entries made since it was frozen. Until
    that is committed, the snapshot before it and the journal of that one count.

    Parameters
    ----------
    owner
        Whose.
    found
        What the state topic held at the start; None: nothing.
    fingerprint
        Of library, settings and processor.
    partitions
        Of the events topic.
    packed
        Called with the size of each snapshot, in bytes.

    Examples
    --------
    >>> journal = Journal(Owner("g", "t", 0), None, {}, 1, lambda size: None)
    >>> journal.freeze(lambda: b"model", [0, 0], 0)
    >>> journal.writes(whole=True).completes
    True
    >>> journal.add([[0, 0, 5]], [5, 0], 1, [])
    >>> journal.writes().entry
    (b'["g","t",0,"journal",0,0]', ...
    """

    def __init__(
        self,
        owner: Owner,
        found: Found | None,
        fingerprint: dict[str, str],
        partitions: int,
        packed: Callable[[int], None],
    ) -> None:
        self._owner, self._fingerprint, self._partitions, self._packed = owner, fingerprint, partitions, packed
        self._snapshot = found.snapshot if found else -1
        entries = found.entries if found else []
        self._next = sum(entry.snapshot == self._snapshot for entry in entries)
        self._entry: Entry | None = None  # not written yet
        self._since: list[Entry] = []  # made since the coming snapshot was frozen
        self._coming: Future[Snapshot] | None = None
        self._chunks: list[Pair] | None = None  # of it that are not written yet; None: nothing is written yet
        self.empty = not entries

    @property
    def saving(self) -> bool:
        """Whether a snapshot is under way."""
        return self._coming is not None

    @property
    def waits(self) -> bool:
        """Whether records of a snapshot wait to be written."""
        return self._coming is not None and self._coming.done()

    def add(self, ranges: list[list[int]], positions: list[int], checksum: int, skipped: list[list[int]]) -> None:
        """A batch was taken; its entry goes with the next `writes`."""
        entry = Entry(self._snapshot, self._next, ranges, positions, checksum, self._fingerprint, skipped)
        self._next += 1
        self._entry, self.empty = entry, False
        if self.saving:
            self._since.append(entry)

    def freeze(self, pack: Callable[[], bytes], positions: list[int], checksum: int) -> None:
        """Begin a snapshot of now; one that is under way is given up, and overwritten."""
        self._since, self._chunks = [], None
        coming = self._coming = Future()
        number = self._snapshot + 1

        def work() -> None:
            try:
                content = pack()
                snapshot = Snapshot(number, content, positions, checksum, self._fingerprint, self._partitions)
                self._packed(len(content))
                # the digest is computed here, and kept: the manifest that holds it is made between two batches
                log.debug("snapshot %d: %d bytes, %s", number, len(content), snapshot.digest)
                coming.set_result(snapshot)
            except BaseException as error:
                coming.set_exception(error)

        threading.Thread(target=work, name="snapshot", daemon=True).start()

    def writes(self, whole: bool = False) -> Writes:
        """What the next transaction is to write; `whole`: all of the snapshot that is under way, however long it takes.

        Raises
        ------
        Exception
            Whatever packing the snapshot raised.
        """
        entry, self._entry = self._entry, None
        pair = entry.pair(self._owner) if entry else None
        if self._coming is None or not (whole or self._coming.done()):
            return Writes(pair)
        snapshot, begins = self._coming.result(), self._chunks is None
        chunks = snapshot.chunks(self._owner) if self._chunks is None else self._chunks
        most = len(chunks) if whole else 1
        now, self._chunks = chunks[:most], chunks[most:]
        if self._chunks:
            return Writes(pair, now, begins)
        now.append(snapshot.manifest(self._owner, self._since))
        self._snapshot, self._next, self.empty = snapshot.number, 0, not self._since
        self._coming = self._chunks = None
        return Writes(pair, now, begins, completes=True)
