"""Which vessels were heard where and when, coarsely: presence keys, and counts of distinct vessels near a place."""

import numpy as np

from darkships.kernels import Array, inlined, kernel

CELL_DEG = 0.5
BUCKET_US = 6 * 3_600_000_000
BUCKETS = 5
"""So many are searched from a gap's end on: its own and those of a day."""

_ROWS = 360
_COLUMNS = 720
_BUCKET_BITS = 17
_VESSEL_BITS = 24


@inlined
def key_of(cell: int, bucket: int, vessel: int) -> int:
    """Return the key of a vessel's index in a cell and bucket."""
    return (((cell << _BUCKET_BITS) | bucket) << _VESSEL_BITS) | vessel


@inlined
def cell_of(lon: float, lat: float) -> int:
    """Return the number of a place's cell; degrees within -180..180 and -90..90."""
    row = min(int((lat + 90.0) / CELL_DEG), _ROWS - 1)
    column = int((lon + 180.0) / CELL_DEG)
    return row * _COLUMNS + (column if column < _COLUMNS else 0)


@inlined
def bucket_of(t_us: int) -> int:
    """Return the number of a time's six hours since 1970, as far as it fits a key."""
    return min(max(t_us // BUCKET_US, 0), (1 << _BUCKET_BITS) - 1)


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
    out, vessels = np.empty(mmsi.size, np.int64), np.empty(mmsi.size, np.int64)
    k, vessel, bucket, last = 0, -1, 0, -1
    for i in range(mmsi.size):
        if i == 0 or mmsi[i] != mmsi[i - 1]:
            vessel += 1
            vessels[vessel] = mmsi[i]
            bucket = bucket_of(t_us[i])
        elif t_us[i] >= (bucket + 1) * BUCKET_US:
            bucket = bucket_of(t_us[i])
        key = key_of(cell_of(lon[i], lat[i]), bucket, vessel)
        out[k] = key
        k += key != last
        last = key
    return out[:k], vessels[: vessel + 1]


@kernel
def renamed(keys: Array, number: Array) -> Array:
    """Return keys (k,) with another index for each vessel: that of vessel i is ``number[i]``."""
    out = np.empty_like(keys)
    for k in range(keys.size):
        vessel = keys[k] & ((1 << _VESSEL_BITS) - 1)
        out[k] = keys[k] - vessel + number[vessel]
    return out


@kernel
def end_cells(us: Array, lon: Array, lat: Array) -> Array:
    """Return int64 (g,): one number for the cell and the six-hour bucket of each place and time."""
    out = np.empty(us.size, np.int64)
    for g in range(us.size):
        out[g] = key_of(cell_of(lon[g], lat[g]), us[g] // BUCKET_US, 0)
    return out


@kernel
def _stamp_near(keys: Array, cell: int, bucket: int, stamp: Array, mark: int, since: int) -> int:
    """Mark the vessels heard in a cell or beside it in a bucket; return how many had no mark from ``since`` on."""
    vessel_mask = (1 << _VESSEL_BITS) - 1
    row, column = cell // _COLUMNS, cell % _COLUMNS
    count = 0
    for d_row in range(-1, 2):
        for d_column in range(-1, 2):
            if 0 <= row + d_row < _ROWS:
                near = (row + d_row) * _COLUMNS + (column + d_column) % _COLUMNS
                k = np.searchsorted(keys, key_of(near, bucket, 0))
                last = key_of(near, bucket, vessel_mask)
                while k < keys.size and keys[k] <= last:
                    vessel = keys[k] & vessel_mask
                    if stamp[vessel] < since:
                        count += 1
                        stamp[vessel] = mark
                    k += 1
    return count


@kernel
def count_near(keys: Array, vessels: Array, of_mmsi: Array, cells: Array, step: int) -> Array:
    """Count the other vessels heard within a cell of a gap's end in the six-hour bucket of its time and beside it.

    Parameters
    ----------
    keys, vessels
        Of :func:`presence_keys`, the keys sorted; some may occur twice.
    of_mmsi
        Array (g,): whose end it is.
    cells
        Array (g,) of :func:`end_cells`. Equal ones in a row are searched once.
    step
        1 to count the buckets after the end, -1 for those before.

    Returns
    -------
    int32 array (g, BUCKETS)
        Column k counts the vessels heard in the end's own bucket or one of the next k.

    """
    stamp = np.full(vessels.size, -1, np.int64)  # search and bucket in which a vessel was found first
    out = np.zeros((cells.size, BUCKETS), np.int32)
    found = np.zeros(BUCKETS, np.int64)
    since = 0
    for g in range(cells.size):
        if g == 0 or cells[g] != cells[g - 1]:
            since += BUCKETS
            cell, bucket = cells[g] >> (_BUCKET_BITS + _VESSEL_BITS), (cells[g] >> _VESSEL_BITS) % (1 << _BUCKET_BITS)
            count = 0
            for k in range(BUCKETS):
                count += _stamp_near(keys, cell, bucket + step * k, stamp, since + k, since)
                found[k] = count
        own = np.searchsorted(vessels, of_mmsi[g])
        is_own = own < vessels.size and vessels[own] == of_mmsi[g] and stamp[own] >= since
        for k in range(BUCKETS):
            out[g, k] = found[k] - (is_own and stamp[own] <= since + k)
    return out
