"""Frames made by hand for tests of several stages: name what matters, the rest is a plausible default."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from shapely.geometry import box

from darkships.schema import CANDIDATES, GAPS, PORT_CALLS, SITES, TRACKS, TRIPS, VISITS, Table, validate

START = pd.Timestamp("2023-09-07", tz="UTC")
MMSI = 273000001


def at(hours: Any) -> Any:
    """Return the time, or times, so many hours after the start of the test's world."""
    if np.ndim(hours):
        return pd.DatetimeIndex([at(h) for h in hours])
    return pd.NaT if pd.isna(hours) else START + pd.Timedelta(round(float(hours) * 3.6e9), "us")


def positions(*, hours: Any, lon: Any, lat: Any, mmsi: int = MMSI, **columns: Any) -> pd.DataFrame:
    """Return the least that segment_tracks takes."""
    return pd.DataFrame({"mmsi": mmsi, "timestamp": at(hours), "lon": lon, "lat": lat, **columns})


def tracks(*, hours: Any, lon: Any, lat: Any, mmsi: int = MMSI, number: int = 0, **columns: Any) -> pd.DataFrame:
    """Return a TRACKS table of one track, sailing 8 kn on course 90 unless told."""
    row = {"sog": 8.0, "cog": 90.0, "nav_status": 0, "receiver": "terrestrial", "is_outlier": False}
    ids = {"track_id": 1000 * mmsi + number}
    frame = positions(hours=hours, lon=lon, lat=lat, mmsi=mmsi, **{**row, **ids, **columns})
    return validate(frame, TRACKS)[TRACKS.names]


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return tracks in one frame, sorted as stages expect them."""
    return pd.concat(frames).sort_values(["mmsi", "timestamp"], kind="stable", ignore_index=True)


def gap(*, off_h: float = 0.0, on_h: float | None = 48.0, as_of_h: float = 2000.0, **columns: Any) -> dict[str, Any]:
    """Return one row of GAPS: a closed gap, or one open at ``as_of_h`` where ``on_h`` is None."""
    is_open = on_h is None
    duration_h = (as_of_h if is_open else on_h) - off_h
    mmsi = columns.get("mmsi", MMSI)
    on = np.nan if is_open else 1.0
    row = {
        "gap_id": f"{mmsi}-{off_h:g}", "mmsi": mmsi, "track_id": 1000 * mmsi, "is_open": is_open,
        "off_timestamp": at(off_h), "off_fix_timestamp": at(off_h),
        "on_timestamp": at(on_h if on_h is not None else np.nan),
        "on_fix_timestamp": at(on_h if on_h is not None else np.nan),
        "off_lon": 132.0, "off_lat": 42.5, "off_sog_kn": 10.0, "off_cog_deg": 225.0,
        "on_lon": 132.2 * on, "on_lat": 42.6 * on, "on_sog_kn": 10.0 * on, "on_cog_deg": 45.0 * on,
        "duration_h": duration_h, "distance_nm": 10.7 * on, "implied_speed_kn": 10.7 * on / duration_h,
        "fixes_12h_before": 400, "fixes_12h_after": 0 if is_open else 400, "satellite_share_12h_before": 0.0,
        "off_nav_status": 0, "off_approach_lat": 42.55, "off_approach_lon": 132.1, "off_approach_h": 0.4,
        "on_departure_lat": 42.65 * on, "on_departure_lon": 132.3 * on, "on_departure_h": 0.4 * on,
        "cruise_kn": 12.0, "max_kn": 14.0, "vessels_heard": 30, "outage_h": 0.0, "is_class_b": False,
        "hours_looked_at": 46.0, "hours_expected": 40.0, "on_log_likelihood": -100.0, "on_log_likelihood_fair": -90.0,
        "edge_h": np.nan, "p_switched_off": 1.0, **dict.fromkeys(("off_flags", "on_flags", "explained_by")),
    }  # fmt: skip
    return {**row, **columns}


def gaps(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a GAPS table of rows made by :func:`gap`, with their extra columns dropped."""
    return table(GAPS, rows)


