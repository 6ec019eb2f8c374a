"""Candidate visits to round trips: origin, dark visit, return; and how many of them one silence can hide."""

import numpy as np
import pandas as pd

from darkships.schema import CANDIDATES, PORT_CALLS, TRIPS, validate

LIKELY_CYCLE_H = 336.0
"""One round trip in two weeks: an active ship of the Rajin trade (derived from CSIS Beyond Parallel and Open Source
Centre counts, 2023-2025)."""

CYCLE_SHAPE = 2.0
"""Shape of the gamma distribution of a ship's activity: its spread covers cycles from five days to months."""

_QUANTILES = (0.05, 0.95)


def round_trips(candidates: pd.DataFrame, *, calls: pd.DataFrame) -> pd.DataFrame:
    """Sum candidate visits up to trips, one a gap and site group.

    Parameters
    ----------
    candidates
        A CANDIDATES table.
    calls
        A PORT_CALLS table of watched sites: the calls seen before and after the gap are its origin and destination.

    Returns
    -------
    pandas.DataFrame
        A TRIPS table. Declared candidates (AIS shows the vessel inside the site) make no trip.

    """
    hidden, calls = validate(candidates, CANDIDATES, where="candidates"), validate(calls, PORT_CALLS, where="calls")
    hidden = hidden[~hidden["declared"]]
    if hidden.empty:
        return TRIPS.empty()
    order = hidden.assign(_nm=hidden["sea_distance_off_nm"] + hidden["sea_distance_on_nm"].fillna(0.0))
    trips = (
        order.sort_values([*CANDIDATES.key[:3], "site_group", "_nm", "site"], kind="stable")
        .drop_duplicates(["gap_id", "site_group"])
        .reset_index(drop=True)
    )
    spare_h = trips["slack_h"].to_numpy(np.float64)
    mean, low, high = trip_numbers(spare_h, trips["max_round_trips"].to_numpy(np.int64))
    trips = _with_call(trips, calls, "departure", "off_timestamp", "backward", ("origin", "origin_departure"))
    trips = _with_call(trips, calls, "arrival", "on_timestamp", "forward", ("destination", "destination_arrival"))
    trips = trips.assign(
        expected_round_trips=mean,
        expected_round_trips_low=low,
        expected_round_trips_high=high,
        shuttle_number=trips.groupby(["mmsi", "site_group"]).cumcount() + 1,
    )
    trips = trips.sort_values(list(TRIPS.key), kind="stable", ignore_index=True)
    return validate(trips[TRIPS.names], TRIPS, where="the result of round_trips")


def trip_pmf(spare_h: float, most: int) -> np.ndarray:
    """Return the probabilities (most,) of 1, 2, ... ``most`` round trips in a gap in which the site was visited.

    The first trip is given; the others follow a negative binomial distribution (Poisson trips at a gamma-distributed
    pace) with mean ``spare_h / LIKELY_CYCLE_H``, cut off at what fits.
    """
    mean = max(spare_h, 0.0) / LIKELY_CYCLE_H
    share = mean / (mean + CYCLE_SHAPE)
    k = np.arange(1, most)
    ratios = (k - 1 + CYCLE_SHAPE) / k * share
    pmf = np.cumprod(np.concatenate([[1.0], ratios]))
    total: np.ndarray = pmf / pmf.sum()
    return total


def trip_numbers(spare_h: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, 5 % and 95 % quantile of the number of trips, arrays (n,), given the spare hours and what fits."""
    out = np.ones((3, spare_h.size))
    for i in range(spare_h.size):
        pmf = trip_pmf(float(spare_h[i]), int(most[i]))
        out[0, i] = float(pmf @ np.arange(1, pmf.size + 1))
        out[1:, i] = 1 + np.searchsorted(np.cumsum(pmf), _QUANTILES)
    return out[0], out[1], out[2]


def _with_call(
    trips: pd.DataFrame, calls: pd.DataFrame, call_time: str, gap_time: str, direction: str, names: tuple[str, str]
) -> pd.DataFrame:
    """Add the vessel's last call before (or first call after) the gap."""
    known = trips[trips[gap_time].notna()]
    right = calls[["mmsi", "site", call_time]].rename(columns={"site": names[0], call_time: names[1]})
    found = pd.merge_asof(
        known[["mmsi", gap_time]].assign(_row=known.index).sort_values(gap_time, kind="stable"),
        right.sort_values(names[1], kind="stable"),
        left_on=gap_time,
        right_on=names[1],
        by="mmsi",
        direction="backward" if direction == "backward" else "forward",
    ).set_index("_row")
    return trips.assign(**{name: found[name].reindex(trips.index) for name in names})
