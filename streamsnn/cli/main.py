"""The command line as a whole: its own commands and those that plug in."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from . import compare, evaluate, inspect
from .console import talk
from .plugins import PluginGroup

HELP = """Spiking neural networks that learn from one event at a time.

\b
Start here:
  streamsnn demo                          learn a real stream, draw a picture
  streamsnn evaluate events.csv           the same with your own events
  streamsnn evaluate --help               all the streams and settings
  streamsnn compare Phishing --jobs 2     our models beside others
"""

app = typer.Typer(
    name="streamsnn",
    cls=PluginGroup,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: paragraphs are filled to the width, examples keep their lines
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"streamsnn {metadata.version('streamsnn')}")
        raise typer.Exit


@app.callback()
def _common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more about what happens inside.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    talk(verbose)


app.command(name="evaluate", help=evaluate.HELP)(evaluate.evaluate)
app.command(name="compare", help=compare.HELP)(compare.compare)
app.command(name="inspect", help=inspect.HELP)(inspect.inspect)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    app(prog_name="streamsnn")
