"""What an encoder knows about the values of one input slot, learned online: kind, reference, spread, quantiles.

Values are collected in a sorted batch of `BATCH`. When it is full (and at 1, 2, 4, ... values of the first) the slot
is *settled*: the batch's quantiles, trimmed mean and spread are blended into the running ones with weight
``max(1 / batches, range_rate)``, and the slot's kind is decided:

- **graded**: many distinct values; receptive fields and centring make sense;
- **discrete**: few distinct values, or one that makes up half of them (binary words, counts that are mostly zero). Its
  commonest value is the *reference* and is silence. If a slot is absent from most events, absence is its commonest
  value: the slot is *news* whenever it is there, and has no silent value.
- **category**: the one-hot line of a category: news whenever present.

Nothing here is moved by one outlier: the quantiles ignore it, mean and spread are taken within Tukey's outer fences.
"""

from __future__ import annotations

import math

from .._compile import float64s, int64s, kernel, view
from ..memory import (
    CLOCK,
    COUNTER_SIZE,
    COUNTERS,
    FILLED,
    HYPER,
    HYPER_COUNT,
    KEEPS_LAST,
    PART_COUNT,
    RANGE_RATE,
    RANGES,
    RANGES_STRIDE,
    SILENCE,
    SLOT_CAPACITY,
    SLOT_STRIDE,
    SLOTS,
)
from .parts import FIELDS, FIRST_CENTRE, part_integers

BATCH = 64
DISTINCT = 8

# a slot's row in `slots`
UNSEEN, DISCRETE, INFLATED, GRADED, CATEGORY = range(5)
KIND, FIRST_EVENT, STORED, BATCHES, NEWS, VALUES_KNOWN, PART_ROWS = range(7)
# ... and for every part of the encoder, from PART_ROWS on: its base row (0: none yet), the first row of its receptive
# fields, and a row for each distinct value (the last one for all others)
BASE_ROW, FIELD_ROW, LINE_ROWS = range(3)
PART_STRIDE = LINE_ROWS + DISTINCT

# a slot's row in `ranges`
REFERENCE, LINE_SCALE, MEAN, VARIANCE, INVERSE_SPREAD, LOW, HIGH, LAST, FIELDS_SET, VALUES = range(10)
CENTRES = VALUES + DISTINCT
# then the centres of every population part, then the sorted batch

LARGEST = 1e30  # anything beyond is taken for missing, as infinity is: its square must stay finite


def slot_stride(parts: int) -> int:
    """Integers kept for one slot, given the number of parts of the encoder."""
    return PART_ROWS + parts * PART_STRIDE


def ranges_stride(centres: int) -> int:
    """Reals kept for one slot, given the number of receptive fields of all parts."""
    return CENTRES + centres + BATCH


@view
def batch_of_slot(t, slot, filled):  # type: ignore[no-untyped-def]
    """The first `filled` places of a slot's sorted batch."""
    return float64s(t[RANGES] + 8 * (t[RANGES_STRIDE] * (slot + 1) - BATCH), filled)


@view
def part_rows(t, slot, p):  # type: ignore[no-untyped-def]
    """The rows that part `p` of the encoder has for a slot."""
    return int64s(t[SLOTS] + 8 * (t[SLOT_STRIDE] * slot + PART_ROWS + p * PART_STRIDE), PART_STRIDE)


@kernel
def usable(value):  # type: ignore[no-untyped-def]
    """Whether a value says anything: NaN, infinities and magnitudes beyond `LARGEST` are missing."""
    return math.isfinite(value) and abs(value) <= LARGEST


@view
def slot_row(t, slot):  # type: ignore[no-untyped-def]
    return int64s(t[SLOTS] + 8 * t[SLOT_STRIDE] * slot, t[SLOT_STRIDE])


@view
def ranges_row(t, slot):  # type: ignore[no-untyped-def]
    return float64s(t[RANGES] + 8 * t[RANGES_STRIDE] * slot, t[RANGES_STRIDE])


@kernel
def value_line(t, slot, value):  # type: ignore[no-untyped-def]
    """Number of the line of a distinct value; the last line stands for every value not listed."""
    known = ranges_row(t, slot)
    for k in range(slot_row(t, slot)[VALUES_KNOWN]):
        if known[VALUES + k] == value:
            return k
    return DISTINCT - 1


