"""How a model is taken through a chunk of events: each one predicted, then learned."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from river.base import Classifier

Event = tuple[Mapping[Hashable, Any], Hashable]

# Of these a matrix of floats says the same; None becomes NaN, which is a missing value, too.
_NUMERIC = {bool, int, float, type(None), np.bool_, np.int32, np.int64, np.float32, np.float64}


class Answer(NamedTuple):
    """What a model said to one event before it learned it.

    Attributes
    ----------
    predicted
        The likeliest label; None without an answer.
    probability
        Probability of the true label; None if the model gives no probabilities.
    """

    predicted: Hashable
    probability: float | None


class Chunk:
    """Some consecutive events, as rows and, where all have the same numeric fields, as a table.

    Parameters
    ----------
    events
        Pairs of features and label.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.labels = [label for _, label in events]
        self.table = _table([x for x, _ in events])


def _table(rows: list[Mapping[Hashable, Any]]) -> Any:
    """The rows as a DataFrame; None where they differ in their fields, are not numeric, or pandas is not there."""
    try:
        import pandas as pd
    except ImportError:  # events then go to the model one by one, which is slower and otherwise the same
        return None
    if len(rows) < 2 or not rows[0]:
        return None
    names = list(rows[0])
    known = rows[0].keys()
    if any(row.keys() != known for row in rows):
        return None
    values = [[row[name] for name in names] for row in rows]
    if not {type(value) for row in values for value in row} <= _NUMERIC:
        return None
    try:
        return pd.DataFrame(np.array(values, dtype=np.float64), columns=names)
    except OverflowError:  # an integer beyond the floats: the model knows what to make of it
        return None


def predict_and_learn(model: Classifier, chunk: Chunk) -> list[Answer]:
    """Let a model answer each event of a chunk, then learn it, in order.

    A model that has ``predict_learn_many`` gets the chunk in one call; its answers are those of one event at a time.

    Examples
    --------
    >>> from river.dummy import NoChangeClassifier
    >>> predict_and_learn(NoChangeClassifier(), Chunk([({}, "a"), ({}, "a")]))
    [Answer(predicted=None, probability=0.0), Answer(predicted='a', probability=1)]
    """
    if chunk.table is not None and hasattr(model, "predict_learn_many"):
        return _of_table(model.predict_learn_many(chunk.table, chunk.labels), chunk.labels)
    return [_one(model, x, label) for x, label in chunk.events]


def _one(model: Classifier, x: Any, label: Any) -> Answer:
    try:
        probabilities = model.predict_proba_one(x)
    except NotImplementedError:
        answer = Answer(model.predict_one(x), None)
    else:
        predicted = max(probabilities, key=probabilities.__getitem__) if probabilities else None
        answer = Answer(predicted, probabilities.get(label, 0.0))
    model.learn_one(x, label)
    return answer


def _of_table(probabilities: Any, labels: Sequence[Hashable]) -> list[Answer]:
    """Answers from a DataFrame of probabilities; NaN marks a label that was not known yet."""
    classes = list(probabilities.columns)
    if not classes:
        return [Answer(None, 0.0)] * len(labels)
    column = {label: k for k, label in enumerate(classes)}
    matrix = np.nan_to_num(probabilities.to_numpy(dtype=np.float64))
    best, likeliest = matrix.max(axis=1), matrix.argmax(axis=1)
    return [
        Answer(classes[k] if p > 0 else None, float(row[column[label]]) if label in column else 0.0)
        for k, p, row, label in zip(likeliest, best, matrix, labels, strict=True)
    ]
