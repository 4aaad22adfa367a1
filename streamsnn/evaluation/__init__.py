"""Prequential evaluation: streams, baselines, measures, reports and plots."""

from __future__ import annotations

from .baselines import baselines
from .curve import Curve, Point
from .drift import DriftMark, DriftMarks
from .errors import StreamError
from .metrics import KappaTemporal, RollingAccuracy, Scores
from .plot import plot
from .prequential import Track, prequential
from .report import ModelResult, Report
from .streams import Stream, open_stream

__all__ = [
    "prequential",
    "open_stream",
    "baselines",
    "plot",
    "Stream",
    "StreamError",
    "Report",
    "ModelResult",
    "Track",
    "Scores",
    "KappaTemporal",
    "RollingAccuracy",
    "DriftMark",
    "DriftMarks",
    "Curve",
    "Point",
]
