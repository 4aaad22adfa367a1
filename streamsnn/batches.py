"""Many events in one compiled call."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np

from .events import EventClassifier, checked_weight
from .features import Batch, batch_of
from .learning.engines import GRADIENT, LEARN, OBSERVE, PREDICT, STEP
from .memory import Float64s


class BatchClassifier(EventClassifier):
    """Mini-batches, and whole streams, over the same engine as single events.

    Whoever inherits sets `batch`.
    """

    batch: str

    def learn_many(self, X: Any, y: Any, w: Any = None) -> None:
        """Learn from a mini-batch, event by event, or with ``batch="mean"`` in one step along the mean gradient.

        Parameters
        ----------
        X
            A DataFrame, an array of shape ``(events, features)``, or a sequence of dicts.
        y
            Labels.
        w
            Weights; 1 by default.

        Raises
        ------
        ValueError
            As `learn_one`; nothing has been learned then.
        """
        batch, labels, weights = self._prepare(X, y, w)
        for mode in (LEARN,) if self.batch == "each" else (GRADIENT | STEP, OBSERVE):
            self._take(batch, labels, weights, mode)
        self._fit_output_if_grown()

    def predict_learn_many(self, X: Any, y: Any, w: Any = None) -> Any:
        """Predict each event, then learn from it, in one compiled call: what a prequential evaluation does.

        Row k holds the probabilities of the model that has learned all rows before it, bit for bit those of a loop
        of `predict_proba_one` and `learn_one`; a label not seen by then has 0.

        Parameters
        ----------
        X
            A DataFrame, an array of shape ``(events, features)``, or a sequence of dicts.
        y
            Labels.
        w
            Weights; 1 by default.

        Returns
        -------
        A DataFrame if `X` is one, else an array of shape ``(events, classes)``; a column for each of `labels`.

        Raises
        ------
        ValueError
            As `learn_one`; nothing has been learned then.
        """
        batch, labels, weights = self._prepare(X, y, w, forecast=True)
        output = np.zeros((batch.events, len(self._classes)))
        self._take(batch, labels, weights, PREDICT | LEARN, output)
        self._fit_output_if_grown()
        return self._framed(X, output if batch.shown is None else output[batch.shown])

    def predict_proba_many(self, X: Any) -> Any:
        """Probabilities of every event, one column for each label; a DataFrame if `X` is one. Changes nothing."""
        batch = batch_of(X, self._features)
        output = np.zeros((batch.events, len(self._labels)))
        self._take(batch, np.full(batch.events, -1), np.ones(batch.events), PREDICT, output)
        return self._framed(X, output)

    def predict_many(self, X: Any) -> Any:
        """The most probable label of every event; a Series if `X` is a DataFrame, else a list."""
        probabilities = np.asarray(self.predict_proba_many(X))
        if not self._labels:
            best: list[Any] = [None] * len(probabilities)
        else:
            best = [self._labels[k] for k in probabilities.argmax(axis=1)]
        if not hasattr(X, "columns"):
            return best
        import pandas as pd

        return pd.Series(best, index=X.index, dtype=None if best else object)

    def _prepare(self, X: Any, y: Any, w: Any, forecast: bool = False) -> tuple[Batch, np.ndarray[Any, Any], Float64s]:
        """Check everything, then give numbers to all that is new, as a loop over the rows would."""
        labels = list(y.tolist() if hasattr(y, "tolist") else y)
        if len(labels) != len(X):
            raise ValueError(f"{len(X)} events, but {len(labels)} labels")
        weights = np.ones(len(labels)) if w is None else np.array([checked_weight(v) for v in w], dtype=np.float64)
        if len(weights) != len(labels):
            raise ValueError(f"{len(labels)} events, but {len(weights)} weights")
        learned = weights > 0.0
        distinct = self._classes.check_all(labels, learned.tolist())
        batch = batch_of(X, self._features, learned=learned, forecast=forecast)
        self._classes.add_all(distinct)
        self._grow_model(self._features.categorical.values())
        numbers = np.fromiter(map(self._classes.number.get, labels, repeat(-1)), dtype=np.int64, count=len(labels))
        if batch.learned is not None:
            spread, spread_weights = np.full(batch.events, -1), np.zeros(batch.events)
            spread[batch.learned], spread_weights[batch.learned] = numbers, weights
            return batch, spread, spread_weights
        return batch, numbers, weights

    def _framed(self, X: Any, output: Float64s) -> Any:
        if not hasattr(X, "columns"):
            return output
        import pandas as pd

        return pd.DataFrame(output, index=X.index, columns=list(self._labels))
