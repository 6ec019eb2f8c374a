"""Speed and course made good, for feeds and receivers that tell none."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import course_deg, haversine_nm
from darkships.units import US_PER_H

_LEAST_US, _MOST_US = 60_000_000, 3_600_000_000
"""Over less time a position's error is a speed; over more a ship can have been anywhere."""

_LEAST_KN = 1.0
"""Slower has no course."""


@kernel
def _beside(mmsi: Array, t_us: Array, track: Array, row: int, step: int) -> int:
    """Return the row of a track's nearest fix before (-1) or after (1) one, as far in time as it must be, or -1."""
    i = row + step
    while 0 <= i < mmsi.size and mmsi[i] == mmsi[row] and abs(t_us[i] - t_us[row]) <= _MOST_US:
        if track[i] == track[row] and abs(t_us[i] - t_us[row]) >= _LEAST_US:
            return i
        i += step
    return -1


@kernel
def fill_speeds(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, track: Array, sog: Array, cog: Array
) -> tuple[Array, Array]:
    """Return speeds and courses; where no speed is told, those made good to the fix of the track nearest in time.

    Parameters
    ----------
    mmsi, t_us, lon, lat, track, sog, cog
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``track`` is -1 for outliers, ``sog`` in knots and ``cog`` NaN
        where not told.

    Returns
    -------
    sog, cog
        Float32 (n,). A speed is made good over a minute to an hour, else it stays NaN; a course that is told stays.

    """
    out_sog, out_cog = sog.astype(np.float32), cog.astype(np.float32)
    for i in range(mmsi.size):
        if track[i] < 0 or not np.isnan(sog[i]):
            continue
        a, b = _beside(mmsi, t_us, track, i, -1), _beside(mmsi, t_us, track, i, 1)
        if a < 0 and b < 0:
            continue
        if b < 0 or (a >= 0 and t_us[i] - t_us[a] <= t_us[b] - t_us[i]):
            b = i
        else:
            a = i
        speed_kn = haversine_nm(lon[a], lat[a], lon[b], lat[b]) / ((t_us[b] - t_us[a]) / US_PER_H)
        out_sog[i] = speed_kn
        if np.isnan(cog[i]) and speed_kn >= _LEAST_KN:
            out_cog[i] = course_deg(lon[a], lat[a], lon[b], lat[b]) % 360.0
    return out_sog, out_cog
