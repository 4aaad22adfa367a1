"""The append-only index of features."""

from __future__ import annotations

import datetime
import enum
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsnn.features import FeatureIndex

NAME = st.one_of(st.text(max_size=3), st.integers(-3, 3), st.tuples(st.integers(0, 2)), st.binary(max_size=1))
VALUE = st.one_of(st.floats(), st.booleans(), st.none(), st.sampled_from(["red", "blue"]))


class Colour(enum.Enum):
    RED = 1


def fresh(max_features: int = 100, max_categories: int = 10) -> FeatureIndex:
    return FeatureIndex(max_features, max_categories)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.dictionaries(NAME, VALUE, max_size=6), max_size=8), st.randoms(use_true_random=False))
def test_slots_do_not_depend_on_the_order_within_an_event_and_never_move(events, chance: random.Random) -> None:
    index, shuffled = fresh(), fresh()
    for x in events:
        before = index.slots()
        index.grow(x)
        items = list(x.items())
        chance.shuffle(items)
        shuffled.grow(dict(items))
        assert index.slots() == shuffled.slots()
        assert index.slots()[: len(before)] == before
        assert index.look_up(x) == shuffled.look_up(dict(items))


def test_names_of_all_types_live_together() -> None:
    index = fresh()
    names = ["b", "a", 2, 1.5, True, None, ("t", 1), b"bytes", Colour.RED, datetime.date(2026, 1, 1)]
    index.grow(dict.fromkeys(names, 1.0))
    assert len(index) == len(names)
    assert sorted(slot for slot, _ in index.look_up(dict.fromkeys(names, 1.0))) == list(range(len(names)))


def test_a_feature_may_be_a_number_now_and_a_category_then() -> None:
    index = fresh()
    index.grow({"size": 3.0})
    index.grow({"size": "large"})
    assert index.look_up({"size": 5.0}) == [(0, 5.0)]
    assert index.look_up({"size": "large"}) == [(1, 1.0)]
    assert index.look_up({"size": "small"}) == []


def test_a_feature_that_vanishes_and_returns_keeps_its_slot() -> None:
    index = fresh()
    index.grow({"a": 1.0, "b": 1.0})
    index.grow({"b": 1.0, "c": 1.0})
    assert index.look_up({"c": 3.0, "a": 1.0}) == [(0, 1.0), (2, 3.0)]


def test_a_missing_value_takes_no_slot() -> None:
    index = fresh()
    index.grow({"a": None, "b": float("nan")})
    assert len(index) == 0


def test_strings_and_numbers_of_the_same_look_are_different_names_and_categories() -> None:
    index = fresh()
    index.grow({"1": 1.0, 1: 2.0, "c": "1"})
    assert len(index) == 3
    assert index.look_up({"c": 1}) == []


def test_looking_up_never_grows() -> None:
    index = fresh()
    index.grow({"a": 1.0})
    before = (index.slots(), index.ignored_features, index.ignored_categories)
    assert index.look_up({"new": 1.0, "colour": "red"}) == []
    assert (index.slots(), index.ignored_features, index.ignored_categories) == before


def test_a_bad_value_grows_nothing() -> None:
    index = fresh()
    with pytest.raises(ValueError, match="feature 'z'"):
        index.grow({"a": 1.0, "z": [1]})
    assert len(index) == 0


def test_features_beyond_the_bound_are_counted_once_an_event_and_ignored() -> None:
    index = fresh(max_features=2)
    index.grow({"a": 1.0, "b": 1.0, "c": 1.0})
    index.grow({"c": 1.0, "d": 1.0, "a": 1.0})
    assert list(index.numeric) == ["a", "b"]
    assert index.ignored_features == 3
    index.grow({"e": "red"})
    assert index.ignored_categories == 1


def test_categories_beyond_the_bound_of_a_feature_are_counted_and_ignored() -> None:
    index = fresh(max_categories=2)
    for colour in ("red", "green", "blue", "red", "blue"):
        index.grow({"colour": colour, "shape": "round"})
    assert [category for name, category, _ in index.slots() if name == "colour"] == ["red", "green"]
    assert index.ignored_categories == 2


def test_five_thousand_fresh_names_leave_the_index_as_large_as_its_bound() -> None:
    index = fresh(max_features=100)
    for k in range(5000):
        index.grow({f"number {k}": 1.0, f"word {k}": f"category {k}"})
    assert len(index) == 100
    assert len(index._categories) <= 100
    assert index.ignored_features + index.ignored_categories == 10_000 - 100


def test_the_index_can_be_rebuilt_from_its_slots() -> None:
    index = fresh(max_categories=2)
    index.grow({"a": 1.0, "colour": "red"})
    index.grow({"colour": "blue", 3: True})
    rebuilt = FeatureIndex.of(100, 2, index.slots())
    assert rebuilt.slots() == index.slots()
    rebuilt.grow({"colour": "green"})
    assert rebuilt.ignored_categories == 1
