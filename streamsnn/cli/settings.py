"""From words on the command line and TOML files to the parameters of a model."""

from __future__ import annotations

import difflib
import inspect
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import BadInput

if TYPE_CHECKING:
    from streamsnn import AdaptiveSpikingClassifier, SpikingClassifier

MODELS = ("single", "adaptive")


def model_from(settings: Mapping[str, Any], model: str = "single") -> SpikingClassifier | AdaptiveSpikingClassifier:
    """A new model: one network, or the ladder of many.

    Raises
    ------
    ValueError
        If a setting is unknown, of the wrong type or out of range; the message names it.
    """
    from streamsnn import AdaptiveSpikingClassifier, SpikingClassifier

    if model not in MODELS:
        raise BadInput(f"--model should be one of {', '.join(MODELS)}, not {model!r}")
    kind = AdaptiveSpikingClassifier if model == "adaptive" else SpikingClassifier
    known = {n: p for n, p in inspect.signature(kind).parameters.items() if n not in ("members", "detector")}
    return kind(**{name: _checked(name, value, known) for name, value in settings.items()})


def settings_from(config: Path | None, assignments: Iterable[str]) -> dict[str, Any]:
    """Settings of a TOML file (its table ``[model]``, or else all of it), overruled by ``name=value`` pairs.

    Examples
    --------
    >>> settings_from(None, ["hidden=[128, 64]", "optimiser=adam", "steps=4", "clip_norm=none"])
    {'hidden': [128, 64], 'optimiser': 'adam', 'steps': 4, 'clip_norm': None}
    """
    settings = {} if config is None else _of_file(config)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"--set {assignment}: should be name=value, for example --set steps=4")
        settings[name.strip()] = _value(text.strip())
    return settings


def _of_file(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML ({error})") from None
    model = content.get("model", content)
    if not isinstance(model, dict):
        raise BadInput(f"{path}: model should be a table: [model]")
    return model


def _value(text: str) -> Any:
    """A TOML value; what is none is taken as text, so that words need no quotes, and ``none`` is None."""
    if text.lower() == "none":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _checked(name: str, value: Any, known: Mapping[str, inspect.Parameter]) -> Any:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        raise BadInput(f"a model has no setting {name!r}; {hint}")
    default, annotation = known[name].default, str(known[name].annotation)
    if value is None and "None" not in annotation:
        raise BadInput(f"{name} cannot be none")
    if isinstance(default, tuple) and type(value) is int:
        value = (value,)
    if isinstance(value, list):
        value = tuple(value)
    if name in ("classes",) and not isinstance(value, tuple | None):
        raise BadInput(f"{name} should be a list, not {value!r}")
    numeric = "float" in annotation or "int" in annotation
    if not isinstance(default, bool | tuple) and numeric and "dict" not in annotation and value is not None:
        kinds = (int, float) if "float" in annotation else (int,)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise BadInput(f"{name} should be {'a number' if float in kinds else 'a whole number'}, not {value!r}")
    if isinstance(default, bool | tuple | str) and not isinstance(value, type(default)):
        wanted = {bool: "true or false", tuple: "a list", str: "a word"}[type(default)]
        raise BadInput(f"{name} should be {wanted}, not {value!r}")
    return value
