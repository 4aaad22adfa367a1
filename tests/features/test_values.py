"""What counts as a number, a category, or missing."""

from __future__ import annotations

import datetime
import enum
import math
import uuid
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from streamsnn.features import as_number


class Colour(enum.Enum):
    RED = 1


class Size(enum.IntEnum):
    LARGE = 3


class Unit(enum.StrEnum):
    METRE = "m"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (True, 1.0),
        (2.5, 2.5),
        (Decimal("1.5"), 1.5),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        (np.int8(-3), -3.0),
        (np.bool_(True), 1.0),
        (np.array(4.0), 4.0),
        (Size.LARGE, 3.0),
        (10**400, math.inf),
    ],
)
def test_a_number_is_a_float(value, number) -> None:
    assert as_number("x", value) == number


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT, Decimal("NaN")])
def test_a_missing_value_is_nan(value) -> None:
    assert math.isnan(as_number("x", value))


@pytest.mark.parametrize(
    "value",
    [
        "red",
        "",
        "3",
        b"red",
        np.str_("3"),
        Colour.RED,
        Unit.METRE,
        ("a", 1),
        frozenset("ab"),
        datetime.date(2026, 1, 1),
        pd.Timestamp("2026-01-01"),
        uuid.UUID(int=7),
    ],
)
def test_a_category_is_no_number(value) -> None:
    assert as_number("x", value) is None


@pytest.mark.parametrize(
    "value", [[1, 2], {"a": 1}, {1, 2}, 1j, object(), np.array([1.0, 2.0]), ([1],), bytearray(b"a"), Decimal("sNaN")]
)
def test_what_is_neither_is_refused_and_the_feature_named(value) -> None:
    with pytest.raises(ValueError, match="feature 'width'"):
        as_number("width", value)
