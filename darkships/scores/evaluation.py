"""Figures of merit of scores whose answers are known."""

from collections.abc import Callable

import numpy as np

AT = (10, 25, 50)
PRECISION = 0.95
BINS = 10
RESAMPLES = 200
_INTERVAL = (2.5, 97.5)

Figures = dict[str, float]


def ranking_figures(score: np.ndarray, truth: np.ndarray) -> Figures:
    """Return how well scores (n,) order what is true (n,) bool: ROC-AUC, average precision, precision at k, recall.

    NaN where only one kind is there, or fewer than k rows. Ties count as the library has them; precision at k takes
    the mean over the ties at its end.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

    names = ["auc", "average_precision", *(f"precision_at_{k}" for k in AT), "recall_at_95_precision"]
    if truth.all() or not truth.any():
        return dict.fromkeys(names, np.nan)
    precision, recall, _ = precision_recall_curve(truth, score)
    values = [
        roc_auc_score(truth, score),
        average_precision_score(truth, score),
        *(precision_at(score, truth, k) for k in AT),
        recall[precision >= PRECISION].max(),
    ]
    return dict(zip(names, map(float, values), strict=True))


def precision_at(score: np.ndarray, truth: np.ndarray, k: int) -> float:
    """Return the share of true ones among the k highest, of those tied at the end as many as fit; NaN with fewer."""
    if score.size < k:
        return np.nan
    last = np.sort(score)[-k]
    above, tied = score > last, score == last
    return float((truth[above].sum() + (k - above.sum()) * truth[tied].mean()) / k)


def probability_figures(probability: np.ndarray, truth: np.ndarray) -> Figures:
    """Return the Brier score and the expected calibration error (ten bins of equal width) of probabilities (n,)."""
    table = reliability(probability, truth)
    n, mean, share = table.T
    return {
        "brier": float(np.mean((probability - truth) ** 2)),
        "ece": float(np.sum(n * np.abs(mean - share)) / max(n.sum(), 1)),
    }


def reliability(probability: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return a row (number, mean probability, share of true ones) for each bin that holds any, (bins, 3)."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    rows = [(np.sum(bins == b), probability[bins == b].mean(), truth[bins == b].mean()) for b in np.unique(bins)]
    return np.array(rows, np.float64).reshape(-1, 3)


def interval(
    figures: Callable[[np.ndarray], Figures], cluster: np.ndarray, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """Return the bootstrap interval (2.5 % to 97.5 %) of each figure.

    Parameters
    ----------
    figures
        From row numbers (m,), with repetitions, to figures.
    cluster
        Array (n,): rows of one cluster (a vessel) are drawn together, for they are alike.
    seed, resamples
        Of the draws, and how many.

    """
    rng = np.random.default_rng(seed)
    order = np.argsort(cluster, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1) if cluster.size else []
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples if members else 0):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        for name, value in figures(rows).items():
            drawn.setdefault(name, []).append(value)
    found = {}
    for name, values in drawn.items():
        known = np.array(values)[~np.isnan(values)]
        low, high = np.percentile(known, _INTERVAL) if known.size else (np.nan, np.nan)
        found[name] = (float(low), float(high))
    return found
