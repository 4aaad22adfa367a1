"""How these tests look at what an encoder makes of an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from streamsnn import SpikingClassifier
from streamsnn import memory as m
from streamsnn.encoding import slots as places


class Drive(NamedTuple):
    """Static currents by row without the bias, and spikes as (row, step)."""

    currents: dict[int, float]
    spikes: list[tuple[int, int]]


class Lines(NamedTuple):
    """The rows one part of an encoder has for one feature, and what is known of its values."""

    base: int
    fields: int
    values: dict[float, int]
    kind: int
    centres: np.ndarray


@pytest.fixture(scope="session")
def drive() -> Callable[[SpikingClassifier, dict[Any, Any]], Drive]:
    """The drive of an event."""

    def of(model: SpikingClassifier, x: dict[Any, Any]) -> Drive:
        model._model.forget_traces()
        model.predict_proba_one(x)
        table, buffers = model._model.table, model._model.buffers
        currents, spikes = int(table[m.CURRENT_COUNT]), int(table[m.SPIKE_COUNT])
        rows = buffers["current_rows"][:currents].tolist()
        assert rows[0] == 0, "the bias comes first"
        assert buffers["current_values"][0] == 1.0
        of_row = dict(zip(rows[1:], buffers["current_values"][1:currents].tolist(), strict=True))
        assert len(of_row) == currents - 1, "a row has one current"
        steps = zip(buffers["spike_rows"][:spikes].tolist(), buffers["spike_steps"][:spikes].tolist(), strict=True)
        return Drive(of_row, sorted(steps))

    return of


@pytest.fixture(scope="session")
def lines() -> Callable[..., Lines]:
    """What the model holds for a feature (or a feature's category), for one part of its encoder."""

    def of(model: SpikingClassifier, name: Any, category: Any = None, part: int = 0) -> Lines:
        index = model._features
        slot = index.numeric[name] if category is None else index.categorical[name, category]
        info = model._model.slot_info(slot)
        rows = info[places.PART_ROWS + part * places.PART_STRIDE :][: places.PART_STRIDE]
        stride = int(model._model.table[m.RANGES_STRIDE])
        known = model._model.buffers["ranges"][slot * stride : (slot + 1) * stride]
        of_value = {
            float(known[places.VALUES + k]): int(rows[places.LINE_ROWS + k]) for k in range(info[places.VALUES_KNOWN])
        }
        parts = model._model.encoder.parts()
        first = places.CENTRES + sum(p.fields for p in parts[:part])
        centres = known[first : first + parts[part].fields].copy()
        return Lines(int(rows[places.BASE_ROW]), int(rows[places.FIELD_ROW]), of_value, int(info[places.KIND]), centres)

    return of


@pytest.fixture(scope="session")
def taught() -> Callable[..., SpikingClassifier]:
    """A small model that has learned these values of feature "v", all with the same label."""

    def make(encoder: Any, values: Any, steps: int = 8, **settings: Any) -> SpikingClassifier:
        model = SpikingClassifier(hidden=(4,), encoder=encoder, steps=steps, seed=3, **settings)
        for value in values:
            model.learn_one({"v": value}, "a")
        return model

    return make
