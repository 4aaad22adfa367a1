"""Feature names, categories and labels as JSON and back, type for type."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def plain(value: Any, what: str) -> Any:
    """A value as JSON: strings, whole numbers, booleans and None as they are, floats, tuples and bytes with a tag.

    Raises
    ------
    ValueError
        If the value is of another type: a model file must not hold what only a pickle could restore.

    Examples
    --------
    >>> plain(("a", 1.5), "label")
    {'tuple': ['a', {'float': '0x1.8000000000000p+0'}]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, str)) or type(value) is int:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return {"float": float(value).hex()}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, tuple):
        return {"tuple": [plain(part, what) for part in value]}
    raise ValueError(
        f"{what} {value!r} is a {type(value).__name__}; model files hold strings, numbers, booleans, bytes and tuples"
    )


def unplain(value: Any) -> Any:
    """What `plain` was given.

    Raises
    ------
    ValueError
        If the value does not come from `plain`.

    Examples
    --------
    >>> unplain({"tuple": ["a", {"float": "0x1.8000000000000p+0"}]})
    ('a', 1.5)
    """
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((tag, content),) = value.items()
        if tag == "float" and isinstance(content, str):
            return float.fromhex(content)
        if tag == "bytes" and isinstance(content, str):
            return bytes.fromhex(content)
        if tag == "tuple" and isinstance(content, list):
            return tuple(unplain(part) for part in content)
    raise ValueError(f"not a name or a label: {value!r}")
