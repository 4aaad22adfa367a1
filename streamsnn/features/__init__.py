"""From a dict of features to input slots, and from labels to class numbers."""

from .batch import Batch, batch_of
from .classes import ClassIndex
from .frame import Answer, Frame, LooseEvent
from .index import FeatureIndex
from .values import as_number, check_event

__all__ = [
    "Answer",
    "Batch",
    "ClassIndex",
    "FeatureIndex",
    "Frame",
    "LooseEvent",
    "as_number",
    "batch_of",
    "check_event",
]
