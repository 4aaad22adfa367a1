"""A stream as the arena takes it: the same events as dicts, and as a table of numbers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StreamError
from ..streams import Event, open_stream
from .synthetic import SYNTHETIC, synthetic

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ENDLESS_ROWS = 20_000  # of a generator, when nobody says how many


@dataclass(frozen=True)
class Source:
    """Where a stream comes from; small, so that it can be handed to another process.

    Attributes
    ----------
    name
        In tables.
    place
        What `read` opens: a synthetic stream of the arena, or all that `open_stream` takes.
    rows
        Most events to take; None: all.
    label
        Name of the field that holds the label, for files.
    """

    name: str
    place: str
    rows: int | None = None
    label: str | None = None


@dataclass(frozen=True)
class Field:
    """All events of a stream.

    Attributes
    ----------
    X
        Values, shape ``(events, features)``. A category is its number in `categories`. A missing value is the last one
        that was there (0 before the first), as most peers cannot miss one.
    y
        Labels, numbered in sorted order.
    names
        Of the features.
    categories
        For each feature its categories, as text; none for a number.
    labels
        What the numbers in `y` stand for.
    drifts
        Where the stream drifts, if it is known.
    raw
        The events as they came, where `X` does not say the same: with categories or missing values.
    """

    X: Floats
    y: Integers
    names: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    labels: tuple[Hashable, ...]
    drifts: tuple[int, ...] = ()
    raw: tuple[Mapping[Hashable, Any], ...] | None = None

    @cached_property
    def dicts(self) -> list[dict[Any, Any]]:
        """The rows of `X` as River takes them: numbers, and categories as text."""
        columns = [
            [texts[int(value)] for value in self.X[:, k].tolist()] if texts else self.X[:, k].tolist()
            for k, texts in enumerate(self.categories)
        ]
        return [dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def part(self, begin: int, end: int) -> Part:
        return Part(self, begin, end)


@dataclass(frozen=True)
class Part:
    """Consecutive events of a field."""

    field: Field
    begin: int
    end: int

    @property
    def X(self) -> Floats:
        return self.field.X[self.begin : self.end]

    @property
    def y(self) -> Integers:
        return self.field.y[self.begin : self.end]

    @property
    def dicts(self) -> list[dict[Any, Any]]:
        return self.field.dicts[self.begin : self.end]


def read(source: Source) -> Field:
    """Read a stream.

    Raises
    ------
    StreamError
        If there is no such stream, it cannot be read, or has no events.

    Examples
    --------
    >>> field = read(Source("bananas", "Bananas", rows=100))
    >>> field.X.shape, field.labels, field.raw is None
    ((100, 2), (False, True), True)
    """
    if source.place in SYNTHETIC:
        marked = synthetic(source.place, source.rows or ENDLESS_ROWS)
        return _field(marked.events, marked.drifts)
    if Path(source.place).suffix == ".npz" and source.label is None and (field := _arrays(source)) is not None:
        return field
    stream = open_stream(source.place, label=source.label, seed=1)
    rows = source.rows if source.rows is not None or not stream.endless else ENDLESS_ROWS
    return _field(list(islice(stream.events, rows)), ())


def _arrays(source: Source) -> Field | None:
    """A table of numbers, without the detour over dicts; None where `open_stream` has to look at it."""
    if not Path(source.place).is_file():
        return None
    with np.load(source.place, allow_pickle=False) as arrays:
        if not {"X", "y"} <= set(arrays.files) or "feature_names" in arrays.files:
            return None
        X, y = arrays["X"][: source.rows], arrays["y"][: source.rows]
    if X.ndim != 2 or X.dtype.kind not in "iuf" or y.shape != X.shape[:1] or not len(y) or np.isnan(X).any():
        return None
    labels, codes = np.unique(y, return_inverse=True)
    names = tuple(f"x{k}" for k in range(X.shape[1]))
    table = np.ascontiguousarray(X, dtype=np.float64)
    return Field(table, codes.astype(np.int64), names, ((),) * len(names), tuple(labels.tolist()))


def _field(events: Sequence[Event], drifts: tuple[int, ...]) -> Field:
    if not events:
        raise StreamError("the stream has no events")
    names = list(dict.fromkeys(name for x, _ in events for name in x))
    labels = sorted({label for _, label in events}, key=lambda label: (str(type(label)), label))
    number = {label: k for k, label in enumerate(labels)}
    X = np.empty((len(events), len(names)))
    categories: list[tuple[str, ...]] = []
    complete = True
    for k, name in enumerate(names):
        values = [x.get(name) for x, _ in events]
        X[:, k], texts, whole = _column(values)
        categories.append(texts)
        complete = complete and whole and not texts
    return Field(
        X=X,
        y=np.array([number[label] for _, label in events], dtype=np.int64),
        names=tuple(str(name) for name in names),
        categories=tuple(categories),
        labels=tuple(labels),
        drifts=drifts,
        raw=None if complete else tuple(x for x, _ in events),
    )


def _column(values: Sequence[Any]) -> tuple[list[float], tuple[str, ...], bool]:
    """A column as numbers, its categories (none: it is numeric), and whether nothing is missing."""
    missing = [value is None or (isinstance(value, float) and math.isnan(value)) for value in values]
    texts: tuple[str, ...] = ()
    if any(isinstance(value, str) for value in values):
        texts = tuple(sorted({str(value) for value, gone in zip(values, missing, strict=True) if not gone}))
    number = {text: float(k) for k, text in enumerate(texts)}
    column, last = [], 0.0
    for value, gone in zip(values, missing, strict=True):
        if not gone:
            last = number[str(value)] if texts else float(value)
        column.append(last)
    return column, texts, not any(missing)
