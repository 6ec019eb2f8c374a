"""Scored visits to leads: one a vessel, with its expected number of undeclared round trips."""

import hashlib

import numpy as np
import pandas as pd

from darkships.renewal import trip_pmfs, with_chance
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
    watched = trips[trips["watched"]].sort_values(list(TRIPS.key), kind="stable", ignore_index=True)
    pmfs = list(trip_pmfs(watched))
    leads = pd.DataFrame([_lead(watched.iloc[rows], [pmfs[row] for row in rows]) for rows in _of_vessels(watched)])
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


def _of_vessels(trips: pd.DataFrame) -> list[np.ndarray]:
    """Return the rows of each vessel, by MMSI, in the order of the table."""
    mmsi = trips["mmsi"].to_numpy()
    return np.split(np.arange(mmsi.size), np.flatnonzero(np.diff(mmsi)) + 1)


def _lead(rows: pd.DataFrame, pmfs: list[np.ndarray]) -> dict[str, float]:
    """Sum up one vessel: rows are its (gap, site group) pairs, in the order of their gaps.

    Its silences are independent given whether the vessel makes undeclared visits at all.
    """
    p_vessel = float(rows["p_vessel"].iloc[0])
    p_if_visitor = np.clip(rows["probability"].to_numpy(np.float64) / (p_vessel or 1.0), 0.0, 1.0)
    _, gap = np.unique(rows["gap_id"].to_numpy(object), return_inverse=True)
    p_gap = np.minimum(np.bincount(gap, p_if_visitor), 1.0)
    pmf = np.ones(1)
    for number in range(p_gap.size):
        pmf = np.convolve(pmf, _of_gap(np.flatnonzero(gap == number), rows, p_if_visitor, pmfs))[:_MOST_TRIPS]
    expected = p_vessel * float(pmf @ np.arange(pmf.size)) / pmf.sum()
    any_trip = p_vessel * float(1.0 - np.prod(1.0 - p_gap))
    pmf[0] = 0.0  # where silences share a trip, their numbers alone do not tell how likely none is
    pmf = any_trip * pmf / (pmf.sum() or 1.0)
    pmf[0] = 1.0 - any_trip
    low, high = np.searchsorted(np.cumsum(pmf), _QUANTILES)
    return {
        "mmsi": int(rows["mmsi"].iloc[0]),
        "probability": any_trip,
        "expected_round_trips": expected,
        "expected_round_trips_low": float(low),
        "expected_round_trips_high": float(high),
        "n_gaps": p_gap.size,
    }


def _of_gap(of_gap: np.ndarray, rows: pd.DataFrame, p: np.ndarray, pmfs: list[np.ndarray]) -> np.ndarray:
    """Return the probabilities of 0, 1, ... new trips of a visitor in one gap: to one of the groups, or to none."""
    begun = rows["p_begun"].to_numpy(np.float64)
    total = np.zeros(1 + max(pmfs[row].size for row in of_gap))
    for row in of_gap:
        numbers = with_chance(pmfs[row], p[row], begun[row])
        total[: numbers.size] += numbers
        total[0] -= 1.0  # the chance of no visit is that of all groups together
    total[0] = max(total[0] + 1.0, 0.0)
    return total
