"""Predictions as JSON. Most of what the service writes: whatever stays the same between events is written once."""

from __future__ import annotations

import json
import math
from typing import Any

from .labels import Labels
from .wire import as_keys

quoted = json.encoder.encode_basestring_ascii


class Answers:
    """Writes the predictions of one model.

    Parameters
    ----------
    labels
        What the model's labels are in JSON.

    Examples
    --------
    >>> answers = Answers(Labels())
    >>> answers.best({True: 0.75, False: 0.25})
    True
    >>> said = {True: 0.75, False: 0.25}
    >>> written = answers.write("a", ("t", 0, 7), said, events_learned=3, labelled=True, latency_ms=None)
    >>> json.loads(written)["probabilities"]
    {'true': 0.75, 'false': 0.25}
    """

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._written: dict[tuple[Any, ...], tuple[list[str], list[str]]] = {}

    def best(self, said: dict[Any, float]) -> Any:
        """The likeliest label, as it is in JSON; None if no label is known."""
        return self._labels.outside(max(said, key=said.__getitem__)) if said else None

    def write(
        self,
        event_id: str,
        place: tuple[str, int, int],
        said: dict[Any, float],
        *,
        events_learned: int,
        labelled: bool,
        latency_ms: int | None,
    ) -> bytes:
        """A prediction.

        Parameters
        ----------
        event_id
            Of the event.
        place
            Topic, partition and offset of the event.
        said
            Probabilities by the model's labels.
        events_learned, labelled, latency_ms
            As in the record.

        Raises
        ------
        FloatingPointError
            If a probability is not finite: that is never written.
        """
        keys, values = self._of(tuple(said))
        if not math.isfinite(sum(said.values())):
            raise FloatingPointError("a probability is not finite")
        shares = ",".join([f"{key}:{share!r}" for key, share in zip(keys, said.values(), strict=True)])
        best = max(range(len(keys)), key=list(said.values()).__getitem__) if said else -1
        topic, partition, offset = place
        return (
            f'{{"id":{quoted(event_id)},'
            f'"source":{{"topic":{quoted(topic)},"partition":{partition},"offset":{offset}}},'
            f'"prediction":{values[best] if said else "null"},'
            f'"probabilities":{{{shares}}},'
            f'"events_learned":{events_learned},'
            f'"labelled":{"true" if labelled else "false"},'
            f'"latency_ms":{"null" if latency_ms is None else latency_ms}}}'
        ).encode()

    def _of(self, known: tuple[Any, ...]) -> tuple[list[str], list[str]]:
        """The keys of the probabilities and the labels themselves, as JSON; a model's labels only ever grow."""
        found = self._written.get(known)
        if found is None:
            outside = [self._labels.outside(label) for label in known]
            keys = [quoted(key) for key in as_keys(outside, [0.0] * len(outside))]
            found = keys, [json.dumps(label) for label in outside]
            self._written = {known: found}
        return found
