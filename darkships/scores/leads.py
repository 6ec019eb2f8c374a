"""Scored visits to leads: one a vessel, with its expected number of undeclared round trips."""

import hashlib
import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from darkships.renewal import new_trip_pmfs
from darkships.schema import LEADS, TRIPS, VISITS, validate

_QUANTILES = (0.05, 0.95)
_MOST_TRIPS = 400


def rank(visits: pd.DataFrame, trips: pd.DataFrame) -> pd.DataFrame:
    """Rank vessels by the probability of at least one undeclared visit times the expected number of round trips.

    By the number alone whoever left for good would come first, by the probability alone a habit as late as one call.

    Parameters
    ----------
    visits, trips
        VISITS and TRIPS tables of the same gaps.

    Returns
    -------
    pandas.DataFrame
        A LEADS table. Vessels with equal products are ordered by probability, then by MMSI.

    """
    visits, trips = validate(visits, VISITS, where="visits"), validate(trips, TRIPS, where="trips")
    hidden = visits[visits["watched"] & ~visits["declared"]]
    if hidden.empty:
        return LEADS.empty()
    watched = trips[trips["watched"]].sort_values(list(TRIPS.key), kind="stable", ignore_index=True)
    leads = pd.DataFrame([_lead(*vessel) for vessel in _vessels(watched)])
    leads = leads.merge(_best_trips(hidden), on="mmsi")
    promise = leads["probability"] * leads["expected_round_trips"]
    order = np.lexsort((leads["mmsi"], -leads["probability"], -promise))
    leads = leads.iloc[order].reset_index(drop=True)
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


def _vessels(trips: pd.DataFrame) -> Iterator[tuple[int, float, list[np.ndarray], list[list[np.ndarray]]]]:
    """Yield each vessel: MMSI, p_vessel, and of each of its gaps the chances of its groups and their new trips.

    Chances are those of a vessel that makes undeclared visits; ``trips`` is sorted by vessel and gap.
    """
    mmsi, p_vessel = trips["mmsi"].to_numpy(), trips["p_vessel"].to_numpy(np.float64)
    p = np.clip(trips["probability"].to_numpy(np.float64) / np.where(p_vessel > 0, p_vessel, 1.0), 0.0, 1.0)
    new_trips = new_trip_pmfs(trips, p)
    gap = trips["gap_id"].to_numpy(object)
    is_new = np.append(True, (gap[1:] != gap[:-1]) | (mmsi[1:] != mmsi[:-1]))
    starts = np.flatnonzero(is_new)
    ends = np.append(starts[1:], mmsi.size)
    firsts = np.flatnonzero(np.append(True, np.diff(mmsi[starts]) != 0))
    for first, last in pairwise([*firsts.tolist(), starts.size]):
        gaps = [slice(*span) for span in zip(starts[first:last], ends[first:last], strict=True)]
        start = starts[first]
        yield int(mmsi[start]), float(p_vessel[start]), [p[gap] for gap in gaps], [new_trips[gap] for gap in gaps]


def _lead(mmsi: int, p_vessel: float, p: list[np.ndarray], new_trips: list[list[np.ndarray]]) -> dict[str, float]:
    """Sum up one vessel; its silences are independent given whether it makes undeclared visits at all."""
    pmf = np.ones(1)
    for of_groups in new_trips:
        pmf = np.convolve(pmf, _of_gap(of_groups))[:_MOST_TRIPS]
    expected = p_vessel * float(pmf @ np.arange(pmf.size)) / pmf.sum()
    any_trip = p_vessel * (1.0 - math.prod(max(1.0 - float(of_gap.sum()), 0.0) for of_gap in p))
    pmf[0] = 0.0  # where silences share a trip, their numbers alone do not tell how likely none is
    pmf = any_trip * pmf / (pmf.sum() or 1.0)
    pmf[0] = 1.0 - any_trip
    low, high = np.searchsorted(np.cumsum(pmf), _QUANTILES)
    return {
        "mmsi": mmsi,
        "probability": any_trip,
        "expected_round_trips": expected,
        "expected_round_trips_low": float(low),
        "expected_round_trips_high": float(high),
        "n_gaps": len(p),
    }


def _of_gap(of_groups: list[np.ndarray]) -> np.ndarray:
    """Return the probabilities of 0, 1, ... new trips in one gap: to one of the groups, or to none."""
    total = np.zeros(max(numbers.size for numbers in of_groups))
    for numbers in of_groups:
        total[: numbers.size] += numbers
    total[0] = max(total[0] - (len(of_groups) - 1.0), 0.0)  # the chance of no visit is that of all groups together
    return total
