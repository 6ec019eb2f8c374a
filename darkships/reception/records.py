"""What is known of reception over a stretch of dates, in whole numbers, so that neighbouring stretches add up."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from darkships.kernels.hours import count_keys

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[Any]
"""A structured array."""

_COUNTS = [("there", "i4"), ("heard", "i4"), ("satellite", "i4"), ("long_range", "i4")]
"""Vessel hours; of these heard; of these by satellite only; and of these as long-range messages only (type 27)."""

HOUR = np.dtype([("cell", "i4"), ("of_b", "i1"), ("hour", "i1"), *_COUNTS])
"""A cell of a quarter degree (``kernels.hours``), class B or not, and a clock hour of a date."""

MONTH = np.dtype([("month", "i4"), ("cell", "i4"), ("of_b", "i1"), *[(name, "i8") for name, _ in _COUNTS]])
"""A cell and class in a month, counted since 1970."""

TILE = np.dtype([("tile", "i4"), ("first_us", "i8"), ("dates", "i4")])
"""Half a degree or the whole feed (``kernels.quiet``): when it was first heard, and on how many dates."""

SPELL = np.dtype([("tile", "i4"), ("from_us", "i8"), ("to_us", "i8"), ("vessels", "i4")])
"""A spell in which nobody was heard in a tile, and how many vessels fell silent as it began; NEVER while it lasts."""

NEVER = -1


class Reception(NamedTuple):
    """What later dates, and all together, need to know."""

    months: Records
    """MONTH by month, cell and class."""
    tiles: Records
    """TILE by tile."""
    spells: Records
    """SPELL by tile and time."""
    of_b: Ints
    """MMSIs of vessels of class B, sorted."""
    long_range: Ints
    """MMSIs of vessels that send long-range messages, sorted."""

    @classmethod
    def empty(cls) -> "Reception":
        """Return the reception of no date."""
        return cls(np.empty(0, MONTH), np.empty(0, TILE), np.empty(0, SPELL), *(np.empty(0, np.int64),) * 2)


def hours_of(keys: Ints) -> Records:
    """Return HOUR records of the keys of ``hour_keys``, sorted."""
    counts = count_keys(keys)
    out = np.empty(len(counts), HOUR)
    for name, column in zip(HOUR.names or (), counts.T, strict=True):
        out[name] = column
    return out


def months_of(hours: Records, day: int) -> Records:
    """Return the MONTH records of a date, given its day since 1970."""
    month = np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)
    out = np.empty(hours.size, MONTH)
    out["month"] = month
    for name in ("cell", "of_b", *(name for name, _ in _COUNTS)):
        out[name] = hours[name]
    return _summed(out)


def add(a: Reception, b: Reception) -> Reception:
    """Add up two neighbouring stretches, the earlier one first."""
    spells = np.concatenate([_ended(a.spells, b.tiles), b.spells])
    return Reception(
        _summed(np.concatenate([a.months, b.months])),
        _merged(np.concatenate([a.tiles, b.tiles])),
        spells[np.lexsort((spells["from_us"], spells["tile"]))],
        np.union1d(a.of_b, b.of_b),
        np.union1d(a.long_range, b.long_range),
    )


def together(pieces: list[Records]) -> Records:
    """Add up what different vessels did in the same hours."""
    hours = np.concatenate([np.empty(0, HOUR), *pieces])
    return _grouped(hours, ("cell", "of_b", "hour"))


def _summed(months: Records) -> Records:
    return _grouped(months, ("month", "cell", "of_b"))


def _grouped(records: Records, by: tuple[str, ...]) -> Records:
    """Return records sorted by some of their columns, the counts of equal ones added up."""
    records = records[np.lexsort([records[name] for name in reversed(by)])]
    is_new = np.ones(records.size, np.bool_)
    is_new[1:] = np.any([records[name][1:] != records[name][:-1] for name in by], axis=0)
    first = np.flatnonzero(is_new)
    out = records[first]
    for name, _ in _COUNTS:
        out[name] = np.add.reduceat(records[name], first) if first.size else records[name]
    return out


def _ended(spells: Records, later: Records) -> Records:
    """End spells that last where their tile is heard again."""
    at = np.minimum(np.searchsorted(later["tile"], spells["tile"]), max(later.size - 1, 0))
    ends = np.flatnonzero(spells["to_us"] == NEVER) if later.size else np.empty(0, np.int64)
    ends = ends[later["tile"][at[ends]] == spells["tile"][ends]]
    out = spells.copy()
    out["to_us"][ends] = later["first_us"][at[ends]]
    return out


def _merged(tiles: Records) -> Records:
    """Return one record a tile, of several the first, with all its dates."""
    order = np.lexsort((tiles["first_us"], tiles["tile"]))
    tiles = tiles[order]
    first = np.flatnonzero(np.diff(tiles["tile"], prepend=-1))
    out = tiles[first]
    out["dates"] = np.add.reduceat(tiles["dates"], first) if first.size else tiles["dates"]
    return out