def candidate(of: dict[str, Any], *, site: str = "Rajin", there_nm: float = 100.0, **columns: Any) -> dict[str, Any]:
    """Return one row of CANDIDATES for a row of GAPS: as far to the site as back from it."""
    back_nm = np.nan if of["is_open"] else there_nm
    sailed_nm = there_nm + np.nan_to_num(back_nm)
    leg = pd.Timedelta(hours=there_nm / 15.0)
    latest = at(2000.0) if of["is_open"] else of["on_timestamp"] - leg
    row = {
        **{name: of[name] for name in ("gap_id", "mmsi", "off_timestamp", "on_timestamp", "is_open", "duration_h")},
        "site": site, "site_group": site, "reachable": True, "declared": False, "watched": True,
        "sea_distance_off_nm": there_nm, "sea_distance_on_nm": back_nm,
        "direct_nm": of["distance_nm"], "detour_factor": sailed_nm / of["distance_nm"],
        "cruise_kn": 12.0, "max_kn": 15.0, "slack_h": of["duration_h"] - sailed_nm / 12.0,
        "earliest_arrival": of["off_timestamp"] + leg, "latest_departure": latest,
        "max_round_trips": 1, "closing_speed_kn": 0.0, "opening_speed_kn": 0.0, "off_angle_deg": 45.0,
        "on_angle_deg": 45.0, "own_calls": 0, "vessel_calls": 0, "other_callers": 0,
    }  # fmt: skip
    return {**row, **columns}


def candidates(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a CANDIDATES table."""
    return table(CANDIDATES, rows)


def call(arrival_h: float, departure_h: float, *, mmsi: int = MMSI, site: str = "Rajin") -> dict[str, Any]:
    """Return one row of PORT_CALLS."""
    where = {"mmsi": mmsi, "track_id": 1000 * mmsi, "site": site, "site_group": site}
    when = {"arrival": at(arrival_h), "departure": at(departure_h), "stopped_h": departure_h - arrival_h}
    return {**where, **when, "arrival_seen": True, "departure_seen": True}


def port_calls(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a PORT_CALLS table."""
    return table(PORT_CALLS, rows)


def visit(of: dict[str, Any], probability: float, *, p_vessel: float = 0.5, **columns: Any) -> dict[str, Any]:
    """Return one row of VISITS for a row of GAPS."""
    plain = {name: 0.0 for name in VISITS.names if name.endswith("_db") or name.startswith("p_")}
    known = {"probability": probability, "p_vessel": p_vessel, "prior": 0.1, "best_alternative": "passage"}
    voyage = {"met_mmsi": np.nan, "draught_before_m": np.nan, "draught_after_m": np.nan, "destination_before": None}
    texts = dict.fromkeys(("destination_after", "name_before", "name_after")) | {"destination_hidden": False}
    return {**candidate(of, **columns), **plain, **known, **voyage, **texts}


def visits(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a VISITS table."""
    return table(VISITS, rows)


def trip(of: dict[str, Any], *, most: int = 1, spare_h: float = 0.0, **columns: Any) -> dict[str, Any]:
    """Return one row of TRIPS for a row of VISITS, in the default rhythm."""
    taken = (
        "gap_id", "mmsi", "off_timestamp", "on_timestamp", "is_open", "site", "site_group", "probability", "p_vessel",
        "watched", "earliest_arrival", "latest_departure",
    )  # fmt: skip
    unknown = dict.fromkeys(f"{end}{what}" for end in ("origin", "destination") for what in ("", "_group", "_basis"))
    row = {
        **unknown, "origin_departure": pd.NaT, "destination_arrival": pd.NaT,
        "max_round_trips": most, "expected_round_trips": 1.0, "expected_round_trips_low": 1.0,
        "expected_round_trips_high": float(most), "shuttle_number": 1, "trip_id": of["gap_id"], "continues": False,
        "p_begun": 0.0, "likely_arrival": of["earliest_arrival"], "stay_h": 48.0, "spare_h": spare_h,
        "cycle_h": 336.0, "cycle_regularity": 4, "cycle_certainty": 2.0, "cycle_intervals": 0,
    }  # fmt: skip
    return {**row, **{name: of[name] for name in taken}, **columns}


def trips(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a TRIPS table of rows made by :func:`trip`."""
    return table(TRIPS, rows)


def table(declaration: Table, rows: Any) -> pd.DataFrame:
    """Return rows as a table of the declaration, which types the columns."""
    frame = pd.DataFrame(list(rows))
    for column in declaration.columns:
        if pa.types.is_timestamp(column.type):
            frame[column.name] = pd.to_datetime(frame[column.name], utc=True).dt.as_unit("us")
    return validate(frame, declaration)[declaration.names]


def sites(**places: tuple[float, float]) -> gpd.GeoDataFrame:
    """Return a SITES table of squares 0.1 degrees wide around named (lon, lat); the name before ``_`` is the group."""
    rows = [
        {"site": name, "site_group": name.split("_")[0], "locode": None, "country": "KP", "kind": "port",
         "role": "watch", "aliases": None,
         "approach_lat": lat, "approach_lon": lon, "source": "made for a test",
         "geometry": box(lon - 0.05, lat - 0.05, lon + 0.05, lat + 0.05)}
        for name, (lon, lat) in places.items()
    ]  # fmt: skip
    return validate(gpd.GeoDataFrame(rows, crs="EPSG:4326"), SITES)
