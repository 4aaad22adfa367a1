"""Records that are no events: all of them raw in the dead-letter topic, all good ones answered, no crash."""

from __future__ import annotations

import json
import random
from typing import Any

from .conftest import sibling

make = sibling("events")


def test_malformed_records_between_good_ones(place: Any) -> None:
    good, bad, mixed = make.events(2_000), make.nonsense(8_000, 1), []
    chance = random.Random(2)
    rest_good, rest_bad = list(good), list(bad)
    while rest_good or rest_bad:
        from_good = chance.random() * (len(rest_good) + len(rest_bad)) < len(rest_good)
        mixed.append(rest_good.pop(0) if from_good else rest_bad.pop(0))
    mixed.append(b"x" * 1_048_000)  # as large as a record can be
    place.send("events", mixed)
    place.send("labels", [value for value in make.nonsense(500, 3) if value is None or b"id" not in value])
    worker = place.worker()
    place.wait_for(len(mixed))
    usage = make.memory_of(worker.pid)
    place.wait_for(place.ends("labels")[0], name="labels")
    assert place.stop(worker) == 0
    verdict = place.judge()
    assert verdict.counts["predictions"] == len(good)
    assert verdict.counts["dead letters of input 0"] == len(bad) + 1
    assert usage < 1_000


def test_a_record_that_breaks_the_task_is_dead_lettered_after_three_times(place: Any) -> None:
    good = make.events(400)
    poison = json.dumps({"id": "poison", "features": {"a": 1.0}, "label": True}).encode()
    place.send("events", [*good[:250], poison, *good[250:]])
    worker = place.worker("--max-batch", "100", script="breakable.py", BREAK="poison")
    place.wait_for(401)
    assert place.stop(worker) == 0
    (letter,) = place.read("dead-letters")
    headers = dict(letter.headers)
    assert (letter.value, headers["attempt"], headers["offset"]) == (poison, b"3", b"250")
    assert b"three times" in headers["error"]
    place.judge()
