"""Many records to one partition, for a tenth of what the client spends on each of them one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from kafka import KafkaProducer, TopicPartition
from kafka.producer.producer_batch import ProducerBatch
from kafka.record.memory_records import MemoryRecordsBuilder

from .records import Headers

Content = tuple[bytes | None, bytes | None, Headers]  # key, value, headers


def _sendable(content: Content) -> Content:
    """The client wants a key or a value."""
    key, value, headers = content
    return (b"", None, headers) if key is None and value is None else content


def send_one(producer: KafkaProducer, top: TopicPartition, content: Content) -> Any:
    """Send a record; gives the client's future of it."""
    key, value, headers = _sendable(content)
    return producer.send(top.topic, key=key, value=value, headers=list(headers), partition=top.partition)


def send_many(producer: KafkaProducer, top: TopicPartition, contents: Sequence[Content], batch_bytes: int) -> list[Any]:
    """Send records, in order.

    `KafkaProducer.send` (3.0.12) spends 20 to 40 microseconds of the interpreter on a record: checks, locks, a future
    that is completed by the sender's thread. A transaction wants to know only whether all of them have arrived, so the
    records are packed here, by the client's own builder, into batches that the client then sends as any other. There is
    one future for each batch.

    Parameters
    ----------
    producer
        Of kafka-python.
    top
        Where to.
    contents
        Key, value and headers of each record.
    batch_bytes
        Of a batch at most, unless a single record is larger.

    Returns
    -------
    Futures of the first record of each batch; the batch has arrived when it has.

    Raises
    ------
    KafkaError
        If the topic is not known to the broker.
    """
    if len(contents) < 2 or not producer.partitions_for(top.topic):
        return [send_one(producer, top, content) for content in contents]
    manager, accumulator = producer._transaction_manager, producer._accumulator
    if manager is not None and manager.is_transactional():
        manager.maybe_add_partition_to_transaction(top)
    futures = []
    accumulator._appends_in_progress.increment()
    try:
        for batch, future in _batches(producer, top, contents, batch_bytes):
            with accumulator._tp_lock(top):
                accumulator._batches[top].append(batch)
                accumulator._incomplete.add(batch)
            futures.append(future)
    finally:
        accumulator._appends_in_progress.decrement()
    producer._sender.wakeup()
    return futures


def never_split(producer: KafkaProducer) -> None:
    """Let a batch that is too large for the broker fail as a whole: its parts would have no futures."""
    sender = producer._sender
    assert callable(sender._can_split)
    sender._can_split = lambda *_: False


def _batches(
    producer: KafkaProducer, top: TopicPartition, contents: Iterable[Content], batch_bytes: int
) -> Iterable[tuple[ProducerBatch, Any]]:
    now, stamp = time.monotonic(), int(time.time() * 1000)
    compression = producer.config["compression_attrs"]
    builder = batch = future = None
    for key, value, headers in map(_sendable, contents):
        if builder is not None and builder.append(stamp, key, value, headers) is not None:
            continue
        if batch is not None:
            yield batch, future
        builder = MemoryRecordsBuilder(2, compression, batch_bytes)
        batch = ProducerBatch(top, builder, now=now)
        future = batch.try_append(stamp, key, value, headers, now=now)
    if batch is not None:
        yield batch, future
