"""The surrogate derivative of a whole row of units, chosen by number at run time.

The choice is made once a row, not once a unit, so that the loop over units stays straight and is vectorised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._compile import kernel
from .surrogate import SURROGATES

_ONE = np.float32(1.0)


def _chain(choices: Sequence[tuple[int, Callable[..., Any]]]) -> Any:
    """A kernel ``(kind, v, scale, peak, out)`` that runs the loop of the surrogate number `kind`."""
    (number, function), *rest = choices
    derivative = kernel(function)
    otherwise = _chain(rest) if rest else None

    if otherwise is None:

        @kernel
        def last(kind, v, scale, peak, out):  # type: ignore[no-untyped-def]
            for h in range(len(v)):
                out[h] = peak * derivative(v[h], scale, _ONE)

        return last

    @kernel
    def choose(kind, v, scale, peak, out):  # type: ignore[no-untyped-def]
        if kind == number:
            for h in range(len(v)):
                out[h] = peak * derivative(v[h], scale, _ONE)
        else:
            otherwise(kind, v, scale, peak, out)

    return choose


derivative_row = _chain(list(enumerate(SURROGATES.values())))
