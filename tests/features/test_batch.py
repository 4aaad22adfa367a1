"""Tables, matrices and lists of dicts as flat arrays: the same slots as row after row would have given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from streamsnn.features import FeatureIndex, batch_of


def rows_of(batch, events: int) -> list[list[tuple[int, float]]]:
    """Slots and values of every event, without what is missing."""
    if batch.starts is None:
        values = batch.values.reshape(events, -1)
        return [[(int(s), v) for s, v in zip(batch.slots, row, strict=True) if v == v] for row in values.tolist()]
    pairs = list(zip(batch.slots.tolist(), batch.values.tolist(), strict=True))
    return [pairs[a:b] for a, b in zip(batch.starts, batch.starts[1:], strict=False)]


def looped(rows, index: FeatureIndex, learned) -> list[list[tuple[int, float]]]:
    for x, learns in zip(rows, learned, strict=True):
        if learns:
            index.grow(x)
    return [index.look_up(x) for x in rows]


TABLES = {
    "numbers": pd.DataFrame({"b": [1.0, 2.0], "a": [3, 4], "c": [True, False]}),
    "gaps": pd.DataFrame({"b": [np.nan, 2.0, 3.0], "a": [1.0, np.nan, 3.0], "never": [np.nan] * 3}),
    "nullable": pd.DataFrame({"b": pd.array([None, 2, 3], dtype="Int64"), "a": pd.array([True, None, False])}),
    "words": pd.DataFrame({"colour": ["red", None, "blue"], "size": [1.0, 2.0, np.nan]}),
    "categorical": pd.DataFrame({"colour": pd.Categorical(["red", "blue", None]), "size": [1, 2, 3]}),
    "mixed column": pd.DataFrame({"v": [1.0, "red", None]}),
    "integer names": pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=[10, 9]),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_has_the_slots_of_its_rows_one_by_one(table) -> None:
    learned = np.ones(len(table), dtype=bool)
    index, wanted = FeatureIndex(50, 10), FeatureIndex(50, 10)
    batch = batch_of(table, index, learned=learned)
    assert rows_of(batch, len(table)) == looped(table.to_dict("records"), wanted, learned)
    assert index.slots() == wanted.slots()


def test_a_matrix_has_its_columns_numbered() -> None:
    index = FeatureIndex(50, 10)
    batch = batch_of(np.array([[1, 2], [3, 4]]), index, learned=np.ones(2, dtype=bool))
    assert list(index.numeric) == [0, 1]
    assert rows_of(batch, 2) == [[(0, 1.0), (1, 2.0)], [(0, 3.0), (1, 4.0)]]


@pytest.mark.parametrize("kind", [pd.DataFrame, list])
def test_only_learned_rows_give_slots_and_every_one_counts_what_it_leaves_out(kind) -> None:
    rows = [{"skipped": 1.0, "b": 1.0}, {"b": 2.0, "a": 1.0}, {"a": 1.0, "c": 1.0, "d": 2.0}, {"c": 5.0, "d": 1.0}]
    learned = np.array([False, True, True, True])
    index, wanted = FeatureIndex(3, 10), FeatureIndex(3, 10)
    batch = batch_of(kind(rows), index, learned=learned)
    assert rows_of(batch, 4)[1:] == looped(rows, wanted, learned)[1:]
    assert index.slots() == wanted.slots()
    assert list(index.numeric) == ["a", "b", "c"]
    assert index.ignored_features == wanted.ignored_features == 2


def test_nothing_grows_unless_asked() -> None:
    index = FeatureIndex(50, 10)
    for X in (pd.DataFrame({"a": [1.0]}), np.ones((1, 3)), [{"a": 1.0, "c": "red"}]):
        assert rows_of(batch_of(X, index), 1) == [[]]
    assert len(index) == 0


@pytest.mark.parametrize(
    ("X", "named"),
    [
        ([{"a": 1.0}, {"a": [1]}], "feature 'a'"),
        (pd.DataFrame({"a": [1.0, 1j]}), "feature 'a'"),
        (pd.DataFrame([[1.0, 2.0]] * 2, columns=["a", "a"]), "feature 'a'"),
        (np.ones(2), "two dimensions"),
        (np.array([["a"], ["b"]]), "numbers"),
        ([[1.0], [2.0]], "must be a dict"),
    ],
)
def test_a_bad_batch_is_refused_and_grows_nothing(X, named) -> None:
    index = FeatureIndex(50, 10)
    with pytest.raises(ValueError, match=named):
        batch_of(X, index, learned=np.ones(2, dtype=bool))
    assert len(index) == 0
