"""Fixes inside sites, and runs of them."""

import numpy as np

from darkships.kernels import Array, inlined, kernel

_ROWS, _COLUMNS = 181, 361


@kernel
def rows_within(lon: Array, lat: Array, bounds: Array) -> tuple[Array, Array]:
    """Return the points that lie in the bounds of each site, edges included.

    Parameters
    ----------
    lon, lat
        Arrays (n,) in degrees; NaN lies nowhere.
    bounds
        Array (s, 4): west, south, east, north.

    Returns
    -------
    rows, starts
        Int64 arrays (k,) and (s + 1,): those of site i are rows[starts[i] : starts[i + 1]], in rising order.

    """
    sites, first = _sites_of_degrees(bounds)
    starts, rows = np.zeros(bounds.shape[0] + 2, np.int64), np.empty(0, np.int64)
    for is_second in (False, True):  # they are counted, then written
        for i in range(lon.size):
            if not (lat[i] >= -90.0 and lon[i] >= -180.0):
                continue
            at = _degree(lat[i] + 90.0, _ROWS) * _COLUMNS + _degree(lon[i] + 180.0, _COLUMNS)
            for k in range(first[at], first[at + 1]):
                s = sites[k]
                if bounds[s, 0] <= lon[i] <= bounds[s, 2] and bounds[s, 1] <= lat[i] <= bounds[s, 3]:
                    if is_second:
                        rows[starts[s + 1]] = i
                    starts[s + 1 + (not is_second)] += 1
        if not is_second:
            starts = np.cumsum(starts)
            rows = np.empty(starts[-1], np.int64)
    return rows, starts[:-1]


@kernel
def _sites_of_degrees(bounds: Array) -> tuple[Array, Array]:
    """Return the sites in whose bounds each whole degree lies: of degree i they are sites[first[i] : first[i + 1]]."""
    first, sites = np.zeros(_ROWS * _COLUMNS + 2, np.int64), np.empty(0, np.int64)
    for is_second in (False, True):
        for s in range(bounds.shape[0]):
            west, east = _degree(bounds[s, 0] + 180.0, _COLUMNS), _degree(bounds[s, 2] + 180.0, _COLUMNS)
            for row in range(_degree(bounds[s, 1] + 90.0, _ROWS), _degree(bounds[s, 3] + 90.0, _ROWS) + 1):
                for at in range(row * _COLUMNS + west, row * _COLUMNS + east + 1):
                    if is_second:
                        sites[first[at + 1]] = s
                    first[at + 1 + (not is_second)] += 1
        if not is_second:
            first = np.cumsum(first)
            sites = np.empty(first[-1], np.int64)
    return sites, first


@inlined
def _degree(value: float, count: int) -> int:
    return min(max(int(value), 0), count - 1)


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
