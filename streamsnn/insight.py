"""What can be seen of a ladder: drifts, weights, spikes, sizes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from .ensemble import places as p
from .ensemble.engine import logs_at_hand
from .ensemble.ladder import Ladder
from .memory import Int64s
from .persistence import SavedClassifier


class LadderInsight(SavedClassifier):
    """The properties of a ladder; whoever inherits sets `recall` and `_drifted`."""

    recall: int
    _model: Ladder
    _drifted: Int64s

    @property
    def drift_detected(self) -> bool:
        """Whether the last learned event showed that the mixture's error has risen."""
        return bool(self._model.parts["counts"][p.DRIFT_NOW])

    @property
    def drifts(self) -> dict[str, int]:
        """Drifts so far of the ``mixture``, of all ``rungs``; ``reactions`` done; and the event of the ``last`` one.

        ``recalls`` counts how often one of the past members that `recall` keeps came to be better than all networks.
        """
        counts = self._model.parts["counts"]
        return {
            "mixture": int(counts[p.DRIFTS]),
            "rungs": int(counts[p.MEMBER_DRIFTS]),
            "reactions": int(counts[p.REACTIONS_DONE]),
            "last": int(counts[p.LAST_DRIFT]),
            "recalls": int(counts[p.RECALLS]),
        }

    @property
    def drifts_by_event(self) -> Int64s:
        """Drifts that each event of the last batch has shown, of the mixture and of all rungs, shape ``(events, 2)``.

        Examples
        --------
        >>> from streamsnn import AdaptiveSpikingClassifier
        >>> model = AdaptiveSpikingClassifier("small", seed=1)
        >>> _ = model.predict_learn_many([{"x": 1.0}, {"x": 2.0}], ["a", "b"])
        >>> model.drifts_by_event.tolist()
        [[0, 0], [0, 0]]
        """
        return self._drifted

    @property
    def accuracy(self) -> float:
        """Share of the learned events whose label the mixture had said; NaN before the first."""
        counts = self._model.parts["counts"]
        return int(counts[p.RIGHT]) / int(counts[p.SCORED]) if counts[p.SCORED] else float("nan")

    @property
    def weights(self) -> dict[str, float]:
        """Weight of every rung in the slow mixer, by what the rung is."""
        return dict(zip(self._model.rung_names(), map(float, self._model.parts["weights"]), strict=False))

    @property
    def parameter_count(self) -> int:
        """Trainable parameters in use, over all networks."""
        return (self._model.networks - self.recall) * sum(view.size for view in self._model.named().values())

    @property
    def spike_rates(self) -> list[float]:
        """Share of units times steps with a spike, for each network, in the last event that it saw."""
        return self._model.spike_rates()

    @property
    def ignored(self) -> dict[str, int]:
        """How often something was ignored: features and categories beyond the bounds, updates that were not finite."""
        return super().ignored | {"updates": self._model.refused_updates}

    def debug_one(self, x: Mapping[Hashable, Any]) -> str:
        """What every rung makes of an event, and the mixture."""
        probabilities = self.predict_proba_one(x)
        shares = np.exp(logs_at_hand(self._model, len(probabilities)))
        lines = [f"{len(self._features)} input slots known, {self.events_learned} events learned"]
        labels = list(probabilities)
        for (name, weight), row in zip(self.weights.items(), shares, strict=True):
            said = f"{labels[int(row.argmax())]!r} ({row.max():.3f})" if labels else "nothing"
            lines.append(f"{name:<44} weight {weight:+.3f}  says {said}")
        lines += [f"P({label!r}) = {share:.4f}" for label, share in probabilities.items()]
        return "\n".join(lines)
