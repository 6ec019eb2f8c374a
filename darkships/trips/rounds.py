"""Scored visits to round trips: origin, dark visit, return; and how many of them one silence can hide."""

import numpy as np
import pandas as pd

from darkships.renewal import trip_pmfs
from darkships.schema import PORT_CALLS, TRIPS, VISITS, validate
from darkships.trips.ends import with_ends
from darkships.trips.rhythms import with_rhythm
from darkships.units import S_PER_H

STAY_H = 48.0
"""Usual stay as long as none was seen: two to three days at Rajin, one to two in the world's ports (METHODS 8;
UNCTAD, Review of Maritime Transport 2019)."""

LEAST_STAYS = 5
"""From so many calls on, what AIS shows of a group's stays counts instead."""

PING_H = 12.0
"""Two silences with no more than this between them, and no call, can belong to one trip."""

RETURNED_SHARE = 0.5
"""At so much of the distance from which a trip began the vessel has come back; nearer it is still on the same trip."""

_QUANTILES = (0.05, 0.95)


def round_trips(visits: pd.DataFrame, *, calls: pd.DataFrame) -> pd.DataFrame:
    """Sum visits up to trips, one a gap and site group.

    Parameters
    ----------
    visits
        A VISITS table.
    calls
        A PORT_CALLS table of the same sites: calls seen before and after a silence are its origin and destination, and
        those at a group show how long ships stay there.

    Returns
    -------
    pandas.DataFrame
        A TRIPS table. Declared visits (AIS shows the vessel inside the site) make no trip. Silences with a short ping
        between them, from which the vessel had not come back, share a ``trip_id``.

    """
    visits, calls = validate(visits, VISITS, where="visits"), validate(calls, PORT_CALLS, where="calls")
    hidden = visits[~visits["declared"]]
    if hidden.empty:
        return TRIPS.empty()
    trips = _of_groups(hidden).sort_values(list(TRIPS.key), kind="stable", ignore_index=True)
    trips = trips.assign(stay_h=trips["site_group"].map(_seen_stays_h(calls)).fillna(STAY_H))
    trips = trips.assign(spare_h=(trips["slack_h"] - trips["stay_h"]).clip(lower=0.0))
    trips = _chained(trips, calls)
    trips = with_rhythm(with_ends(trips, visits, calls), calls)
    trips = trips.assign(shuttle_number=_shuttle_number(trips), **_numbers(trips))
    return validate(trips[TRIPS.names], TRIPS, where="the result of round_trips")


def _of_groups(hidden: pd.DataFrame) -> pd.DataFrame:
    """Return one row a gap and group: its site nearest to the two ends, the window and the chance of all its sites."""
    sailed_nm = hidden["sea_distance_off_nm"] + hidden["sea_distance_on_nm"].fillna(0.0)
    passage_h = hidden["sea_distance_off_nm"] * (1.0 / hidden["cruise_kn"] - 1.0 / hidden["max_kn"])
    rows = hidden.assign(
        _nm=sailed_nm,
        likely_arrival=hidden["earliest_arrival"] + pd.to_timedelta((passage_h * S_PER_H).round(), unit="s"),
    )
    is_watched = rows.groupby(["gap_id", "site_group"])["watched"].transform("any")
    rows = rows[rows["watched"] == is_watched]  # in a watched group a site that is an origin only makes no lead
    of_group = rows.groupby(["gap_id", "site_group"], as_index=False).agg(
        probability=("probability", "sum"),
        watched=("watched", "any"),
        earliest_arrival=("earliest_arrival", "min"),
        latest_departure=("latest_departure", "max"),
    )
    nearest = rows.sort_values(["gap_id", "site_group", "_nm", "site"], kind="stable")
    nearest = nearest.drop_duplicates(["gap_id", "site_group"]).drop(columns=list(of_group.columns[2:]))
    trips = nearest.merge(of_group, on=["gap_id", "site_group"], validate="1:1")
    latest = trips["latest_departure"]
    return trips.assign(likely_arrival=trips["likely_arrival"].where(trips["likely_arrival"] < latest, latest))


