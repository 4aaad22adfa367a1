"""Numbers drawn by counting: a pure function of a seed and of what the number is for (splitmix64).

There is no generator whose state could differ between an engine that grows one row at a time and one that grows a
thousand at once, or between a model and its restored copy.

References
----------
Steele, G. L., Lea, D., & Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_THIRTY, _TWENTY_SEVEN, _THIRTY_ONE, _ELEVEN = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@kernel
def _mixed(z):  # type: ignore[no-untyped-def]
    z = (z ^ (z >> _THIRTY)) * _MIX_1
    z = (z ^ (z >> _TWENTY_SEVEN)) * _MIX_2
    return z ^ (z >> _THIRTY_ONE)


@kernel
def uniform(seed, stream, index):  # type: ignore[no-untyped-def]
    """A number in [0, 1) that depends on nothing but three integers."""
    z = _mixed(np.uint64(seed) + _GOLDEN)
    z = _mixed((z ^ np.uint64(stream)) + _GOLDEN)
    z = _mixed((z ^ np.uint64(index)) + _GOLDEN)
    return float(z >> _ELEVEN) * 2.0**-53
