"""Ctrl-C ends a run between two chunks, never inside a model."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupt:
    """While active, Ctrl-C asks for the end instead of raising at once; a second Ctrl-C raises KeyboardInterrupt.

    Waiting for input cannot be left that way, so within ``with interrupt.while_waiting():`` the first one raises, too.
    Outside the main thread, where Python delivers no signals, and where a program has put its own handler, nothing
    changes.

    Examples
    --------
    >>> with Interrupt() as interrupt:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interrupt.asked
    True
    """

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False
        self._previous: Any = None

    def __enter__(self) -> Interrupt:
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def while_waiting(self) -> _Waiting:
        """A context in which Ctrl-C raises at once, since nothing is half done."""
        return _Waiting(self)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        raise_now = self.asked or self._waiting
        self.asked = True
        if raise_now:
            raise KeyboardInterrupt


class _Waiting:
    def __init__(self, interrupt: Interrupt) -> None:
        self._interrupt = interrupt

    def __enter__(self) -> None:
        self._interrupt._waiting = True
        if self._interrupt.asked:
            raise KeyboardInterrupt

    def __exit__(self, *_: object) -> None:
        self._interrupt._waiting = False
