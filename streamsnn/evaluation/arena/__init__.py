"""The arena: many models on many streams, prequentially, in processes of their own, resumably."""

from __future__ import annotations

from .field import Field, Source, read
from .machine import machine, write_machine
from .publish import publish
from .ranking import Ranking, ranking
from .recovery import recovery_times
from .registry import MODELS, Entry
from .runner import run
from .store import Store
from .summary import Cell, Summary
from .synthetic import SYNTHETIC, synthetic
from .task import Result, Task, perform

__all__ = [
    "run",
    "Task",
    "Source",
    "Result",
    "perform",
    "Store",
    "publish",
    "Summary",
    "Cell",
    "Ranking",
    "ranking",
    "MODELS",
    "Entry",
    "SYNTHETIC",
    "synthetic",
    "Field",
    "read",
    "recovery_times",
    "machine",
    "write_machine",
]
