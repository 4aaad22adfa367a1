"""An event as an array is an event with the keys 0, 1, 2, ..."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn import SpikingClassifier


def test_arrays_and_dicts_leave_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(200, 5)), rng.integers(3, size=200)
    X[50, 2] = np.nan
    by_array, by_dict = SpikingClassifier(seed=1), SpikingClassifier(seed=1)
    for row, label in zip(X, y, strict=True):
        x = dict(enumerate(row.tolist()))
        assert by_array.predict_proba_one(row) == by_dict.predict_proba_one(x)
        by_array.learn_one(row, label)
        by_dict.learn_one(x, label)
    wanted = by_dict._model.export()
    for name, array in by_array._model.export().items():
        assert array.tobytes() == wanted[name].tobytes(), name


def test_arrays_of_other_widths_and_integers_are_taken() -> None:
    model = SpikingClassifier(seed=1)
    for _ in range(8):
        model.learn_one(np.array([1, 2, 3]), "a")
        model.learn_one(np.array([1.0, 2.0]), "b", w=0.5)
    assert model.events_learned == 16
    assert set(model.predict_proba_one(np.array([True, False, True]))) == {"a", "b"}


def test_a_bad_label_or_weight_is_refused_for_arrays_as_for_dicts() -> None:
    model = SpikingClassifier(seed=1)
    for _ in range(8):
        model.learn_one(np.array([1.0, 2.0]), "a")
    with pytest.raises(ValueError, match="label"):
        model.learn_one(np.array([1.0, 2.0]), [1])
    with pytest.raises(ValueError, match="weight"):
        model.learn_one(np.array([1.0, 2.0]), "a", w=-1.0)
    model.learn_one(np.array([1.0, 2.0]), "a", w=0.0)
    assert model.events_learned == 8


@pytest.mark.parametrize("x", [np.zeros((2, 2)), np.array(1.0)])
def test_arrays_of_other_dimensions_are_refused(x: np.ndarray) -> None:
    with pytest.raises(ValueError, match="an event must be a dict"):
        SpikingClassifier(seed=1).learn_one(x, 1)
