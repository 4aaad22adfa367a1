"""What a model says: probabilities, labels, weights of classes and events."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsnn import SpikingClassifier


def test_an_easy_stream_is_learned(blobs) -> None:
    model, right = SpikingClassifier(seed=1), 0
    for k, (x, y) in enumerate(blobs(1500)):
        right += k >= 500 and model.predict_one(x) == y
        model.learn_one(x, y)
    assert right > 960


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.tuples(st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=2), st.integers(0, 5)), min_size=1))
def test_probabilities_lie_between_0_and_1_and_sum_to_1(stream) -> None:
    model = SpikingClassifier(hidden=(4,), steps=3, seed=1, learning_rate=0.5)
    for values, y in stream:
        x = dict(enumerate(values))
        model.learn_one(x, y)
        probabilities = model.predict_proba_one(x)
        assert all(0.0 <= p <= 1.0 for p in probabilities.values())
        assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-9)
        assert tuple(probabilities) == model.labels
        assert model.predict_one(x) == max(probabilities, key=probabilities.get)


@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_classes_known_beforehand_start_equal(number) -> None:
    classes = [f"class {k}" for k in range(number)]
    model = SpikingClassifier(seed=1, classes=classes)
    assert model.labels == tuple(classes)
    for x in ({}, {"a": 1.0}, {"a": "red"}):
        assert model.predict_proba_one(x) == dict.fromkeys(classes, 1 / number)
    model.learn_one({"a": 1.0}, classes[-1])
    assert model.predict_one({"a": 1.0}) == classes[-1]
    model.learn_one({"a": 1.0}, "another")
    assert model.labels == (*classes, "another")


def test_a_single_class_is_certain() -> None:
    model = SpikingClassifier(seed=1)
    for _ in range(5):
        model.learn_one({"a": 1.0}, "only")
        assert model.predict_proba_one({"a": 2.0}) == {"only": 1.0}


def test_labels_of_another_type_are_other_labels() -> None:
    model = SpikingClassifier(seed=1)
    for label in (1, "1", True, 1.0, ("1",), np.int64(1), b"1"):
        model.learn_one({"a": 1.0}, label)
    assert model.labels == (1, "1", ("1",), b"1")
    assert [type(label) for label in model.labels] == [int, str, tuple, bytes]


def test_the_weight_of_an_event_scales_its_gradient(blobs) -> None:
    light, heavy = (SpikingClassifier(seed=1, optimiser="sgd", momentum=0.0, classes=[0, 1]) for _ in range(2))
    for model in (light, heavy):
        for x, y in blobs(50):
            model.learn_one(x, y)
    before = light._model.named()["readout_bias"].copy()
    x, y = blobs(1, seed=9)[0]
    light.learn_one(x, y, 1.0)
    heavy.learn_one(x, y, 3.0)
    steps = [model._model.named()["readout_bias"] - before for model in (light, heavy)]
    assert np.abs(steps[0]).min() > 0
    np.testing.assert_allclose(steps[1], 3 * steps[0], rtol=1e-3)


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_the_weight_of_a_class_is_a_weight_of_its_events(engine, same_bits) -> None:
    settings = {"hidden": (6,), "steps": 3, "seed": 1, "engine": engine}
    by_class = SpikingClassifier(class_weights={"b": 4.0, "c": 0.5, "never": 9.0}, **settings)
    by_event = SpikingClassifier(**settings)
    rng = np.random.default_rng(0)
    for k in range(60):
        x, y = {"v": float(rng.normal())}, "abcd"[k % 4]
        by_class.learn_one(x, y)
        by_event.learn_one(x, y, {"b": 4.0, "c": 0.5}.get(y, 1.0))
    same_bits(by_class, by_event)


def test_a_class_of_weight_zero_teaches_nothing_but_ranges() -> None:
    model = SpikingClassifier(seed=1, hidden=(6,), class_weights={"b": 0.0}, classes=["a", "b"])
    for k in range(50):
        model.learn_one({"v": float(k)}, "b")
    assert set(model.predict_proba_one({"v": 1.0}).values()) == {0.5}
    assert model.events_learned == 50


def test_features_that_return_are_remembered(blobs) -> None:
    model = SpikingClassifier(seed=1)
    for x, y in blobs(800):
        model.learn_one(x, y)
    for k in range(200):
        model.learn_one({"other": float(k % 5)}, k % 2)
    assert sum(model.predict_one(x) == y for x, y in blobs(200, seed=1)) > 170
