"""Names as JSON and back."""

from __future__ import annotations

import datetime
import enum
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsnn.snapshot import plain, unplain

SIMPLE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.floats(allow_nan=False, allow_infinity=False)
)


class Size(enum.IntEnum):
    LARGE = 3


def shape(value: object) -> object:
    return (tuple, [shape(v) for v in value]) if isinstance(value, tuple) else (type(value), repr(value))


@settings(deadline=None, derandomize=True)
@given(st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6))
def test_a_name_comes_back_type_for_type(value) -> None:
    assert shape(unplain(json.loads(json.dumps(plain(value, "name"))))) == shape(value)


def test_numpy_scalars_come_back_as_python_has_them() -> None:
    for value in (np.int64(3), np.float32(0.5), np.bool_(True), np.str_("a")):
        back = unplain(plain(value, "name"))
        assert back == value
        assert not isinstance(back, np.generic)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 1j, frozenset(), datetime.date(2026, 1, 1), Size.LARGE, ("a", 1j), object()]
)
def test_what_json_cannot_hold_is_refused(value) -> None:
    with pytest.raises(ValueError, match="label"):
        plain(value, "label")


@pytest.mark.parametrize(
    "value",
    [[1], {}, {"float": 1.5}, {"float": "x"}, {"bytes": "zz"}, {"tuple": "ab"}, {"a": 1, "b": 2}, {"object": ""}],
)
def test_what_is_no_name_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"."):
        unplain(value)
