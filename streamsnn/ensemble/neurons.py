"""Evolving neurons: one for each of the last events, whose weights are that event's drive.

A neuron is made in one shot when its event is learned, answers by how near the event at hand is to its own, and dies
when its event is too old. The nearest vote for their labels: once by receptive fields (the earlier a field spikes, the
more it counts), and once as points in the space of the standardised values, where the nearer ones have more of a say;
of these one rung lets the near and the young have nearly all of it, for streams whose labels wander about the space.

These are the young neurons, of the last `YOUNG_MOST` events at most. Older ones are points only, and vote along with
the young in one more rung: for what comes back to places where it has not been for long. There each slot counts as it
is relevant.

References
----------
Kasabov, N. (2007). Evolving Connectionist Systems. Springer. Kasabov, N., Dhoble, K., Nuntalid, N., & Indiveri, G.
(2013). Dynamic evolving spiking neural networks for on-line spatio- and spectro-temporal pattern recognition. Neural
Networks, 41, 188-201. Dudani, S. A. (1976). The distance-weighted k-nearest-neighbor rule. IEEE Transactions on
Systems, Man, and Cybernetics, 6(4), 325-327.
"""

from __future__ import annotations

import math

import numpy as np

from .._compile import bytes_at, float32s, float64s, int64s, kernel, view
from ..memory import CLASS_CAPACITY, STEPS
from .forget import forget_points
from .member import logs_of, write_logs
from .nearest import FAR, nearest
from .places import (
    CHANGES,
    CHUNK_EVENTS,
    COUNT_COUNT,
    COUNTS,
    DISTANCES,
    FAR_POINTS,
    FIELD_SPIKES,
    FRESH,
    KNOWN_CLASSES,
    LABEL,
    LEARNS,
    LEAST_HALVES,
    MIXED,
    MIXED_MEMBERS,
    NEAREST,
    NEIGHBOURS,
    NEURON_NORMS,
    NEURON_ROWS,
    NEURON_WINDOW,
    NEURONS,
    NUMBER,
    OLDEST,
    OLDEST_NEURON,
    OLDEST_POINT,
    POINT_COLUMNS,
    POINT_VOTERS,
    POINT_WINDOW,
    REMEMBERED,
    RING_SPIKE_ROWS,
    RING_SPIKE_STEPS,
    SPIKES_AT,
    VOTERS,
    YOUNG_COLUMNS,
    YOUNG_NEURONS,
    YOUNG_RUNGS,
)
from .points import measure_living, measure_young, point_distances, write_point
from .relevance import learn_relevance, weigh
from .ring import at_hand, remembered

FIELD_SPACE, POINT_SPACE, ALL_POINTS = 0, 1, 2
NEARNESS = 0.05  # of the distance of the farthest voter, added to every distance
FADING = 500.0  # events, after which a squared distance counts twice, thrice, ... where the young vote most
NEVER_FADING = 1e30
BLUR = 0.02  # of the squared distance of the farthest voter, added to every one there
NOWHERE = 1e-12  # the least squared distance of the farthest voter
UNDECIDED = 0.1  # of a vote, spread over all labels
HEAVIEST = 255  # weight of a field's spike


@view
def neuron_row(g, row):  # type: ignore[no-untyped-def]
    """The weight that every neuron gives an input row, a byte each: what is looked at of them must fit into a cache."""
    return bytes_at(g[NEURONS] + g[YOUNG_COLUMNS] * row, g[YOUNG_COLUMNS])


@view
def norms(g):  # type: ignore[no-untyped-def]
    return float32s(g[NEURON_NORMS], g[YOUNG_COLUMNS])


@view
def distances(g, space):  # type: ignore[no-untyped-def]
    """From the event at hand to every young neuron, squared."""
    return float32s(g[DISTANCES] + 4 * g[YOUNG_COLUMNS] * space, g[YOUNG_COLUMNS])


