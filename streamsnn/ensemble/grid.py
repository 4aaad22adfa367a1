"""A value of a neuron in two bytes: its place on a grid of its slot.

What is looked at of all neurons for every event must fit into a cache. So a value is kept as a whole number of steps
from a centre, some four thousand to a standard deviation. One that lies farther away than the numbers go, six standard
deviations or more, counts as if it lay where they end: two outliers are near each other. When the ranges have moved
away from the grid, it is laid anew and what lies on it is moved over; ranges settle, so that happens ever more seldom.
A category is 1 where it was shown.
"""

from __future__ import annotations

import math

from .._compile import float64s, int16s, kernel, view
from .places import GRID, GRID_CENTRE, GRID_STEP, GRID_STRIDE, POINT_COLUMNS, POINTS
from .steady import LONGEST

FINENESS = 4096  # steps to a standard deviation, when the grid is laid
LEAST, MOST = 0.6, 1.25  # so many times as many may they become
AWAY = 0.5  # standard deviations by which the centre may differ from the mean
FARTHEST_STEP = 32767.0


@view
def coordinates(g, slot, first, size):  # type: ignore[no-untyped-def]
    """Of one slot the places of the values in the neurons from column `first` on."""
    return int16s(g[POINTS] + 2 * (g[POINT_COLUMNS] * slot + first), size)


@view
def coordinate(g, slot):  # type: ignore[no-untyped-def]
    """Of one slot the place of the value in every neuron."""
    return coordinates(g, slot, 0, g[POINT_COLUMNS])


@view
def grid(g, slot):  # type: ignore[no-untyped-def]
    """Where a slot's grid has its centre, and how wide a step is; 0 before there are two values."""
    return float64s(g[GRID] + 8 * GRID_STRIDE * slot, GRID_STRIDE)


@kernel
def place_of(own, value):  # type: ignore[no-untyped-def]
    """How many steps a value is away from the centre of a grid, from -32767 to 32767."""
    if own[GRID_STEP] == 0.0:
        return 0.0
    return min(max((value - own[GRID_CENTRE]) / own[GRID_STEP], -FARTHEST_STEP), FARTHEST_STEP)


@kernel
def whole(place):  # type: ignore[no-untyped-def]
    """The nearest place on the grid."""
    return int(math.floor(place + 0.5))


@kernel
def fit(g, slot, value, sharp, standard):  # type: ignore[no-untyped-def]
    """Lay a slot's grid anew, if it does not fit the ranges: a value, its inverse variance, and it standardised."""
    own, spread, mean = grid(g, slot), abs(value), 0.0
    if sharp > 0.0:
        spread = 1.0 / math.sqrt(sharp)
        mean = value - standard * spread
    if spread == 0.0:
        return
    usual = FINENESS * own[GRID_STEP]
    fits = LEAST * usual <= spread <= MOST * usual
    if abs(standard) < LONGEST and abs(mean - own[GRID_CENTRE]) > AWAY * spread:
        fits = False
    if not fits:
        centre, step = own[GRID_CENTRE], own[GRID_STEP]
        own[GRID_CENTRE], own[GRID_STEP] = mean, spread / FINENESS
        _move(own, coordinate(g, slot), centre, step)


@kernel
def _move(own, values, centre, step):  # type: ignore[no-untyped-def]
    """From a grid with this centre and step onto the slot's own."""
    for j in range(len(values)):
        values[j] = whole(place_of(own, centre + step * values[j]))
