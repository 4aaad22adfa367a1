"""What travels: events, labels, predictions and alerts as strict JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple, cast

import jiter

LARGEST_EXACT = 2**63


class WireError(ValueError):
    """A record that is not what it should be; the message says what, and names the field."""


class Event(NamedTuple):
    """An event to score, and to learn from if it has a label."""

    id: str
    features: dict[Hashable, Any]
    label: Any
    weight: float
    named: bool  # whether it brought its id


class Label(NamedTuple):
    """The label of an event, on its own."""

    id: str
    label: Any
    weight: float


def parse_event(value: bytes | None, name: str, flat: str | None = None) -> Event:
    """An event from the bytes of a record.

    Parameters
    ----------
    value
        The record's value.
    name
        The id of an event that brings none.
    flat
        Field of the label, if the object has its features beside it; None: ``{"id", "features", "label", "weight"}``.

    Raises
    ------
    WireError
        If it is not such an object.

    Examples
    --------
    >>> parse_event(b'{"features": {"x": 1.5}, "label": 1.0}', "0-7")
    Event(id='0-7', features={'x': 1.5}, label=1, weight=1.0, named=False)
    >>> parse_event(b'{"x": 2, "y": "up"}', "0-8", flat="y")
    Event(id='0-8', features={'x': 2}, label='up', weight=1.0, named=False)
    >>> parse_event(b'{"features": {"x": NaN}}', "0-9")
    Traceback (most recent call last):
    ...
    streamsnn_kafka.wire.WireError: NaN is not JSON
    """
    fields = parse_object(value)
    escapes = b"\\u" in cast(bytes, value)
    if flat is not None:
        label = _label(fields.pop(flat)) if fields.get(flat) is not None else None
        fields.pop(flat, None)
        return Event(name, _features(fields, escapes), label, 1.0, False)
    features = fields.get("features")
    if not isinstance(features, dict):
        raise WireError("no object 'features'")
    label = None if fields.get("label") is None else _label(fields["label"])
    return Event(_id(fields, name), _features(features, escapes), label, _weight(fields), fields.get("id") is not None)


def parse_label(value: bytes | None) -> Label:
    """A label from the bytes of a record.

    Raises
    ------
    WireError
        If it is not ``{"id", "label", "weight"?}``.

    Examples
    --------
    >>> parse_label(b'{"id": "a", "label": true}')
    Label(id='a', label=True, weight=1.0)
    """
    fields = parse_object(value)
    if fields.get("id") is None:
        raise WireError("no field 'id'")
    if fields.get("label") is None:
        raise WireError("no field 'label'")
    return Label(_id(fields, ""), _label(fields["label"]), _weight(fields))


def as_keys(labels: Iterable[Any], shares: Iterable[float]) -> dict[str, float]:
    """Probabilities as a JSON object: text by itself, other labels as their JSON; text that looks like one, quoted.

    Examples
    --------
    >>> as_keys([1, "1", "up"], [0.5, 0.25, 0.25])
    {'1': 0.5, '"1"': 0.25, 'up': 0.25}
    """
    labels = list(labels)
    others = {json.dumps(label) for label in labels if not isinstance(label, str)}
    keys = [label if isinstance(label, str) and label not in others else json.dumps(label) for label in labels]
    return dict(zip(keys, shares, strict=True))


def encode(content: Any) -> bytes:
    """An object as compact JSON; what is not finite is an error."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def parse_object(value: bytes | None) -> dict[str, Any]:
    """The JSON object that a record holds, read strictly: UTF-8, no key twice, no NaN.

    Raises
    ------
    WireError
        If it holds none.
    """
    if value is None:
        raise WireError("a tombstone: no value")
    try:
        found = jiter.from_json(value, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        found = _parse_slowly(value)
    if not isinstance(found, dict):
        raise WireError(f"not a JSON object but {type(found).__name__}")
    return found


def _parse_slowly(value: bytes) -> Any:
    """As the fast parser, but it says what is wrong, and takes nesting that is deeper."""
    try:
        return _DECODER.decode(value.decode())
    except UnicodeDecodeError as error:
        raise WireError(f"not UTF-8 ({error.reason} at byte {error.start})") from None
    except RecursionError:
        raise WireError("nested too deeply") from None
    except WireError:
        raise
    except ValueError as error:
        raise WireError(f"not JSON ({error})"[:200]) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise WireError(f"the key {_first_twice(name for name, _ in pairs)!r:.60} stands there twice")
    return fields


def _first_twice(names: Iterable[str]) -> str:
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _no_constant(text: str) -> Any:
    raise WireError(f"{text} is not JSON")


_NUMBERS = {float, int}
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _features(fields: dict[str, Any], escapes: bool) -> dict[Hashable, Any]:
    """The features, once they are known to be plain; only an escape can bring in half a surrogate pair."""
    values = fields.values()
    if not escapes and values and set(map(type, values)) <= _NUMBERS and _all_small(values):
        return cast(dict[Hashable, Any], fields)
    for name, value in fields.items():
        kind = type(value)
        if kind is float:
            if not -math.inf < value < math.inf:
                raise WireError(f"features[{name!r:.60}]: too large for a number")
        elif kind is int:
            if not -LARGEST_EXACT < value < LARGEST_EXACT:
                raise WireError(f"features[{name!r:.60}]: too large for a number")
        elif kind is dict or kind is list:
            raise WireError(f"features[{name!r:.60}]: neither a number, a text, a boolean nor null")
        elif kind is str and escapes:
            _check_text(value, f"features[{name!r:.60}]")
        if escapes:
            _check_text(name, "the name of a feature")
    return cast(dict[Hashable, Any], fields)


def _all_small(values: Iterable[Any]) -> bool:
    return min(values) > -LARGEST_EXACT and max(values) < LARGEST_EXACT


def _check_text(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise WireError(f"{what}: half a surrogate pair") from None


def _id(fields: dict[str, Any], name: str) -> str:
    found = fields.get("id")
    if found is None:
        return name
    if not isinstance(found, str):
        raise WireError("id: must be text")
    _check_text(found, "id")
    return found


def _label(label: Any) -> Any:
    if isinstance(label, float):
        if not math.isfinite(label):
            raise WireError("label: too large for a number")
        return int(label) if label.is_integer() and abs(label) < LARGEST_EXACT else label
    if isinstance(label, int) and not -LARGEST_EXACT < label < LARGEST_EXACT:
        raise WireError("label: too large for a number")
    if not isinstance(label, (str, int)):
        raise WireError("label: must be text, a number or a boolean")
    if isinstance(label, str):
        _check_text(label, "label")
    return label


def _weight(fields: dict[str, Any]) -> float:
    weight = fields.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < LARGEST_EXACT:
        raise WireError("weight: must be a number of at least 0")
    return float(weight)
