"""Stays: where a track remains at one place."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import haversine_nm


@kernel
def find_stays(
    t_us: Array, track_id: Array, lon: Array, lat: Array, sog: Array, stopped_kn: float, radius_nm: float, least_us: int
) -> Array:
    """Find the stays of tracks: a stopped fix, and what follows within a radius of it up to the last stopped fix.

    Parameters
    ----------
    t_us, track_id, lon, lat, sog
        Arrays (n,) sorted by (track_id, t_us); ``sog`` in knots, NaN where unknown, which counts as stopped.
    stopped_kn, radius_nm, least_us
        Slower is stopped; how far a vessel at its place may move; shortest stay.

    Returns
    -------
    numpy.ndarray
        int64 (k, 2) first and last row of each stay.

    """
    n = t_us.size
    out = np.empty((n // 2 + 1, 2), np.int64)
    k = 0
    first = 0
    while first < n:
        if sog[first] >= stopped_kn:
            first += 1
            continue
        last = first
        i = first + 1
        while (
            i < n
            and track_id[i] == track_id[first]
            and haversine_nm(lon[first], lat[first], lon[i], lat[i]) < radius_nm
        ):
            if not sog[i] >= stopped_kn:
                last = i
            i += 1
        if last > first and t_us[last] - t_us[first] >= least_us:
            out[k, 0] = first
            out[k, 1] = last
            k += 1
        first = last + 1
    return out[:k]
