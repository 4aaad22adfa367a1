"""Labels on a topic of their own: late, early, twice, unknown, never; and workers that are killed meanwhile."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from .conftest import sibling

make = sibling("events")


def labels_for(count: int, seed: int) -> list[bytes]:
    """A label for most events, out of order, some twice, some of events that do not exist."""
    chance = random.Random(seed)
    found = [(k + chance.uniform(0, 300), make.label(k, chance.random() < 0.5)) for k in range(count) if k % 10]
    found += [(k + 400, make.label(k, True)) for k in range(1, count, 50)]
    found += [(k, make.label(10 * count + k)) for k in range(0, count, 100)]
    return [value for _, value in sorted(found)]


@pytest.mark.apache
def test_labels_are_used_once_though_workers_are_killed(place: Any) -> None:
    count, moments = 4_000, random.Random(3)
    stream, labels = make.events(count, labelled=False), labels_for(count, 5)
    place.send("labels", labels[:50])  # early: their events come later
    for number in range(4):
        worker = place.worker("--snapshot-events", "1000", "--max-batch", "100")
        place.send("events", stream[1000 * number : 1000 * (number + 1)])
        part = len(labels) // 4
        place.send("labels", labels[max(50, part * number) : part * (number + 1) if number < 3 else len(labels)])
        time.sleep(moments.uniform(4, 8))
        worker.kill()
        worker.wait()
    worker = place.worker()
    place.wait_for(count)
    place.wait_for(len(labels), name="labels")
    assert place.stop(worker) == 0
    verdict = place.judge()
    assert verdict.counts["predictions"] == count
    assert verdict.counts["label duplicate"] == len(range(1, count, 50))
    assert verdict.counts["labels learned"] == count - len(range(0, count, 10))
    assert verdict.counts["dead letters of input 1"] == verdict.counts["label duplicate"]


def test_unknown_labels_expire_into_dead_letters(place: Any) -> None:
    place.send("labels", [make.label(999)])
    place.send("events", make.events(20, labelled=False))
    worker = place.worker("--expire-hours", "0.0003")
    place.wait_for(20)
    time.sleep(2)
    place.send("events", make.events(40, labelled=False, first=20))
    place.wait_for(60)
    assert place.stop(worker) == 0
    (letter,) = place.read("dead-letters")
    assert letter.value == make.label(999)
    assert b"unknown" in dict(letter.headers)["error"]
