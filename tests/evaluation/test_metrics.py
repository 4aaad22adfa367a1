from __future__ import annotations

import math
import random

import pytest
from sklearn import metrics as reference

from streamsnn.evaluation import KappaTemporal, RollingAccuracy, Scores


def scored(labels, predictions, probabilities, window=100):
    scores = Scores(window)
    for triple in zip(labels, predictions, probabilities, strict=True):
        scores.update(*triple)
    return scores


def test_kappa_temporal_by_hand():
    kappa = KappaTemporal()
    for label, predicted in zip("aaabbbaa", "aaaabbba", strict=True):
        kappa.update(label, predicted)
    # 6 of 8 right; repeating the last label is right in 5 of 8: (6/8 - 5/8) / (1 - 5/8) = 1/3
    assert kappa.get() == pytest.approx(1 / 3)


def test_kappa_temporal_of_repeating_the_last_label_is_zero():
    kappa = KappaTemporal()
    labels = random.Random(1).choices("abc", k=500)
    for last, label in zip([None, *labels], labels, strict=False):
        kappa.update(label, last)
    assert kappa.get() == 0.0


def test_kappa_temporal_is_negative_when_worse_than_repeating():
    kappa = KappaTemporal()
    for label, predicted in zip("aaaab", "bbbbb", strict=True):
        kappa.update(label, predicted)
    # 1 of 5 right; repeating is right in 3 of 5
    assert kappa.get() == pytest.approx((1 / 5 - 3 / 5) / (1 - 3 / 5))


def test_none_is_a_label_change_at_the_start_only():
    kappa = KappaTemporal()
    kappa.update(None, None)
    assert kappa.get() == 1.0


def test_rolling_accuracy_forgets():
    accuracy = RollingAccuracy(window=3)
    seen = []
    for right in (True, True, False, False, False, True):
        accuracy.update(right)
        seen.append(accuracy.get())
    assert seen == pytest.approx([1, 1, 2 / 3, 1 / 3, 0, 1 / 3])


def test_accuracy_and_kappa_match_scikit_learn():
    rng = random.Random(2)
    labels, predictions = rng.choices("abc", k=400), rng.choices("aab", k=400)
    scores = scored(labels, predictions, [0.5] * 400)
    assert scores.accuracy == pytest.approx(reference.accuracy_score(labels, predictions))
    assert scores.kappa == pytest.approx(reference.cohen_kappa_score(labels, predictions))


def test_no_answer_is_a_wrong_answer():
    scores = scored("ab", [None, "b"], [0.0, 0.9])
    assert scores.accuracy == 0.5
    assert scores.rolling.get() == 0.5


def test_log_loss_leaves_out_the_first_event_of_each_label():
    scores = scored("aaba", "aaaa", [0.0, 0.5, 0.0, 0.25])
    assert scores.log_loss == pytest.approx(-(math.log(0.5) + math.log(0.25)) / 2)


def test_log_loss_of_a_sure_and_wrong_model_is_large_but_finite():
    scores = scored("aa", "bb", [0.0, 0.0])
    assert 30 < scores.log_loss < 40


def test_no_log_loss_without_probabilities():
    assert scored("aab", "aab", [None] * 3).log_loss is None
