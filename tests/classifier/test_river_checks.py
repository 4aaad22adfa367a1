"""Every check River has for a classifier, for several configurations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from river import checks, preprocessing

from streamsnn import SpikingClassifier
from streamsnn.encoding import ENCODERS

CONFIGURATIONS = {
    "default": {},
    "two layers": {"hidden": (16, 8), "steps": 4},
    "recurrent": {"hidden": (16,), "recurrent": True, "steps": 4, "optimiser": "adam"},
    "everything": {
        "hidden": (8, 6),
        "recurrent": True,
        "steps": 4,
        "synapse_decay": 0.5,
        "adaptation": 0.1,
        "readout": "max",
        "reset": "through",
        "truncation": 2,
        "clip_norm": 1.0,
        "optimiser": "sgd",
        "upper_rate": 0.3,
        "upper_strength": 0.1,
    },
} | {f"encoder {name}": {"encoder": name, "hidden": (16,), "steps": 4} for name in ENCODERS}


def bare() -> Iterator[object]:
    for name, settings in CONFIGURATIONS.items():
        model = SpikingClassifier(**settings, seed=1)
        for number, check in enumerate(checks.yield_checks(model)):
            yield pytest.param(model, check, id=f"{name}-{check.__name__}-{number}")


@pytest.mark.parametrize(("model", "check"), list(bare()))
def test_the_bare_model_passes(model, check) -> None:
    check(model.clone())


def scaled() -> Iterator[object]:
    model = preprocessing.StandardScaler() | SpikingClassifier(hidden=(16,), steps=4, seed=1)
    for number, check in enumerate(checks.yield_checks(model)):
        # River's scaler learns from a whole mini-batch before it scales its rows, so that behind it the rows of
        # `learn_many` are other numbers than those of `learn_one`: no learner whose steps are exact can pass.
        if check.__name__ != "check_learn_many_matches_learn_one":
            yield pytest.param(model, check, id=f"{check.__name__}-{number}")


@pytest.mark.parametrize(("model", "check"), list(scaled()))
def test_the_model_behind_a_scaler_passes(model, check) -> None:
    check(model.clone())


def torch() -> Iterator[object]:
    model = SpikingClassifier(hidden=(4,), steps=2, engine="torch", seed=1)
    for number, check in enumerate(checks.yield_checks(model)):
        yield pytest.param(model, check, id=f"{check.__name__}-{number}")


@pytest.mark.parametrize(("model", "check"), list(torch()))
def test_the_torch_engine_passes(model, check) -> None:
    check(model.clone())
