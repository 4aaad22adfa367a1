"""What is wrong is refused by name and changes nothing; what is only strange is survived."""

from __future__ import annotations

import datetime
import pickle

import numpy as np
import pandas as pd
import pytest

from streamsnn import SpikingClassifier

X = {"a": 1.0, "b": "red"}
INFINITE = float("inf")


@pytest.fixture
def model(mixed) -> SpikingClassifier:
    model = SpikingClassifier(hidden=(8,), steps=4, seed=1, max_classes=3)
    for x, y in mixed(60):
        model.learn_one(x, y)
    assert len(model.labels) == 3
    return model


REFUSED = {
    "no label": ((X, None), "label None"),
    "NaN as a label": ((X, float("nan")), "label nan"),
    "NA as a label": ((X, pd.NA), "label <NA>"),
    "a list as a label": ((X, [1]), r"label \[1\]"),
    "an array as a label": ((X, np.array([1, 2])), "label array"),
    "one label too many": ((X, "fourth"), "label 'fourth'"),
    "a negative weight": ((X, "class 0", -1.0), "weight"),
    "NaN as a weight": ((X, "class 0", float("nan")), "weight"),
    "an infinite weight": ((X, "class 0", INFINITE), "weight"),
    "a number too large as a weight": ((X, "class 0", 10**400), "weight"),
    "a word as a weight": ((X, "class 0", "heavy"), "weight .*'heavy'"),
    "a number in words as a weight": ((X, "class 0", "1.0"), "weight .*'1.0'"),
    "no weight": ((X, "class 0", None), "weight"),
    "a list as a value": (({"a": [1, 2]}, "class 0"), "feature 'a'"),
    "a list inside a category": (({"a": ([1],)}, "class 0"), "feature 'a'"),
    "a list as an event": (([1.0, 2.0], "class 0"), "must be a dict"),
    "no event": ((None, "class 0"), "must be a dict"),
    "a Series as an event": ((pd.Series(X), "class 0"), "must be a dict"),
}


@pytest.mark.parametrize(("event", "named"), REFUSED.values(), ids=REFUSED)
def test_a_bad_event_is_refused_by_name_and_changes_nothing(model, event, named) -> None:
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match=named):
        model.learn_one(*event)
    x, y, w = (*event, 1.0)[:3]
    with pytest.raises(ValueError, match=named):
        model.learn_many([X, x], ["class 1", y], [1.0, w])
    with pytest.raises(ValueError, match=named):
        model.predict_learn_many([X, x], ["class 1", y], [1.0, w])
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("event", [{"a": [1]}, [1.0], None])
def test_a_bad_event_cannot_be_predicted_either(model, event) -> None:
    for ask in (model.predict_proba_one, model.predict_one, model.debug_one):
        with pytest.raises(ValueError, match=r"feature 'a'|must be a dict"):
            ask(event)


def test_labels_and_weights_must_be_as_many_as_events(model) -> None:
    for arguments in (([X], ["class 0"] * 2), ([X], ["class 0"], [1.0, 1.0])):
        with pytest.raises(ValueError, match=r"1 events, but 2 (labels|weights)"):
            model.learn_many(*arguments)


def test_an_event_of_weight_zero_changes_nothing_at_all(model) -> None:
    before = pickle.dumps(model)
    news = [({"fresh": 1.0, "b": "purple"}, "class 0"), ({"a": 1.0}, "class 2")]
    for x, y in news:
        model.learn_one(x, y, 0.0)
        model.learn_one(x, y, False)
    model.learn_many([x for x, _ in news], [y for _, y in news], [0.0, 0])
    model.learn_many(pd.DataFrame({"fresher": [1.0, 2.0]}), ["class 0", "class 1"], [0.0, 0.0])
    assert pickle.dumps(model) == before


@pytest.mark.parametrize(
    "settings",
    [{}, {"hidden": (8, 8)}, {"encoder": "current"}, {"encoder": "latency+rate+delta"}, {"optimiser": "sgd"}],
    ids=str,
)
def test_after_extreme_values_the_model_is_finite_and_learns(settings, blobs) -> None:
    model = SpikingClassifier(seed=1, **settings)
    values = [float("nan"), INFINITE, -INFINITE, 1e38, -1e38, 1e30, -1e30, 1e308, 10**400, 5e-324, -0.0, None, "red"]
    for k, value in enumerate(values * 3):
        model.learn_one({"f0": value, "f1": values[(k + 1) % len(values)]}, k % 2, 1e30 if k % 5 == 0 else 1.0)
        assert sum(model.predict_proba_one({"f0": value}).values()) == pytest.approx(1.0)
    model.learn_one({}, 0)
    assert all(np.isfinite(model._model.export()[name]).all() for name in ("params", "optimiser", "ranges"))
    stream = blobs(1500)
    right = 0
    for k, (x, y) in enumerate(stream):
        right += k >= 1000 and model.predict_one(x) == y
        model.learn_one(x, y)
    assert right / 500 > 0.9


def test_ten_thousand_features_in_one_event_are_survived(blobs) -> None:
    model = SpikingClassifier(hidden=(16,), seed=1)
    flood = {f"n{k}": float(k % 7) for k in range(5000)} | {f"c{k}": "x" for k in range(5000)}
    for _ in range(3):
        model.learn_one(flood, 0)
    assert len(model._features) == 10_000
    assert sum(model.predict_proba_one(flood).values()) == pytest.approx(1.0, abs=1e-9)
    for x, y in blobs(800):
        model.learn_one(x, y)
    assert sum(model.predict_one(x) == y for x, y in blobs(300, seed=1)) > 270


def test_an_empty_event_can_be_learned_and_predicted() -> None:
    model = SpikingClassifier(hidden=(8,), seed=1, learning_rate=0.01)
    assert model.predict_proba_one({}) == {}
    assert model.predict_one({}) is None
    for k in range(300):
        model.learn_one({}, "often" if k % 4 else "seldom")
    assert model.predict_one({}) == "often"
    assert model.predict_proba_one({})["seldom"] == pytest.approx(0.25, abs=0.15)


def test_words_where_numbers_were_are_categories(blobs) -> None:
    model = SpikingClassifier(hidden=(8,), seed=1)
    for x, y in blobs(50):
        model.learn_one(x, y)
    for k in range(200):
        model.learn_one({"f0": "high" if k % 2 else "low", "f1": 0.0, "f2": 0.0, "f3": 0.0}, k % 2)
    rest = {"f1": 0.0, "f2": 0.0, "f3": 0.0}
    assert model.predict_one({"f0": "high", **rest}) == 1
    assert model.predict_one({"f0": "low", **rest}) == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("hidden", ()),
        ("steps", 0),
        ("encoder", "nosuch"),
        ("batch", "some"),
        ("seed", -1),
        ("max_features", 0),
        ("max_classes", 0),
        ("max_categories", -3),
        ("engine", "steam"),
        ("device", "cuda"),
        ("optimiser", "luck"),
        ("learning_rate", float("nan")),
        ("class_weights", {"a": -1.0}),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(setting, value) -> None:
    with pytest.raises(ValueError, match=setting):
        SpikingClassifier(**{setting: value})


def test_labels_beyond_max_classes_are_refused_from_the_start() -> None:
    with pytest.raises(ValueError, match="max_classes"):
        SpikingClassifier(classes=["a", "b", "c"], max_classes=2)


def test_dates_are_categories_like_any_other() -> None:
    model = SpikingClassifier(hidden=(4,), seed=1)
    for _ in range(3):
        model.learn_one({"day": datetime.date(2026, 1, 1)}, "a")
    assert len(model._features) == 1
