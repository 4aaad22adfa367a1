"""The nearest of many neurons, without comparing them one by one.

The columns are split in `GROUPS`; the least distance of each group is found by halving, in long straight loops. At
least `NEIGHBOURS` neurons are as near as the `NEIGHBOURS`-th least of these, and few are more than that: only they are
put in order, each by counting who comes before it.
"""

from __future__ import annotations

import numpy as np

from .._compile import entry, float32s, int64s, kernel
from .places import NEIGHBOURS, NEURON_COLUMNS

GROUPS = 32
CANDIDATES = 96
FAR = np.float32(1e30)
# behind the numbers found, in float32: distances, ages and ranks of the candidates
SCRATCH = NEIGHBOURS + 3 * CANDIDATES // 2  # entries of 8 bytes
ZERO, ONE = np.float32(0.0), np.float32(1.0)


@kernel
def nearest(far_at, halves_at, found_at, newest, oldest):  # type: ignore[no-untyped-def]
    """Write the numbers of the nearest neurons, nearest first; of equals the youngest is first. -1 where there is none.

    Parameters
    ----------
    far_at
        Address of the distances, a column for each neuron, `FAR` where none lives.
    halves_at
        Address of half as many scratch entries.
    found_at
        Address of the answer, with `SCRATCH` entries.
    newest, oldest
        Numbers of the youngest and the oldest living neuron; the neuron of number n has column n % `NEURON_COLUMNS`.
    """
    found = int64s(found_at, NEIGHBOURS)
    for n in range(NEIGHBOURS):
        found[n] = -1
    scratch = found_at + 8 * NEIGHBOURS
    _halve(float32s(far_at, NEURON_COLUMNS), float32s(halves_at, NEURON_COLUMNS // 2), NEURON_COLUMNS // 2)
    size = NEURON_COLUMNS // 4
    while size >= 2 * GROUPS:
        halves = float32s(halves_at, 2 * size)
        _halve(halves, halves, size)
        size //= 2
    bound = _bound(float32s(halves_at, 2 * GROUPS), float32s(scratch, GROUPS), float32s(scratch + 4 * GROUPS, GROUPS))
    far, least = float32s(far_at, NEURON_COLUMNS), float32s(halves_at, 2 * GROUPS)
    distances, ages = float32s(scratch, CANDIDATES), float32s(scratch + 4 * CANDIDATES, CANDIDATES)
    groups, near_groups = float32s(scratch + 8 * CANDIDATES, 2 * GROUPS), 0
    for group in range(2 * GROUPS):  # here and below without a branch: it would be guessed wrong as often as right
        groups[near_groups] = np.float32(group)
        near_groups += 1 if least[group] <= bound else 0
    count = 0
    for n in range(near_groups):
        if count + NEURON_COLUMNS // (2 * GROUPS) > CANDIDATES:
            _one_by_one(far, found, distances, newest, oldest)
            return
        for column in range(int(groups[n]), NEURON_COLUMNS, 2 * GROUPS):
            distances[count] = far[column]
            ages[count] = np.float32((newest - column) & (NEURON_COLUMNS - 1))
            count += 1 if (far[column] <= bound) & (far[column] < FAR) else 0
    ranks = float32s(scratch + 8 * CANDIDATES, count)
    _rank(distances[:count], ages[:count], ranks)
    for n in range(count):
        rank = int(ranks[n])
        if rank < NEIGHBOURS:
            found[rank] = newest - int(ages[n])


@kernel
def _halve(wide, narrow, size):  # type: ignore[no-untyped-def]
    """Of every two entries that lie `size` apart, the lesser."""
    for n in range(size):
        a, b = wide[n], wide[size + n]
        narrow[n] = a if a < b else b


@kernel
def _bound(least, groups, counts):  # type: ignore[no-untyped-def]
    """The `NEIGHBOURS`-th least of the least distances of the groups."""
    for n in range(len(groups)):
        a, b = least[n], least[len(groups) + n]
        groups[n] = a if a < b else b
        counts[n] = ZERO
    for n in range(len(groups)):
        one = groups[n]
        for j in range(len(groups)):
            counts[j] += ONE if one <= groups[j] else ZERO
    bound = FAR
    for n in range(len(groups)):
        if counts[n] >= NEIGHBOURS:
            bound = min(bound, groups[n])
    return bound


@kernel
def _rank(distances, ages, ranks):  # type: ignore[no-untyped-def]
    """Of every candidate how many are nearer, or as near and younger."""
    for n in range(len(ranks)):
        ranks[n] = ZERO
    for n in range(len(ranks)):
        distance, age = distances[n], ages[n]
        for j in range(len(ranks)):
            before = (distance < distances[j]) | ((distance == distances[j]) & (age < ages[j]))
            ranks[j] += ONE if before else ZERO


@kernel
def _one_by_one(far, found, near, newest, oldest):  # type: ignore[no-untyped-def]
    """The same by insertion, from the youngest on: for when very many are equally far."""
    for n in range(NEIGHBOURS):
        near[n] = FAR
    for number in range(newest, oldest - 1, -1):
        distance = far[number % NEURON_COLUMNS]
        if distance < near[NEIGHBOURS - 1]:
            place = NEIGHBOURS - 1
            while place > 0 and near[place - 1] > distance:
                near[place] = near[place - 1]
                found[place] = found[place - 1]
                place -= 1
            near[place] = distance
            found[place] = number


@entry
def find_in(far_at, halves_at, found_at, newest, oldest):  # type: ignore[no-untyped-def]
    """`nearest`, called from Python."""
    nearest(far_at, halves_at, found_at, newest, oldest)
