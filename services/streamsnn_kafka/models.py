"""The model that a task begins with, and what makes two workers learn alike."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from importlib import metadata
from typing import Any

import llvmlite.binding as llvm

from streamsnn import AdaptiveSpikingClassifier, load

from .settings import Settings


def new_model(settings: Settings) -> Any:
    """The model file of the settings, or a new ladder.

    Raises
    ------
    SnapshotError
        If the file does not hold a model.
    """
    if settings.model is not None:
        return load(settings.model)
    return AdaptiveSpikingClassifier(settings.ladder, seed=settings.seed)


def warm_up(settings: Settings) -> None:
    """Load, or compile, what models run on, before a group waits for it."""
    model = new_model(settings)
    model.predict_proba_one({"x": 1.0})
    model.learn_one({"x": 1.0}, model.labels[0] if model.labels else 0)


def fingerprint(settings: Settings) -> dict[str, str]:
    """What must agree for a journal to be learned again bit by bit: library, model, settings of the task, processor."""
    model = f"{settings.ladder} seed {settings.seed}"
    if settings.model is not None:
        model = "file " + _digest(settings.model.read_bytes())
    features = ",".join(sorted(name for name, there in llvm.get_host_cpu_features().items() if there))
    return {
        "library": metadata.version("streamsnn"),
        "numba": metadata.version("numba"),
        "model": model,
        "task": _digest(json.dumps(asdict(settings.task), sort_keys=True).encode()),
        "processor": f"{llvm.get_host_cpu_name()} {_digest(features.encode())}",
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
