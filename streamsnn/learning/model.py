"""The buffers of one model, from which both engines work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import memory as m
from ..encoding.base import Encoder
from ..encoding.check import check_slots
from ..encoding.parts import DELTA, PART_INTEGERS, REALS_PER_PART
from ..encoding.rows import drive_entries, rows_per_slot
from ..encoding.slots import (
    BASE_ROW,
    CATEGORY,
    FIELD_ROW,
    KIND,
    LINE_ROWS,
    PART_ROWS,
    PART_STRIDE,
    ranges_stride,
    slot_stride,
)
from ..network import general
from ..network.layout import Layout
from ..network.settings import NEURONS, READOUTS, RESETS, NetworkSettings
from ..network.surrogate import SURROGATES
from .optimiser import COPIES, OPTIMISERS
from .settings import LearningSettings

# What a model is; the rest is made from its settings.
ALIGNED = m.LINE // 4  # blocks of parameters begin with a line of the cache
SHIFTS = {"optimiser": m.PAGE // 2}  # where in a page a buffer begins, see `memory.zeros`
STATE = ("params", "optimiser", "slots", "ranges", "silence", "filled", "counters")

_ADDRESSES = {
    "params": m.PARAMS,
    "optimiser": m.OPTIMISER,
    "slots": m.SLOTS,
    "ranges": m.RANGES,
    "silence": m.SILENCE,
    "filled": m.FILLED,
    "counters": m.COUNTERS,
    "hyper": m.HYPER,
    "traces": m.TRACES,
    "scores": m.SCORES,
    "parts": m.PARTS,
    "part_reals": m.PART_REALS,
    "layers": m.LAYERS,
    "step_weights": m.STEP_WEIGHTS,
    "step_carry": m.STEP_CARRY,
    "class_weights": m.CLASS_WEIGHTS,
    "current_rows": m.CURRENT_ROWS,
    "current_values": m.CURRENT_VALUES,
    "spike_rows": m.SPIKE_ROWS,
    "spike_steps": m.SPIKE_STEPS,
    "gradient": m.GRADIENT,
    "touched": m.TOUCHED,
    "owners": m.OWNERS,
    "spiked": m.SPIKED,
    "peaks": m.PEAKS,
    "seen_slots": m.SEEN_SLOTS,
    "seen_values": m.SEEN_VALUES,
    "event_slots": m.EVENT_SLOTS,
    "event_values": m.EVENT_VALUES,
    "event_starts": m.EVENT_STARTS,
    "event_labels": m.EVENT_LABELS,
    "event_weights": m.EVENT_WEIGHTS,
    "output": m.OUTPUT,
}


class Model:
    """All memory of one network: parameters, optimiser state, ranges, counters, scratch; and the table of addresses.

    Several networks of one shape can lie behind each other in the same buffers (an ensemble): `networks` says how many.

    Parameters
    ----------
    encoder
        How values become drive.
    network
        Structure and dynamics.
    learning
        Optimiser, truncation, regularisers.
    seed
        Of the first weights and of stochastic encoders.
    """

    networks = 1

    def __init__(self, encoder: Encoder, network: NetworkSettings, learning: LearningSettings, seed: int) -> None:
        self.encoder, self.network, self.learning, self.seed = encoder, network, learning, seed
        self.layout = Layout(network.hidden, network.recurrent, input_rows=64, class_rows=2, line=ALIGNED)
        self.table = np.zeros(m.TABLE_SIZE, dtype=np.int64)
        self.address = int(self.table.ctypes.data)
        self.buffers: dict[str, npt.NDArray[Any]] = {}
        self.events: dict[str, npt.NDArray[Any] | int] = {}
        self._programme_encoder()
        self._programme_network()
        self._set_hyper()
        self._put("params", m.zeros(self.networks * self.layout.size))
        self._put("optimiser", m.zeros(self._copies * self.layout.size, shift=SHIFTS["optimiser"]))
        self._put("owners", np.full(self.layout.input_rows, -1, dtype=np.int64))
        counters = np.zeros(m.COUNTER_SIZE, dtype=np.int64)
        counters[m.ROWS] = 1  # the bias
        self._put("counters", counters)
        for name, dtype in (("slots", np.int64), ("ranges", np.float64), ("silence", np.float64), ("filled", np.int64)):
            self._put(name, np.zeros(0, dtype=dtype))
        self._place_parameters()
        self.reserve_slots(8)
        self.reserve_width(8)
        self.reserve_classes(2)

    # --- growth ------------------------------------------------------------------------------------------------------

    def reserve_slots(self, slots: int) -> None:
        """Make room for input slots."""
        capacity = int(self.table[m.SLOT_CAPACITY])
        if slots <= capacity:
            return
        capacity = max(2 * capacity, slots)
        for name, stride in (("slots", self._slot_stride), ("ranges", self._ranges_stride), ("filled", 1)):
            self._put(name, m.grown(self.buffers[name], capacity * stride))
        old = self.buffers["silence"]
        silence = np.full(capacity, np.nan)
        silence[: len(old)] = old
        self._put("silence", silence)
        self.table[m.SLOT_CAPACITY] = capacity

    def reserve_rows(self, rows: int) -> None:
        """Make room for input rows: parameters and optimiser state move, bit for bit, to larger buffers."""
        if rows > self.layout.input_rows:
            self._move(self.layout.grown(input_rows=max(2 * self.layout.input_rows, rows)))

    def reserve_rows_for(self, width: int) -> None:
        """Make room for the rows that learning from this many slots may need."""
        self.reserve_rows(int(self.counters[m.ROWS]) + width * int(self.table[m.ROWS_PER_SLOT]))

    def has_rows_for(self, width: int) -> bool:
        """Whether there is room for the rows that learning from this many slots may need."""
        return int(self.counters[m.ROWS]) + width * int(self.table[m.ROWS_PER_SLOT]) <= self.layout.input_rows

    def reserve_classes(self, classes: int) -> None:
        """Make room for classes."""
        if classes > self.layout.class_rows:
            self._move(self.layout.grown(class_rows=max(2 * self.layout.class_rows, classes)))
        capacity = self.layout.class_rows
        if len(self.buffers.get("scores", ())) != 2 * capacity:
            weights = np.ones(capacity)
            old = self.buffers.get("class_weights", weights[:0])
            weights[: len(old)] = old
            self._put("class_weights", weights)
            self._put("scores", np.zeros(2 * capacity))
            self._put("peaks", np.zeros(capacity, dtype=np.int64))
        self.table[m.SEEN_COUNT] = -1

    def reserve_width(self, width: int) -> None:
        """Make room for the drive of an event of this many slots."""
        capacity = len(self.buffers.get("seen_values", ()))
        if width <= capacity:
            return
        width = max(2 * capacity, width)
        drive = 1 + width * drive_entries(self.encoder.parts(), self.network.steps)
        self._put("current_rows", np.zeros(drive, dtype=np.int64))
        self._put("current_values", np.zeros(drive, dtype=np.float32))
        self._put("spike_rows", np.zeros(drive, dtype=np.int64))
        self._put("spike_steps", np.zeros(drive, dtype=np.int64))
        self.table[m.DRIVE_CAPACITY] = drive
        self._put("seen_slots", np.zeros(width, dtype=np.int64))
        self._put("seen_values", np.zeros(width, dtype=np.float64))
        self.table[m.SEEN_COUNT] = -1

    def _move(self, larger: Layout) -> None:
        for name in ("params", "optimiser", "gradient"):
            if name in self.buffers:
                self._put(name, self.layout.copy(self.buffers[name], larger, SHIFTS.get(name, 0)))
        if "touched" in self.buffers:
            touched = np.zeros((2, larger.input_rows), dtype=np.int64)
            touched[:, : self.layout.input_rows] = self.buffers["touched"].reshape(2, -1)
            self._put("touched", touched.reshape(-1))
        owners = np.full(larger.input_rows, -1, dtype=np.int64)
        owners[: self.layout.input_rows] = self.buffers["owners"]
        self._put("owners", owners)
        self.layout = larger
        self._place_parameters()

    # --- gathered gradients ------------------------------------------------------------------------------------------

    def reserve_gradient(self) -> None:
        """Make room for a gradient that is gathered before it is descended on; the general path needs it."""
        if "gradient" not in self.buffers:
            self._put("gradient", np.zeros(self.layout.size, dtype=np.float32))
            self._put("touched", np.zeros(2 * self.layout.input_rows, dtype=np.int64))

    def clear_gradient(self) -> None:
        """Forget what has been gathered."""
        self.buffers["gradient"][:] = 0
        self.buffers["touched"][:] = 0
        self.table[[m.TOUCHED_COUNT, m.GATHERED, m.GATHERED_ACTIVE]] = 0

    # --- the table ---------------------------------------------------------------------------------------------------

    def _put(self, name: str, buffer: npt.NDArray[Any]) -> None:
        """Keep a buffer and write its address into the table."""
        self.buffers[name] = buffer
        self.table[_ADDRESSES[name]] = buffer.ctypes.data

    def point(self, **events: npt.NDArray[Any] | int) -> None:
        """Tell the kernels where the events of the next call lie, by array or by address (0: not there)."""
        for name, place in events.items():
            self.table[_ADDRESSES[name]] = place if isinstance(place, int) else place.ctypes.data
            self.events[name] = place  # an address alone would not keep the array alive

    def set_event_shape(self, width: int, classes: int, events: int = 1) -> None:
        """Slots of every event of the next call (if they all have the same), columns of its output, and events."""
        self.table[m.EVENT_WIDTH], self.table[m.OUTPUT_STRIDE] = width, classes
        self.table[m.EVENT_BEGIN], self.table[m.EVENT_END] = 0, events

    def events_place(self) -> m.Int64s:
        """The lines of the table that say where events and output lie, for `set_events`."""
        return self.table[m.EVENT_SLOTS : m.EVENT_END + 1].copy()

    def set_events(self, place: m.Int64s, width: int) -> None:
        """Point at events as when `events_place` was called; whoever calls keeps their memory alive."""
        self.table[m.EVENT_SLOTS : m.EVENT_END + 1] = place
        self.table[m.EVENT_WIDTH] = width

    def mark_categories(self, slots: Iterable[int]) -> None:
        """These slots are lines of categories."""
        for slot in slots:
            self.slot_info(slot)[KIND] = CATEGORY

    def forget_traces(self) -> None:
        """The next event is encoded afresh, even if it is the last one again."""
        self.table[m.SEEN_COUNT] = -1

    def _place_parameters(self) -> None:
        blocks, table = dict(self.layout.blocks()), self.table
        table[m.PARAMS_SIZE] = self.layout.size
        table[m.ROW_CAPACITY], table[m.CLASS_CAPACITY] = self.layout.input_rows, self.layout.class_rows
        table[m.INPUT_OFFSET] = blocks["input"].offset
        table[m.READOUT_OFFSET] = blocks["readout"].offset
        table[m.READOUT_BIAS_OFFSET] = blocks["readout_bias"].offset
        self._put("layers", general.layer_table(self.network, self.layout))
        if not self.network.straight:
            self.reserve_gradient()

    def _programme_encoder(self) -> None:
        parts, table = self.encoder.parts(), self.table
        integers = np.zeros((len(parts), PART_INTEGERS), dtype=np.int64)
        reals = np.zeros((len(parts), REALS_PER_PART))
        centres = 0
        for k, part in enumerate(parts):
            integers[k] = part.code, part.fields, centres, part.shape
            reals[k] = part.strength, part.width, part.limit
            centres += part.fields
        self._put("parts", integers)
        self._put("part_reals", reals)
        self._slot_stride, self._ranges_stride = slot_stride(len(parts)), ranges_stride(centres)
        table[m.PART_COUNT], table[m.SLOT_STRIDE] = len(parts), self._slot_stride
        table[m.RANGES_STRIDE] = self._ranges_stride
        table[m.KEEPS_LAST] = any(part.keeps_last for part in parts)
        table[m.ROWS_PER_SLOT] = rows_per_slot(parts)

    def _programme_network(self) -> None:
        network, learning, table = self.network, self.learning, self.table
        table[m.STEPS], table[m.HIDDEN], table[m.LAYER_COUNT] = network.steps, network.hidden[0], len(network.hidden)
        table[m.RECURRENT], table[m.READOUT_KIND] = network.recurrent, READOUTS.index(network.readout)
        table[m.NEURON_KIND] = NEURONS.index(network.neuron)
        table[m.SURROGATE_KIND] = list(SURROGATES).index(network.surrogate)
        table[m.OPTIMISER_KIND], table[m.SEED] = OPTIMISERS.index(learning.optimiser), self.seed
        self._put("step_weights", network.step_weights())
        self._put("step_carry", learning.step_carry(network.steps))
        self._put("traces", m.zeros(general.trace_size(network)))
        table[m.TRACES_SIZE] = len(self.buffers["traces"])
        self._put("spiked", np.zeros(general.spiked_size(network), dtype=np.int64))

    def _set_hyper(self) -> None:
        network, learning = self.network, self.learning
        hyper = np.zeros(m.HYPER_COUNT)
        hyper[m.MEMBRANE_DECAY], hyper[m.SYNAPSE_DECAY] = network.membrane_decay, network.synapse_decay
        hyper[m.THRESHOLD], hyper[m.READOUT_DECAY] = network.threshold, network.readout_decay
        hyper[m.RESET_THROUGH] = network.threshold * RESETS.index(network.reset)
        hyper[m.ADAPTATION], hyper[m.ADAPTATION_DECAY] = network.adaptation, network.adaptation_decay
        hyper[m.SURROGATE_SCALE], hyper[m.SURROGATE_PEAK] = network.surrogate_scale, network.surrogate_peak
        hyper[m.RATE], hyper[m.FAN_IN] = learning.learning_rate, learning.fan_in or np.inf
        hyper[m.MOMENTUM], hyper[m.SQUARED_DECAY] = learning.momentum, learning.squared_decay
        hyper[m.EPSILON], hyper[m.CLIP_NORM] = learning.epsilon, learning.clip_norm or 0.0
        hyper[m.LOWER_RATE], hyper[m.LOWER_STRENGTH] = learning.lower_rate, learning.lower_strength
        hyper[m.UPPER_RATE], hyper[m.UPPER_STRENGTH] = learning.upper_rate, learning.upper_strength
        hyper[m.INPUT_SCALE], hyper[m.RANGE_RATE] = learning.input_scale, learning.range_rate
        self._put("hyper", hyper)

    # --- contents ----------------------------------------------------------------------------------------------------

    @property
    def counters(self) -> m.Int64s:
        return self.buffers["counters"]

    def slot_info(self, slot: int) -> m.Int64s:
        """The integers kept for a slot; a view."""
        return self.buffers["slots"][slot * self._slot_stride : (slot + 1) * self._slot_stride]

    def named(self, buffer: str = "params") -> dict[str, m.Float32s]:
        """The rows in use of every block of a buffer of the parameters' shape, by name; views."""
        used = {"input": int(self.counters[m.ROWS]), "readout": int(self.counters[m.CLASSES])}
        views = {}
        for name, block in self.layout.blocks():
            view = block.view(self.buffers[buffer][: self.layout.size])
            views[name] = view[:, : used["readout"]] if name == "readout_bias" else view[: used.get(name, block.rows)]
        return views

    def export(self) -> dict[str, npt.NDArray[Any]]:
        """All that the model is, as copies without spare rows; `restore` takes it back, bit for bit."""
        exact = self.layout.exact(int(self.counters[m.ROWS]), max(int(self.counters[m.CLASSES]), 1))
        state = {name: np.array(self.buffers[name]) for name in STATE}
        for name in ("params", "optimiser"):
            state[name] = self.layout.copy(self.buffers[name], exact)
        return state

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Become the model that `export` described.

        Raises
        ------
        ValueError
            If the arrays cannot be those of a model with these settings. Kernels read memory by number, so whatever
            comes from outside is checked here.
        """
        counters = _expect(state, "counters", np.int64, m.COUNTER_SIZE)
        rows, classes = int(counters[m.ROWS]), int(counters[m.CLASSES])
        if rows < 1 or classes < 0 or (counters < 0).any():
            raise ValueError("counters: out of range")
        exact = self.layout.exact(rows, max(classes, 1))
        capacity = len(_expect(state, "filled", np.int64))
        sizes = {"slots": capacity * self._slot_stride, "ranges": capacity * self._ranges_stride, "silence": capacity}
        sizes |= {"params": exact.size * self.networks, "optimiser": exact.size * self._copies}
        for name in STATE:
            _expect(state, name, self.buffers[name].dtype, sizes.get(name))
        for name in ("params", "optimiser", "ranges"):
            if not np.isfinite(state[name]).all():
                raise ValueError(f"{name}: not finite")
        check_slots(state["slots"], state["filled"], self.encoder.parts(), rows)
        self.reserve_slots(capacity)
        for name in STATE:
            if name not in ("params", "optimiser"):
                self.buffers[name][: len(state[name])] = state[name]
        self.reserve_rows(rows)
        self.reserve_classes(classes)
        for name in ("params", "optimiser"):
            self._put(name, exact.copy(state[name], self.layout, SHIFTS.get(name, 0)))
        self._find_owners()
        self.forget_traces()

    def _find_owners(self) -> None:
        """Note for every row in use whose it is, from what the slots say of their rows."""
        owners, parts = self.buffers["owners"], self.encoder.parts()
        owners[:] = -1
        for slot in range(int(self.table[m.SLOT_CAPACITY])):
            rows = self.slot_info(slot)[PART_ROWS:].reshape(len(parts), PART_STRIDE)
            for p, part in enumerate(parts):
                owner = slot * len(parts) + p
                base, field = int(rows[p, BASE_ROW]), int(rows[p, FIELD_ROW])
                if base:
                    owners[base : base + (2 if part.code == DELTA else 1)] = owner
                if field:
                    owners[field : field + part.fields] = owner
                owners[rows[p, LINE_ROWS:]] = owner
        owners[0] = -1

    @property
    def _copies(self) -> int:
        """Buffers of the layout's size that the optimiser keeps, over all networks."""
        return COPIES[self.learning.optimiser] * self.networks

    @property
    def memory_bytes(self) -> int:
        """Bytes of all buffers."""
        return sum(buffer.nbytes for buffer in self.buffers.values())


def _expect(
    state: dict[str, npt.NDArray[Any]], name: str, dtype: npt.DTypeLike, size: int | None = None
) -> npt.NDArray[Any]:
    """An array of the right type and size, or a ValueError that names it."""
    array = state.get(name)
    if array is None:
        raise ValueError(f"{name}: not there")
    if array.ndim != 1 or array.dtype != dtype or (size is not None and len(array) != size):
        raise ValueError(f"{name}: {array.dtype} {array.shape} where {np.dtype(dtype)} ({size},) belongs")
    return array
