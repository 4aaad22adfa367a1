"""A model that was saved and loaded goes on as if it had never stopped."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from streamsnn import SnapshotError, SpikingClassifier, snapshot
from streamsnn.encoding import DeltaEncoder, RateEncoder

CONFIGURATIONS = {
    "default": {},
    "adam and classes": {
        "hidden": (8, 6),
        "steps": 4,
        "optimiser": "adam",
        "classes": ["class 1", "class 0"],
        "class_weights": {"class 2": 3.0, "class 0": 0.5},
    },
    "recurrent": {"hidden": [8], "recurrent": True, "steps": 4, "readout": "max", "optimiser": "sgd", "clip_norm": 1.0},
    "stochastic": {"hidden": (8,), "encoder": RateEncoder(0.5) + DeltaEncoder(0.2), "max_categories": 2},
    "bounded": {"hidden": (8,), "max_features": 4},
    "settings from numpy": {"hidden": (8,), "learning_rate": np.float32(0.01), "seed": np.int64(4)},
}


@pytest.fixture(params=CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def settings(request):
    return {"seed": 3} | request.param


@pytest.mark.parametrize("events", [0, 1, 97])
def test_it_goes_on_as_if_it_had_never_stopped(settings, events, mixed, same_bits, tmp_path) -> None:
    stream = mixed(250)
    model = SpikingClassifier(**settings)
    for x, y in stream[:events]:
        model.learn_one(x, y)
    model.save(tmp_path / "model")
    loaded = SpikingClassifier.load(tmp_path / "model")
    same_bits(loaded, model)
    for x, y in stream[events:]:
        assert loaded.predict_proba_one(x) == model.predict_proba_one(x)
        for each in (loaded, model):
            each.learn_one(x, y)
    same_bits(loaded, model)
    loaded.save(tmp_path / "again")
    same_bits(SpikingClassifier.load(tmp_path / "again"), model)


def test_settings_are_what_they_were(settings, tmp_path) -> None:
    model = SpikingClassifier(**settings)
    model.save(tmp_path / "model")
    found, wanted = (dict(m._get_params()) for m in (SpikingClassifier.load(tmp_path / "model"), model))
    for changed in (found, wanted):
        changed["hidden"], changed["classes"] = tuple(changed["hidden"]), tuple(changed["classes"] or ())
    assert found == wanted


def test_a_model_without_a_seed_keeps_the_one_it_drew(mixed, same_bits, tmp_path) -> None:
    model = SpikingClassifier(hidden=(4,))
    model.learn_one({"a": 1.0}, 0)
    model.save(tmp_path / "model")
    loaded = SpikingClassifier.load(tmp_path / "model")
    assert loaded.seed is None
    for x, y in mixed(40):
        model.learn_one(x, y)
        loaded.learn_one(x, y)
    same_bits(loaded, model)


@pytest.mark.parametrize(
    "labels", [(1, 0), (1.0, 0.0), (True, False), ("1", 1), (b"a", "a"), (("a", 1), ("a", (2.5, None)), 7)]
)
def test_labels_keep_their_types(labels, same_bits, tmp_path) -> None:
    model = SpikingClassifier(hidden=(4,), seed=1)
    for label in labels:
        model.learn_one({"a": 1.0}, label)
    model.save(tmp_path / "model")
    loaded = SpikingClassifier.load(tmp_path / "model")
    assert [(label, type(label)) for label in loaded.labels] == [(label, type(label)) for label in labels]
    same_bits(loaded, model)


def test_names_and_categories_keep_their_types(same_bits, tmp_path) -> None:
    model = SpikingClassifier(hidden=(4,), seed=1)
    names = [1, 2.5, "1", b"1", ("t", 1), None, np.int64(9), "\ud800", "ü"]
    model.learn_one(dict.fromkeys(names, 1.0) | {"c": "red", "d": b"red", "e": ("a", 0.1)}, 0)
    model.save(tmp_path / "model")
    loaded = SpikingClassifier.load(tmp_path / "model")
    same_bits(loaded, model)
    for each in (loaded, model):
        each.learn_one(dict.fromkeys(names, 2.0), 1)
    same_bits(loaded, model)


@pytest.mark.parametrize(
    ("x", "y", "named"),
    [
        ({"a": 1.0}, np.datetime64("2026-01-01"), "label datetime.date"),
        ({"a": 1.0}, frozenset("a"), "label frozenset"),
        ({frozenset("b"): 1.0}, "a", "feature frozenset"),
        ({"a": frozenset("b")}, "a", "category frozenset"),
    ],
)
def test_what_only_a_pickle_could_hold_is_refused_by_name_and_no_file_is_left(x, y, named, tmp_path) -> None:
    model = SpikingClassifier(hidden=(4,), seed=1)
    model.learn_one(x, y)
    with pytest.raises(ValueError, match=named):
        model.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(saved, model, monkeypatch) -> None:
    before = saved.read_bytes()
    model.learn_one({"a": 1.0}, "class 0")

    def fail(*_: object) -> None:
        raise OSError("no space left")

    for broken in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, broken, fail)
            with pytest.raises(OSError, match="no space"):
                model.save(saved)
        assert saved.read_bytes() == before
        assert list(saved.parent.iterdir()) == [saved]
    model.save(saved)
    assert saved.read_bytes() != before


def test_a_file_has_the_permissions_of_any_other_new_file(saved, tmp_path) -> None:
    (tmp_path / "other").write_text("")
    assert saved.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_can_be_described_without_making_the_model(saved, model) -> None:
    summary = snapshot.describe(saved)
    assert summary["kind"] == "SpikingClassifier"
    assert summary["settings"]["steps"] == 3
    assert summary["labels"] == list(model.labels)
    assert summary["bytes"] == saved.stat().st_size
    assert summary["arrays"]["params"]["shape"] == [len(model._model.export()["params"])]
    json.dumps(summary)


def test_a_class_loads_only_its_own_kind(saved) -> None:
    class Other(SpikingClassifier):
        pass

    with pytest.raises(SnapshotError, match="holds a SpikingClassifier, not a Other"):
        Other.load(saved)
