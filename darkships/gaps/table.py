"""Silences as the GAPS table."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from darkships.gaps.records import NEVER, Ints, Records
from darkships.kernels import Array
from darkships.kernels.digits import digits
from darkships.kernels.gaps import weighted_quantile_bin
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.neighbours import BUCKET_US, BUCKETS
from darkships.schema import GAPS, TRACKS_PER_MMSI, validate
from darkships.units import US_PER_H, US_PER_S

_NAME_LENGTH = 26
"""Of a gap of a vessel's first track."""
_LATER = (
    "outage_h", "is_class_b", "hours_looked_at", "hours_expected", "on_log_likelihood", "on_log_likelihood_fair",
    "edge_h", "p_switched_off",
)  # fmt: skip
"""What the stage of reception adds."""
_OF_FLAGS = ("off_flags", "on_flags", "explained_by")
"""What the stage of flags adds."""

_MIN_UNDER_WAY_S = 3600
"""With less time seen under way the vessel's own speeds say nothing."""


def gap_table(gaps: Records, number: Array, speeds: tuple[Array, Array], as_of_us: int, *, where: str) -> pd.DataFrame:
    """Return GAP records (k,) as a GAPS table.

    Parameters
    ----------
    gaps, number
        Arrays (k,): the silences, and the number of the track within the MMSI.
    speeds
        Arrays (k,): the vessel's cruising and high speed in knots, NaN where unknown.
    as_of_us
        End of what is known.
    where
        What made it, for errors.

    """
    mmsi, off_us, on_us = (_plain(gaps[name]) for name in ("mmsi", "off_us", "on_us"))
    order = np.lexsort((number, off_us, mmsi))  # as GAPS.key says
    gaps, number, mmsi, off_us, on_us = (column.take(order) for column in (gaps, number, mmsi, off_us, on_us))
    off, on = gaps["off"], gaps["on"]
    no_fix, is_open = on["us"] == NEVER, on_us == NEVER
    end_us = np.where(is_open, as_of_us, on_us)
    distance_nm = np.where(
        no_fix, np.nan, haversine_nm_many(*(_plain(e[x]) for e in (off, on) for x in ("lon", "lat")))
    )
    frame = pd.DataFrame(
        {
            "gap_id": _gap_ids(mmsi, number, off_us),
            "mmsi": mmsi,
            "track_id": TRACKS_PER_MMSI * mmsi + number,
            "off_timestamp": _times(off_us),
            "off_lat": _plain(off["lat"]),
            "off_lon": _plain(off["lon"]),
            "off_sog_kn": _plain(off["sog"]),
            "off_cog_deg": _plain(off["cog"]),
            "on_timestamp": _times(on_us, missing=is_open),
            "on_lat": _plain(on["lat"]),
            "on_lon": _plain(on["lon"]),
            "on_sog_kn": _plain(on["sog"]),
            "on_cog_deg": _plain(on["cog"]),
            "is_open": is_open,
            "duration_h": (end_us - off_us) / US_PER_H,
            "distance_nm": distance_nm,
            "implied_speed_kn": distance_nm / np.where(no_fix, np.nan, (on["us"] - off["us"]) / US_PER_H),
            "fixes_12h_before": _plain(off["fixes_12h"]),
            "fixes_12h_after": _plain(on["fixes_12h"]),
            "satellite_share_12h_before": off["satellite_12h"] / np.maximum(off["fixes_12h"], 1),
            "off_fix_timestamp": _times(off["us"]),
            "on_fix_timestamp": _times(on["us"], missing=no_fix),
            "off_nav_status": np.where(off["nav_status"] < 0, np.nan, off["nav_status"]),
            "off_approach_lat": _plain(off["way_lat"]),
            "off_approach_lon": _plain(off["way_lon"]),
            "off_approach_h": (off["us"] - off["way_us"]) / US_PER_H,
            "on_departure_lat": _plain(on["way_lat"]),
            "on_departure_lon": _plain(on["way_lon"]),
            "on_departure_h": np.where(no_fix, np.nan, (on["way_us"] - on["us"]) / US_PER_H),
            "cruise_kn": speeds[0][order],
            "max_kn": speeds[1][order],
            "vessels_heard": _heard(gaps, end_us, no_fix),
            **dict.fromkeys(_LATER, np.nan),
            **dict.fromkeys(_OF_FLAGS),
        },
        copy=False,
    )
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


def _gap_ids(mmsi: Array, number: Array, off_us: Ints) -> pd.Series:
    """Return names such as 273000001-20230907T020000Z, with -1, -2, ... for a vessel's other tracks."""
    second = off_us // US_PER_S
    day = second.astype("datetime64[s]").astype("datetime64[D]")
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    in_month = (day - day.astype("datetime64[M]")).astype(np.int64) + 1
    of_day = second % 86_400
    clock = of_day // 3600 * 10_000 + of_day // 60 % 60 * 100 + of_day % 60
    letters = [np.full((off_us.size, 1), ord(letter), np.uint8) for letter in "-TZ"]
    date = digits(year * 10_000 + month * 100 + in_month, 8)
    text = np.concatenate([digits(mmsi, 9), letters[0], date, letters[1], digits(clock, 6), letters[2]], axis=1)
    ends = np.arange(0, text.size + 1, _NAME_LENGTH)
    names = pa.LargeStringArray.from_buffers(off_us.size, pa.py_buffer(ends), pa.py_buffer(text))
    later = number > 0
    if later.any():
        told = [f"{name}-{n}" for name, n in zip(names.filter(later).to_pylist(), number[later], strict=True)]
        names = pc.replace_with_mask(names, later, pa.array(told, names.type))
    return names.to_pandas()


def _times(us: Ints, missing: Array | None = None) -> pd.Series:
    values = _plain(us).astype("datetime64[us]")
    if missing is not None:
        values = np.where(missing, np.datetime64("NaT", "us"), values)
    return pd.Series(values).dt.tz_localize("UTC")


def _plain(column: Array) -> Array:
    return np.ascontiguousarray(column)
