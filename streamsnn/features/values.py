"""What a feature's value is: a number, a category, or missing."""

from __future__ import annotations

import datetime
import enum
import math
import numbers
import uuid
from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

CATEGORIES = (str, bytes, enum.Enum, tuple, frozenset, datetime.date, datetime.time, uuid.UUID)
_MISSING_TYPES = ("NAType", "NaTType")  # pandas' NA and NaT, recognised without importing pandas


def is_missing(value: Any) -> bool:
    """Whether a value is None, or what pandas puts in its place."""
    return value is None or type(value).__name__ in _MISSING_TYPES


def as_number(name: Hashable, value: Any) -> float | None:
    """The value as a float, NaN if it is missing, or None if it is a category.

    Booleans are 0 and 1, an `IntEnum` is its number; whatever has ``__float__`` is a number; an integer too large for a
    float is infinite, and infinite values are treated as missing by the encoders.

    Raises
    ------
    ValueError
        If the value is neither number nor category; the message names the feature.

    Examples
    --------
    >>> as_number("x", True), as_number("x", None), as_number("x", "red")
    (1.0, nan, None)
    >>> as_number("x", [1, 2])
    Traceback (most recent call last):
    ...
    ValueError: feature 'x': a list is neither a number nor a category
    """
    if type(value) is int or type(value) is bool:  # the usual ones first
        return float(value) if -(2**53) <= value <= 2**53 else _rounded(value)
    if is_missing(value):
        return math.nan
    if isinstance(value, CATEGORIES) and not isinstance(value, numbers.Real):
        try:
            hash(value)
        except TypeError as error:
            raise ValueError(f"feature {name!r}: {value!r} cannot be a category ({error})") from None
        return None
    if isinstance(value, (numbers.Real, Decimal)) or (hasattr(value, "__float__") and getattr(value, "ndim", 0) == 0):
        try:
            return _rounded(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"feature {name!r}: {value!r} is not a number ({error})") from None
    raise ValueError(f"feature {name!r}: a {type(value).__name__} is neither a number nor a category")


def check_event(x: Any) -> None:
    """Raise a ValueError if an event is not a mapping from features to values."""
    if not isinstance(x, Mapping):
        raise ValueError(f"an event must be a dict of features, not a {type(x).__name__}")


def _rounded(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
