"""A Prometheus histogram that takes many values at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector


class ManyHistogram(Collector):
    """As `prometheus_client.Histogram`, which takes a lock for each value; one thread at a time may observe.

    Parameters
    ----------
    name, documentation
        Of the metric.
    buckets
        Upper bounds, rising.
    registry
        Where it is collected.

    Examples
    --------
    >>> registry = CollectorRegistry()
    >>> histogram = ManyHistogram("seconds", "How long it took.", (0.1, 1.0), registry)
    >>> histogram.observe_many([0.05, 0.1, 0.5, 3.0])
    >>> [registry.get_sample_value("seconds_bucket", {"le": bound}) for bound in ("0.1", "1.0", "+Inf")]
    [2.0, 3.0, 4.0]
    >>> registry.get_sample_value("seconds_sum")
    3.65
    """

    def __init__(self, name: str, documentation: str, buckets: Sequence[float], registry: CollectorRegistry) -> None:
        self._name, self._documentation = name, documentation
        self._bounds = np.array(buckets, dtype=np.float64)
        self._counts = np.zeros(len(buckets) + 1, dtype=np.int64)
        self._sum = 0.0
        registry.register(self)

    def observe_many(self, values: Iterable[float] | npt.NDArray[np.float64]) -> None:
        """Count values."""
        found = np.asarray(values, dtype=np.float64)
        places = np.searchsorted(self._bounds, found, side="left")
        self._counts = self._counts + np.bincount(places, minlength=len(self._counts))
        self._sum += float(found.sum())

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """For the registry."""
        upto = self._counts.cumsum().tolist()
        names = [*map(str, self._bounds.tolist()), "+Inf"]
        buckets = [(name, float(count)) for name, count in zip(names, upto, strict=True)]
        yield HistogramMetricFamily(self._name, self._documentation, buckets=buckets, sum_value=self._sum)
