"""Who was there, and who was heard, hour by hour: counts of vessels by cell, class and clock hour of a date."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.geodesy import haversine_nm, wrapped

CELLS_PER_DEG = 4
COLUMNS, ROWS = 360 * CELLS_PER_DEG, 180 * CELLS_PER_DEG
HOURS = 24

STAYED_NM = 1.0
MOVED_H, STAYED_H = 12, 3
"""So many hours after a fix a vessel is looked for: whether it is heard in them tells the chance of it without bias,
and what was switched off for longer, at the pier most often, spoils little."""

BY_SATELLITE, LONG_RANGE = 1, 2
"""Bits of how a fix was heard: by a satellite; as a message that is sent for satellites (ITU-R M.1371 type 27)."""

_US_PER_H = 3_600_000_000
_KINDS = 5
_MISSED, _HEARD = 0, 1
"""Kinds of hours; to heard come the bits that all fixes of the hour have."""
_ALL_BITS = BY_SATELLITE | LONG_RANGE


@inlined
def cell_of(lon: float, lat: float) -> int:
    """Return the number of a place's cell, rows from the south, columns from 180 W."""
    row = min(max(int((lat + 90.0) * CELLS_PER_DEG), 0), ROWS - 1)
    return row * COLUMNS + int((lon + 180.0) * CELLS_PER_DEG) % COLUMNS


@kernel
def cells_of(lon: Array, lat: Array) -> Array:
    """Return int64 (n,): the cell of each place."""
    out = np.empty(lon.size, np.int64)
    for i in range(lon.size):
        out[i] = cell_of(lon[i], lat[i])
    return out


@inlined
def between(a: float, b: float, share: float) -> float:
    """Return the longitude that lies a share of the shorter way from one to another, in -180..180."""
    return wrapped(a + share * wrapped(b - a))


@inlined
def whole_hours(from_us: int, to_us: int) -> int:
    """Return how many whole clock hours lie between two fixes."""
    return max(0, to_us // _US_PER_H - from_us // _US_PER_H - 1)


@kernel
def most_hours(from_lon: float, from_lat: float, to_lon: float, to_lat: float) -> int:
    """Return how many hours after a fix a vessel is looked for, by where it is next."""
    return MOVED_H if haversine_nm(from_lon, from_lat, to_lon, to_lat) >= STAYED_NM else STAYED_H


@kernel
def _miss(
    out: Array, k: int, group: int, from_us: int, from_lon: float, from_lat: float, to_us: int, to_lon: float,
    to_lat: float, day_us: int, contacts: Array,
) -> int:  # fmt: skip
    """Write a key for each hour of the date in which a vessel between two fixes was missed; return their number."""
    hours = min(whole_hours(from_us, to_us), most_hours(from_lon, from_lat, to_lon, to_lat))
    first = from_us // _US_PER_H + 1
    for hour in range(max(first, day_us // _US_PER_H), min(first + hours, day_us // _US_PER_H + HOURS)):
        share = ((hour + 0.5) * _US_PER_H - from_us) / (to_us - from_us)
        cell = cell_of(between(from_lon, to_lon, share), from_lat + share * (to_lat - from_lat))
        c = np.searchsorted(contacts, hour * _US_PER_H)
        kind = _HEARD if c < contacts.size and contacts[c] < (hour + 1) * _US_PER_H else _MISSED
        out[k] = ((cell * 2 + group) * HOURS + hour - day_us // _US_PER_H) * _KINDS + kind
        k += 1
    return k


@kernel
def hour_keys(
    day_us: int, mmsi: Array, t_us: Array, lon: Array, lat: Array, how: Array, chain: Array, of_b: Array,
    ends: Array, before_us: Array, before: Array, after_us: Array, after: Array,
    contact_mmsi: Array, contact_us: Array,
) -> Array:  # fmt: skip
    """Return a key for each hour of a date in which a vessel was heard, or missed between two fixes of one chain.

    Parameters
    ----------
    day_us
        When the date begins.
    mmsi, t_us, lon, lat, how, chain
        Arrays (n,) of the date's fixes sorted by (mmsi, t_us): ``how`` has the bits of BY_SATELLITE and LONG_RANGE,
        ``chain`` is the row of its chain, -1 for outliers.
    of_b, ends
        Arrays (c,) and (c, 2): whether the vessel is of class B; first and last row of each chain.
    before_us, before
        Arrays (c,), (c, 2): time and place of the fix on the date before that each chain goes on from; -1 for none.
    after_us, after
        Likewise the fix on the date after that goes on from the chain.
    contact_mmsi, contact_us
        Arrays (m,) sorted by both: messages without a position.

    Returns
    -------
    int64 array (k,)
        What :func:`count_keys` takes, not sorted yet.

    """
    out = np.empty(of_b.size * HOURS, np.int64)
    k = 0
    for c in range(of_b.size):
        first, last = ends[c]
        start, stop = np.searchsorted(contact_mmsi, mmsi[first]), np.searchsorted(contact_mmsi, mmsi[first] + 1)
        contacts = contact_us[start:stop]
        group = 1 if of_b[c] else 0
        was_us, was_lon, was_lat = before_us[c], before[c, 0], before[c, 1]
        hour, until_us, cell, kind, is_counted = -1, day_us, 0, _HEARD, False
        for i in range(first, last + 1):
            if chain[i] != c:
                continue
            if t_us[i] >= until_us:
                if hour >= 0 and is_counted:
                    out[k] = ((cell * 2 + group) * HOURS + hour) * _KINDS + kind
                    k += 1
                is_counted = was_us >= 0
                if is_counted and whole_hours(was_us, t_us[i]):
                    k = _miss(out, k, group, was_us, was_lon, was_lat, t_us[i], lon[i], lat[i], day_us, contacts)
                    is_counted = whole_hours(was_us, t_us[i]) < most_hours(was_lon, was_lat, lon[i], lat[i])
                hour, cell, kind = (t_us[i] - day_us) // _US_PER_H, cell_of(lon[i], lat[i]), _HEARD + _ALL_BITS
                until_us = day_us + (hour + 1) * _US_PER_H
            kind = _HEARD + ((kind - _HEARD) & how[i])
            was_us, was_lon, was_lat = t_us[i], lon[i], lat[i]
        if is_counted:
            out[k] = ((cell * 2 + group) * HOURS + hour) * _KINDS + kind
            k += 1
        if after_us[c] >= 0:
            k = _miss(out, k, group, was_us, was_lon, was_lat, after_us[c], after[c, 0], after[c, 1], day_us, contacts)
    return out[:k]


@kernel
def count_keys(keys: Array) -> Array:
    """Count the sorted keys of :func:`hour_keys`.

    Returns
    -------
    int64 array (k, 7)
        Sorted: cell, 1 for class B, hour; vessels there, of these heard, of these heard by satellite only, and of these
        heard as long-range messages only.

    """
    out = np.empty((keys.size, 7), np.int64)
    k = -1
    last = -1
    for key in keys:
        at = key // _KINDS
        if at != last:
            k += 1
            out[k, 0], out[k, 1], out[k, 2] = at // (2 * HOURS), at // HOURS % 2, at % HOURS
            out[k, 3], out[k, 4], out[k, 5], out[k, 6] = 0, 0, 0, 0
            last = at
        kind = key % _KINDS
        out[k, 3] += 1
        out[k, 4] += kind != _MISSED
        bits = kind - _HEARD if kind != _MISSED else 0
        out[k, 5] += bits & BY_SATELLITE != 0
        out[k, 6] += bits & LONG_RANGE != 0
    return out[: k + 1]
