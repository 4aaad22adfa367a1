"""Drift detectors that compiled code can hold by the dozen, and that can be saved: ADWIN, Page-Hinkley, DDM.

They decide as River's do, and tell rises from falls. A detector of a classifier sees errors (1: wrong): a rise is bad.
"""

from .check import check_state
from .codec import detector_from, detector_over, refuse_saving
from .detectors import ADWIN, DDM, Detector, PageHinkley
from .update import DETECTOR_SIZE

__all__ = [
    "ADWIN",
    "PageHinkley",
    "DDM",
    "Detector",
    "DETECTOR_SIZE",
    "check_state",
    "detector_from",
    "detector_over",
    "refuse_saving",
]
