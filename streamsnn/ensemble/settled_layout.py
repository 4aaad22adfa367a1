"""How the memory of the rungs that look at steady slots grows, is saved and comes back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import places as p
from .settings import LadderSettings
from .steady import FARTHEST

if TYPE_CHECKING:
    from .ladder import Ladder

Arrays = dict[str, npt.NDArray[Any]]
Shape = tuple[int, ...]

RATES = len(p.LINEAR_RATES)
LONGEST_WAY = 1e3 * FARTHEST  # of the centre of a grid from the first value
# each a buffer of its own
WHOLE = ("steady", "linear", "singles", "couples", "coupled", "label_shares", "points", "grid", "relevance")


def shapes(slots: int, classes: int, settings: LadderSettings) -> dict[str, tuple[Shape, npt.DTypeLike]]:
    """What is kept, for so many slots and labels.

    Examples
    --------
    >>> shapes(3, 2, LadderSettings())["linear"]
    ((4, 2, 2), <class 'numpy.float32'>)
    """
    couples, columns = settings.coincidences, settings.columns[1] if settings.memory else 0
    return {
        "steady": ((slots, p.STEADY_STRIDE), np.float64),
        "linear": ((1 + slots, RATES, classes), np.float32),
        "singles": ((slots, p.BINS, classes), np.float32),
        "couples": ((couples, p.BINS * p.BINS, classes), np.float32),
        "coupled": ((couples, p.COUPLED_STRIDE), np.int64),
        "slot_gates": ((slots, p.GATE_STRIDE), np.float64),
        "couple_gates": ((couples,), np.float64),
        "label_shares": ((classes,), np.float64),
        "points": ((slots, columns), np.int16),
        "grid": ((slots if columns else 0, p.GRID_STRIDE), np.float64),
        "relevance": ((slots if columns else 0, p.RELEVANCE_STRIDE), np.float64),
    }


def views(ladder: Ladder, room: int, classes: int) -> Arrays:
    """The ladder's memory in these shapes, for the slots and labels that there is room for."""
    parts, gates = ladder.parts, room * p.GATE_STRIDE
    flat = {name: parts[name] for name in WHOLE}
    flat |= {"slot_gates": parts["gates"][:gates], "couple_gates": parts["gates"][gates:]}
    wanted = shapes(room, classes, ladder.settings)
    return {name: flat[name][: math.prod(shape)].reshape(shape) for name, (shape, _) in wanted.items()}


def follow(ladder: Ladder, slots: int, classes: int) -> None:
    """Room for so many slots and labels; what is new is blank, and what the chunk showed is forgotten."""
    room, had = min(slots, p.MOST_STEADY), int(ladder.places[p.STEADY_ROOM])
    had_classes = len(ladder.parts.get("label_shares", ()))
    if room == had and classes == had_classes:
        return
    old = views(ladder, had, had_classes) if had_classes else {}
    new = {name: np.zeros(shape, dtype) for name, (shape, dtype) in shapes(room, classes, ladder.settings).items()}
    new["coupled"][:, p.COUPLED_SINCE] = -1
    new["slot_gates"][:, p.SINCE] = -1
    for name in old:
        _put_into(new[name], old[name])
    couples = ladder.settings.coincidences
    for name in WHOLE:
        ladder.keep(name, new[name].reshape(-1))
    ladder.keep("gates", np.concatenate([new["slot_gates"].reshape(-1), new["couple_gates"]]))
    ladder.keep("pulls", np.ones(2 * room))
    ladder.keep("evidence", np.zeros((room + couples + 1) * classes))
    ladder.keep("both_bins", np.full(couples + room, -1, dtype=np.int64))
    ladder.keep("shown_slots", np.zeros((p.CHUNK_EVENTS_MOST + 1) * (1 + 2 * room), dtype=np.int64))
    ladder.keep("shown_values", np.zeros((p.CHUNK_EVENTS_MOST + 1) * 3 * room))
    ladder.keep("old_edges", np.full(room * p.BINS, -1.0))
    ladder.keep("inheriting", np.zeros(p.BINS * (p.BINS + classes)))
    ladder.places[p.STEADY_ROOM] = room
    ladder.forget_traces()


def _put_into(large: npt.NDArray[Any], small: npt.NDArray[Any]) -> None:
    """Copy what both have."""
    shared = tuple(slice(min(a, b)) for a, b in zip(large.shape, small.shape, strict=True))
    large[shared] = small[shared]


def export(ladder: Ladder, classes: int) -> Arrays:
    """What is in use, as copies."""
    slots = int(ladder.parts["counts"][p.STEADY_KNOWN])
    used: Arrays = {}
    kept = views(ladder, int(ladder.places[p.STEADY_ROOM]), ladder.layout.class_rows)
    for name, (shape, dtype) in shapes(slots, classes, ladder.settings).items():
        used[name] = np.zeros(shape, dtype)
        _put_into(used[name], kept[name])
        used[name] = used[name].reshape(-1)
    return used


def restore(ladder: Ladder, arrays: Arrays, slots: int, classes: int) -> None:
    """Become what `export` gave and `faults` found no fault with."""
    kept = views(ladder, int(ladder.places[p.STEADY_ROOM]), ladder.layout.class_rows)
    for name, (shape, _) in shapes(slots, classes, ladder.settings).items():
        _put_into(kept[name], arrays[name].reshape(shape))


def faults(arrays: Arrays, ladder: Ladder, slots: int, classes: int) -> Iterator[tuple[str, bool]]:
    """Everything that kernels rely on: what it is, and whether it holds."""
    wanted = shapes(slots, classes, ladder.settings)
    steady, coupled, gates = (arrays[name].reshape(wanted[name][0]) for name in ("steady", "coupled", "slot_gates"))
    seen, edges = steady[:, p.SEEN], steady[:, p.EDGE_COUNT]
    yield "steady: seen", bool(((seen >= 0) & (seen < 2.0**53)).all())
    yield "steady: edges", bool(((edges >= 0) & (edges < p.BINS)).all())
    yield "steady: mean", bool((np.abs(steady[:, p.STEADY_MEAN]) <= FARTHEST).all())
    yield "steady: variance", bool(((steady[:, p.STEADY_VARIANCE] >= 0) & (steady[:, p.STEADY_VARIANCE] <= 1e32)).all())
    there = coupled[coupled[:, p.COUPLED_SINCE] >= 0]
    ends = there[:, [p.FIRST_SLOT, p.SECOND_SLOT]]
    yield "coupled: slots", bool(((ends >= 0) & (ends < slots)).all())
    for name in ("singles", "couples", "label_shares", "relevance"):
        yield f"{name}: negative or too large", bool(((arrays[name] >= 0) & (arrays[name] <= 1e30)).all())
    grid = arrays["grid"].reshape(wanted["grid"][0])
    yield "grid: centre", bool((np.abs(grid[:, p.GRID_CENTRE]) <= LONGEST_WAY).all())
    yield "grid: step", bool(((grid[:, p.GRID_STEP] >= 0) & (grid[:, p.GRID_STEP] <= LONGEST_WAY)).all())
    yield "gates: too large", bool((np.abs(gates[:, p.ALONE : p.BELIEF]) <= 4.0).all())
    yield "gates: belief", bool(((gates[:, p.BELIEF] >= 0) & (gates[:, p.BELIEF] <= 1.0)).all())
    yield "gates: too large", bool((np.abs(arrays["couple_gates"]) <= 4.0).all())
