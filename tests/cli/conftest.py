from __future__ import annotations

import logging

import pytest
from typer.testing import CliRunner

from streamsnn.cli import app


@pytest.fixture
def streamsnn(tmp_path, monkeypatch):
    """Run the command line in an empty folder, as a terminal 100 columns wide would show it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    loggers = [logging.getLogger(name) for name in ("streamsnn", "py.warnings")]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]

    def run(*arguments, stdin=None):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    yield run
    logging.captureWarnings(False)
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
