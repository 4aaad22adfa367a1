"""``streamsnn inspect``: what is in a model file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from .console import output, says_what_is_wrong

HELP = """Show what is in a model file: settings, features, labels, arrays. Opening a file executes nothing.

\b
Examples:
  streamsnn inspect model.safetensors
  streamsnn inspect model.safetensors --json
"""
MOST_LISTED = 20  # features, labels: a table of thousands helps nobody; --json has all


@says_what_is_wrong
def inspect(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file that a model's save wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Describe a model file."""
    from streamsnn import snapshot

    from .run import check_file

    check_file(path)
    content = snapshot.describe(path)
    if as_json:
        typer.echo(json.dumps(content, indent=1))
    else:
        output().print(_table(str(path), content))


def _table(title: str, content: dict[str, Any]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in content.items():
        if isinstance(value, dict):
            table.add_section()
            table.add_row(name, "")
            for key, entry in value.items():
                table.add_row(f"  {key}", _entry(entry))
            table.add_section()
        else:
            table.add_row(name.replace("_", " "), _entry(value))
    return table


def _entry(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"shape", "dtype"}:
        return f"{value['dtype']} {tuple(value['shape'])}"
    if isinstance(value, list) and len(value) > MOST_LISTED:
        return f"{len(value)}: " + ", ".join(map(_item, value[:MOST_LISTED])) + ", ..."
    if isinstance(value, list):
        return f"{len(value)}: " + ", ".join(map(_item, value)) if value else "none"
    return "none" if value is None else str(value)


def _item(value: Any) -> str:
    """A feature is stored as name, category, and whether there is a category."""
    if isinstance(value, list) and len(value) == 3 and isinstance(value[2], bool):
        return f"{value[0]}={value[1]}" if value[2] else str(value[0])
    return str(value)
