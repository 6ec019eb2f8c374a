"""Silences as the GAPS table."""

import numpy as np
import pandas as pd

from darkships.gaps.records import NEVER, Ints, Records
from darkships.kernels import Array
from darkships.kernels.gaps import weighted_quantile_bin
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.neighbours import BUCKET_US, BUCKETS
from darkships.schema import GAPS, TRACKS_PER_MMSI, validate
from darkships.units import US_PER_H, US_PER_S

_OF_FLAGS = ("off_flags", "on_flags", "explained_by")
"""What the stage of flags adds."""

_MIN_UNDER_WAY_S = 3600
"""With less time seen under way the vessel's own speeds say nothing."""


def gap_table(
    gaps: Records, mmsi: Array, number: Array, speeds: tuple[Array, Array], as_of_us: int, *, where: str
) -> pd.DataFrame:
    """Return GAP records (k,) as a GAPS table.

    Parameters
    ----------
    gaps, mmsi, number
        Arrays (k,): the silences, whose they are, and the number of the track within the MMSI.
    speeds
        Arrays (k,): the vessel's cruising and high speed in knots, NaN where unknown.
    as_of_us
        End of what is known.
    where
        What made it, for errors.

    """
    off, on = gaps["off"], gaps["on"]
    no_fix, is_open = on["us"] == NEVER, gaps["on_us"] == NEVER
    end_us = np.where(is_open, as_of_us, gaps["on_us"])
    distance_nm = np.where(
        no_fix, np.nan, haversine_nm_many(*(_plain(e[x]) for e in (off, on) for x in ("lon", "lat")))
    )
    frame = pd.DataFrame(
        {
            "gap_id": _gap_ids(mmsi, number, gaps["off_us"]),
            "mmsi": mmsi,
            "track_id": TRACKS_PER_MMSI * mmsi + number,
            "off_timestamp": _times(gaps["off_us"]),
            "off_lat": off["lat"],
            "off_lon": off["lon"],
            "off_sog_kn": off["sog"],
            "off_cog_deg": off["cog"],
            "on_timestamp": _times(gaps["on_us"], missing=is_open),
            "on_lat": on["lat"],
            "on_lon": on["lon"],
            "on_sog_kn": on["sog"],
            "on_cog_deg": on["cog"],
            "is_open": is_open,
            "duration_h": (end_us - gaps["off_us"]) / US_PER_H,
            "distance_nm": distance_nm,
            "implied_speed_kn": distance_nm / np.where(no_fix, np.nan, (on["us"] - off["us"]) / US_PER_H),
            "fixes_12h_before": off["fixes_12h"],
            "fixes_12h_after": on["fixes_12h"],
            "satellite_share_12h_before": off["satellite_12h"] / np.maximum(off["fixes_12h"], 1),
            "off_fix_timestamp": _times(off["us"]),
            "on_fix_timestamp": _times(on["us"], missing=no_fix),
            "off_nav_status": np.where(off["nav_status"] < 0, np.nan, off["nav_status"]),
            "off_approach_lat": off["way_lat"],
            "off_approach_lon": off["way_lon"],
            "off_approach_h": (off["us"] - off["way_us"]) / US_PER_H,
            "on_departure_lat": on["way_lat"],
            "on_departure_lon": on["way_lon"],
            "on_departure_h": np.where(no_fix, np.nan, (on["way_us"] - on["us"]) / US_PER_H),
            "cruise_kn": speeds[0],
            "max_kn": speeds[1],
            "vessels_heard": _heard(gaps, end_us, no_fix),
            **dict.fromkeys(_OF_FLAGS),
        }
    )
    frame = frame.sort_values(list(GAPS.key), kind="stable", ignore_index=True)
    return validate(frame, GAPS, where=where)


def own_speeds(seconds: Array) -> tuple[Array, Array]:
    """Return the cruising and the high speed that histograms (v, bins) show, NaN where too little was seen."""
    enough = np.where(seconds.sum(axis=1, keepdims=True) < _MIN_UNDER_WAY_S, 0, seconds)
    return weighted_quantile_bin(enough, 0.5), weighted_quantile_bin(enough, 0.98)


def _heard(gaps: Records, end_us: Ints, no_fix: Array) -> Array:
    """Return the larger of the two ends' counts, of no more six-hour spans than the silence touches."""
    until = np.where(no_fix, end_us, gaps["on"]["us"])
    spans = np.clip(until // BUCKET_US - gaps["off"]["us"] // BUCKET_US, 0, BUCKETS - 1)
    row = np.arange(gaps.size)
    return np.maximum(gaps["off"]["heard"][row, spans], gaps["on"]["heard"][row, spans])


def _gap_ids(mmsi: Array, number: Array, off_us: Ints) -> Array:
    """Return names such as 273000001-20230907T020000Z, with -1, -2, ... for a vessel's other tracks."""
    second = _plain(off_us) // US_PER_S
    day = second.astype("datetime64[s]").astype("datetime64[D]")
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    in_month = (day - day.astype("datetime64[M]")).astype(np.int64) + 1
    of_day = second % 86_400
    clock = of_day // 3600 * 10_000 + of_day // 60 % 60 * 100 + of_day % 60
    letters = [np.full((off_us.size, 1), ord(letter), np.uint8) for letter in "-TZ"]
    date = _digits(year * 10_000 + month * 100 + in_month, 8)
    text = np.concatenate([_digits(mmsi, 9), letters[0], date, letters[1], _digits(clock, 6), letters[2]], axis=1)
    names = text.view("S26").ravel().astype(str).astype(object)
    for row in np.flatnonzero(number):
        names[row] += f"-{number[row]}"
    return names


def _digits(value: Array, width: int) -> Array:
    """Return the decimal digits (k, width) of integers (k,), as ASCII."""
    return (value[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10 + ord("0")).astype(np.uint8)


def _times(us: Ints, missing: Array | None = None) -> pd.Series:
    values = _plain(us).astype("datetime64[us]")
    if missing is not None:
        values = np.where(missing, np.datetime64("NaT", "us"), values)
    return pd.Series(values).dt.tz_localize("UTC")


def _plain(column: Array) -> Array:
    return np.ascontiguousarray(column)
