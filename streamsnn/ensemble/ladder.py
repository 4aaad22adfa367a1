"""The memory of a ladder: that of a shared encoder, of all members, and of what they share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import memory as m
from ..drift import DETECTOR_SIZE
from ..encoding.base import Encoder
from ..learning.model import Model
from ..learning.settings import LearningSettings
from ..network.settings import LIF, NEURONS, NetworkSettings
from . import direct_layout, kalman, nearest, settled_layout
from . import places as p
from .members import MemberSettings
from .settings import LadderSettings

_PLACES = {
    "tables": p.TABLES,
    "member_counters": p.MEMBER_COUNTERS,
    "member_hyper": p.MEMBER_HYPER,
    "members": p.MEMBERS,
    "progress": p.PROGRESS,
    "halves": p.HALVES,
    "ring": p.RING,
    "ring_weights": p.RING_WEIGHTS,
    "ring_current_rows": p.RING_CURRENT_ROWS,
    "ring_current_values": p.RING_CURRENT_VALUES,
    "ring_spike_rows": p.RING_SPIKE_ROWS,
    "ring_spike_steps": p.RING_SPIKE_STEPS,
    "part_current_rows": p.PART_CURRENT_ROWS,
    "part_current_values": p.PART_CURRENT_VALUES,
    "part_spike_rows": p.PART_SPIKE_ROWS,
    "part_spike_steps": p.PART_SPIKE_STEPS,
    "neurons": p.NEURONS,
    "neuron_norms": p.NEURON_NORMS,
    "distances": p.DISTANCES,
    "nearest": p.NEAREST,
    "logs": p.LOGS,
    "weights": p.WEIGHTS,
    "covariance": p.COVARIANCE,
    "slopes": p.SLOPES,
    "mixed": p.MIXED,
    "detectors": p.DETECTORS,
    "transitions": p.TRANSITIONS,
    "label_rows": p.LABEL_ROWS,
    "counts": p.COUNTS,
    "drifted": p.DRIFTED,
    "error_shares": p.ERROR_SHARES,
    "rates": p.RATES,
    "shares": p.SHARES,
    "direct": p.DIRECT,
    "direct_scratch": p.DIRECT_SCRATCH,
    "steady": p.STEADY,
    "shown_slots": p.SHOWN_SLOTS,
    "shown_values": p.SHOWN_VALUES,
    "points": p.POINTS,
    "grid": p.GRID,
    "relevance": p.RELEVANCE,
    "pulls": p.PULLS,
    "least_halves": p.LEAST_HALVES,
    "linear": p.LINEAR,
    "singles": p.SINGLES,
    "couples": p.COUPLES,
    "coupled": p.COUPLED,
    "gates": p.GATES,
    "evidence": p.EVIDENCE,
    "label_shares": p.LABEL_SHARES,
    "both_bins": p.BOTH_BINS,
    "kept": p.KEPT,
    "old_edges": p.OLD_EDGES,
    "inheriting": p.INHERITING,
}
DRIVES = {"current_rows": np.int64, "current_values": np.float32, "spike_rows": np.int64, "spike_steps": np.int64}
MOST_ROWS = 4096  # inputs beyond these are looked at by the networks only: a row of neurons takes 1 KiB
MOST_LOGS = 1 << 20
SHADOW = MemberSettings(0.003)
PAST = MemberSettings()  # sees what the member saw whose copy it is


class Ladder(Model):
    """All memory of an ensemble whose members share the encoding.

    Parameters
    ----------
    encoder, network, learning, seed
        Of the shared model and of every member, but for what its `MemberSettings` say.
    members
        The gradient-trained members.
    settings
        Of the mixture and the rest.
    detectors
        States of the drift detectors, of one kind, shape ``(rungs + 1, DETECTOR_SIZE)``; None: nothing is watched
        within the compiled call.
    detector_kind
        Their kind.
    """

    def __init__(
        self,
        encoder: Encoder,
        network: NetworkSettings,
        learning: LearningSettings,
        seed: int,
        members: tuple[MemberSettings, ...],
        settings: LadderSettings,
        detector: npt.NDArray[np.float64] | None = None,
        detector_kind: int = -1,
    ) -> None:
        self.settings = settings
        self.live_members, self.mixed_members = len(members), len(members) + settings.recall
        shadow = (SHADOW,) if settings.reaction == "replace_worst" else ()
        self.members = (*members, *[PAST] * settings.recall, *shadow)
        self.networks = len(self.members)
        voting = (1 + p.YOUNG_RUNGS * settings.young_neurons) * (settings.memory > 0)
        settled = len(p.LINEAR_RATES) + 1 + (settings.coincidences > 0) + 1
        self.rungs = self.mixed_members + voting + p.DIRECT_RUNGS + settled + bool(settings.label_history)
        self._direct_at = self.mixed_members + voting
        self.places = np.zeros(p.PLACE_COUNT, dtype=np.int64)
        self.parts: dict[str, npt.NDArray[Any]] = {}
        self._ready, self._stale = False, True
        super().__init__(encoder, network, learning, seed)
        self._place_shared(detector, detector_kind)
        self._programme_members()
        self.table[m.EXTENSION] = self.places.ctypes.data
        self._ready = True
        self._sync()

    # --- what does not grow ------------------------------------------------------------------------------------------

    def keep(self, name: str, buffer: npt.NDArray[Any]) -> None:
        """Keep a buffer and write its address into the ladder's table."""
        self.parts[name] = buffer
        self.places[_PLACES[name]] = buffer.ctypes.data

    def _place_shared(self, detector: npt.NDArray[np.float64] | None, kind: int) -> None:
        settings, places = self.settings, self.places
        places[p.MEMBER_COUNT], places[p.MIXED_MEMBERS] = self.networks, self.mixed_members
        places[p.LIVE_MEMBERS] = self.live_members
        places[p.RUNG_COUNT] = self.rungs
        places[p.NEURON_WINDOW], places[p.POINT_WINDOW] = settings.young, settings.memory
        places[p.YOUNG_NEURONS] = settings.memory > 0 and settings.young_neurons
        places[p.YOUNG_COLUMNS], places[p.POINT_COLUMNS] = young, points = settings.columns
        places[p.HISTORY], places[p.REACTION] = settings.label_history, p.REACTIONS.index(settings.reaction)
        places[p.RING_KEEPS] = max([settings.memory, 64, *(member.replay_window for member in self.members)])
        places[p.DETECTOR_KIND] = kind if detector is not None else -1
        counts = np.zeros(p.COUNT_COUNT, dtype=np.int64)
        counts[p.LAST_LABEL] = -1
        self.keep("counts", counts)
        self.keep("drifted", np.zeros(2 * self.rungs, dtype=np.int64))
        self.keep("error_shares", np.zeros(2 * self.rungs))
        places[p.FORGETS] = settings.forget_at_drift
        places[p.STORED_BEST] = -1
        places[p.DIRECT_AT] = self._direct_at
        places[p.LINEAR_AT] = self._direct_at + p.DIRECT_RUNGS
        places[p.GATED_AT] = self._direct_at + p.DIRECT_RUNGS + len(p.LINEAR_RATES)
        places[p.COUPLE_COUNT] = settings.coincidences
        places[p.BELIEF_AT] = places[p.GATED_AT] + 1 + (settings.coincidences > 0)
        rates = np.zeros(p.RATE_COUNT)
        rates[p.MIXTURE_RATE], rates[p.WEIGHT_BOUND] = settings.mixture_rate, settings.weight_bound
        rates[p.HISTORY_DECAY], rates[p.SHARE_DECAY] = settings.history_decay, settings.prior_decay
        rates[p.BALANCE] = settings.class_weighting == "prior"
        rates[p.RAISED_RATE], rates[p.RAISED_EVENTS] = settings.raised_rate, settings.raised_events
        self.keep("rates", rates)
        sets = np.full((p.WEIGHT_SETS, self.rungs), 1 / self.rungs)
        sets[p.BELIEFS] = (1 - p.BELIEF_WEIGHT) / (self.rungs - 1)
        sets[:, places[p.BELIEF_AT]] = p.BELIEF_WEIGHT
        self.keep("weights", np.concatenate([sets.reshape(-1), np.full(p.MIXERS, 1 / p.MIXERS)]))
        covariances = [
            first * np.eye(size).reshape(-1) for first, size in zip(kalman.FIRST, (self.rungs, p.MIXERS), strict=True)
        ]
        self.keep("covariance", np.concatenate(covariances))
        self.keep("slopes", np.zeros(3 * max(self.rungs, p.MIXERS)))
        self._direct_classes = 0
        self.keep("direct", np.zeros(0, dtype=np.float32))
        self.keep("ring", np.zeros((p.RING_EVENTS + p.CHUNK_EVENTS_MOST) * p.RING_STRIDE, dtype=np.int64))
        self.keep("ring_weights", np.zeros(p.RING_EVENTS + p.CHUNK_EVENTS_MOST))
        self.keep("neurons", np.zeros(0, dtype=np.uint8))
        self.keep("neuron_norms", np.full(young, nearest.FAR, dtype=np.float32))
        self.keep("distances", m.zeros(2 * young + points))
        self.parts["distances"][2 * young :] = nearest.FAR  # where no neuron lives, see `measure_living`
        places[p.FAR_POINTS] = places[p.DISTANCES] + 8 * young
        self.keep("least_halves", m.zeros(points))
        self.keep("nearest", np.zeros(nearest.SCRATCH, dtype=np.int64))
        states = np.zeros(DETECTOR_SIZE) if detector is None else detector
        self.keep("detectors", np.tile(states, self.rungs + 1))

    def _programme_members(self) -> None:
        choices = np.zeros((self.networks, p.MEMBER_STRIDE), dtype=np.int64)
        hyper = np.tile(self.buffers["hyper"], (self.networks, 1))
        progress = np.zeros((self.networks, p.PROGRESS_STRIDE))
        for k, member in enumerate(self.members):
            choices[k, p.SEES] = (
                p.SEES_CURRENTS * member.currents
                + p.SEES_FIELDS * member.fields
                + p.SEES_CHANGES * member.changes
                + p.SEES_HISTORY * self.settings.label_history
            )
            choices[k, p.HALF] = -1 if member.half is None else member.half
            choices[k, p.REPLAYS], choices[k, p.REPLAY_WINDOW] = member.replays, member.replay_window
            choices[k, p.MEMBER_SEED] = self._seed_of(k)
            neuron = member.neuron if self.network.neuron == NEURONS[LIF] else self.network.neuron
            choices[k, p.NEURON] = NEURONS.index(neuron)
            if neuron == member.neuron:
                hyper[k, m.MEMBRANE_DECAY], hyper[k, m.THRESHOLD] = member.membrane_decay, member.threshold
            hyper[k, m.RATE] = progress[k, p.BASE_RATE] = member.learning_rate
        self.keep("members", choices.reshape(-1))
        self.keep("member_hyper", hyper.reshape(-1))
        self.keep("progress", progress.reshape(-1))
        self.keep("kept", np.zeros(self.settings.recall * p.KEPT_STRIDE, dtype=np.int64))
        self.keep("member_counters", np.zeros(self.networks * m.COUNTER_SIZE, dtype=np.int64))
        self._traces = m.zeros(self.networks * len(self.buffers["traces"])).reshape(self.networks, -1)

    def _is_kept(self, member: int) -> bool:
        return self.live_members <= member < self.mixed_members

    def _seed_of(self, member: int) -> int:
        """Every member draws from a stream of its own."""
        return (self.seed * 1024 + member) % 2**63

    # --- growth ------------------------------------------------------------------------------------------------------

    def _put(self, name: str, buffer: npt.NDArray[Any]) -> None:
        super()._put(name, buffer)
        self._stale = True

    def reserve_rows(self, rows: int) -> None:
        super().reserve_rows(rows)
        self._sync()

    def reserve_rows_for(self, width: int) -> None:
        super().reserve_rows_for(width + 1)  # one more for the last label

    def reserve_slots(self, slots: int) -> None:
        super().reserve_slots(slots)
        self._sync()

    def reserve_classes(self, classes: int) -> None:
        super().reserve_classes(classes)
        self._sync()

    def reserve_width(self, width: int) -> None:
        super().reserve_width(width)
        self._sync()

    def _sync(self) -> None:
        """Let everything follow the shared model's capacities and places."""
        if not self._ready or not self._stale:
            return
        self._stale = False
        rows, drive = self.layout.input_rows, int(self.table[m.DRIVE_CAPACITY])
        self._grow("halves", rows, np.int64)
        neuron_rows = min(rows, MOST_ROWS) if self.places[p.YOUNG_NEURONS] else 0
        self._grow("neurons", neuron_rows * self.settings.columns[0], np.uint8)
        self.places[p.NEURON_ROWS] = neuron_rows
        self.places[p.DRIVE_ROOM] = max(2 * p.DRIVE_BUDGET, 4 * drive)
        partial = [k for k, member in enumerate(self.members) if member.half is not None or self._is_kept(k)]
        for name, dtype in DRIVES.items():
            self._grow(f"ring_{name}", int(self.places[p.DRIVE_ROOM]), dtype)
            self._grow(f"part_{name}", len(partial) * (drive + 1), dtype)
        choices = self.parts["members"].reshape(-1, p.MEMBER_STRIDE)
        for place, k in enumerate(partial):
            choices[k, p.PART_AT] = place * (drive + 1)
        self._follow_classes(self.layout.class_rows)
        self._follow_direct(rows, self.layout.class_rows)
        settled_layout.follow(self, int(self.table[m.SLOT_CAPACITY]), self.layout.class_rows)
        self._make_tables()

    def _follow_classes(self, classes: int) -> None:
        if len(self.parts.get("shares", ())) == classes:
            return
        side = len(self.parts.get("shares", ()))
        if self.settings.label_history:
            transitions = np.zeros((classes, classes))
            if side:
                transitions[:side, :side] = self.parts["transitions"].reshape(side, side)
            self.keep("transitions", transitions.reshape(-1))
        self._grow("label_rows", classes, np.int64)
        self._grow("shares", classes, np.float64)
        self.keep("mixed", np.zeros((1 + 2 * p.MIXERS) * classes))
        chunk = min(max(MOST_LOGS // (self.rungs * classes), 1), p.CHUNK_EVENTS_MOST)
        self.places[p.CHUNK] = chunk
        self.keep("logs", np.zeros(chunk * self.rungs * classes))
        self._scores = np.zeros((self.networks, 2 * classes))
        self.forget_traces()

    def _follow_direct(self, rows: int, classes: int) -> None:
        """Room for the synapses of every input to every label."""
        kept, had = min(rows, MOST_ROWS), self._direct_classes
        if self.places[p.DIRECT_ROWS] == kept and had == classes:
            return
        self.keep("direct", direct_layout.resized(self.direct, had, kept, classes).reshape(-1))
        self.keep("direct_scratch", np.zeros(2 * classes))
        self.places[p.DIRECT_ROWS], self._direct_classes = kept, classes

    @property
    def direct(self) -> npt.NDArray[np.float32]:
        """The synapses of the rungs without a hidden layer, a row for each input; a view."""
        return self.parts["direct"].reshape(-1, direct_layout.width(self._direct_classes))

    def _make_tables(self) -> None:
        """A table for every member: the shared one, but for its own weights, traces, counters and rates."""
        tables = np.tile(self.table, (self.networks, 1))
        copies = self._copies // self.networks
        for k, own in enumerate(tables):
            own[m.PARAMS] += 4 * k * self.layout.size
            own[m.OPTIMISER] += 4 * k * copies * self.layout.size
            own[m.COUNTERS] = self.parts["member_counters"].ctypes.data + 8 * k * m.COUNTER_SIZE
            own[m.HYPER] = self.parts["member_hyper"].ctypes.data + 8 * k * m.HYPER_COUNT
            own[m.TRACES] = self._traces[k].ctypes.data
            own[m.SCORES] = self._scores[k].ctypes.data
            own[m.SEED] = self._seed_of(k)
            own[m.DRIVE_CAPACITY] = self.places[p.DRIVE_ROOM]
        self.keep("tables", tables.reshape(-1))

    def _grow(self, name: str, size: int, dtype: npt.DTypeLike) -> None:
        old = self.parts.get(name, np.zeros(0, dtype=dtype))
        if name not in self.parts or len(old) < size:
            self.keep(name, m.grown(old, size))

    @property
    def memory_bytes(self) -> int:
        """Bytes of all buffers."""
        own = sum(part.nbytes for part in self.parts.values()) + self._traces.nbytes + self._scores.nbytes
        return super().memory_bytes + own

    # --- looking inside ----------------------------------------------------------------------------------------------

    def rung_names(self) -> list[str]:
        """What each rung is, in the order of the mixture's weights."""
        names = [_name_of(member) for member in self.members[: self.live_members]]
        names += [f"past member {k}" for k in range(1, self.settings.recall + 1)]
        if self.places[p.YOUNG_NEURONS]:
            names += [f"nearest {k} neurons by fields" for k in p.VOTERS]
            names += [f"nearest {k} neurons by values" for k in p.POINT_VOTERS]
            names += [f"nearest {p.NEIGHBOURS} neurons by values, the near and the young most"]
        if self.settings.memory:
            names += [f"nearest {p.NEIGHBOURS} neurons by relevant values, old ones too, the near most"]
        names += [f"Hebbian counts, forgotten by {decay:g}" for decay in p.HEBBIAN_DECAYS]
        names += [f"delta rule at rate {rate:g}" for rate in p.DELTA_RATES]
        for rate, doubt in zip(p.LINEAR_RATES, p.LINEAR_DOUBTS, strict=True):
            names += [f"linear at rate {rate:g}" + (f", doubting {doubt:g} of the labels" if doubt else "")]
        names += ["evidence"] + ["evidence of coincidences"] * (self.settings.coincidences > 0)
        names += ["evidence of one feature"]
        return [*names, "label history"] if self.settings.label_history else names

    def spike_rates(self) -> list[float]:
        """Share of units times steps with a spike, for each network, in the last event it saw."""
        size = self.network.hidden[0] * self.network.steps
        return [float((traces[:size] >= 0).mean()) for traces in self._traces]

    @property
    def refused_updates(self) -> int:
        """Updates of any network that were refused because they were not finite."""
        return int(self.parts["member_counters"].reshape(-1, m.COUNTER_SIZE)[:, m.REFUSED_UPDATES].sum())


def _name_of(member: MemberSettings) -> str:
    seen = [name for name in ("currents", "fields", "changes") if getattr(member, name)]
    text = f"{'+'.join(seen)} at rate {member.learning_rate:g}"
    if member.half is not None:
        text += f", half {member.half}"
    return text + (f", {member.replays} replays of {member.replay_window}" if member.replays else "")
