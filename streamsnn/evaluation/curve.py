"""A line to plot that never has too many points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One model after so many events.

    Attributes
    ----------
    event
        Events so far.
    accuracy
        Rolling accuracy.
    spike_rate
        Spikes a hidden unit and step, averaged over the hidden layers; None for models that do not spike.
    """

    event: int
    accuracy: float
    spike_rate: float | None


class Curve:
    """Points at a regular distance in events; when there are too many, every second goes and the distance doubles.

    Parameters
    ----------
    most
        Largest number of points, an even number.

    Examples
    --------
    >>> curve = Curve(most=4)
    >>> for event in range(10, 110, 10):
    ...     curve.add(event, accuracy=0.5, spike_rate=None)
    >>> [point.event for point in curve.points]
    [40, 80]
    """

    def __init__(self, most: int = 1000) -> None:
        self.points: list[Point] = []
        self._most = most
        self._stride = 1  # of the values given, every how many-th becomes a point
        self._values = 0
        self._rates: list[float] = []  # spike rates since the last point: one event's rate is noisy

    def add(self, event: int, accuracy: float, spike_rate: float | None) -> None:
        """Offer a value; it becomes a point if it is its turn."""
        self._values += 1
        if spike_rate is not None:
            self._rates.append(spike_rate)
        if self._values % self._stride:
            return
        mean_rate = sum(self._rates) / len(self._rates) if self._rates else None
        self._rates.clear()
        self.points.append(Point(event, accuracy, mean_rate))
        if len(self.points) >= self._most:
            self.points = self.points[1::2]
            self._stride *= 2
