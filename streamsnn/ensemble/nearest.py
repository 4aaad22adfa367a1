"""The nearest of many neurons, without comparing them one by one.

The columns are split in groups; the least distance of each group is found by folding, in long straight loops, and in
the same way that of each of `GROUPS` groups of groups. At least `NEIGHBOURS` neurons are as near as the
`NEIGHBOURS`-th least of these, and few are more than that: only they are looked for, in the groups that have any, and
put in order, each by counting who comes before it. One half is turned before it is laid upon the other: on streams with
a period, near neurons would else fall into few groups.
"""

from __future__ import annotations

import numpy as np

from .._compile import entry, float32s, int64s, kernel
from .places import MOST_COLUMNS, NEIGHBOURS

GROUPS = 32
OF_A_GROUP = 16  # columns at most
MOST_GROUPS = MOST_COLUMNS // OF_A_GROUP
CANDIDATES = 128
FAR = np.float32(1e30)
# behind the numbers found, in float32: distances, ages and ranks of the candidates
SCRATCH = NEIGHBOURS + CANDIDATES + MOST_GROUPS // 2 + OF_A_GROUP  # entries of 8 bytes
ZERO, ONE = np.float32(0.0), np.float32(1.0)


@kernel
def nearest(far_at, halves_at, found_at, columns, newest, oldest):  # type: ignore[no-untyped-def]
    """Write the numbers of the nearest neurons, nearest first; of equals the youngest is first. -1 where there is none.

    Parameters
    ----------
    far_at
        Address of the distances, a column for each neuron, `FAR` where none lives.
    halves_at
        Address of as many scratch entries.
    found_at
        Address of the answer, with `SCRATCH` entries.
    columns
        How many there are: a power of two, at least 128.
    newest, oldest
        Numbers of the youngest and the oldest living neuron; the neuron of number n has column n % `columns`.
    """
    found = int64s(found_at, NEIGHBOURS)
    for n in range(NEIGHBOURS):
        found[n] = -1
    scratch, narrow = found_at + 8 * NEIGHBOURS, max(columns // OF_A_GROUP, 2 * GROUPS)
    size, wide_at, least_at, groups_at = columns, far_at, halves_at, halves_at
    while size > GROUPS:
        size //= 2
        _fold(wide_at, groups_at, size)
        if size == narrow:
            least_at = groups_at
        wide_at, groups_at = groups_at, groups_at + 4 * size
    bound, least = _bound(float32s(wide_at, GROUPS), float32s(scratch, GROUPS)), float32s(least_at, narrow)
    near_groups, found_groups = 0, float32s(scratch + 8 * CANDIDATES, narrow)
    for group in range(narrow):  # here and below without a branch: it would be guessed wrong as often as right
        found_groups[near_groups] = np.float32(group)
        near_groups += 1 if least[group] <= bound else 0
    far = float32s(far_at, columns)
    distances, ages = float32s(scratch, CANDIDATES), float32s(scratch + 4 * CANDIDATES, CANDIDATES)
    of_group, count = int64s(scratch + 8 * CANDIDATES + 4 * MOST_GROUPS, OF_A_GROUP), 0
    for n in range(near_groups):
        if count + OF_A_GROUP > CANDIDATES:
            _one_by_one(far, found, distances, newest, oldest)
            return
        of_group[0], size, members = int(found_groups[n]), narrow, 1
        while size < columns:
            for m in range(members):
                of_group[members + m] = size + ((of_group[m] + _turn(size)) & (size - 1))
            members, size = 2 * members, 2 * size
        for m in range(members):
            column = of_group[m]
            distances[count] = far[column]
            ages[count] = np.float32((newest - column) & (columns - 1))
            count += 1 if (far[column] <= bound) & (far[column] < FAR) else 0
    ranks = float32s(scratch + 8 * CANDIDATES, count)
    _rank(distances[:count], ages[:count], ranks)
    for n in range(count):
        rank = int(ranks[n])
        if rank < NEIGHBOURS:
            found[rank] = newest - int(ages[n])


@kernel
def _turn(size):  # type: ignore[no-untyped-def]
    """By how much the second half of `2 * size` entries is turned: about the golden section, and odd."""
    return (size * 79 // 128) | 1


@kernel
def _fold(wide_at, narrow_at, size):  # type: ignore[no-untyped-def]
    """Of every two entries of which one lies in the first half and the other in the second, turned one, the lesser."""
    turn = _turn(size)
    _lesser(wide_at, wide_at + 4 * (size + turn), narrow_at, size - turn)
    _lesser(wide_at + 4 * (size - turn), wide_at + 4 * size, narrow_at + 4 * (size - turn), turn)


@kernel
def _lesser(one_at, other_at, lesser_at, size):  # type: ignore[no-untyped-def]
    one, other, lesser = float32s(one_at, size), float32s(other_at, size), float32s(lesser_at, size)
    for n in range(size):
        a, b = one[n], other[n]
        lesser[n] = a if a < b else b


@kernel
def _bound(groups, counts):  # type: ignore[no-untyped-def]
    """The `NEIGHBOURS`-th least of the least distances of the groups."""
    for n in range(len(groups)):
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
        distance = far[number & (len(far) - 1)]
        if distance < near[NEIGHBOURS - 1]:
            place = NEIGHBOURS - 1
            while place > 0 and near[place - 1] > distance:
                near[place] = near[place - 1]
                found[place] = found[place - 1]
                place -= 1
            near[place] = distance
            found[place] = number


@entry
def find_in(far_at, halves_at, found_at, columns, newest, oldest):  # type: ignore[no-untyped-def]
    """`nearest`, called from Python."""
    nearest(far_at, halves_at, found_at, columns, newest, oldest)
