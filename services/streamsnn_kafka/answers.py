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
    >>> form = Answers(Labels()).form((True, False))
    >>> written, best = form.write("a", ("t", 0, 7), [0.75, 0.25], events_learned=3, labelled=True, latency_ms=None)
    >>> json.loads(written)["probabilities"], best
    ({'true': 0.75, 'false': 0.25}, True)
    """

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._last: tuple[tuple[Any, ...], Form] = (), Form([])

    def form(self, known: tuple[Any, ...]) -> Form:
        """For predictions of a model that knows these labels; they only ever grow."""
        last, form = self._last
        if len(last) != len(known):
            form = Form([self._labels.outside(label) for label in known])
            self._last = known, form
        return form


class Form:
    """What is the same in the predictions of a model that knows certain labels.

    Parameters
    ----------
    labels
        As they are in JSON, in the order of the probabilities.
    """

    def __init__(self, labels: list[Any]) -> None:
        self._labels = [*labels, None]
        self._texts = [json.dumps(label) for label in self._labels]
        keys = [quoted(key).replace("%", "%%") for key in as_keys(labels, [0.0] * len(labels))]
        self._probabilities = ",".join(f"{key}:%r" for key in keys)

    def write(
        self,
        event_id: str,
        place: tuple[str, int, int],
        shares: list[float],
        *,
        events_learned: int,
        labelled: bool,
        latency_ms: int | None,
    ) -> tuple[bytes, Any]:
        """A prediction, and the label that it says; None if no label is known.

        Parameters
        ----------
        event_id
            Of the event.
        place
            Topic, partition and offset of the event.
        shares
            Probabilities of the labels.
        events_learned, labelled, latency_ms
            As in the record.

        Raises
        ------
        FloatingPointError
            If a probability is not finite: that is never written.
        """
        if not math.isfinite(sum(shares)):
            raise FloatingPointError("a probability is not finite")
        topic, partition, offset = place
        best = shares.index(max(shares)) if shares else -1
        text = (
            f'{{"id":{quoted(event_id)},'
            f'"source":{{"topic":{quoted(topic)},"partition":{partition},"offset":{offset}}},'
            f'"prediction":{self._texts[best]},'
            f'"probabilities":{{{self._probabilities % tuple(shares)}}},'
            f'"events_learned":{events_learned},'
            f'"labelled":{"true" if labelled else "false"},'
            f'"latency_ms":{"null" if latency_ms is None else latency_ms}}}'
        )
        return text.encode(), self._labels[best]
