"""Many events at once: a table, a matrix or a list of dicts as flat arrays of slots and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..memory import Float64s, Int64s
from .index import FeatureIndex
from .values import as_number


@dataclass(frozen=True)
class Batch:
    """Events as the kernels read them.

    Attributes
    ----------
    slots
        Input slots; of all events one after the other, or, if `starts` is None, the same for every event.
    values
        Values, event after event.
    starts
        Where each event begins in `slots` and `values`, shape ``(events + 1,)``; None if all have the same slots.
    events
        Number of events.
    """

    slots: Int64s
    values: Float64s
    starts: Int64s | None
    events: int

    @property
    def width(self) -> int:
        """Most slots of one event."""
        if self.starts is None:
            return len(self.slots)
        return int(np.diff(self.starts).max(initial=0))


def batch_of(X: Any, index: FeatureIndex, *, grow: bool) -> Batch:
    """The events of `X` by slot; with `grow`, new features and categories get theirs as if row came after row.

    Parameters
    ----------
    X
        A pandas DataFrame, a two-dimensional array (its features are named 0, 1, ...), or a sequence of dicts.
    index
        Where features have their slots.
    grow
        Whether to give slots to what is new.

    Raises
    ------
    ValueError
        If a value is neither number nor category; the message names the feature. Nothing has grown then.
    """
    if isinstance(X, np.ndarray):
        if X.ndim != 2:
            raise ValueError(f"an array of events must have two dimensions, not {X.ndim}")
        return _of_columns(range(X.shape[1]), _as_floats(X), index, grow)
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        if all(getattr(dtype, "kind", "O") in "biuf" for dtype in X.dtypes):
            return _of_columns(list(X.columns), _as_floats(X.to_numpy(dtype=np.float64)), index, grow)
        return _of_rows(X.to_dict("records"), index, grow)
    return _of_rows(X, index, grow)


def _as_floats(matrix: Any) -> Float64s:
    try:
        return np.ascontiguousarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"an array of events must hold numbers ({error})") from None


def _of_columns(names: Sequence[Any], values: Float64s, index: FeatureIndex, grow: bool) -> Batch:
    """Every event has the same numeric columns; NaN is a missing value."""
    if grow and any(name not in index.numeric for name in names):
        present = values == values
        first = np.where(present.any(axis=0), present.argmax(axis=0), -1)
        for row in np.unique(first[first >= 0]):
            index.grow({name: 0.0 for name, appears in zip(names, first, strict=True) if appears == row})
    placed = sorted((index.numeric[name], k) for k, name in enumerate(names) if name in index.numeric)
    slots = np.array([slot for slot, _ in placed], dtype=np.int64)
    columns = [k for _, k in placed]
    if columns != list(range(values.shape[1])):
        values = np.ascontiguousarray(values[:, columns])
    return Batch(slots, values.ravel(), None, len(values))


def _of_rows(rows: Sequence[Mapping[Any, Any]], index: FeatureIndex, grow: bool) -> Batch:
    """Every event may have other features."""
    if grow:
        for x in rows:
            for name, value in x.items():
                as_number(name, value)
    found: list[tuple[int, float]] = []
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    for k, x in enumerate(rows):
        if grow:
            index.grow(x)
        found += index.look_up(x)
        starts[k + 1] = len(found)
    slots = np.array([slot for slot, _ in found], dtype=np.int64)
    return Batch(slots, np.array([value for _, value in found], dtype=np.float64), starts, len(rows))
