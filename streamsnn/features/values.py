"""What a feature's value is: a number, a category, or missing."""

from __future__ import annotations

import datetime
import enum
import math
import numbers
import uuid
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

CATEGORIES = (str, bytes, enum.Enum, tuple, frozenset, datetime.date, datetime.time, uuid.UUID)
_MISSING_TYPES = ("NAType", "NaTType")  # pandas' NA and NaT, recognised without importing pandas


def as_number(name: Hashable, value: Any) -> float | None:
    """The value as a float, NaN if it is missing, or None if it is a category.

    Booleans are 0 and 1; whatever has ``__float__`` is a number; an integer too large for a float is infinite, and
    infinite values are treated as missing by the encoders.

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
    if value is None or type(value).__name__ in _MISSING_TYPES:
        return math.nan
    if isinstance(value, CATEGORIES):
        return None
    if isinstance(value, (numbers.Real, Decimal)) or (hasattr(value, "__float__") and getattr(value, "ndim", 0) == 0):
        try:
            return float(value)
        except OverflowError:
            return math.inf
        except (TypeError, ValueError) as error:
            raise ValueError(f"feature {name!r}: {value!r} is not a number ({error})") from None
    raise ValueError(f"feature {name!r}: a {type(value).__name__} is neither a number nor a category")
