"""Surrogate derivatives of the spike function, by name.

The spike ``s = H(v)`` of a unit at distance ``v = U - threshold`` has no useful derivative; training uses one of these
instead. Each is a pure function of ``v`` and of a scale (its sharpness) and peaks at 1 for ``v = 0``. They are written
with arithmetic that Numba, NumPy and torch understand, so that both engines run the very same line; ``one`` is the
number 1 in the precision of ``v``, so that no constant widens the computation (but for the exponential of `sigmoid`).

To add one: a function here, and a line in `SURROGATES`.

References
----------
Neftci, E. O., Mostafa, H., & Zenke, F. (2019). Surrogate gradient learning in spiking neural networks. IEEE Signal
Processing Magazine, 36(6), 51-63.

Zenke, F., & Vogels, T. P. (2021). The remarkable robustness of surrogate gradient learning for instilling complex
function in spiking neural networks. Neural Computation, 33(4), 899-925.
"""

from __future__ import annotations

from typing import Any


def superspike(v: Any, scale: Any, one: Any) -> Any:
    """Derivative of the fast sigmoid, ``1 / (1 + scale |v|)^2`` (Zenke & Ganguli 2018)."""
    q = one / (one + scale * abs(v))
    return q * q


def sigmoid(v: Any, scale: Any, one: Any) -> Any:
    """Derivative of the logistic function, ``4 e / (1 + e)^2`` with ``e = exp(-scale |v|)``."""
    e = (one * 2.718281828459045) ** (-scale * abs(v))
    q = one / (one + e)
    return (one + one + one + one) * e * q * q


def piecewise_linear(v: Any, scale: Any, one: Any) -> Any:
    """A triangle, ``max(0, 1 - scale |v|)`` (Bellec et al. 2018)."""
    height = one - scale * abs(v)
    return height * (height > 0)


def arctan(v: Any, scale: Any, one: Any) -> Any:
    """Derivative of the arcus tangent, ``1 / (1 + (scale v)^2)`` (Fang et al. 2021)."""
    x = scale * v
    return one / (one + x * x)


def straight_through(v: Any, scale: Any, one: Any) -> Any:
    """One within ``1 / scale`` of the threshold, zero beyond (Bengio et al. 2013; Hubara et al. 2016)."""
    return one * (scale * abs(v) <= one)


SURROGATES = {
    "superspike": superspike,
    "sigmoid": sigmoid,
    "piecewise_linear": piecewise_linear,
    "arctan": arctan,
    "straight_through": straight_through,
}
