"""The append-only index of labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from streamsnn.features import ClassIndex


def test_labels_are_numbered_as_they_come() -> None:
    classes = ClassIndex(max_classes=9)
    assert [classes.add(label) for label in ("b", "a", "b", 1, "1", ("t", 2))] == [0, 1, 0, 2, 3, 4]
    assert classes.labels == ("b", "a", 1, "1", ("t", 2))


def test_numpy_labels_are_stored_as_python_has_them() -> None:
    classes = ClassIndex(max_classes=9)
    classes.add_all([np.int64(3), np.str_("a"), np.bool_(True)])
    assert classes.labels == (3, "a", True)
    assert [type(label) for label in classes.labels] == [int, str, bool]


@pytest.mark.parametrize("label", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_a_missing_label_is_refused(label) -> None:
    with pytest.raises(ValueError, match=r"label .* is missing"):
        ClassIndex(9).add(label)


@pytest.mark.parametrize("label", [[1], {"a": 1}, np.array([1, 2]), np.array([]), pd.Series([1])])
def test_what_cannot_be_a_key_is_refused_and_named(label) -> None:
    with pytest.raises(ValueError, match="cannot be a class"):
        ClassIndex(9).add(label)


def test_one_label_too_many_is_refused_and_leaves_nothing() -> None:
    classes = ClassIndex(max_classes=2)
    with pytest.raises(ValueError, match="'c'"):
        classes.check_all(["a", "b", "c"], [True] * 3)
    assert len(classes) == 0
    classes.add_all("ab")
    with pytest.raises(ValueError, match="'c'"):
        classes.add("c")
    assert classes.labels == ("a", "b")


def test_a_label_that_is_not_learned_takes_no_place() -> None:
    classes = ClassIndex(max_classes=2)
    assert classes.check_all(["a", "b", np.str_("c")], [True, False, True]) == ["a", "c"]
