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
def presence_keys(mmsi: Array, t_us: Array, lon: Array, lat: Array) -> tuple[Array, Array]:
    """Return one int64 key a vessel, cell and six-hour bucket it was heard in; a few may occur twice.

    Parameters
    ----------
    mmsi, t_us, lon, lat
        Arrays (n,) sorted by (mmsi, t_us). Times from 1970 to 2059 fit the key, and 16 M vessels.

    Returns
    -------
    keys, vessels
        int64 (k,) unsorted: cell, then bucket, then index of the vessel; int64 (v,) the MMSI of each index.

    """
    n = mmsi.size
    out = np.empty(max(n, 1), np.int64)
    k = 0
    vessels = np.empty(max(n, 1), np.int64)
    vessel = -1
    last = -1
    for i in range(n):
        if i == 0 or mmsi[i] != mmsi[i - 1]:
            vessel += 1
            vessels[vessel] = mmsi[i]
        bucket = min(max(t_us[i] // BUCKET_US, 0), (1 << _BUCKET_BITS) - 1)
        key = _key(_cell_row(lat[i]) * _COLUMNS + _cell_column(lon[i]), bucket, vessel)
        if key != last:
            out[k] = key
            k += 1
            last = key
    return out[:k], vessels[: vessel + 1]


@kernel
def neighbourhoods(off_us: Array, on_us: Array, ends_lon: Array, ends_lat: Array) -> Array:
    """Return int64 (g, 4): cells of a gap's two ends, first and last six-hour bucket; arguments as `count_near`."""
    out = np.empty((off_us.size, 4), np.int64)
    for g in range(off_us.size):
        for end in range(2):
            out[g, end] = _cell_row(ends_lat[g, end]) * _COLUMNS + _cell_column(ends_lon[g, end])
        out[g, 2] = max(off_us[g] // BUCKET_US, 0)
        out[g, 3] = max(on_us[g] // BUCKET_US, 0)
    return out


@kernel
def _stamp_near(keys: Array, cell: int, from_bucket: int, to_bucket: int, stamp: Array, mark: int) -> int:
    """Mark the vessels heard in a cell or beside it; return how many were not marked before."""
    vessel_mask = (1 << _VESSEL_BITS) - 1
    row, column = cell // _COLUMNS, cell % _COLUMNS
    count = 0
    for d_row in range(-1, 2):
        for d_column in range(-1, 2):
            if 0 <= row + d_row < _ROWS:
                near = (row + d_row) * _COLUMNS + (column + d_column) % _COLUMNS
                k = np.searchsorted(keys, _key(near, from_bucket, 0))
                last = _key(near, to_bucket, vessel_mask)
                # No branch on what is counted: whether a vessel is new cannot be foretold.
                while k < keys.size and keys[k] <= last:
                    vessel = keys[k] & vessel_mask
                    count += stamp[vessel] != mark
                    stamp[vessel] = mark
                    k += 1
    return count


@kernel
def count_near(keys: Array, n_vessels: int, gap_vessel: Array, hoods: Array) -> Array:
    """Count the other vessels heard within a cell of either end of each gap during it.

    Parameters
    ----------
    keys
        Sorted keys of :func:`presence_keys`.
    n_vessels
        Number of distinct vessels in them.
    gap_vessel
        Array (g,): the index of the gap's own vessel.
    hoods
        Array (g, 4) of :func:`neighbourhoods`. Equal ones in a row are searched once.

    Returns
    -------
    int32 array (g,)

    """
    stamp = np.full(n_vessels, -1, np.int64)
    out = np.zeros(gap_vessel.size, np.int32)
    count = 0
    mark = -1
    for g in range(gap_vessel.size):
        if g == 0 or np.any(hoods[g] != hoods[g - 1]):
            mark = g
            count = _stamp_near(keys, hoods[g, 0], hoods[g, 2], hoods[g, 3], stamp, mark)
            if hoods[g, 1] != hoods[g, 0]:
                count += _stamp_near(keys, hoods[g, 1], hoods[g, 2], hoods[g, 3], stamp, mark)
        out[g] = count - (stamp[gap_vessel[g]] == mark)
    return out
