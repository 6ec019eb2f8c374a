"""Where a round trip began and where it ended: at a call that AIS shows, at a likely dark one, or near a port."""

import pandas as pd

NEAR_NM = 15.0
"""A vessel that falls silent or is heard again so near to a port by sea most likely comes from it or goes to it."""

LONGEST_PASSAGE_H = 192.0
"""A call longer ago than the longest published cycle (eight days) is not where this trip began."""

LIKELY = 0.5
"""From this probability on, a silence counts as a dark call when another trip's origin or destination is sought."""

_ENDS = (
    ("origin", "off", "backward", {"call": "departure", "dark": "on_timestamp"}, "origin_departure"),
    ("destination", "on", "forward", {"call": "arrival", "dark": "off_timestamp"}, "destination_arrival"),
)


def with_ends(trips: pd.DataFrame, visits: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Add origin and destination of each trip: site, group, time, and how each is known.

    Of the calls that AIS shows and the likely dark ones the nearest in time counts (``call``, ``dark``); without any, a
    port of another group near the fix (``place``). Silences of one trip share both.

    Parameters
    ----------
    trips
        Trips, sorted by vessel and time, with ``trip_id``.
    visits, calls
        VISITS and PORT_CALLS tables.

    """
    for name, end, direction, times, when in _ENDS:
        stops = _stops(trips, calls, times)
        found = _nearest_in_time(trips, stops, f"{end}_timestamp", direction)
        age_h = (trips[f"{end}_timestamp"] - found["time"]).abs().dt.total_seconds() / 3600.0
        is_back_again = (found["basis"] == "dark") & (found["site_group"] == trips["site_group"])
        found = found.where((age_h <= LONGEST_PASSAGE_H) & ~is_back_again)
        place = _port_nearby(trips, visits, end)
        found = found.where(found["basis"].notna(), place)
        columns = {"site": name, "site_group": f"{name}_group", "basis": f"{name}_basis", "time": when}
        trips = _shared(trips.assign(**{new: found[old] for old, new in columns.items()}), list(columns.values()), name)
    return trips


def _stops(trips: pd.DataFrame, calls: pd.DataFrame, times: dict[str, str]) -> pd.DataFrame:
    """Return calls seen and likely dark ones: mmsi, time, site, site_group, basis."""
    seen = calls[["mmsi", "site", "site_group"]].assign(time=calls[times["call"]], basis="call")
    likely = trips[(trips["probability"] >= LIKELY) & trips[times["dark"]].notna()]
    dark = likely[["mmsi", "site", "site_group"]].assign(time=likely[times["dark"]], basis="dark")
    return pd.concat([seen, dark], ignore_index=True)


def _nearest_in_time(trips: pd.DataFrame, stops: pd.DataFrame, at: str, direction: str) -> pd.DataFrame:
    """Return the vessel's nearest stop before (or after) each row; at the same time a call wins over a dark one."""
    known = trips.loc[trips[at].notna(), ["mmsi", at]]
    ascending = [True, direction == "forward"]
    found = pd.merge_asof(
        known.assign(_row=known.index).sort_values(at, kind="stable"),
        stops.sort_values(["time", "basis"], ascending=ascending, kind="stable"),
        left_on=at,
        right_on="time",
        by="mmsi",
        direction="forward" if direction == "forward" else "backward",
    )
    return found.set_index("_row")[["site", "site_group", "basis", "time"]].reindex(trips.index)


def _port_nearby(trips: pd.DataFrame, visits: pd.DataFrame, end: str) -> pd.DataFrame:
    """Return the port of another group that is nearest to an end of the silence, if it is near."""
    distance, at = f"sea_distance_{end}_nm", f"{end}_timestamp"
    near = visits[visits[distance] <= NEAR_NM].sort_values([distance, "site"], kind="stable")
    near = near[["gap_id", "site", "site_group", at]].rename(columns={at: "time", "site_group": "_near"})
    pairs = trips[["gap_id", "site_group"]].assign(_row=trips.index).merge(near, on="gap_id")
    pairs = pairs[pairs["_near"] != pairs["site_group"]].drop_duplicates("_row").set_index("_row")
    pairs = pairs.assign(site_group=pairs["_near"], basis="place")
    return pairs[["site", "site_group", "basis", "time"]].reindex(trips.index)


def _shared(trips: pd.DataFrame, columns: list[str], name: str) -> pd.DataFrame:
    """Give all silences of one trip the origin of the first, and the destination of the last."""
    of_trip = pd.MultiIndex.from_frame(trips[["trip_id", "site_group"]])
    ends = trips.set_axis(of_trip)[columns]
    ends = ends[~ends.index.duplicated(keep="first" if name == "origin" else "last")]
    return trips.assign(**{column: ends[column].reindex(of_trip).set_axis(trips.index) for column in columns})
