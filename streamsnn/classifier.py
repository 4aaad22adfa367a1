"""River's face of the spiking network."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from . import diagnostics
from .encoding import Encoder, default_encoder, encoder_from
from .features import ClassIndex, FeatureIndex
from .learning.engines import engine_for
from .learning.model import Model
from .learning.settings import LearningSettings
from .memory import CLASSES
from .network.settings import NetworkSettings
from .persistence import SavedClassifier, setting_names


class SpikingClassifier(SavedClassifier):
    """A spiking neural network that learns from one event at a time.

    Each event is encoded into spikes and currents, shown for `steps` steps to a network of leaky integrate-and-fire
    units that starts from rest, and read out by leaky units that do not spike. Learning is one step of gradient descent
    on the cross-entropy, through time, with a surrogate for the derivative of the spike function.

    Features may be numbers, booleans, strings or other categories; they may appear, vanish and return. Missing values
    (``None``, NaN, infinite) are silence. No scaling is needed in front: ranges are learned online.

    Parameters
    ----------
    hidden
        Units of each hidden layer.
    steps
        Steps each event is shown for.
    encoder
        How values become drive, see `streamsnn.encoding`; by default a spike from every active receptive field at its
        latency, beside the standardised value as a constant current. A text such as ``"population+current"`` will do.
    membrane_decay
        Factor on the membrane potential from step to step.
    synapse_decay
        Factor on the synaptic current from step to step; 0 is no synaptic filter.
    threshold
        Membrane potential at which a unit spikes; it is subtracted after the spike.
    adaptation
        By how much each spike raises the unit's own threshold; 0 is none.
    adaptation_decay
        Factor on that rise from step to step.
    recurrent
        Whether each hidden layer feeds its spikes back to itself.
    reset
        ``"detached"`` or ``"through"``: whether gradients flow through the reset.
    readout
        ``"mean"`` or ``"max"`` over time of the readout potential, its ``"last"`` step, or the spike ``"count"``.
    readout_decay
        Factor on the readout potential from step to step.
    surrogate
        ``"superspike"``, ``"sigmoid"``, ``"piecewise_linear"``, ``"arctan"`` or ``"straight_through"``.
    surrogate_scale
        Sharpness of the surrogate derivative.
    surrogate_peak
        Its height at the threshold.
    optimiser
        ``"rmsprop"``, ``"adam"`` or ``"sgd"`` (with momentum).
    learning_rate
        Of an event with at most `fan_in` active inputs.
    momentum
        Of SGD; of Adam the decay of the first moment.
    squared_decay
        Decay of the mean squared gradient of RMSprop and Adam.
    epsilon
        Its square is added within the root. Larger than usual: where gradients are small, in rows that an event seldom
        touches, steps shrink with them instead of turning noise into full steps.
    clip_norm
        Longest gradient, over all parameters; None does not clip.
    fan_in
        Active inputs up to which the full rate holds; beyond, it falls with the root of their number. None: never.
    truncation
        Steps over which gradients flow back before they are cut; None is all.
    lower_rate, lower_strength
        Units that spike in less than this share of the steps are pushed up (quadratic penalty on what is missing).
    upper_rate, upper_strength
        Units that spike in more than this share of the steps are pushed down.
    class_weights
        Factor on the loss of each label; labels not named have 1.
    input_scale
        Standard deviation of the first input weights.
    range_rate
        How fast the ranges of the encoders follow: the least weight of a new batch of 64 values.
    classes
        Labels known beforehand; they start with equal probabilities.
    batch
        How `learn_many` learns: ``"each"`` event by itself, or ``"mean"``: one step along the mean gradient.
    max_features
        Most input slots: a numeric feature takes one, and so does every category of a feature. Further ones are ignored
        and counted.
    max_categories
        Most categories of one feature.
    max_classes
        Most labels; one more raises a ValueError.
    engine
        ``"fused"``: compiled, one event at a time, on a CPU. ``"torch"``: the same network differentiated by autograd.
    device
        Of the torch engine.
    seed
        Of the first weights and of stochastic encoders. The same seed and events give the same bits. None draws one.

    Raises
    ------
    ValueError
        If a setting lies outside its range; the message names it.

    References
    ----------
    Neftci, E. O., Mostafa, H., & Zenke, F. (2019). Surrogate gradient learning in spiking neural networks. IEEE Signal
    Processing Magazine, 36(6), 51-63.

    Examples
    --------
    >>> from river import datasets, evaluate, metrics
    >>> from streamsnn import SpikingClassifier
    >>> model = SpikingClassifier(seed=1)
    >>> metric = evaluate.progressive_val_score(datasets.Phishing(), model, metrics.Accuracy())
    >>> metric.get() > 0.85
    True
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (64,),
        steps: int = 6,
        encoder: Encoder | str | None = None,
        membrane_decay: float = 0.9,
        synapse_decay: float = 0.0,
        threshold: float = 0.5,
        adaptation: float = 0.0,
        adaptation_decay: float = 0.97,
        recurrent: bool = False,
        reset: str = "detached",
        readout: str = "mean",
        readout_decay: float = 1.0,
        surrogate: str = "superspike",
        surrogate_scale: float = 5.0,
        surrogate_peak: float = 1.0,
        optimiser: str = "rmsprop",
        learning_rate: float = 0.003,
        momentum: float = 0.9,
        squared_decay: float = 0.998,
        epsilon: float = 1e-3,
        clip_norm: float | None = None,
        fan_in: int | None = 24,
        truncation: int | None = None,
        lower_rate: float = 0.0,
        lower_strength: float = 0.0,
        upper_rate: float = 1.0,
        upper_strength: float = 0.0,
        class_weights: dict[Hashable, float] | None = None,
        input_scale: float = 0.1,
        range_rate: float = 0.25,
        classes: Sequence[Hashable] | None = None,
        batch: str = "each",
        max_features: int = 16_384,
        max_categories: int = 256,
        max_classes: int = 1024,
        engine: str = "fused",
        device: str = "cpu",
        seed: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.steps = steps
        self.encoder = encoder
        self.membrane_decay = membrane_decay
        self.synapse_decay = synapse_decay
        self.threshold = threshold
        self.adaptation = adaptation
        self.adaptation_decay = adaptation_decay
        self.recurrent = recurrent
        self.reset = reset
        self.readout = readout
        self.readout_decay = readout_decay
        self.surrogate = surrogate
        self.surrogate_scale = surrogate_scale
        self.surrogate_peak = surrogate_peak
        self.optimiser = optimiser
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.squared_decay = squared_decay
        self.epsilon = epsilon
        self.clip_norm = clip_norm
        self.fan_in = fan_in
        self.truncation = truncation
        self.lower_rate = lower_rate
        self.lower_strength = lower_strength
        self.upper_rate = upper_rate
        self.upper_strength = upper_strength
        self.class_weights = class_weights
        self.input_scale = input_scale
        self.range_rate = range_rate
        self.classes = classes
        self.batch = batch
        self.max_features = max_features
        self.max_categories = max_categories
        self.max_classes = max_classes
        self.engine = engine
        self.device = device
        self.seed = seed
        self._check_bounds()
        self._seed = int(np.random.default_rng().integers(2**63) if seed is None else seed)
        labels = ClassIndex(max_classes)
        labels.add_all(classes or ())
        self._start(FeatureIndex(max_features, max_categories), labels)
        self._model.counters[CLASSES] = len(labels)
        self._fit_output()

    neuron = "lif"  # of `NetworkSettings`; the other kinds are for the members of a ladder, and for its twin

    def _check_bounds(self) -> None:
        for name in ("max_features", "max_categories", "max_classes"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)!r}")
        if self.batch not in ("each", "mean"):
            raise ValueError(f"batch must be 'each' or 'mean', not {self.batch!r}")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must lie in [0, 2^63), not {self.seed!r}")
        for label, weight in (self.class_weights or {}).items():
            if not 0 <= weight < float("inf"):
                raise ValueError(f"class_weights: the weight of {label!r} must be zero or positive, not {weight!r}")

    def _start(self, features: FeatureIndex, classes: ClassIndex) -> None:
        encoder = default_encoder() if self.encoder is None else self.encoder
        if not isinstance(encoder, Encoder):
            encoder = encoder_from(encoder)
        network = NetworkSettings(**{name: getattr(self, name) for name in setting_names(NetworkSettings)})
        learning = LearningSettings(**{name: getattr(self, name) for name in setting_names(LearningSettings)})
        model = Model(encoder, network, learning, self._seed)
        self._attach(features, classes, model, engine_for(self.engine, model, self.device))

    # --- looking inside ----------------------------------------------------------------------------------------------

    @property
    def parameter_count(self) -> int:
        """Trainable parameters in use."""
        return sum(view.size for view in self._model.named().values())

    @property
    def spike_rates(self) -> list[float]:
        """Share of units times steps with a spike, for each hidden layer, in the last event."""
        return diagnostics.spike_rates(self._model)

    @property
    def synaptic_operations(self) -> int:
        """Additions of a weight that the last event caused: each spike or current counts its outgoing weights."""
        return diagnostics.synaptic_operations(self._model)

    def debug_one(self, x: Mapping[Hashable, Any]) -> str:
        """What the network makes of an event: its drive, the spikes of every unit over time, and the probabilities."""
        return diagnostics.debug(self._model, self._features, self.predict_proba_one(x))
