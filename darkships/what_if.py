"""What if: how one vessel's lead would stand without an item of evidence, or after an image."""

from typing import Any

import numpy as np
import pandas as pd

from darkships.errors import DarkshipsError
from darkships.pipeline import Analysis
from darkships.schema import EVIDENCE, WHAT_IF, validate
from darkships.scores.leads import rank
from darkships.trips.rounds import round_trips

REPETITION = "repetition"
"""The one item that is no weight of a silence's own: without it the vessel's best silence stands alone."""


def what_if(analysis: Analysis, mmsi: int, watchlist: pd.DataFrame) -> pd.DataFrame:
    """Return what would become of a vessel's lead if something else were known of it, the greatest effect first.

    Each item of evidence is left out of the score, one at a time, in all silences of the vessel; and the next image is
    supposed to show a ship that fits, or none. All other vessels stay as they are.

    Parameters
    ----------
    analysis
        The stages on a store.
    mmsi
        The vessel.
    watchlist
        The WATCHLIST of all leads.

    Returns
    -------
    pandas.DataFrame
        A WHAT_IF table.

    Raises
    ------
    DarkshipsError
        If the vessel has no lead.

    """
    of_vessel = watchlist["mmsi"] == mmsi
    if not of_vessel.any():
        raise DarkshipsError(f"MMSI {mmsi:09d} has no lead that could change; darkships score lists the leads")
    lead = watchlist[of_vessel].iloc[0]
    then = {f"without {item}": _lead_then(analysis, lead, item) for item in EVIDENCE}
    for answer, name in (("a ship that fits", "probability_if_seen"), ("none", "probability_if_not_seen")):
        then[f"an image shows {answer} at {lead['next_image_group']}"] = _after_image(lead, float(lead[name]))
    probability = [each for each, _ in then.values()]
    found = pd.DataFrame({"mmsi": mmsi, "change": list(then), "probability": probability})
    ranks = np.array([_rank(watchlist[~of_vessel], mmsi, *each) for each in then.values()])
    found = found.assign(
        probability_change=found["probability"] - lead["probability"], rank=ranks, rank_change=ranks - int(lead["rank"])
    )
    greatest_first = found["probability_change"].abs().sort_values(ascending=False, kind="stable").index
    return validate(found.loc[greatest_first].reset_index(drop=True), WHAT_IF, where="the result of what_if")


def _after_image(lead: "pd.Series[Any]", probability: float) -> tuple[float, float]:
    """Return the lead's probability after an image, and its expected round trips: of a true lead they stay as many."""
    return probability, float(lead["expected_round_trips"]) * probability / float(lead["probability"])


def _rank(others: pd.DataFrame, mmsi: int, probability: float, trips: float) -> int:
    """Return the rank among other leads, as ``rank`` orders them."""
    promise, own = others["probability"] * others["expected_round_trips"], probability * trips
    alike = promise == own
    before = (others["probability"] > probability) | ((others["probability"] == probability) & (others["mmsi"] < mmsi))
    return 1 + int(((promise > own) | (alike & before)).sum())


def _lead_then(analysis: Analysis, lead: "pd.Series[Any]", item: str) -> tuple[float, float]:
    """Return the lead's probability and expected round trips if an item of evidence weighed nothing."""
    candidates = analysis.candidates
    candidates = candidates[candidates["mmsi"] == lead["mmsi"]]
    if item == REPETITION:
        candidates = candidates[candidates["off_timestamp"] == lead["off_timestamp"]]
    without = () if item == REPETITION else (item,)
    visits = analysis.visits_by(analysis.model, candidates=candidates, without=without)
    leads = rank(visits, round_trips(visits, calls=analysis.calls))
    return float(leads["probability"].iloc[0]), float(leads["expected_round_trips"].iloc[0])
