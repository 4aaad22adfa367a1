"""Mini-batches as tables, matrices and lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from streamsnn import SpikingClassifier


def small(**settings) -> SpikingClassifier:
    return SpikingClassifier(**{"hidden": (6,), "steps": 3, "seed": 2} | settings)


def tables() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame(rng.normal(size=(120, 3)), columns=["b", "a", "c"])
    gaps = numbers.mask(rng.random(numbers.shape) < 0.3)
    gaps["late"] = np.where(np.arange(120) > 60, rng.normal(size=120), np.nan)
    gaps["never"] = np.nan
    words = numbers.assign(colour=rng.choice(["red", "blue", "green"], 120), flag=rng.random(120) < 0.5)
    words.loc[::7, "colour"] = None
    return {
        "numbers": numbers,
        "gaps": gaps,
        "words": words,
        "categorical": words.assign(colour=words["colour"].astype("category")),
        "whole numbers": pd.DataFrame(rng.integers(0, 3, (120, 3)), columns=[2, 1, 0]),
        "float32": numbers.astype("float32"),
    }


LABELS = [f"class {k % 2 if k < 50 else k % 4}" for k in range(120)]


@pytest.mark.parametrize("table", tables().values(), ids=tables())
def test_a_table_is_the_loop_over_its_rows(table, same_bits) -> None:
    table = table.set_index(np.arange(1000, 1120))
    looped, prequential, many = small(), small(), small()
    for first, last in ((0, 40), (40, 41), (41, 120)):
        X, y = table.iloc[first:last], pd.Series(LABELS[first:last])
        wanted = []
        for x, label in zip(X.to_dict("records"), y, strict=True):
            wanted.append(looped.predict_proba_one(x))
            looped.learn_one(x, label)
        found = prequential.predict_learn_many(X, y)
        assert list(found.index) == list(X.index)
        assert tuple(found.columns) == looped.labels
        assert found.to_numpy().tolist() == [[row.get(label, 0.0) for label in looped.labels] for row in wanted]
        many.learn_many(X, y)
        same_bits(prequential, looped)
        same_bits(many, looped)


def test_a_matrix_is_the_loop_over_its_rows(same_bits) -> None:
    X = np.random.default_rng(1).normal(size=(90, 5))
    X[::4, 2] = np.nan
    looped, prequential = small(), small()
    wanted = []
    for row, y in zip(X.tolist(), LABELS, strict=False):
        wanted.append(list(looped.predict_proba_one(dict(enumerate(row))).values()))
        looped.learn_one(dict(enumerate(row)), y)
    found = prequential.predict_learn_many(X, LABELS[:90])
    assert [row[: len(w)] for row, w in zip(found.tolist(), wanted, strict=True)] == wanted
    same_bits(prequential, looped)


def test_weights_count_as_one_by_one(same_bits) -> None:
    table, weights = tables()["words"], np.random.default_rng(2).choice([0.0, 0.5, 3.0], 120)
    looped, many = small(), small()
    for x, y, w in zip(table.to_dict("records"), LABELS, weights, strict=True):
        looped.learn_one(x, y, w)
    many.learn_many(table, pd.Series(LABELS), pd.Series(weights))
    same_bits(many, looped)


def test_a_batch_of_predictions_is_what_one_by_one_gives() -> None:
    model, table = small(), tables()["words"]
    model.learn_many(table, LABELS)
    rows = table.to_dict("records")
    probabilities, best = model.predict_proba_many(table), model.predict_many(table)
    assert probabilities.to_dict("records") == [model.predict_proba_one(x) for x in rows]
    assert best.tolist() == [model.predict_one(x) for x in rows]
    assert model.predict_many(rows) == best.tolist()
    assert model.predict_proba_many(rows).tolist() == probabilities.to_numpy().tolist()


def test_before_the_first_label_a_batch_has_no_answer() -> None:
    table = tables()["numbers"]
    assert small().predict_many(table).tolist() == [None] * 120
    assert small().predict_proba_many(table).shape == (120, 0)
    assert small().predict_many([{}, {}]) == [None, None]


@pytest.mark.parametrize("X", [[], pd.DataFrame({"a": []}), np.zeros((0, 3))], ids=["list", "table", "matrix"])
def test_an_empty_batch_changes_nothing(X, same_bits) -> None:
    model, untouched = small(), small()
    for each in (model, untouched):
        each.learn_many(tables()["numbers"], LABELS)
    model.learn_many(X, [])
    assert len(model.predict_learn_many(X, [])) == 0
    assert len(model.predict_many(X)) == 0
    same_bits(model, untouched)


def test_a_mean_batch_is_one_step(blobs) -> None:
    model, stream = small(batch="mean", learning_rate=0.01), blobs(3000)
    for k in range(0, 3000, 10):
        X, y = zip(*stream[k : k + 10], strict=True)
        model.learn_many(X, y)
    assert model.events_learned == 3000
    test = blobs(300, seed=1)
    assert sum(model.predict_one(x) == y for x, y in test) > 270


def test_a_mean_batch_of_copies_is_the_step_of_one() -> None:
    x = {"a": 1.0, "b": "red"}
    for_one, for_many = (small(batch="mean", classes=["yes", "no"]) for _ in range(2))
    for model in (for_one, for_many):
        model.learn_many([x] * 4, ["yes", "no"] * 2)
    for_one.learn_many([x], ["yes"])
    for_many.learn_many([x] * 5, ["yes"] * 5, [1.0] * 5)
    first, second = (model._model.export()["params"] for model in (for_one, for_many))
    np.testing.assert_allclose(first, second, rtol=1e-5, atol=1e-7)
