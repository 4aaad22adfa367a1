"""What the protocol needs of the Kafka client."""

from __future__ import annotations

import time
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from streamsnn_kafka import clients
from streamsnn_kafka.sending import send_many, send_one
from streamsnn_kafka.settings import Settings


def test_a_fenced_producer_neither_commits_nor_takes_the_id_back(place: Any) -> None:
    settings = Settings(bootstrap_servers=place.address)
    topics = [place.topic(name) for name in ("predictions", "alerts")]
    old = clients.writer(settings, place.group)
    old.init_transactions()
    old.begin_transaction()
    old.send(topics[0], value=b"first of the old one", partition=0).get(10)
    new = clients.writer(settings, place.group)
    new.init_transactions()
    new.begin_transaction()
    new.send(topics[0], value=b"of the new one", partition=0).get(10)
    refused = old.send(topics[0], value=b"second of the old one", partition=0)  # its partition is known: no new request
    with pytest.raises(KafkaError):
        refused.get(10)
    time.sleep(1)
    with pytest.raises(KafkaError):
        old.commit_transaction()
    new.send(topics[1], value=b"of the new one", partition=0).get(10)
    new.commit_transaction()
    for topic in topics:
        reader = clients.reader(settings, TopicPartition(topic, 0))
        reader.seek_to_beginning()
        found = [record.value for records in reader.poll(5_000).values() for record in records]
        reader.close()
        assert found == [b"of the new one"]
    for producer in (old, new):
        producer.close(timeout=1)


CONTENTS = [
    (b"key", b"value", [("name", b"text"), ("empty", b"")]),
    (None, b"no key", ()),
    (b"no value", None, ()),
    (None, None, [("why", b"a tombstone without a key")]),
    *[(None, bytes([k % 256]) * (k % 300), ()) for k in range(2_000)],
]


@pytest.mark.parametrize("transactional", [True, False])
def test_many_records_arrive_as_if_sent_one_by_one(place: Any, transactional: bool) -> None:
    settings = Settings(bootstrap_servers=place.address)
    producer = clients.writer(settings, place.group if transactional else None)
    top, other = (TopicPartition(place.topic(name), 0) for name in ("predictions", "alerts"))
    if transactional:
        producer.init_transactions()
        producer.begin_transaction()
    futures = send_many(producer, top, CONTENTS, batch_bytes=20_000)
    for content in CONTENTS:
        send_one(producer, other, content)
    producer.flush()
    assert 5 < len(futures) < 50
    assert all(future.succeeded() for future in futures)
    if transactional:
        producer.commit_transaction()
    producer.close()
    many, single = place.read("predictions"), place.read("alerts")
    plain = [[(each.key, each.value, each.headers, each.offset) for each in found] for found in (many, single)]
    assert plain[0] == plain[1]
    assert len(many) == len(CONTENTS)
    assert all(abs(each.timestamp / 1000 - time.time()) < 60 for each in many)


def test_an_aborted_transaction_takes_them_along(place: Any) -> None:
    settings = Settings(bootstrap_servers=place.address)
    producer = clients.writer(settings, place.group)
    producer.init_transactions()
    for content in (b"dropped", b"kept"):
        producer.begin_transaction()
        send_many(producer, TopicPartition(place.topic("predictions"), 0), [(None, content, ())] * 3, 20_000)
        producer.flush()
        producer.abort_transaction() if content == b"dropped" else producer.commit_transaction()
    producer.close()
    assert [each.value for each in place.read("predictions")] == [b"kept"] * 3


@pytest.mark.apache
def test_batches_shrink_to_what_a_topic_takes(place: Any) -> None:
    admin = KafkaAdminClient(bootstrap_servers=place.address)
    resource = ConfigResource(ConfigResourceType.TOPIC, place.topic("predictions"), {"max.message.bytes": "30000"})
    admin.alter_configs([resource])
    admin.close()
    values: list[bytes | None] = [b'{"features": {"x": %d}, "label": %d}' % (k, k % 2) for k in range(1_500)]
    place.send("events", values)
    worker = place.worker()
    place.wait_for(1_500)
    place.stop(worker)
    assert len(place.read("predictions")) == 1_500
    assert "starting again" in place.said()
