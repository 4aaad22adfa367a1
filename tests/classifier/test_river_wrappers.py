"""River's wrappers around the model: they run, and what comes out has learned."""

from __future__ import annotations

import warnings
from collections import Counter
from itertools import pairwise

import pytest
from river import base, datasets, ensemble, evaluate, imblearn, metrics, model_selection, multiclass

from streamsnn import SpikingClassifier


def small(**settings) -> SpikingClassifier:
    return SpikingClassifier(**{"hidden": (32,), "steps": 4, "seed": 7} | settings)


WRAPPERS = {
    "Bagging": lambda: ensemble.BaggingClassifier(small(), n_models=3, seed=1),
    "ADWINBagging": lambda: ensemble.ADWINBaggingClassifier(small(), n_models=3, seed=1),
    "LeveragingBagging": lambda: ensemble.LeveragingBaggingClassifier(small(), n_models=3, seed=1),
    "SRP": lambda: ensemble.SRPClassifier(small(), n_models=3, seed=1),
    "OneVsRest": lambda: multiclass.OneVsRestClassifier(small()),
    "HardSampling": lambda: imblearn.HardSamplingClassifier(small(), size=50, p=0.2, seed=1),
    "SuccessiveHalving": lambda: model_selection.SuccessiveHalvingClassifier(
        [small(learning_rate=rate) for rate in (0.0001, 0.003, 0.01)], metric=metrics.Accuracy(), budget=900
    ),
}


def accuracy(model: base.Classifier, stream, **settings) -> float:
    metric = metrics.Accuracy()
    evaluate.progressive_val_score(stream, model, metric, **settings)
    return metric.get()


def simplest(stream) -> float:
    """The better of always saying the commonest label, and always saying the last one."""
    labels = [y for _, y in stream]
    majority = Counter(labels).most_common(1)[0][1] / len(labels)
    same = sum(a == b for a, b in pairwise(labels)) / len(labels)
    return max(majority, same)


@pytest.mark.parametrize("make", WRAPPERS.values(), ids=WRAPPERS)
def test_a_wrapped_model_learns_two_classes(make) -> None:
    stream = list(datasets.Phishing())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert accuracy(make(), stream) > simplest(stream) + 0.2


@pytest.mark.parametrize("name", ["Bagging", "OneVsRest", "SRP"])
def test_a_wrapped_model_learns_seven_classes(name) -> None:
    stream = list(datasets.ImageSegments().take(1500))
    assert accuracy(WRAPPERS[name](), stream) > simplest(stream) + 0.4


def test_labels_that_arrive_late_are_learned() -> None:
    stream = list(datasets.Phishing())
    dated = [({**x, "clock": float(k)}, y) for k, (x, y) in enumerate(stream)]
    late = accuracy(small(), dated, moment="clock", delay=25)
    assert simplest(stream) + 0.2 < late < accuracy(small(), dated)
