"""Drift: a detector for every rung and one for the mixture, and what is done when the mixture's error rises.

A detector sees errors (1: wrong). Only a rise counts as drift: a falling error is good news. What is done about it
waits until the clock is next a multiple of `TICK`, so that it happens at the same event however a stream is cut into
chunks.
"""

from __future__ import annotations

from .._compile import float32s, float64s, int64s, kernel, view
from ..drift.update import DETECTOR_SIZE, detect
from ..memory import (
    CLASSES,
    CLOCK,
    COUNTER_SIZE,
    COUNTERS,
    HIDDEN,
    HYPER,
    HYPER_COUNT,
    INPUT_OFFSET,
    INPUT_SCALE,
    OPTIMISER,
    PARAMS,
    PARAMS_SIZE,
    RATE,
    ROWS,
    SEED,
)
from ..network.initial import draw_row
from .forget import forget_what_was_before, note_rise, note_rung_error, remembers
from .kalman import POOL, RUNGS, restart
from .member import choices, likeliest, logs_of, member_table, progress
from .mixture import mixer_weights, weight_set
from .places import (
    BASE_RATE,
    COUNT_COUNT,
    COUNTS,
    DETECTOR_KIND,
    DETECTORS,
    DRIFT_NOW,
    DRIFTS,
    GENERATION,
    LAST_DRIFT,
    LIVE_MEMBERS,
    MEMBER_COUNT,
    MEMBER_DRIFTS,
    MIXED_MEMBERS,
    MIXERS,
    NEURON,
    NUMBER,
    RAISE_RATE,
    RAISED_EVENTS,
    RAISED_FOR,
    RAISED_RATE,
    RATE_COUNT,
    RATES,
    REACTION,
    REACTION_WAITS,
    REACTIONS_DONE,
    RECENT_LOSS,
    REOPEN_MIXTURE,
    REPLACE_WORST,
    RESET_OPTIMISER,
    RUNG_COUNT,
    WEIGHT_SETS,
)
from .recall import look_after_kept
from .ring import at_hand

TICK = 64
LOSS_FORGETTING = 0.01
NEW_WEIGHTS = 1 << 20  # seeds of members that were drawn again lie beyond those of the first ones


@view
def detector(g, number):  # type: ignore[no-untyped-def]
    """The state of a detector: one for each rung, then the mixture's."""
    return float64s(g[DETECTORS] + 8 * DETECTOR_SIZE * number, DETECTOR_SIZE)


@kernel
def watch(t, g, k, known, label, wrong):  # type: ignore[no-untyped-def]
    """Show every detector whether its rung was wrong, and note each member's recent loss."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    for number in range(g[MIXED_MEMBERS]):
        own = progress(g, number)
        own[RECENT_LOSS] += LOSS_FORGETTING * (-logs_of(t, g, k, number)[label] - own[RECENT_LOSS])
    counts[DRIFT_NOW] = 0
    watched, event = g[DETECTOR_KIND] >= 0, at_hand(g, k)[NUMBER]
    for r in range(g[RUNG_COUNT]):
        best = likeliest(logs_of(t, g, k, r), known)
        error = 1.0 if best != label else 0.0
        if remembers(g, r):
            note_rung_error(g, r, event, error)
        if watched and detect(detector(g, r), g[DETECTOR_KIND], error) > 0:
            counts[MEMBER_DRIFTS] += 1
            if remembers(g, r):
                note_rise(g, r, event)
    if watched and detect(detector(g, g[RUNG_COUNT]), g[DETECTOR_KIND], 1.0 if wrong else 0.0) > 0:
        note_drift(g, event + 1)


@kernel
def note_drift(g, event):  # type: ignore[no-untyped-def]
    """The mixture's error has risen."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    counts[DRIFTS] += 1
    counts[DRIFT_NOW] = 1
    counts[LAST_DRIFT] = event
    counts[REACTION_WAITS] = 1 if g[REACTION] > 0 else 0