@kernel
def silent(t, slot, value):  # type: ignore[no-untyped-def]
    """Whether a value is the commonest state of its slot, and no news."""
    info, known = slot_row(t, slot), ranges_row(t, slot)
    return (info[KIND] == DISCRETE or info[KIND] == INFLATED) and info[NEWS] == 0 and value == known[REFERENCE]


@kernel
def track(t, slot, value):  # type: ignore[no-untyped-def]
    """Learn from one usable value; the kind may change, rows are given out by the encoder afterwards.

    A value that is silence is only counted (`FILLED`); copies of the reference enter the sorted batch when it settles.
    """
    filled = int64s(t[FILLED], t[SLOT_CAPACITY])
    filled[slot] += 1
    n = filled[slot]
    settles = n & (n - 1) == 0
    if value == float64s(t[SILENCE], t[SLOT_CAPACITY])[slot] and not settles:
        return
    info = slot_row(t, slot)
    known = ranges_row(t, slot)
    clock = int64s(t[COUNTERS], COUNTER_SIZE)[CLOCK]
    if info[BATCHES] == 0 and n == 1:
        info[FIRST_EVENT] = clock
        known[REFERENCE] = value
    known[LAST] = value
    if info[KIND] == CATEGORY:
        if n == BATCH:
            filled[slot] = 0
            info[BATCHES] += 1
        return
    if value != known[REFERENCE]:
        _insert(t, slot, value)
    if n == BATCH or (info[BATCHES] == 0 and settles):
        _settle(t, slot, n, clock)
        silence = float64s(t[SILENCE], t[SLOT_CAPACITY])
        silence[slot] = known[REFERENCE] if silent(t, slot, known[REFERENCE]) and t[KEEPS_LAST] == 0 else math.nan
    if n == BATCH:
        filled[slot] = 0
        info[STORED] = 0
        info[BATCHES] += 1


@kernel
def _insert(t, slot, value):  # type: ignore[no-untyped-def]
    """Sort a value into the batch; note it if it is one of the first few distinct ones."""
    info, known, batch = slot_row(t, slot), ranges_row(t, slot), batch_of_slot(t, slot, BATCH)
    place = info[STORED]
    while place > 0 and batch[place - 1] > value:
        batch[place] = batch[place - 1]
        place -= 1
    batch[place] = value
    info[STORED] += 1
    if info[KIND] != GRADED and info[VALUES_KNOWN] < DISTINCT - 1 and value_line(t, slot, value) == DISTINCT - 1:
        known[VALUES + info[VALUES_KNOWN]] = value
        info[VALUES_KNOWN] += 1


@kernel
def _settle(t, slot, filled, clock):  # type: ignore[no-untyped-def]
    """Blend a sorted batch into what is known and decide the slot's kind."""
    info, known, batch = slot_row(t, slot), ranges_row(t, slot), batch_of_slot(t, slot, filled)
    copies = len(batch) - info[STORED]
    place = len(batch)
    while copies > 0 and place > copies and batch[place - 1 - copies] > known[REFERENCE]:
        batch[place - 1] = batch[place - 1 - copies]
        place -= 1
    for k in range(place - copies, place):
        batch[k] = known[REFERENCE]
    info[STORED] = len(batch)

    weight = 1.0
    if info[BATCHES] > 0:
        weight = max(1.0 / (info[BATCHES] + 1.0), float64s(t[HYPER], HYPER_COUNT)[RANGE_RATE])
    count = info[BATCHES] * BATCH + len(batch)
    age = clock - info[FIRST_EVENT] + 1
    if 2 * count < age:
        info[NEWS] = 1
    elif 4 * count > 3 * age:
        info[NEWS] = 0
    _decide_kind(info, known, batch)
    if info[KIND] != GRADED:
        _settle_line(info, known, batch, weight)
    _settle_range(known, batch, weight)
    if info[KIND] == INFLATED:
        count = 0
        for k in range(len(batch)):
            if batch[k] != known[REFERENCE]:
                batch[count] = batch[k]
                count += 1
        info[STORED] = count
        batch = batch_of_slot(t, slot, count)
        if count == 0:
            return
        if known[FIELDS_SET] != 0.0 and info[BATCHES] > 0:
            weight *= count / BATCH
    known[FIELDS_SET] = 1.0
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
