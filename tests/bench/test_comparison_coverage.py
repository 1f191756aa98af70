"""Intervals and tests on simulated studies whose true difference is known: a small benchmarks/coverage.py.

Bounds lie about four standard errors from what is right, so that they hold whatever numpy draws.
"""

from dataclasses import replace

import numpy as np
import pytest

from selcn.evaluation.comparisons.pairs import lesion_pairs
from selcn.evaluation.comparisons.table import HIGHER, ComparisonSettings, Part, compare
from simulated_studies import Study

STUDIES = 120
SETTINGS = ComparisonSettings(resamples=200, permutations=200, alpha=0.05)
ONE_SEED = Study(seeds=1, folds=2, lesions=400, effect=0, seed_luck=0, fold_luck=0)
SEVERAL_SEEDS = replace(ONE_SEED, seeds=4, folds=1, seed_luck=0.4)


def table_of(kind, generator):
    study, own = kind.run(generator)
    return compare([Part("test", study, tuple(lesion_pairs(study.cells)))], SETTINGS, generator), own


def rates(kind):
    """Shares of intervals that hold the difference of the very networks, and of networks trained anew; of p below 5 %.

    Of accuracy, macro F1 and kappa: balanced accuracy depends on a handful of lesions here.
    """
    generator = np.random.default_rng(7)
    anew, rows = kind.difference_of_trainings(generator), []
    for _ in range(STUDIES):
        table, own = table_of(kind, generator)
        holds = [(table["low"] <= truth) & (truth <= table["high"]) for truth in (own, anew)]
        rows.append([*holds, table["p"] < 0.05])
    return np.mean(rows, axis=0)[:, [0, 2, 3]]


def test_with_one_seed_intervals_hold_the_networks_difference_and_p_finds_none_where_there_is_none():
    own, _, found = rates(ONE_SEED)
    assert (own > 0.84).all(), own
    # Nor are intervals so wide that they hold everything.
    assert own.mean() < 0.995
    assert (found < 0.14).all(), found
    assert found.mean() > 0.005


def test_with_several_seeds_they_are_of_new_trainings():
    _, anew, found = rates(SEVERAL_SEEDS)
    assert (anew > 0.84).all(), anew
    assert anew.mean() < 0.995
    assert (found < 0.14).all(), found
    assert found.mean() > 0.005


def test_an_interval_of_one_seed_is_none_of_new_trainings():
    own, anew, _ = rates(replace(ONE_SEED, seed_luck=0.4))
    assert own[0] > 0.84
    assert anew[0] < 0.75


def test_a_planted_difference_is_found():
    generator = np.random.default_rng(3)
    for _ in range(5):
        table, truth = table_of(replace(ONE_SEED, effect=1.0), generator)
        assert truth[0] > 0.08
        assert table.iloc[0]["outcome"] == HIGHER


def test_a_simulated_networks_confusions_are_what_it_was_drawn_from():
    kind = replace(ONE_SEED, lesions=40_000, seed_luck=0.3, effect=0.5)
    study, own = kind.run(np.random.default_rng(0))
    right = (study.predicted == study.label).mean(axis=(1, 2, 3))
    assert right[0] - right[1] == pytest.approx(own[0], abs=0.01)
    expected = kind.confusions((1, 2), np.random.default_rng(0))
    for predicted, matrix in zip(study.predicted.reshape(4, -1), expected.reshape(4, 7, 7), strict=True):
        counted = np.zeros((7, 7))
        np.add.at(counted, (study.label, predicted), 1 / len(study.label))
        np.testing.assert_allclose(counted, matrix, atol=0.006)
