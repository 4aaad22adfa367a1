"""Past members: what is kept, what it says, and when its concept is back."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn import AdaptiveSpikingClassifier, snapshot
from streamsnn.ensemble import places as p
from streamsnn.ensemble import state
from streamsnn.ensemble.reactions import TICK
from streamsnn.ensemble.recall import RENEWED_AFTER

TURN = 1_000


def in_turn(events: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two concepts that take turns: what counts is the first two features, or the last two, the other way round."""
    X = np.random.default_rng(seed).normal(size=(events, 4))
    first, second = X[:, 0] + X[:, 1] > 0, X[:, 2] - X[:, 3] < X[:, 0]
    return X, np.where(np.arange(events) // TURN % 2 == 0, first, second).astype(int)


def kept_rows(model: AdaptiveSpikingClassifier) -> np.ndarray:
    return model._model.parts["kept"].reshape(-1, p.KEPT_STRIDE)


def networks(model: AdaptiveSpikingClassifier) -> np.ndarray:
    return model._model.buffers["params"].reshape(model._model.networks, -1)


def prefer(model: AdaptiveSpikingClassifier, member: int) -> None:
    """Let a member be the best one at the next tick, in calm times, when the next copy is due."""
    progress = model._model.parts["progress"].reshape(-1, p.PROGRESS_STRIDE)
    progress[:, p.RECENT_LOSS] = 30.0
    progress[member, p.RECENT_LOSS] = 0.01
    model._model.parts["rates"][p.USUAL_LOSS] = 1.0
    model._model.parts["counts"][p.UNFIT_TICKS] = 100


def test_a_concept_that_is_back_is_known_at_once(tiny) -> None:
    X, y = in_turn(10 * TURN)
    errors, models = [], [tiny(recall=0), tiny(recall=4)]
    for model in models:
        wrong = model.predict_learn_many(X, y).argmax(axis=1) != y
        errors.append(sum(int(wrong[back : back + 100].sum()) for back in range(2 * TURN, 10 * TURN, TURN)))
    without, model = errors[0], models[1]
    assert errors[1] < 0.6 * without
    assert model.drifts["recalls"] >= 4
    assert models[0].drifts["recalls"] == 0


def test_a_copy_says_what_its_source_said_and_stays_as_it_is(tiny, blobs) -> None:
    for source in range(3):  # they see all, a half of the features, changes
        model = tiny(recall=2)
        stream = blobs(2 * TICK + 3, seed=source)
        for x, y in stream[: TICK - 1]:
            model.learn_one(x, y)
        prefer(model, source)
        model.learn_one(*stream[TICK - 1])
        row = kept_rows(model)[0]
        assert row.tolist()[:3] == [source + 1, TICK, TICK]
        assert not kept_rows(model)[1].any()
        copy = networks(model)[3].copy()
        np.testing.assert_array_equal(copy, networks(model)[source])
        assert copy.any()
        logs = model.forecast_one(stream[TICK][0]).logs
        np.testing.assert_array_equal(logs[3], logs[source])
        np.testing.assert_allclose(logs[4], logs[4][0])  # nothing is kept there: all labels are alike
        for x, y in stream[TICK:-1]:
            model.learn_one(x, y)
        np.testing.assert_array_equal(networks(model)[3], copy)
        assert (networks(model)[source] != copy).any()


def test_a_copy_that_fits_is_renewed_and_the_longest_unfit_makes_room(tiny, blobs) -> None:
    model = tiny(recall=2)
    stream = iter(blobs(3_000))

    def to_the_next_tick() -> None:
        for _ in range(TICK - model.events_learned % TICK):
            model.learn_one(*next(stream))

    to_the_next_tick()
    for place in (0, 1, 0):
        for _ in range(TICK - 1):
            model.learn_one(*next(stream))
        prefer(model, 1)
        model.learn_one(*next(stream))
        assert kept_rows(model)[place].tolist()[1:3] == [model.events_learned] * 2
    made = model.events_learned
    while model.events_learned < made + RENEWED_AFTER + 10 * TICK:
        to_the_next_tick()
    rows = kept_rows(model)
    assert (rows[:, p.SOURCE] > 0).all()
    assert rows[:, p.KEPT_SINCE].max() > made
    assert rows[:, p.FITTED_AT].max() == model.events_learned


def test_features_and_labels_that_came_later_say_nothing_to_a_copy(tiny, same, tmp_path) -> None:
    rng = np.random.default_rng(0)
    early = [({"a": float(v)}, int(v > 0)) for v in rng.normal(size=TICK)]
    model = tiny(recall=2)
    for x, y in early[:-1]:
        model.learn_one(x, y)
    prefer(model, 0)
    model.learn_one(*early[-1])
    rows = int(model._model.counters[0])
    late = [
        ({"a": float(v), **{f"b{k}": float(v) for k in range(30)}}, f"label {k % 9}")
        for k, v in enumerate(rng.normal(size=200))
    ]
    for x, y in late[:150]:
        model.learn_one(x, y)
    ladder = model._model
    assert ladder.layout.input_rows > 64
    assert ladder.layout.class_rows > 2
    live, copy = networks(model)[0], networks(model)[3]
    views = {name: (block.view(live), block.view(copy)) for name, block in ladder.layout.blocks()}
    assert views["input"][1][:rows].any()
    assert views["readout"][1][:2].any()
    assert views["input"][0][rows : int(ladder.counters[0])].any()
    for name, begin in (("input", rows), ("readout", 2)):
        assert not views[name][1][begin:].any()
    assert kept_rows(model)[0, p.SOURCE] == 1
    said = model.predict_proba_one(late[150][0])
    assert len(said) == len(model.labels)
    assert abs(sum(said.values()) - 1) < 1e-9
    model.save(tmp_path / "ladder")
    again = AdaptiveSpikingClassifier.load(tmp_path / "ladder")
    for x, y in late[150:]:
        assert again.predict_proba_one(x) == model.predict_proba_one(x)
        model.learn_one(x, y)
        again.learn_one(x, y)
    same(model, again)


def test_call_styles_threads_and_a_file_leave_the_same_bits(tiny, same, tmp_path) -> None:
    X, y = in_turn(4 * TURN)
    together, threaded, stopped, single = tiny(recall=3), tiny(recall=3, threads=2), tiny(recall=3), tiny(recall=3)
    expected = together.predict_learn_many(X, y)
    np.testing.assert_array_equal(expected, threaded.predict_learn_many(X, y))
    for begin in range(0, 4 * TURN, 500):
        np.testing.assert_array_equal(
            expected[begin + 1 : begin + 500],
            stopped.predict_learn_many(X[begin : begin + 500], y[begin : begin + 500])[1:],
        )
        stopped.save(tmp_path / "ladder")
        stopped = AdaptiveSpikingClassifier.load(tmp_path / "ladder")
    for row, label in zip(X, y.tolist(), strict=True):
        single.learn_one(dict(enumerate(row)), label)
    for other in (threaded, stopped, single):
        same(together, other)
    assert together.drifts["recalls"] > 0


def test_memory_is_bounded(tiny) -> None:
    X, y = in_turn(4 * TURN)
    model, bare = tiny(recall=2), tiny()
    for each in (model, bare):
        each.predict_learn_many(X[:100], y[:100])
    before = model.memory_bytes
    model.predict_learn_many(X, y)
    assert model.memory_bytes == before < 2 * bare.memory_bytes
    assert model.parameter_count == bare.parameter_count
    assert list(model.weights)[3:5] == ["past member 1", "past member 2"]


@pytest.mark.parametrize(("column", "value"), [(p.SOURCE, 4), (p.SOURCE, -1), (p.FITTED_AT, -1)])
def test_a_forged_copy_is_refused(tiny, blobs, column, value) -> None:
    model = tiny(recall=2)
    for x, y in blobs(100):
        model.learn_one(x, y)
    arrays = model._export()
    arrays[state.PREFIX + "kept"][column] = value
    with pytest.raises(ValueError, match="kept"):
        tiny(recall=2)._become(3, model._features.slots(), model.labels, [0, 0], arrays)


def test_a_file_from_before_there_was_recall_can_be_loaded(tiny, blobs, same, tmp_path) -> None:
    model = tiny()
    for x, y in blobs(100):
        model.learn_one(x, y)
    model.save(tmp_path / "new")
    header, arrays = snapshot.read(tmp_path / "new")
    del header["content"]["settings"]["recall"]
    snapshot.write(tmp_path / "old", header["kind"], header["content"], arrays)
    same(model, AdaptiveSpikingClassifier.load(tmp_path / "old"))
