"""Which of many silences two vessels could have met in."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.geodesy import haversine_nm, wrapped


@inlined
def _together_h(off_h: Array, on_h: Array, off: Array, on: Array, max_kn: Array, i: int, j: int) -> float:
    """Return for how long two vessels can be at the place in the middle of their four ends."""
    lon, lat = off[i, 0], 0.25 * (off[i, 1] + on[i, 1] + off[j, 1] + on[j, 1])
    lon += 0.25 * (wrapped(on[i, 0] - lon) + wrapped(off[j, 0] - lon) + wrapped(on[j, 0] - lon))
    there_h = max(
        off_h[i] + haversine_nm(off[i, 0], off[i, 1], lon, lat) / max_kn[i],
        off_h[j] + haversine_nm(off[j, 0], off[j, 1], lon, lat) / max_kn[j],
    )
    away_h = min(
        on_h[i] - haversine_nm(on[i, 0], on[i, 1], lon, lat) / max_kn[i],
        on_h[j] - haversine_nm(on[j, 0], on[j, 1], lon, lat) / max_kn[j],
    )
    return away_h - there_h


@kernel
def best_meetings(
    mmsi: Array, off_h: Array, on_h: Array, off: Array, on: Array, max_kn: Array, alike: float, together_h: float
) -> Array:  # fmt: skip
    """Find for each silence the vessel that it could hide a meeting with: of several the one most alike.

    Parameters
    ----------
    mmsi, off_h, on_h
        Arrays (g,) sorted by ``off_h``: whose silence it is, its begin and end in hours.
    off, on
        Arrays (g, 2): longitude and latitude of its ends.
    max_kn
        Array (g,): what the vessel can sail.
    alike, together_h
        Both are silent for such a share of the time in which one of them is, and have so long together.

    Returns
    -------
    int64 array (g,)
        MMSIs, of those equally alike the least; -1 for none.

    """
    out = np.full(mmsi.size, -1, np.int64)
    for i in range(mmsi.size):
        best = 0.0
        j = np.searchsorted(off_h, on_h[i] - (on_h[i] - off_h[i]) / alike)  # earlier ones last too long to be alike
        while j < mmsi.size and off_h[j] < on_h[i]:
            both_h = min(on_h[i], on_h[j]) - max(off_h[i], off_h[j])
            any_h = max(on_h[i], on_h[j]) - min(off_h[i], off_h[j])
            share = both_h / any_h
            if mmsi[j] != mmsi[i] and both_h >= max(alike * any_h, together_h):
                if share > best or (share == best and mmsi[j] < out[i]):
                    if _together_h(off_h, on_h, off, on, max_kn, i, j) >= together_h:
                        best, out[i] = share, mmsi[j]
            j += 1
    return out
