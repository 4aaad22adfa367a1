"""The nearest of many neurons, without comparing them one by one.

The columns are split in groups; the least distance of each group is found by folding, in long straight loops, and in
the same way that of each of `GROUPS` groups of groups. At least `NEIGHBOURS` neurons are as near as the
`NEIGHBOURS`-th least of these, and few are more than that: only they are looked for, from the groups that have any
down through the groups of which those were folded, and put in order, each by counting who comes before it. One half is
turned before it is laid upon the other: on streams with a period, near neurons would else fall into few groups.
"""

from __future__ import annotations

import numpy as np

from .._compile import entry, float32s, int32s, int64s, kernel
from .places import NEIGHBOURS

GROUPS = 32
CANDIDATES = 128
VECTOR = 32  # numbers that are compared at once: in a shorter row they would be compared one by one
FAR = np.float32(1e30)
FARTHEST = np.nextafter(FAR, np.float32(0.0))  # where a neuron can be that lives
# behind the numbers found, in 4 bytes each: two lists of candidates, their distances, ages and ranks
SCRATCH = NEIGHBOURS + 5 * CANDIDATES // 2  # entries of 8 bytes
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
    scratch, far = found_at + 8 * NEIGHBOURS, float32s(far_at, columns)
    size, wide_at, groups_at = columns, far_at, halves_at
    while size > GROUPS:
        size //= 2
        _fold(wide_at, groups_at, size)
        wide_at, groups_at = groups_at, groups_at + 4 * size
    groups = float32s(wide_at, GROUPS)
    bound = min(_bound(groups, float32s(scratch, GROUPS)), FARTHEST)
    found_at, next_at, count = scratch, scratch + 4 * CANDIDATES, 0
    near = int32s(found_at, CANDIDATES)
    for group in range(GROUPS):  # here and below without a branch: it would be guessed wrong as often as right
        near[count] = group
        count += 1 if groups[group] <= bound else 0
    while size < columns:
        if 2 * count > CANDIDATES:
            _one_by_one(far, found, float32s(scratch, NEIGHBOURS), newest, oldest)
            return
        size, wide_at = 2 * size, far_at if 2 * size == columns else wide_at - 8 * size
        count = _split(float32s(wide_at, size), int32s(found_at, count), int32s(next_at, CANDIDATES), bound)
        found_at, next_at = next_at, found_at
    near = int32s(found_at, count)
    _rank_them(far, near, scratch + 8 * CANDIDATES, newest, found)


@kernel
def _split(least, groups, parts, bound):  # type: ignore[no-untyped-def]
    """Of each of the groups that have a near neuron, the two of which it was folded, if they have one; how many."""
    half, count = len(least) // 2, 0
    turn = _turn(half)
    for n in range(len(groups)):
        one = groups[n]
        other = half + ((one + turn) & (half - 1))
        parts[count] = one
        count += 1 if least[one] <= bound else 0
        parts[count] = other
        count += 1 if least[other] <= bound else 0
    return count


@kernel
def _rank_them(far, near, scratch, newest, found):  # type: ignore[no-untyped-def]
    """Put those near in order, and write the numbers of the nearest."""
    count, mask = len(near), len(far) - 1
    full = -(-count // VECTOR) * VECTOR
    distances, ages = float32s(scratch, full), float32s(scratch + 4 * CANDIDATES, full)
    ranks = float32s(scratch + 8 * CANDIDATES, full)
    for n in range(count):
        distances[n] = far[near[n]]
        ages[n] = np.float32((newest - near[n]) & mask)
    for n in range(count, full):
        distances[n] = ages[n] = FAR
    _rank(distances, ages, ranks, count)
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
def _rank(distances, ages, ranks, count):  # type: ignore[no-untyped-def]
    """Of every candidate how many are nearer, or as near and younger."""
    for n in range(len(ranks)):
        ranks[n] = ZERO
    for n in range(count):
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
