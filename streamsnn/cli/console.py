"""What people see: results on standard output; progress, messages and errors on standard error."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

import typer
from rich.console import Console
from rich.logging import RichHandler

BAD_INPUT, FAILURE, INTERRUPTED = 2, 1, 130

P = ParamSpec("P")


def output() -> Console:
    """For results. Made anew for each use, so that it follows a redirected standard output."""
    return Console()


def messages() -> Console:
    """For everything else."""
    return Console(stderr=True)


def talk(verbose: bool) -> None:
    """Let the library's log, and Python's warnings, appear as plain lines among the messages."""
    handler = RichHandler(
        console=messages(), show_time=False, show_level=verbose, show_path=False, highlighter=None, markup=False
    )
    logging.captureWarnings(True)
    for name in ("streamsnn", "py.warnings"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.DEBUG if verbose else logging.WARNING)


class BadInput(ValueError):
    """Something the user gave cannot be used; the message says what, and what would do."""


def says_what_is_wrong(command: Callable[P, None]) -> Callable[P, None]:
    """Turn expected errors of a command into one line on standard error and an exit code.

    2: what the user gave cannot be used (every ValueError: settings, streams, model files). 1: it could not be done (a
    file cannot be written, something is not installed). 130: ended by Ctrl-C. Other exceptions are our mistakes: they
    keep their traceback.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ValueError as error:
            _fail(str(error), BAD_INPUT)
        except OSError as error:
            _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), FAILURE)
        except ModuleNotFoundError as error:
            _fail(str(error), FAILURE)
        except KeyboardInterrupt:
            _fail("ended by Ctrl-C", INTERRUPTED)

    return wrapped


def _fail(reason: str, code: int) -> None:
    logging.getLogger("streamsnn").debug("the whole story", exc_info=True)
    line = " ".join(reason.split())
    typer.echo(f"streamsnn: {line}", err=True)
    raise typer.Exit(code)
