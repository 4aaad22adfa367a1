"""Ways that must not matter: they leave the same bits."""

from __future__ import annotations

import copy
import pickle
import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsnn import SpikingClassifier

CONFIGURATIONS = {
    "straight": {"hidden": (8,), "steps": 4},
    "layers": {"hidden": (8, 6), "steps": 4, "optimiser": "adam"},
    "recurrent": {"hidden": (8,), "recurrent": True, "steps": 4, "readout": "max"},
    "all encoders": {"hidden": (8,), "steps": 4, "encoder": "current+population+latency+rate+delta"},
}
VALUE = st.one_of(st.floats(-2, 2), st.integers(0, 2), st.sampled_from([None, float("nan"), "red", "blue", True, 1e30]))
STREAM = st.lists(
    st.tuples(
        st.one_of(
            st.fixed_dictionaries({"a": st.floats(-2, 2), "b": st.integers(0, 1)}),
            st.dictionaries(st.sampled_from(["a", "b", "c", 4]), VALUE, max_size=4),
        ),
        st.sampled_from(["yes", "no", 3]),
        st.sampled_from([1.0, 1.0, 1.0, 0.0, 2.5]),
    ),
    max_size=40,
)


@pytest.fixture(params=CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def make(request):
    return lambda **more: SpikingClassifier(seed=5, **request.param | more)


def test_the_same_seed_and_events_give_the_same_bits_and_another_seed_others(make, mixed, same_bits) -> None:
    models = [make(), make(), make().clone({"seed": 6})]
    for x, y in mixed(200):
        for model in models:
            model.learn_one(x, y)
    same_bits(models[0], models[1])
    assert not np.array_equal(models[0]._model.export()["params"], models[2]._model.export()["params"])


def test_predicting_before_learning_leaves_the_same_bits(make, mixed, same_bits) -> None:
    silent, asked = make(), make()
    for k, (x, y) in enumerate(mixed(200)):
        if k % 3:
            asked.predict_proba_one(x)
        if k % 5 == 0:
            asked.predict_one({"size": 1.0, "other": "red"})
            asked.debug_one(x)
        if k % 7 == 0:
            asked.predict_proba_many([x, x])
        silent.learn_one(x, y)
        asked.learn_one(x, y)
    same_bits(asked, silent)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(STREAM, st.randoms(use_true_random=False))
def test_the_fast_path_leaves_the_bits_of_the_careful_one(same_bits, stream, chance: random.Random) -> None:
    usual, careful = (SpikingClassifier(hidden=(4,), steps=3, seed=2) for _ in range(2))
    for x, y, w in stream:
        items = list(x.items())
        chance.shuffle(items)
        before = usual.predict_proba_one(x)
        assert careful._predict_unusual(dict(items)) == before
        usual.learn_one(x, y, w)
        careful._learn_unusual(dict(items), y, w)
        same_bits(usual, careful)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(STREAM)
def test_many_in_one_call_are_the_loop(same_bits, stream) -> None:
    looped, prequential, many = (SpikingClassifier(hidden=(4,), steps=3, seed=2) for _ in range(3))
    cut = len(stream) // 3
    for part in (stream[:cut], stream[cut:]):
        X, y, w = [x for x, _, _ in part], [y for _, y, _ in part], [w for _, _, w in part]
        wanted = []
        for event in part:
            wanted.append(looped.predict_proba_one(event[0]))
            looped.learn_one(*event)
        found = prequential.predict_learn_many(X, y, w)
        many.learn_many(X, y, w)
        assert found.tolist() == [[row.get(label, 0.0) for label in looped.labels] for row in wanted]
        same_bits(prequential, looped)
        same_bits(many, looped)


@pytest.mark.parametrize("kind", [dict, Counter, lambda x: defaultdict(float, x)], ids=["dict", "Counter", "default"])
def test_fields_that_change_while_their_number_stays_are_noticed(kind, same_bits) -> None:
    """A Counter has an answer for every name: it must not be asked for names it does not hold."""
    fast, wanted = (SpikingClassifier(hidden=(4,), steps=3, seed=2) for _ in range(2))
    for k in range(60):
        x = {"a": 1.0, "b": 2.0 + k} if k < 30 or k % 2 else {"a": 1.0, "c": 3.0}
        given = kind(x)
        fast.learn_one(given, k % 2)
        fast.predict_one(given)
        assert dict(given) == x
        wanted._learn_unusual(x, k % 2, 1.0)
    same_bits(fast, wanted)
    assert list(fast._features.numeric) == ["a", "b", "c"]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_a_copy_goes_on_as_the_original_and_apart_from_it(make, mixed, same_bits, copied) -> None:
    original, stream = make(class_weights={"class 1": 2.0}), mixed(200)
    for x, y in stream[:90]:
        original.learn_one(x, y)
    twin = copied(original)
    same_bits(twin, original)
    before = pickle.dumps(original)
    for x, y in stream[90:]:
        twin.predict_one(x)
        twin.learn_one(x, y)
    assert pickle.dumps(original) == before
    for x, y in stream[90:]:
        original.learn_one(x, y)
    same_bits(twin, original)


def test_a_clone_starts_afresh_with_the_same_settings(make, mixed, same_bits) -> None:
    model, stream = make(), mixed(60)
    for x, y in stream:
        model.learn_one(x, y)
    clone = model.clone()
    assert clone.events_learned == 0
    assert clone.labels == ()
    for x, y in stream:
        clone.learn_one(x, y)
    same_bits(clone, model)


def test_models_in_threads_give_the_bits_of_a_serial_run(make, mixed, same_bits) -> None:
    def run(seed: int) -> SpikingClassifier:
        model = make()
        for x, y in mixed(150, seed=seed):
            model.predict_one(x)
            model.learn_one(x, y)
        X, y = zip(*mixed(150, seed=seed + 100), strict=True)
        model.predict_learn_many(X, y)
        return model

    with ThreadPoolExecutor(4) as pool:
        for found, seed in zip(pool.map(run, range(6)), range(6), strict=True):
            same_bits(found, run(seed))


def test_growing_at_once_or_one_by_one_leaves_the_same_weights(same_bits) -> None:
    together, apart = (SpikingClassifier(hidden=(4,), steps=3, seed=2) for _ in range(2))
    for k in range(300):
        together.learn_one({f"f{k % 150}": 1.0 + k, "g": float(k)}, k % 3)
        apart._model.reserve_slots(k + 3)
        apart._model.reserve_rows(10 * k)
        apart.learn_one({f"f{k % 150}": 1.0 + k, "g": float(k)}, k % 3)
    same_bits(together, apart)


def test_five_thousand_fresh_names_keep_memory_flat() -> None:
    model = SpikingClassifier(hidden=(4,), steps=2, seed=1, max_features=100)
    sizes = []
    for k in range(5000):
        model.learn_one({"a": float(k % 5), f"n{k}": 1.0, f"c{k}": f"word {k}"}, k % 2)
        if k % 1000 == 999:
            sizes.append((model.memory_bytes, len(model._features), model._raw_memory_usage))
    assert len(set(sizes)) == 1
    assert model.ignored == {"features": 5000 - 49, "categories": 5000 - 50, "updates": 0}
