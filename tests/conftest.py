"""What several folders of tests share: streams, and what it means that two models are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from streamsnn import SpikingClassifier

Event = tuple[dict[Any, Any], Any]


@pytest.fixture(scope="session")
def blobs() -> Callable[..., list[Event]]:
    """A stream that is easy to learn: two classes whose four features differ by two standard deviations."""

    def make(events: int, seed: int = 0) -> list[Event]:
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 2, events).tolist()
        values = rng.normal(size=(events, 4)) + 2.0 * np.array(labels)[:, None]
        return [({f"f{k}": float(v) for k, v in enumerate(row)}, y) for row, y in zip(values, labels, strict=True)]

    return make


@pytest.fixture(scope="session")
def mixed() -> Callable[..., list[Event]]:
    """A stream with all that can happen: numbers, booleans, categories, missing values, new features and labels."""

    def make(events: int, seed: int = 0) -> list[Event]:
        rng = np.random.default_rng(seed)
        stream: list[Event] = []
        for k in range(events):
            x: dict[Any, Any] = {
                "size": float(rng.normal()),
                "count": int(rng.poisson(0.5)),
                "flag": bool(rng.integers(2)),
                "colour": str(rng.choice(["red", "green", "blue"])),
            }
            if rng.random() < 0.2:
                x["size"] = None
            if rng.random() < 0.2:
                x["count"] = float("nan")
            if k > events // 3 and rng.random() < 0.7:
                x["late"] = float(rng.normal())
            if rng.random() < 0.1:
                x["colour"] = 7
            if rng.random() < 0.1:
                del x["flag"]
            stream.append((x, f"class {rng.integers(2 if k < events // 2 else 3)}"))
        return stream

    return make


@pytest.fixture(scope="session")
def same_bits() -> Callable[[SpikingClassifier, SpikingClassifier], None]:
    """Asserts that two models are the same: names, counts, and every bit of every array."""

    def check(found: SpikingClassifier, wanted: SpikingClassifier) -> None:
        assert found.labels == wanted.labels
        assert [type(label) for label in found.labels] == [type(label) for label in wanted.labels]
        assert found._features.slots() == wanted._features.slots()
        assert found.ignored == wanted.ignored
        ours, theirs = found._model.export(), wanted._model.export()
        assert ours.keys() == theirs.keys()
        for name in theirs:
            used = _used(wanted, name, len(theirs[name]))
            assert ours[name][:used].tobytes() == theirs[name][:used].tobytes(), name

    return check


def _used(model: SpikingClassifier, name: str, size: int) -> int:
    """How much of an array means something; the rest is room for slots to come, however much was asked for."""
    if name not in ("slots", "ranges", "silence", "filled"):
        return size
    capacity = len(model._model.buffers["filled"])
    return size // capacity * len(model._features)
