"""When a whole feed, or all of it in some tile of half a degree, fell silent at once."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.neighbours import CELL_DEG, cell_of

BIN_US = 5 * 60_000_000
BINS = 288
"""A date has so many."""

LEAST_BINS = 3
"""A shorter quiet is no spell."""

WITNESS_BINS = 12
"""Vessels that were heard so shortly before bear witness."""

FEED = 0
"""Stands for the whole feed; a tile is 1 + its cell of half a degree."""

_TILES = 1 + 2 * round(180 / CELL_DEG) ** 2


@kernel
def tiles_of(lon: Array, lat: Array) -> Array:
    """Return the tile (n,) of each place, -1 where there is none."""
    out = np.empty(lon.size, np.int64)
    for i in range(lon.size):
        out[i] = -1 if np.isnan(lon[i]) else 1 + cell_of(lon[i], lat[i])
    return out


@kernel
def heard_bins(day_us: int, t_us: Array, lon: Array, lat: Array) -> Array:
    """Return a sorted key, tile * BINS + bin, for each tile and five minutes of a date with a fix.

    ``t_us``, ``lon``, ``lat`` are arrays (n,) in any order.
    """
    number, tiles = np.full(_TILES, -1, np.int32), 0
    heard = np.empty((min(t_us.size, _TILES), BINS), np.bool_)  # memory only as far as it is written
    for i in range(t_us.size):
        tile = 1 + cell_of(lon[i], lat[i])
        if number[tile] < 0:
            heard[tiles] = False
            number[tile] = tiles
            tiles += 1
        heard[number[tile], (t_us[i] - day_us) // BIN_US] = True  # whether it was heard before is anybody's guess
    out = np.empty(heard[:tiles].sum(), np.int64)
    k = 0
    for place in np.flatnonzero(number >= 0):
        for at in range(BINS):
            if heard[number[place], at]:
                out[k] = place * BINS + at
                k += 1
    return out


@kernel
def long_waits(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, chain: Array, ends: Array, after_us: Array,
    contact_mmsi: Array, contact_us: Array,
) -> Array:  # fmt: skip
    """Find the fixes of a date after which a vessel was not heard for a spell.

    Parameters
    ----------
    mmsi, t_us, lon, lat, chain, ends, after_us, contact_mmsi, contact_us
        As :func:`darkships.kernels.hours.hour_keys` takes them.

    Returns
    -------
    int64 array (k, 3)
        Tile, time of the fix, time of the vessel's next message, -1 if there is none on the next date.

    """
    out = np.empty((t_us.size + ends.shape[0], 3), np.int64)
    k = 0
    for c in range(ends.shape[0]):
        was = ends[c, 0]
        start, stop = np.searchsorted(contact_mmsi, mmsi[was]), np.searchsorted(contact_mmsi, mmsi[was] + 1)
        for i in range(ends[c, 0] + 1, ends[c, 1] + 2):
            is_last = i > ends[c, 1]
            if not is_last and chain[i] != c:
                continue
            next_us = after_us[c] if is_last else t_us[i]
            if next_us < 0 or next_us - t_us[was] >= LEAST_BINS * BIN_US:
                contact = start + np.searchsorted(contact_us[start:stop], t_us[was], side="right")
                if contact < stop and (next_us < 0 or contact_us[contact] < next_us):
                    next_us = contact_us[contact]
                out[k, 0], out[k, 1], out[k, 2] = 1 + cell_of(lon[was], lat[was]), t_us[was], next_us
                k += 1
            if not is_last:
                was = i
    return out[:k]


@kernel
def quiet_spells(day_us: int, keys: Array, later_keys: Array, waits: Array, least: int) -> Array:
    """Find spells without any message that begin on a date while vessels fall silent that had just been heard.

    Parameters
    ----------
    day_us
        When the date begins.
    keys, later_keys
        Sorted keys of :func:`heard_bins` of the date and of the next one, with those of ``FEED``.
    waits
        Array (w, 3) of :func:`long_waits`, with each once more for ``FEED``, sorted by tile and time.
    least
        Fewer such vessels say nothing.

    Returns
    -------
    int64 array (k, 4)
        Tile, begin, end (-1 if not by the end of the next date) and number of the vessels.

    """
    out = np.empty((keys.size + 1, 4), np.int64)
    k = 0
    for i in range(keys.size):
        tile, last = keys[i] // BINS, keys[i] % BINS
        if i + 1 < keys.size and keys[i + 1] // BINS == tile:
            first = keys[i + 1] % BINS
        else:
            at = np.searchsorted(later_keys, tile * BINS)
            is_heard = at < later_keys.size and later_keys[at] // BINS == tile
            first = later_keys[at] % BINS + BINS if is_heard else -1
        if first >= 0 and first - last - 1 < LEAST_BINS:
            continue
        from_us = day_us + (last + 1) * BIN_US
        to_us = day_us + first * BIN_US if first >= 0 else -1
        w = np.searchsorted(waits[:, 0], tile)
        stop = np.searchsorted(waits[:, 0], tile + 1)
        w += np.searchsorted(waits[w:stop, 1], from_us - WITNESS_BINS * BIN_US)
        vessels = 0
        while w < stop and waits[w, 1] < from_us:
            vessels += waits[w, 2] < 0 or (to_us >= 0 and waits[w, 2] >= to_us)
            w += 1
        if vessels >= least:
            out[k, 0], out[k, 1], out[k, 2], out[k, 3] = tile, from_us, to_us, vessels
            k += 1
    return out[:k]
