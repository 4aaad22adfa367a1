"""Replays a stream into topics: events at a rate, labels in the events or on their own topic some time later."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from streamsnn.evaluation import open_stream

from . import clients
from .settings import Connection
from .wire import encode


def events_of(name: str, limit: int | None) -> Iterator[tuple[dict[str, Any], Any]]:
    """Features and label of every event of a stream: a data set of River, or a file.

    Raises
    ------
    ValueError
        If there is no such stream.
    """
    for number, (x, y) in enumerate(open_stream(name).events):
        if limit is not None and number >= limit:
            return
        yield {str(key): _plain(value) for key, value in x.items()}, _plain(y)


def replay(
    settings: Connection,
    stream: str,
    *,
    rate: float | None = None,
    limit: int | None = None,
    label_delay: int | None = None,
    on_progress: Callable[[int], Any] = lambda done: None,
) -> int:
    """Write a stream into the events topic, spread over its partitions by the number of the event.

    Parameters
    ----------
    settings
        Brokers and topics.
    stream
        Name of a data set, or path of a file, as for ``streamsnn evaluate``.
    rate
        Events a second; None: as fast as it goes.
    limit
        Stop after so many events.
    label_delay
        None: each event carries its label. Else labels go to their own topic, so many events later.
    on_progress
        Called with the number of events sent.

    Returns
    -------
    The number of events.

    Raises
    ------
    ValueError
        If there is no such stream, or labels shall go to a topic that the settings do not name.
    """
    if label_delay is not None and not settings.labels:
        raise ValueError("--label-delay needs a topic of labels")
    producer = clients.when_available(settings, lambda: clients.writer(settings, None))
    partitions = len(producer.partitions_for(settings.events))
    late: deque[tuple[int, bytes]] = deque()
    begin, count = time.monotonic(), 0
    try:
        for x, y in events_of(stream, limit):
            if rate is not None:
                time.sleep(max(0.0, begin + count / rate - time.monotonic()))
            event: dict[str, Any] = {"id": f"{stream}-{count}", "features": x}
            if label_delay is None:
                event["label"] = y
            else:
                late.append((count, encode({"id": event["id"], "label": y})))
            producer.send(settings.events, value=encode(event), partition=count % partitions)
            count += 1
            while label_delay is not None and late and late[0][0] + label_delay <= count - 1:
                number, label = late.popleft()
                producer.send(settings.labels, value=label, partition=number % partitions)
            on_progress(count)
        for number, label in late:
            producer.send(settings.labels, value=label, partition=number % partitions)
        producer.flush(timeout=60)
    finally:
        producer.close(timeout=10)
    return count


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value != value:
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
