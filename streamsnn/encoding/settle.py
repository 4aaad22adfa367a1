"""Settling a slot: blending a batch of values into what is known of it, and deciding its kind."""

from __future__ import annotations

import math

from .._compile import float64s, kernel
from ..memory import HYPER, HYPER_COUNT, PART_COUNT, RANGE_RATE
from .parts import FIELDS, FIRST_CENTRE, part_integers
from .slots import (
    BATCH,
    BATCHES,
    CENTRES,
    DISCRETE,
    DISTINCT,
    FIRST_EVENT,
    GRADED,
    HIGH,
    INFLATED,
    INVERSE_SPREAD,
    KIND,
    LINE_SCALE,
    LOW,
    MEAN,
    NEWS,
    REFERENCE,
    STORED,
    UNSEEN,
    VARIANCE,
    batch_of_slot,
    ranges_row,
    slot_row,
)


@kernel
def settle(t, slot, filled, clock):  # type: ignore[no-untyped-def]
    """Blend a batch into what is known and decide the slot's kind."""
    info, known = slot_row(t, slot), ranges_row(t, slot)
    sort(batch_of_slot(t, slot, BATCH), info[STORED])
    weight = 1.0
    if info[BATCHES] > 0:
        weight = max(1.0 / (info[BATCHES] + 1.0), float64s(t[HYPER], HYPER_COUNT)[RANGE_RATE])
    _decide_news(info, info[BATCHES] * BATCH + filled, clock - info[FIRST_EVENT] + 1)
    if info[KIND] == DISCRETE and info[NEWS] == 0 and info[STORED] < min(DISTINCT, filled // 4):
        # Nearly all of the batch is silence: it stays what it is, and only the few others count.
        _settle_line(info, known, batch_of_slot(t, slot, info[STORED]), weight)
        return
    _add_silence(t, slot, filled)
    batch = batch_of_slot(t, slot, filled)
    before = info[KIND]
    _decide_kind(info, known, batch)
    if info[KIND] != GRADED:
        _settle_line(info, known, batch, weight)
    if info[KIND] == DISCRETE:
        return
    if before != GRADED and before != INFLATED:
        weight = 1.0  # what was known of its range, if anything, is too old
    _settle_range(known, batch, weight)
    _settle_fields(t, slot, filled, weight)


@kernel
def sort(batch, count):  # type: ignore[no-untyped-def]
    """Sort the first `count` of the `BATCH` places: few by insertion, many by a network without branches.

    References
    ----------
    Batcher, K. E. (1968). Sorting networks and their applications. AFIPS Spring Joint Computer Conference, 307-314.
    """
    if count <= 16:
        for k in range(1, count):
            value, place = batch[k], k
            while place > 0 and batch[place - 1] > value:
                batch[place] = batch[place - 1]
                place -= 1
            batch[place] = value
        return
    for k in range(count, BATCH):
        batch[k] = math.inf
    width = 1
    while width < BATCH:
        for begin in range(0, BATCH, 2 * width):
            for k in range(width):
                _exchange(batch, begin + k, begin + 2 * width - 1 - k)
        step = width // 2
        while step > 0:
            for begin in range(0, BATCH, 2 * step):
                for k in range(begin, begin + step):
                    _exchange(batch, k, k + step)
            step //= 2
        width *= 2
    for k in range(count, BATCH):
        batch[k] = 0.0  # what pads a batch must not stay: a saved model is finite


@kernel
def _exchange(batch, i, j):  # type: ignore[no-untyped-def]
    a, b = batch[i], batch[j]
    batch[i] = min(a, b)
    batch[j] = max(a, b)


@kernel
def _decide_news(info, count, age):  # type: ignore[no-untyped-def]
    """Absence is the commonest state of a slot that came in fewer than half of the events since its first."""
    if 2 * count < age:
        info[NEWS] = 1
    elif 4 * count > 3 * age:
        info[NEWS] = 0


@kernel
def _add_silence(t, slot, filled):  # type: ignore[no-untyped-def]
    """Put the copies of the reference, which were only counted, in their place in the sorted batch."""
    info, reference, batch = slot_row(t, slot), ranges_row(t, slot)[REFERENCE], batch_of_slot(t, slot, filled)
    copies, place = filled - info[STORED], filled
    while copies > 0 and place > copies and batch[place - 1 - copies] > reference:
        batch[place - 1] = batch[place - 1 - copies]
        place -= 1
    for k in range(place - copies, place):
        batch[k] = reference
    info[STORED] = filled


@kernel
def _settle_fields(t, slot, filled, weight):  # type: ignore[no-untyped-def]
    """Centres of receptive fields at the quantiles of the batch; silence takes no part."""
    info, known, batch = slot_row(t, slot), ranges_row(t, slot), batch_of_slot(t, slot, filled)
    if info[KIND] == INFLATED:
        count = 0
        for k in range(filled):
            if batch[k] != known[REFERENCE]:
                batch[count] = batch[k]
                count += 1
        info[STORED] = count
        if count == 0:
            return
        if weight < 1.0:
            weight *= count / BATCH
        batch = batch_of_slot(t, slot, count)
    for p in range(t[PART_COUNT]):
        part = part_integers(t, p)
        for k in range(part[FIELDS]):
            centre = CENTRES + part[FIRST_CENTRE] + k
            known[centre] += weight * (quantile(batch, (k + 0.5) / part[FIELDS]) - known[centre])


@kernel
def _decide_kind(info, known, batch):  # type: ignore[no-untyped-def]
    """Count distinct values, find the commonest; keep the old answer near the border."""
    filled = len(batch)
    distinct, longest, run, at_reference = 0, 0, 0, 0
    commonest = batch[0]
    for k in range(filled):
        if k > 0 and batch[k] == batch[k - 1]:
            run += 1
        else:
            distinct += 1
            run = 1
        if run > longest:
            longest = run
            commonest = batch[k]
        if batch[k] == known[REFERENCE]:
            at_reference += 1
    few = distinct <= min(DISTINCT, filled // 4)
    kind = info[KIND]
    if kind == UNSEEN:
        kind = DISCRETE
    elif few and (kind == DISCRETE or 2 * distinct <= DISTINCT):
        kind = DISCRETE
    elif 5 * longest > (3 if kind == GRADED else 2) * filled:
        if kind == GRADED or distinct > DISTINCT:
            kind = INFLATED
    elif not few:
        kind = GRADED
    if longest > 2 * at_reference or info[KIND] == UNSEEN:
        known[REFERENCE] = commonest
    info[KIND] = kind


@kernel
def _settle_line(info, known, batch, weight):  # type: ignore[no-untyped-def]
    """Typical distance from silence of the values that are not silent: the medians above and below it."""
    filled = len(batch)
    reference = known[REFERENCE]
    if info[NEWS] != 0:
        reference = 0.0
    below, above = 0, 0
    for k in range(filled):
        if batch[k] < reference:
            below += 1
        elif batch[k] > reference:
            above += 1
    if below + above == 0:
        return
    distance = 0.0
    if below > 0:
        distance += below * (reference - batch[below // 2])
    if above > 0:
        distance += above * (batch[filled - 1 - above // 2] - reference)
    distance /= below + above
    if known[LINE_SCALE] == 0.0:
        known[LINE_SCALE] = distance
    else:
        known[LINE_SCALE] += weight * (distance - known[LINE_SCALE])


@kernel
def quantile(batch, share):  # type: ignore[no-untyped-def]
    """Linear interpolation between the order statistics of a sorted batch."""
    at = share * (len(batch) - 1)
    left = int(at)
    if left >= len(batch) - 1:
        return batch[len(batch) - 1]
    return batch[left] + (at - left) * (batch[left + 1] - batch[left])


@kernel
def _settle_range(known, batch, weight):  # type: ignore[no-untyped-def]
    """Running mean and variance within Tukey's outer fences; the 5 % and 95 % quantiles."""
    q1, q3 = quantile(batch, 0.25), quantile(batch, 0.75)
    low, high = q1 - 3.0 * (q3 - q1), q3 + 3.0 * (q3 - q1)
    if low == high:
        low, high = batch[0], batch[len(batch) - 1]
    total, squares = 0.0, 0.0
    for k in range(len(batch)):
        total += min(max(batch[k], low), high)
    mean = total / len(batch)
    for k in range(len(batch)):
        squares += (min(max(batch[k], low), high) - mean) ** 2
    step = mean - known[MEAN]
    known[MEAN] += weight * step
    known[VARIANCE] = (1.0 - weight) * (known[VARIANCE] + weight * step * step) + weight * squares / len(batch)
    known[INVERSE_SPREAD] = 1.0 / math.sqrt(known[VARIANCE]) if known[VARIANCE] > 0.0 else 0.0
    known[LOW] += weight * (quantile(batch, 0.05) - known[LOW])
    known[HIGH] += weight * (quantile(batch, 0.95) - known[HIGH])
