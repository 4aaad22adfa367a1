"""Spiking neural networks that learn from a stream, one event at a time."""

from .adaptive import AdaptiveSpikingClassifier, Forecast
from .classifier import SpikingClassifier
from .learning.fused import warm_up
from .loading import load
from .pending import PendingEvents
from .snapshot import SnapshotError

__all__ = [
    "AdaptiveSpikingClassifier",
    "Forecast",
    "PendingEvents",
    "SnapshotError",
    "SpikingClassifier",
    "load",
    "warm_up",
]
