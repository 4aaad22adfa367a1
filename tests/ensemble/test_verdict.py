"""The last word between the mixture and label history."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn import AdaptiveSpikingClassifier
from streamsnn.ensemble import places as p
from streamsnn.ensemble.verdict import LEAD, LONG, SHORT, VERDICT_DECAY

Stream = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def lagging() -> Stream:
    """Runs of a label; the features follow three events late, so right after a change they speak for the old label."""
    rng = np.random.default_rng(0)
    runs = rng.integers(8, 60, size=150)
    y = np.repeat(np.arange(len(runs)) % 2, runs)
    late = np.concatenate([y[:1]] * 3 + [y[:-3]])
    X = np.column_stack([2.0 * late - 1 + 0.3 * rng.normal(size=len(y)), rng.normal(size=len(y))])
    return X, y


def verdicts(model: AdaptiveSpikingClassifier) -> np.ndarray:
    """For each length of runs: how often the mixture was right, and how often label history; a view."""
    return model._model.parts["rates"][p.VERDICTS : p.VERDICTS + 2 * p.RUN_LENGTHS].reshape(-1, 2)


def run(model: AdaptiveSpikingClassifier) -> int:
    return int(model._model.parts["counts"][p.RUN])


def test_runs_are_counted(tiny) -> None:
    model, found = tiny(label_history=True), []
    for label in "aabbba":
        model.learn_one({"x": 1.0}, label)
        found.append(run(model))
    assert found == [1, 2, 1, 2, 3, 1]
    model.learn_one({"x": 1.0}, "a", w=0.0)
    model.predict_proba_one({"x": 1.0})
    assert run(model) == 1


@pytest.fixture
def decided(tiny):
    """A ladder to which the features say all; history, nothing: how it is asked so that the two disagree."""
    rng = np.random.default_rng(1)
    y = rng.integers(2, size=1_000)
    X = np.column_stack([2.0 * y - 1 + 0.1 * rng.normal(size=len(y)), rng.normal(size=len(y))])
    model = tiny(label_history=True)
    model.learn_many(X, y)
    return model


def against_history(model: AdaptiveSpikingClassifier) -> tuple[int, dict[int, float]]:
    """The label that history puts first now, and features that speak for the other."""
    ladder = model._model
    row = ladder.parts["transitions"].reshape(ladder.layout.class_rows, -1)[ladder.parts["counts"][p.LAST_LABEL], :2]
    favourite = model.labels[int(row.argmax())]
    return favourite, {0: 1.0 - 2.0 * favourite, 1: 0.0}


def level(model: AdaptiveSpikingClassifier) -> int:
    return (run(model) >= SHORT) + (run(model) >= LONG)


def test_whoever_was_right_more_often_has_the_last_word(decided) -> None:
    favourite, x = against_history(decided)
    own = verdicts(decided)[level(decided)]
    own[:] = 0.0, 0.0
    plain = decided.predict_proba_one(x)
    assert plain[1 - favourite] > 0.9
    own[:] = 1.0, 1.0 + LEAD
    assert decided.predict_proba_one(x) == plain
    own[:] = 1.0, 1.1 + LEAD
    exchanged = {favourite: plain[1 - favourite], 1 - favourite: plain[favourite]}
    assert decided.predict_proba_one(x) == exchanged
    assert decided.predict_proba_many([x])[0].tolist() == [exchanged[label] for label in decided.labels]


@pytest.mark.parametrize("features_are_right", [True, False])
def test_a_disagreement_is_counted_for_whoever_was_right(decided, features_are_right) -> None:
    verdicts(decided)[:] = 4.0, 2.0
    expected = verdicts(decided).copy()
    favourite, x = against_history(decided)
    own = expected[level(decided)]
    own *= VERDICT_DECAY
    own[int(not features_are_right)] += 1.0
    decided.learn_one(x, 1 - favourite if features_are_right else favourite)
    np.testing.assert_array_equal(verdicts(decided), expected)


def test_agreement_is_not_counted(decided) -> None:
    before = verdicts(decided).copy()
    favourite, x = against_history(decided)
    decided.learn_one({0: -x[0], 1: 0.0}, favourite)
    np.testing.assert_array_equal(verdicts(decided), before)


def test_it_is_not_behind_repeating_the_label_where_features_lag(lagging) -> None:
    X, y = lagging
    model = AdaptiveSpikingClassifier("small", label_history=True, seed=1)
    answers = model.predict_learn_many(X, y)
    said = np.array(model.labels)[answers.argmax(axis=1)]
    learned = len(y) // 2
    assert (said == y)[learned:].mean() >= (y[learned:] == y[learned - 1 : -1]).mean()
    assert verdicts(model)[0, 1] > 0


def test_without_history_nothing_is_counted(tiny, lagging) -> None:
    model = tiny()
    model.learn_many(*lagging)
    assert run(model) == 0
    assert not verdicts(model).any()
