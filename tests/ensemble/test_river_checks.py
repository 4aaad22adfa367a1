"""Every check River has for a classifier, for ladders of several kinds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from river import checks, preprocessing

from streamsnn import AdaptiveSpikingClassifier
from streamsnn.ensemble.members import MemberSettings

CONFIGURATIONS = {
    "small": {"size": "small"},
    "default": {"hidden": 8},
    "everything": {
        "members": (MemberSettings(0.003, half=0, replays=2, replay_window=30), MemberSettings(0.01, changes=True)),
        "hidden": 8,
        "memory": 20,
        "label_history": True,
        "class_weighting": "prior",
        "reaction": "replace_worst",
        "recall": 2,
    },
}


def bare() -> Iterator[object]:
    for name, settings in CONFIGURATIONS.items():
        model = AdaptiveSpikingClassifier(**settings, seed=1)
        for number, check in enumerate(checks.yield_checks(model)):
            yield pytest.param(model, check, id=f"{name}-{check.__name__}-{number}")


@pytest.mark.parametrize(("model", "check"), list(bare()))
def test_the_bare_ladder_passes(model, check) -> None:
    check(model.clone())


def scaled() -> Iterator[object]:
    model = preprocessing.StandardScaler() | AdaptiveSpikingClassifier(size="small", hidden=8, seed=1)
    for number, check in enumerate(checks.yield_checks(model)):
        # River's scaler learns from a whole mini-batch before it scales its rows; see tests/classifier.
        if check.__name__ != "check_learn_many_matches_learn_one":
            yield pytest.param(model, check, id=f"{check.__name__}-{number}")


@pytest.mark.parametrize(("model", "check"), list(scaled()))
def test_the_ladder_behind_a_scaler_passes(model, check) -> None:
    check(model.clone())
