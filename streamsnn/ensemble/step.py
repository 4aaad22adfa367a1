"""The ladder's step: a chunk of events is encoded, taken through every member, and mixed.

One event at a time and a thousand at once run the same three phases; only the chunks differ, and no result depends on
where a chunk ends. In a chunk a member goes through all events before the next member does, so that its weights stay
in the nearest cache, and members can run in threads.
"""

from __future__ import annotations

from .._compile import entry, float32s, float64s, int64s, kernel
from .._denormals import flush_denormals, restore_denormals
from .._random import uniform
from ..encoding.encode import encode, observe
from ..learning.fused import (
    INITIALISE,
    LEARN,
    PREDICT,
    event_bounds,
    has_rows_for,
    is_sorted,
    remember_seen,
    seen_before,
    sort_by_slot,
)
from ..memory import (
    CLASS_CAPACITY,
    CLASSES,
    CLOCK,
    COUNTER_SIZE,
    COUNTERS,
    EVENT_BEGIN,
    EVENT_END,
    EVENT_LABELS,
    EVENT_SLOTS,
    EVENT_VALUES,
    EVENT_WEIGHTS,
    EXTENSION,
    HIDDEN,
    HYPER,
    HYPER_COUNT,
    INPUT_OFFSET,
    INPUT_SCALE,
    OUTPUT,
    OUTPUT_STRIDE,
    OWNERS,
    PARAMS,
    PART_COUNT,
    ROW_CAPACITY,
    ROWS,
    SEED,
    SEEN_COUNT,
    TABLE_SIZE,
)
from ..network.initial import draw_row
from .direct import run_direct
from .history import forecast_next, history_row, learn_history
from .member import is_kept, likeliest, member_table, run_member
from .mixture import learn_mixture, mix, mixed_row, note_error
from .neurons import rebuild_neurons, run_neurons
from .places import (
    BALANCE,
    CHUNK,
    CHUNK_EVENTS,
    CHUNK_FIRST,
    COUNT_COUNT,
    COUNTS,
    CURRENT_CURSOR,
    DRIFT_LOG,
    DRIFT_NOW,
    DRIFTS,
    FRESH,
    HALVES,
    HISTORY,
    KNOWN_CLASSES,
    LABEL,
    LEARNS,
    MEMBER_COUNT,
    MEMBER_DRIFTS,
    NEURON_WINDOW,
    NUMBER,
    OLDEST,
    OLDEST_EVENT,
    PLACE_COUNT,
    RATE_COUNT,
    RATES,
    REMEMBERED,
    RIGHT,
    RING_EVENTS,
    RING_WEIGHTS,
    SCORED,
    SHARE_DECAY,
    SHARES,
    SPIKE_CURSOR,
    STORED_BEST,
)
from .reactions import TICK, react, watch
from .ring import at_hand, keep_drive, remember, write_drive
from .settled import run_settled
from .steady import note_steady, observe_steady
from .verdict import last_word, note_run, note_verdict

HALF_STREAM, HALF_COUNT = 104729, 8
MOST_BALANCE = 10.0
OTHERS = 3  # to be taken through a chunk besides the members, see `take_through`

# phases of a chunk, and where a mode says which one, and of which member
ALL, BEGIN, ONE, END = range(4)
PHASE_AT, MEMBER_AT = 8, 16


