"""MOA's learners through CapyMOA: they live in a Java machine inside this process, which must never be forked."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from .contestant import Contestant, normalised
from .field import Field, Floats, Part

JVM = "-Xmx6g -Xss10M -XX:ActiveProcessorCount=1"  # a task takes one core


def available() -> str | None:
    """Why CapyMOA cannot be used here; None if it can."""
    if importlib.util.find_spec("capymoa") is None:
        return 'CapyMOA\'s learners need CapyMOA: pip install "streamsnn[arena]"'
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "CapyMOA's learners need Java (17 or newer) on the PATH, or JAVA_HOME"
    return None


class CapyMoa(Contestant):
    """A learner of MOA.

    Parameters
    ----------
    kind
        Name of the class in ``capymoa.classifier``.
    field
        The stream it will see; its labels are known to the learner beforehand, as MOA demands.
    seed
        Of the learner.
    scaled
        Whether features are standardised by their running mean and deviation on the way, for learners that measure
        distances as they are. Not counted as the learner's time.
    settings
        Further arguments of the class.

    Raises
    ------
    ModuleNotFoundError
        If CapyMOA or Java is missing; the message says how to get it.
    """

    def __init__(self, kind: str, field: Field, seed: int, scaled: bool = False, **settings: Any) -> None:
        reason = available()
        if reason is not None:
            raise ModuleNotFoundError(reason)
        os.environ.setdefault("CAPYMOA_JVM_ARGS", JVM)
        learners, streams = import_module("capymoa.classifier"), import_module("capymoa.stream")
        self._labelled = import_module("capymoa.instance").LabeledInstance.from_array
        self._schema = streams.Schema.from_custom(
            feature_names=list(field.names),
            values_for_nominal_features={
                name: list(texts) for name, texts in zip(field.names, field.categories, strict=True) if texts
            },
            values_for_class_label=[str(code) for code in range(len(field.labels))],
            dataset_name="stream",
            target_attribute_name="the label",
            target_type="categorical",
        )
        self._labels = len(field.labels)
        self._scale: Callable[[Floats], Floats] | None = _Scaler(field.X.shape[1]) if scaled else None
        self._learner: Any = getattr(learners, kind)(schema=self._schema, random_seed=seed, **settings)

    def take(self, part: Part) -> tuple[Floats, float]:
        X = part.X if self._scale is None else self._scale(part.X)
        instances = [self._labelled(self._schema, x, y) for x, y in zip(X, part.y.tolist(), strict=True)]
        for instance in instances:
            _ = instance.java_instance  # made here, and kept: not the learner's work
        answers = []
        started = time.process_time()
        for instance in instances:
            answers.append(self._learner.predict_proba(instance))
            self._learner.train(instance)
        seconds = time.process_time() - started
        matrix = np.zeros((len(answers), self._labels))
        for row, answer in zip(matrix, answers, strict=True):
            votes = np.asarray(() if answer is None else answer, dtype=np.float64)[: self._labels]
            row[: len(votes)] = votes
        return normalised(matrix), seconds

    def memory_bytes(self) -> int | None:
        """What the Java machine gets back when the learner is gone, and the learner is gone after this."""
        with_learner = _heap()
        self._learner = None
        return max(with_learner - _heap(), 0)


def _heap() -> int:
    """Bytes in use in the Java machine after its garbage is collected."""
    java = import_module("java.lang")  # of the Java machine, which CapyMOA has started
    gc.collect()  # Python lets go of what it holds of Java's
    java.System.gc()
    runtime = java.Runtime.getRuntime()
    return int(runtime.totalMemory() - runtime.freeMemory())


class _Scaler:
    """Standardises rows one after the other, each with the events up to itself (Welford)."""

    def __init__(self, width: int) -> None:
        self._events = 0
        self._mean, self._squares = np.zeros(width), np.zeros(width)

    def __call__(self, X: Floats) -> Floats:
        scaled = np.zeros_like(X)
        for out, row in zip(scaled, X, strict=True):
            self._events += 1
            off = row - self._mean
            self._mean += off / self._events
            self._squares += off * (row - self._mean)
            deviation = np.sqrt(self._squares / self._events)
            np.divide(row - self._mean, deviation, out=out, where=deviation > 1e-12)
        return scaled
