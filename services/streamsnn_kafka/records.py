"""Records that come in, and those that go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Headers = Sequence[tuple[str, bytes]]
PREDICTION, ALERT, DEAD_LETTER = "prediction", "alert", "dead letter"


class Record(NamedTuple):
    """One record of an input: 0 events, 1 labels. The timestamp is Kafka's, in milliseconds."""

    input: int
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def source(self) -> dict[str, Any]:
        return {"topic": self.topic, "partition": self.partition, "offset": self.offset}


def as_record(which: int, each: Any) -> Record:
    """A record of kafka-python as the task wants it."""
    return Record(which, each.topic, each.partition, each.offset, each.timestamp, each.key, each.value, each.headers)


class Output(NamedTuple):
    """A record to be written: `kind` is one of `PREDICTION`, `ALERT`, `DEAD_LETTER`."""

    kind: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
