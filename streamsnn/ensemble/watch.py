"""Drift detectors that are Python objects: any of River's, one for every rung and one for the mixture."""

from __future__ import annotations

import numpy as np
from river.base import DriftDetector

from ..memory import CLASSES, CLOCK
from . import places as p
from .engine import logs_at_hand
from .forget import ABRUPT
from .ladder import Ladder


class Watch:
    """Shows every rung's errors to a copy of a detector.

    A foreign detector does not tell a rise from a fall, so the recent error decides: it is a rise if the last ten
    events or so went worse than all since the last drift.

    Parameters
    ----------
    detector
        To be copied.
    ladder
        Whose errors they are.
    """

    def __init__(self, detector: DriftDetector, ladder: Ladder) -> None:
        self._ladder = ladder
        self._detectors = [detector.clone() for _ in range(ladder.rungs + 1)]
        self._mean = [0.0] * (ladder.rungs + 1)
        self._recent = [0.0] * (ladder.rungs + 1)
        self._seen = [0] * (ladder.rungs + 1)
        self._right = 0

    def update(self, label: int) -> None:
        """After an event has been learned: note who was wrong, and whether the mixture's error has risen."""
        counts = self._ladder.parts["counts"]
        scored, right = int(counts[p.SCORED]), int(counts[p.RIGHT])
        known = int(self._ladder.counters[CLASSES])
        logs = logs_at_hand(self._ladder, known)
        if scored == 0 or label >= known:
            return
        wrong = [float(best != label) for best in logs.argmax(axis=1)] + [float(right == self._right)]
        self._right = right
        rises = [self._rises(k, error) for k, error in enumerate(wrong)]
        counts[p.MEMBER_DRIFTS] += sum(rises[:-1])
        lately, before = self._ladder.parts["error_shares"].reshape(-1, 2).T
        abrupt = np.array(rises[:-1]) & (lately > 0) & (lately >= ABRUPT * before)
        self._ladder.parts["drifted"][: len(abrupt)][abrupt] = counts[p.REMEMBERED]
        if rises[-1]:
            counts[p.DRIFTS] += 1
            counts[p.DRIFT_NOW] = 1
            counts[p.LAST_DRIFT] = self._ladder.counters[CLOCK]
            counts[p.REACTION_WAITS] = self._ladder.settings.reaction != "none"

    def _rises(self, k: int, error: float) -> bool:
        self._seen[k] += 1
        self._mean[k] += (error - self._mean[k]) / self._seen[k]
        self._recent[k] += 0.1 * (error - self._recent[k])
        self._detectors[k].update(error)
        if not self._detectors[k].drift_detected:
            return False
        rises = self._recent[k] > self._mean[k]
        self._mean[k], self._seen[k] = 0.0, 0
        return rises
