"""Commands that other packages bring: entry points of the group ``streamsnn.commands``."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import typer
from typer.core import TyperGroup

from .console import FAILURE

GROUP = "streamsnn.commands"


class PluginGroup(TyperGroup):
    """The built-in commands and, after them, those that plug in.

    An entry point names a function or a `typer.Typer`. It is imported when its command is used or listed. One that
    cannot be imported stays in the list, and says on use what is missing; the others do not suffer.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        own = super().list_commands(ctx)
        return own + sorted(set(_plugins()) - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in _plugins():
            return own
        return _load(_plugins()[cmd_name])


def _plugins() -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def _load(point: metadata.EntryPoint) -> Any:
    try:
        loaded = point.load()
    except Exception as error:  # whatever a foreign module does on import, the other commands must work
        return _unavailable(point, error)
    if not isinstance(loaded, typer.Typer):
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        app.command(name=point.name)(loaded)
        loaded = app
    command = typer.main.get_command(loaded)
    command.name = point.name
    return command


def _unavailable(point: metadata.EntryPoint, error: Exception) -> Any:
    reason = f"streamsnn: the command {point.name!r} cannot be loaded ({error}); {_remedy(point, error)}"
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command(
        name=point.name,
        help=f"Not available: {_remedy(point, error)}",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def unavailable() -> None:
        typer.echo(reason, err=True)
        raise typer.Exit(FAILURE)

    return typer.main.get_command(app)


def _remedy(point: metadata.EntryPoint, error: Exception) -> str:
    package = point.dist.name if point.dist is not None else "streamsnn"
    if point.extras:
        return f'pip install "{package}[{",".join(point.extras)}]"'
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install what brings the module {error.name!r}"
    return f"something is wrong with the package {package!r}"
