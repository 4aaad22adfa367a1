"""One gradient-trained member of the ladder: what it sees of an event, its forecast, its learning and its replays."""

from __future__ import annotations

import math

from .._compile import float32s, float64s, int64s, kernel, view
from .._random import uniform
from ..learning import straight as straight_learning
from ..memory import (
    CLASS_CAPACITY,
    CLASSES,
    COUNTER_SIZE,
    COUNTERS,
    CURRENT_COUNT,
    CURRENT_ROWS,
    CURRENT_VALUES,
    NEURON_KIND,
    SCORES,
    SPIKE_COUNT,
    SPIKE_ROWS,
    SPIKE_STEPS,
    TABLE_SIZE,
)
from ..network import straight as straight_network
from .places import (
    CHANGES,
    CHUNK_EVENTS,
    CURRENTS,
    CURRENTS_AT,
    FIELD_SPIKES,
    FLOOR,
    FRESH,
    HALF,
    HALVES,
    HISTORY_SPIKES,
    KNOWN_CLASSES,
    LABEL,
    LEARNS,
    LIVE_MEMBERS,
    LOGS,
    MEMBER_SEED,
    MEMBER_STRIDE,
    MEMBERS,
    MIXED_MEMBERS,
    NEURON,
    NUMBER,
    OLDEST,
    PART_AT,
    PART_CURRENT_ROWS,
    PART_CURRENT_VALUES,
    PART_SPIKE_ROWS,
    PART_SPIKE_STEPS,
    PROGRESS,
    PROGRESS_STRIDE,
    REPLAY_WINDOW,
    REPLAYS,
    RING_CURRENT_ROWS,
    RING_CURRENT_VALUES,
    RING_EVENTS,
    RING_SPIKE_ROWS,
    RING_SPIKE_STEPS,
    RING_WEIGHTS,
    RUNG_COUNT,
    SEES,
    SEES_CHANGES,
    SEES_CURRENTS,
    SEES_FIELDS,
    SEES_HISTORY,
    SPIKES_AT,
    TABLES,
)
from .ring import at_hand, looks_back_to, remembered, weight_at_hand

REPLAY_STREAM = 7919  # keeps the draws of replays apart from those of first weights


@view
def member_table(g, number):  # type: ignore[no-untyped-def]
    return int64s(g[TABLES] + 8 * TABLE_SIZE * number, TABLE_SIZE)


@view
def choices(g, number):  # type: ignore[no-untyped-def]
    return int64s(g[MEMBERS] + 8 * MEMBER_STRIDE * number, MEMBER_STRIDE)


@view
def progress(g, number):  # type: ignore[no-untyped-def]
    return float64s(g[PROGRESS] + 8 * PROGRESS_STRIDE * number, PROGRESS_STRIDE)


@kernel
def is_kept(g, number):  # type: ignore[no-untyped-def]
    """Whether this is the copy of a past member, see `recall`: it has its say, but does not learn."""
    return g[LIVE_MEMBERS] <= number < g[MIXED_MEMBERS]


@view
def logs_of(t, g, k, rung):  # type: ignore[no-untyped-def]
    """Log-probabilities of one rung for event `k` of the chunk."""
    return float64s(g[LOGS] + 8 * t[CLASS_CAPACITY] * (k * g[RUNG_COUNT] + rung), t[CLASS_CAPACITY])


@kernel
def likeliest(scores, known):  # type: ignore[no-untyped-def]
    """The first of the labels with the highest score."""
    best = 0
    for c in range(1, known):
        if scores[c] > scores[best]:
            best = c
    return best


@kernel
def look_at(g, own, mine, event):  # type: ignore[no-untyped-def]
    """Point a member's table at what it sees of an event's drive; a member with a part of the features gets a copy."""
    sees = mine[SEES]
    own[NEURON_KIND] = mine[NEURON]
    currents = event[CURRENTS] if sees & SEES_CURRENTS else 1
    first = 0 if sees & SEES_CHANGES else event[CHANGES]
    last = event[CHANGES]
    if sees & SEES_FIELDS:
        last += event[FIELD_SPIKES]
        if sees & SEES_HISTORY:
            last += event[HISTORY_SPIKES]
    own[CURRENT_ROWS] = g[RING_CURRENT_ROWS] + 8 * event[CURRENTS_AT]
    own[CURRENT_VALUES] = g[RING_CURRENT_VALUES] + 4 * event[CURRENTS_AT]
    own[CURRENT_COUNT] = currents
    own[SPIKE_ROWS] = g[RING_SPIKE_ROWS] + 8 * (event[SPIKES_AT] + first)
    own[SPIKE_STEPS] = g[RING_SPIKE_STEPS] + 8 * (event[SPIKES_AT] + first)
    own[SPIKE_COUNT] = max(last - first, 0)
    if mine[HALF] >= 0:
        _copy_half(g, own, mine)


