"""What one date tells of reception; the dates beside it tell where its vessels came from and went on to."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from darkships.kernels import Array
from darkships.kernels.hours import LONG_RANGE, hour_keys
from darkships.kernels.quiet import BIN_US, BINS, FEED, heard_bins, long_waits, quiet_spells
from darkships.reception.records import HOUR, SPELL, TILE, Ints, Reception, Records, hours_of, months_of, together
from darkships.units import US_PER_DAY

MIN_WITNESSES = 5
"""So many vessels have to fall silent at once before the feed is thought to be what is silent."""


class Vessels(NamedTuple):
    """Fixes of a date and their chains, as kernels take them: arrays (n,), (c,), (c, 2) and (m,)."""

    mmsi: Array
    t_us: Ints
    lon: Array
    lat: Array
    how: Array
    """Heard: bits of ``kernels.hours``."""
    chain: Ints
    of_b: npt.NDArray[np.bool_]
    ends: Ints
    contact_mmsi: Ints
    contact_us: Ints


class Beside(NamedTuple):
    """The fix before each chain (c,) on the date before, or that after it on the date after; -1 and (c, 2) places."""

    us: Ints
    place: Array


class Ears(NamedTuple):
    """When which tiles were heard on a date, sorted; the feed is one of them."""

    keys: Ints

    @classmethod
    def of(cls, vessels: Vessels) -> "Ears":
        """Look at the fixes, and for the feed at the contacts too."""
        day_us = _day_us(vessels)
        keys = heard_bins(day_us, vessels.t_us, vessels.lon, vessels.lat)
        feed = np.union1d(keys % BINS, (vessels.contact_us - day_us) // BIN_US)
        return cls(np.concatenate([FEED * BINS + feed, keys]))

    @classmethod
    def together(cls, pieces: "list[Ears]") -> "Ears":
        """Put together what was heard of different vessels."""
        return cls(np.unique(np.concatenate([np.empty(0, np.int64), *(piece.keys for piece in pieces)])))


class Piece(NamedTuple):
    """What some vessels of a date tell."""

    hours: Records
    """HOUR."""
    waits: Ints
    """Of ``long_waits``."""
    of_b: Ints
    """MMSIs."""
    long_range: Ints
    """MMSIs of those that send long-range messages."""

    @classmethod
    def nothing(cls) -> "Piece":
        """Return what no vessel tells."""
        return cls(np.empty(0, HOUR), np.empty((0, 3), np.int64), *(np.empty(0, np.int64),) * 2)


def of_vessels(vessels: Vessels, before: Beside, after: Beside) -> Piece:
    """Look at vessels of a date."""
    keys = hour_keys(_day_us(vessels), *vessels[:8], *before, *after, *vessels[8:])
    waits = long_waits(*vessels[:4], vessels.chain, vessels.ends, after.us, *vessels[8:])
    of_b, long_range = (vessels.mmsi[rows] for rows in (vessels.ends[vessels.of_b, 0], vessels.how & LONG_RANGE != 0))
    return Piece(hours_of(np.sort(keys)), waits, np.unique(of_b), np.unique(long_range))


def _day_us(vessels: Vessels) -> int:
    """Return when the date begins; 0 where nothing was heard."""
    times = vessels.t_us if vessels.t_us.size else vessels.contact_us
    return int(times[0]) // US_PER_DAY * US_PER_DAY if times.size else 0


def of_date(pieces: list[Piece], day: int, ears: Ears, later: Ears) -> tuple[Records, Reception]:
    """Return HOUR of a date, and its share of what adds up, given what was heard on it and on the next date."""
    hours = together([piece.hours for piece in pieces])
    waits = np.concatenate([np.empty((0, 3), np.int64), *(piece.waits for piece in pieces)])
    feed = waits.copy()
    feed[:, 0] = FEED
    waits = np.concatenate([feed, waits])
    waits = waits[np.lexsort((waits[:, 1], waits[:, 0]))]
    day_us = day * US_PER_DAY
    found = quiet_spells(day_us, ears.keys, later.keys, waits, MIN_WITNESSES)
    spells = np.empty(len(found), SPELL)
    for name, column in zip(SPELL.names or (), found.T, strict=True):
        spells[name] = column
    first = np.flatnonzero(np.diff(ears.keys // BINS, prepend=-1))
    tiles = np.empty(first.size, TILE)
    tiles["tile"], tiles["dates"] = ears.keys[first] // BINS, 1
    tiles["first_us"] = day_us + ears.keys[first] % BINS * BIN_US
    of_b, long_range = (
        np.unique(np.concatenate([np.empty(0, np.int64), *own]))
        for own in ([piece.of_b for piece in pieces], [piece.long_range for piece in pieces])
    )
    return hours, Reception(months_of(hours, day), tiles, spells, of_b, long_range)
