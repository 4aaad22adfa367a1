"""Records that are no events: all of them raw in the dead-letter topic, all good ones answered, no crash."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from .conftest import sibling

make = sibling("events")


def nonsense(count: int, seed: int) -> list[bytes | None]:
    """What comes in from a careless world."""
    chance = random.Random(seed)
    good = b'{"id": "x", "features": {"a": 1.5}, "label": true}'
    kinds: list[Any] = [
        lambda: None,
        lambda: b"",
        lambda: chance.randbytes(chance.randint(1, 60)) + b"\xff",
        lambda: good[: chance.randint(1, len(good) - 1)],
        lambda: b"[" * 20_000,
        lambda: b'{"features": ' + b'{"a": ' * 2_000 + b"1" + b"}" * 2_001,
        lambda: b'{"features": {"a": NaN}}',
        lambda: b'{"features": {"a": 1e999}}',
        lambda: b'{"features": {"a": -Infinity}}',
        lambda: b'{"features": {"a": 1, "a": 2}}',
        lambda: b'{"features": {"a": ' + b"9" * 5_000 + b"}}",
        lambda: b'{"features": [1, 2]}',
        lambda: b'{"features": {"a": {"b": 1}}}',
        lambda: b'{"features": {"a": 1}, "label": [1]}',
        lambda: b'{"features": {"a": 1}, "label": 1, "weight": -1}',
        lambda: b'{"features": {"a": 1}, "id": 7}',
        lambda: b'{"features": {"\\ud800": 1}}',
        lambda: b'"just text"',
        lambda: b"null",
        lambda: b'{"features": {"text": "' + b"x" * 50_000 + b'"}',
    ]
    return [chance.choice(kinds)() for _ in range(count)]


def test_malformed_records_between_good_ones(place: Any) -> None:
    good, bad, mixed = make.events(2_000), nonsense(8_000, 1), []
    chance = random.Random(2)
    rest_good, rest_bad = list(good), list(bad)
    while rest_good or rest_bad:
        from_good = chance.random() * (len(rest_good) + len(rest_bad)) < len(rest_good)
        mixed.append(rest_good.pop(0) if from_good else rest_bad.pop(0))
    mixed.append(b"x" * 1_048_000)  # as large as a record can be
    place.send("events", mixed)
    place.send("labels", [value for value in nonsense(500, 3) if value is None or b"id" not in value])
    worker = place.worker()
    place.wait_for(len(mixed))
    usage = memory_of(worker.pid)
    place.wait_for(place.ends("labels")[0], name="labels")
    assert place.stop(worker) == 0
    verdict = place.judge()
    assert verdict.counts["predictions"] == len(good)
    assert verdict.counts["dead letters of input 0"] == len(bad) + 1
    assert usage < 1_000


def memory_of(process: int) -> float:
    """Resident megabytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


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
