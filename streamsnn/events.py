"""From an event in Python to a compiled call and back, as fast as Python allows."""

from __future__ import annotations

import math
import struct
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from river import base

from .features import Answer, Batch, ClassIndex, FeatureIndex, Frame, LooseEvent, check_event
from .learning.engines import GRADIENT, LEARN, PREDICT, Engine
from .learning.model import Model
from .memory import CLASSES, EVENT_BEGIN, Float64s, Int64s

# What the fast path of an event can run into: a feature or label it does not know, a value that is no number, something
# that is no dict (a Counter is none: it has an answer for every name), an unhashable label. The careful path then finds
# out what it is and says so.
_UNUSUAL = (KeyError, IndexError, struct.error, TypeError, OverflowError)

# So often in a row must a field set come to get a fast path of its own; making it costs as much as some ten events.
REPEATS = 4


class EventClassifier(base.MiniBatchClassifier):
    """A classifier that hands dicts to an engine: a fast path for the usual field set, a careful one for the rest.

    Whoever inherits sets `class_weights` and calls `_attach` with an index of features and classes, a model and its
    engine.
    """

    class_weights: Mapping[Hashable, float] | None
    _features: FeatureIndex
    _classes: ClassIndex
    _model: Model
    _engine: Engine

    @property
    def _multiclass(self) -> bool:
        return True

    def _attach(self, features: FeatureIndex, classes: ClassIndex, model: Model, engine: Engine) -> None:
        """Work with this index, this memory and this engine from now on."""
        self._features, self._classes, self._model, self._engine = features, classes, model, engine
        self._labels: tuple[Any, ...] = ()
        self._answer, self._loose = Answer(()), LooseEvent()
        self._model.reserve_width(self._loose.capacity)
        self._fit_frame(())
        self._grow_model(())
        self._fit_output()

    # --- the fast path -----------------------------------------------------------------------------------------------

    def _fit_frame(self, names: Sequence[Hashable]) -> None:
        """Make these numeric features the ones that the fast path expects."""
        self._frame = Frame((self._features.numeric[name], name) for name in names)
        self._recent: tuple[Hashable, ...] = ()
        self._repeats = 0
        self._width = self._frame.width
        self._write, self._memory, self._values_of = self._frame.write, self._frame.memory, self._frame.values_of
        self._model.reserve_width(self._width)
        self._point_at_memory()

    def _point_at_memory(self) -> None:
        """Note where events and answers lie, so that a call need only say which of the two memories it means."""
        self._loose_place = self._place_of(self._loose, 0)
        self._frame_place = self._place_of(self._frame, self._frame.width)

    def _place_of(self, event: Frame | LooseEvent, width: int) -> Int64s:
        """Point the model at an event's memory, and give the lines of its table that do so."""
        self._model.point(
            event_slots=event.slots,
            event_values=event.values,
            event_labels=event.labels,
            event_weights=event.weights,
            event_starts=0,
            output=self._answer.array,
        )
        self._model.set_event_shape(width=width, classes=len(self._labels))
        return self._model.events_place()

    def _fit_output(self) -> None:
        """Make room for one event's probabilities, as many as there are classes."""
        known = int(self._model.counters[CLASSES])
        self._labels = self._classes.labels[:known]
        self._answer = Answer(self._labels)
        self._read = self._answer.read
        self._class_of = self._classes.number
        self._run, self._address = self._engine.run, self._model.address
        self._point_at_memory()

    def learn_one(self, x: Mapping[Hashable, Any], y: Hashable, w: float = 1.0) -> None:
        """Learn from one event.

        Parameters
        ----------
        x
            Features; an array of one dimension stands for a dict with the keys 0, 1, 2, ...
        y
            Label.
        w
            Weight of the event's loss. An event of weight 0 changes nothing.

        Raises
        ------
        ValueError
            If a value is neither number nor category, the label is missing or one too many, or the weight is negative
            or not finite; the message names the field. Nothing has changed then.
        """
        if type(x) is not dict:
            self._learn_unusual(x, y, w)
            return
        try:
            label = self._class_of[y]
            if len(x) != self._width or (w != 1.0 and not 0.0 < w < 1e30):
                raise KeyError
            self._write(self._memory, 0, label, w, *self._values_of(x))
        except _UNUSUAL:
            self._learn_unusual(x, y, w)
            return
        if self._run(self._address, LEARN) != 1:
            self._learn_again()

    def _learn_again(self) -> None:
        """Learn from the event in the frame's memory, for which the weights had no rows left."""
        self._model.reserve_rows_for(self._width)
        self._run(self._address, LEARN)

    def predict_proba_one(self, x: Mapping[Hashable, Any]) -> dict[Any, float]:  # type: ignore[override]
        """Probability of every label known so far; empty before the first.

        Parameters
        ----------
        x
            Features; an array of one dimension stands for a dict with the keys 0, 1, 2, ...

        Raises
        ------
        ValueError
            If a value is neither number nor category; the message names the feature.
        """
        if type(x) is not dict:
            return self._predict_unusual(x)
        try:
            if len(x) != self._width:
                raise KeyError
            self._write(self._memory, 0, -1, 1.0, *self._values_of(x))
        except _UNUSUAL:
            return self._predict_unusual(x)
        self._run(self._address, PREDICT)
        return self._read()

    def predict_one(self, x: Mapping[Hashable, Any]) -> Any:  # type: ignore[override]
        """The most probable label; None before the first. Raises as `predict_proba_one`."""
        probabilities = self.predict_proba_one(x)
        if not probabilities:
            return None
        return max(probabilities, key=probabilities.__getitem__)

    # --- the careful path --------------------------------------------------------------------------------------------

    def _learn_unusual(self, x: Mapping[Hashable, Any], y: Hashable, w: float) -> None:
        if isinstance(x, np.ndarray) and x.ndim == 1:
            try:
                label = self._class_of[y]
            except (KeyError, TypeError):
                label = -1
            if label >= 0 and w == 1.0 and self._frame.put_array(x, label, w):
                if self._run(self._address, LEARN) != 1:
                    self._learn_again()
            else:
                self.learn_one(dict(enumerate(x.tolist())), y, w)
            return
        weight = checked_weight(w)
        y = self._classes.check(y)
        check_event(x)
        if weight == 0.0:
            return
        width = self._put_numbers(x, self._class_of.get(y), weight)
        if width < 0:
            found, unknown = self._features.search(x)
            if unknown or y not in self._class_of:
                categories = self._features.grow(x)
                self._classes.add(y)
                self._grow_model(categories)
                found = self._features.look_up(x)
            width = self._put_found(found, self._class_of[y], weight)
        self._notice_frame(x, width)
        self._take_loose(width, LEARN)
        self._fit_output_if_grown()

    def _predict_unusual(self, x: Mapping[Hashable, Any]) -> dict[Any, float]:
        if isinstance(x, np.ndarray) and x.ndim == 1:
            if not self._frame.put_array(x, -1, 1.0):
                return self.predict_proba_one(dict(enumerate(x.tolist())))
            self._run(self._address, PREDICT)
            return self._read()
        check_event(x)
        width = self._put_numbers(x, -1, 1.0)
        if width < 0:
            width = self._put_found(self._features.look_up(x), -1, 1.0)
        self._take_loose(width, PREDICT)
        return self._read()

    def _put_numbers(self, x: Mapping[Hashable, Any], label: int | None, weight: float) -> int:
        """Write an event of known numeric features only, without looking at each; -1 if it is of another kind."""
        width = len(x)
        if label is None or width > self._loose.capacity:
            return -1
        try:
            self._loose.put(label, weight, width, map(self._features.numeric.get, x), x.values())  # type: ignore[arg-type]
        except _UNUSUAL:
            return -1
        return width

    def _put_found(self, found: list[tuple[int, float]], label: int, weight: float) -> int:
        """Write the slots and values of an event that had to be searched."""
        width = len(found)
        if width > self._loose.capacity:
            self._loose.reserve(width)
            self._model.reserve_width(width)
            self._point_at_memory()
        slots, values = zip(*found, strict=True) if found else ((), ())
        self._loose.put(label, weight, width, slots, values)
        return width

    def _take_loose(self, width: int, mode: int) -> None:
        """Run the engine over the event in the loose memory."""
        model = self._model
        model.set_events(self._loose_place, width)
        if self._run(self._address, mode) != 1:
            model.reserve_rows_for(width)
            self._run(self._address, mode)
        model.set_events(self._frame_place, self._width)

    def _notice_frame(self, x: Mapping[Hashable, Any], width: int) -> None:
        """If the same all-numeric field set has come some times in a row, the fast path takes it from now on."""
        if width != len(x) or (width == self._width and x.keys() == self._frame.names):
            return
        if len(self._recent) != width or not all(map(x.__contains__, self._recent)):
            self._recent, self._repeats = tuple(x), 0
        self._repeats += 1
        if self._repeats >= REPEATS and all(map(self._features.numeric.__contains__, x)):
            self._fit_frame(self._recent)

    def _grow_model(self, categories: Iterable[int]) -> None:
        """Make room in memory for all slots and classes of the index; these slots are categories."""
        self._model.reserve_slots(len(self._features))
        self._model.mark_categories(categories)
        if len(self._labels) != len(self._classes):
            self._model.reserve_classes(len(self._classes))
            for label, weight in (self.class_weights or {}).items():
                if label in self._classes.number:
                    self._model.buffers["class_weights"][self._classes.number[label]] = weight

    def _fit_output_if_grown(self) -> None:
        if len(self._labels) != self._model.counters[CLASSES]:
            self._fit_output()

    def _take(
        self,
        batch: Batch,
        labels: np.ndarray[Any, Any],
        weights: Float64s,
        mode: int,
        output: Float64s | None = None,
    ) -> None:
        """Run the engine over a batch, growing the weights when it asks for rows."""
        model = self._model
        model.reserve_width(batch.width)
        model.point(
            event_slots=batch.slots,
            event_values=batch.values,
            event_labels=labels.astype(np.int64),
            event_weights=weights,
            event_starts=0 if batch.starts is None else batch.starts,
        )
        if output is not None:
            model.point(output=output)
        model.set_event_shape(batch.width, 0 if output is None else output.shape[1], batch.events)
        run = self._engine.run_batch if mode & GRADIENT else self._engine.run_many
        try:
            while (stopped := run(model.address, mode)) < batch.events:
                model.table[EVENT_BEGIN] = stopped
                model.reserve_rows_for(batch.width)
        finally:
            self._point_at_memory()


def checked_weight(w: Any) -> float:
    try:
        weight = math.nan if isinstance(w, (str, bytes)) else float(w)
    except (TypeError, ValueError, OverflowError):
        weight = math.nan
    if not 0.0 <= weight <= 1e30:
        raise ValueError(f"weight must be a number between 0 and 1e30, not {w!r}")
    return weight
