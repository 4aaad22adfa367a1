"""Who can take part, by name. Each is made where it is used, so that nobody needs what he does not ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..baselines import baselines
from .capymoa_peers import CapyMoa
from .contestant import Contestant, ManyAtOnce, OneByOne
from .field import Field
from .rls import RecursiveLeastSquares

Maker = Callable[[Field, int], Contestant]


@dataclass(frozen=True)
class Entry:
    """A model that can take part.

    Attributes
    ----------
    title
        In tables.
    family
        ``"ours"``, ``"baseline"``, ``"river"``, ``"capymoa"`` or ``"linear"``.
    make
        From a stream and a seed.
    seeded
        Whether the seed matters; otherwise one run says it all.
    """

    title: str
    family: str
    make: Maker
    seeded: bool = True


def model(name: str, field: Field, seed: int) -> Contestant:
    """Make a model by its name in `MODELS`, for a stream.

    Raises
    ------
    ModuleNotFoundError
        If it needs something that is not installed; the message says how to get it.
    """
    return MODELS[name].make(field, seed)


# --- ours -------------------------------------------------------------------------------------------------------------


def _ours(kind: str, **settings: Any) -> Maker:
    def make(field: Field, seed: int) -> Contestant:
        import numpy as np

        import streamsnn

        model = getattr(streamsnn, kind)
        trial = model(seed=seed, **settings)  # compiles, once a machine, outside the clock
        trial.predict_learn_many(np.zeros((3, 2)), np.array([0, 1, 0]))
        if field.raw is None:
            return ManyAtOnce(model(seed=seed, **settings), field)
        trial.predict_proba_one({"x": 1.0})
        trial.learn_one({"x": 1.0}, 0)
        return OneByOne(model(seed=seed, **settings), field, raw=True)

    return make


# --- River ------------------------------------------------------------------------------------------------------------


def _river(make: Callable[[int, Field], Any]) -> Maker:
    """From a function of the seed and the stream."""
    return lambda field, seed: OneByOne(make(seed, field), field)


def _scaled(field: Field) -> Any:
    """Numbers standardised, categories as indicators."""
    from river import compose, preprocessing

    if not any(field.categories):
        return preprocessing.StandardScaler()
    numbers = compose.SelectType(int, float) | preprocessing.StandardScaler()
    return numbers + (compose.SelectType(str) | preprocessing.OneHotEncoder())


def _logistic(seed: int, field: Field) -> Any:
    from river import linear_model, multiclass

    binary = linear_model.LogisticRegression()
    return _scaled(field) | (binary if len(field.labels) <= 2 else multiclass.OneVsRestClassifier(binary))


def _hat(seed: int, field: Field) -> Any:
    from river import tree

    return tree.HoeffdingAdaptiveTreeClassifier(seed=seed)


def _arf(seed: int, field: Field) -> Any:
    from river import forest

    return forest.ARFClassifier(n_models=10, seed=seed)


def _srp(seed: int, field: Field) -> Any:
    from river import ensemble

    return ensemble.SRPClassifier(n_models=10, seed=seed)


def _leveraging(seed: int, field: Field) -> Any:
    from river import ensemble, tree

    return ensemble.LeveragingBaggingClassifier(tree.HoeffdingTreeClassifier(), n_models=10, seed=seed)


def _amf(seed: int, field: Field) -> Any:
    from river import forest

    return forest.AMFClassifier(n_estimators=10, seed=seed)


def _knn(seed: int, field: Field) -> Any:
    from river import neighbors

    return _scaled(field) | neighbors.KNNClassifier(n_neighbors=5, engine=neighbors.LazySearch(window_size=1000))


# --- CapyMOA ----------------------------------------------------------------------------------------------------------


def _capymoa(kind: str, scaled: bool = False, **settings: Any) -> Maker:
    return lambda field, seed: CapyMoa(kind, field, seed, scaled, **settings)


def _baseline(name: str) -> Maker:
    return lambda field, seed: OneByOne(baselines()[name], field)


_ARF, _SRP = "AdaptiveRandomForestClassifier", "StreamingRandomPatches"

MODELS: dict[str, Entry] = {
    "adaptive": Entry("adaptive", "ours", _ours("AdaptiveSpikingClassifier")),
    "adaptive-small": Entry("adaptive, small", "ours", _ours("AdaptiveSpikingClassifier", size="small")),
    "adaptive-large": Entry("adaptive, large", "ours", _ours("AdaptiveSpikingClassifier", size="large")),
    "adaptive-history": Entry("adaptive, history", "ours", _ours("AdaptiveSpikingClassifier", label_history=True)),
    "relu-twin": Entry("ReLU twin", "ours", _ours("AdaptiveSpikingClassifier", neuron="relu")),
    "single": Entry("single network", "ours", _ours("SpikingClassifier")),
    "no-change": Entry("no change", "baseline", _baseline("no-change"), seeded=False),
    "majority": Entry("majority", "baseline", _baseline("majority"), seeded=False),
    "lr": Entry("logistic regression", "river", _river(_logistic), seeded=False),
    "hat": Entry("HAT", "river", _river(_hat)),
    "arf": Entry("ARF(10)", "river", _river(_arf)),
    "srp": Entry("SRP(10)", "river", _river(_srp)),
    "lb": Entry("LevBag(10)", "river", _river(_leveraging)),
    "amf": Entry("AMF(10)", "river", _river(_amf)),
    "knn": Entry("kNN", "river", _river(_knn), seeded=False),
    "rls": Entry("RLS", "linear", lambda field, seed: RecursiveLeastSquares(field), seeded=False),
    "capymoa-arf-10": Entry("ARF(10), MOA", "capymoa", _capymoa(_ARF, ensemble_size=10)),
    "capymoa-arf-100": Entry("ARF(100), MOA", "capymoa", _capymoa(_ARF, ensemble_size=100)),
    "capymoa-srp-100": Entry("SRP(100), MOA", "capymoa", _capymoa(_SRP, ensemble_size=100)),
    "capymoa-lb": Entry("LevBag(10), MOA", "capymoa", _capymoa("LeveragingBagging", ensemble_size=10)),
    "capymoa-knn": Entry("kNN, MOA", "capymoa", _capymoa("KNN"), seeded=False),
    "capymoa-sam-knn": Entry("SAM-kNN, MOA", "capymoa", _capymoa("SAMkNN")),
    "capymoa-sam-knn-scaled": Entry("SAM-kNN scaled, MOA", "capymoa", _capymoa("SAMkNN", scaled=True)),
    "capymoa-sgbt": Entry("SGBT(100), MOA", "capymoa", _capymoa("StreamingGradientBoostedTrees")),
}
