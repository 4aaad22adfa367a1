"""All that is measured of one model on one stream, from what it said to every event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..metrics import Scores
from .field import Floats, Integers
from .recovery import recovery_times

POINTS = 200  # of the accuracy over time, at most
SMALLEST = 1e-4  # a probability below this over the number of labels counts as this in the log loss
BINS = 15


class Record:
    """What a model said, event by event.

    Parameters
    ----------
    labels
        Number of labels in the whole stream.
    """

    def __init__(self, labels: int) -> None:
        self._labels = labels
        self._truth: list[Integers] = []
        self._said: list[Integers] = []
        self._confidence: list[Floats] = []
        self._of_truth: list[Floats] = []

    def add(self, truth: Integers, probabilities: Floats) -> None:
        """Take in the answers to some events; a row of zeros is no answer, and counts as wrong."""
        best = probabilities.max(axis=1)
        self._truth.append(truth)
        self._said.append(np.where(best > 0, probabilities.argmax(axis=1), -1))
        self._confidence.append(best)
        self._of_truth.append(probabilities[np.arange(len(truth)), truth])

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Whether each event was predicted rightly."""
        return np.concatenate(self._truth) == np.concatenate(self._said)

    def measures(self, drifts: Sequence[int]) -> dict[str, float | None]:
        """All measures, by name; recovery is None without marked drifts."""
        truth, said = np.concatenate(self._truth), np.concatenate(self._said)
        scores = Scores(window=1)
        for label, predicted in zip(truth.tolist(), said.tolist(), strict=True):
            scores.update(label, None if predicted < 0 else predicted, None)
        times = recovery_times(self.hits, drifts)
        return {
            "accuracy": scores.accuracy,
            "kappa": scores.kappa,
            "kappa_temporal": scores.kappa_temporal,
            "macro_f1": macro_f1(truth, said),
            "log_loss": log_loss(np.concatenate(self._of_truth), self._labels),
            "calibration": calibration_error(self.hits, np.concatenate(self._confidence)),
            "recovery": float(np.mean(times)) if times else None,
        }

    def curve(self) -> list[float]:
        """Accuracy over time: of each of at most 200 pieces of the stream, see `ends`."""
        sums = np.concatenate(([0], self.hits.cumsum()))
        edges = np.concatenate(([0], ends(len(sums) - 1, min(POINTS, len(sums) - 1))))
        return [round(value, 3) for value in (np.diff(sums[edges]) / np.diff(edges)).tolist()]


def ends(events: int, pieces: int) -> Integers:
    """Where the pieces of a stream end, when it is cut in so many of nearly equal length.

    Examples
    --------
    >>> ends(10, 3).tolist()
    [3, 6, 10]
    """
    return np.linspace(0, events, pieces + 1).astype(np.int64)[1:]


def macro_f1(truth: Integers, said: Integers) -> float:
    """Mean over the labels that occur of the harmonic mean of precision and recall.

    Parameters
    ----------
    truth, said
        Numbers of labels; what was said may be -1, no answer.

    Examples
    --------
    >>> macro_f1(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))  # 2/3 for label 0, 4/5 for label 1
    0.7333333333333334
    """
    size = int(truth.max()) + 1
    right = np.bincount(truth[truth == said], minlength=size)
    true = np.bincount(truth, minlength=size)
    claimed = np.bincount(said[(said >= 0) & (said < size)], minlength=size)
    occurs = true > 0
    return float((2 * right[occurs] / (true + claimed)[occurs]).mean())


def log_loss(of_truth: Floats, labels: int) -> float:
    """Mean of ``-log p(label)``, p not below 1e-4 over the number of labels, so that one certain error is not all.

    Examples
    --------
    >>> round(log_loss(np.array([0.5, 0.0]), labels=2), 3)  # log 2 and log 20,000
    5.298
    """
    return float(-np.log(np.maximum(of_truth, SMALLEST / labels)).mean())


def calibration_error(hits: NDArray[np.bool_], confidence: Floats, bins: int = BINS) -> float:
    """Expected calibration error: how far the probability of the likeliest label is from how often it is right.

    Events are put in bins of equal width by that probability; the error is the mean over the events of the distance
    between their bin's accuracy and its mean probability.

    References
    ----------
    Guo, C., Pleiss, G., Sun, Y., & Weinberger, K. Q. (2017). On calibration of modern neural networks. ICML.

    Examples
    --------
    >>> calibration_error(np.array([True, True, False, False]), np.array([0.9, 0.9, 0.9, 0.9]))
    0.4
    """
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    off = np.bincount(which, weights=confidence - hits, minlength=bins)
    return float(round(np.abs(off).sum() / len(hits), 12))
