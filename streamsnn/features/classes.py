"""The append-only index of class labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import compress
from typing import Any

import numpy as np

from .values import is_missing


class ClassIndex:
    """Numbers the labels of a stream in the order in which they first appear.

    Labels are compared as Python compares dictionary keys: ``1``, ``1.0`` and ``True`` are one label, ``"1"`` another.

    Parameters
    ----------
    max_classes
        Most labels there may be; one more raises.

    Examples
    --------
    >>> classes = ClassIndex(max_classes=2)
    >>> classes.add("yes"), classes.add("no"), classes.add("yes")
    (0, 1, 0)
    >>> classes.add("maybe")
    Traceback (most recent call last):
    ...
    ValueError: label 'maybe' would be class number 3, and max_classes is 2
    """

    def __init__(self, max_classes: int) -> None:
        self.max_classes = max_classes
        self.number: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self.number)

    @property
    def labels(self) -> tuple[Any, ...]:
        """The labels in the order of their numbers."""
        return tuple(self.number)

    def check(self, label: Any) -> Any:
        """The label as it is stored.

        Raises
        ------
        ValueError
            If it cannot be a class: None, NaN, not hashable, or one too many.
        """
        if isinstance(label, np.generic):
            label = label.item()
        if is_missing(label):
            raise ValueError(f"label {label!r} is missing; an event without a label cannot be learned")
        try:
            known = label in self.number
        except TypeError:
            raise ValueError(f"label {label!r} cannot be a class: a {type(label).__name__} is not hashable") from None
        if label != label:
            raise ValueError(f"label {label!r} is missing; an event without a label cannot be learned")
        if not known and len(self) >= self.max_classes:
            raise ValueError(
                f"label {label!r} would be class number {len(self) + 1}, and max_classes is {self.max_classes}"
            )
        return label

    def add(self, label: Any) -> int:
        """The label's number, a new one if it is new; raises as `check` does."""
        return self.number.setdefault(self.check(label), len(self))

    def check_all(self, labels: Sequence[Any], learned: Sequence[bool]) -> list[Any]:
        """The labels that will be new once the learned ones are added, in order; raises as `check` does."""
        try:
            distinct: Iterable[Any] = dict.fromkeys(labels)
        except TypeError:
            distinct = labels  # one of them is not hashable: `check` will name it
        for label in distinct:
            self.check(label)
        scratch = ClassIndex(self.max_classes)
        scratch.number = dict(self.number)
        scratch.add_all(dict.fromkeys(compress(labels, learned)))
        return list(scratch.number)[len(self) :]

    def add_all(self, labels: Iterable[Any]) -> None:
        for label in labels:
            self.add(label)
