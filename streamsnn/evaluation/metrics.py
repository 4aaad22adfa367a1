"""What is measured while a model predicts each event before it learns it."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any

from river import metrics


class KappaTemporal:
    """How much better than repeating the last label: 1 is perfect, 0 no better, negative worse.

    With the accuracy p of the model and the accuracy q of the no-change classifier, ``(p - q) / (1 - q)``. On a stream
    whose labels come in long runs, it tells whether a high accuracy means anything.

    References
    ----------
    Zliobaite, I., Bifet, A., Read, J., Pfahringer, B., & Holmes, G. (2015). Evaluation methods and decision theory for
    classification of streaming data with temporal dependence. Machine Learning, 98, 455-482.

    Examples
    --------
    >>> kappa = KappaTemporal()
    >>> for label, predicted in [("a", "a"), ("a", "a"), ("b", "b"), ("a", "b")]:
    ...     kappa.update(label, predicted)
    >>> round(kappa.get(), 3)  # 3 of 4 right, where repeating the last label is right once
    0.667
    """

    def __init__(self) -> None:
        self._events = self._right = self._unchanged = 0
        self._last: Hashable = object()  # equal to no label: nothing precedes the first one

    def update(self, label: Hashable, predicted: Hashable) -> None:
        self._events += 1
        self._right += label == predicted
        self._unchanged += label == self._last
        self._last = label

    def get(self) -> float:
        """Kappa so far; 0 while repeating the last label has never been wrong."""
        wrong_if_unchanged = self._events - self._unchanged
        return (self._right - self._unchanged) / wrong_if_unchanged if wrong_if_unchanged else 0.0


class RollingAccuracy:
    """Share of right predictions among the last `window` events.

    Examples
    --------
    >>> accuracy = RollingAccuracy(window=2)
    >>> for right in (False, True, True):
    ...     accuracy.update(right)
    >>> accuracy.get()
    1.0
    """

    def __init__(self, window: int) -> None:
        self._recent: deque[bool] = deque(maxlen=window)
        self._right = 0

    def update(self, right: bool) -> None:
        if len(self._recent) == self._recent.maxlen:
            self._right -= self._recent[0]
        self._recent.append(right)
        self._right += right

    def get(self) -> float:
        return self._right / len(self._recent) if self._recent else 0.0


class Scores:
    """All measures of one model over one stream.

    An event that the model has no answer to counts as wrong. The log loss leaves out the first event of each label,
    which no model can foresee; it is None for models that give no probabilities.

    Parameters
    ----------
    window
        Events over which the rolling accuracy looks back.

    Examples
    --------
    >>> scores = Scores(window=100)
    >>> scores.update("up", None, 0.0)
    >>> scores.update("up", "up", 0.5)
    >>> scores.accuracy, round(scores.log_loss, 3)
    (0.5, 0.693)
    """

    def __init__(self, window: int) -> None:
        self.rolling = RollingAccuracy(window)
        self._confusion: Any = metrics.ConfusionMatrix()
        self._accuracy: Any = metrics.Accuracy(self._confusion)
        self._kappa: Any = metrics.CohenKappa(self._confusion)
        self._kappa_temporal = KappaTemporal()
        self._log_loss: Any = metrics.CrossEntropy()
        self._has_log_loss = False
        self._seen: set[Hashable] = set()

    def update(self, label: Hashable, predicted: Hashable, probability: float | None) -> None:
        """Take in one event.

        Parameters
        ----------
        label
            What was true.
        predicted
            What the model said; None if it had no answer.
        probability
            What the model gave the true label; None if it gives no probabilities.
        """
        self._confusion.update(label, predicted)
        self._kappa_temporal.update(label, predicted)
        self.rolling.update(label == predicted)
        if label not in self._seen:
            self._seen.add(label)
        elif probability is not None:
            self._has_log_loss = True
            self._log_loss.update(label, {label: probability})

    @property
    def accuracy(self) -> float:
        return float(self._accuracy.get())

    @property
    def kappa(self) -> float:
        return float(self._kappa.get())

    @property
    def kappa_temporal(self) -> float:
        return self._kappa_temporal.get()

    @property
    def log_loss(self) -> float | None:
        return float(self._log_loss.get()) if self._has_log_loss else None
