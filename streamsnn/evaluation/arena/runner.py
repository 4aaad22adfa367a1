"""Many tasks, some at a time, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..interrupt import Interrupt
from .store import Store
from .task import Result, Task, blank

Progress = Callable[[int, Task, Result], None]

GRACE = 120.0  # seconds that a task may take over its limit until it is killed: within one chunk it cannot look
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def run(tasks: Sequence[Task], store: Store, *, jobs: int = 1, on_done: Progress | None = None) -> bool:
    """Perform the tasks that the store does not have yet.

    Every task runs in a fresh process with one thread: models cannot disturb each other, and one that crashes is a
    line in the results. Ctrl-C ends the tasks at work and keeps what was done; the same call again goes on from there.

    Parameters
    ----------
    tasks
        In the order in which they are begun.
    store
        Takes the results.
    jobs
        Tasks at a time. More than there are cores makes the times useless.
    on_done
        Called after each task with the number of tasks that the store now has.

    Returns
    -------
    bool
        Whether all were performed; False after Ctrl-C.
    """
    finished = store.finished()
    waiting = [task for task in tasks if task.key not in finished]
    done = len(tasks) - len(waiting)
    running: list[_Process] = []
    with Interrupt() as interrupt, tempfile.TemporaryDirectory(prefix="streamsnn-arena-") as folder:
        try:
            while (waiting or running) and not interrupt.asked:
                while waiting and len(running) < jobs:
                    running.append(_Process(waiting.pop(0), Path(folder)))
                time.sleep(0.05)
                for process in [process for process in running if process.ended()]:
                    running.remove(process)
                    result = process.result()
                    store.add(result)
                    done += 1
                    if on_done is not None:
                        on_done(done, process.task, result)
        finally:
            for process in running:
                process.kill()
        return not interrupt.asked


class _Process:
    """A task at work."""

    def __init__(self, task: Task, folder: Path) -> None:
        self.task = task
        self._place = Path(tempfile.mkdtemp(dir=folder))
        (self._place / "task.json").write_text(json.dumps(task.to_dict()), encoding="utf-8")
        self._output = (self._place / "output").open("wb")
        command = [sys.executable, "-P", "-m", "streamsnn.evaluation.arena.worker"]
        self._process = subprocess.Popen(
            [*command, str(self._place / "task.json"), str(self._place / "result.json")],
            stdin=subprocess.PIPE,  # ends when we do: the worker then ends, too
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=os.environ | ONE_THREAD,
            start_new_session=True,  # Ctrl-C is for us
        )
        self._started = time.monotonic()

    def ended(self) -> bool:
        if self._process.poll() is not None:
            return True
        limit = self.task.limit
        if limit is not None and time.monotonic() - self._started > limit + GRACE:
            self.kill()
            return True
        return False

    def result(self) -> Result:
        """What it has found; where it found nothing, why."""
        self._close()
        place = self._place / "result.json"
        if self._process.returncode == 0 and place.exists():
            return Result(**json.loads(place.read_text(encoding="utf-8")))
        killed = self._process.returncode < 0 and self._late()
        return Result(
            blank(self.task) | {"status": "timed out" if killed else "failed", "note": self._last_words()}, []
        )

    def _late(self) -> bool:
        return self.task.limit is not None and time.monotonic() - self._started > self.task.limit

    def _last_words(self) -> str:
        lines = (self._place / "output").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else f"ended with {self._process.returncode}, without a word"

    def _close(self) -> None:
        self._output.close()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