@kernel
def react(t, g):  # type: ignore[no-untyped-def]
    """Where the clock is a multiple of `TICK`: forget, look after the kept, end raised rates, and do what waits."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    if int64s(t[COUNTERS], COUNTER_SIZE)[CLOCK] % TICK != 0:
        return
    forget_what_was_before(g)
    if g[LIVE_MEMBERS] < g[MIXED_MEMBERS]:
        look_after_kept(t, g)
    for number in range(g[MEMBER_COUNT]):
        own = progress(g, number)
        if own[RAISED_FOR] > 0.0:
            own[RAISED_FOR] -= TICK
            if own[RAISED_FOR] <= 0.0:
                own[RAISED_FOR] = 0.0
                float64s(member_table(g, number)[HYPER], HYPER_COUNT)[RATE] = own[BASE_RATE]
    if counts[REACTION_WAITS] == 0:
        return
    counts[REACTION_WAITS] = 0
    counts[REACTIONS_DONE] += 1
    if g[REACTION] == RESET_OPTIMISER:
        for number in range(g[MEMBER_COUNT]):
            _reset_optimiser(g, number)
    elif g[REACTION] == RAISE_RATE:
        _raise_rates(g)
    elif g[REACTION] == REOPEN_MIXTURE:
        _reopen(g)
    elif g[REACTION] == REPLACE_WORST:
        _replace_worst(t, g)


@kernel
def _reset_optimiser(g, number):  # type: ignore[no-untyped-def]
    own = member_table(g, number)
    state = float32s(own[OPTIMISER], own[PARAMS_SIZE])
    for n in range(len(state)):
        state[n] = 0.0


@kernel
def _raise_rates(g):  # type: ignore[no-untyped-def]
    rates = float64s(g[RATES], RATE_COUNT)
    for number in range(g[MEMBER_COUNT]):
        own = progress(g, number)
        own[RAISED_FOR] = rates[RAISED_EVENTS]
        float64s(member_table(g, number)[HYPER], HYPER_COUNT)[RATE] = own[BASE_RATE] * rates[RAISED_RATE]


@kernel
def _reopen(g):  # type: ignore[no-untyped-def]
    for number in range(WEIGHT_SETS):
        weights = weight_set(g, number)
        for r in range(len(weights)):
            weights[r] = 1.0 / len(weights)
    for n in range(MIXERS):
        mixer_weights(g)[n] = 1.0 / MIXERS
    restart(g, RUNGS, g[RUNG_COUNT])
    restart(g, POOL, MIXERS)


@kernel
def _replace_worst(t, g):  # type: ignore[no-untyped-def]
    """The worst member, by its recent loss, takes over the shadow's weights, if its neurons are of the same kind.

    The shadow is drawn again.
    """
    shadow, worst = g[MIXED_MEMBERS], -1
    for number in range(g[LIVE_MEMBERS]):
        if choices(g, number)[NEURON] != choices(g, shadow)[NEURON]:
            continue
        if worst < 0 or progress(g, number)[RECENT_LOSS] > progress(g, worst)[RECENT_LOSS]:
            worst = number
    if worst < 0:
        return
    source, target = member_table(g, shadow), member_table(g, worst)
    size = source[PARAMS_SIZE]
    from_params, to_params = float32s(source[PARAMS], size), float32s(target[PARAMS], size)
    from_state, to_state = float32s(source[OPTIMISER], size), float32s(target[OPTIMISER], size)
    for n in range(size):
        to_params[n] = from_params[n]
        to_state[n] = from_state[n]
        from_params[n] = 0.0
        from_state[n] = 0.0
    counts = int64s(g[COUNTS], COUNT_COUNT)
    counts[GENERATION] += 1
    seed = source[SEED] + NEW_WEIGHTS * counts[GENERATION]
    scale = float64s(source[HYPER], HYPER_COUNT)[INPUT_SCALE]
    for row in range(int64s(t[COUNTERS], COUNTER_SIZE)[ROWS]):
        weights = float32s(source[PARAMS] + 4 * (source[INPUT_OFFSET] + row * source[HIDDEN]), source[HIDDEN])
        draw_row(weights, seed, 0, row, scale)
    int64s(target[COUNTERS], COUNTER_SIZE)[CLASSES] = max(
        int64s(target[COUNTERS], COUNTER_SIZE)[CLASSES], int64s(source[COUNTERS], COUNTER_SIZE)[CLASSES]
    )
    progress(g, worst)[RECENT_LOSS] = 0.0
