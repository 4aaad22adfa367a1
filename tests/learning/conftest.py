"""A bench for engines: a model, an engine of either kind, and events to run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streamsnn.encoding import CurrentEncoder, PopulationEncoder
from streamsnn.learning import fused
from streamsnn.learning.engines import GRADIENT, OBSERVE, FusedEngine
from streamsnn.learning.model import Model
from streamsnn.learning.settings import LearningSettings
from streamsnn.memory import CLASSES as CLASS_COUNT
from streamsnn.memory import EVENT_BEGIN
from streamsnn.network.settings import NetworkSettings

FEATURES, CLASSES = 5, 3
ENGINES = ("straight", "general", "torch")


class Bench:
    """One model with its engine; `path` is ``"straight"``, ``"general"`` or ``"torch"``."""

    def __init__(self, path: str, network: NetworkSettings, learning: LearningSettings, classes: int = CLASSES) -> None:
        self.model = Model(PopulationEncoder(fields=5) + CurrentEncoder(strength=0.5), network, learning, seed=7)
        if path == "torch":
            from streamsnn.learning.torch_engine import TorchEngine

            self.call = TorchEngine(self.model).run
        else:
            FusedEngine(self.model)  # draws the first weights
            self.model.reserve_gradient()
            self.call = fused.run_straight if path == "straight" else fused.run_general
        self.model.reserve_slots(FEATURES)
        self.model.reserve_width(FEATURES)
        self.model.reserve_classes(classes)
        self.model.counters[CLASS_COUNT] = classes

    def run(self, mode: int, x: Any, y: Any = None, w: Any = None) -> np.ndarray:
        """Run the rows of `x` (NaN: missing); returns the probabilities, if asked for."""
        model, x = self.model, np.ascontiguousarray(x, dtype=np.float64)
        y = np.zeros(len(x), dtype=np.int64) if y is None else np.asarray(y, dtype=np.int64)
        w = np.ones(len(x)) if w is None else np.asarray(w, dtype=np.float64)
        output = np.zeros((len(x), int(model.counters[CLASS_COUNT])))
        slots = np.arange(x.shape[1])
        model.point(event_slots=slots, event_values=x, event_labels=y, event_weights=w, event_starts=0, output=output)
        model.set_event_shape(width=x.shape[1], classes=output.shape[1], events=len(x))
        while (stopped := self.call(model.address, mode)) < len(x):
            model.table[EVENT_BEGIN] = stopped
            model.reserve_rows_for(x.shape[1])
        return output

    def gradient(self, x: Any, y: Any, w: Any = None) -> dict[str, np.ndarray]:
        """The gradient of the rows of `x`, summed, by block."""
        self.run(GRADIENT, x, y, w)
        found = {name: block.copy() for name, block in self.model.named("gradient").items()}
        self.model.clear_gradient()
        return found

    def params(self) -> dict[str, np.ndarray]:
        return {name: block.copy() for name, block in self.model.named().items()}

    def warm(self, seed: int, scale: float = 1.0) -> np.random.Generator:
        """Let the ranges observe some events, then draw every weight at random, biases and readout too."""
        rng = np.random.default_rng(seed)
        self.run(OBSERVE, rng.normal(size=(40, FEATURES)))
        for name, block in self.model.named().items():
            fan = 6.0 if name == "input" else block.shape[0] if name.startswith(("weight", "recurrent")) else 1.0
            block[:] = scale * rng.normal(size=block.shape) / np.sqrt(fan)
        self.model.forget_traces()
        return rng


@pytest.fixture(scope="session")
def bench() -> type[Bench]:
    return Bench


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    norm = float(np.linalg.norm(wanted))
    difference = float(np.linalg.norm(found - wanted))
    return difference if norm == 0.0 else difference / norm


@pytest.fixture(scope="session")
def same() -> Any:
    """Asserts that two sets of blocks are equal to a relative error of 1e-4 a block."""

    def check(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray], limit: float = 1e-4) -> None:
        assert found.keys() == wanted.keys()
        for name in wanted:
            assert relative_error(found[name], wanted[name]) <= limit, name

    return check
