"""How many other vessels were heard near a gap while it lasted, that is, whether anyone listened there."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from darkships.kernels.neighbours import count_near, neighbourhoods, presence_keys

_THREADS = 2


def vessels_heard(
    mmsi: np.ndarray,
    t_us: np.ndarray,
    lon: np.ndarray,
    lat: np.ndarray,
    *,
    gap_mmsi: np.ndarray,
    off_us: np.ndarray,
    on_us: np.ndarray,
    ends_lon: np.ndarray,
    ends_lat: np.ndarray,
) -> np.ndarray:
    """Count the other vessels heard within about 40 nm (half-degree cells and their neighbours) of a gap's ends.

    Parameters
    ----------
    mmsi, t_us, lon, lat
        Arrays (n,) of all fixes, sorted by (mmsi, t_us).
    gap_mmsi, off_us, on_us
        Arrays (g,): whose silence, from when to when (whole six-hour spans that it touches are searched).
    ends_lon, ends_lat
        Arrays (g, 2) of the two ends, in degrees.

    Returns
    -------
    numpy.ndarray
        int32 (g,).

    """
    if gap_mmsi.size == 0:
        return np.zeros(0, np.int32)
    keys, vessels = presence_keys(mmsi, t_us, lon, lat)
    keys = np.unique(keys)
    hoods = neighbourhoods(off_us, on_us, ends_lon, ends_lat)
    order = np.lexsort(hoods.T)
    own, hoods = np.searchsorted(vessels, gap_mmsi)[order], hoods[order]

    def count(rows: slice) -> np.ndarray:
        return count_near(keys, vessels.size, own[rows], hoods[rows])

    cuts = np.linspace(0, gap_mmsi.size, _THREADS + 1).astype(int)
    heard = np.empty(gap_mmsi.size, np.int32)
    with ThreadPoolExecutor(_THREADS) as pool:
        heard[order] = np.concatenate(list(pool.map(count, map(slice, cuts[:-1], cuts[1:]))))
    return heard
