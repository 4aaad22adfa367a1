"""Events as JSON, one a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .errors import StreamError

Event = tuple[dict[Hashable, Any], Hashable]


def read_standard_input(label: str | None) -> Iterator[Event]:
    return parse(sys.stdin, label, "standard input")


def read_file(path: Path, label: str | None) -> tuple[Iterator[Event], None]:
    return _lines_of(path, label), None


def _lines_of(path: Path, label: str | None) -> Iterator[Event]:
    with path.open(encoding="utf-8") as file:
        yield from parse(file, label, str(path))


def parse(lines: Iterable[str], label: str | None, name: str) -> Iterator[Event]:
    """Events from lines; each is a flat object, or has its features under ``features``.

    Parameters
    ----------
    lines
        Text; empty lines are passed over.
    label
        Field that holds the label; None for ``label``.
    name
        Where the lines come from, for messages.

    Raises
    ------
    StreamError
        At a line that is not such an object; the message has its number.

    Examples
    --------
    >>> list(parse(['{"x": 1.5, "label": "up"}', '{"features": {"x": 2}, "label": "down"}'], None, "example"))
    [({'x': 1.5}, 'up'), ({'x': 2}, 'down')]
    """
    field = label or "label"
    lines = iter(lines)
    number = 0
    while True:
        number += 1
        try:
            line = next(lines)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise StreamError(f"{name}, line {number}: not UTF-8 text ({error.reason})") from None
        if line.strip():
            try:
                yield _event(json.loads(line), field)
            except (ValueError, RecursionError) as error:
                raise StreamError(f"{name}, line {number}: {error}") from None


def _event(fields: Any, field: str) -> Event:
    if not isinstance(fields, dict):
        raise ValueError(f"an event must be a JSON object, not {fields!r:.40}")
    if field not in fields:
        raise ValueError(f"no field {field!r}, which should hold the label; there are {', '.join(fields) or 'none'}")
    label = fields.pop(field)
    features = fields["features"] if isinstance(fields.get("features"), dict) else fields
    if label is None or isinstance(label, (dict, list)):
        raise ValueError(f"the label must be text, a number or a boolean, not {label!r:.40}")
    for name, value in features.items():
        if isinstance(value, (dict, list)):
            raise ValueError(f"field {name!r}: a {type(value).__name__} is neither a number nor a category")
    return features, label
