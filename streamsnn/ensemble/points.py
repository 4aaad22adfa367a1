"""Evolving neurons as points: how far the event at hand is from each, in steadily standardised values.

A neuron keeps its event's values as they came, relative to the first of their slot; they are scaled when they are
compared, by what is known by then. A slot that was missing keeps the value of the neuron before. A category is a
coordinate of its own: two different ones are two apart.
"""

from __future__ import annotations

import numpy as np

from .._compile import float32s, int64s, kernel, view
from ..encoding.slots import CATEGORY, KIND, slot_row
from .places import COUNT_COUNT, COUNTS, NEURON_COLUMNS, NEURON_NORMS, POINTS, STEADY_KNOWN
from .steady import shown, shown_bins, shown_values


@view
def coordinate(g, slot):  # type: ignore[no-untyped-def]
    """Of one slot the value in every neuron."""
    return float32s(g[POINTS] + 4 * NEURON_COLUMNS * slot, NEURON_COLUMNS)


@view
def category_counts(g):  # type: ignore[no-untyped-def]
    """How many categories every neuron's event had; very many where no neuron lives."""
    return float32s(g[NEURON_NORMS] + 4 * NEURON_COLUMNS, NEURON_COLUMNS)


@kernel
def measure_points(g, k, far):  # type: ignore[no-untyped-def]
    """Squared distances of event `k` of the chunk to all neurons."""
    there, bins, relative, sharp = shown(g, k), shown_bins(g, k), shown_values(g, k, 0), shown_values(g, k, 1)
    categories, counts = np.float32(0.0), category_counts(g)
    for n in range(there[0]):
        categories += np.float32(1.0) if bins[n] < 0 else np.float32(0.0)
    for j in range(NEURON_COLUMNS):
        far[j] = counts[j] + categories
    for n in range(there[0]):
        if bins[n] < 0:
            _match(far, coordinate(g, there[1 + n]))
        elif sharp[n] > 0.0:
            _recede(far, coordinate(g, there[1 + n]), np.float32(relative[n]), np.float32(sharp[n]))


@kernel
def _match(far, had):  # type: ignore[no-untyped-def]
    two = np.float32(2.0)
    for j in range(NEURON_COLUMNS):
        far[j] -= two * had[j]


@kernel
def _recede(far, values, value, sharp):  # type: ignore[no-untyped-def]
    for j in range(NEURON_COLUMNS):
        difference = values[j] - value
        far[j] += sharp * (difference * difference)


@kernel
def write_point(t, g, k, number):  # type: ignore[no-untyped-def]
    """The neuron of event `k` of the chunk, which is the learned event `number`."""
    there, bins, relative = shown(g, k), shown_bins(g, k), shown_values(g, k, 0)
    j, before = number % NEURON_COLUMNS, (number - 1) % NEURON_COLUMNS
    for slot in range(int64s(g[COUNTS], COUNT_COUNT)[STEADY_KNOWN]):
        values = coordinate(g, slot)
        values[j] = np.float32(0.0) if slot_row(t, slot)[KIND] == CATEGORY else values[before]
    categories = np.float32(0.0)
    for n in range(there[0]):
        coordinate(g, there[1 + n])[j] = np.float32(relative[n])
        categories += np.float32(1.0) if bins[n] < 0 else np.float32(0.0)
    category_counts(g)[j] = categories
