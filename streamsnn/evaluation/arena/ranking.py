"""Which models differ on many streams, and which only seem to: Friedman's test and Nemenyi's critical difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.05


@dataclass(frozen=True)
class Ranking:
    """Models by their mean rank.

    Attributes
    ----------
    ranks
        Mean rank of each model, the best (lowest) first.
    streams
        Number of streams.
    p_value
        Of Friedman's test that all models are equally good, in the form of Iman and Davenport; None for less than two
        models or streams.
    critical_difference
        Two models whose mean ranks differ by less are not told apart at the level 0.05 (Nemenyi).
    """

    ranks: dict[str, float]
    streams: int
    p_value: float | None
    critical_difference: float

    def groups(self) -> list[list[str]]:
        """The largest sets of models that are not told apart, each from its best to its worst.

        Examples
        --------
        >>> Ranking({"a": 1.0, "b": 1.8, "c": 2.7}, 10, 0.01, 1.0).groups()
        [['a', 'b'], ['b', 'c']]
        """
        names = list(self.ranks)
        found: list[list[str]] = []
        for k, name in enumerate(names):
            within = [other for other in names[k:] if self.ranks[other] - self.ranks[name] <= self.critical_difference]
            if len(within) > 1 and not (found and found[-1][-1] == within[-1]):
                found.append(within)
        return found


def ranking(scores: Mapping[str, Sequence[float]]) -> Ranking:
    """Rank models on every stream, the highest score first, equal ones alike, and test the mean ranks.

    Parameters
    ----------
    scores
        For every model one score a stream, streams in the same order. NaN is worse than any number: the model was not
        done in time, or failed.

    References
    ----------
    Demsar, J. (2006). Statistical comparisons of classifiers over multiple data sets. JMLR, 7, 1-30.

    Examples
    --------
    >>> found = ranking({"good": [0.9, 0.8, 0.7], "bad": [0.6, 0.8, float("nan")]})
    >>> {name: round(rank, 2) for name, rank in found.ranks.items()}
    {'good': 1.17, 'bad': 1.83}
    """
    from scipy.stats import rankdata

    table = np.array([list(row) for row in scores.values()], dtype=np.float64)
    models, streams = table.shape
    ranks = rankdata(-np.nan_to_num(table, nan=-np.inf), axis=0)
    mean = dict(zip(scores, ranks.mean(axis=1).tolist(), strict=True))
    best_first = dict(sorted(mean.items(), key=lambda item: item[1]))
    return Ranking(best_first, streams, friedman(list(mean.values()), streams), nemenyi(models, streams))


def friedman(mean_ranks: Sequence[float], streams: int) -> float | None:
    """P-value of equal models, by the F statistic of Iman and Davenport."""
    from scipy.stats import f

    models = len(mean_ranks)
    if models < 2 or streams < 2:
        return None
    squares = sum(rank**2 for rank in mean_ranks) - models * (models + 1) ** 2 / 4
    chi_square = 12 * streams / (models * (models + 1)) * squares
    most = streams * (models - 1)
    if chi_square >= most - 1e-9:  # every stream says the same
        return 0.0
    statistic = (streams - 1) * chi_square / (most - chi_square)
    return float(f.sf(statistic, models - 1, (models - 1) * (streams - 1)))


def nemenyi(models: int, streams: int) -> float:
    """Critical difference of mean ranks at the level 0.05.

    Examples
    --------
    >>> round(nemenyi(models=4, streams=14), 2)  # the example of Demsar (2006)
    1.25
    """
    from scipy.stats import studentized_range

    if models < 2:
        return 0.0
    quantile = float(studentized_range.ppf(1 - LEVEL, models, np.inf)) / math.sqrt(2)
    return quantile * math.sqrt(models * (models + 1) / (6 * streams))
