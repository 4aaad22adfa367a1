"""What can be seen from outside: Prometheus metrics, and whether the worker lives and is ready."""

from __future__ import annotations

import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import numpy.typing as npt
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from .histogram import ManyHistogram

Float64s = npt.NDArray[np.float64]
log = logging.getLogger(__name__)
LATENCIES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 15, 60)
STILL_ALIVE_SECONDS = 60.0


class Metrics:
    """Counts of a worker.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.rebalances.inc()
    >>> b"streamsnn_rebalances_total 1.0" in metrics.text()
    True
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.ready = False
        self._alive = time.monotonic()
        r, part = self.registry, ["partition"]
        self.received = Counter("streamsnn_records_received_total", "Records taken.", part, registry=r)
        self.processed = Counter("streamsnn_processed_total", "What became of them.", [*part, "status"], registry=r)
        self.published = Counter(
            "streamsnn_published_total", "Records committed to the output topics.", [*part, "kind"], registry=r
        )
        self.exceptions = Counter("streamsnn_exceptions_total", "Exceptions, by type.", ["type"], registry=r)
        self.latency = ManyHistogram(
            "streamsnn_latency_seconds", "From an event's timestamp to its commit.", LATENCIES, r
        )
        self.handling = Histogram(
            "streamsnn_batch_seconds", "Scoring and learning a batch.", buckets=LATENCIES, registry=r
        )
        self.committing = Histogram("streamsnn_commit_seconds", "Committing it.", buckets=LATENCIES, registry=r)
        self.lag = Gauge("streamsnn_lag", "Events that are not committed.", part, registry=r)
        self.rebalances = Counter("streamsnn_rebalances_total", "Changes of the assignment.", registry=r)
        self.rebuilds = Counter(
            "streamsnn_consumer_rebuilds_total", "Times the watchdog built a new consumer.", registry=r
        )
        self.restarts = Counter("streamsnn_task_restarts_total", "Starts of a task after a failure.", part, registry=r)
        self.restore_seconds = Gauge("streamsnn_restore_seconds", "Last start of a task.", part, registry=r)
        self.snapshots = Counter("streamsnn_snapshots_total", "Snapshots written.", part, registry=r)
        self.snapshot_bytes = Gauge("streamsnn_snapshot_bytes", "Size of the last one.", part, registry=r)
        self.pending = Gauge("streamsnn_pending", "Events and labels that wait for each other.", part, registry=r)
        self.accuracy = Gauge(
            "streamsnn_accuracy", "Of the last events with labels, about a thousand.", part, registry=r
        )
        self.drifts = Gauge("streamsnn_drifts", "Drift alerts since the model began.", part, registry=r)
        self.spike_rate = Gauge("streamsnn_spike_rate", "Share of units and steps with a spike.", part, registry=r)
        self._accuracies: dict[int, float] = {}

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)

    def beat(self) -> None:
        """The worker is alive."""
        self._alive = time.monotonic()

    @property
    def alive(self) -> bool:
        return time.monotonic() - self._alive < STILL_ALIVE_SECONDS

    def exception(self, error: BaseException) -> None:
        self.exceptions.labels(type(error).__name__).inc()

    def restored(self, partition: int, seconds: float) -> None:
        self.restore_seconds.labels(partition).set(seconds)

    def snapshot(self, partition: int, size: int) -> None:
        self.snapshots.labels(partition).inc()
        self.snapshot_bytes.labels(partition).set(size)

    def given_away(self, partition: int) -> None:
        """Another worker has the partition now: say no more about its state."""
        for gauge in (
            self.lag, self.restore_seconds, self.snapshot_bytes, self.pending, self.accuracy, self.drifts,
            self.spike_rate,
        ):  # fmt: skip
            gauge.remove(partition)
        self._accuracies.pop(partition, None)

    def batch(
        self,
        partition: int,
        records: int,
        new: dict[str, int],
        published: dict[str, int],
        latencies: Float64s,
        handled: float,
        committed: float,
        task: Any,
    ) -> None:
        """A batch was committed; `new` is what the task has counted in it, `published` the outputs of each kind."""
        self.received.labels(partition).inc(records)
        for kind, count in published.items():
            self.published.labels(partition, kind).inc(count)
        for status, count in new.items():
            self.processed.labels(partition, status).inc(count)
        self.latency.observe_many(latencies)
        self.handling.observe(handled)
        self.committing.observe(committed)
        self.pending.labels(partition).set(task.waiting)
        self.drifts.labels(partition).set(task.counts["drifts"])
        rates = getattr(task.model, "spike_rates", None)
        if rates:
            self.spike_rate.labels(partition).set(sum(rates) / len(rates))
        scored = new.get("scored with label", 0)
        if scored:
            share, keep = new.get("right", 0) / scored, 0.999**scored
            before = self._accuracies.get(partition, share)
            self._accuracies[partition] = keep * before + (1 - keep) * share
            self.accuracy.labels(partition).set(self._accuracies[partition])


def serve(metrics: Metrics, host: str, port: int) -> ThreadingHTTPServer:
    """``/metrics``, ``/live`` and ``/ready`` in a thread of their own.

    Raises
    ------
    OSError
        If the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {
                "/metrics": lambda: (200, metrics.text(), CONTENT_TYPE_LATEST),
                "/live": lambda: _yes_or_no(metrics.alive),
                "/ready": lambda: _yes_or_no(metrics.ready and metrics.alive),
            }
            status, body, kind = answers.get(self.path, lambda: (404, b"not found\n", "text/plain"))()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            log.debug(format, *args)

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server


def _yes_or_no(yes: bool) -> tuple[int, bytes, str]:
    return (200, b"yes\n", "text/plain") if yes else (503, b"no\n", "text/plain")
