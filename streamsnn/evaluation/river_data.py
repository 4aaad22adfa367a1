"""Data sets and generators that come with River."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterable
from typing import Any

from river import datasets
from river.datasets import base, synth

from .errors import StreamError

_CLASSIFICATION = (base.BINARY_CLF, base.MULTI_CLF)


def _kinds() -> dict[str, type[Any]]:
    """Every data set and generator by its name in lower case."""
    found = [*inspect.getmembers(synth, inspect.isclass), *inspect.getmembers(datasets, inspect.isclass)]
    return {name.lower(): kind for name, kind in found if issubclass(kind, base.Dataset)}


def choices() -> list[str]:
    """Names of the classification data sets that ship with River.

    Examples
    --------
    >>> choices()
    ['Bananas', 'ImageSegments', 'Phishing', 'Shuttle']
    """
    shipped: list[type[Any]] = [
        kind
        for kind in _kinds().values()
        if issubclass(kind, base.FileDataset) and not issubclass(kind, base.RemoteDataset)
    ]
    return sorted(kind.__name__ for kind in shipped if kind().task in _CLASSIFICATION)


def load(name: str, seed: int | None) -> tuple[str, Iterable[tuple[dict[Hashable, Any], Hashable]], int | None]:
    """The proper name, the events and their number (None: endless) of a data set.

    Raises
    ------
    StreamError
        If there is none of that name, if it is not for classification, or not on this machine yet.
    """
    kind = _kinds().get(name.lower())
    if kind is None:
        raise StreamError(
            f"{name}: neither a file nor a data set; River brings {', '.join(choices())}, and generators such as SEA, "
            "LED and RandomRBFDrift; files end in .csv, .parquet, .arff, .npz or .jsonl, and - reads standard input"
        )
    has_seed = "seed" in inspect.signature(kind).parameters
    dataset = kind(seed=seed) if has_seed and seed is not None else kind()
    if dataset.task not in _CLASSIFICATION:
        raise StreamError(f"{kind.__name__}: a data set for {dataset.task.lower()}; streamsnn classifies")
    if isinstance(dataset, base.RemoteDataset) and not dataset.is_downloaded:
        raise StreamError(
            f"{kind.__name__}: not on this machine; fetch it once with "
            f'python -c "from river import datasets; datasets.{kind.__name__}().download()"'
        )
    return kind.__name__, dataset, dataset.n_samples
