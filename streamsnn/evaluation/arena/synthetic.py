"""Streams made here, whose drifts are known: River's generators, joined at marked events, with fixed seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from river.datasets import synth

from ..streams import Event

SEED = 7  # of every stream: the same events on every machine
EVENTS = 20_000


@dataclass(frozen=True)
class Marked:
    """Events, and where their drifts are.

    Attributes
    ----------
    events
        Pairs of features and label.
    drifts
        Index of the first event after each abrupt drift, or of the middle of each gradual one. Empty where there is no
        drift, or where it never ceases.
    """

    events: list[Event]
    drifts: tuple[int, ...]


def synthetic(name: str, events: int = EVENTS) -> Marked:
    """The first events of a stream with known drifts.

    The drifts stay where they are in the whole stream of 20,000 events: a shorter one has fewer of them.

    Parameters
    ----------
    name
        One of `SYNTHETIC`.
    events
        How many.

    Examples
    --------
    >>> stream = synthetic("sea_abrupt", 12_000)
    >>> len(stream.events), stream.drifts
    (12000, (5000, 10000))
    >>> sorted(stream.events[0][0])
    [0, 1, 2]
    """
    events = min(events, EVENTS)
    source, drifts = SYNTHETIC[name]()
    return Marked(list(islice(source, events)), tuple(drift for drift in drifts if drift < events))


Source = tuple[Iterator[Event], Sequence[int]]

QUARTERS = (5_000, 10_000, 15_000)
EIGHTHS = tuple(range(2_500, EVENTS, 2_500))
WIDTH = 1_000  # of a gradual drift: within it, the share of the next concept rises from 12 % to 88 %


def _joined(concepts: Sequence[Any], drifts: Sequence[int], width: int = 0) -> Source:
    """One generator after another; around a gradual drift the next one's share rises as a sigmoid."""
    return _draw([iter(concept) for concept in concepts], drifts, width), drifts


def _draw(concepts: Sequence[Iterator[Event]], drifts: Sequence[int], width: int) -> Iterator[Event]:
    chance = np.random.default_rng(SEED)
    for event in range(EVENTS):
        concept = sum(event >= drift for drift in drifts)
        if width:
            nearest = min(range(len(drifts)), key=lambda k: abs(event - drifts[k]))
            share = 1.0 / (1.0 + math.exp(-4.0 * (event - drifts[nearest]) / width))
            concept = nearest + int(chance.random() < share)
        yield next(concepts[concept])


def _endless(generator: Any) -> Source:
    return iter(generator), ()


def _recurring(kind: Callable[..., Any], first: int, second: int, **settings: Any) -> Source:
    """Two concepts in turn; each goes on where it left off."""
    both = [iter(kind(function, seed=SEED + k, **settings)) for k, function in enumerate((first, second))]
    return _joined([both[k % 2] for k in range(len(EIGHTHS) + 1)], EIGHTHS)


def _sea() -> Source:
    return _joined([synth.SEA(variant, noise=0.1, seed=SEED + variant) for variant in (0, 2, 1, 3)], QUARTERS)


def _led() -> Source:
    parts = [
        synth.LEDDrift(seed=SEED + k, noise_percentage=0.1, irrelevant_features=True, n_drift_features=moved)
        for k, moved in enumerate((0, 3, 5, 7))
    ]
    return _joined(parts, QUARTERS, WIDTH)


def _agrawal(width: int) -> Source:
    parts = [synth.Agrawal(function, seed=SEED + function, perturbation=0.05) for function in (0, 3, 6, 2)]
    return _joined(parts, QUARTERS, width)


def _agrawal_recurring() -> Source:
    """Three concepts in turn; each goes on where it left off."""
    concepts = [iter(synth.Agrawal(function, seed=SEED + function, perturbation=0.05)) for function in (0, 3, 6)]
    return _joined([concepts[k % 3] for k in range(len(EIGHTHS) + 1)], EIGHTHS)


def _rbf(speed: float) -> Source:
    return _endless(
        synth.RandomRBFDrift(
            seed_model=SEED, seed_sample=SEED, n_classes=5, n_features=10, n_centroids=50, change_speed=speed
        )
    )


def _hyperplane() -> Source:
    return _endless(synth.Hyperplane(seed=SEED, n_features=10, n_drift_features=10, mag_change=0.001))


def _sine() -> Source:
    return _joined([synth.Sine(function, seed=SEED + function) for function in range(4)], QUARTERS)


def _stagger() -> Source:
    return _joined([synth.STAGGER(function, seed=SEED + k) for k, function in enumerate((0, 1, 2, 0))], QUARTERS)


SYNTHETIC: dict[str, Callable[[], Source]] = {
    "sea_abrupt": _sea,
    "led_gradual": _led,
    "agrawal_abrupt": lambda: _agrawal(0),
    "agrawal_gradual": lambda: _agrawal(WIDTH),
    "rbf_moderate": lambda: _rbf(0.0001),
    "rbf_fast": lambda: _rbf(0.001),
    "random_tree": lambda: _endless(synth.RandomTree(seed_tree=SEED, seed_sample=SEED)),
    "sine_abrupt": _sine,
    "hyperplane": _hyperplane,
    "stagger": _stagger,
    "mixed_recurring": lambda: _recurring(synth.Mixed, 0, 1),
    "sea_recurring": lambda: _recurring(synth.SEA, 0, 3, noise=0.1),
    "sine_recurring": lambda: _recurring(synth.Sine, 0, 1),
    "agrawal_recurring": _agrawal_recurring,
}
