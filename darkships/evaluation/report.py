"""Masked cases to figures, each beside the simple rules, with bootstrap intervals."""

from functools import partial

import numpy as np
import pandas as pd

from darkships.evaluation.cases import BASELINES
from darkships.schema import EVALUATION, validate
from darkships.scores.evaluation import RESAMPLES, Figures, interval, probability_figures, ranking_figures

PARTS = ("all", "held-out")


OWN = {"darkships": "probability", "told_off": "probability_off"}
"""Our own scores; one cannot say of a mask how well it was received, for nobody was silent by chance there."""


def evaluation_figures(cases: pd.DataFrame, *, seed: int = 0, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Return the figures of masked cases.

    Parameters
    ----------
    cases
        CASES table.
    seed, resamples
        Of the bootstrap, which draws vessels; the figures of pairs have intervals.

    Returns
    -------
    pandas.DataFrame
        An EVALUATION table: for all vessels and ports and for the held-out ones, the visits against their paired
        stretches (``pairs``) and against each kind of innocent silence. Probabilities are judged on pairs only, for
        they hold at even odds, and so is the naming of sites.

    """
    rows = []
    for part in PARTS:
        known = cases if part == "all" else cases[cases["part"] == part]
        paired = known[known.groupby("pair")["pair"].transform("size").eq(2) & (known["pair"] >= 0)]
        for score in (*OWN, *BASELINES):
            rows += _rows(paired, score, {"part": part, "against": "pairs"}, seed, resamples)
        for kind in ("passing", "elsewhere", "waiting", "still", "natural"):
            some = known[known["is_visit"] | (known["kind"] == kind)]
            rows += [row for score in OWN for row in _rows(some, score, {"part": part, "against": kind}, seed, 0)]
    return validate(pd.DataFrame(rows, columns=EVALUATION.names), EVALUATION, where="the figures")


def pair_figures(cases: pd.DataFrame, *, part: str, score: str = "told_off") -> "pd.Series[float]":
    """Return the figures of a score on the pairs of a part, without intervals; empty if it has none."""
    table = evaluation_figures(cases, resamples=0)
    shown = table[(table["against"] == "pairs") & (table["score"] == score) & (table["part"] == part)]
    return shown.set_index("figure")["value"]


def _rows(
    cases: pd.DataFrame, score: str, labels: dict[str, str], seed: int, resamples: int
) -> list[dict[str, object]]:
    """Return a row for each figure of a score."""
    truth = cases["is_visit"].to_numpy(bool)
    if truth.all() or not truth.any():
        return []
    counts = {"visits": int(truth.sum()), "others": int((~truth).sum())}
    figures = partial(_figures, cases, score, labels["against"] == "pairs")
    ranges = interval(figures, cases["mmsi"].to_numpy(), seed=seed, resamples=resamples)
    return [
        {**labels, "score": score, "figure": figure, "value": value, "low": low, "high": high, **counts}
        for figure, value in figures(np.arange(len(cases))).items()
        for low, high in [ranges.get(figure, (np.nan, np.nan))]
    ]


def _figures(cases: pd.DataFrame, score: str, paired: bool, rows: np.ndarray) -> Figures:
    """Return the figures of some rows of the cases, which may stand in them repeatedly."""
    truth = cases["is_visit"].to_numpy(bool)[rows]
    values = cases[OWN.get(score, score)].to_numpy(np.float64)[rows]
    figures = ranking_figures(np.nan_to_num(values), truth)
    if score in OWN and paired:
        figures |= probability_figures(values, truth)
    if paired:
        figures |= _named_first(cases, score, rows[truth])
    return figures


def _named_first(cases: pd.DataFrame, score: str, visits: np.ndarray) -> Figures:
    """Return the share of visits whose site, and whose group, is named first; only two scores name any."""
    prefix = {"darkships": "named", "told_off": "named", "nearest_port": "nearest"}.get(score)
    if prefix is None or not visits.size:
        return {}
    return {
        f"{what}_first": float((cases[column].to_numpy()[visits] == cases[truth].to_numpy()[visits]).mean())
        for what, column, truth in (("site", prefix, "site"), ("group", f"{prefix}_group", "site_group"))
    }
