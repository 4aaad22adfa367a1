"""A declaration of features: which there may be, and of which type."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .wire import WireError

NUMBER, INTEGER, TEXT, BOOLEAN, CATEGORY = "number", "integer", "text", "boolean", "category"
KINDS = {NUMBER: (int, float), INTEGER: (int,), TEXT: (str,), BOOLEAN: (bool,), CATEGORY: (str, int, float, bool)}


@dataclass(frozen=True)
class Schema:
    """What events must look like.

    Attributes
    ----------
    features
        Type by name: ``number``, ``integer``, ``text``, ``boolean``, or ``category``: anything, taken as text, so that
        a postal code is no quantity. null is a missing value of any type.
    required
        Features that must be there, and not null.
    others
        Whether features that are not declared may come, too.

    Examples
    --------
    >>> schema = Schema({"size": "number", "postal": "category"}, required=["size"])
    >>> schema.apply({"size": 2, "postal": 4711})
    {'size': 2, 'postal': '4711'}
    >>> schema.apply({"postal": 4711})
    Traceback (most recent call last):
    ...
    streamsnn_kafka.wire.WireError: features['size']: is required
    """

    features: dict[str, str]
    required: list[str] = field(default_factory=list)
    others: bool = False

    def __post_init__(self) -> None:
        for name, kind in self.features.items():
            if kind not in KINDS:
                raise ValueError(f"schema: {name!r} is a {kind!r}; there are {', '.join(KINDS)}")
        unknown = set(self.required) - set(self.features)
        if unknown:
            raise ValueError(f"schema: required, but not declared: {', '.join(sorted(unknown))}")

    def apply(self, features: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """The features as the model gets them.

        Raises
        ------
        WireError
            If they are not as declared; the message names the feature.
        """
        for name in self.required:
            if features.get(name) is None:
                raise WireError(f"features[{name!r:.60}]: is required")
        return {name: self._one(str(name), value) for name, value in features.items()}

    def _one(self, name: str, value: Any) -> Any:
        kind = self.features.get(name)
        if kind is None:
            if not self.others:
                raise WireError(f"features[{name!r:.60}]: is not declared")
            return value
        if value is None:
            return None
        if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind in (NUMBER, INTEGER)):
            raise WireError(f"features[{name!r:.60}]: must be a {kind}")
        return json.dumps(value) if kind == CATEGORY and not isinstance(value, str) else value


def read_schema(path: Path) -> Schema:
    """The schema of a JSON file: ``{"features": {name: type}, "required": [name], "others": bool}``.

    Raises
    ------
    ValueError
        If it is none; the message says why.
    OSError
        If it cannot be read.
    """
    try:
        content = json.loads(path.read_text())
        return Schema(dict(content["features"]), list(content.get("required", [])), bool(content.get("others", False)))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not a schema ({error!r})") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