@kernel
def take_in(t, g, begin, mode):  # type: ignore[no-untyped-def]
    """Encode the next chunk of events and let the ranges observe them; gives the number of events taken."""
    counters, counts = int64s(t[COUNTERS], COUNTER_SIZE), int64s(g[COUNTS], COUNT_COUNT)
    labels, weights = int64s(t[EVENT_LABELS], t[EVENT_END]), float64s(t[EVENT_WEIGHTS], t[EVENT_END])
    current_cursor, spike_cursor = counts[CURRENT_CURSOR], counts[SPIKE_CURSOR]
    k = 0
    g[CHUNK_FIRST] = begin
    while k < g[CHUNK] and begin + k < t[EVENT_END]:
        i = begin + k
        learns = mode & LEARN and labels[i] >= 0 and weights[i] > 0.0
        at_slots, at_values, width = event_bounds(t, i)
        slots = int64s(t[EVENT_SLOTS] + 8 * at_slots, width)
        values = float64s(t[EVENT_VALUES] + 8 * at_values, width)
        if mode & LEARN and not has_rows_for(t, width + 1):
            break
        if not is_sorted(slots):
            sort_by_slot(slots, values)
        g[FRESH] = 0
        event = at_hand(g, k)
        if k == 0 and seen_before(t, slots, values):
            g[FRESH] = 1
        else:
            encode(t, slots, values)
            write_drive(t, g, k, history_row(t, g) if g[HISTORY] else 0)
            note_steady(t, g, k, slots, values)
            event[KNOWN_CLASSES] = counters[CLASSES]
            if g[HISTORY]:
                forecast_next(t, g, k, counters[CLASSES])
            remember_seen(t, slots, values)
        event[NUMBER], event[OLDEST] = counts[REMEMBERED], counts[OLDEST_EVENT]
        event[LEARNS] = 1 if learns else 0
        keep_drive(g, k)
        k += 1
        if not learns:
            continue
        weight = weights[i] * balance(t, g, labels[i])
        float64s(g[RING_WEIGHTS] + 8 * (RING_EVENTS + k - 1), 1)[0] = weight
        remember(g, k - 1, labels[i], weight)
        counters[CLASSES] = max(counters[CLASSES], labels[i] + 1)
        rows = counters[ROWS]
        observe(t, slots, values)
        redrawn = observe_steady(t, g, slots, values)
        if g[HISTORY]:
            learn_history(t, g, labels[i])
        begin_rows(t, g, rows)
        counters[CLOCK] += 1
        t[SEEN_COUNT] = -1
        if redrawn or g[FRESH] == 1 or counters[CLOCK] % TICK == 0:
            break
    if k > 1:
        t[SEEN_COUNT] = -1  # what the rungs said of the last event does not stand where a single one's does
    g[CHUNK_EVENTS] = k
    if mode == PREDICT:
        counts[CURRENT_CURSOR], counts[SPIKE_CURSOR] = current_cursor, spike_cursor
    return k


@kernel
def balance(t, g, label):  # type: ignore[no-untyped-def]
    """A factor on the loss, if classes are balanced: one over the label's recent share and their number, at most 10."""
    rates, capacity = float64s(g[RATES], RATE_COUNT), t[CLASS_CAPACITY]
    if rates[BALANCE] == 0.0:
        return 1.0
    shares = float64s(g[SHARES], capacity)
    total, seen = 0.0, 0
    for c in range(capacity):
        shares[c] *= rates[SHARE_DECAY]
        if c == label:
            shares[c] += 1.0
        total += shares[c]
        seen += 1 if shares[c] > 0.0 else 0
    return min(total / (seen * shares[label]), MOST_BALANCE)


@kernel
def mark_halves(t, g, first):  # type: ignore[no-untyped-def]
    """Draw for the rows from `first` on to which halves of the features they belong; the bias is in all of them.

    The first two slots are dealt out, not drawn: a half without any feature would follow the labels alone, which on
    streams whose labels go in circles is worth a lot, but is nothing to leave to the seed.
    """
    owners, halves = int64s(t[OWNERS], t[ROW_CAPACITY]), int64s(g[HALVES], t[ROW_CAPACITY])
    for row in range(first, int64s(t[COUNTERS], COUNTER_SIZE)[ROWS]):
        slot = owners[row] // t[PART_COUNT]
        halves[row] = 0
        for half in range(HALF_COUNT):
            if slot < 0 or slot == half % 2 or uniform(t[SEED], HALF_STREAM + half, slot) < 0.5:
                halves[row] |= 1 << half


@kernel
def begin_rows(t, g, first):  # type: ignore[no-untyped-def]
    """Give first weights to new input rows in every member, and decide to which halves of the features they belong."""
    last = int64s(t[COUNTERS], COUNTER_SIZE)[ROWS]
    if first == last:
        return
    mark_halves(t, g, first)
    for number in range(g[MEMBER_COUNT]):
        if is_kept(g, number):
            continue  # what is new says nothing to a past member
        own = member_table(g, number)
        scale = float64s(own[HYPER], HYPER_COUNT)[INPUT_SCALE]
        for row in range(first, last):
            weights = float32s(own[PARAMS] + 4 * (own[INPUT_OFFSET] + row * own[HIDDEN]), own[HIDDEN])
            draw_row(weights, own[SEED], 0, row, scale)


