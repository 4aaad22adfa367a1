"""Evolving neurons as points: how far the event at hand is from each, in steadily standardised values.

A neuron keeps its event's values as they came, relative to the first of their slot; they are scaled when they are
compared, by what is known by then. A slot that was missing keeps the value of the neuron before. A category is a
coordinate of its own: two different ones are two apart.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, int64s, kernel, view
from ..encoding.slots import CATEGORY, KIND, slot_row
from .nearest import FAR
from .places import (
    COUNT_COUNT,
    COUNTS,
    FAR_POINTS,
    POINT_CATEGORIES,
    POINT_COLUMNS,
    POINTS,
    STEADY_KNOWN,
    YOUNG_COLUMNS,
)
from .steady import shown, shown_bins, shown_values


@view
def coordinate(g, slot):  # type: ignore[no-untyped-def]
    """Of one slot the value in every neuron."""
    return float32s(g[POINTS] + 4 * g[POINT_COLUMNS] * slot, g[POINT_COLUMNS])


@view
def category_counts(g):  # type: ignore[no-untyped-def]
    """How many categories every neuron's event had; very many where no neuron lives."""
    return float32s(g[POINT_CATEGORIES], g[POINT_COLUMNS])


@view
def point_distances(g):  # type: ignore[no-untyped-def]
    """From the event at hand to every point, squared."""
    return float32s(g[FAR_POINTS], g[POINT_COLUMNS])


@kernel
def measure_points(g, k):  # type: ignore[no-untyped-def]
    """Squared distances of event `k` of the chunk to all neurons."""
    there, bins, relative, sharp = shown(g, k), shown_bins(g, k), shown_values(g, k, 0), shown_values(g, k, 1)
    far = point_distances(g)
    categories, counts = np.float32(0.0), category_counts(g)
    for n in range(there[0]):
        categories += np.float32(1.0) if bins[n] < 0 else np.float32(0.0)
    for j in range(len(far)):
        far[j] = counts[j] + categories
    n, count = 0, there[0]
    while n < count:
        if bins[n] < 0:
            _match(far, coordinate(g, there[1 + n]))
            n += 1
        elif n + 4 <= count and min(min(bins[n + 1], bins[n + 2]), bins[n + 3]) >= 0:
            _recede_four(g, far, there[1 + n :], relative[n:], sharp[n:])
            n += 4
        else:
            scale = math.sqrt(sharp[n])
            _recede(far, coordinate(g, there[1 + n]), np.float32(scale), np.float32(scale * relative[n]))
            n += 1


@kernel
def _match(far, had):  # type: ignore[no-untyped-def]
    two = np.float32(2.0)
    for j in range(len(far)):
        far[j] -= two * had[j]


@kernel
def _recede(far, values, scale, place):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        away = scale * values[j] - place
        far[j] += away * away


@kernel
def _recede_four(g, far, slots, relative, sharp):  # type: ignore[no-untyped-def]
    """Four slots at once: the distances are read and written once."""
    a, b, c, d = (
        np.float32(math.sqrt(sharp[0])),
        np.float32(math.sqrt(sharp[1])),
        np.float32(math.sqrt(sharp[2])),
        np.float32(math.sqrt(sharp[3])),
    )
    at_a, at_b, at_c, at_d = (
        np.float32(math.sqrt(sharp[0]) * relative[0]),
        np.float32(math.sqrt(sharp[1]) * relative[1]),
        np.float32(math.sqrt(sharp[2]) * relative[2]),
        np.float32(math.sqrt(sharp[3]) * relative[3]),
    )
    _recede_all(
        far,
        coordinate(g, slots[0]), a, at_a,
        coordinate(g, slots[1]), b, at_b,
        coordinate(g, slots[2]), c, at_c,
        coordinate(g, slots[3]), d, at_d,
    )  # fmt: skip


@kernel
def _recede_all(far, of_a, a, at_a, of_b, b, at_b, of_c, c, at_c, of_d, d, at_d):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        u, v, w, x = a * of_a[j] - at_a, b * of_b[j] - at_b, c * of_c[j] - at_c, d * of_d[j] - at_d
        far[j] += u * u + v * v + w * w + x * x


@kernel
def _copy(source, target):  # type: ignore[no-untyped-def]
    for j in range(len(source)):
        target[j] = source[j]


@kernel
def take_young(g, young, newest, oldest):  # type: ignore[no-untyped-def]
    """Of the distances to all points those to the young neurons, which have fewer columns."""
    columns, mask = g[YOUNG_COLUMNS], g[POINT_COLUMNS] - 1
    edge = (newest & (columns - 1)) + 1  # up to here they belong to the newest numbers, behind it to the ones before
    now, before = (newest + 1 - edge) & mask, (newest + 1 - columns) & mask
    _copy(float32s(g[FAR_POINTS] + 4 * now, edge), young)
    _copy(float32s(g[FAR_POINTS] + 4 * before, columns - edge), young[edge:])
    for number in range(newest + 1 - columns, oldest):
        young[number & (columns - 1)] = FAR


@kernel
def write_point(t, g, k, number):  # type: ignore[no-untyped-def]
    """The neuron of event `k` of the chunk, which is the learned event `number`."""
    there, bins, relative = shown(g, k), shown_bins(g, k), shown_values(g, k, 0)
    j, before = number & (g[POINT_COLUMNS] - 1), (number - 1) & (g[POINT_COLUMNS] - 1)
    for slot in range(int64s(g[COUNTS], COUNT_COUNT)[STEADY_KNOWN]):
        values = coordinate(g, slot)
        values[j] = np.float32(0.0) if slot_row(t, slot)[KIND] == CATEGORY else values[before]
    categories = np.float32(0.0)
    for n in range(there[0]):
        coordinate(g, there[1 + n])[j] = np.float32(relative[n])
        categories += np.float32(1.0) if bins[n] < 0 else np.float32(0.0)
    category_counts(g)[j] = categories
