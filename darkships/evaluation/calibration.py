"""The weights of evidence refitted to a user's own masked port calls and verdicts."""

from dataclasses import dataclass

import pandas as pd

from darkships.alerts.facts import Facts
from darkships.alerts.triage import VERDICTS
from darkships.errors import DarkshipsError
from darkships.evaluation.benchmark import Benchmark
from darkships.evaluation.cases import part_of
from darkships.evaluation.fitting import Examples, fit_visits
from darkships.evaluation.report import pair_figures
from darkships.pipeline import Analysis
from darkships.scores.model import VisitModel, load_model

LEAST_PAIRS = 30
"""Of fewer no figure says anything."""

SPLIT = "figures: fitted to six in ten vessels and ports, by a hash of their names, judged on the others; model: all"


@dataclass(frozen=True)
class Calibration:
    """A refitted model, what it was fitted to, and how one like it does on vessels and ports that it did not see."""

    model: VisitModel
    pairs: int
    verdicts: int
    figures: pd.DataFrame
    """Of the held-out pairs, a column each for the ``shipped`` model and the ``fitted``; empty if none can be told."""


def silences_judged(verdicts: list[tuple[str, Facts]]) -> pd.DataFrame:
    """Return what verdicts say of silences: mmsi, off_timestamp, site, is_visit.

    A verdict on a lead is taken for one on the silence that it was told of; the last one counts, and ``reopen`` takes
    it back.
    """
    last = {}
    for verdict, facts in verdicts:
        if facts.off_timestamp is not None:
            last[facts.mmsi, facts.off_timestamp] = (facts.site, verdict)
    kept = [(*silence, site, verdict) for silence, (site, verdict) in last.items() if VERDICTS[verdict] != "changed"]
    frame = pd.DataFrame(kept, columns=["mmsi", "off_timestamp", "site", "verdict"])
    times = pd.to_datetime(frame["off_timestamp"], utc=True).astype("datetime64[us, UTC]")
    return frame.assign(off_timestamp=times, is_visit=frame.pop("verdict") == "confirm")


def calibrate(found: Benchmark, analysis: Analysis, judged: pd.DataFrame) -> Calibration:
    """Refit the shipped model; what the data does not show stays as shipped.

    Parameters
    ----------
    found
        Her masked port calls.
    analysis
        Of the store that she watches.
    judged
        What she made of its silences, of ``silences_judged``.

    Raises
    ------
    DarkshipsError
        If there are too few pairs.

    """
    pairs = int(found.cases.loc[found.cases["is_visit"], "pair"].nunique())
    if pairs < LEAST_PAIRS:
        raise DarkshipsError(
            f"found {pairs} port calls that AIS shows with a stretch at sea of like length beside them, and "
            f"{len(judged)} verdicts; expected at least {LEAST_PAIRS} such calls: give a longer store, more sites or a "
            "smaller min_gap_h, and go on with the shipped model until then"
        )
    shipped = load_model()
    of_verdicts = Examples.judged(analysis, judged)
    model = fit_visits([Examples.of(found), of_verdicts], start=shipped)
    part = [Examples.of(found, part="fit"), Examples.judged(analysis, judged[judged["mmsi"].map(part_of) == "fit"])]
    figures = _held_out(found, part, shipped) if part[0].gap.size else pd.DataFrame()
    return Calibration(model, pairs, len(set(of_verdicts.gap)), figures)


def _held_out(found: Benchmark, part: list[Examples], shipped: VisitModel) -> pd.DataFrame:
    """Return the figures of the shipped model and of one fitted to a part, on the pairs held out from it."""
    models = {"shipped": shipped, "fitted": fit_visits(part, start=shipped)}
    return pd.DataFrame({name: pair_figures(found.cases_by(one), part="held-out") for name, one in models.items()})
