"""Many events at once: a table, a matrix or a list of dicts as flat arrays of slots and values."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..memory import Float64s, Int64s
from .index import FeatureIndex
from .values import check_event

Bools = npt.NDArray[np.bool_]


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


def batch_of(X: Any, index: FeatureIndex, *, learned: Bools | None = None) -> Batch:
    """The events of `X` by slot; what is new in the learned ones gets its slots as if row came after row.

    Parameters
    ----------
    X
        A pandas DataFrame, a two-dimensional array (its features are named 0, 1, ...), or a sequence of dicts.
    index
        Where features have their slots.
    learned
        For every event whether it gives slots to what is new in it, shape ``(events,)``; None: none does.

    Raises
    ------
    ValueError
        If a value is neither number nor category, or a column stands there twice; the message names the feature.
        Nothing has grown then.
    """
    if isinstance(X, np.ndarray):
        if X.ndim != 2:
            raise ValueError(f"an array of events must have two dimensions, not {X.ndim}")
        return _of_columns(range(X.shape[1]), _as_floats(X), index, learned)
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        names = list(X.columns)
        if len(set(names)) < len(names):
            twice = next(name for k, name in enumerate(names) if name in names[:k])
            raise ValueError(f"feature {twice!r}: there are two columns of this name")
        if all(getattr(dtype, "kind", "O") in "biuf" for dtype in X.dtypes):
            return _of_columns(names, _as_floats(X.to_numpy(dtype=np.float64)), index, learned)
        return _of_rows(X.to_dict("records"), index, learned)
    return _of_rows(X, index, learned)


def _as_floats(matrix: Any) -> Float64s:
    try:
        return np.ascontiguousarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"an array of events must hold numbers ({error})") from None


def _of_columns(names: Sequence[Any], values: Float64s, index: FeatureIndex, learned: Bools | None) -> Batch:
    """Every event has the same numeric columns; NaN is a missing value."""
    if learned is not None and len(values) and any(name not in index.numeric for name in names):
        present = (values == values) & learned[:, None]
        first = np.where(present.any(axis=0), present.argmax(axis=0), -1)
        for row in np.unique(first[first >= 0]):
            index.grow({name: 0.0 for name, appears in zip(names, first, strict=True) if appears == row})
        beyond = [k for k, name in enumerate(names) if first[k] >= 0 and name not in index.numeric]
        index.ignored_features += int(present[:, beyond].sum()) - len(beyond)  # `grow` has counted the first of each
    placed = sorted((index.numeric[name], k) for k, name in enumerate(names) if name in index.numeric)
    slots = np.array([slot for slot, _ in placed], dtype=np.int64)
    columns = [k for _, k in placed]
    if columns != list(range(values.shape[1])):
        values = np.ascontiguousarray(values[:, columns])
    return Batch(slots, values.ravel(), None, len(values))


def _of_rows(rows: Sequence[Mapping[Any, Any]], index: FeatureIndex, learned: Bools | None) -> Batch:
    """Every event may have other features."""
    for x in rows:
        check_event(x)
        try:
            array("d", x.values())
        except (TypeError, OverflowError):
            index.search(x)  # checks every value, before anything grows
    slots, values = array("q"), array("d")
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    for k, x in enumerate(rows):
        numbers = _numbers(x, index)
        if numbers is None:
            if learned is not None and learned[k]:
                index.grow(x)
            found = index.look_up(x)
            numbers = array("q", [slot for slot, _ in found]), array("d", [value for _, value in found])
        slots += numbers[0]
        values += numbers[1]
        starts[k + 1] = len(slots)
    return Batch(np.array(slots, dtype=np.int64), np.array(values, dtype=np.float64), starts, len(rows))


def _numbers(x: Mapping[Any, Any], index: FeatureIndex) -> tuple[array[int], array[float]] | None:
    """Slots and values of an event of known numeric features only, in its own order; None if it is of another kind."""
    try:
        return array("q", map(index.numeric.get, x)), array("d", x.values())  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return None
