"""What the protocol needs of the Kafka client."""

from __future__ import annotations

import time
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from streamsnn_kafka import clients
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