def _seen_stays_h(calls: pd.DataFrame) -> "pd.Series[float]":
    """Return the median stay that AIS shows, by group, where it shows enough."""
    whole = calls[calls["arrival_seen"] & calls["departure_seen"]]
    stay_h = (whole["departure"] - whole["arrival"]).dt.total_seconds() / S_PER_H
    by_group = stay_h.groupby(whole["site_group"]).agg(["median", "size"])
    return by_group.loc[by_group["size"] >= LEAST_STAYS, "median"]


def _chained(trips: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Add ``continues`` and ``trip_id``: which silences can be one trip.

    The vessel showed itself for a moment between two silences, called nowhere, and was still much nearer to the site
    than where the trip began.
    """
    of_pair = trips.assign(_row=np.arange(len(trips))).groupby(["mmsi", "site_group"], sort=False)
    before_on, before_nm = of_pair["on_timestamp"].shift(), of_pair["sea_distance_on_nm"].shift()
    before_row = of_pair["_row"].shift(fill_value=-1).to_numpy()
    heard_h = (trips["off_timestamp"] - before_on).dt.total_seconds() / S_PER_H
    called = _calls_between(trips.assign(_from=before_on), calls)
    is_ping = ((heard_h >= 0.0) & (heard_h <= PING_H)).to_numpy() & ~called
    began_nm = trips["sea_distance_off_nm"].to_numpy(np.float64)
    ping_nm = np.maximum(began_nm, before_nm.to_numpy(np.float64))
    gap_id = trips["gap_id"].to_numpy(object)
    continues, start_nm, trip_id = np.zeros(len(trips), bool), began_nm.copy(), gap_id.copy()
    for row in np.flatnonzero(is_ping):
        before = before_row[row]
        if ping_nm[row] < RETURNED_SHARE * start_nm[before]:
            continues[row], start_nm[row], trip_id[row] = True, start_nm[before], trip_id[before]
    trips = trips.assign(continues=continues, trip_id=trip_id)
    return trips.assign(p_begun=_p_begun(trips))


def _p_begun(trips: pd.DataFrame) -> "pd.Series[float]":
    """Return the chance that an earlier silence of the same trip holds the visit, for a vessel that makes visits."""
    p_if_visitor = trips["probability"] / trips["p_vessel"].where(trips["p_vessel"] > 0.0, 1.0)
    of_trip = [trips["trip_id"], trips["site_group"]]
    not_yet = (1.0 - p_if_visitor.clip(0.0, 1.0)).groupby(of_trip).cumprod()
    return 1.0 - not_yet.groupby(of_trip).shift(fill_value=1.0)


def _calls_between(trips: pd.DataFrame, calls: pd.DataFrame) -> np.ndarray:
    """Tell of each row (n,) whether AIS shows a call between ``_from`` and the silence."""
    known = trips[trips["_from"].notna()]
    pairs = known[["mmsi", "_from", "off_timestamp"]].assign(_row=known.index).merge(calls, on="mmsi")
    inside = (pairs["departure"] >= pairs["_from"]) & (pairs["arrival"] <= pairs["off_timestamp"])
    found: np.ndarray = trips.index.isin(pairs.loc[inside, "_row"])
    return found


def _shuttle_number(trips: pd.DataFrame) -> "pd.Series[int]":
    """Count a vessel's trips to a group; silences of one trip share their number."""
    return (~trips["continues"]).astype(np.int64).groupby([trips["mmsi"], trips["site_group"]]).cumsum()


def _numbers(trips: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return mean, 5 % and 95 % quantile of the number of trips in each silence, if there was one."""
    out = np.ones((3, len(trips)))
    for rows, pmf in trip_pmfs(trips):
        out[0, rows] = (pmf * np.arange(1, pmf.shape[1] + 1)).sum(axis=1)
        up_to = np.cumsum(pmf, axis=1)
        out[1:, rows] = [1 + (up_to < q).sum(axis=1) for q in _QUANTILES]
    names = ("expected_round_trips", "expected_round_trips_low", "expected_round_trips_high")
    return dict(zip(names, out, strict=True))
