"""Labels that come late: events wait, with what was said of them, until their labels arrive or they expire."""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any, Self

import numpy as np
from river.base import Classifier

from . import snapshot
from .adaptive import AdaptiveSpikingClassifier, Forecast

# What a file that somebody made by hand can run into.
_NOT_OURS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class PendingEvents:
    """A classifier whose labels come late, out of order, twice, never, or before their events.

    An event is scored under an id, and waits. When its label comes, the networks learn from it with their weights of
    now, while a ladder's mixture, detectors and accuracy learn from what was said when the event was scored.

    Parameters
    ----------
    model
        An `AdaptiveSpikingClassifier`; any other classifier of River learns from event and label alone.
    capacity
        Events that wait at most; of more, the one that has waited longest expires.
    max_age
        An event expires when so many have been scored after it; None: never.
    max_early
        Labels without an event that are kept at most; of more, the oldest is dropped.
    max_remembered
        Ids whose fate is remembered: only of these a second label is known to be a duplicate, or to be too late.

    Raises
    ------
    ValueError
        If a bound is not positive.

    Examples
    --------
    >>> from streamsnn import AdaptiveSpikingClassifier, PendingEvents
    >>> events = PendingEvents(AdaptiveSpikingClassifier("small", seed=1))
    >>> events.score_one("a", {"size": 1.0})
    {}
    >>> events.score_one("b", {"size": 2.0})
    {}
    >>> events.label_one("b", "large"), events.label_one("b", "large"), events.label_one("c", "small")
    ('learned', 'duplicate', 'early')
    >>> len(events), events.score_one("c", {"size": 1.1})
    (1, {'large': 1.0})
    >>> events.counts["learned"], events.model.labels
    (2, ('large', 'small'))
    """

    def __init__(
        self,
        model: Classifier | None,
        capacity: int = 10_000,
        max_age: int | None = None,
        max_early: int = 10_000,
        max_remembered: int = 10_000,
    ) -> None:
        bounds = {"capacity": capacity, "max_age": max_age, "max_early": max_early, "max_remembered": max_remembered}
        for name, bound in bounds.items():
            if bound is not None and not bound >= 1:
                raise ValueError(f"{name} must be at least 1, not {bound!r}")
        self.model: Any = model
        self.capacity, self.max_age = capacity, max_age
        self.max_early, self.max_remembered = max_early, max_remembered
        self.counts: Counter[str] = Counter()
        self._waiting: OrderedDict[Hashable, tuple[int, dict[Any, Any], Forecast | None]] = OrderedDict()
        self._early: OrderedDict[Hashable, tuple[Any, float]] = OrderedDict()
        self._fates: OrderedDict[Hashable, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, event_id: Hashable) -> bool:
        return event_id in self._waiting

    def fate(self, event_id: Hashable) -> str | None:
        """``"waiting"``, ``"learned"`` or ``"expired"``; None for an id that is not known, or no longer."""
        return "waiting" if event_id in self._waiting else self._fates.get(event_id)

    def settle(self, event_id: Hashable) -> None:
        """Remember that an event was learned elsewhere, together with its label: another one is a duplicate.

        Raises
        ------
        ValueError
            If the event waits here.
        """
        if event_id in self._waiting:
            raise ValueError(f"event {event_id!r} waits for its label")
        self._settled(event_id, "learned")

    def score_one(self, event_id: Hashable, x: Mapping[Hashable, Any]) -> dict[Any, float]:
        """Probability of every label; the event waits for its own. If that came before, it is learned at once.

        Raises
        ------
        ValueError
            If an event of this id waits or was labelled already, or a value is neither number nor category. Nothing
            has changed then.
        """
        if event_id in self._waiting or event_id in self._fates:
            raise ValueError(f"event {event_id!r} has been scored before")
        forecast = self.model.forecast_one(x) if isinstance(self.model, AdaptiveSpikingClassifier) else None
        said = forecast.probabilities if forecast is not None else self.model.predict_proba_one(dict(x))
        self.counts["scored"] += 1
        self._waiting[event_id] = self.counts["scored"], dict(x), forecast
        self.expire()
        if event_id in self._early:
            label, weight = self._early.pop(event_id)
            try:
                self.label_one(event_id, label, weight)
            except ValueError:
                self.counts["refused"] += 1  # it still waits, for a label that can be one
        return said

    def label_one(self, event_id: Hashable, y: Hashable, w: float = 1.0) -> str:
        """Learn from a label.

        Returns
        -------
        ``"learned"``; ``"early"``: its event has not been scored yet, the label is kept; ``"duplicate"``: the event has
        its label already, or an early label waits for it; ``"expired"``: it came too late.

        Raises
        ------
        ValueError
            If the label cannot be one; the message names it. The event still waits.
        """
        if event_id in self._waiting:
            _, x, forecast = self._waiting[event_id]
            if isinstance(self.model, AdaptiveSpikingClassifier):
                self.model.learn_one(x, y, w, forecast=forecast)
            elif w == 1.0:
                self.model.learn_one(x, y)
            else:
                self.model.learn_one(x, y, w=w)
            del self._waiting[event_id]
            return self._settled(event_id, "learned")
        fate = self._fates.get(event_id)
        if fate == "learned" or event_id in self._early:
            self.counts["duplicate"] += 1
            return "duplicate"
        if fate == "expired":
            self.counts["too late"] += 1
            return "expired"
        self._early[event_id] = y, w
        self.counts["early"] += 1
        while len(self._early) > self.max_early:
            self._early.popitem(last=False)
            self.counts["early dropped"] += 1
        return "early"

    def expire(self) -> int:
        """Let events go that have waited too long, or are too many; gives how many."""
        gone = 0
        while self._waiting:
            event_id, (number, _, _) = next(iter(self._waiting.items()))
            too_old = self.max_age is not None and self.counts["scored"] - number > self.max_age
            if len(self._waiting) <= self.capacity and not too_old:
                break
            del self._waiting[event_id]
            self._settled(event_id, "expired")
            gone += 1
        return gone

    def _settled(self, event_id: Hashable, fate: str) -> str:
        self.counts[fate] += 1
        self._fates[event_id] = fate
        while len(self._fates) > self.max_remembered:
            self._fates.popitem(last=False)
        return fate

    # --- saving ------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the waiting events to a file, without the model; see `load`.

        Raises
        ------
        ValueError
            If an id, a value or a label is of a type that only a pickle could hold; the message names it.
        """
        self._frozen().write(path)

    def to_bytes(self) -> bytes:
        """What `save` writes; raises as it does."""
        return self._frozen().to_bytes()

    def without_model(self) -> Self:
        """The events that wait now: a copy that can be saved while this one goes on."""
        twin = type(self)(None, self.capacity, self.max_age, self.max_early, self.max_remembered)
        twin.counts, twin._waiting = self.counts.copy(), self._waiting.copy()
        twin._early, twin._fates = self._early.copy(), self._fates.copy()
        return twin

    def _frozen(self) -> snapshot.Frozen:
        forecasts = [forecast for _, _, forecast in self._waiting.values() if forecast is not None]
        content = {
            "bounds": [self.capacity, self.max_age, self.max_early, self.max_remembered],
            "counts": dict(self.counts),
            "waiting": [
                [
                    snapshot.plain(event_id, "event id"),
                    number,
                    [[snapshot.plain(n, "feature"), _plain_value(v)] for n, v in x.items()],
                    None if forecast is None else [snapshot.plain(y, "label") for y in forecast.probabilities],
                ]
                for event_id, (number, x, forecast) in self._waiting.items()
            ],
            "early": [
                [snapshot.plain(event_id, "event id"), snapshot.plain(y, "label"), snapshot.plain(float(w), "weight")]
                for event_id, (y, w) in self._early.items()
            ],
            "fates": [[snapshot.plain(event_id, "event id"), fate] for event_id, fate in self._fates.items()],
        }
        empty: list[Any] = [np.zeros(0)]
        arrays = {
            "probabilities": np.concatenate(empty + [np.array(list(f.probabilities.values())) for f in forecasts]),
            "logs": np.concatenate(empty + [f.logs.reshape(-1) for f in forecasts]),
            "rungs": np.array([len(f.logs) for f in forecasts], dtype=np.int64),
        }
        return snapshot.Frozen(type(self).__name__, content, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str], model: Classifier) -> Self:
        """The waiting events that `save` wrote, for a model that was saved at the same time.

        Raises
        ------
        SnapshotError
            If the file is not one of ours, is damaged, or was written by a newer format.
        """
        header, arrays = snapshot.read(path)
        if header.get("kind") != cls.__name__:
            raise snapshot.SnapshotError(f"{path}: holds a {header.get('kind')}, not a {cls.__name__}")
        try:
            content = header["content"]
            capacity, max_age, max_early, max_remembered = content["bounds"]
            events = cls(model, capacity, max_age, max_early, max_remembered)
            events.counts.update({str(name): int(count) for name, count in content["counts"].items()})
            forecasts = _Forecasts(arrays)
            for event_id, number, x, labels in content["waiting"]:
                values = {snapshot.unplain(name): snapshot.unplain(value) for name, value in x}
                forecast = None if labels is None else forecasts.take([snapshot.unplain(y) for y in labels])
                events._waiting[snapshot.unplain(event_id)] = int(number), values, forecast
            forecasts.check_empty()
            for event_id, y, w in content["early"]:
                events._early[snapshot.unplain(event_id)] = snapshot.unplain(y), float(snapshot.unplain(w))
            for event_id, fate in content["fates"]:
                events._fates[snapshot.unplain(event_id)] = str(fate)
        except _NOT_OURS as error:
            raise snapshot.SnapshotError(f"{path}: not pending events that can be restored ({error})") from None
        return events


class _Forecasts:
    """Forecasts out of flat arrays, one after the other."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._rungs = [int(count) for count in arrays["rungs"]]
        self._logs, self._probabilities = arrays["logs"], arrays["probabilities"]
        if self._logs.dtype != np.float64 or self._probabilities.dtype != np.float64:
            raise ValueError("forecasts of another type")
        if not (np.isfinite(self._logs).all() and np.isfinite(self._probabilities).all()):
            raise ValueError("forecasts that are not finite")

    def take(self, labels: list[Any]) -> Forecast:
        rungs = self._rungs.pop(0)
        size = rungs * len(labels)
        if rungs < 1 or size > len(self._logs) or len(labels) > len(self._probabilities):
            raise ValueError("forecasts that are cut short")
        logs, self._logs = self._logs[:size].reshape(rungs, len(labels)).copy(), self._logs[size:]
        shares, self._probabilities = self._probabilities[: len(labels)], self._probabilities[len(labels) :]
        return Forecast(dict(zip(labels, shares.tolist(), strict=True)), logs)

    def check_empty(self) -> None:
        if self._rungs or len(self._logs) or len(self._probabilities):
            raise ValueError("more forecasts than events")


def _plain_value(value: Any) -> Any:
    """A feature's value as JSON; what is not finite is told by name."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {"float": value.hex()}
    return snapshot.plain(value, "value")
