from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from streamsnn.evaluation.arena.ranking import friedman, nemenyi, ranking


@pytest.mark.parametrize(
    ("models", "quantile"),
    [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (8, 3.031), (9, 3.102), (10, 3.164)],
)
def test_the_critical_values_are_those_of_demsar(models, quantile):
    """Table 5(a) of Demsar (2006)."""
    streams = 20
    assert nemenyi(models, streams) / math.sqrt(models * (models + 1) / (6 * streams)) == pytest.approx(
        quantile, abs=1.1e-3
    )


def test_the_example_of_demsar():
    """Four classifiers, 14 data sets: F = 3.69 with 3 and 39 degrees of freedom."""
    ranks = [3.143, 2.000, 2.893, 1.964]
    assert friedman(ranks, 14) == pytest.approx(stats.f.sf(3.69, 3, 39), rel=0.02)
    assert nemenyi(4, 14) == pytest.approx(1.25, abs=0.01)


def test_ranks_are_those_of_friedman():
    table = np.random.default_rng(0).random((5, 12)) + np.arange(5)[:, None] * 0.1
    found = ranking({str(k): row.tolist() for k, row in enumerate(table)})
    chi_square = stats.friedmanchisquare(*table).statistic
    assert found.p_value == pytest.approx(stats.f.sf(11 * chi_square / (12 * 4 - chi_square), 4, 44))
    assert list(found.ranks.values()) == sorted(found.ranks.values())
    assert sum(found.ranks.values()) == pytest.approx(15)


def test_equal_scores_share_a_rank_and_nan_is_last():
    found = ranking({"a": [0.9], "b": [0.9], "c": [math.nan], "d": [0.1]})
    assert found.ranks == {"a": 1.5, "b": 1.5, "d": 3.0, "c": 4.0}
