"""Brokers that die or freeze, workers that freeze and wake as zombies, transactions that nobody ends, rebalances."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from .conftest import sibling

make = sibling("events")
FLAGS = ("--max-batch", "100", "--snapshot-events", "800")


def test_a_broker_that_is_killed_and_comes_back(private_broker: Any, private_place: Any) -> None:
    place = private_place
    place.send("events", make.events(3_000))
    worker = place.worker(*FLAGS)
    place.wait_for(500)
    private_broker.kill()
    time.sleep(3)
    private_broker.start()
    place.wait_for(3_000, seconds=120)
    place.send("events", make.events(1_000, first=3_000))
    place.wait_for(4_000, seconds=120)
    assert place.stop(worker) == 0
    assert place.judge().counts["predictions"] == 4_000


def test_a_broker_that_freezes(private_broker: Any, private_place: Any) -> None:
    place = private_place
    place.send("events", make.events(3_000))
    worker = place.worker(*FLAGS)
    place.wait_for(500)
    private_broker.signal(signal.SIGSTOP)
    time.sleep(25)
    private_broker.signal(signal.SIGCONT)
    place.wait_for(3_000, seconds=120)
    assert place.stop(worker) == 0
    assert place.judge().counts["predictions"] == 3_000


@pytest.mark.apache
def test_a_frozen_worker_wakes_as_a_zombie(place: Any) -> None:
    place.send("events", make.events(6_000))
    zombie = place.worker(*FLAGS)
    place.wait_for(500)
    zombie.send_signal(signal.SIGSTOP)
    heir = place.worker(*FLAGS)
    place.wait_for(3_000)
    zombie.send_signal(signal.SIGCONT)
    place.wait_for(6_000)
    place.send("events", make.events(500, first=6_000))
    place.wait_for(6_500)
    assert place.stop(heir) == 0
    place.send("events", make.events(500, first=6_500))
    place.wait_for(7_000)  # the zombie is a good member again
    assert place.stop(zombie) == 0
    assert place.judge().counts["predictions"] == 7_000


@pytest.mark.apache
def test_the_only_worker_freezes_and_wakes_with_records_in_hand(place: Any) -> None:
    """The group has dropped it meanwhile; when it joins again, its consumer reads once more what it has in hand."""
    place.send("events", make.events(6_000))
    worker = place.worker("--max-batch", "20", "--snapshot-events", "800")
    for count in (500, 1_500):
        place.wait_for(count)
        worker.send_signal(signal.SIGSTOP)
        time.sleep(12)
        worker.send_signal(signal.SIGCONT)
    place.wait_for(6_000)
    assert place.stop(worker) == 0
    assert place.judge().counts["predictions"] == 6_000


@pytest.mark.apache
def test_events_that_are_deleted_before_they_are_read_are_refused(place: Any) -> None:
    place.send("events", make.events(500))
    worker = place.worker()
    place.wait_for(500)
    worker.send_signal(signal.SIGSTOP)
    place.send("events", make.events(500, first=500))
    client = KafkaAdminClient(bootstrap_servers=place.address)
    client.delete_records({TopicPartition(place.topic("events"), 0): 800})
    client.close()
    worker.send_signal(signal.SIGCONT)
    assert worker.wait(60) == 3
    assert "up to 800 were deleted before they were read" in place.said()


@pytest.mark.apache
def test_an_abandoned_transaction_of_the_task_and_one_of_a_stranger(place: Any) -> None:
    place.send("events", make.events(1_000))
    abandoned = []
    for name in (f"{place.group}.{place.topic('events')}.0", "a stranger"):
        producer = KafkaProducer(bootstrap_servers=place.address, transactional_id=name, transaction_timeout_ms=10_000)
        producer.init_transactions()
        producer.begin_transaction()
        topic = "predictions" if name != "a stranger" else "state"
        producer.send(place.topic(topic), key=b"[1,2,3]", value=b"never committed", partition=0).get(10)
        abandoned.append(producer)
    worker = place.worker(*FLAGS)
    place.wait_for(1_000)
    assert place.stop(worker) == 0
    place.judge()
    for producer in abandoned:
        producer.close(timeout=0)


@pytest.mark.apache
def test_partitions_move_with_their_models(wide_place: Any) -> None:
    place = wide_place
    for partition in range(2):
        place.send("events", make.events(3_000, seed=partition), partition)
    first = place.worker(*FLAGS)
    place.wait_for(300)
    second = place.worker(*FLAGS)
    time.sleep(6)
    third = place.worker(*FLAGS)
    time.sleep(4)
    first.kill()
    time.sleep(2)
    assert place.stop(second) == 0
    for partition in range(2):
        place.wait_for(3_000, partition=partition)
        place.send("events", make.events(500, seed=9, first=3_000), partition)
        place.wait_for(3_500, partition=partition)
    assert place.stop(third) == 0
    assert [verdict.counts["predictions"] for verdict in place.judge()] == [3_500, 3_500]


@pytest.mark.apache
def test_the_only_worker_is_killed_and_another_goes_on_within_fifteen_seconds(place: Any) -> None:
    place.send("events", make.events(500))
    first = place.worker()
    place.wait_for(500)
    first.kill()
    first.wait()
    before = place.ends("predictions")[0]
    place.send("events", make.events(10, first=500))
    begin = time.monotonic()
    place.worker()
    while place.ends("predictions")[0] <= before + 5:
        assert time.monotonic() - begin < 60
        time.sleep(0.1)
    print(f"first new prediction after {time.monotonic() - begin:.1f} s")
