"""The detectors as River knows them: each a class around the flat state that compiled code updates."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from river import base

from ..memory import Float64s
from . import adwin, ddm, page_hinkley, update
from ._exact import FALLS, FOUND, LAST, RISES
from .check import NAMES, check_settings, check_state

LARGEST = 1e100  # of a value: its square and the sum of many still fit into float64


class Detector(base.DriftDetector):
    """What the detectors have in common.

    A detector of a classifier sees errors: 1 for a wrong answer, 0 for a right one. So a rise is bad news.

    Attributes
    ----------
    state
        All the detector is: a float64 array of `streamsnn.drift.DETECTOR_SIZE` entries.
    kind
        Which kernel updates it.
    """

    kind: ClassVar[int]
    state: Float64s

    def update(self, x: float) -> None:
        """Take one value.

        Parameters
        ----------
        x
            A finite number; of an error stream 1 for wrong, 0 for right.
        """
        value = float(x)
        if not abs(value) <= LARGEST:
            raise ValueError(f"a drift detector takes finite numbers up to {LARGEST:g}, not {x!r}")
        update.detect_one(self.state, self.kind, value)

    @property
    def drift_detected(self) -> bool:
        """Whether the latest value gave an alarm."""
        return bool(self.state[FOUND] != 0)

    @property
    def rising(self) -> bool:
        """Whether the last detected change was a rise of the mean; False before any."""
        return bool(self.state[LAST] > 0)

    @property
    def rises(self) -> int:
        """How many rises were detected so far."""
        return int(self.state[RISES])

    @property
    def falls(self) -> int:
        """How many falls were detected so far."""
        return int(self.state[FALLS])

    def to_dict(self) -> dict[str, Any]:
        """All of the detector, as plain numbers for JSON; see `detector_from`."""
        check_state(self.kind, self.state)
        return {"detector": NAMES[self.kind], "state": np.trim_zeros(self.state, "b").tolist()}


class ADWIN(Detector):
    """Adaptive windowing [1]_: a window of recent values that drops its older part when the mean has changed.

    It decides as `river.drift.ADWIN` does, and like that one starts with an empty window after a change.

    Parameters
    ----------
    delta
        How readily it gives a false alarm; between 0 and 1.
    clock
        Look for a change every so many values.
    max_buckets
        Precision of the window: buckets of one size before two merge; from 2 to 5.
    min_window_length
        Fewest values on either side of a cut.
    grace_period
        No alarm before more values than this.

    References
    ----------
    .. [1] A. Bifet and R. Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007.

    Examples
    --------
    >>> detector = ADWIN()
    >>> for event in range(300):
    ...     detector.update(event >= 200)
    ...     if detector.drift_detected:
    ...         print(event, detector.rising)
    223 True
    """

    kind = update.ADWIN

    def __init__(
        self,
        delta: float = 0.002,
        clock: int = 32,
        max_buckets: int = 5,
        min_window_length: int = 5,
        grace_period: int = 10,
    ) -> None:
        super().__init__()
        self.delta = delta
        self.clock = clock
        self.max_buckets = max_buckets
        self.min_window_length = min_window_length
        self.grace_period = grace_period
        self._reset()

    def _reset(self) -> None:
        self.state = np.zeros(update.DETECTOR_SIZE)
        adwin.adwin_start(
            self.state, self.delta, self.clock, self.max_buckets, self.min_window_length, self.grace_period
        )
        check_settings(self.kind, self.state)

    @property
    def width(self) -> int:
        """Values in the window."""
        return int(self.state[adwin.WIDTH])

    @property
    def total(self) -> float:
        """The sum of the values in the window."""
        return float(self.state[adwin.TOTAL])

    @property
    def variance(self) -> float:
        """The sum of squared deviations from the mean of the window, which River calls variance."""
        return float(self.state[adwin.VARIANCE])

    @property
    def estimation(self) -> float:
        """The mean of the window; 0 while it is empty."""
        return self.total / self.width if self.width else 0.0

    @property
    def n_detections(self) -> int:
        """Changes since the window was last empty, as in River: 0 or 1. See `rises` and `falls`."""
        return int(self.state[adwin.N_DETECTIONS])


class PageHinkley(Detector):
    """The Page-Hinkley test [1]_: alarm when the sum of deviations from the mean so far has left its extreme.

    It decides as `river.drift.PageHinkley` does.

    Parameters
    ----------
    min_instances
        No alarm before so many values.
    delta
        Deviations smaller than this do not add up.
    threshold
        How far the sum must be from its extreme.
    alpha
        Factor by which the sum fades with each value.
    mode
        "up" for rises, "down" for falls, "both" for both.

    References
    ----------
    .. [1] E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954.

    Examples
    --------
    >>> detector = PageHinkley(threshold=20)
    >>> for event in range(300):
    ...     detector.update(event >= 200)
    ...     if detector.drift_detected:
    ...         print(event, detector.rising)
    221 True
    """

    kind = update.PAGE_HINKLEY

    def __init__(
        self,
        min_instances: int = 30,
        delta: float = 0.005,
        threshold: float = 50.0,
        alpha: float = 1 - 0.0001,
        mode: str = "both",
    ) -> None:
        super().__init__()
        if mode not in page_hinkley.MODES:
            raise ValueError(f"mode is one of {', '.join(page_hinkley.MODES)}, not {mode!r}")
        self.min_instances = min_instances
        self.delta = delta
        self.threshold = threshold
        self.alpha = alpha
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        self.state = np.zeros(update.DETECTOR_SIZE)
        page_hinkley.page_hinkley_start(
            self.state, self.min_instances, self.delta, self.threshold, self.alpha, page_hinkley.MODES[self.mode]
        )
        check_settings(self.kind, self.state)


class DDM(Detector):
    """Drift detection method [1]_: alarm when an error rate is some standard deviations above its lowest value.

    It decides as `river.drift.binary.DDM` does, and finds rises only.

    Parameters
    ----------
    warm_start
        No alarm before more values than this.
    warning_threshold
        Standard deviations above the lowest error rate for a warning.
    drift_threshold
        Standard deviations above the lowest error rate for an alarm.

    References
    ----------
    .. [1] J. Gama et al., "Learning with drift detection", SBIA 2004.

    Examples
    --------
    >>> detector = DDM()
    >>> for event in range(300):
    ...     detector.update(event % 10 == 0 or event >= 200)
    ...     if detector.drift_detected:
    ...         print(event, detector.rising)
    209 True
    """

    kind = update.DDM

    def __init__(self, warm_start: int = 30, warning_threshold: float = 2.0, drift_threshold: float = 3.0) -> None:
        super().__init__()
        self.warm_start = warm_start
        self.warning_threshold = warning_threshold
        self.drift_threshold = drift_threshold
        self._reset()

    def _reset(self) -> None:
        self.state = np.zeros(update.DETECTOR_SIZE)
        ddm.ddm_start(self.state, self.warm_start, self.warning_threshold, self.drift_threshold)
        check_settings(self.kind, self.state)

    def update(self, x: float) -> None:
        """Take one value.

        Parameters
        ----------
        x
            1 (or True) for wrong, 0 for right, or an error in between.
        """
        if not 0.0 <= float(x) <= 1.0:
            raise ValueError(f"DDM takes errors from 0 to 1, not {x!r}")
        super().update(x)

    @property
    def warning_detected(self) -> bool:
        """Whether the latest value gave a warning, but no alarm."""
        return bool(self.state[ddm.WARNING] != 0)
