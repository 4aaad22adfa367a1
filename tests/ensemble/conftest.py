"""What the tests of the ladder share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streamsnn import AdaptiveSpikingClassifier
from streamsnn.ensemble.members import MemberSettings

MEMBERS = (
    MemberSettings(0.003, replays=2, replay_window=40, neuron="graded", membrane_decay=1.0, threshold=0.1),
    MemberSettings(0.01, half=1),
    MemberSettings(0.003, fields=False, changes=True),
)


@pytest.fixture(scope="session")
def tiny():
    """A ladder that is small in everything."""

    def make(**settings: Any) -> AdaptiveSpikingClassifier:
        return AdaptiveSpikingClassifier(**({"members": MEMBERS, "hidden": 8, "memory": 50, "seed": 3} | settings))

    return make


@pytest.fixture(scope="session")
def same():
    """Whether two ladders hold the same bits, and would go on the same way."""

    def check(a: AdaptiveSpikingClassifier, b: AdaptiveSpikingClassifier) -> None:
        assert a.labels == b.labels
        first, second = a._export(), b._export()
        assert first.keys() == second.keys()
        for name, array in first.items():
            used = array[: len(second[name])]
            spare = name in ("slots", "ranges", "silence", "filled")
            if spare:
                size = min(len(array), len(second[name]))
                used, other = array[:size], second[name][:size]
            else:
                other = second[name]
            np.testing.assert_array_equal(used, other, err_msg=name)

    return check


@pytest.fixture(scope="session")
def flipping():
    """Two features and a label that turns over at the given event."""

    def make(events: int, flip: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(events, 2))
        y = (X[:, 0] + X[:, 1] > 0).astype(int)
        y[flip:] = 1 - y[flip:]
        return X, y

    return make
