"""What a model has to beat to have learned anything."""

from __future__ import annotations

from river.base import Classifier
from river.dummy import NoChangeClassifier, PriorClassifier


def baselines() -> dict[str, Classifier]:
    """Fresh baselines by name: the last label again, and the commonest label so far.

    Examples
    --------
    >>> list(baselines())
    ['no-change', 'majority']
    """
    return {"no-change": NoChangeClassifier(), "majority": PriorClassifier()}
