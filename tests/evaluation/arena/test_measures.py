from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sklearn import metrics

from streamsnn.evaluation.arena.measures import Record, calibration_error, ends, log_loss, macro_f1
from streamsnn.evaluation.arena.recovery import recovery_times


def answers(events=2000, labels=4, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, events)
    scores = rng.random((events, labels)) ** 3
    scores[np.arange(events), truth] += 0.4
    return truth, scores / scores.sum(axis=1, keepdims=True)


def measured(truth, probabilities, drifts=(), pieces=7):
    record = Record(probabilities.shape[1])
    for rows in np.array_split(np.arange(len(truth)), pieces):
        record.add(truth[rows], probabilities[rows])
    return record, record.measures(drifts)


def test_the_measures_are_those_of_scikit_learn():
    truth, probabilities = answers()
    said = probabilities.argmax(axis=1)
    _, found = measured(truth, probabilities)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert found["kappa"] == pytest.approx(metrics.cohen_kappa_score(truth, said))
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(truth, probabilities))
    assert found["recovery"] is None


def test_macro_f1_counts_the_labels_that_occur_and_no_answer_as_wrong():
    truth, said = np.array([0, 0, 2, 2]), np.array([-1, 0, 1, 2])
    assert macro_f1(truth, said) == pytest.approx(metrics.f1_score(truth, said, labels=[0, 2], average="macro"))


def test_the_log_loss_of_an_impossible_label_is_bounded_by_the_number_of_labels():
    assert log_loss(np.zeros(3), labels=10) == pytest.approx(-np.log(1e-5))


def test_calibration_is_that_of_a_calibration_curve():
    rng = np.random.default_rng(1)
    confidence = rng.random(5000)
    hits = rng.random(5000) < confidence**2  # too sure of itself
    edges = np.linspace(0, 1, 16)
    expected = 0.0
    for low, high in pairwise(edges):
        inside = (confidence >= low) & (confidence < high)
        expected += inside.sum() / 5000 * abs(hits[inside].mean() - confidence[inside].mean())
    assert calibration_error(hits, confidence) == pytest.approx(expected)
    assert calibration_error(np.ones(4, dtype=bool), np.ones(4)) == 0.0


def test_a_row_of_zeros_is_no_answer():
    record, found = measured(np.array([0, 0, 1]), np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]]), pieces=1)
    assert record.hits.tolist() == [False, True, False]
    assert found["accuracy"] == pytest.approx(1 / 3)


def test_the_curve_has_at_most_200_points_that_hold_every_event():
    truth, probabilities = answers(events=2345)
    record, found = measured(truth, probabilities)
    curve = record.curve()
    assert len(curve) == 200
    lengths = np.diff([0, *ends(2345, 200)])
    assert set(lengths) == {11, 12}
    assert sum(lengths * curve) / 2345 == pytest.approx(found["accuracy"], abs=1e-3)


def hits(*runs):
    return np.concatenate([np.full(length, right) for length, right in runs])


def test_recovery_by_hand():
    # Plateau 1, goal 0.95: of the 200 events up to the first good one, 10 may be wrong: the 490th after the drift.
    assert recovery_times(hits((1000, True), (300, False), (700, True)), [1000]) == [490]


def test_a_drift_that_does_not_hurt_takes_one_window():
    assert recovery_times(hits((2000, True)), [1000]) == [200]


def test_a_model_that_only_comes_back_at_the_end_needs_the_whole_time():
    # Plateau 0.4 = 100 of the last 250 events; 76 right of 200 are 95 % of it.
    assert recovery_times(hits((1000, True), (900, False), (100, True)), [1000]) == [976]


def test_every_drift_is_held_against_its_own_plateau():
    concepts = hits((500, True), (100, False), (900, True), (200, False), (800, True))
    assert recovery_times(concepts, [500, 1500]) == [290, 390]


def test_drifts_too_close_to_the_next_are_left_out():
    assert recovery_times(hits((3000, True)), [1000, 1100, 2000]) == [200, 200]
