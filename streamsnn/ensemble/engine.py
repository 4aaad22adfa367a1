"""What runs a ladder: one compiled call, or several threads that share the members of a chunk among them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..learning.fused import INITIALISE
from ..memory import EVENT_BEGIN, EVENT_END, Float64s
from . import places as p
from . import step
from .ladder import Ladder


class LadderEngine:
    """Compiled kernels.

    Parameters
    ----------
    ladder
        What they work on.
    threads
        Over how many threads the members are spread when many events come at once. Each member is a task of its own,
        whatever thread takes it, so that the bits do not depend on their number.
    """

    def __init__(self, ladder: Ladder, threads: int = 1) -> None:
        self._ladder = ladder
        self.run = step.run_ladder
        self.threads = threads
        self.run(ladder.address, INITIALISE)

    @property
    def threads(self) -> int:
        """Over how many threads the members are spread."""
        return self._threads

    @threads.setter
    def threads(self, threads: int) -> None:
        self._threads = threads
        self.run_many = step.run_ladder if threads == 1 else self._run_in_threads

    def run_batch(self, address: int, mode: int) -> int:
        """Not offered: a ladder learns event by event."""
        raise ValueError("a ladder learns event by event; it gathers no gradients over a batch")

    def _run_in_threads(self, address: int, mode: int) -> int:
        table = self._ladder.table
        i, end = int(table[EVENT_BEGIN]), int(table[EVENT_END])
        order = self._order()
        with ThreadPoolExecutor(self._threads - 1) as pool:
            while i < end:
                table[EVENT_BEGIN] = i
                taken = self.run(address, step.phase(step.BEGIN, mode))
                if taken == 0:
                    return i
                left = iter(order)  # whoever is done takes the next
                others = [pool.submit(_run_all, address, left, mode) for _ in range(self._threads - 1)]
                _run_all(address, left, mode)
                for other in others:
                    other.result()
                self.run(address, step.phase(step.END, mode))
                i += taken
        return i

    def _order(self) -> list[int]:
        """The members and what else there is to be taken through a chunk, the dearest first."""
        costs = [
            member.passes * (0.6 if not member.currents or not member.fields else 1.0)
            for member in self._ladder.members
        ]
        settings = self._ladder.settings
        neurons = 1.5 + 3.0 * settings.young_neurons + settings.memory / 1000 if settings.memory else 0.0
        costs += [neurons, 1.0, 2.5]  # as long as each was measured to take, if a network's pass takes 1
        return sorted(range(len(costs)), key=lambda k: -costs[k])

    def run_late(self, address: int, mode: int, logs: Float64s, best: int) -> int:
        """Learn one event whose forecast was made earlier: what the rungs said then is what the mixture learns from.

        Parameters
        ----------
        address, mode
            As `run`.
        logs
            Log-probabilities, shape ``(rungs, classes known then)``.
        best
            Number of the class that was said to be the likeliest.
        """
        ladder = self._ladder
        if self.run(address, step.phase(step.BEGIN, mode)) == 0:
            return 0
        _run_all(address, range(len(ladder.members) + step.OTHERS), mode)
        capacity, known = ladder.layout.class_rows, logs.shape[1]
        kept = ladder.parts["logs"][: ladder.rungs * capacity].reshape(ladder.rungs, capacity)
        kept[:, :known] = logs
        event = ladder.parts["ring"][p.RING_EVENTS * p.RING_STRIDE :]
        event[p.KNOWN_CLASSES] = known
        ladder.places[p.STORED_BEST] = best
        try:
            self.run(address, step.phase(step.END, mode))
        finally:
            ladder.places[p.STORED_BEST] = -1
        return 1


def _run_all(address: int, members: Iterable[int], mode: int) -> None:
    for number in members:
        step.run_ladder(address, step.phase(step.ONE, mode, number))


def logs_at_hand(ladder: Ladder, known: int) -> Float64s:
    """What the rungs said of the last event, shape ``(rungs, known)``; a copy."""
    capacity = ladder.layout.class_rows
    return np.array(ladder.parts["logs"][: ladder.rungs * capacity].reshape(ladder.rungs, capacity)[:, :known])
