"""Positions to tracks: impossible jumps are split off, several ships under one MMSI are told apart."""

import numpy as np
import pandas as pd
import pyarrow as pa

from darkships.errors import SchemaError
from darkships.kernels import Array, fixed
from darkships.kernels.made_good import fill_speeds
from darkships.kernels.tracks import is_sorted
from darkships.schema import TRACKS, TRACKS_PER_MMSI, time_us, validate
from darkships.tracks.chains import (
    MAX_SPEED_KN,
    POSITION_SLACK_NM,
    Ints,
    Speed,
    fragments,
    number_tracks,
    whole_chains,
)

_OUTLIER_NUMBER = TRACKS_PER_MMSI - 1
_REQUIRED = ("mmsi", "timestamp", "lat", "lon")


def segment_tracks(
    positions: pd.DataFrame, *, max_speed_kn: float = MAX_SPEED_KN, position_slack_nm: float = POSITION_SLACK_NM
) -> pd.DataFrame:
    """Associate position reports to tracks: within each UTC date first, then from date to date.

    Parameters
    ----------
    positions
        Frame with at least mmsi, timestamp (UTC), lat, lon; rows without a position (contacts) make no fix.
    max_speed_kn
        Fastest believable speed between two fixes of one vessel.
    position_slack_nm
        Distance that errors of position and clock may add.

    Returns
    -------
    pandas.DataFrame
        A TRACKS table sorted by (mmsi, timestamp). Fixes that no track of their vessel could have made are kept
        with ``is_outlier``, as track 999 of their MMSI. Where no speed is told it is that made good.

    Raises
    ------
    SchemaError
        If a required column is missing or of a wrong type.

    Examples
    --------
    >>> import pandas as pd, darkships
    >>> times = pd.to_datetime(["2023-09-07 00:00", "2023-09-07 01:00"], utc=True)
    >>> fixes = pd.DataFrame({"mmsi": 273000001, "timestamp": times, "lat": [42.9, 42.8], "lon": [132.4, 132.2]})
    >>> darkships.segment_tracks(fixes)["track_id"].tolist()
    [273000001000, 273000001000]

    """
    missing = [name for name in _REQUIRED if name not in positions]
    if missing:
        raise SchemaError(f"positions lack {', '.join(missing)}; expected at least {', '.join(_REQUIRED)}")
    has_place = positions["lat"].notna().to_numpy() & positions["lon"].notna().to_numpy()
    fixes = sort_by_vessel(positions if has_place.all() else positions[has_place])
    mmsi = fixes["mmsi"].to_numpy(np.int64)
    lon, lat = (fixes[name].to_numpy(np.float64) for name in ("lon", "lat"))
    sog, cog = (
        fixes[name].to_numpy(np.float32) if name in fixes else np.full(len(fixes), np.nan, np.float32)
        for name in ("sog", "cog")
    )
    t_us, speed = time_us(fixes["timestamp"]), Speed(max_speed_kn, position_slack_nm)
    fragment, number = _tracks_of(mmsi, t_us, lon, lat, sog, cog, speed)
    sog, cog = fill_speeds(*map(fixed, (mmsi, t_us, lon, lat, fragment, sog, cog)))
    outlier = number < 0
    track_id = TRACKS_PER_MMSI * mmsi + np.where(outlier, _OUTLIER_NUMBER, np.minimum(number, _OUTLIER_NUMBER - 1))
    found = {"track_id": track_id, "is_outlier": outlier, "sog": sog, "cog": cog}
    made = {name: pd.Series(values, copy=False) for name, values in found.items()}
    columns = {
        c.name: made[c.name] if c.name in made else fixes[c.name] if c.name in fixes else _nulls(len(fixes), c.type)
        for c in TRACKS.columns
    }
    tracks = pd.DataFrame(columns, copy=False)
    return validate(tracks, TRACKS, where="the result of segment_tracks")


def _tracks_of(
    mmsi: Array, t_us: Ints, lon: Array, lat: Array, sog: Array, cog: Array, speed: Speed
) -> tuple[Ints, Ints]:
    """Return each fix's track of its date, and the number of its track within its MMSI: (n,), -1 for outliers."""
    found = fragments(mmsi, t_us, lon, lat, sog, cog, speed)
    chains, of_fragment = whole_chains(found.chains, speed)
    number, _ = number_tracks(chains, speed)
    return found.of_row, np.where(found.of_row < 0, -1, number[of_fragment[found.of_row]])


def sort_by_vessel(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame sorted by (mmsi, timestamp), itself where it is so already, with a plain index."""
    if not is_sorted(fixed(frame["mmsi"].to_numpy(np.int64)), fixed(time_us(frame["timestamp"]))):
        frame = frame.sort_values(["mmsi", "timestamp"], kind="stable")
    return frame.reset_index(drop=True)


def _nulls(n: int, kind: pa.DataType) -> pd.Series:
    if pa.types.is_dictionary(kind):
        return pd.Series(pd.Categorical.from_codes(np.full(n, -1, np.int8), pd.Index([], dtype=object)), copy=False)
    return pd.Series(np.full(n, np.nan, np.float32), copy=False)
