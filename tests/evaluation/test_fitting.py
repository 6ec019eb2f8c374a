"""Fits to synthetic examples: what is known of the answer, and a naive likelihood."""

import numpy as np
import pandas as pd
import pytest

from darkships.evaluation.fitting import FALLING, KNOTS, OTHERS_WEIGHT, RIDGE, Examples, _Problem, fit_visits
from darkships.scores.features import ITEM_OF
from darkships.scores.model import DECIBAN


def examples(*, gaps=400, sites=3, seed=0, others=0, judged_db=0.0, unknown=0.0):
    """Return silences whose visits go where the course points, from even odds; ``others`` are never visits."""
    rng = np.random.default_rng(seed)
    n = gaps * sites
    table = pd.DataFrame({name: rng.uniform(KNOTS[name][0], KNOTS[name][-1], n) for name in ITEM_OF})
    table["off_way"] = rng.uniform(-1.0, 1.0, n)
    odds = np.exp(-1.0 + 3.0 * table["off_way"].to_numpy().reshape(gaps, sites))
    chance = np.column_stack([odds, np.ones(gaps)]) / (1.0 + odds.sum(axis=1, keepdims=True))
    picked = (rng.random((gaps, 1)) > chance.cumsum(axis=1)).sum(axis=1)
    paired = np.arange(gaps) >= others
    chosen = (np.arange(sites) == picked[:, None]) & paired[:, None]
    table[rng.random(table.shape) < unknown] = np.nan
    names = np.repeat([f"gap {number}" for number in range(gaps)], sites).astype(object)
    return Examples(table, names, chosen.ravel(), np.repeat(paired, sites), np.full(n, judged_db))


def test_what_decides_is_found_and_the_rest_stays_nearly_level():
    model = fit_visits([examples(gaps=1500)])
    at, db = model.curves["off_way"]
    assert np.diff(db).sum() == pytest.approx(6.0 * DECIBAN, rel=0.2)
    assert list(at) == KNOTS["off_way"]
    assert all(abs(np.ptp(db)) < 5.0 for name, (_, db) in model.curves.items() if name != "off_way")


def test_curves_bend_one_way_and_weigh_nothing_on_the_whole():
    one = examples(others=100, unknown=0.2)
    for name, (at, db) in fit_visits([one]).curves.items():
        rises = np.diff(db)
        assert (rises <= 0).all() if name in FALLING else (rises >= 0).all()
        known = one.table[name].dropna()
        assert np.interp(known, at, db).mean() == pytest.approx(0.0, abs=1e-9)


def test_as_many_pairs_are_visits_as_are_whatever_else_is_there():
    one = examples(others=150, judged_db=-3.0)
    model = fit_visits([one])
    odds = pd.Series(np.exp((model.decibans(one.table).sum(axis=1) + one.judged_db) / DECIBAN)).groupby(one.gap).sum()
    pairs = pd.unique(one.gap[one.paired])
    assert (odds / (1.0 + odds))[pairs].sum() == pytest.approx(one.chosen.sum())


def test_the_likelihood_is_that_of_a_naive_sum():
    pieces = [examples(gaps=5, others=2, seed=1, judged_db=2.0), examples(gaps=4, seed=2)]
    problem = _Problem(pieces)
    weights = np.random.default_rng(3).normal(size=problem.steps.shape[1])
    utility = problem.steps @ weights + problem.judged
    naive, row = 0.0, 0
    for piece in pieces:
        for number in range(piece.gap.size // 3):
            rows = range(row + 3 * number, row + 3 * number + 3)
            picked = [i for i in rows if piece.chosen[i - row]]
            likelihood = np.exp(utility[picked[0]] if picked else 0.0) / (1.0 + sum(np.exp(utility[i]) for i in rows))
            naive -= np.log(likelihood) * (1.0 if piece.paired[3 * number] else OTHERS_WEIGHT)
        row += piece.gap.size
    start = 0
    for name in ITEM_OF:
        own = weights[start : start + len(KNOTS[name]) - 1]
        naive += RIDGE * ((own**2).sum() + (np.diff(own) ** 2).sum())
        start += own.size
    assert problem.loss(weights)[0] == pytest.approx(naive)


def test_the_slope_is_that_of_the_likelihood():
    problem = _Problem([examples(gaps=20, others=5)])
    weights = np.random.default_rng(4).normal(scale=0.3, size=problem.steps.shape[1])
    step = 1e-6
    moved = [
        problem.loss(weights + step * unit)[0] - problem.loss(weights - step * unit)[0] for unit in np.eye(weights.size)
    ]
    assert problem.loss(weights)[1] == pytest.approx(np.array(moved) / (2.0 * step), abs=1e-4)
