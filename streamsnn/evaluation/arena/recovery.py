"""How long a model takes to be itself again after a drift."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

WINDOW = 200
SHARE = 0.95


def recovery_times(hits: NDArray[np.bool_], drifts: Sequence[int], window: int = WINDOW) -> list[int]:
    """Events from each drift until the model is as good as it gets before the next one.

    A model's plateau in a concept is its accuracy over the last quarter of the events between this drift and the next
    (or the end). It has recovered at the first event at which its accuracy over the last `window` events, all of them
    after the drift, is at least 95 % of the plateau. The shortest time is therefore `window`: the drift did not hurt.
    A model that never gets there is given the whole time to the next drift. As every model is held against itself, a
    bad one can recover fast: read the time beside the accuracy.

    Parameters
    ----------
    hits
        Whether each event was predicted rightly.
    drifts
        Where the drifts are, see `Field.drifts`. One that is followed by another within two windows is left out.
    window
        Events over which the accuracy is taken.

    Returns
    -------
    list of int
        One time for each drift.

    Examples
    --------
    Wrong for 100 events after the drift, right from then on:

    >>> hits = np.ones(1000, dtype=bool)
    >>> hits[500:600] = False
    >>> recovery_times(hits, [500], window=100)
    [195]
    """
    times = []
    for begin, end in pairwise([*drifts, len(hits)]):
        if end - begin < 2 * window:
            continue
        concept = hits[begin:end].astype(np.float64)
        goal = SHARE * concept[-max(len(concept) // 4, 1) :].mean()
        sums = np.concatenate(([0.0], concept.cumsum()))
        reached = np.flatnonzero((sums[window:] - sums[:-window]) / window >= goal - 1e-12)
        times.append(int(reached[0]) + window if len(reached) else end - begin)
    return times
