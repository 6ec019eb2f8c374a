"""Scored visits to leads: one a vessel, with its expected number of undeclared round trips."""

import hashlib

import numpy as np
import pandas as pd

from darkships.schema import LEADS, TRIPS, VISITS, validate

_QUANTILES = (0.05, 0.95)
_MOST_TRIPS = 400


def rank(visits: pd.DataFrame, trips: pd.DataFrame) -> pd.DataFrame:
    """Rank vessels by the probability of at least one undeclared visit.

    Parameters
    ----------
    visits, trips
        VISITS and TRIPS tables of the same gaps.

    Returns
    -------
    pandas.DataFrame
        A LEADS table. Vessels with equal probability are ordered by expected round trips, then by MMSI.

    """
    visits, trips = validate(visits, VISITS, where="visits"), validate(trips, TRIPS, where="trips")
    hidden = visits[visits["watched"] & ~visits["declared"]]
    if hidden.empty:
        return LEADS.empty()
    groups = hidden.groupby(["mmsi", "gap_id", "site_group"], as_index=False).agg(
        probability=("probability", "sum"), p_vessel=("p_vessel", "first")
    )
    groups = groups.merge(trips[["gap_id", "site_group", "expected_round_trips", "max_round_trips"]])
    leads = pd.DataFrame([_lead(rows) for _, rows in groups.groupby("mmsi", sort=True)])
    leads = leads.merge(_best_trips(hidden), on="mmsi")
    leads = leads.sort_values(
        ["probability", "expected_round_trips", "mmsi"], ascending=[False, False, True], kind="stable"
    ).reset_index(drop=True)
    leads["rank"] = np.arange(1, len(leads) + 1)
    leads["lead_id"] = [lead_id(mmsi) for mmsi in leads["mmsi"]]
    return validate(leads, LEADS, where="the result of rank")[LEADS.names]


def lead_id(mmsi: int) -> str:
    """Return the stable name of a vessel's lead."""
    return "DS-" + hashlib.blake2b(f"{mmsi:09d}".encode(), digest_size=4).hexdigest().upper()


def _best_trips(hidden: pd.DataFrame) -> pd.DataFrame:
    """Return each vessel's most probable (gap, site group), with the most probable site of the group."""
    of_group = hidden.groupby(["gap_id", "site_group"])["probability"].transform("sum")
    order = hidden.assign(_group=of_group).sort_values(
        ["_group", "off_timestamp", "gap_id", "site_group", "probability", "site"],
        ascending=[False, True, True, True, False, True],
        kind="stable",
    )
    return order.drop_duplicates("mmsi")[["mmsi", "gap_id", "site", "site_group"]]


def _lead(rows: pd.DataFrame) -> dict[str, float]:
    """Sum up one vessel: rows are its (gap, site group) pairs.

    Its silences are independent given whether the vessel makes undeclared visits at all.
    """
    per_gap = rows.groupby("gap_id", sort=True)
    p_vessel = float(rows["p_vessel"].iloc[0])
    p_gap = per_gap["probability"].sum().to_numpy()
    weighted = (rows["probability"] * rows["expected_round_trips"]).groupby(rows["gap_id"], sort=True).sum().to_numpy()
    mean_if_visited = weighted / np.where(p_gap > 0, p_gap, 1.0)
    p_if_visitor = np.clip(p_gap / p_vessel, 0.0, 1.0)
    pmf = np.array([1.0])
    for p, mean, most in zip(p_if_visitor, mean_if_visited, per_gap["max_round_trips"].max(), strict=True):
        pmf = np.convolve(pmf, _trips_pmf(float(p), float(mean), int(most)))[:_MOST_TRIPS]
    pmf = p_vessel * pmf / pmf.sum()
    pmf[0] += 1.0 - p_vessel
    low, high = np.searchsorted(np.cumsum(pmf), _QUANTILES)
    return {
        "mmsi": int(rows["mmsi"].iloc[0]),
        "probability": p_vessel * float(1.0 - np.prod(1.0 - p_if_visitor)),
        "expected_round_trips": float(weighted.sum()),
        "expected_round_trips_low": float(low),
        "expected_round_trips_high": float(high),
        "n_gaps": len(p_gap),
    }


def _trips_pmf(p: float, mean: float, most: int) -> np.ndarray:
    """Return the probabilities of 0, 1, ... trips in a gap: none with 1 - p, else one and geometrically many more."""
    more = (mean - 1.0) / mean if mean > 1.0 else 0.0
    pmf = more ** np.arange(max(most, 1))
    return np.concatenate([[1.0 - p], p * pmf / pmf.sum()])
