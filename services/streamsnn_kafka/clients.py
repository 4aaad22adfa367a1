"""The clients of Kafka, each with the settings that the protocol depends on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaError

from .sending import never_split
from .settings import Connection, Settings

log = logging.getLogger(__name__)
Client = TypeVar("Client")

REQUEST_MS = 10_000
FETCH_BYTES = 16 * 2**20
BATCH_BYTES = 256 * 1024
LARGEST_RECORD = 64 * 2**20  # the broker's limits are to decide, not the client's
RETRY_MS = 20  # of a new reader, whose first poll sleeps so long because it does not know the leader yet


class Unavailable(OSError):
    """No broker answered in time."""


def member(settings: Settings) -> KafkaConsumer:
    """The member of the group: it takes part in the assignment of the events topic, and reads committed events."""
    return KafkaConsumer(
        **settings.client,
        group_id=settings.group,
        group_instance_id=settings.instance_id,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        partition_assignment_strategy=[CooperativeStickyAssignor],
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=max(300, settings.session_timeout_ms // 6),
        request_timeout_ms=REQUEST_MS,
        max_poll_records=10 * settings.max_batch,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=100,
        allow_auto_create_topics=False,
        metadata_max_age_ms=30_000,
    )


def reader(settings: Connection, partition: TopicPartition, committed: bool = True) -> KafkaConsumer:
    """A consumer without a group on one partition."""
    consumer = KafkaConsumer(
        **settings.client,
        enable_auto_commit=False,
        isolation_level="read_committed" if committed else "read_uncommitted",
        auto_offset_reset="none",
        request_timeout_ms=REQUEST_MS,
        max_poll_records=2_000,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=50,
        retry_backoff_ms=RETRY_MS,
        allow_auto_create_topics=False,
    )
    consumer.assign([partition])
    return consumer


def writer(settings: Connection, transactional_id: str | None) -> KafkaProducer:
    """A producer: in transactions if it has an id for them, else one that waits for all replicas."""
    producer = KafkaProducer(
        **settings.client,
        transactional_id=transactional_id,
        transaction_timeout_ms=30_000,
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        batch_size=BATCH_BYTES,
        request_timeout_ms=REQUEST_MS,
        delivery_timeout_ms=2 * REQUEST_MS,
        max_block_ms=2 * REQUEST_MS,
        max_request_size=LARGEST_RECORD,
        allow_auto_create_topics=False,
    )
    never_split(producer)
    if transactional_id is not None:
        _die_when_fenced(producer)
    return producer


def _die_when_fenced(producer: KafkaProducer) -> None:
    """Let a stale epoch end the producer, as it did before KIP-360.

    When the broker refuses a batch for its epoch, kafka-python (3.0.12) takes a new epoch in the middle of the
    transaction. That fences whoever rightly owns the id by now; the broker aborts what was sent so far, and
    ``commit_transaction`` succeeds all the same.
    """
    manager = producer._transaction_manager
    assert callable(manager._supports_epoch_bump)
    manager._supports_epoch_bump = lambda: False


def admin(settings: Connection) -> KafkaAdminClient:
    return KafkaAdminClient(**settings.client, request_timeout_ms=REQUEST_MS)


def when_available(settings: Connection, make: Callable[[], Client], say: Callable[[str], Any] = log.warning) -> Client:
    """What `make` makes, tried again until a broker answers.

    Raises
    ------
    Unavailable
        If none has answered within ``start_timeout`` seconds.
    """
    end = time.monotonic() + settings.start_timeout
    while True:
        try:
            return make()
        except (KafkaError, OSError) as error:
            left = end - time.monotonic()
            if left <= 0:
                raise Unavailable(
                    f"no broker at {settings.bootstrap_servers} within {settings.start_timeout:g} s ({error!r})"
                ) from None
            say(f"waiting for a broker at {settings.bootstrap_servers}, {left:.0f} s more ({type(error).__name__})")
            time.sleep(min(1.0, left))
