"""Tracks to gaps: every silence of at least the minimum, closed or open at ``as_of``."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from darkships.errors import DarkshipsError, SchemaError
from darkships.gaps.neighbours import vessels_heard
from darkships.kernels.gaps import find_gaps, gap_context, speed_histograms, weighted_quantile_bin
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.tracks import is_sorted, track_numbers
from darkships.schema import GAPS, TRACKS, time_us, validate
from darkships.units import US_PER_H

MIN_GAP_H = 6.0
UNDER_WAY_KN = 3.0
"""Slower is drifting or manoeuvring, not passage."""

_MIN_UNDER_WAY_S = 3600
"""With less time seen under way the vessel's own speeds say nothing."""


def detect_gaps(
    tracks: pd.DataFrame,
    *,
    contacts: pd.DataFrame | None = None,
    min_gap_h: float = MIN_GAP_H,
    as_of: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Find the silences of tracks.

    Parameters
    ----------
    tracks
        A TRACKS table, sorted by (mmsi, timestamp).
    contacts
        Messages without a usable position (mmsi, timestamp). They prove that the transmitter was on, so each ends a
        silence of every track of its MMSI.
    min_gap_h
        Shortest silence kept, in hours.
    as_of
        The time up to which the data is known; a track silent from its last fix to then has an open gap.
        Later messages are ignored. Default: the latest time in the data.

    Returns
    -------
    pandas.DataFrame
        A GAPS table.

    Raises
    ------
    SchemaError
        If ``tracks`` is no sorted TRACKS table.
    DarkshipsError
        If ``min_gap_h`` is not positive.

    """
    if not min_gap_h > 0:
        raise DarkshipsError(f"min_gap_h is {min_gap_h}, expected more than 0 hours")
    fixes = _Fixes.of(validate(tracks, TRACKS, where="tracks"))
    contact_mmsi, contact_us = _contact_arrays(contacts)
    if fixes.mmsi.size == 0:
        return GAPS.empty()
    as_of_us = _as_of_us(as_of, fixes.t_us, contact_us)
    if as_of is not None and (fixes.t_us > as_of_us).any():
        fixes = fixes.take(fixes.t_us <= as_of_us)
    known = contact_us <= as_of_us
    contact_mmsi, contact_us = contact_mmsi[known], contact_us[known]
    found = find_gaps(
        fixes.mmsi, fixes.t_us, fixes.number, contact_mmsi, contact_us, round(min_gap_h * US_PER_H), as_of_us
    )
    return _gap_frame(fixes, found, as_of_us)


class _Fixes(NamedTuple):
    """The columns of TRACKS as arrays (n,)."""

    mmsi: np.ndarray
    t_us: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sog: np.ndarray
    cog: np.ndarray
    nav_status: np.ndarray
    satellite: np.ndarray
    track_id: np.ndarray
    number: np.ndarray

    @classmethod
    def of(cls, tracks: pd.DataFrame) -> "_Fixes":
        """Take a frame apart; the number of a track within its MMSI is -1 for outliers."""
        mmsi = tracks["mmsi"].to_numpy(np.int64)
        t_us = time_us(tracks["timestamp"])
        if not is_sorted(mmsi, t_us):
            raise SchemaError("tracks are not sorted by (mmsi, timestamp): sort them, as segment_tracks does")
        track_id = tracks["track_id"].to_numpy(np.int64)
        return cls(
            mmsi,
            t_us,
            tracks["lon"].to_numpy(np.float64),
            tracks["lat"].to_numpy(np.float64),
            tracks["sog"].to_numpy(np.float32),
            tracks["cog"].to_numpy(np.float32),
            tracks["nav_status"].to_numpy(),
            _is_satellite(tracks["receiver"]),
            track_id,
            track_numbers(mmsi, track_id, tracks["is_outlier"].to_numpy(bool)),
        )

    def take(self, rows: np.ndarray) -> "_Fixes":
        """Return the rows of a mask (n,) or of indices (k,)."""
        return _Fixes(*(column[rows] for column in self))


def _is_satellite(receiver: pd.Series) -> np.ndarray:
    if isinstance(receiver.dtype, pd.CategoricalDtype) and "satellite" not in receiver.cat.categories:
        return np.zeros(len(receiver), bool)
    return (receiver == "satellite").to_numpy(bool)


def _contact_arrays(contacts: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    if contacts is None or contacts.empty:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    mmsi = contacts["mmsi"].to_numpy(np.int64)
    t_us = time_us(contacts["timestamp"])
    order = np.lexsort((t_us, mmsi))
    return mmsi[order], t_us[order]


def _as_of_us(as_of: pd.Timestamp | None, t_us: np.ndarray, contact_us: np.ndarray) -> int:
    if as_of is None:
        return int(max(t_us.max(), contact_us.max() if contact_us.size else t_us.max()))
    return int(time_us(pd.Series([as_of], name="as_of"))[0])


def _gap_frame(fixes: _Fixes, found: np.ndarray, as_of_us: int) -> pd.DataFrame:
    off_row, on_row, off_us, on_us = found.T
    off = fixes.take(off_row)
    no_fix = on_row < 0
    on = fixes.take(np.where(no_fix, 0, on_row))
    context = gap_context(fixes.mmsi, fixes.t_us, fixes.number, fixes.satellite, off_row, on_row)
    approach = fixes.take(context[:, 3])
    departure = fixes.take(np.where(no_fix, 0, context[:, 4]))
    is_open = on_us < 0
    distance_nm = np.where(no_fix, np.nan, haversine_nm_many(off.lon, off.lat, on.lon, on.lat))
    fix_to_fix_h = np.where(no_fix, np.nan, (on.t_us - off.t_us) / US_PER_H)
    cruise_kn, max_kn = _own_speeds(fixes, off.mmsi)
    end_us = np.where(is_open, as_of_us, on_us)

    def on_value(values: np.ndarray) -> np.ndarray:
        return np.where(no_fix, np.nan, values)

    frame = pd.DataFrame(
        {
            "gap_id": _gap_ids(off.mmsi, off.number, off_us),
            "mmsi": off.mmsi,
            "track_id": off.track_id,
            "off_timestamp": _times(off_us),
            "off_lat": off.lat,
            "off_lon": off.lon,
            "off_sog_kn": off.sog,
            "off_cog_deg": off.cog,
            "on_timestamp": _times(on_us, missing=is_open),
            "on_lat": on_value(on.lat),
            "on_lon": on_value(on.lon),
            "on_sog_kn": on_value(on.sog),
            "on_cog_deg": on_value(on.cog),
            "is_open": is_open,
            "duration_h": (end_us - off_us) / US_PER_H,
            "distance_nm": distance_nm,
            "implied_speed_kn": distance_nm / fix_to_fix_h,
            "fixes_12h_before": context[:, 0],
            "fixes_12h_after": context[:, 2],
            "satellite_share_12h_before": context[:, 1] / np.maximum(context[:, 0], 1),
            "off_fix_timestamp": _times(off.t_us),
            "on_fix_timestamp": _times(on.t_us, missing=no_fix),
            "off_nav_status": off.nav_status,
            "off_approach_lat": approach.lat,
            "off_approach_lon": approach.lon,
            "off_approach_h": (off.t_us - approach.t_us) / US_PER_H,
            "on_departure_lat": on_value(departure.lat),
            "on_departure_lon": on_value(departure.lon),
            "on_departure_h": on_value((departure.t_us - on.t_us) / US_PER_H),
            "cruise_kn": cruise_kn,
            "max_kn": max_kn,
            "vessels_heard": vessels_heard(
                fixes.mmsi, fixes.t_us, fixes.lon, fixes.lat,
                gap_mmsi=off.mmsi, off_us=off_us, on_us=end_us,
                ends_lon=np.stack([off.lon, np.where(no_fix, off.lon, on.lon)], axis=1),
                ends_lat=np.stack([off.lat, np.where(no_fix, off.lat, on.lat)], axis=1),
            ),
        }
    )  # fmt: skip
    frame = frame.sort_values(list(GAPS.key), kind="stable", ignore_index=True)
    return validate(frame, GAPS, where="the result of detect_gaps")


def _own_speeds(fixes: _Fixes, of_mmsi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each vessel's cruising and high speed (k,), NaN where it was hardly seen under way."""
    vessels, seconds = speed_histograms(fixes.mmsi, fixes.t_us, fixes.number, fixes.sog, UNDER_WAY_KN)
    seconds[seconds.sum(axis=1) < _MIN_UNDER_WAY_S] = 0
    at = np.searchsorted(vessels, of_mmsi)
    return weighted_quantile_bin(seconds, 0.5)[at], weighted_quantile_bin(seconds, 0.98)[at]


def _gap_ids(mmsi: np.ndarray, number: np.ndarray, off_us: np.ndarray) -> list[str]:
    times = pd.DatetimeIndex(_times(off_us)).strftime("%Y%m%dT%H%M%SZ")
    return [f"{m:09d}-{time}" + (f"-{n}" if n else "") for m, n, time in zip(mmsi, number, times, strict=True)]


def _times(us: np.ndarray, missing: np.ndarray | None = None) -> pd.Series:
    values = us.astype("datetime64[us]")
    if missing is not None:
        values = np.where(missing, np.datetime64("NaT", "us"), values)
    return pd.Series(values).dt.tz_localize("UTC")
