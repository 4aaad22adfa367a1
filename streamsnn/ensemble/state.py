"""What a ladder adds to the state of its shared model, as plain arrays, and back with every number checked."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import memory as m
from ..drift import check_state
from . import places as p
from . import settled_layout
from .direct_layout import resized, width
from .ladder import Ladder
from .step import restore_derived

Arrays = dict[str, npt.NDArray[Any]]

PREFIX = "ladder."
PLAIN = (
    "member_counters",
    "progress",
    "weights",
    "covariance",
    "detectors",
    "counts",
    "rates",
    "drifted",
    "error_shares",
)
EVENT_COLUMNS = (p.CURRENTS, p.CHANGES, p.FIELD_SPIKES, p.HISTORY_SPIKES, p.LABEL)


def export(ladder: Ladder) -> Arrays:
    """All that a ladder is besides its shared model, as copies; remembered events in order, without gaps."""
    state: Arrays = {PREFIX + name: ladder.parts[name].copy() for name in PLAIN}
    state[PREFIX + "made_of"] = made_of(ladder)
    counts, classes = ladder.parts["counts"], max(int(ladder.counters[m.CLASSES]), 1)
    state[PREFIX + "counts"][[p.CURRENT_CURSOR, p.SPIKE_CURSOR, p.DRIVE_TOTAL]] = 0
    state[PREFIX + "shares"] = ladder.parts["shares"][:classes].copy()
    state[PREFIX + "label_rows"] = ladder.parts["label_rows"][:classes].copy()
    used = min(int(ladder.counters[m.ROWS]), len(ladder.direct))
    state[PREFIX + "direct"] = resized(ladder.direct, ladder.layout.class_rows, used, classes).reshape(-1)
    for name, array in settled_layout.export(ladder, classes).items():
        state[PREFIX + name] = array
    if ladder.settings.recall:
        state[PREFIX + "kept"] = ladder.parts["kept"].copy()
    if ladder.settings.label_history:
        side = ladder.layout.class_rows
        square = ladder.parts["transitions"].reshape(side, side)[:classes, :classes]
        state[PREFIX + "transitions"] = square.reshape(-1).copy()
    numbers = np.arange(int(counts[p.OLDEST_EVENT]), int(counts[p.REMEMBERED]))
    places = numbers % p.RING_EVENTS
    ring = ladder.parts["ring"].reshape(-1, p.RING_STRIDE)[places]
    state[PREFIX + "events"] = ring[:, EVENT_COLUMNS].reshape(-1).copy()
    state[PREFIX + "event_weights"] = ladder.parts["ring_weights"][places].copy()
    spikes = ring[:, p.CHANGES] + ring[:, p.FIELD_SPIKES] + ring[:, p.HISTORY_SPIKES]
    for names, starts, sizes in (
        (("current_rows", "current_values"), ring[:, p.CURRENTS_AT], ring[:, p.CURRENTS]),
        (("spike_rows", "spike_steps"), ring[:, p.SPIKES_AT], spikes),
    ):
        index = _runs(starts, sizes)
        for name in names:
            values = ladder.parts[f"ring_{name}"][index]
            state[PREFIX + name] = values if name == "current_values" else values.astype(np.int32)
    return state


def made_of(ladder: Ladder) -> npt.NDArray[np.int64]:
    """A digest of all that the members are, shape ``(1,)``: those of a size may be others in another version."""
    plain = [*map(asdict, ladder.members), asdict(ladder.settings), asdict(ladder.network)]
    text = json.dumps(plain, default=lambda value: value.item())
    return np.frombuffer(blake2b(text.encode(), digest_size=8).digest(), dtype=np.int64)


def _runs(starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The positions of all runs, one after the other."""
    ends = np.cumsum(sizes)
    within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)
    return np.repeat(starts, sizes) + within


