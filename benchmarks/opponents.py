"""What we are compared with: the same network in snnTorch, and River's classifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from river import compose, forest, linear_model, preprocessing, tree

RIVER: dict[str, Callable[[], Any]] = {
    "LogisticRegression": linear_model.LogisticRegression,
    "StandardScaler | LogisticRegression": lambda: compose.Pipeline(
        preprocessing.StandardScaler(), linear_model.LogisticRegression()
    ),
    "SoftmaxRegression": linear_model.SoftmaxRegression,
    "HoeffdingTreeClassifier": tree.HoeffdingTreeClassifier,
    "ARFClassifier(n_models=10)": lambda: forest.ARFClassifier(n_models=10, seed=1),
}


def snntorch_network(inputs: int, hidden: int, classes: int, steps: int, rate: float) -> SnnTorchClassifier:
    """See `SnnTorchClassifier`; ImportError names the extra if snnTorch is not installed."""
    try:
        return SnnTorchClassifier(inputs, hidden, classes, steps, rate)
    except ModuleNotFoundError as error:
        raise ImportError("the comparison needs snnTorch: pip install 'streamsnn[bench]'") from error


class SnnTorchClassifier:
    """Linear -> Leaky (fast sigmoid) -> Linear -> leaky integrator, its mean over time, cross-entropy, Adam; eager.

    The network of the fused engine with `CurrentEncoder`, as a user of snnTorch would write it: the same decays,
    threshold, surrogate, readout and optimiser, the event presented as a constant current at every step.

    Parameters
    ----------
    inputs, hidden, classes
        Sizes of the layers.
    steps
        Steps each event is shown for.
    rate
        Of Adam.
    """

    def __init__(self, inputs: int, hidden: int, classes: int, steps: int, rate: float) -> None:
        import snntorch
        import torch
        from snntorch import surrogate

        self._torch, self._steps = torch, steps
        torch.set_num_threads(1)
        torch.manual_seed(1)
        self._input = torch.nn.Linear(inputs, hidden)
        self._output = torch.nn.Linear(hidden, classes)
        self._spiking = snntorch.Leaky(beta=0.9, threshold=0.5, spike_grad=surrogate.fast_sigmoid(slope=5))
        self._readout = snntorch.Leaky(beta=0.9, reset_mechanism="none")
        parameters = [*self._input.parameters(), *self._output.parameters()]
        self._optimiser = torch.optim.Adam(parameters, lr=rate)
        self._loss = torch.nn.CrossEntropyLoss()

    def _logits(self, x: Any) -> Any:
        potential, readout = self._spiking.reset_mem(), self._readout.reset_mem()
        total = 0.0
        for _ in range(self._steps):
            spikes, potential = self._spiking(self._input(x), potential)
            _, readout = self._readout(self._output(spikes), readout)
            total = total + readout
        return total / self._steps

    def predict(self, x: Any) -> Any:
        """Probabilities of one event, shape ``(1, classes)``, given its features, shape ``(1, inputs)``."""
        with self._torch.no_grad():
            return self._torch.softmax(self._logits(x), dim=1)

    def learn(self, x: Any, y: Any) -> None:
        """One step of Adam on the cross-entropy of one event."""
        self._optimiser.zero_grad()
        self._loss(self._logits(x), y).backward()
        self._optimiser.step()
