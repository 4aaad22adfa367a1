"""What can be done with a stored model: look at it, export it as a model file, begin anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import clients
from .keyed import KeyedTask
from .models import fingerprint
from .reading import read_state
from .restore import Restored, restore
from .settings import Settings
from .state import EVENTS, LABELS, Found, Owner, Snapshot, StateError


def owner_of(settings: Settings, partition: int) -> Owner:
    return Owner(settings.group, settings.events, partition)


def show(settings: Settings, partition: int) -> dict[str, Any] | None:
    """What is stored of a partition, as plain values; None: nothing."""
    found = read_state(settings, owner_of(settings, partition), None)
    if found is None:
        return None
    return {
        "partition": partition,
        "snapshot": found.snapshot,
        "bytes": len(found.content),
        "entries since": len(found.entries),
        "events up to": found.last_positions[EVENTS],
        "labels up to": found.last_positions[LABELS],
        "records to learn again": sum(last - first for each in found.entries for _, first, last in each.ranges),
        "fingerprint": found.fingerprint,
    }


def export(settings: Settings, partition: int, path: Path, key: str | None = None) -> Restored:
    """Write the model, with the whole journal learned, to a file that `streamsnn.load` loads.

    Raises
    ------
    StateError
        If there is no model.
    ValueError
        If there is a model for each key, and none of this one.
    """
    found = read_state(settings, owner_of(settings, partition), None)
    if found is None or found.is_reset:
        raise StateError(f"{settings.events}-{partition}: there is no model in {settings.state}")
    trusting = settings.model_copy(update={"trust_journal": True, "accept_partitions": True})
    restored = restore(trusting, owner_of(settings, partition), {}, found.partitions, lambda: None)
    if isinstance(restored.task, KeyedTask):
        if key is None:
            raise ValueError("--key: with a model for each key, say of which")
        restored.task.model_of(key.encode()).save(path)
    else:
        restored.task.model.save(path)
    return restored


def reset(settings: Settings, partition: int, positions: list[int], partitions: int) -> Found | None:
    """Forget the model: the next start takes a new one and reads the inputs from these positions.

    The former owner is fenced by taking its transactional id; a worker that runs now starts again, and begins anew.
    Gives what was there.
    """
    owner = owner_of(settings, partition)
    found = read_state(settings, owner, None)
    number = found.snapshot + 1 if found else 0
    producer = clients.writer(settings, owner.transactional_id)
    try:
        producer.init_transactions()
        producer.begin_transaction()
        for key, value in Snapshot(number, b"", positions, 0, fingerprint(settings), partitions).pairs(owner):
            producer.send(settings.state, key=key, value=value, partition=partition)
        producer.commit_transaction()
    finally:
        producer.close(timeout=10)
    return found
