import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from darkships.scores.evaluation import interval, precision_at, probability_figures, ranking_figures, reliability


def test_a_perfect_order_and_its_reverse():
    truth = np.arange(60) < 30
    perfect = ranking_figures(-np.arange(60.0), truth)
    assert perfect == {
        "auc": 1.0, "average_precision": 1.0, "precision_at_10": 1.0, "precision_at_25": 1.0,
        "precision_at_50": pytest.approx(0.6), "recall_at_95_precision": 1.0,
    }  # fmt: skip
    assert ranking_figures(np.arange(60.0), truth)["auc"] == 0.0


def test_recall_at_95_percent_precision_by_hand():
    # Ten visits, an innocent, ten visits: from the eleventh on the precision is 10/11, at the end 20/21 > 0.95.
    truth = np.array([True] * 10 + [False] + [True] * 10 + [False] * 9)
    assert ranking_figures(-np.arange(30.0), truth)["recall_at_95_precision"] == 1.0
    assert ranking_figures(-np.arange(30.0), truth & (np.arange(30) < 15))["recall_at_95_precision"] == pytest.approx(
        10 / 14
    )


def test_ties_at_the_end_count_by_their_mean():
    score = np.array([3.0, 2.0, 2.0, 2.0, 1.0])
    truth = np.array([True, True, False, False, True])
    assert precision_at(score, truth, 2) == pytest.approx((1 + 1 / 3) / 2)
    assert np.isnan(precision_at(score, truth, 6))


def test_one_kind_alone_cannot_be_told_apart():
    assert all(np.isnan(value) for value in ranking_figures(np.arange(5.0), np.ones(5, bool)).values())


def test_calibration_by_hand():
    probability, truth = np.array([0.05, 0.05, 0.95, 1.0]), np.array([False, True, True, True])
    figures = probability_figures(probability, truth)
    assert figures["ece"] == pytest.approx((2 * 0.45 + 2 * 0.025) / 4)
    assert figures["brier"] == pytest.approx((0.05**2 + 0.95**2 + 0.05**2) / 4)
    assert reliability(probability, truth).tolist() == [[2, 0.05, 0.5], [2, pytest.approx(0.975), 1.0]]


def test_rows_of_a_vessel_are_drawn_together():
    score, truth = np.repeat([3.0, 2.0, 1.0], 10), np.repeat([True, False, True], 10)
    vessel = np.repeat([7, 8, 9], 10)
    drawn = []

    def auc(rows):
        drawn.append(np.bincount(vessel[rows], minlength=10)[7:])
        few = truth[rows].all() or not truth[rows].any()
        return {"auc": np.nan if few else roc_auc_score(truth[rows], score[rows])}

    low, high = interval(auc, vessel)["auc"]
    assert 0.0 <= low <= 0.5 <= high <= 1.0
    assert all((counts % 10 == 0).all() and counts.sum() == 30 for counts in drawn)
    assert interval(auc, vessel) == interval(auc, vessel)
