"""What is known of a silence: its two ends, each with what stood around it, before any of it becomes a table."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from darkships.kernels import Array, fixed
from darkships.kernels.gaps import look_ahead, look_back
from darkships.kernels.neighbours import BUCKETS, count_near, end_cells, presence_keys, renamed

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint32]
Records = npt.NDArray[Any]
"""A structured array."""

END = np.dtype(
    [
        ("us", "i8"), ("lon", "f8"), ("lat", "f8"), ("sog", "f4"), ("cog", "f4"), ("nav_status", "i1"),
        ("fixes_12h", "i4"), ("satellite_12h", "i4"), ("way_us", "i8"), ("way_lon", "f8"), ("way_lat", "f8"),
        ("heard", "i4", BUCKETS),
    ]
)  # fmt: skip
"""A fix at which a silence begins or ends; ``way`` is the track some 20 min before or after; ``heard`` as
``count_near`` counts, from the end on into the silence."""

GAP = np.dtype(
    [("mmsi", "i8"), ("piece_us", "i8"), ("number", "i4"), ("off_us", "i8"), ("on_us", "i8"), ("off", END), ("on", END)]
)
"""A silence of a track from its last message to the first after it; NEVER where none came (yet). The track is named by
the first fix and the number of a part of it on one date: names stay true while more becomes known."""

NEVER = -1


class Rows(NamedTuple):
    """Fixes as arrays (n,), sorted by (mmsi, time)."""

    mmsi: Array
    t_us: Ints
    lon: Array
    lat: Array
    sog: Array
    cog: Array
    nav_status: Array
    """-1 where not told."""
    satellite: npt.NDArray[np.bool_]
    track: Ints
    """Equal for fixes of one vessel that are one track; -1 for outliers."""

    def take(self, rows: Array) -> "Rows":
        """Return the rows of a mask (n,) or of indices (k,)."""
        columns: list[Array] = [column[rows] for column in self]
        return Rows(*columns)

    def between(self, start: int, stop: int) -> "Rows":
        """Return views of some rows."""
        columns: list[Array] = [column[start:stop] for column in self]
        return Rows(*columns)


class Room:
    """Memory for the fixes of a date, then for those of another: what comes new from the system is cleared first."""

    def __init__(self) -> None:
        self._rows = Rows(*(np.empty(0, kind) for kind in ("i8", "i8", "f8", "f8", "f4", "f4", "i1", "?", "i8")))

    def rows(self, size: int) -> Rows:
        """Return arrays of so many fixes, to be written; those that were returned before change with them."""
        if size > self._rows.mmsi.size:
            columns: list[Array] = [np.empty(size + size // 8, column.dtype) for column in self._rows]
            self._rows = Rows(*columns)
        return self._rows.between(0, size)


class Presence(NamedTuple):
    """Which vessels were heard in which cell and six hours, as ``presence_keys`` gives it, the keys sorted."""

    keys: Ints
    vessels: Ints

    @classmethod
    def of(cls, rows: Rows) -> "Presence":
        """Sum up fixes."""
        keys, vessels = presence_keys(*map(fixed, (rows.mmsi, rows.t_us, rows.lon, rows.lat)))
        return cls(np.sort(keys), vessels)

    @classmethod
    def together(cls, pieces: "list[Presence]") -> "Presence":
        """Put together who was heard when."""
        vessels = np.unique(np.concatenate([np.empty(0, np.int64), *(piece.vessels for piece in pieces)]))
        keys = [renamed(piece.keys, np.searchsorted(vessels, piece.vessels)) for piece in pieces]
        return cls(np.sort(np.concatenate([np.empty(0, np.int64), *keys]), kind="stable"), vessels)  # merges runs


class Beside(NamedTuple):
    """All fixes before, or all after, some fixes."""

    rows: Rows
    same: Ints
    """Which track each of theirs is among those fixes, -1 for none; a last one, -1, for their outliers."""

    @classmethod
    def nothing(cls) -> "Beside":
        """Return no fixes."""
        return cls(Room().rows(0), np.full(1, -1))


def off_ends(rows: Rows, at: Ints, earlier: Beside) -> Records:
    """Return END records (k,) of off fixes, rows ``at``; nobody is counted as heard yet."""
    near = earlier.rows
    fixes, satellite, way = look_back(
        rows.mmsi, fixed(rows.t_us), rows.track, fixed(rows.satellite), at,
        near.mmsi, fixed(near.t_us), near.track, fixed(near.satellite), earlier.same,
    ).T  # fmt: skip
    return _ends(rows, at, near, way, fixes, satellite)


def on_ends(rows: Rows, at: Ints, later: Beside) -> Records:
    """Return END records (k,) of on fixes, rows ``at``."""
    near = later.rows
    fixes, way = look_ahead(
        rows.mmsi, fixed(rows.t_us), rows.track, at, near.mmsi, fixed(near.t_us), near.track, later.same
    ).T  # fmt: skip
    return _ends(rows, at, near, way, fixes, np.zeros(at.size, np.int64))


def _ends(rows: Rows, at: Ints, near: Rows, way: Ints, fixes: Ints, satellite: Ints) -> Records:
    out = np.zeros(at.size, END)
    for name in ("lon", "lat", "sog", "cog", "nav_status"):
        out[name] = getattr(rows, name)[at]
    out["us"], out["fixes_12h"], out["satellite_12h"] = rows.t_us[at], fixes, satellite
    own = way >= 0
    for name, column in (("way_us", "t_us"), ("way_lon", "lon"), ("way_lat", "lat")):
        out[name][own] = getattr(rows, column)[way[own]]
        out[name][~own] = getattr(near, column)[-1 - way[~own]]
    return out


def no_ends(size: int) -> Records:
    """Return END records that stand for no fix."""
    out = np.zeros(size, END)
    out["us"] = out["way_us"] = out["nav_status"] = NEVER
    for name in ("lon", "lat", "sog", "cog", "way_lon", "way_lat"):
        out[name] = np.nan
    return out


def hear(presence: Presence, mmsi: Array, ends: Records, *, is_off: bool) -> Records:
    """Return ends (k,) of the vessels ``mmsi`` (k,), with how many other vessels were heard near."""
    out = ends.copy()
    known = np.flatnonzero(ends["us"] != NEVER)
    cells = end_cells(*(np.ascontiguousarray(ends[name][known]) for name in ("us", "lon", "lat")))
    order = np.argsort(cells, kind="stable")
    known = known[order]
    out["heard"][known] = count_near(*presence, mmsi[known], cells[order], 1 if is_off else -1)
    return out
