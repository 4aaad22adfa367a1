"""A batch as one transaction: all that follows from it, and the positions that come after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from . import clients
from .journal import Writes
from .records import ALERT, DEAD_LETTER, PREDICTION, Output
from .sending import send_many, send_one
from .settings import Settings
from .state import EVENTS, Owner, Pair

log = logging.getLogger(__name__)
SECONDS = 2 * clients.REQUEST_MS / 1000


@dataclass(frozen=True)
class Written:
    """What a transaction writes.

    Attributes
    ----------
    outputs
        Predictions, alerts and dead letters.
    state
        Entry of the journal, and records of a snapshot.
    positions
        Next offset of both inputs.
    member
        The member of the group as it was when the batch was taken: generation and id.
    """

    outputs: list[Output]
    state: Writes
    positions: list[int]
    member: Any


class Transactions:
    """Writes the batches of a partition one after the other, each in a transaction.

    A thread waits for the broker, so that the next batch is learned meanwhile; nothing is lost by that: if a
    transaction fails, the model is dropped with all it has learned since the last one that is certain.

    Parameters
    ----------
    settings
        Of the service.
    owner
        Whose partition; the transactional id fences its former owner, and aborts what that left open.
    inputs
        Both inputs.
    batch_bytes
        Of the batches in which records travel, at most.

    Attributes
    ----------
    begin
        Offset in the state topic at which the last complete snapshot begins.

    Raises
    ------
    KafkaError
        If a broker does not answer.
    """

    def __init__(
        self, settings: Settings, owner: Owner, inputs: list[TopicPartition], batch_bytes: int = clients.BATCH_BYTES
    ) -> None:
        self.begin = 0
        self._inputs, self._batch_bytes = inputs, batch_bytes
        topics = {PREDICTION: settings.predictions, ALERT: settings.alerts, DEAD_LETTER: settings.dead_letters}
        self._places = {kind: TopicPartition(topic, owner.partition) for kind, topic in topics.items()}
        self._state = TopicPartition(settings.state, owner.partition)
        self._sent: list[Any] = []
        self._first: Any = None  # the future of the first record of the newest snapshot
        self._under_way: Future[None] | None = None
        self._producer = clients.writer(settings, owner.transactional_id if settings.exactly_once else None)
        try:
            if settings.exactly_once:
                self._producer.init_transactions()
        except BaseException:
            self.close()
            raise

    @property
    def busy(self) -> bool:
        """Whether a transaction is under way."""
        return self._under_way is not None and not self._under_way.done()

    def start(self, written: Written, then: Callable[[], Any]) -> None:
        """Begin a transaction, when the one before it is certain; `then` is called when this one is, in the thread.

        Raises
        ------
        KafkaError
            If the one before it failed.
        """
        self.settle()
        under_way = self._under_way = Future()
        threading.Thread(target=self._run, args=(under_way, written, then), name="transaction", daemon=True).start()

    def settle(self) -> None:
        """Wait until nothing is under way.

        Raises
        ------
        KafkaError, TimeoutError
            If it is not certain that everything was committed: producer and model must be dropped.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result(SECONDS)

    def _run(self, under_way: Future[None], written: Written, then: Callable[[], Any]) -> None:
        try:
            self._producer.begin_transaction()
            self._send_all(written)
            self._send_offsets(self._offsets(written.positions), written.member)
            self._make_sure()
            self._producer.commit_transaction()
            then()
            under_way.set_result(None)
        except BaseException as error:
            under_way.set_exception(error)

    def write_at_least_once(self, written: Written, member: KafkaConsumer) -> None:
        """Without a transaction: first everything that was sent arrives, then the positions are committed."""
        self._send_all(written)
        self._make_sure()
        member.commit(self._offsets(written.positions))

    def close(self) -> None:
        """Drop the producer; what is under way gets time to end, since it may be a whole batch."""
        if self._under_way is not None:
            try:
                self._under_way.result(SECONDS)
            except Exception as error:
                log.debug("the last transaction: %r", error)
        try:
            self._producer.close(timeout=0)
        except Exception as error:
            log.debug("closing the producer: %r", error)

    # --- what is sent ------------------------------------------------------------------------------------------------

    def _send_all(self, written: Written) -> None:
        for kind, place in self._places.items():
            contents = [output[1:] for output in written.outputs if output.kind == kind]
            self._sent += send_many(self._producer, place, contents, self._batch_bytes)
        state = written.state
        if state.entry is not None:
            self._send_journal(state.entry)
        if state.snapshot:
            sent = self._send_snapshot(state.snapshot)
            if state.begins:
                self._first = sent[0]
            if state.completes:
                self.begin = self._first.get(timeout=clients.REQUEST_MS / 1000).offset

    def _send_journal(self, entry: Pair) -> None:
        self._send_state(entry)

    def _send_snapshot(self, pairs: Iterable[Pair]) -> list[Any]:
        return [self._send_state(pair) for pair in pairs]

    def _send_state(self, pair: Pair) -> Any:
        future = send_one(self._producer, self._state, (*pair, ()))
        self._sent.append(future)
        return future

    def _offsets(self, positions: list[int]) -> dict[TopicPartition, OffsetAndMetadata]:
        return {
            top: OffsetAndMetadata(position, f"state={self.begin}" if which == EVENTS else "", -1)
            for which, (top, position) in enumerate(zip(self._inputs, positions, strict=False))
        }

    def _send_offsets(self, offsets: dict[TopicPartition, OffsetAndMetadata], member: Any) -> None:
        """With the full metadata of the member, so that a zombie is refused."""
        self._producer.send_offsets_to_transaction(offsets, member)

    def _make_sure(self) -> None:
        """Everything that was sent has arrived: the client would commit a transaction that has lost a part, too."""
        sent, self._sent = self._sent, []
        self._producer.flush(timeout=SECONDS)
        for future in sent:
            if not future.succeeded():
                raise future.exception or KafkaTimeoutError("a record has not been acknowledged")
