"""Runs of fixes inside a site."""

import numpy as np

from darkships.kernels import Array, kernel

_US_PER_H = 3_600_000_000.0


@kernel
def site_runs(t_us: Array, track_id: Array, sog: Array, site: Array, stopped_kn: float) -> tuple[Array, Array]:
    """Find the runs of consecutive fixes of a track inside one site.

    Parameters
    ----------
    t_us, track_id, sog, site
        Arrays (n,) sorted by (track_id, t_us); ``site`` is -1 outside all sites, ``sog`` NaN where unknown.
    stopped_kn
        Slower is stopped.

    Returns
    -------
    rows, stopped_h
        int64 (k, 2) first and last row of each run; float64 (k,) hours inside from a stopped fix to the next fix.

    """
    n = t_us.size
    k = 0
    for i in range(n):
        if site[i] >= 0 and (i == 0 or track_id[i] != track_id[i - 1] or site[i] != site[i - 1]):
            k += 1
    rows = np.empty((k, 2), np.int64)
    stopped_h = np.zeros(k, np.float64)
    run = -1
    for i in range(n):
        if site[i] < 0:
            continue
        if i == 0 or track_id[i] != track_id[i - 1] or site[i] != site[i - 1]:
            run += 1
            rows[run, 0] = i
        elif not sog[i - 1] >= stopped_kn:
            stopped_h[run] += (t_us[i] - t_us[i - 1]) / _US_PER_H
        rows[run, 1] = i
    return rows, stopped_h
