"""A saved model, and a way to write a file that is wrong but has the right checksum."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamsnn import SpikingClassifier, snapshot


@pytest.fixture
def model(mixed) -> SpikingClassifier:
    model = SpikingClassifier(hidden=(4,), steps=3, encoder="current+population+delta", seed=1)
    for x, y in mixed(80):
        model.learn_one(x, y)
    return model


@pytest.fixture
def saved(model, tmp_path) -> Path:
    path = tmp_path / "model.safetensors"
    model.save(path)
    return path


@pytest.fixture
def forge(saved) -> Callable[..., Path]:
    """Writes the saved model again after a change to its content or arrays, with a checksum that fits."""

    def write(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
        header, arrays = snapshot.read(saved)
        arrays = {name: array.copy() for name, array in arrays.items()}
        change(header["content"], arrays)
        snapshot.write(saved, header["kind"], header["content"], arrays)
        return saved

    return write
