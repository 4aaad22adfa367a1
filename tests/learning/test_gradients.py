"""Gradients: the compiled kernels against autograd, and both against a reference that shares no line with them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from streamsnn import memory as m  # noqa: E402
from streamsnn.learning.engines import LEARN  # noqa: E402
from streamsnn.learning.settings import LearningSettings  # noqa: E402
from streamsnn.network import general  # noqa: E402
from streamsnn.network.settings import READOUTS, RESETS, NetworkSettings  # noqa: E402
from streamsnn.network.surrogate import SURROGATES  # noqa: E402

FEATURES = 5

networks = st.builds(
    NetworkSettings,
    hidden=st.lists(st.integers(3, 12), min_size=1, max_size=3).map(tuple),
    recurrent=st.booleans(),
    steps=st.integers(2, 10),
    membrane_decay=st.sampled_from([0.5, 0.9, 1.0]),
    synapse_decay=st.sampled_from([0.0, 0.4, 0.8]),
    threshold=st.sampled_from([0.3, 0.5, 1.0]),
    adaptation=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    adaptation_decay=st.sampled_from([0.6, 0.97]),
    reset=st.sampled_from(RESETS),
    readout=st.sampled_from(READOUTS),
    readout_decay=st.sampled_from([0.0, 0.7, 1.0]),
    surrogate=st.sampled_from(list(SURROGATES)),
    surrogate_scale=st.sampled_from([0.5, 1.0, 5.0]),
    surrogate_peak=st.sampled_from([0.5, 1.0]),
)
learnings = st.builds(
    LearningSettings,
    truncation=st.one_of(st.none(), st.integers(1, 5)),
    lower_rate=st.sampled_from([0.0, 0.3]),
    lower_strength=st.sampled_from([0.0, 2.0]),
    upper_rate=st.sampled_from([0.1, 1.0]),
    upper_strength=st.sampled_from([0.0, 2.0]),
)


def both(bench, network, learning, seed, path="general"):
    """The two engines at work on equal models, and a generator."""
    fused_bench, torch_bench = bench(path, network, learning), bench("torch", network, learning)
    fused_bench.warm(seed)
    rng = torch_bench.warm(seed)
    for one in (fused_bench, torch_bench):
        one.model.buffers["class_weights"][:3] = 0.5, 1.0, 2.0
    return fused_bench, torch_bench, rng


def test_engines_agree_on_gradients(bench, same):
    tally = Counter()

    @settings(max_examples=80, derandomize=True, deadline=None)
    @given(networks, learnings, st.integers(0, 10_000), st.sampled_from([0.3, 1.0, 4.0]))
    def check(network, learning, seed, weight):
        compiled, oracle, rng = both(bench, network, learning, seed)
        x, y = rng.normal(size=(1, FEATURES)), rng.integers(3, size=1)
        found, wanted = compiled.gradient(x, y, [weight]), oracle.gradient(x, y, [weight])
        same(found, wanted)
        counts = general.spike_counts(network, compiled.model.buffers["traces"])
        assert [c.sum() for c in counts] == [
            c.sum() for c in general.spike_counts(network, oracle.model.buffers["traces"])
        ]
        tally["draws"] += 1
        tally["alive"] += all(c.sum() > 0 for c in counts) and all(np.any(block) for block in wanted.values())

    check()
    assert 2 * tally["alive"] >= tally["draws"], tally


@pytest.mark.parametrize("readout", ["mean", "last", "count"])
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("surrogate", list(SURROGATES))
def test_all_three_paths_agree(bench, same, readout, reset, surrogate):
    """The straight path never forms its gradient: one large step of plain SGD shows it."""
    network = NetworkSettings(
        hidden=(10,), readout=readout, reset=reset, surrogate=surrogate, synapse_decay=0.5, readout_decay=0.8
    )
    rate = 1024.0
    learning = LearningSettings(
        optimiser="sgd",
        momentum=0.0,
        learning_rate=rate,
        fan_in=None,
        truncation=3,
        lower_rate=0.3,
        lower_strength=1.0,
        upper_rate=0.2,
        upper_strength=1.0,
    )
    straight, oracle, rng = both(bench, network, learning, 3, path="straight")
    compiled, _, _ = both(bench, network, learning, 3)
    x, y, w = rng.normal(size=(1, FEATURES)), [2], [0.7]
    wanted = oracle.gradient(x, y, w)
    same(compiled.gradient(x, y, w), wanted)
    before = straight.params()
    straight.run(LEARN, x, y, w)
    after = straight.params()
    same({name: (before[name] - after[name][: len(before[name])]) / rate for name in before}, wanted)


@pytest.mark.parametrize("readout", ["mean", "last", "count"])
@pytest.mark.parametrize("reset", RESETS)
def test_graded_spikes_have_the_gradient_of_the_oracle_and_of_the_reference(bench, same, readout, reset):
    network = NetworkSettings(
        hidden=(10,), readout=readout, reset=reset, readout_decay=0.8, synapse_decay=0.5, threshold=0.2, neuron="graded"
    )
    rate = 1024.0
    plain = {"optimiser": "sgd", "momentum": 0.0, "learning_rate": rate, "fan_in": None}
    learning = LearningSettings(**plain, truncation=3, lower_rate=0.3, lower_strength=1.0)
    straight, oracle, rng = both(bench, network, learning, 3, path="straight")
    x, y, w = rng.normal(size=(1, FEATURES)), [1], [0.7]
    wanted = oracle.gradient(x, y, w)
    assert all(np.any(block) for block in wanted.values())
    same(wanted, reference_gradient(oracle.model, network, learning, label=1, weight=0.7))
    before = straight.params()
    straight.run(LEARN, x, y, w)
    after = straight.params()
    same({name: (before[name] - after[name][: len(before[name])]) / rate for name in before}, wanted)


# --- an independent reference ----------------------------------------------------------------------------------------

ANTIDERIVATIVES = {
    "superspike": lambda v, k: v / (1 + k * v.abs()),
    "arctan": lambda v, k: torch.atan(k * v) / k,
    "sigmoid": lambda v, k: 4 / k * torch.sigmoid(k * v),
}


def reference_gradient(model, network, learning, label, weight):
    """Unit by unit in float64; a spike is a smooth function whose value is replaced by 0 or 1."""
    params = {name: torch.tensor(block.astype(np.float64), requires_grad=True) for name, block in model.named().items()}
    table, buffers = model.table, model.buffers
    inputs = torch.zeros(network.steps, len(params["input"]), dtype=torch.float64)
    for k in range(table[m.CURRENT_COUNT]):
        inputs[:, buffers["current_rows"][k]] += float(buffers["current_values"][k])
    for k in range(table[m.SPIKE_COUNT]):
        inputs[buffers["spike_steps"][k], buffers["spike_rows"][k]] += 1.0

    def fires(v):
        smooth = network.surrogate_peak * ANTIDERIVATIVES[network.surrogate](v, network.surrogate_scale)
        return (v >= 0).double() + smooth - smooth.detach()

    below, loss = [inputs[t] @ params["input"] for t in range(network.steps)], 0.0
    for layer, units in enumerate(network.hidden):
        if layer > 0:
            below = [params[f"bias_{layer}"][0] + s @ params[f"weight_{layer}"] for s in below]
        i = u = a = s = torch.zeros(units, dtype=torch.float64)
        spikes, graded = [], []
        for t in range(network.steps):
            if learning.truncation and t and t % learning.truncation == 0:
                i, u, a, s = i.detach(), u.detach(), a.detach(), s.detach()
            i = network.synapse_decay * i + below[t]
            if network.recurrent:
                i = i + s @ params[f"recurrent_{layer}"]
            u = network.membrane_decay * u + i - network.threshold * (s if network.reset == "through" else s.detach())
            a = network.adaptation_decay * a + s
            s = fires(u - network.threshold - network.adaptation * a)
            spikes.append(s)
            graded.append((u - network.threshold).clamp(min=0.0))
        below = graded if network.neuron == "graded" else spikes
        rates = sum(spikes) / network.steps
        loss = loss + learning.lower_strength * torch.relu(learning.lower_rate - rates).pow(2).mean()
        loss = loss + learning.upper_strength * torch.relu(rates - learning.upper_rate).pow(2).mean()
    y, trace = 0.0, []
    for s in below:
        y = network.readout_decay * y + params["readout"] @ s
        trace.append(y)
    score = {
        "mean": lambda: sum(trace) / network.steps,
        "last": lambda: trace[-1],
        "count": lambda: params["readout"] @ sum(below) / network.steps,
        "max": lambda: torch.stack(trace).max(dim=0).values,
    }[network.readout]()
    logits = score + params["readout_bias"][0]
    loss = loss - weight * torch.log_softmax(logits, dim=0)[label]
    gradients = torch.autograd.grad(loss, list(params.values()))
    return {name: gradient.numpy() for name, gradient in zip(params, gradients, strict=True)}


CASES = [
    (
        NetworkSettings(
            hidden=(9, 7),
            recurrent=True,
            synapse_decay=0.6,
            adaptation=0.3,
            adaptation_decay=0.8,
            reset="through",
            readout="max",
            readout_decay=0.7,
            surrogate="arctan",
            surrogate_scale=2.0,
        ),
        LearningSettings(truncation=3, lower_rate=0.4, lower_strength=1.0),
    ),
    (
        NetworkSettings(hidden=(8,), readout="last", readout_decay=0.5, surrogate="superspike", surrogate_peak=0.5),
        LearningSettings(upper_rate=0.1, upper_strength=3.0),
    ),
    (
        NetworkSettings(hidden=(6, 6, 6), readout="mean", readout_decay=0.9, surrogate="sigmoid", steps=12),
        LearningSettings(truncation=5),
    ),
    (
        NetworkSettings(hidden=(8,), recurrent=True, adaptation=0.2, readout="count", reset="through"),
        LearningSettings(),
    ),
]


@pytest.mark.parametrize(("network", "learning"), CASES)
@pytest.mark.parametrize("path", ["general", "torch"])
def test_both_engines_agree_with_the_reference(bench, same, path, network, learning):
    one = bench(path, network, learning)
    rng = one.warm(11)
    found = one.gradient(rng.normal(size=(1, FEATURES)), [1], [0.8])
    assert all(count.sum() > 0 for count in general.spike_counts(network, one.model.buffers["traces"]))
    same(found, reference_gradient(one.model, network, learning, label=1, weight=0.8))


# --- truncation ------------------------------------------------------------------------------------------------------


def test_truncation_cuts_exactly_at_its_multiples(bench):
    """With a readout that sees nothing but the last step, no gradient reaches the steps before the last cut."""
    network = NetworkSettings(hidden=(8,), steps=8, readout="last", readout_decay=0.0, recurrent=True, reset="through")
    for truncation, first in ((3, 6), (4, 4), (7, 7), (8, 0), (None, 0)):
        one = bench("general", network, LearningSettings(truncation=truncation))
        rng = one.warm(2)
        one.gradient(rng.normal(size=(1, FEATURES)), [1])
        traces = one.model.buffers["traces"][8 * 8 : 2 * 8 * 8].reshape(8, 8)
        assert not traces[:first].any()
        assert np.abs(traces[first:]).min() > 0


def test_truncation_of_one_step_is_the_local_rule(bench):
    """No gradient through time: each step's error times its surrogate derivative."""
    network = NetworkSettings(hidden=(8,), steps=6, readout_decay=0.8, synapse_decay=0.5)
    one = bench("general", network, LearningSettings(truncation=1))
    rng = one.warm(4)
    x = rng.normal(size=(1, FEATURES))
    p = one.run(1, x)[0]
    found = one.gradient(x, [0])
    voltage = one.model.buffers["traces"][: 6 * 8].reshape(6, 8)
    error = (p - [1, 0, 0]) @ one.params()["readout"]
    local = network.step_weights()[:, None] * error / (1 + network.surrogate_scale * np.abs(voltage)) ** 2
    np.testing.assert_allclose(found["input"][0], local.sum(axis=0), rtol=1e-4, atol=1e-7)


def test_a_truncation_longer_than_the_event_changes_nothing(bench):
    network = NetworkSettings(hidden=(8, 6), recurrent=True)
    found = []
    for truncation in (None, 8, 1000):
        one = bench("general", network, LearningSettings(truncation=truncation))
        rng = one.warm(5)
        found.append(one.gradient(rng.normal(size=(1, FEATURES)), [2]))
    for other in found[1:]:
        for name, block in found[0].items():
            assert np.array_equal(block, other[name])