def restore(ladder: Ladder, state: Arrays) -> None:
    """Become the ladder that `export` described; the shared model has been restored before.

    Raises
    ------
    ValueError
        If the arrays cannot be those of a ladder with these settings. Kernels read memory by number, so whatever comes
        from outside is checked here.
    """
    if _checked(state, "made_of", np.int64, 1) != made_of(ladder):
        raise ValueError(f"{len(ladder.members)} networks, but not those that this version makes of its settings")
    parts = ladder.parts
    rows, classes = int(ladder.counters[m.ROWS]), int(ladder.counters[m.CLASSES])
    for name in PLAIN:
        parts[name][:] = _checked(state, name, parts[name].dtype, len(parts[name]))
    beliefs = parts["weights"][p.BELIEFS * ladder.rungs : p.WEIGHT_SETS * ladder.rungs]
    _require(bool((beliefs >= 0).all() and abs(beliefs.sum() - 1) < 1e-6), "weights: beliefs")
    of_rungs, of_pool = np.split(parts["covariance"], [ladder.rungs**2])
    for half in (of_rungs.reshape(ladder.rungs, -1), of_pool.reshape(p.MIXERS, -1)):
        _require(_is_covariance(half), "covariance")
    counts = parts["counts"]
    oldest, remembered = int(counts[p.OLDEST_EVENT]), int(counts[p.REMEMBERED])
    _require(0 <= oldest <= remembered and remembered - oldest <= p.RING_EVENTS - 512, "counts: remembered events")
    if ladder.settings.memory:
        for first, most in ((p.OLDEST_NEURON, ladder.settings.young), (p.OLDEST_POINT, ladder.settings.memory)):
            _require(max(oldest, remembered - most) <= counts[first] <= remembered, "counts: neurons")
    _require(-1 <= counts[p.LAST_LABEL] < max(classes, 1), "counts: last label")
    _require(bool((np.delete(counts, p.LAST_LABEL) >= 0).all()), "counts: negative")
    drifted = parts["drifted"]
    _require(bool(((drifted >= 0) & (drifted <= remembered)).all()), "drifted")
    shares = parts["error_shares"]
    _require(bool(((shares >= 0) & (shares <= 1)).all()), "error shares")
    members = parts["member_counters"].reshape(-1, m.COUNTER_SIZE)
    _require(bool((members >= 0).all() and (members[:, m.CLASSES] <= classes).all()), "member counters: out of range")
    for detector in parts["detectors"].reshape(ladder.rungs + 1, -1):
        check_state(int(ladder.places[p.DETECTOR_KIND]), detector)
    known = max(classes, 1)
    parts["shares"][:known] = _checked(state, "shares", np.float64, known)
    label_rows = _checked(state, "label_rows", np.int64, known)
    _require(bool(((label_rows >= 0) & (label_rows < rows)).all()), "label rows: out of range")
    parts["label_rows"][:known] = label_rows
    if ladder.settings.label_history:
        side = ladder.layout.class_rows
        square = _checked(state, "transitions", np.float64, known * known).reshape(known, known)
        parts["transitions"].reshape(side, side)[:known, :known] = square
    used = min(rows, len(ladder.direct))
    direct = _checked(state, "direct", np.float32, used * width(known)).reshape(used, width(known))
    ladder.direct[:] = resized(direct, known, len(ladder.direct), ladder.layout.class_rows)
    _restore_settled(ladder, state, known)
    _restore_rates(ladder)
    if ladder.settings.recall:
        _restore_kept(ladder, state)
    _restore_ring(ladder, state, rows, classes)
    restore_derived(ladder.address)


def _is_covariance(half: npt.NDArray[np.float64]) -> bool:
    """Whether variances are positive and none is correlated by more than one; `half` is filled up to the diagonal."""
    spread = np.sqrt(np.maximum(half.diagonal(), 0.0))
    bound = (1.0 + 1e-6) * np.tril(np.outer(spread, spread))
    return bool((spread > 0).all() and (np.abs(half) <= bound).all())


def _restore_settled(ladder: Ladder, state: Arrays, classes: int) -> None:
    """What the rungs that look at steady slots have learned."""
    slots, room = int(ladder.parts["counts"][p.STEADY_KNOWN]), int(ladder.places[p.STEADY_ROOM])
    _require(slots <= room, "counts: steady slots")
    blank = settled_layout.shapes(slots, classes, ladder.settings)
    arrays = {name: _checked(state, name, dtype, math.prod(shape)) for name, (shape, dtype) in blank.items()}
    for name, holds in settled_layout.faults(arrays, ladder, slots, classes):
        _require(holds, name)
    settled_layout.restore(ladder, arrays, slots, classes)


