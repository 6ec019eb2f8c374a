"""Fixes inside sites, and runs of them."""

import numpy as np

from darkships.kernels import Array, kernel


@kernel
def near_rows(lon: Array, lat: Array, bounds: Array) -> Array:
    """Return the points that lie in the bounds of any site, or in the same whole degrees.

    Parameters
    ----------
    lon, lat
        Arrays (n,) in degrees; NaN lies nowhere.
    bounds
        Array (s, 4): west, south, east, north.

    Returns
    -------
    int64 array (k,)

    """
    touched = np.zeros((181, 361), np.bool_)
    for s in range(bounds.shape[0]):
        for row in range(_degree(bounds[s, 1] + 90.0, 180), _degree(bounds[s, 3] + 90.0, 180) + 1):
            for column in range(_degree(bounds[s, 0] + 180.0, 360), _degree(bounds[s, 2] + 180.0, 360) + 1):
                touched[row, column] = True
    out = np.empty(lon.size, np.int64)
    k = 0
    for i in range(lon.size):
        if lat[i] >= -90.0 and lon[i] >= -180.0:
            out[k] = i
            k += touched[_degree(lat[i] + 90.0, 180), _degree(lon[i] + 180.0, 360)]
    return out[:k].copy()


@kernel
def _degree(value: float, most: int) -> int:
    return min(max(int(value), 0), most)


@kernel
def site_runs(t_us: Array, track: Array, sog: Array, site: Array, stopped_kn: float) -> tuple[Array, Array]:
    """Find the runs of consecutive fixes of a track inside one site.

    Parameters
    ----------
    t_us, track, sog, site
        Arrays (n,) sorted by (track, t_us); ``site`` is -1 outside all sites, ``sog`` NaN where unknown.
    stopped_kn
        Slower is stopped.

    Returns
    -------
    rows, stopped_us
        int64 (k, 2) first and last row of each run; int64 (k,) microseconds inside from a stopped fix to the next fix.

    """
    n = t_us.size
    k = 0
    for i in range(n):
        if site[i] >= 0 and (i == 0 or track[i] != track[i - 1] or site[i] != site[i - 1]):
            k += 1
    rows = np.empty((k, 2), np.int64)
    stopped_us = np.zeros(k, np.int64)
    run = -1
    for i in range(n):
        if site[i] < 0:
            continue
        if i == 0 or track[i] != track[i - 1] or site[i] != site[i - 1]:
            run += 1
            rows[run, 0] = i
        elif not sog[i - 1] >= stopped_kn:
            stopped_us[run] += t_us[i] - t_us[i - 1]
        rows[run, 1] = i
    return rows, stopped_us