@kernel
def take_through(t, g, number, mode):  # type: ignore[no-untyped-def]
    """Take one member through the chunk; behind the last come the neurons, the direct and the settled rungs."""
    if number < g[MEMBER_COUNT]:
        run_member(t, g, number, mode & LEARN)
    elif number == g[MEMBER_COUNT] + 1:
        run_direct(t, g, mode & LEARN)
    elif number == g[MEMBER_COUNT] + 2:
        run_settled(t, g, mode & LEARN)
    elif g[NEURON_WINDOW] > 0:
        run_neurons(t, g, mode & LEARN)


@kernel
def conclude(t, g, mode):  # type: ignore[no-untyped-def]
    """Mix the rungs' forecasts of every event of the chunk, write them out, let the mixture learn, watch for drift."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    learned = False
    for k in range(g[CHUNK_EVENTS]):
        if g[DRIFT_LOG] != 0:
            drifts = int64s(g[DRIFT_LOG] + 16 * (g[CHUNK_FIRST] + k), 2)
            drifts[0], drifts[1] = counts[DRIFTS], counts[MEMBER_DRIFTS]
        event = at_hand(g, k)
        known = event[KNOWN_CLASSES]
        mix(t, g, k, known)
        mixed = mixed_row(t, g, 0)
        best = likeliest(mixed, known)
        said = last_word(t, g, k, known, best) if g[HISTORY] else best
        if mode & PREDICT:
            shown = min(known, t[OUTPUT_STRIDE])
            output = float64s(t[OUTPUT] + 8 * t[OUTPUT_STRIDE] * (g[CHUNK_FIRST] + k), shown)
            for c in range(shown):
                output[c] = mixed[c]
            if said != best and max(said, best) < shown:
                output[said], output[best] = output[best], output[said]
        if event[LEARNS] == 0:
            continue
        learned = True
        counts[DRIFT_NOW] = 0
        if g[HISTORY]:
            if event[LABEL] < known:
                note_verdict(t, g, k, known, best, event[LABEL])
            note_run(g, event[LABEL])
        if event[LABEL] >= known:
            continue
        if g[STORED_BEST] >= 0:
            said = g[STORED_BEST]  # what was said when the event was scored, long ago
        wrong = said != event[LABEL]
        counts[SCORED] += 1
        counts[RIGHT] += 0 if wrong else 1
        learn_mixture(t, g, k, known, event[LABEL])
        note_error(g, wrong)
        watch(t, g, k, known, event[LABEL], wrong)
    if learned:
        react(t, g)


@entry
def run_ladder(address, mode):  # type: ignore[no-untyped-def]
    """Take the events that the table names; returns where it stopped: earlier when the weights need more rows.

    With a phase in `mode`, see `phase`, it runs only that phase of one chunk: `BEGIN` gives the number of events taken.
    """
    before = flush_denormals()
    stopped = run_phases(address, mode)
    restore_denormals(before)
    return stopped


@kernel
def run_phases(address, mode):  # type: ignore[no-untyped-def]
    """Each phase is called at one place only, so that it is the same code, and gives the same bits, alone or not."""
    t = int64s(address, TABLE_SIZE)
    g = int64s(t[EXTENSION], PLACE_COUNT)
    if mode & INITIALISE:
        begin_rows(t, g, 0)
        return 0
    only, first, last = (mode >> PHASE_AT) & 3, 0, g[MEMBER_COUNT] + OTHERS
    if only == ONE:
        first = mode >> MEMBER_AT
        last = first + 1
    asked = mode & (PREDICT | LEARN)
    i, taken = t[EVENT_BEGIN], 0
    while i < t[EVENT_END]:
        if only == ALL or only == BEGIN:
            taken = take_in(t, g, i, asked)
            if taken == 0:
                return i if only == ALL else 0
        if only == ALL or only == ONE:
            for number in range(first, last):
                take_through(t, g, number, asked)
        if only == ALL or only == END:
            conclude(t, g, asked)
        if only != ALL:
            return taken
        i += taken
    return i


def phase(only: int, mode: int, member: int = 0) -> int:
    """The mode that runs only one phase: `BEGIN`, `ONE` (of the member of that number, see `take_through`) or `END`.

    For threads, and for labels that come late. Phase `ONE` of several members may run at the same time.
    """
    return mode | only << PHASE_AT | member << MEMBER_AT


@entry
def restore_derived(address):  # type: ignore[no-untyped-def]
    """After a restore: the halves that every input row belongs to, and the weights of the evolving neurons."""
    t = int64s(address, TABLE_SIZE)
    g = int64s(t[EXTENSION], PLACE_COUNT)
    mark_halves(t, g, 0)
    rebuild_neurons(t, g)