@kernel
def _weight(t, step):  # type: ignore[no-untyped-def]
    """What a spike counts, 1 to 255: the earlier, the more."""
    weight, most = 2 * (t[STEPS] - step) - 1, 2 * t[STEPS] - 1
    return weight if most <= HEAVIEST else max(weight * HEAVIEST // most, 1)


@kernel
def run_neurons(t, g, learns):  # type: ignore[no-untyped-def]
    """Take the neurons through the events of the chunk: vote, then one more neuron."""
    for k in range(g[CHUNK_EVENTS]):
        event = at_hand(g, k)
        if g[FRESH] == 0:
            rung, fading = g[MIXED_MEMBERS], FADING  # without the rungs of the young, all points must heed age
            if g[YOUNG_NEURONS]:
                ask_young(t, g, k, event, rung)
                rung, fading = rung + YOUNG_RUNGS, NEVER_FADING
            weigh(g, k)
            measure_living(g, k, event[NUMBER] - 1, int64s(g[COUNTS], COUNT_COUNT)[OLDEST_POINT])
            find_nearest(g, event, ALL_POINTS)
            vote_of_near(t, g, k, point_distances(g), event, fading, rung)
        if learns and event[LEARNS] != 0:
            learn_relevance(g, k, event)
            forget_old(t, g, event)
            if g[YOUNG_NEURONS]:
                write_neuron(t, g, event, True)
            write_point(t, g, k, event[NUMBER])


@kernel
def ask_young(t, g, k, event, rung):  # type: ignore[no-untyped-def]
    """The young neurons vote, in rungs from `rung` on."""
    known, oldest = event[KNOWN_CLASSES], int64s(g[COUNTS], COUNT_COUNT)[OLDEST_NEURON]
    measure(t, g, event)
    find_nearest(g, event, FIELD_SPACE)
    vote(t, g, k, distances(g, FIELD_SPACE), False, VOTERS, known, rung)
    far = distances(g, POINT_SPACE)
    measure_young(g, k, far, event[NUMBER] - 1, oldest)
    find_nearest(g, event, POINT_SPACE)
    vote(t, g, k, far, True, POINT_VOTERS, known, rung + len(VOTERS))
    vote_of_near(t, g, k, far, event, FADING, rung + YOUNG_RUNGS - 1)


@kernel
def measure(t, g, event):  # type: ignore[no-untyped-def]
    """Squared distances by fields to all neurons but for a constant: ``|w|^2 - 2 w . x``."""
    far, own = distances(g, FIELD_SPACE), norms(g)
    for j in range(len(far)):
        far[j] = own[j]
    at, count = event[SPIKES_AT] + event[CHANGES], event[FIELD_SPIKES]
    rows = int64s(g[RING_SPIKE_ROWS] + 8 * at, count)
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * at, count)
    n = 0
    while n + 4 <= count:
        a, b = np.float32(-2 * _weight(t, steps[n])), np.float32(-2 * _weight(t, steps[n + 1]))
        c, d = np.float32(-2 * _weight(t, steps[n + 2])), np.float32(-2 * _weight(t, steps[n + 3]))
        _approach_four(
            far, a, _known(g, rows, n), b, _known(g, rows, n + 1), c, _known(g, rows, n + 2), d, _known(g, rows, n + 3)
        )
        n += 4
    while n < count:
        _approach(far, _known(g, rows, n), np.float32(-2 * _weight(t, steps[n])))
        n += 1


@view
def _known(g, rows, n):  # type: ignore[no-untyped-def]
    """The weights for input number `n`; for one that neurons do not look at those for the bias, which are 0."""
    return neuron_row(g, rows[n] if rows[n] < g[NEURON_ROWS] else 0)


@kernel
def _approach(far, weights, factor):  # type: ignore[no-untyped-def]
    for j in range(len(far)):
        far[j] += factor * weights[j]


@kernel
def _approach_four(far, a, of_a, b, of_b, c, of_c, d, of_d):  # type: ignore[no-untyped-def]
    """Four inputs at once: the distances are read and written once."""
    for j in range(len(far)):
        far[j] += a * of_a[j] + b * of_b[j] + c * of_c[j] + d * of_d[j]


@kernel
def find_nearest(g, event, space):  # type: ignore[no-untyped-def]
    """The nearest neurons, by number, into `NEAREST`; of equals the youngest. -1 where there is none."""
    counts, columns = int64s(g[COUNTS], COUNT_COUNT), g[YOUNG_COLUMNS]
    far, oldest = g[DISTANCES] + 4 * columns * space, counts[OLDEST_NEURON]
    if space == ALL_POINTS:
        far, columns, oldest = g[FAR_POINTS], g[POINT_COLUMNS], counts[OLDEST_POINT]
    nearest(far, g[LEAST_HALVES], g[NEAREST], columns, event[NUMBER] - 1, oldest)


