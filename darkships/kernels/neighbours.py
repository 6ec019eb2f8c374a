"""Which vessels were heard where and when, coarsely: presence keys, and counts of distinct vessels near a place."""

import numpy as np

from darkships.kernels import Array, kernel

CELL_DEG = 0.5
BUCKET_US = 6 * 3_600_000_000
_ROWS = 360
_COLUMNS = 720
_BUCKET_BITS = 17
_VESSEL_BITS = 24


@kernel
def _key(cell: int, bucket: int, vessel: int) -> int:
    return (((cell << _BUCKET_BITS) | bucket) << _VESSEL_BITS) | vessel


@kernel
def _cell_row(lat: float) -> int:
    return min(max(int(np.floor((lat + 90.0) / CELL_DEG)), 0), _ROWS - 1)


@kernel
def _cell_column(lon: float) -> int:
    return int(np.floor((lon + 180.0) / CELL_DEG)) % _COLUMNS


@kernel
def presence_keys(mmsi: Array, t_us: Array, lon: Array, lat: Array) -> Array:
    """Return one int64 key a vessel, cell and six-hour bucket it was heard in; a few may occur twice.

    Parameters
    ----------
    mmsi, t_us, lon, lat
        Arrays (n,) sorted by (mmsi, t_us). Times from 1970 to 2059 fit the key, and 16 M vessels.

    Returns
    -------
    int64 array (k,)
        Unsorted keys: cell, then bucket, then index of the vessel.

    """
    n = mmsi.size
    out = np.empty(max(n, 1), np.int64)
    k = 0
    vessel = -1
    last = -1
    for i in range(n):
        if i == 0 or mmsi[i] != mmsi[i - 1]:
            vessel += 1
        bucket = min(max(t_us[i] // BUCKET_US, 0), (1 << _BUCKET_BITS) - 1)
        key = _key(_cell_row(lat[i]) * _COLUMNS + _cell_column(lon[i]), bucket, vessel)
        if key != last:
            out[k] = key
            k += 1
            last = key
    return out[:k]


@kernel
def count_near(
    keys: Array, n_vessels: int, gap_vessel: Array, off_us: Array, on_us: Array, ends_lon: Array, ends_lat: Array
) -> Array:
    """Count the other vessels heard within a cell of either end of each gap during it.

    Parameters
    ----------
    keys
        Sorted keys of :func:`presence_keys`.
    n_vessels
        Number of distinct vessels in them.
    gap_vessel, off_us, on_us
        Arrays (g,): the index of the gap's own vessel, and the silence.
    ends_lon, ends_lat
        Arrays (g, 2): its two ends.

    Returns
    -------
    int32 array (g,)

    """
    stamp = np.full(n_vessels, -1, np.int64)
    out = np.zeros(gap_vessel.size, np.int32)
    vessel_mask = (1 << _VESSEL_BITS) - 1
    for g in range(gap_vessel.size):
        from_bucket = max(off_us[g] // BUCKET_US, 0)
        to_bucket = max(on_us[g] // BUCKET_US, 0)
        for end in range(2):
            row = _cell_row(ends_lat[g, end])
            column = _cell_column(ends_lon[g, end])
            if end and row == _cell_row(ends_lat[g, 0]) and column == _cell_column(ends_lon[g, 0]):
                continue
            for d_row in range(-1, 2):
                for d_column in range(-1, 2):
                    if 0 <= row + d_row < _ROWS:
                        cell = (row + d_row) * _COLUMNS + (column + d_column) % _COLUMNS
                        first = np.searchsorted(keys, _key(cell, from_bucket, 0))
                        last = _key(cell, to_bucket, vessel_mask)
                        k = first
                        while k < keys.size and keys[k] <= last:
                            vessel = keys[k] & vessel_mask
                            if vessel != gap_vessel[g] and stamp[vessel] != g:
                                stamp[vessel] = g
                                out[g] += 1
                            k += 1
    return out
