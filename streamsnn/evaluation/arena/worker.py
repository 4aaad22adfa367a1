"""A process that performs one task: ``python -m streamsnn.evaluation.arena.worker TASK.json RESULT.json``."""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from .task import Task, perform


def main(task: str, result: str) -> None:
    """Read a task from a file, and write its result to another.

    Standard input is a pipe that the runner holds open: when it ends, the runner is gone, and so are we.
    """
    threading.Thread(target=_die_with_runner, daemon=True).start()
    done = perform(Task.from_dict(json.loads(Path(task).read_text(encoding="utf-8"))))
    Path(result).write_text(json.dumps(asdict(done)), encoding="utf-8")


def _die_with_runner() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
