"""River's face of the ladder: an ensemble of unlike spiking networks, mixed, that notices drift."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from river.base import DriftDetector

from . import drift
from .encoding import CurrentEncoder, DeltaEncoder, Encoder, PopulationEncoder
from .ensemble import places as p
from .ensemble import state
from .ensemble.engine import LadderEngine, logs_at_hand
from .ensemble.ladder import Ladder
from .ensemble.members import COINCIDENCES, HIDDEN, MEMORY, YOUNG_NEURONS, MemberSettings, members_of
from .ensemble.settings import LadderSettings
from .ensemble.watch import Watch
from .features import Batch, ClassIndex, FeatureIndex
from .insight import LadderInsight
from .learning.settings import LearningSettings
from .memory import EVENT_BEGIN, EVENT_END, Float64s
from .network.layout import Layout
from .network.settings import NetworkSettings

INPUT_CURRENT = 0.35


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a ladder said of an event when it was scored; `AdaptiveSpikingClassifier.learn_one` takes it back.

    Attributes
    ----------
    probabilities
        Of every label known then.
    logs
        Log-probabilities by every rung, shape ``(rungs, labels)``.
    """

    probabilities: dict[Any, float]
    logs: Float64s

    @property
    def predicted(self) -> Any:
        """The likeliest label; None before the first."""
        if not self.probabilities:
            return None
        return max(self.probabilities, key=self.probabilities.__getitem__)


