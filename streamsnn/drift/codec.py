"""Detectors out of files and into them: plain numbers, checked before a kernel sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import adwin, ddm, page_hinkley
from .check import NAMES, check_state
from .detectors import ADWIN, DDM, Detector, PageHinkley
from .update import DETECTOR_SIZE

CLASSES: tuple[type[Detector], ...] = (ADWIN, PageHinkley, DDM)


def detector_from(saved: Mapping[str, Any]) -> Detector:
    """Make a detector of what `to_dict` wrote; it goes on exactly as the one that was saved.

    Parameters
    ----------
    saved
        The name of the detector and its state. It may come from anywhere: what is wrong in it raises ValueError.

    Examples
    --------
    >>> detector = PageHinkley(threshold=20)
    >>> detector.update(1)
    >>> detector_from(detector.to_dict())
    PageHinkley (
      min_instances=30
      delta=0.005
      threshold=20.
      alpha=0.9999
      mode="both"
    )
    """
    if not isinstance(saved, Mapping) or set(saved) != {"detector", "state"}:
        raise ValueError('a saved drift detector has the entries "detector" and "state" and no others')
    found = [cls for cls in CLASSES if NAMES[cls.kind] == saved["detector"]]
    if not found:
        raise ValueError(f"there is no drift detector {saved['detector']!r}; there are {', '.join(NAMES.values())}")
    return detector_over(found[0].kind, _array_from(saved["state"]))


def detector_over(kind: int, state: Any) -> Detector:
    """A detector that looks at this state, which may lie in a larger buffer: its owner's updates are the detector's.

    Parameters
    ----------
    kind
        `streamsnn.drift.update.ADWIN`, `PAGE_HINKLEY` or `DDM`.
    state
        A float64 array of `DETECTOR_SIZE` entries; it is checked.
    """
    check_state(kind, state)
    detector = CLASSES[kind](**_settings(int(kind), state))
    detector.state = state
    return detector


def refuse_saving(detector: object) -> None:
    """Raise ValueError if this is a detector of another library, whose memory only pickle could save.

    Examples
    --------
    >>> from river import drift
    >>> refuse_saving(ADWIN())
    >>> refuse_saving(drift.KSWIN())
    Traceback (most recent call last):
        ...
    ValueError: river.drift.kswin.KSWIN cannot be saved safely; use streamsnn.drift.ADWIN, PageHinkley or DDM
    """
    if type(detector) not in CLASSES:
        cls = type(detector)
        raise ValueError(
            f"{cls.__module__}.{cls.__qualname__} cannot be saved safely; use streamsnn.drift.ADWIN, PageHinkley or DDM"
        )


def _array_from(numbers: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not isinstance(numbers, list | tuple) or len(numbers) > DETECTOR_SIZE:
        raise ValueError(f"the state of a saved drift detector is a list of at most {DETECTOR_SIZE} numbers")
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"the state of a saved drift detector holds numbers, not {number!r:.50}")
    state = np.zeros(DETECTOR_SIZE)
    try:
        state[: len(numbers)] = numbers
    except OverflowError as error:
        raise ValueError("the state of a saved drift detector holds a number that is too large") from error
    return state


def _settings(kind: int, state: Any) -> dict[str, Any]:
    """What the class was made with, read back from the state."""
    if kind == ADWIN.kind:
        return {
            "delta": float(state[adwin.DELTA]),
            "clock": int(state[adwin.CLOCK]),
            "max_buckets": int(state[adwin.MAX_BUCKETS]),
            "min_window_length": int(state[adwin.MIN_WINDOW]),
            "grace_period": int(state[adwin.GRACE]),
        }
    if kind == PageHinkley.kind:
        return {
            "min_instances": int(state[page_hinkley.MIN_INSTANCES]),
            "delta": float(state[page_hinkley.DELTA]),
            "threshold": float(state[page_hinkley.THRESHOLD]),
            "alpha": float(state[page_hinkley.ALPHA]),
            "mode": next(name for name, code in page_hinkley.MODES.items() if code == state[page_hinkley.MODE]),
        }
    return {
        "warm_start": int(state[ddm.WARM_START]),
        "warning_threshold": float(state[ddm.WARNING_THRESHOLD]),
        "drift_threshold": float(state[ddm.DRIFT_THRESHOLD]),
    }
