"""Tracks to gaps: every silence of at least the minimum, closed or open at ``as_of``."""

import numpy as np
import pandas as pd

from darkships.errors import DarkshipsError, SchemaError
from darkships.gaps.records import (
    GAP,
    NEVER,
    Beside,
    Ints,
    Presence,
    Records,
    Rows,
    hear,
    no_ends,
    off_ends,
    on_ends,
)
from darkships.gaps.table import gap_table, own_speeds
from darkships.kernels import Array, fixed
from darkships.kernels.gaps import cut_silences, long_steps, merge_runs, speed_histograms
from darkships.kernels.tracks import is_sorted, track_numbers
from darkships.schema import GAPS, TRACKS, time_us, validate
from darkships.units import US_PER_H

MIN_GAP_H = 6.0
UNDER_WAY_KN = 3.0
"""Slower is drifting or manoeuvring, not passage."""


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
    rows = _rows(validate(tracks, TRACKS, where="tracks"))
    contact_mmsi, contact_us = _contact_arrays(contacts)
    if rows.mmsi.size == 0:
        return GAPS.empty()
    as_of_us = _as_of_us(as_of, rows.t_us, contact_us)
    if as_of is not None and (rows.t_us > as_of_us).any():
        rows = rows.take(rows.t_us <= as_of_us)
    known = contact_us <= as_of_us
    min_gap_us = round(min_gap_h * US_PER_H)
    runs = merge_runs(contact_mmsi[known], contact_us[known], contact_us[known], min_gap_us)
    silences = long_steps(rows.mmsi, fixed(rows.t_us), rows.track, min_gap_us)
    gaps = _gaps(rows, silences, runs, min_gap_us, as_of_us)
    starts, seconds = speed_histograms(fixed(rows.mmsi), fixed(rows.t_us), fixed(rows.sog), UNDER_WAY_KN)
    of_gap = np.searchsorted(rows.mmsi[starts[:-1]], gaps["mmsi"])
    cruise_kn, max_kn = own_speeds(seconds)
    number = gaps["number"].astype(np.int64)
    where = "the result of detect_gaps"
    return gap_table(gaps, number, (cruise_kn[of_gap], max_kn[of_gap]), as_of_us, where=where)


def _gaps(rows: Rows, silences: Ints, runs: tuple[Array, Array, Array], min_gap_us: int, as_of_us: int) -> Records:
    """Return the gaps in silences (s, 2), rows of the fixes before and after; ``number`` is that of the whole track."""
    off, on = silences.T
    until_us = np.where(on < 0, as_of_us, rows.t_us[on])
    cut = cut_silences(rows.mmsi[off], rows.t_us[off], until_us, *runs, min_gap_us)
    off, on = off[cut[:, 0]], on[cut[:, 0]]
    gaps = np.zeros(off.size, GAP)
    gaps["mmsi"], gaps["number"], gaps["off_us"] = rows.mmsi[off], rows.track[off], cut[:, 1]
    gaps["on_us"] = np.where((on < 0) & (cut[:, 3] == 1), NEVER, cut[:, 2])
    gaps["off"], gaps["on"] = off_ends(rows, off, Beside.nothing()), no_ends(off.size)
    gaps["on"][on >= 0] = on_ends(rows, on[on >= 0], Beside.nothing())
    presence = Presence.of(rows)
    for end, is_off in (("off", True), ("on", False)):
        gaps[end] = hear(presence, gaps["mmsi"], gaps[end], is_off=is_off)
    return gaps


def _rows(tracks: pd.DataFrame) -> Rows:
    """Take a frame apart."""
    mmsi = tracks["mmsi"].to_numpy(np.int64)
    t_us = time_us(tracks["timestamp"])
    if not is_sorted(fixed(mmsi), fixed(t_us)):
        raise SchemaError("tracks are not sorted by (mmsi, timestamp): sort them, as segment_tracks does")
    return Rows(
        mmsi,
        t_us,
        tracks["lon"].to_numpy(np.float64),
        tracks["lat"].to_numpy(np.float64),
        tracks["sog"].to_numpy(np.float32),
        tracks["cog"].to_numpy(np.float32),
        tracks["nav_status"].fillna(-1).to_numpy(np.int8),
        _is_satellite(tracks["receiver"]),
        track_numbers(mmsi, tracks["track_id"].to_numpy(np.int64), tracks["is_outlier"].to_numpy(bool)),
    )


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