class AdaptiveSpikingClassifier(LadderInsight):
    """A ladder of unlike spiking networks and a memory of evolving neurons, logistically mixed, that notices drift.

    All members see the same encoded event, each in its own way: they differ in learning rate, in the inputs they look
    at (standardised values, receptive fields, changes, a random half of the features), in how many earlier events they
    replay, and in whether a spike carries by how much the threshold is exceeded. Beside them a memory holds a neuron
    for each of the last events; the nearest vote, in some rungs those of the last 1,000 events, in one those that are
    nearest in what has turned out to be relevant. Rungs without a hidden layer learn within a few events: Hebbian
    counts, the delta rule, softmax regression, evidence of features and of coincidences of two, whose gates are
    learned, and the one feature that tells most. Mixers weigh what all of them say, and learn their weights online:
    what helps only some streams costs little on the others. Drift detectors watch every rung and the mixture; what
    remembers many events forgets what was before its own errors rose abruptly.

    It takes whatever `SpikingClassifier` takes: numbers, categories, missing values, features that come and go.

    Parameters
    ----------
    size
        ``"small"`` (2 networks, no coincidences, neurons as points only), ``"default"`` (11) or ``"large"`` (34, with
        twice the units). Measured on one core, by ``benchmarks/ladder_cost.py``: 8, 24 and 85 microseconds an event
        of 8 features, 22, 91 and 506 of 33, where scaled logistic regression took 9 and 57; mean accuracy on 16
        streams, by ``benchmarks/ladder_options.py``: .943, .949 and .950.
    hidden
        Units of each network; by default 32, 64 or 128, with the size.
    steps
        Steps each event is shown for.
    memory
        Neurons that live: one for each of so many last events, at most 7,000; by default 1,000 in ``"small"``, else
        7,000. 0: none. Those of events before the last 1,000 are points, which vote in one rung.
    mixture_rate
        Learning rate of the slow mixer; the fast ones learn in proportion, two more by how sure they are. 0: none does.
    detector
        A drift detector, of which every rung and the mixture get a copy: one of `streamsnn.drift`, by default
        ``ADWIN(delta=0.002)``, runs within the compiled call. Any other of River's works too, event by event in Python.
        It sees errors (1: wrong). Only a rise counts as drift.
    reaction
        What to do when the mixture's error has risen: ``"none"``, ``"reset_optimiser"``, ``"raise_rate"`` (three times,
        for 512 events), ``"reopen_mixture"`` (equal weights again), or ``"replace_worst"`` (the worst network takes the
        weights of one that has been trained in the background since the last time). Each moved the mean accuracy on 16
        streams by at most .06 points, since the mixture reacts by itself. Recovery after abrupt drifts took 407 to 453
        events on Agrawal's stream, 443 without; on sines 222 to 231, 222 without.
    recall
        So many past members are kept, at most 32. 0: none. They are copies of the best network of their time, do not
        learn, and have a voice of their own in the mixture: it turns to one within a few events when what that one knew
        is back. With 8, on streams whose concepts take turns: three of Agrawal's .917 to .924, where the first 100
        events after a recurrence have 15 errors instead of 33 and recovery takes 288 events instead of 416; two of
        sines .987 to .988, 3.3 errors instead of 4.2; mixed .977 as without, 6.5 errors instead of 6.7. Nothing where
        noise hides the concepts (SEA .885). The mean accuracy on 16 streams goes from .9493 to .9496.
    forget_at_drift
        Whether networks that replay, and old neurons, look back no further than to their own last abrupt drift: when
        their detector has found that their errors have risen, at least to twice what they were. It helps where drift is
        abrupt (Agrawal .922 to .937, recovery after 443 events instead of 689; sines .980 to .984, 222 instead of 248;
        mixed .972 to .977), and costs at most .16 points elsewhere (wrist accelerometer). The mean accuracy on 16
        streams goes from .9479 to .9493.
    label_history
        A rung for the distribution of the next label given the last one, slowly forgotten, and the last label as an
        input spike. Only of use where labels come promptly (wrist accelerometer .941 to .975). On streams whose labels
        follow a cycle it gives the answer away (rialto .955 to .999). Where the mixture and this rung disagree, the one
        that was right more often, in runs of the label as long as the last, has the last word.
    class_weighting
        ``"prior"``: the loss of a label is weighted by one over its recent share, at most tenfold. Members then see
        rare labels as often as common ones; accuracy falls on others (wrist accelerometer .941 to .928), while
        the mean recall of truly rare ones rises (ozone .566 to .624).
    range_rate
        How fast the ranges of the encoders follow: the least weight of a new batch of 64 values.
    neuron
        ``"lif"``: with graded spikes in those members that say so. ``"graded"``: in all. ``"relu"``: the same ladder of
        rectified linear units, to compare with.
    members
        Instead of those of the size.
    threads
        Threads over which the networks are spread when many events come at once (`predict_learn_many`). The bits do
        not depend on it.
    max_features, max_categories, max_classes
        As of `SpikingClassifier`.
    seed
        Of the first weights, the halves of the features and the replays. The same seed and events give the same bits.
        None draws one.

    Raises
    ------
    ValueError
        If a setting lies outside its range; the message names it.

    References
    ----------
    Mattern, C. (2012). Mixing strategies in data compression. Data Compression Conference, 337-346. Kasabov, N. (2007).
    Evolving Connectionist Systems. Springer. Kononenko, I. (1994). Estimating attributes: analysis and extensions of
    RELIEF. European Conference on Machine Learning, 171-182. Bifet, A., & Gavalda, R. (2007). Learning from time-
    changing data with adaptive windowing. SIAM International Conference on Data Mining, 443-448.

    Examples
    --------
    >>> from river import datasets, evaluate, metrics
    >>> from streamsnn import AdaptiveSpikingClassifier
    >>> model = AdaptiveSpikingClassifier(seed=1)
    >>> metric = evaluate.progressive_val_score(datasets.Phishing(), model, metrics.Accuracy())
    >>> metric.get() > 0.89
    True

    Two past members, of which none has been called back yet:

    >>> model = AdaptiveSpikingClassifier("small", recall=2, seed=1)
    >>> [name for name in model.weights if name.startswith("past")], model.drifts["recalls"]
    (['past member 1', 'past member 2'], 0)
    """

    on_drift: Callable[[AdaptiveSpikingClassifier], None] | None
    _model: Ladder
    _engine: LadderEngine

    def __init__(
        self,
        size: str = "default",
        hidden: int | None = None,
        steps: int = 4,
        memory: int | None = None,
        mixture_rate: float = 0.002,
        detector: DriftDetector | None = None,
        reaction: str = "none",
        recall: int = 0,
        forget_at_drift: bool = True,
        label_history: bool = False,
        class_weighting: str = "none",
        range_rate: float = 0.25,
        neuron: str = "lif",
        members: tuple[MemberSettings, ...] | None = None,
        threads: int = 1,
        max_features: int = 100_000,
        max_categories: int = 1_000,
        max_classes: int = 1_000,
        seed: int | None = None,
    ) -> None:
        self.size = size
        self.hidden = hidden
        self.steps = steps
        self.memory = memory
        self.mixture_rate = mixture_rate
        self.detector = detector
        self.reaction = reaction
        self.recall = recall
        self.forget_at_drift = forget_at_drift
        self.label_history = label_history
        self.class_weighting = class_weighting
        self.range_rate = range_rate
        self.neuron = neuron
        self.members = members
        self.threads = threads
        self.max_features = max_features
        self.max_categories = max_categories
        self.max_classes = max_classes
        self.seed = seed
        self._check_bounds()
        self._seed = int(np.random.default_rng().integers(2**63) if seed is None else seed)
        self._start(FeatureIndex(max_features, max_categories), ClassIndex(max_classes))

    batch = "each"
    class_weights = None

    def _check_bounds(self) -> None:
        for name in ("max_features", "max_categories", "max_classes", "threads"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)!r}")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must lie in [0, 2^63), not {self.seed!r}")
        if self.members is not None and not 1 <= len(self.members) <= 256:
            raise ValueError(f"members must be 1 to 256 networks, not {len(self.members)}")

    def _start(self, features: FeatureIndex, classes: ClassIndex) -> None:
        members = members_of(self.size)
        if self.members is not None:
            members = tuple(self.members)
        detector = drift.ADWIN() if self.detector is None else self.detector
        ours = detector if isinstance(detector, drift.Detector) else None
        ladder = Ladder(
            _encoder(members),
            NetworkSettings(hidden=(self.hidden or HIDDEN[self.size],), steps=self.steps, neuron=self.neuron),
            LearningSettings(range_rate=self.range_rate),
            self._seed,
            members,
            LadderSettings(
                memory=MEMORY[self.size] if self.memory is None else self.memory,
                young_neurons=YOUNG_NEURONS[self.size],
                coincidences=COINCIDENCES[self.size],
                mixture_rate=self.mixture_rate,
                label_history=self.label_history,
                class_weighting=self.class_weighting,
                reaction=self.reaction,
                recall=self.recall,
                forget_at_drift=self.forget_at_drift,
            ),
            None if ours is None else ours.state.copy(),
            -1 if ours is None else ours.kind,
        )
        self.on_drift = None
        self._drifted = np.zeros((0, 2), dtype=np.int64)
        self._watch = Watch(detector, ladder) if ours is None else None
        self._attach(features, classes, ladder, LadderEngine(ladder, self.threads))

    # --- learning ----------------------------------------------------------------------------------------------------

    def learn_one(
        self, x: Mapping[Hashable, Any], y: Hashable, w: float = 1.0, forecast: Forecast | None = None
    ) -> None:
        """Learn from one event.

        Parameters
        ----------
        x
            Features; an array of one dimension stands for a dict with the keys 0, 1, 2, ...
        y
            Label.
        w
            Weight of the event's loss. An event of weight 0 changes nothing.
        forecast
            What `forecast_one` gave when the event was scored, if its label comes late: the networks learn with their
            weights of now, the mixture, the detectors and the accuracy from what was said then.

        Raises
        ------
        ValueError
            As `SpikingClassifier.learn_one`; or if the forecast is of another ladder.
        """
        if forecast is not None:
            self._learn_late(x, y, w, forecast)
        else:
            super().learn_one(x, y, w)
        if self._watch is not None or self.on_drift is not None:
            self._look_for_drift(y, w)

    def forecast_one(self, x: Mapping[Hashable, Any]) -> Forecast:
        """As `predict_proba_one`, with all that is needed to learn from the event when its label comes late."""
        probabilities = self.predict_proba_one(x)
        return Forecast(probabilities, logs_at_hand(self._model, len(probabilities)))

    def _learn_late(self, x: Mapping[Hashable, Any], y: Hashable, w: float, forecast: Forecast) -> None:
        logs = forecast.logs
        if logs.shape != (self._model.rungs, len(forecast.probabilities)) or logs.shape[1] > len(self._labels):
            raise ValueError("the forecast was not made by this ladder")
        best = self._classes.number.get(forecast.predicted, -1)
        self._run = partial(self._engine.run_late, logs=logs, best=best)
        try:
            super().learn_one(x, y, w)
        finally:
            self._run = self._engine.run

    def _look_for_drift(self, y: Hashable, w: float) -> None:
        """Show the event to detectors that are not compiled, and tell whoever wants to know of drift."""
        if w == 0.0:
            return
        if self._watch is not None:
            self._watch.update(self._classes.number[y])
        if self.on_drift is not None and self.drift_detected:
            self.on_drift(self)

    def _take(
        self,
        batch: Batch,
        labels: np.ndarray[Any, Any],
        weights: Float64s,
        mode: int,
        output: Float64s | None = None,
    ) -> None:
        run_many, places = self._engine.run_many, self._model.places
        before = np.zeros((batch.events, 2), dtype=np.int64)
        places[p.DRIFT_LOG] = before.ctypes.data
        if self._watch is not None or self.on_drift is not None:
            self._engine.run_many = partial(self._run_watched, run_many, labels, weights)
        try:
            super()._take(batch, labels, weights, mode, output)
        finally:
            self._engine.run_many = run_many
            places[p.DRIFT_LOG] = 0
        now = self._model.parts["counts"][[p.DRIFTS, p.MEMBER_DRIFTS]]
        shown = np.diff(before, axis=0, append=now[None, :])
        self._drifted = shown if batch.learned is None else shown[batch.learned]

    def _run_watched(self, run: Any, labels: Any, weights: Float64s, address: int, mode: int) -> int:
        """Event by event, so that every one can be looked at."""
        table = self._model.table
        begin, end = int(table[EVENT_BEGIN]), int(table[EVENT_END])
        try:
            for i in range(begin, end):
                table[EVENT_BEGIN], table[EVENT_END] = i, i + 1
                if run(address, mode) != i + 1:
                    return i
                if labels[i] >= 0 and weights[i] > 0.0:
                    self._look_for_drift(self._classes.labels[labels[i]], float(weights[i]))
        finally:
            table[EVENT_END] = end
        return end

    @contextmanager
    def in_threads(self, threads: int) -> Iterator[None]:
        """For the time of a block, learn batches as if made with so many `threads`.

        Examples
        --------
        >>> model = AdaptiveSpikingClassifier("small", seed=1)
        >>> with model.in_threads(2):
        ...     model.learn_many([{"x": 1.0}, {"x": 2.0}], ["a", "b"])
        """
        before, self._engine.threads = self._engine.threads, threads
        try:
            yield
        finally:
            self._engine.threads = before

    # --- saving ------------------------------------------------------------------------------------------------------

    def _export(self) -> dict[str, Any]:
        if self._watch is not None:
            drift.refuse_saving(self.detector)
        return super()._export() | state.export(self._model)

    def _restore(self, arrays: dict[str, Any]) -> None:
        super()._restore(arrays)
        state.restore(self._model, arrays)

    @staticmethod
    def _least_parameters(settings: dict[str, Any]) -> int:
        members = settings["members"]
        networks = len(members_of(settings["size"]) if members is None else members)
        hidden = settings["hidden"] or HIDDEN[settings["size"]]
        networks += settings.get("recall", 0)
        return networks * Layout((int(hidden),), False, input_rows=1, class_rows=1).size


def _encoder(members: tuple[MemberSettings, ...]) -> Encoder:
    """All that some member looks at."""
    encoder: Encoder = PopulationEncoder() + CurrentEncoder(strength=INPUT_CURRENT)
    return encoder + DeltaEncoder() if any(member.changes for member in members) else encoder
