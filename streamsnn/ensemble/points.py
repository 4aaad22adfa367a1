"""Evolving neurons as points: how far the event at hand is from each, in steadily standardised values.

A neuron keeps its event's values as they came, on the grids of their slots; they are scaled when they are compared, by
what is known by then. A slot that was missing keeps the value of the neuron before, and one that is missing in the
event at hand is not looked at. A category is a coordinate of its own: two different ones are two apart.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import float32s, float64s, int64s, kernel, view
from ..encoding.slots import CATEGORY, KIND, slot_row
from .grid import coordinate, coordinates, fit, grid, place_of, whole
from .nearest import FAR
from .places import (
    COUNT_COUNT,
    COUNTS,
    FAR_POINTS,
    GRID_STEP,
    POINT_COLUMNS,
    PULLS,
    STEADY_KNOWN,
    STEADY_ROOM,
    YOUNG_COLUMNS,
)
from .steady import shown, shown_bins, shown_values


@view
def point_distances(g):  # type: ignore[no-untyped-def]
    """From the event at hand to every point, squared; `FAR` where no neuron lives."""
    return float32s(g[FAR_POINTS], g[POINT_COLUMNS])


@view
def pulls(g, which):  # type: ignore[no-untyped-def]
    """For every slot that is shown 1 (0), or how relevant it is (1)."""
    return float64s(g[PULLS] + 8 * g[STEADY_ROOM] * which, g[STEADY_ROOM])


@kernel
def measure_young(g, k, far, newest, oldest):  # type: ignore[no-untyped-def]
    """Squared distances of event `k` of the chunk to the young neurons, which have fewer columns than all points."""
    columns, mask = g[YOUNG_COLUMNS], g[POINT_COLUMNS] - 1
    edge = (newest & (columns - 1)) + 1  # up to here they belong to the newest numbers, behind it to the ones before
    measure_points(g, k, (newest + 1 - edge) & mask, far[:edge], pulls(g, 0))
    measure_points(g, k, (newest + 1 - columns) & mask, far[edge:], pulls(g, 0))
    for number in range(newest + 1 - columns, oldest):
        far[number & (columns - 1)] = FAR


@kernel
def measure_living(g, k, newest, oldest):  # type: ignore[no-untyped-def]
    """Squared distances of event `k` of the chunk to all points that live, each slot as it is relevant."""
    far, columns = point_distances(g), g[POINT_COLUMNS]
    first, count = oldest & (columns - 1), newest + 1 - oldest
    until_end = min(count, columns - first)
    measure_points(g, k, first, far[first : first + until_end], pulls(g, 1))
    measure_points(g, k, 0, far[: count - until_end], pulls(g, 1))


@kernel
def measure_points(g, k, first, far, pull):  # type: ignore[no-untyped-def]
    """Squared distances to the points from column `first` on, as many as there is room for; slots count by `pull`."""
    there, bins, relative, sharp = shown(g, k), shown_bins(g, k), shown_values(g, k, 0), shown_values(g, k, 1)
    all_differ, size = 0.0, len(far)
    for n in range(there[0]):
        all_differ += 2.0 * pull[n] if bins[n] < 0 else 0.0
    _begin(far, np.float32(all_differ))
    n, count = 0, there[0]
    while n < count:
        if bins[n] < 0:
            _match(far, coordinates(g, there[1 + n], first, size), np.float32(2.0 * pull[n]))
            n += 1
        elif n + 4 <= count and min(min(bins[n + 1], bins[n + 2]), bins[n + 3]) >= 0:
            _recede_four(g, first, far, there[1 + n :], relative[n:], sharp[n:], pull[n:])
            n += 4
        else:
            slot = there[1 + n]
            scale, place = _scaled(g, slot, pull[n] * sharp[n], relative[n])
            _recede(far, coordinates(g, slot, first, size), scale, place)
            n += 1


@kernel
def _scaled(g, slot, sharp, value):  # type: ignore[no-untyped-def]
    """What a step of a slot's grid counts in a distance, and where a value lies on the grid, scaled so."""
    own = grid(g, slot)
    scale = math.sqrt(sharp) * own[GRID_STEP]
    return np.float32(scale), np.float32(scale * place_of(own, value))


@kernel
def _begin(far, distance):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        far[j] = distance


@kernel
def _match(far, had, both):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        far[j] -= both * had[j]


@kernel
def _recede(far, values, scale, place):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        away = scale * values[j] - place
        far[j] += away * away


@kernel
def _recede_four(g, first, far, slots, relative, sharp, pull):  # type: ignore[no-untyped-def]
    """Four slots at once: the distances are read and written once."""
    a, at_a = _scaled(g, slots[0], pull[0] * sharp[0], relative[0])
    b, at_b = _scaled(g, slots[1], pull[1] * sharp[1], relative[1])
    c, at_c = _scaled(g, slots[2], pull[2] * sharp[2], relative[2])
    d, at_d = _scaled(g, slots[3], pull[3] * sharp[3], relative[3])
    size = len(far)
    _recede_all(
        far,
        coordinates(g, slots[0], first, size), a, at_a,
        coordinates(g, slots[1], first, size), b, at_b,
        coordinates(g, slots[2], first, size), c, at_c,
        coordinates(g, slots[3], first, size), d, at_d,
    )  # fmt: skip


@kernel
def _recede_all(far, of_a, a, at_a, of_b, b, at_b, of_c, c, at_c, of_d, d, at_d):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        u, v, w, x = a * of_a[j] - at_a, b * of_b[j] - at_b, c * of_c[j] - at_c, d * of_d[j] - at_d
        far[j] += u * u + v * v + w * w + x * x


@kernel
def write_point(t, g, k, number):  # type: ignore[no-untyped-def]
    """The neuron of event `k` of the chunk, which is the learned event `number`."""
    there, bins, relative = shown(g, k), shown_bins(g, k), shown_values(g, k, 0)
    sharp, standard = shown_values(g, k, 1), shown_values(g, k, 2)
    j, before = number & (g[POINT_COLUMNS] - 1), (number - 1) & (g[POINT_COLUMNS] - 1)
    for slot in range(int64s(g[COUNTS], COUNT_COUNT)[STEADY_KNOWN]):
        values = coordinate(g, slot)
        values[j] = 0 if slot_row(t, slot)[KIND] == CATEGORY else values[before]
    for n in range(there[0]):
        slot = there[1 + n]
        if bins[n] < 0:
            coordinate(g, slot)[j] = 1
        else:
            fit(g, slot, relative[n], sharp[n], standard[n])
            coordinate(g, slot)[j] = whole(place_of(grid(g, slot), relative[n]))
