"""Whole updates: many in a row on both engines, clipped, refused, and averaged over a batch."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from streamsnn import SpikingClassifier
from streamsnn.learning.engines import GRADIENT, LEARN, OBSERVE, PREDICT, STEP
from streamsnn.learning.settings import LearningSettings
from streamsnn.memory import CLOCK, GATHERED, REFUSED_UPDATES, TOUCHED_COUNT, UPDATES
from streamsnn.network.general import spike_counts
from streamsnn.network.settings import NetworkSettings

FEATURES = 5
PATHS = ("straight", "general", "torch")
SMALL = NetworkSettings(hidden=(12,))


def growing_stream(events=100):
    """Features and classes appear as time goes by; values go missing, one feature is a category."""
    rng = np.random.default_rng(3)
    for i in range(events):
        x = {f"x{k}": float(rng.normal()) for k in range(2 + i // 20) if rng.random() > 0.1}
        x["colour"] = ["red", "green", "blue"][int(rng.integers(1 + i // 40))]
        yield x, int(rng.integers(2 + i // 30))


@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize(
    "network",
    [
        {"hidden": (16,)},
        {"hidden": (12, 10)},
        {"hidden": (12,), "recurrent": True, "readout": "last"},
        {"hidden": (10, 8, 6), "recurrent": True, "adaptation": 0.1, "readout": "max"},
    ],
    ids=["straight", "two layers", "recurrent", "all"],
)
def test_a_hundred_updates_leave_equal_parameters(same, network, optimiser):
    # RMSprop makes a whole step of a gradient that is nothing but rounding, and no two engines round alike; a spike on
    # the other side of its threshold then sets them apart for good. Hence a large epsilon and a short memory.
    rate = 0.05 if optimiser == "sgd" else 0.003
    settings = {"optimiser": optimiser, "epsilon": 1e-3, "squared_decay": 0.9, "learning_rate": rate}
    models = [
        SpikingClassifier(**network, **settings, clip_norm=0.5, truncation=5, input_scale=0.4, seed=5, engine=engine)
        for engine in ("fused", "torch")
    ]
    first = {name: block.copy() for name, block in models[0]._model.named().items()}
    spikes = np.zeros(len(network["hidden"]))
    for x, y in growing_stream():
        for model in models:
            model.learn_one(x, y)
        spikes += [count.sum() for count in spike_counts(models[0]._model.network, models[0]._model.buffers["traces"])]
    assert spikes.min() > 50
    found, wanted = (model._model.named() for model in models)
    assert len(found["input"]) > 64, "the input rows did not grow"
    assert len(found["readout"]) == 5
    assert models[0]._model.counters[UPDATES] == models[1]._model.counters[UPDATES] == 100
    for name, block in first.items():
        assert not block.size or not np.array_equal(block, wanted[name][: len(block), : block.shape[1]]), name
    same(found, wanted)


@pytest.mark.parametrize("path", PATHS)
def test_clipping_limits_the_norm_over_all_parameters(bench, path):
    steps = []
    for clip in (None, 0.01):
        learning = LearningSettings(optimiser="sgd", momentum=0.0, learning_rate=1.0, fan_in=None, clip_norm=clip)
        one = bench(path, SMALL, learning)
        rng = one.warm(1)
        before = one.params()
        one.run(LEARN, rng.normal(size=(1, FEATURES)), [2])
        after = one.params()
        steps.append(np.concatenate([(after[k][: len(before[k])] - before[k]).ravel() for k in before]))
    assert np.linalg.norm(steps[0]) > 0.01
    assert np.linalg.norm(steps[1]) == pytest.approx(0.01, rel=1e-3)
    np.testing.assert_allclose(steps[1], steps[0] * 0.01 / np.linalg.norm(steps[0]), atol=1e-6)


@pytest.mark.parametrize("path", PATHS)
def test_a_gradient_that_is_not_finite_is_refused_and_counted(bench, path):
    one = bench(path, SMALL, LearningSettings(optimiser="adam"))
    rng = one.warm(1)
    one.model.named()["readout"][0] = 1e30
    one.model.named()["readout"][1] = -1e30
    before, state = one.params(), one.model.buffers["optimiser"].copy()
    x = rng.normal(size=(1, FEATURES))
    one.run(LEARN, x, [1])
    after = one.params()
    assert all(np.array_equal(before[name], after[name][: len(before[name])]) for name in before)
    assert np.array_equal(state, one.model.buffers["optimiser"])
    assert one.model.counters[REFUSED_UPDATES] == 1
    assert one.model.counters[UPDATES] == 0
    one.warm(1)
    one.run(LEARN, x, [1])
    assert one.model.counters[UPDATES] == 1
    assert all(np.isfinite(block).all() for block in one.params().values())


@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("path", PATHS)
def test_rows_of_silent_inputs_are_neither_decayed_nor_stepped(bench, path, optimiser):
    one = bench(path, SMALL, LearningSettings(optimiser=optimiser))
    rng = one.warm(1)
    x = rng.normal(size=(20, FEATURES))
    one.run(LEARN, x, rng.integers(3, size=20))
    before = one.params()["input"]
    copies = one.model.buffers["optimiser"].reshape(-1, one.model.layout.size).copy()
    one.run(LEARN, np.full((3, FEATURES), np.nan), [0, 1, 2])
    after = one.params()["input"]
    assert not np.array_equal(before[0], after[0]), "the bias is always driven"
    assert np.array_equal(before[1:], after[1:])
    block = one.model.layout["input"]
    for old, new in zip(copies, one.model.buffers["optimiser"].reshape(-1, one.model.layout.size), strict=True):
        assert np.array_equal(block.view(old)[1:], block.view(new)[1:])


# --- batches ---------------------------------------------------------------------------------------------------------

DEEP = NetworkSettings(hidden=(10, 8), recurrent=True, readout_decay=0.9)


def test_the_gradient_of_a_batch_is_the_sum_of_its_events(bench, same):
    compiled, oracle = bench("general", DEEP, LearningSettings()), bench("torch", DEEP, LearningSettings())
    compiled.warm(6)
    rng = oracle.warm(6)
    x, y, w = rng.normal(size=(30, FEATURES)), rng.integers(3, size=30), rng.uniform(0.5, 2.0, size=30)
    x[::3, 1] = np.nan
    wanted = oracle.gradient(x, y, w)
    single = [oracle.gradient(x[k : k + 1], y[k : k + 1], w[k : k + 1]) for k in range(30)]
    same({name: sum(found[name] for found in single) for name in wanted}, wanted)
    same(compiled.gradient(x, y, w), wanted)


@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("path", ["general", "torch"])
def test_a_batch_is_one_step_along_its_mean(bench, same, path, optimiser):
    learning = LearningSettings(optimiser=optimiser, fan_in=None, clip_norm=0.3, epsilon=1e-8)
    one = bench(path, DEEP, learning)
    rng = one.warm(6)
    x, y = rng.normal(size=(16, FEATURES)), rng.integers(3, size=16)
    gradient, before = one.gradient(x, y), one.params()
    one.run(GRADIENT | STEP, x, y)
    mean = {name: block / 16 for name, block in gradient.items()}
    norm = np.sqrt(sum((block**2).sum() for block in mean.values()))
    g = {name: block * min(1.0, 0.3 / norm) for name, block in mean.items()}
    rate, decay = learning.learning_rate, learning.squared_decay
    step = {
        "sgd": lambda g: rate * g,
        "rmsprop": lambda g: rate * g / np.sqrt((1 - decay) * g * g + 1e-16),
        "adam": lambda g: rate * np.sqrt(1 - decay) * g / np.sqrt((1 - decay) * g * g + 1e-16),
    }[optimiser]
    after = one.params()
    same({k: before[k] - after[k] for k in g}, {k: step(g[k]) for k in g}, limit=3e-3 if optimiser == "sgd" else 1e-3)
    same(after, {k: before[k] - step(g[k]) for k in g})
    assert one.model.counters[UPDATES] == 1
    assert one.model.table[GATHERED] == one.model.table[TOUCHED_COUNT] == 0
    assert not one.model.buffers["gradient"].any()
    assert not one.model.buffers["touched"].reshape(2, -1)[1].any(), "marks"


def test_gathering_changes_nothing_and_observing_learns_no_weights(bench):
    for path in ("general", "torch"):
        one = bench(path, DEEP, LearningSettings())
        rng = one.warm(6)
        x, y = rng.normal(size=(4, FEATURES)), [0, 1, 2, 0]
        kept = {name: one.model.buffers[name].copy() for name in ("params", "optimiser", "slots", "ranges", "counters")}
        p = one.run(PREDICT, x)
        one.gradient(x, y)
        assert all(np.array_equal(kept[name], one.model.buffers[name]) for name in kept)
        assert np.array_equal(p, one.run(PREDICT, x))
        one.run(OBSERVE, x, y)
        assert one.model.counters[CLOCK] == kept["counters"][CLOCK] + 4
        assert one.model.counters[UPDATES] == 0
        assert np.array_equal(kept["optimiser"], one.model.buffers["optimiser"])


def test_learn_many_in_one_mean_step_is_the_same_on_both_engines(same):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(120, 6))
    y = (x[:, 0] + x[:, 1] > 0).astype(int) + (x[:, 2] > 1)
    models = [SpikingClassifier(hidden=(14,), batch="mean", seed=2, engine=engine) for engine in ("fused", "torch")]
    for model in models:
        for first in range(0, 120, 20):
            model.learn_many(x[first : first + 20], y[first : first + 20].tolist())
    same(models[0]._model.named(), models[1]._model.named())
    assert models[0]._model.counters[CLOCK] == models[1]._model.counters[CLOCK] == 120
    assert models[0]._model.counters[UPDATES] == 6
    probabilities = [np.asarray(model.predict_proba_many(x)) for model in models]
    np.testing.assert_allclose(*probabilities, atol=1e-5)


@pytest.mark.parametrize("network", [NetworkSettings(hidden=(64, 64)), NetworkSettings(recurrent=True)])
def test_deep_and_recurrent_networks_start_alive_and_learn(bench, network):
    """First weights: spikes in every layer from the start, and a line between two classes is found soon."""
    one = bench("general", network, LearningSettings(), classes=2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, FEATURES))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    p = one.run(PREDICT | LEARN, x, y)
    assert (p[:64] == 0.5).any(), "a cold start is uniform"
    assert (p[500:].argmax(axis=1) == y[500:]).mean() > 0.85