@kernel
def _copy_half(g, own, mine):  # type: ignore[no-untyped-def]
    """Of what the table points at, leave only the features of the member's half, in memory of its own."""
    at, bit = mine[PART_AT], 1 << mine[HALF]
    currents, spikes = own[CURRENT_COUNT], own[SPIKE_COUNT]
    rows, values = int64s(own[CURRENT_ROWS], currents), float32s(own[CURRENT_VALUES], currents)
    to_rows = int64s(g[PART_CURRENT_ROWS] + 8 * at, currents)
    to_values = float32s(g[PART_CURRENT_VALUES] + 4 * at, currents)
    taken = 0
    for n in range(currents):
        if n == 0 or int64s(g[HALVES] + 8 * rows[n], 1)[0] & bit:
            to_rows[taken] = rows[n]
            to_values[taken] = values[n]
            taken += 1
    own[CURRENT_ROWS], own[CURRENT_VALUES] = g[PART_CURRENT_ROWS] + 8 * at, g[PART_CURRENT_VALUES] + 4 * at
    own[CURRENT_COUNT] = taken
    rows, steps = int64s(own[SPIKE_ROWS], spikes), int64s(own[SPIKE_STEPS], spikes)
    to_rows, to_steps = int64s(g[PART_SPIKE_ROWS] + 8 * at, spikes), int64s(g[PART_SPIKE_STEPS] + 8 * at, spikes)
    taken = 0
    for n in range(spikes):
        if int64s(g[HALVES] + 8 * rows[n], 1)[0] & bit:
            to_rows[taken] = rows[n]
            to_steps[taken] = steps[n]
            taken += 1
    own[SPIKE_ROWS], own[SPIKE_STEPS] = g[PART_SPIKE_ROWS] + 8 * at, g[PART_SPIKE_STEPS] + 8 * at
    own[SPIKE_COUNT] = taken


@kernel
def run_network(own):  # type: ignore[no-untyped-def]
    straight_network.forward(own)
    straight_network.read_out(own)


@kernel
def write_logs(t, g, k, rung, probabilities, known):  # type: ignore[no-untyped-def]
    """Floor a rung's probabilities, normalise them again, and write their logarithms."""
    logs = logs_of(t, g, k, rung)
    floor = FLOOR / max(known, 1)
    total = 0.0
    for c in range(known):
        total += max(probabilities[c], floor)
    for c in range(known):
        logs[c] = math.log(max(probabilities[c], floor) / total)


@kernel
def run_member(t, g, number, learns):  # type: ignore[no-untyped-def]
    """Take a member through the events of the chunk: forecast, learn, replay."""
    own, mine = member_table(g, number), choices(g, number)
    counters = int64s(own[COUNTERS], COUNTER_SIZE)
    for k in range(g[CHUNK_EVENTS]):
        event = at_hand(g, k)
        look_at(g, own, mine, event)
        if g[FRESH] == 0:
            run_network(own)
            known = event[KNOWN_CLASSES]
            if number < g[MIXED_MEMBERS]:  # a shadow learns, but is not asked
                write_logs(t, g, k, number, float64s(own[SCORES] + 8 * own[CLASS_CAPACITY], known), known)
        if not learns or event[LEARNS] == 0:
            continue
        if event[LABEL] >= counters[CLASSES]:
            counters[CLASSES] = event[LABEL] + 1
            straight_network.read_out(own)
        if is_kept(g, number):
            continue
        straight_learning.learn(own, event[LABEL], weight_at_hand(g, k))
        replay(g, own, mine, event, number)


@kernel
def replay(g, own, mine, event, number):  # type: ignore[no-untyped-def]
    """Member `number` learns some earlier events again, drawn evenly from its window."""
    oldest = max(max(event[OLDEST], event[NUMBER] - mine[REPLAY_WINDOW]), looks_back_to(g, number)[0])
    room = event[NUMBER] - oldest
    if room < 1:
        return
    for n in range(mine[REPLAYS]):
        draw = uniform(mine[MEMBER_SEED], REPLAY_STREAM, event[NUMBER] * 64 + n)
        earlier = oldest + min(int(draw * room), room - 1)
        past = remembered(g, earlier)
        look_at(g, own, mine, past)
        run_network(own)
        straight_learning.learn(own, past[LABEL], float64s(g[RING_WEIGHTS] + 8 * (earlier % RING_EVENTS), 1)[0])
