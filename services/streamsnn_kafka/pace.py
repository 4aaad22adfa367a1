"""When the next transaction begins."""

from __future__ import annotations

SHARE = 0.1  # of the newest duration in the mean
MOST = 0.5  # of the interval, by which a transaction begins earlier


class Pace:
    """Lets an interval pass from the begin of a transaction to the end of the next.

    An event waits until a transaction begins, and then until it ends. So each begins earlier by what one takes, in the
    mean of the last ones: an event that has just missed one is committed an interval later, as long as the worker keeps
    up.

    Parameters
    ----------
    interval
        Seconds; 0: each begins at once.

    Examples
    --------
    >>> pace = Pace(0.1)
    >>> pace.begin(5.0)
    >>> round(pace.due_in(5.03), 3)
    0.07
    >>> pace.end(0.04)
    >>> round(pace.due_in(5.03), 3)
    0.03
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._begin = float("-inf")
        self._takes: float | None = None

    def begin(self, now: float) -> None:
        """A transaction begins."""
        self._begin = now

    def end(self, took: float) -> None:
        """A transaction has taken so many seconds."""
        self._takes = took if self._takes is None else self._takes + SHARE * (took - self._takes)

    def due_in(self, now: float) -> float:
        """Seconds until the next one is to begin; 0: now."""
        early = min(self._takes or 0.0, MOST * self._interval)
        return max(0.0, self._begin + self._interval - early - now)
