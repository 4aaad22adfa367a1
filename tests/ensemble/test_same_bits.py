"""Ways that must not matter: they leave the same bits."""

from __future__ import annotations

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest

from streamsnn import AdaptiveSpikingClassifier, SpikingClassifier
from streamsnn.encoding import CurrentEncoder, PopulationEncoder
from streamsnn.ensemble.members import MemberSettings
from streamsnn.ensemble.places import REACTIONS

KINDS = {
    "plain": {},
    "history and balance": {"label_history": True, "class_weighting": "prior"},
    "no memory": {"memory": 0},
    "never forgets": {"forget_at_drift": False},
    "small": {"size": "small"},
    "relu": {"neuron": "relu"},
    "recall": {"recall": 2},
    "recall and a shadow": {"recall": 3, "reaction": "replace_worst"},
} | {reaction: {"reaction": reaction} for reaction in REACTIONS[1:]}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def make(request, tiny):
    return lambda **more: tiny(**request.param | more)


def test_predicting_before_learning_leaves_the_same_bits(make, mixed, same) -> None:
    silent, asked = make(), make()
    for k, (x, y) in enumerate(mixed(300)):
        if k % 3:
            asked.predict_proba_one(x)
        if k % 7 == 0:
            asked.predict_proba_one({"size": 1.0, "other": "red"})
            asked.debug_one(x)
            asked.predict_proba_many([x, {"flag": True}])
            asked.predict_proba_many([{"flag": True}, x])
        silent.learn_one(x, y)
        asked.learn_one(x, y)
    same(silent, asked)


def test_a_forecast_does_not_know_what_its_own_event_brings(make, mixed, same) -> None:
    events = [(x | {f"new {k // 50}": float(k), "word": f"word {k // 20}"}, y) for k, (x, y) in enumerate(mixed(300))]
    single, many, threaded = make(), make(), make(threads=2)
    expected = []
    for x, y in events:
        expected.append(single.predict_proba_one(x))
        single.learn_one(x, y)
    for model in (many, threaded):
        found = []
        for a, b in pairwise([0, 1, 30, 200, 300]):
            X, Y = zip(*events[a:b], strict=True)
            found += model.predict_learn_many(X, Y).tolist()
            assert len(model.drifts_by_event) == b - a
        for row, wanted in zip(found, expected, strict=True):
            assert row == [wanted.get(label, 0.0) for label in model.labels][: len(row)]
        same(model, single)


def test_chunks_do_not_matter_nor_threads(make, flipping, same) -> None:
    X, y = flipping(2_000, 1_000)
    together, threaded, pieces, single = make(), make(threads=3), make(), make()
    expected = together.predict_learn_many(X, y)
    np.testing.assert_array_equal(expected, threaded.predict_learn_many(X, y))
    cuts = [0, 1, 8, 71, 200, 777, 1_111, 2_000]
    found = [pieces.predict_learn_many(X[a:b], y[a:b]) for a, b in pairwise(cuts)]
    np.testing.assert_array_equal(expected[200:], np.concatenate(found[3:])[200 - 71 :])
    for row, label, answer in zip(X, y.tolist(), expected, strict=True):
        said = single.predict_proba_one(dict(enumerate(row)))
        assert [said.get(known, 0.0) for known in together.labels] == answer.tolist()
        single.learn_one(dict(enumerate(row)), label)
    for other in (threaded, pieces, single):
        same(together, other)


def test_the_order_of_features_does_not_matter(tiny, mixed, same) -> None:
    one, other = tiny(), tiny()
    for x, y in mixed(150):
        one.learn_one(x, y)
        other.learn_one(dict(reversed(x.items())), y)
    same(one, other)


def test_copies_and_pickles_go_on_alike(make, mixed, same) -> None:
    model = make()
    stream = mixed(400)
    for x, y in stream[:250]:
        model.learn_one(x, y)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for x, y in stream[250:]:
        for each in (model, *copies):
            each.learn_one(x, y)
    for each in copies:
        same(model, each)


def test_a_saved_ladder_goes_on_as_if_it_had_never_stopped(make, mixed, same, tmp_path) -> None:
    model = make()
    stream = mixed(500)
    for k, (x, y) in enumerate(stream):
        if k in (1, 70, 333):
            model.save(tmp_path / "ladder")
            restored = AdaptiveSpikingClassifier.load(tmp_path / "ladder")
            same(model, restored)
            assert restored.predict_proba_one(x) == model.predict_proba_one(x)
            model.learn_one(x, y)
            restored.learn_one(x, y)
            same(model, restored)
            model = restored
        else:
            model.learn_one(x, y)
    straight = make()
    for x, y in stream:
        straight.learn_one(x, y)
    same(straight, model)


def test_a_long_memory_is_saved_and_does_not_mind_chunks_nor_threads(tiny, mixed, same, tmp_path) -> None:
    X, y = zip(*mixed(2_500), strict=True)
    model, single = tiny(memory=1_300), tiny(memory=1_300, threads=2)
    model.predict_learn_many(X[:2_000], y[:2_000])
    for features, label in zip(X[:2_000], y[:2_000], strict=True):
        single.learn_one(features, label)
    same(model, single)
    model.save(tmp_path / "ladder")
    restored = AdaptiveSpikingClassifier.load(tmp_path / "ladder")
    same(model, restored)
    for part in (slice(2_000, 2_010), slice(2_010, 2_500)):
        said = [each.predict_learn_many(X[part], y[part]) for each in (model, single, restored)]
        assert (said[0] == said[1]).all()
        assert (said[0] == said[2]).all()
    same(model, single)
    same(model, restored)


def test_a_member_alone_is_the_single_network(blobs) -> None:
    seed = 5
    encoder = PopulationEncoder() + CurrentEncoder(strength=0.35)
    single = SpikingClassifier(hidden=(16,), steps=4, encoder=encoder, seed=seed * 1024)
    ladder = AdaptiveSpikingClassifier(members=(MemberSettings(0.003),), hidden=16, steps=4, memory=0, seed=seed)
    for x, y in blobs(400):
        single.learn_one(x, y)
        ladder.learn_one(x, y)
    for name, view in single._model.named().items():
        np.testing.assert_array_equal(view, ladder._model.named()[name], err_msg=name)
