"""Where a model's error went up: the drift marks of a report."""

from __future__ import annotations

from dataclasses import dataclass

from river.drift import ADWIN


@dataclass(frozen=True)
class DriftMark:
    """A rise of the error that is no chance.

    Attributes
    ----------
    event
        Number of the event at which it was noticed, counted from 1.
    before, after
        Error rate over ADWIN's window, before and after it dropped its oldest events. It drops no more than it must, so
        `after` is less than what the error has risen to.
    """

    event: int
    before: float
    after: float


class DriftMarks:
    """Watches the 0/1 error of one model with ADWIN and marks where it rises.

    ADWIN reports every change of the mean. A model that learns gets better, which is a change, too; only a rise is
    marked.

    Parameters
    ----------
    delta
        Confidence of ADWIN: how often a false alarm is accepted.

    Examples
    --------
    >>> drift = DriftMarks()
    >>> for k in range(2000):  # from one error in ten to nine in ten
    ...     drift.update(k % 10 == 0 if k < 1000 else k % 10 != 0)
    >>> [mark.event // 100 for mark in drift.marks]
    [10]
    """

    def __init__(self, delta: float = 0.002) -> None:
        self.marks: list[DriftMark] = []
        self._adwin = ADWIN(delta=delta)
        self._events = 0

    def update(self, wrong: bool) -> None:
        self._events += 1
        before = self._adwin.estimation
        self._adwin.update(float(wrong))
        if self._adwin.drift_detected and self._adwin.estimation > before:
            self.marks.append(DriftMark(self._events, before, self._adwin.estimation))
