"""Surrogate derivatives: closed forms, their peak, and the same line in every engine."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn._compile import entry, float32s
from streamsnn.network.derivative import derivative_row
from streamsnn.network.surrogate import SURROGATES

V = np.linspace(-2, 2, 401)

CLOSED_FORMS = {
    "superspike": lambda v, k: 1 / (1 + k * np.abs(v)) ** 2,
    "sigmoid": lambda v, k: 1 / np.cosh(k * v / 2) ** 2,
    "piecewise_linear": lambda v, k: np.maximum(0, 1 - k * np.abs(v)),
    "arctan": lambda v, k: 1 / (1 + (k * v) ** 2),
    "straight_through": lambda v, k: (np.abs(k * v) <= 1).astype(float),
}


@entry
def _row(kind, v, out, length, scale, peak):  # type: ignore[no-untyped-def]
    derivative_row(kind, float32s(v, length), np.float32(scale), np.float32(peak), float32s(out, length))


def test_every_surrogate_has_a_closed_form_here():
    assert CLOSED_FORMS.keys() == SURROGATES.keys()


@pytest.mark.parametrize("scale", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("name", list(SURROGATES))
def test_closed_form_and_peak(name, scale):
    found = SURROGATES[name](V, scale, 1.0)
    np.testing.assert_allclose(found, CLOSED_FORMS[name](V, scale), rtol=1e-9, atol=1e-12)
    assert SURROGATES[name](0.0, scale, 1.0) == pytest.approx(1.0)
    assert found.max() == pytest.approx(1.0)
    assert found.min() >= 0.0


@pytest.mark.parametrize("kind", range(len(SURROGATES)))
def test_the_compiled_row_is_the_same_function(kind):
    v, out = V.astype(np.float32), np.zeros(len(V), dtype=np.float32)
    _row(kind, v.ctypes.data, out.ctypes.data, len(v), 3.0, 0.5)
    wanted = 0.5 * list(SURROGATES.values())[kind](v, np.float32(3.0), np.float32(1.0))
    np.testing.assert_allclose(out, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["superspike", "sigmoid", "arctan"])
def test_it_is_the_derivative_autograd_finds(name):
    """Each is the slope of a known squashing function."""
    torch = pytest.importorskip("torch")
    squashed = {
        "superspike": lambda v: v / (1 + 3 * v.abs()),
        "sigmoid": lambda v: 4 / 3 * torch.sigmoid(3 * v),
        "arctan": lambda v: torch.atan(3 * v) / 3,
    }[name]
    v = torch.tensor(V, requires_grad=True)
    (slope,) = torch.autograd.grad(squashed(v).sum(), v)
    np.testing.assert_allclose(SURROGATES[name](V, 3.0, 1.0), slope.numpy(), rtol=1e-9)


@pytest.mark.parametrize("name", list(SURROGATES))
def test_the_spike_of_torch_has_this_slope(name):
    torch = pytest.importorskip("torch")
    from streamsnn.network.settings import NetworkSettings
    from streamsnn.network.torch_lif import spike

    settings = NetworkSettings(surrogate=name, surrogate_scale=3.0, surrogate_peak=0.5)
    v = torch.tensor(V, requires_grad=True)
    spikes = spike(v, settings)
    assert torch.equal(spikes, (v >= 0).double())
    (slope,) = torch.autograd.grad(spikes.sum(), v)
    np.testing.assert_allclose(slope.numpy(), 0.5 * SURROGATES[name](V, 3.0, 1.0))
