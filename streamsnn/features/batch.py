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
    shown, learned
        For every row that was given the event that is to be forecast, and the one that is to be learned, shape
        ``(rows,)``. They differ where a row brings something new, which no forecast may know yet: it stands there
        twice, first without. None: rows are events.
    """

    slots: Int64s
    values: Float64s
    starts: Int64s | None
    events: int
    shown: Int64s | None = None
    learned: Int64s | None = None

    @property
    def width(self) -> int:
        """Most slots of one event."""
        if self.starts is None:
            return len(self.slots)
        return int(np.diff(self.starts).max(initial=0))


def batch_of(X: Any, index: FeatureIndex, *, learned: Bools | None = None, forecast: bool = False) -> Batch:
    """The events of `X` by slot; what is new in the learned ones gets its slots as if row came after row.

    Parameters
    ----------
    X
        A pandas DataFrame, a two-dimensional array (its features are named 0, 1, ...), or a sequence of dicts.
    index
        Where features have their slots.
    learned
        For every event whether it gives slots to what is new in it, shape ``(events,)``; None: none does.
    forecast
        Whether the learned ones are forecast, too, as they were before.

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
        return _of_rows(X.to_dict("records"), index, learned, forecast)
    return _of_rows(X, index, learned, forecast)


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


def _of_rows(rows: Sequence[Mapping[Any, Any]], index: FeatureIndex, learned: Bools | None, forecast: bool) -> Batch:
    """Every event may have other features."""
    numbers = [_numbers(x, index) for x in rows]  # checks every value, before anything grows
    names: tuple[Any, ...] | None = None  # of the last event, and its slots: most events have those of the one before
    shared: array[int] = array("q")
    same = bool(rows)
    slots, values = array("q"), array("d")
    starts, twice = [0], []
    for k, (x, number) in enumerate(zip(rows, numbers, strict=True)):
        where = None
        if number is not None:
            if tuple(x) != names:
                same = same and k == 0
                where = _slots(x, index)
                names = None if where is None else tuple(x)
                shared = shared if where is None else where
            else:
                where = shared
        if where is None or number is None:
            same = False
            found, unknown = index.search(x)
            if unknown and learned is not None and learned[k]:
                before, known = found, len(index)
                index.grow(x)
                found = index.look_up(x)
                if forecast and len(index) > known:
                    slots.extend(slot for slot, _ in before)
                    values.extend(value for _, value in before)
                    starts.append(len(slots))
                    twice.append(k)
            where, number = array("q", [slot for slot, _ in found]), array("d", [value for _, value in found])
        slots += where
        values += number
        starts.append(len(slots))
    if same:
        order = sorted(range(len(shared)), key=shared.__getitem__)
        matrix = np.array(values, dtype=np.float64).reshape(len(rows), len(shared))
        if order != list(range(len(shared))):
            matrix = matrix[:, order]
        return Batch(np.array(shared, dtype=np.int64)[order], np.ascontiguousarray(matrix).ravel(), None, len(rows))
    where_from = np.array(slots, dtype=np.int64), np.array(values, dtype=np.float64), np.array(starts, dtype=np.int64)
    if not twice:
        return Batch(*where_from, len(rows))
    again = np.zeros(len(rows), dtype=np.int64)
    again[twice] = 1
    last = np.arange(len(rows)) + again.cumsum()
    return Batch(*where_from, len(rows) + len(twice), last - again, last)


def _numbers(x: Mapping[Any, Any], index: FeatureIndex) -> array[float] | None:
    """The values of an event, in its own order, if all of them are numbers; None if it is to be looked at closely."""
    if type(x) is not dict:
        check_event(x)
    try:
        return array("d", x.values())
    except (TypeError, OverflowError):
        index.search(x)
        return None


def _slots(x: Mapping[Any, Any], index: FeatureIndex) -> array[int] | None:
    """The slots of an event's features, in its own order; None if one is not known as a number."""
    try:
        return array("q", map(index.numeric.get, x))  # type: ignore[arg-type]
    except TypeError:
        return None
