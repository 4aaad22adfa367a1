"""Events, labels and nonsense for the tests of the service."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np


def events(count: int, seed: int = 0, labelled: bool = True, first: int = 0) -> list[bytes]:
    """Three features, two classes that change places in the middle."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        x = rng.normal(size=3)
        label = bool(x[0] + 0.3 * rng.normal() > 0) != (k > count // 2)
        content = {"id": f"e{first + k}", "features": {"a": x[0], "b": x[1], "c": "red" if x[2] > 0 else "blue"}}
        if labelled:
            content["label"] = label
        found.append(json.dumps(content).encode())
    return found


def label(number: int, value: object = True) -> bytes:
    return json.dumps({"id": f"e{number}", "label": value}).encode()


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


def memory_of(process: int) -> float:
    """Resident megabytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
