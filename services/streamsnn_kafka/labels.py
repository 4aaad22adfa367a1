"""Labels of JSON inside a classifier: Python takes ``1`` and ``true`` for the same dictionary key, JSON does not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MARK = "json"  # no label of JSON is a tuple, so that (MARK, text) is free


class Labels:
    """Goes between labels of JSON and those of a classifier.

    Labels stay what they are. Only where a classifier knows ``True``, the number 1 becomes ``("json", "1")``, and the
    other way round.

    Parameters
    ----------
    known
        The labels that the classifier knows.

    Examples
    --------
    >>> labels = Labels([True])
    >>> labels.inside(True), labels.inside(1), labels.inside(0), labels.inside("1")
    (True, ('json', '1'), 0, '1')
    >>> labels.outside(("json", "1"))
    1
    """

    def __init__(self, known: Iterable[Any] = ()) -> None:
        self._taken: dict[Any, type] = {}
        for label in known:
            self.learned(label)

    def inside(self, label: Any) -> Any:
        """What the classifier is told."""
        if self._taken.get(label, type(label)) is type(label):
            return label
        return MARK, json.dumps(label)

    def learned(self, label: Any) -> None:
        """The classifier has learned this label, as it was told."""
        if isinstance(label, (bool, int, float)):
            self._taken.setdefault(label, type(label))

    @staticmethod
    def outside(label: Any) -> Any:
        """The label of JSON that the classifier was told."""
        if isinstance(label, tuple) and label[:1] == (MARK,):
            return json.loads(label[1])
        return label.item() if hasattr(label, "item") else label
