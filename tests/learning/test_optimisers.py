"""The optimisers against PyTorch's own."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from streamsnn.learning.engines import LEARN  # noqa: E402
from streamsnn.learning.settings import LearningSettings  # noqa: E402
from streamsnn.learning.torch_optimiser import descended, step_size  # noqa: E402
from streamsnn.memory import CURRENT_COUNT, SPIKE_COUNT  # noqa: E402
from streamsnn.network.settings import NetworkSettings  # noqa: E402

SETTINGS = {"learning_rate": 0.01, "momentum": 0.8, "squared_decay": 0.95, "epsilon": 1e-8, "fan_in": None}
THEIRS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.95, eps=1e-8),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-8),
}
COPIES = {"sgd": 1, "rmsprop": 1, "adam": 2}


@pytest.mark.parametrize("name", list(THEIRS))
def test_dense_steps_are_those_of_torch_optim(name):
    settings = LearningSettings(optimiser=name, **SETTINGS)
    torch.manual_seed(0)
    weights = torch.randn(4, 5)
    theirs = weights.clone().requires_grad_()
    optimiser, state = THEIRS[name]([theirs]), torch.zeros(COPIES[name], 4, 5)
    for updates in range(50):
        theirs.grad = torch.randn(4, 5)
        weights, state = descended(weights, state, theirs.grad, step_size(settings, 1, updates), settings)
        optimiser.step()
    torch.testing.assert_close(weights, theirs.detach(), rtol=1e-5, atol=1e-6)


def test_sparse_steps_are_those_of_sparse_adam():
    """A row without a gradient keeps its weights and moments; the step count is everybody's."""
    settings = LearningSettings(optimiser="adam", **SETTINGS)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    weights, state = torch.randn(6, 3), torch.zeros(2, 6, 3)
    theirs = torch.nn.Parameter(weights.clone())
    optimiser = torch.optim.SparseAdam([theirs], lr=0.01, betas=(0.8, 0.95), eps=1e-8)
    for updates in range(30):
        rows = torch.from_numpy(np.sort(rng.choice(6, size=2, replace=False)))
        gradient = torch.randn(2, 3)
        theirs.grad = torch.sparse_coo_tensor(rows[None], gradient, (6, 3), check_invariants=True)
        optimiser.step()
        rate = step_size(settings, 1, updates)
        weights[rows], state[:, rows] = descended(weights[rows], state[:, rows], gradient, rate, settings)
    torch.testing.assert_close(weights, theirs.detach(), rtol=1e-5, atol=1e-6)


def test_the_rate_falls_with_the_square_root_of_the_active_inputs():
    settings = LearningSettings(learning_rate=0.1, fan_in=10)
    assert step_size(settings, 10, 0) == 0.1
    assert step_size(settings, 1000, 0) == pytest.approx(0.01)


@pytest.mark.parametrize("path", ["straight", "general", "torch"])
def test_every_path_lowers_the_rate_of_crowded_events(bench, path):
    moved = []
    for fan_in in (None, 1):
        learning = LearningSettings(optimiser="sgd", momentum=0.0, learning_rate=0.1, fan_in=fan_in)
        one = bench(path, NetworkSettings(hidden=(8,)), learning)
        rng = one.warm(3)
        before = one.params()["readout_bias"]
        one.run(LEARN, rng.normal(size=(1, 5)), [0])
        active = one.model.table[[CURRENT_COUNT, SPIKE_COUNT]].sum()
        moved.append(one.params()["readout_bias"] - before)
    assert active > 5
    np.testing.assert_allclose(moved[1], moved[0] / np.sqrt(active), rtol=1e-4, atol=1e-7)
