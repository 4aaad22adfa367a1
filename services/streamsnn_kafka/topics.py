"""The topics of the service: made with the right settings, checked before a start."""

from __future__ import annotations

from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType

from . import clients
from .settings import Connection

STATE_CONFIG = {
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 2**20),
    "min.cleanable.dirty.ratio": "0.2",
    "max.message.bytes": str(2**20),
}
INPUT_CONFIG = {"cleanup.policy": "delete"}
HEADERS = 4096  # bytes that a dead letter may have more than the record it holds


def create(settings: Connection, partitions: int, replication: int, retention_ms: int | None = None) -> dict[str, str]:
    """Make the topics that are not there; gives what became of each.

    Raises
    ------
    ValueError
        If one is there with another number of partitions.
    KafkaError
        If a broker refuses.
    """
    client = clients.admin(settings)
    try:
        there = {topic: len(found) for topic, found in _partitions(client, _names(settings)).items()}
        wrong = [f"{topic} has {count}" for topic, count in there.items() if count != partitions]
        if wrong:
            raise ValueError(f"partitions: {', '.join(wrong)}, not {partitions}; all topics must have the same number")
        kept = {} if retention_ms is None else {"retention.ms": str(retention_ms)}
        new = {
            topic: {
                "num_partitions": partitions,
                "replication_factor": replication,
                "configs": _config(settings, topic) | ({} if topic == settings.state else kept),
            }
            for topic in _names(settings)
            if topic not in there
        }
        if new:
            client.create_topics(new, wait_for_metadata=True)
        return {topic: "was there" if topic in there else "made" for topic in _names(settings)}
    finally:
        client.close()


def check(settings: Connection) -> int:
    """The number of partitions, once all topics are there and fit.

    Raises
    ------
    ValueError
        If a topic is missing, has another number of partitions than the events, or a wrong clean-up policy.
    KafkaError
        If no broker answers.
    """
    client = clients.admin(settings)
    try:
        names = _names(settings)
        there = {topic: len(found) for topic, found in _partitions(client, names).items()}
        missing = [topic for topic in names if topic not in there]
        if missing:
            raise ValueError(f"topics are missing: {', '.join(missing)}; 'streamsnn topics create' makes them")
        wrong = [f"{topic} has {count}" for topic, count in there.items() if count != there[settings.events]]
        if wrong:
            raise ValueError(
                f"partitions: {settings.events} has {there[settings.events]}, but {', '.join(wrong)}; task p writes to "
                "partition p of all of them"
            )
        _check_policies(client, settings)
        return there[settings.events]
    finally:
        client.close()


def _config(settings: Connection, topic: str) -> dict[str, str]:
    if topic == settings.state:
        return STATE_CONFIG
    return INPUT_CONFIG | ({"max.message.bytes": str(2 * 2**20)} if topic == settings.dead_letters else {})


def _names(settings: Connection) -> list[str]:
    names = [getattr(settings, name) for name in ("events", "labels", "predictions", "alerts", "dead_letters", "state")]
    names = [name for name in names if name]
    if len(set(names)) != len(names):
        raise ValueError(f"two topics have the same name: {', '.join(names)}")
    return names


def _partitions(client: Any, names: list[str]) -> dict[str, list[Any]]:
    described = client.describe_topics(names)
    return {each["name"]: each["partitions"] for each in described if each["error_code"] == 0 and each["partitions"]}


def _check_policies(client: Any, settings: Connection) -> None:
    names = _names(settings)
    wanted = ["cleanup.policy", "max.message.bytes"]
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in names]
    found = client.describe_configs(asked, config_filter="all")
    (per_topic,) = found.values()
    for name in names:
        policy = str(per_topic[name]["cleanup.policy"]["value"])
        if name == settings.state and policy != "compact":
            raise ValueError(f"{name}: cleanup.policy is {policy!r}; the state must be compacted, or models are lost")
        if name in (settings.events, settings.labels) and "compact" in policy:
            raise ValueError(f"{name}: cleanup.policy is {policy!r}; a compacted input cannot be learned again")
    sizes = {name: int(per_topic[name]["max.message.bytes"]["value"]) for name in names}
    largest = max(sizes[name] for name in (settings.events, settings.labels) if name)
    if sizes[settings.dead_letters] < largest + HEADERS:
        raise ValueError(
            f"{settings.dead_letters}: max.message.bytes is {sizes[settings.dead_letters]}, but a record of the inputs "
            f"may have {largest}; as a dead letter it needs {HEADERS} more"
        )
