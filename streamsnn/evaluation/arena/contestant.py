"""What the arena asks of a model: probabilities for some events, each before it is learned, and the time it took."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from river.base import Classifier

from ..prequential import memory_bytes
from .field import Field, Floats, Part


class Contestant(ABC):
    """A model that takes part.

    Labels are the numbers in `Field.y`.
    """

    @abstractmethod
    def take(self, part: Part) -> tuple[Floats, float]:
        """Predict and learn each event in turn.

        Returns
        -------
        tuple
            Probabilities, shape ``(events, labels of the field)``, all zero where the model had no answer; and the
            seconds that the processor spent inside the model, whatever else it was busy with meanwhile.
        """

    @abstractmethod
    def memory_bytes(self) -> int | None:
        """Size of the model; None if it cannot be told."""


class OneByOne(Contestant):
    """A River classifier that takes dicts.

    Parameters
    ----------
    model
        It learns.
    field
        The stream it will see.
    raw
        Whether the model can take categories and missing values as they came.
    """

    def __init__(self, model: Classifier, field: Field, raw: bool = False) -> None:
        self._model = model
        self._labels = len(field.labels)
        self._raw = field.raw if raw else None

    def take(self, part: Part) -> tuple[Floats, float]:
        rows: Sequence[Any] = part.dicts if self._raw is None else self._raw[part.begin : part.end]
        labels = part.y.tolist()
        predict, learn = self._model.predict_proba_one, self._model.learn_one
        answers = []
        started = time.process_time()
        for x, label in zip(rows, labels, strict=True):
            answers.append(predict(x))
            learn(x, label)
        seconds = time.process_time() - started
        return _matrix(answers, self._labels), seconds

    def memory_bytes(self) -> int | None:
        return memory_bytes(self._model)


def _matrix(answers: Sequence[Mapping[Any, float]], labels: int) -> Floats:
    matrix = np.zeros((len(answers), labels))
    for row, answer in zip(matrix, answers, strict=True):
        for label, probability in (answer or {}).items():
            row[int(label)] = probability
    return normalised(matrix)


class ManyAtOnce(Contestant):
    """A model of ours that takes an array of events at once; its answers are those of one event at a time."""

    def __init__(self, model: Any, field: Field) -> None:
        self._model = model
        self._labels = len(field.labels)

    def take(self, part: Part) -> tuple[Floats, float]:
        started = time.process_time()
        answers = self._model.predict_learn_many(part.X, part.y)
        seconds = time.process_time() - started
        matrix = np.zeros((len(answers), self._labels))
        matrix[:, [int(label) for label in self._model.labels]] = answers
        return normalised(matrix), seconds

    def memory_bytes(self) -> int | None:
        return memory_bytes(self._model)


def normalised(scores: Floats) -> Floats:
    """Rows of probabilities from rows of votes: what is negative or no number counts as 0."""
    scores = np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0).clip(min=0.0)
    sums = scores.sum(axis=1, keepdims=True)
    return np.divide(scores, sums, out=np.zeros_like(scores), where=sums > 0)
