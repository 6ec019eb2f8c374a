"""The rhythm of a vessel's trips to a group of sites, and the shuttles: vessels that go again and again."""

import numpy as np
import pandas as pd

from darkships.renewal import Rhythm, learnt_rhythm
from darkships.schema import PORT_CALLS, SHUTTLES, TRIPS, validate

LIKELY = 0.5
"""A silence counts as a trip from this probability on, for a vessel that makes such trips at all."""

SHORTEST_CYCLE_H = 120.0
"""Shortest published cycle, five days: a silence with less to spare holds one trip, so that the time to the next trip
is one cycle."""

SAME_CALL_H = 24.0
"""Two trips nearer in time than a turnaround are one."""

_CYCLE = ("cycle_h", "cycle_regularity", "cycle_certainty", "cycle_intervals")
_QUANTILES = {"low": 0.05, "high": 0.95}


def with_rhythm(trips: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Add what the intervals between a vessel's likely trips and seen calls tell of its cycle.

    Parameters
    ----------
    trips
        Trips with ``continues`` and ``spare_h``, sorted by vessel and time.
    calls
        A PORT_CALLS table.

    """
    likely = trips[_is_likely(trips) & ~trips["continues"]]
    dark = likely[["mmsi", "site_group", "spare_h"]].assign(time=likely["likely_arrival"])
    seen = calls[["mmsi", "site_group"]].assign(time=calls["arrival"], spare_h=0.0)
    events = pd.concat([dark, seen], ignore_index=True).sort_values(["mmsi", "site_group", "time"], kind="stable")
    interval_h = -events.groupby(["mmsi", "site_group"])["time"].diff(-1).dt.total_seconds() / 3600.0
    is_one_cycle = (events["spare_h"] < SHORTEST_CYCLE_H) & (interval_h >= SAME_CALL_H)
    known = interval_h[is_one_cycle].groupby([events["mmsi"], events["site_group"]]).agg(tuple)
    rhythms = [(*learnt_rhythm(intervals), len(intervals)) for intervals in [(), *known]]
    pairs = pd.MultiIndex.from_frame(trips[["mmsi", "site_group"]])
    found = np.array(rhythms)[known.index.get_indexer(pairs) + 1]  # without intervals it is the default, the first
    return trips.assign(**dict(zip(_CYCLE, found.T, strict=True)))


def shuttles(trips: pd.DataFrame, *, calls: pd.DataFrame) -> pd.DataFrame:
    """Return the vessels with several silences that allow a trip from the same origin to the same watched group.

    Parameters
    ----------
    trips, calls
        TRIPS and PORT_CALLS tables of one run.

    Returns
    -------
    pandas.DataFrame
        A SHUTTLES table. Calls that AIS shows are no dark visits: they are counted on their own.

    """
    trips, calls = validate(trips, TRIPS, where="trips"), validate(calls, PORT_CALLS, where="calls")
    watched = trips[trips["watched"]].assign(
        _likely=_is_likely(trips) & ~trips["continues"],
        _expected=trips["probability"] * (trips["expected_round_trips"] - trips["p_begun"]),
    )
    pairs = watched.groupby(["mmsi", "site_group", "origin_group"], dropna=False, as_index=False).agg(
        silences=("trip_id", "nunique"),
        likely_trips=("_likely", "sum"),
        expected_round_trips=("_expected", "sum"),
        first_off_timestamp=("off_timestamp", "min"),
        last_off_timestamp=("off_timestamp", "max"),
        cycle_h=("cycle_h", "first"),
        cycle_regularity=("cycle_regularity", "first"),
        cycle_certainty=("cycle_certainty", "first"),
        cycle_intervals=("cycle_intervals", "first"),
    )
    pairs = pairs[pairs["silences"] > 1].reset_index(drop=True)
    if pairs.empty:
        return SHUTTLES.empty()
    n_calls = calls.groupby(["mmsi", "site_group"]).size().rename("seen_calls")
    pairs = pairs.join(n_calls, on=["mmsi", "site_group"]).fillna({"seen_calls": 0})
    known = zip(pairs["cycle_h"], pairs["cycle_regularity"], pairs["cycle_certainty"], strict=True)
    rhythms = [Rhythm(*each) for each in known]
    pairs = pairs.assign(
        **{f"cycle_{end}_h": [one.cycle_quantile_h(q) for one in rhythms] for end, q in _QUANTILES.items()}
    )
    return validate(pairs, SHUTTLES, where="the result of shuttles")[SHUTTLES.names]


def _is_likely(trips: pd.DataFrame) -> "pd.Series[bool]":
    return trips["probability"] > LIKELY * trips["p_vessel"]
