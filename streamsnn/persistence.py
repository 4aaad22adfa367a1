"""Saving and restoring, to a file and through pickle."""

from __future__ import annotations

import inspect
import os
from dataclasses import asdict
from typing import Any, Self

import numpy as np

from . import diagnostics, drift, snapshot
from .batches import BatchClassifier
from .encoding import Encoder, encoder_from
from .ensemble.members import MemberSettings
from .features import ClassIndex, FeatureIndex
from .memory import CLASSES, CLOCK
from .network.layout import Layout

# What rebuilding a model from a file that somebody made by hand can run into.
_NOT_OURS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError, RecursionError)


class SavedClassifier(BatchClassifier):
    """A classifier whose whole state is its settings, its names and the arrays of its model.

    Whoever inherits sets `_seed` and builds everything for a pair of indices in `_start`.
    """

    max_features: int
    max_categories: int
    max_classes: int
    _seed: int

    @property
    def labels(self) -> tuple[Any, ...]:
        """The labels known so far, in the order of the columns of `predict_proba_many`."""
        return tuple(self._labels)

    @property
    def events_learned(self) -> int:
        """Events learned so far."""
        return int(self._model.counters[CLOCK])

    @property
    def ignored(self) -> dict[str, int]:
        """How often something was ignored: features and categories beyond the bounds, updates that were not finite."""
        return diagnostics.ignored(self._model, self._features)

    @property
    def memory_bytes(self) -> int:
        """Bytes of all arrays: parameters, optimiser state, ranges, what is remembered, and scratch."""
        return self._model.memory_bytes

    @property
    def _raw_memory_usage(self) -> int:
        """River's measure does not see into arrays."""
        return self._model.memory_bytes + diagnostics.index_bytes(self._features, self._classes)

    def _export(self) -> dict[str, Any]:
        """The arrays that are the model."""
        return self._model.export()

    def _restore(self, arrays: dict[str, Any]) -> None:
        """Become the model whose arrays these are; raises ValueError if they cannot be."""
        self._model.restore(arrays)

    @staticmethod
    def _least_parameters(settings: dict[str, Any]) -> int:
        """Parameters that a model of these settings has at least, told before it is made."""
        return Layout(tuple(settings["hidden"]), bool(settings["recurrent"]), input_rows=1, class_rows=1).size

    def _start(self, features: FeatureIndex, classes: ClassIndex) -> None:
        """Make memory and engine from the settings and attach them."""
        raise TypeError(f"{type(self).__name__} must say how it starts")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file (safetensors with a JSON header); see `load`.

        Raises
        ------
        ValueError
            If a feature name, a category or a label is of a type that only a pickle could hold; the message names it.
        """
        self.frozen().write(path)

    def frozen(self) -> snapshot.Frozen:
        """All that the model is now, as copies, to be written while it learns on; raises as `save`."""
        content = {
            "settings": {name: _plain_setting(name, getattr(self, name)) for name in setting_names(type(self))},
            "seed": self._seed,
            "features": [
                [snapshot.plain(name, "feature"), snapshot.plain(category, "category"), is_category]
                for name, category, is_category in self._features.slots()
            ],
            "ignored": [self._features.ignored_features, self._features.ignored_categories],
            "labels": [snapshot.plain(label, "label") for label in self._classes.labels],
        }
        return snapshot.Frozen(type(self).__name__, content, self._export())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The model that `save` wrote, which goes on exactly as the saved one would have.

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
            least = cls._least_parameters(content["settings"])
            if least > len(arrays["params"]):
                raise ValueError(f"params: {len(arrays['params'])} entries where {least} belong")
            model = cls(**{name: _unplain_setting(name, value) for name, value in content["settings"].items()})
            slots = [(snapshot.unplain(n), snapshot.unplain(c), bool(k)) for n, c, k in content["features"]]
            labels = [snapshot.unplain(label) for label in content["labels"]]
            model._become(int(content["seed"]), slots, labels, content["ignored"], arrays)
        except _NOT_OURS as error:
            raise snapshot.SnapshotError(f"{path}: not a model that can be restored ({error})") from None
        return model

    def _become(self, seed: int, slots: list[Any], labels: list[Any], ignored: list[int], arrays: Any) -> None:
        """Take over the state of another model with the same settings."""
        self._seed = seed
        features = FeatureIndex.of(self.max_features, self.max_categories, slots)
        features.ignored_features, features.ignored_categories = map(int, ignored)
        classes = ClassIndex(self.max_classes)
        classes.add_all(labels)
        if len(features) != len(slots) or len(classes) != len(labels):
            raise ValueError("a feature or a label stands there twice")
        if arrays["counters"][CLASSES] > len(labels) or len(arrays["filled"]) < len(slots):
            raise ValueError("more classes or features than names")
        self._start(features, classes)
        self._restore(arrays)
        self._grow_model(())
        self._fit_output()

    def __getstate__(self) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in setting_names(type(self))}
        features = self._features
        return {
            "settings": settings,
            "seed": self._seed,
            "slots": features.slots(),
            "labels": list(self._classes.labels),
            "ignored": [features.ignored_features, features.ignored_categories],
            "arrays": self._export(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state["settings"])
        self._become(state["seed"], state["slots"], state["labels"], state["ignored"], state["arrays"])


def setting_names(kind: type) -> list[str]:
    """The settings of a class, by name."""
    return list(inspect.signature(kind).parameters)


def _plain_setting(name: str, value: Any) -> Any:
    """A constructor parameter as JSON."""
    if isinstance(value, Encoder):
        return value.to_dict()
    if name == "detector" and value is not None:
        drift.refuse_saving(value)
        return value.to_dict()
    if isinstance(value, MemberSettings):
        return asdict(value)
    if name == "class_weights" and value is not None:
        return [[snapshot.plain(label, "label"), float(weight)] for label, weight in value.items()]
    if name == "classes" and value is not None:
        return [snapshot.plain(label, "label") for label in value]
    if isinstance(value, (tuple, list)):
        return [_plain_setting(name, part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def _unplain_setting(name: str, value: Any) -> Any:
    if name == "encoder" and isinstance(value, dict):
        return encoder_from(value)
    if name == "detector" and value is not None:
        return drift.detector_from(value)
    if name == "members" and value is not None:
        return tuple(MemberSettings(**member) for member in value)
    if name == "class_weights" and value is not None:
        return {snapshot.unplain(label): weight for label, weight in value}
    if name == "classes" and value is not None:
        return tuple(snapshot.unplain(label) for label in value)
    return tuple(value) if isinstance(value, list) else value
