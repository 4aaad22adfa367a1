"""How the synapses of the rungs without a hidden layer lie in memory: a row for each input.

In a row, for each pace of the Hebbian rungs, the logarithm of what the input's next count weighs, then those of its
counts with every label; behind them, for each pace of the delta rule, the weights to every label.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .places import DELTA_RATES, HEBBIAN_DECAYS, NEVER


def columns(classes: int) -> list[slice]:
    """Where each rung's part of a row lies, with room for so many labels."""
    sizes = [classes + 1] * len(HEBBIAN_DECAYS) + [classes] * len(DELTA_RATES)
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def width(classes: int) -> int:
    """Entries of a row."""
    return columns(classes)[-1].stop


def blank(classes: int) -> npt.NDArray[np.float32]:
    """A row before its first event: no label was ever counted, no weight has moved."""
    row = np.zeros(width(classes), dtype=np.float32)
    for counts in columns(classes)[: len(HEBBIAN_DECAYS)]:
        row[counts.start + 1 : counts.stop] = NEVER
    return row


def resized(old: npt.NDArray[np.float32], old_classes: int, rows: int, classes: int) -> npt.NDArray[np.float32]:
    """The same synapses with room for other numbers of inputs and labels; what is new is blank.

    Examples
    --------
    >>> small = np.arange(width(2), dtype=np.float32)[None]
    >>> large = resized(small, 2, 3, 5)
    >>> large.shape == (3, width(5)), bool((resized(large, 5, 1, 2) == small).all())
    (True, True)
    """
    new = np.tile(blank(classes), (rows, 1))
    both = min(rows, len(old))
    for to, since in zip(columns(classes), columns(old_classes), strict=True):
        shared = min(to.stop - to.start, since.stop - since.start)
        new[:both, to.start : to.start + shared] = old[:both, since.start : since.start + shared]
    return new