def _restore_rates(ladder: Ladder) -> None:
    """A raised rate goes on being raised."""
    settings, progress = ladder.settings, ladder.parts["progress"].reshape(-1, p.PROGRESS_STRIDE)
    hyper = ladder.parts["member_hyper"].reshape(-1, m.HYPER_COUNT)
    for k, member in enumerate(ladder.members):
        progress[k, p.BASE_RATE] = member.learning_rate
        raised = settings.raised_rate if progress[k, p.RAISED_FOR] > 0 else 1.0
        hyper[k, m.RATE] = member.learning_rate * raised


def _restore_kept(ladder: Ladder, state: Arrays) -> None:
    """Whose copy each past member is, and so what it sees and what its neurons are like."""
    kept = _checked(state, "kept", np.int64, len(ladder.parts["kept"]))
    rows = kept.reshape(-1, p.KEPT_STRIDE)
    _require(bool((rows >= 0).all() and (rows[:, p.SOURCE] <= ladder.live_members).all()), "kept")
    ladder.parts["kept"][:] = kept
    choices = ladder.parts["members"].reshape(-1, p.MEMBER_STRIDE)
    hyper = ladder.parts["member_hyper"].reshape(-1, m.HYPER_COUNT)
    for k, source in enumerate(rows[:, p.SOURCE], start=ladder.live_members):
        if source > 0:
            for array, columns in ((choices, [p.SEES, p.HALF, p.NEURON]), (hyper, [m.MEMBRANE_DECAY, m.THRESHOLD])):
                array[k, columns] = array[source - 1, columns]


def _restore_ring(ladder: Ladder, state: Arrays, rows: int, classes: int) -> None:
    """Lay the remembered events out from the beginning of the ring."""
    parts, counts = ladder.parts, ladder.parts["counts"]
    oldest, remembered = int(counts[p.OLDEST_EVENT]), int(counts[p.REMEMBERED])
    number = remembered - oldest
    events = _checked(state, "events", np.int64, number * len(EVENT_COLUMNS)).reshape(number, len(EVENT_COLUMNS))
    currents, spikes, labels = events[:, 0], events[:, 1:4].sum(axis=1), events[:, 4]
    _require(bool((events >= 0).all() and (currents >= 1).all()), "events: negative")
    _require(bool((labels < max(classes, 1)).all()), "events: label")
    _require(bool((events[:, 3] <= 1).all()), "events: history")
    room = int(ladder.places[p.DRIVE_ROOM])
    _require(max(int(currents.sum()), int(spikes.sum())) <= room // 2 + 1, "events: too many entries")
    for name in ("current_rows", "spike_rows", "spike_steps"):
        values = _checked(state, name, np.int32, int((currents if name == "current_rows" else spikes).sum()))
        limit = ladder.network.steps if name == "spike_steps" else rows
        _require(bool(((values >= 0) & (values < limit)).all()), f"{name}: out of range")
        parts[f"ring_{name}"][: len(values)] = values
    values = _checked(state, "current_values", np.float32, int(currents.sum()))
    parts["ring_current_values"][: len(values)] = values
    places = np.arange(oldest, remembered) % p.RING_EVENTS
    ring = parts["ring"].reshape(-1, p.RING_STRIDE)
    ring[:] = 0
    ring[places[:, None], EVENT_COLUMNS] = events
    ring[places, p.CURRENTS_AT] = np.cumsum(currents) - currents
    ring[places, p.SPIKES_AT] = np.cumsum(spikes) - spikes
    ring[places, p.TOTAL] = np.cumsum(currents + spikes)
    ring[places, p.NUMBER] = np.arange(oldest, remembered)
    weights = _checked(state, "event_weights", np.float64, number)
    _require(bool((weights > 0).all()), "event weights: not positive")
    parts["ring_weights"][places] = weights
    counts[p.CURRENT_CURSOR], counts[p.SPIKE_CURSOR] = int(currents.sum()), int(spikes.sum())
    counts[p.DRIVE_TOTAL] = int(currents.sum() + spikes.sum())


def _checked(state: Arrays, name: str, dtype: npt.DTypeLike, size: int) -> npt.NDArray[Any]:
    array = state.get(PREFIX + name)
    if array is None:
        raise ValueError(f"{name}: not there")
    if array.ndim != 1 or array.dtype != dtype or len(array) != size:
        raise ValueError(f"{name}: {array.dtype} {array.shape} where {np.dtype(dtype)} ({size},) belongs")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name}: not finite")
    return array


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(f"{message}: out of range")
