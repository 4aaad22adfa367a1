"""Events, labels and nonsense for the tests of the service."""

from __future__ import annotations

import json

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