@kernel
def vote(t, g, k, far, as_points, voters, known, rung):  # type: ignore[no-untyped-def]
    """The share of each label among the nearest neurons, with a little for every label: a rung for each of `voters`."""
    found, near = int64s(g[NEAREST], NEIGHBOURS), float32s(g[NEAREST] + 8 * NEIGHBOURS, NEIGHBOURS)
    votes, asked = float64s(g[MIXED], t[CLASS_CAPACITY]), 0
    if as_points:
        _take_roots(found, far, near)
    for n in range(len(voters)):
        if n == 0 or as_points:
            asked = 0
            for c in range(known):
                votes[c] = 0.0
        while asked < voters[n]:
            if found[asked] >= 0:
                worth = 1.0
                if as_points:
                    worth = _worth(found, near, asked, voters[n])
                votes[remembered(g, found[asked])[LABEL]] += worth
            asked += 1
        write_votes(t, g, k, rung + n, votes, known)


@kernel
def vote_of_near(t, g, k, far, event, fading, rung):  # type: ignore[no-untyped-def]
    """A rung in which the nearest points count by the sixth power of their nearness, and the old as if farther away."""
    found, known, columns = int64s(g[NEAREST], NEIGHBOURS), event[KNOWN_CLASSES], len(far)
    votes, edge = float64s(g[MIXED], t[CLASS_CAPACITY]), 0.0
    for c in range(known):
        votes[c] = 0.0
    for n in range(NEIGHBOURS):
        if found[n] >= 0:
            edge = max(float(far[found[n] & (columns - 1)]), NOWHERE)
    for n in range(NEIGHBOURS):
        if found[n] >= 0:
            away = max(float(far[found[n] & (columns - 1)]), 0.0)
            worth = edge / (away * (1.0 + (event[NUMBER] - found[n]) / fading) + BLUR * edge)
            votes[remembered(g, found[n])[LABEL]] += worth * worth * worth
    write_votes(t, g, k, rung, votes, known)


@kernel
def _take_roots(found, far, near):  # type: ignore[no-untyped-def]
    """Distances of the nearest from their squares."""
    for n in range(NEIGHBOURS):
        if found[n] >= 0:
            near[n] = np.float32(math.sqrt(max(far[found[n] & (len(far) - 1)], np.float32(0.0))))


@kernel
def _worth(found, near, n, voters):  # type: ignore[no-untyped-def]
    """What the vote of the `n`-th nearest counts: the distance of the farthest voter over its own, at most 20."""
    last = voters - 1
    while found[last] < 0:
        last -= 1
    if near[last] == near[n]:
        return 1.0 / (1.0 + NEARNESS)
    return near[last] / (near[n] + NEARNESS * near[last])


@kernel
def write_votes(t, g, k, rung, votes, known):  # type: ignore[no-untyped-def]
    """Votes as log-probabilities; a tenth of a vote is spread over all labels."""
    total = UNDECIDED
    for c in range(known):
        total += votes[c]
    logs = logs_of(t, g, k, rung)
    for c in range(known):
        logs[c] = (votes[c] + UNDECIDED / known) / total
    write_logs(t, g, k, rung, logs, known)


@kernel
def forget_old(t, g, event):  # type: ignore[no-untyped-def]
    """Clear the neurons that are too old once this event has one."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    oldest = max(event[OLDEST], event[NUMBER] + 1 - g[NEURON_WINDOW])
    while counts[OLDEST_NEURON] < oldest:
        if g[YOUNG_NEURONS]:
            write_neuron(t, g, remembered(g, counts[OLDEST_NEURON]), False)
        counts[OLDEST_NEURON] += 1
    forget_points(g, max(event[OLDEST], event[NUMBER] + 1 - g[POINT_WINDOW]))


@kernel
def write_neuron(t, g, event, lives):  # type: ignore[no-untyped-def]
    """Give the neuron of an event its weights, or clear it if it lives no more."""
    j = event[NUMBER] & (g[YOUNG_COLUMNS] - 1)
    of_fields = 0
    at = event[SPIKES_AT] + event[CHANGES]
    rows = int64s(g[RING_SPIKE_ROWS] + 8 * at, event[FIELD_SPIKES])
    steps = int64s(g[RING_SPIKE_STEPS] + 8 * at, event[FIELD_SPIKES])
    for n in range(event[FIELD_SPIKES]):
        if rows[n] < g[NEURON_ROWS]:
            weight = _weight(t, steps[n])
            neuron_row(g, rows[n])[j] = weight if lives else 0
            of_fields += weight * weight
    norms(g)[j] = np.float32(of_fields) if lives else FAR


@kernel
def rebuild_neurons(t, g):  # type: ignore[no-untyped-def]
    """Write every living neuron anew, from the events in the ring; the memory has been cleared before."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    if g[YOUNG_NEURONS]:
        for number in range(counts[OLDEST_NEURON], counts[REMEMBERED]):
            write_neuron(t, g, remembered(g, number), True)
    if g[NEURON_WINDOW] > 0:
        point_distances(g)[:] = FAR
