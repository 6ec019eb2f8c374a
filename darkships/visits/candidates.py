"""Gaps and sites to candidate visits: what could be reached by sea in the silence, and with how much time to spare."""

from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from darkships.kernels.geodesy import courses_deg, haversine_nm_many
from darkships.schema import CANDIDATES, GAPS, PORT_CALLS, SITES, validate
from darkships.units import S_PER_H
from darkships.visits.stays import sites_of

MIN_DWELL_H = 0.5
"""Shortest stay that counts as a visit when asking what was possible."""

TURNAROUND_H = 24.0
"""Shortest stay of a merchant ship that loads or unloads (METHODS: the least round trip counts 24 h at the berth)."""

FIELD_ERROR_NM = 2.0
"""Grid of the sea-distance field, snapping to water, and the way from the approach point to the berth."""

DEFAULT_CRUISE_KN = 10.0
DEFAULT_MAX_KN = 15.0
"""For vessels hardly seen under way: what general cargo ships do."""

_FASTEST_MARGIN = 1.1
_SLOWEST_MAX_KN = 8.0
_LEAST_COURSE_KN = 0.7
"""Slower than this a vessel drifts, and where it drifts to says nothing."""


class SeaDistances(Protocol):
    """What answers how far places are by sea from sites."""

    def matrix_nm(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Return (points, sites) nautical miles along the shortest water path to each site's approach point."""


def candidate_visits(
    gaps: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    *,
    sea: SeaDistances,
    calls: pd.DataFrame | None = None,
    as_of: pd.Timestamp,
    min_dwell_h: float = MIN_DWELL_H,
) -> pd.DataFrame:
    """Find the sites that each gap leaves time to reach and come back from.

    A visit is possible if ``D(off) + D(on) <= v_max x (time between the fixes - dwell)``, D by sea; without an on fix
    only the way there counts.

    Parameters
    ----------
    gaps, sites
        GAPS and SITES tables.
    sea
        Sea distances to these sites, in their order.
    calls
        PORT_CALLS table: the vessel's seen calls become its history at the site. Calls that touch the gap do not count.
    as_of
        End of what is known, the latest departure of an open gap.
    min_dwell_h
        Shortest stay.

    Returns
    -------
    pandas.DataFrame
        A CANDIDATES table, one row a gap and site that could be reached.

    """
    gaps = validate(gaps, GAPS, where="gaps")
    validate(sites, SITES, where="sites")
    if gaps.empty or sites.empty:
        return CANDIDATES.empty()
    reach = _Reach(gaps, sea, as_of)
    budget_nm = reach.max_kn[:, None] * (reach.span_h[:, None] - min_dwell_h) + FIELD_ERROR_NM
    row, number = np.nonzero(reach.there_nm + np.nan_to_num(reach.back_nm) <= budget_nm)
    frame = reach.frame(row, number, sites)
    # Contacts may leave less than the fixes do: the stay has to lie in the silence.
    window_h = _span_h(frame["earliest_arrival"], frame["latest_departure"])
    fits = window_h >= min_dwell_h - FIELD_ERROR_NM / frame["max_kn"].to_numpy()
    frame, row, number = frame[fits].reset_index(drop=True), row[fits], number[fits]
    frame = frame.assign(**_calls_seen(frame, calls))
    frame["declared"] = _ends_inside(gaps, sites)[row, number]
    frame = frame.sort_values(list(CANDIDATES.key), kind="stable", ignore_index=True)
    return validate(frame, CANDIDATES, where="the result of candidate_visits")


class _Reach:
    """Times and distances of every (gap, site) pair: arrays (g,) and (g, s)."""

    def __init__(self, gaps: pd.DataFrame, sea: SeaDistances, as_of: pd.Timestamp) -> None:
        self.gaps, self.sea = gaps, sea
        off_lon, off_lat = gaps["off_lon"].to_numpy(), gaps["off_lat"].to_numpy()
        on_lon, on_lat = gaps["on_lon"].to_numpy(np.float64), gaps["on_lat"].to_numpy(np.float64)
        self.there_nm = sea.matrix_nm(off_lon, off_lat)
        self.back_nm = self._matrix(on_lon, on_lat)
        self.direct_nm = haversine_nm_many(off_lon, off_lat, on_lon, on_lat)
        cruise_kn = gaps["cruise_kn"].to_numpy(np.float64)
        self.cruise_kn = np.where(np.isnan(cruise_kn), DEFAULT_CRUISE_KN, cruise_kn)
        own_max_kn = gaps["max_kn"].to_numpy(np.float64) * _FASTEST_MARGIN
        # The way itself was sailed: no limit below the speed that it shows.
        shown_kn = self.direct_nm / _span_h(gaps["off_fix_timestamp"], gaps["on_fix_timestamp"])
        self.max_kn = np.fmax(
            np.maximum(np.where(np.isnan(own_max_kn), DEFAULT_MAX_KN, own_max_kn), _SLOWEST_MAX_KN),
            np.where(np.isfinite(shown_kn), shown_kn, 0.0),
        )
        end = gaps["on_fix_timestamp"].fillna(gaps["on_timestamp"]).fillna(as_of)
        self.span_h = _span_h(gaps["off_fix_timestamp"], end)
        self.silence_end = gaps["on_timestamp"].fillna(as_of)
        self.end = end
        self.off_kn, self.on_kn = _fastest_kn(gaps, "off_approach", "off"), _fastest_kn(gaps, "on", "on_departure")
        self.off_deg, self.on_deg = _courses(gaps, "off_approach", "off"), _courses(gaps, "on", "on_departure")

    def _matrix(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        known = np.isfinite(lon)
        matrix = self.sea.matrix_nm(np.where(known, lon, 0.0), np.where(known, lat, 0.0)).astype(np.float64)
        matrix[~known] = np.nan
        return matrix

    def _way_nm(self, place: str, row: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Return how far it is by sea from a named place of each gap of some pairs: of many gaps there is none."""
        own, at = np.unique(row, return_inverse=True)
        lon, lat = (self.gaps[f"{place}_{axis}"].to_numpy(np.float64)[own] for axis in ("lon", "lat"))
        way_nm: np.ndarray = self._matrix(lon, lat)[at, number]
        return way_nm

    def frame(self, row: np.ndarray, number: np.ndarray, sites: gpd.GeoDataFrame) -> pd.DataFrame:
        """Return one row for each pair, as far as distances and times tell."""
        gaps = self.gaps.iloc[row].reset_index(drop=True)
        there_nm, back_nm = self.there_nm[row, number], self.back_nm[row, number]
        sailed_nm = there_nm + np.nan_to_num(back_nm)
        cruise_kn, max_kn = self.cruise_kn[row], self.max_kn[row]
        direct_nm = self.direct_nm[row]
        earliest = gaps["off_fix_timestamp"] + _hours(there_nm / max_kn)
        latest = self.end.iloc[row].reset_index(drop=True) - _hours(np.nan_to_num(back_nm) / max_kn)
        silence_end = self.silence_end.iloc[row].reset_index(drop=True)
        berth = shapely.get_coordinates(shapely.centroid(sites.geometry.to_numpy()))[number]
        lon, lat = np.ascontiguousarray(berth.T)
        to_berth = courses_deg(gaps["off_lon"].to_numpy(np.float64), gaps["off_lat"].to_numpy(np.float64), lon, lat)
        from_berth = courses_deg(lon, lat, gaps["on_lon"].to_numpy(np.float64), gaps["on_lat"].to_numpy(np.float64))
        closing_kn = _speed_kn(self._way_nm("off_approach", row, number) - there_nm, gaps["off_approach_h"])
        opening_kn = _speed_kn(self._way_nm("on_departure", row, number) - back_nm, gaps["on_departure_h"])
        frame = gaps[["gap_id", "mmsi", "off_timestamp", "on_timestamp", "is_open", "duration_h"]].copy()
        return frame.assign(
            site=sites["site"].to_numpy()[number],
            site_group=sites["site_group"].to_numpy()[number],
            watched=(sites["role"] == "watch").to_numpy()[number],
            reachable=True,
            sea_distance_off_nm=there_nm,
            sea_distance_on_nm=back_nm,
            direct_nm=direct_nm,
            detour_factor=sailed_nm / np.maximum(direct_nm, 1.0),
            cruise_kn=cruise_kn,
            max_kn=max_kn,
            slack_h=np.minimum(self.span_h[row] - sailed_nm / cruise_kn, gaps["duration_h"].to_numpy()),
            earliest_arrival=earliest.where(earliest > gaps["off_timestamp"], gaps["off_timestamp"]),
            latest_departure=latest.where(latest < silence_end, silence_end),
            max_round_trips=self._round_trips(row, number),
            closing_speed_kn=_no_faster(closing_kn, self.off_kn[row]),
            opening_speed_kn=_no_faster(opening_kn, self.on_kn[row]),
            off_angle_deg=np.abs(_turn_deg(to_berth - self.off_deg[row])),
            on_angle_deg=np.abs(_turn_deg(self.on_deg[row] - from_berth)),
        )

    def _round_trips(self, row: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Return how many visits fit, each with a turnaround, between them back to the nearer end: at least one."""
        there_nm, back_nm = self.there_nm[row, number], self.back_nm[row, number]
        cycle_h = 2.0 * np.fmin(there_nm, back_nm) / self.max_kn[row] + TURNAROUND_H
        first_h = (there_nm + np.nan_to_num(back_nm)) / self.max_kn[row] + TURNAROUND_H
        return np.maximum(1 + np.floor((self.span_h[row] - first_h) / cycle_h), 1).astype(np.int32)


def _speed_kn(nearer_nm: np.ndarray, hours: pd.Series) -> np.ndarray:
    span_h = hours.to_numpy(np.float64)
    return np.where(span_h > 0, nearer_nm / np.where(span_h > 0, span_h, 1.0), np.nan)


def _span_h(start: pd.Series, end: pd.Series) -> np.ndarray:
    span: np.ndarray = (end - start).dt.total_seconds().to_numpy(np.float64) / 3600.0
    return span


def _hours(hours: np.ndarray) -> pd.Series:
    """Return time spans, to the second: no speed is known better."""
    return pd.Series(pd.to_timedelta(np.round(hours * S_PER_H).astype(np.int64), unit="s").as_unit("us"))


def _ends_inside(gaps: pd.DataFrame, sites: gpd.GeoDataFrame) -> np.ndarray:
    """Return (g, s): AIS shows the vessel inside the site at the off fix or the on fix."""
    inside = np.zeros((len(gaps), len(sites)), bool)
    for end in ("off", "on"):
        lon, lat = gaps[f"{end}_lon"].to_numpy(np.float64), gaps[f"{end}_lat"].to_numpy(np.float64)
        number = sites_of(lon, lat, sites)
        inside[number >= 0, number[number >= 0]] = True
    return inside


def _made_good(gaps: pd.DataFrame, start: str, end: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Return longitude and latitude of two named places of each gap, and the speed from one to the other."""
    ends = [gaps[f"{place}_{axis}"].to_numpy(np.float64) for place in (start, end) for axis in ("lon", "lat")]
    hours = gaps["off_approach_h" if end == "off" else "on_departure_h"]
    return ends, _speed_kn(haversine_nm_many(*ends), hours)


def _fastest_kn(gaps: pd.DataFrame, start: str, end: str) -> np.ndarray:
    """Return the speed made good between two named places of each gap, or that told at its end if it is higher."""
    told_kn = gaps["off_sog_kn" if end == "off" else "on_sog_kn"].to_numpy(np.float64)
    return np.fmax(_made_good(gaps, start, end)[1], told_kn)


def _no_faster(speed_kn: np.ndarray, fastest_kn: np.ndarray) -> np.ndarray:
    """Return a speed towards or from a site that is no higher than what the vessel sailed.

    Up a river, or where the mask knows no water, two places near each other can be snapped to different seas.
    """
    return np.where(np.abs(speed_kn) > fastest_kn, np.copysign(fastest_kn, speed_kn), speed_kn)


def _courses(gaps: pd.DataFrame, start: str, end: str) -> np.ndarray:
    """Return the course made good between two named places of each gap; NaN where one is missing or it drifted."""
    ends, speed_kn = _made_good(gaps, start, end)
    return np.where(speed_kn >= _LEAST_COURSE_KN, courses_deg(*ends), np.nan)


def _turn_deg(degrees: np.ndarray) -> np.ndarray:
    """Return a difference of angles in -180..180."""
    return (degrees + 180.0) % 360.0 - 180.0


def _calls_seen(frame: pd.DataFrame, calls: pd.DataFrame | None) -> dict[str, np.ndarray]:
    """Count the calls that AIS shows: the vessel's at the site and at all sites, and who else calls at the site."""
    names = ("own_calls", "vessel_calls", "other_callers")
    if calls is None or calls.empty:
        return {name: np.zeros(len(frame), np.int32) for name in names}
    calls = validate(calls, PORT_CALLS, where="calls")
    gaps = frame.drop_duplicates("gap_id")[["mmsi", "gap_id", "off_timestamp", "on_timestamp"]]
    joined = gaps.merge(calls[["mmsi", "site", "arrival", "departure"]], on="mmsi")
    # Calls that touch the gap are part of the question.
    apart = (joined["departure"] < joined["off_timestamp"]) | (joined["arrival"] > joined["on_timestamp"])
    of_site, of_gap = (joined[apart].groupby(keys).size() for keys in (["gap_id", "site"], ["gap_id"]))
    callers = calls[["mmsi", "site"]].drop_duplicates()
    pairs, known = (pd.MultiIndex.from_frame(table[["mmsi", "site"]]) for table in (frame, callers))
    counts = (
        of_site.reindex(pd.MultiIndex.from_frame(frame[["gap_id", "site"]])),
        of_gap.reindex(frame["gap_id"]),
        frame["site"].map(callers["site"].value_counts()).fillna(0.0) - pairs.isin(known),
    )
    return {name: np.nan_to_num(n.to_numpy(np.float64)).astype(np.int32) for name, n in zip(names, counts, strict=True)}
