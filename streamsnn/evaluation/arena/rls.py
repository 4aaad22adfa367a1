"""Recursive least squares: the linear classifier that learns fastest from one event at a time."""

from __future__ import annotations

import time

import numpy as np

from .contestant import Contestant, normalised
from .field import Field, Floats, Part


class RecursiveLeastSquares(Contestant):
    r"""Ridge regression on the label's indicator, one output a label, with forgetting.

    Features are standardised with their running mean and variance. After each event with features x (a constant 1
    among them) and indicator e of its label,

    .. math:: k = P x / (\lambda + x^T P x), \quad W += k (e - W^T x)^T, \quad P = (P - k x^T P) / \lambda .

    Forgetting rests while P is large, so that directions that no event has excited for long do not blow up.

    Parameters
    ----------
    field
        The stream it will see.
    forgetting
        The factor lambda: an event counts for 1 / (1 - lambda) events.
    ridge
        P starts as the identity over this.
    floor
        Scores are cut to the range from here to 1 before they are normalised to probabilities.
    """

    def __init__(self, field: Field, forgetting: float = 0.9995, ridge: float = 1.0, floor: float = 0.005) -> None:
        codes = [len(texts) for texts in field.categories]
        self._one_hot = [(k, size) for k, size in enumerate(codes) if size]
        self._numeric = [k for k, size in enumerate(codes) if not size]
        width = len(self._numeric) + sum(codes) + 1
        self._forgetting, self._floor = forgetting, floor
        self._inverse = np.eye(width) / ridge
        self._limit = 10.0 * width / ridge
        self._weights = np.zeros((width, len(field.labels)))
        self._seen = np.zeros(len(field.labels), dtype=bool)
        self._events = 0
        self._mean, self._squares = np.zeros(width - 1), np.zeros(width - 1)

    def take(self, part: Part) -> tuple[Floats, float]:
        table = self._table(part.X)
        answers = np.zeros((len(table), self._weights.shape[1]))
        started = time.process_time()
        for answer, row, label in zip(answers, table, part.y.tolist(), strict=True):
            self._one(answer, row, label)
        return normalised(answers), time.process_time() - started

    def _table(self, X: Floats) -> Floats:
        blocks = [X[:, self._numeric]]
        blocks += [np.eye(size)[X[:, k].astype(np.int64)] for k, size in self._one_hot]
        return np.hstack(blocks)

    def _one(self, answer: Floats, row: Floats, label: int) -> None:
        x = np.append(self._standardised(row), 1.0)
        scores = x @ self._weights
        answer[self._seen] = scores[self._seen].clip(self._floor, 1.0)
        error = -scores
        error[label] += 1.0
        direction = self._inverse @ x
        gain = direction / (self._forgetting + x @ direction)
        self._weights += np.outer(gain, error)
        self._inverse -= np.outer(gain, direction)
        if np.trace(self._inverse) < self._limit:
            self._inverse /= self._forgetting
        self._seen[label] = True

    def _standardised(self, row: Floats) -> Floats:
        """The row in units of the running deviation (Welford), itself included."""
        self._events += 1
        off = row - self._mean
        self._mean += off / self._events
        self._squares += off * (row - self._mean)
        deviation = np.sqrt(self._squares / self._events)
        return np.divide(row - self._mean, deviation, out=np.zeros_like(row), where=deviation > 1e-12).clip(-10.0, 10.0)

    def memory_bytes(self) -> int | None:
        arrays = (self._inverse, self._weights, self._mean, self._squares, self._seen)
        return sum(array.nbytes for array in arrays)
