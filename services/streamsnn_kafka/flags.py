"""Flags of the command line that are made from settings, so that a flag, its variable and its help are one text."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings


def with_flags(kind: type[BaseSettings], command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter ``settings`` is filled from a flag for each setting, the environment and a TOML file.

    Parameters
    ----------
    kind
        The class of the settings.
    command
        ``command(settings, **own)``; its other parameters are flags of its own.

    Returns
    -------
    The command for typer. A setting that cannot be used ends it with a ValueError that names the flag.
    """
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "settings"]

    def run(**given: Any) -> None:
        mine = {p.name: given.pop(p.name) for p in own}
        command(settings=read(kind, given.pop("config"), given), **mine)

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    parameters.append(_parameter("config", Path, "Read settings from this TOML file.", "--config"))
    parameters += [_flag(kind, name) for name in kind.model_fields]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def read(kind: type[BaseSettings], toml: Path | None, given: dict[str, Any]) -> Any:
    """The settings: what was given, else the environment, else the file, else their defaults.

    Raises
    ------
    ValueError
        If one cannot be used; the message names it, without its value, which may be secret.
    """
    if toml is not None and not toml.is_file():
        raise ValueError(f"--config {toml}: there is no such file")
    chosen = type(kind.__name__, (kind,), {"toml": toml, "__module__": kind.__module__})
    try:
        return chosen(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise ValueError("; ".join(_told(each) for each in error.errors())) from None


def _told(error: Any) -> str:
    name = ".".join(map(str, error["loc"]))
    return f"--{name.replace('_', '-')} (or {_variable(name)}): {error['msg']}"


def _variable(name: str) -> str:
    return f"STREAMSNN_{name.upper()}"


def _flag(kind: type[BaseSettings], name: str) -> inspect.Parameter:
    field = kind.model_fields[name]
    inside = [each for each in typing.get_args(field.annotation) if each is not types.NoneType]
    plain: Any = inside[0] if isinstance(field.annotation, types.UnionType) else field.annotation
    flag = f"--{name.replace('_', '-')}"
    choices = typing.get_args(plain) if typing.get_origin(plain) is typing.Literal else ()
    text = field.description or ""
    if choices:
        text = f"{text.rstrip('.')}: {', '.join(choices)}."
    if field.default is not None and field.default != "" and not isinstance(field.default, bool):
        text = f"{text} [default: {field.default}]"
    if plain is SecretStr or choices:
        plain = str
    flags = f"{flag}/--no-{flag[2:]}" if plain is bool else flag
    return _parameter(name, plain, text, flags)


def _parameter(name: str, kind: Any, text: str, flags: str) -> inspect.Parameter:
    option = typer.Option(flags, help=text, show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )
