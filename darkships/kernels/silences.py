"""How likely a transmitter that was on would not have been heard, along the paths that a silent vessel could take.

A path leads from the off fix over a waypoint to the on fix. Where both ends are far apart in time, only the hours near
them are looked at: out from the off fix, and in to the on fix.
"""

from typing import Any, NamedTuple

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.geodesy import haversine_nm, wrapped
from darkships.kernels.hours import COLUMNS, HOURS, MOVED_H, between, cell_of, most_hours, whole_hours

_FIRST_CLOSE, PATHS = 17, 25
KINDS = slice(0, 1), slice(1, _FIRST_CLOSE), slice(_FIRST_CLOSE, PATHS)
"""The direct one (or staying), over waypoints in eight bearings at two distances, and to lie close by in eight."""

CLASS_A, CLASS_B, OTHER_THAN_27 = 0, 1, 2
"""Groups of vessels: of class A, of B, and of A that are not known to send long-range messages (ITU-R M.1371 type 27).
The last are not heard where others are by these only."""

LOOKED_AT_H = 24
"""From each end of a silence."""

TILE_CELLS = 4
"""So many cells each way share what is peculiar to an hour."""

TILE_COLUMNS, TILE_ROWS = COLUMNS // TILE_CELLS, COLUMNS // 2 // TILE_CELLS
MOST = 0.95
"""Chance an hour that is believed at most: antennas fail, sets stick, hours of one vessel are alike."""

CELL_WEIGHT_H, TILE_WEIGHT_H = 12.0, 8.0
"""Vessel hours that what is known of more counts for beside a cell's own, or a tile's."""

_BEARINGS = 8
_SHARES = (0.4, 0.9)
"""Of the farthest waypoint that leaves time to come back."""

_CLOSE_NM = 15.0
"""As far as the next cell: a port behind the edge of what is heard."""

_US_PER_H = 3_600_000_000
_NM_PER_DEG = 60.0


class Silences(NamedTuple):
    """Silences as arrays (g,)."""

    off_us: Array
    """Last message before."""
    until_us: Array
    """First message after, or the end of what is known."""
    group: Array
    """Of those of a month."""
    max_kn: Array
    """What the vessel can sail."""
    from_us: Array
    """Off fix."""
    from_lon: Array
    from_lat: Array
    to_us: Array
    """On fix; -1 where there is none."""
    to_lon: Array
    to_lat: Array
    is_off: Array
    """More likely switched off than not received, as far as is known: its hours tell nothing of reception."""


class Month(NamedTuple):
    """Vessel hours of a month by group and cell: arrays (3, cells), or (2, cells) where nobody sends type 27."""

    there: Array
    heard: Array
    near: Array
    """The chance an hour that the eight cells around suggest."""
    chance: Array
    """That together with the cell's own vessel hours."""


class Day(NamedTuple):
    """Vessel hours of a date: by group and cell (groups, cells), by tile and hour (tiles, 24), and by hour (24,)."""

    there: Array
    heard: Array
    chance: Array
    """The chance an hour that the month and the date suggest."""
    tile: Array
    """(tiles, 24, 2): to be heard, of those that are there, and heard; side by side, for memory is waited for most."""
    feed_expected: Array
    feed_heard: Array

    @classmethod
    def of_month(cls, month: Month) -> "Day":
        """Return a day without vessel hours; most of the memory is never touched, which kernels cannot do."""
        there, heard = np.zeros((2, *month.there.shape), np.int32)
        tile = np.zeros((TILE_ROWS * TILE_COLUMNS, HOURS, 2), np.float32)
        return cls(there, heard, month.chance.copy(), tile, np.zeros(HOURS), np.zeros(HOURS))


class Sums(NamedTuple):
    """What adds up of silences over dates: arrays (g, 2, paths), (g,) and (g, 2).

    Where both ends are far apart in time, the ways out from the off fix and those in to the on fix stand apart, for any
    of them can lead to any other; else all is in the first half.
    """

    log_missed: Array
    """Logarithm of the chance not to be heard in the hours in which anybody was; minus infinity on a way over land."""
    log_missed_alone: Array
    """The same for hours in which nobody was heard at all."""
    heard_h: Array
    """Hours in which it would have been heard, of those in which anybody was."""
    looked_h: Array
    """How many these are."""
    others: Array
    """Vessel hours that were to be heard in the hours in which nobody was."""


def is_counted(from_us: Any, to_us: Any) -> Any:
    """Tell of fixes around silences, numbers or arrays, whether some hours between count as missed: no date between."""
    return (to_us >= 0) & (to_us // (HOURS * _US_PER_H) <= from_us // (HOURS * _US_PER_H) + 1)


_is_counted = inlined(is_counted)


def shrunk(heard: Any, there: Any, chance: Any) -> Any:
    """Return heard / there, numbers or arrays, drawn to a chance that is known of more."""
    return (heard + CELL_WEIGHT_H * np.float64(chance)) / (there + CELL_WEIGHT_H)


_shrunk = inlined(shrunk)


@inlined
def tile_of(cell: int) -> int:
    """Return the tile of a cell."""
    return cell // COLUMNS // TILE_CELLS * TILE_COLUMNS + cell % COLUMNS // TILE_CELLS


@inlined
def _by_date(heard: int, there: int, usual: float) -> float:
    """Return the chance by a date's vessel hours, and by what is usual."""
    return _shrunk(float(heard), float(there), float(usual))


@kernel
def expect(cells: Array, group: Array, hour: Array, there: Array, heard: Array, month: Month, day: Day) -> None:
    """Sum up a date, given arrays (n,) of :func:`count_keys`, its month, and a day that is empty.

    A negative ``there`` takes away; of a cell never fewer are left than were heard.
    """
    for i in range(cells.size):
        day.there[group[i], cells[i]] += there[i]
        day.heard[group[i], cells[i]] += heard[i]
    for i in range(cells.size):
        g, c = group[i], cells[i]
        day.there[g, c] = max(day.there[g, c], day.heard[g, c])
        day.chance[g, c] = _by_date(day.heard[g, c], day.there[g, c], month.chance[g, c])
    for i in range(cells.size):
        g, c, h = group[i], cells[i], hour[i]
        if g == OTHER_THAN_27:  # told by class A
            continue
        expected = there[i] * day.chance[g, c]
        day.tile[tile_of(c), h, 0] += expected
        day.tile[tile_of(c), h, 1] += heard[i]
        day.feed_expected[h] += expected
        day.feed_heard[h] += heard[i]


@kernel
def clear(cells: Array, group: Array, hour: Array, month: Month, day: Day) -> None:
    """Make a day empty again; the arrays (n,) are those of :func:`expect`."""
    for i in range(cells.size):
        g, c, h = group[i], cells[i], hour[i]
        day.there[g, c], day.heard[g, c], day.chance[g, c] = 0, 0, month.chance[g, c]
        day.tile[tile_of(c), h, 0], day.tile[tile_of(c), h, 1] = 0.0, 0.0
        day.feed_expected[h], day.feed_heard[h] = 0.0, 0.0


@kernel
def _own_hours(from_us: int, from_lon: float, from_lat: float, to_us: int, to_lon: float, to_lat: float) -> Array:
    """Return the cells in which the silence itself counted as missed hours, from its first hour on."""
    if not _is_counted(from_us, to_us):
        return np.empty(0, np.int64)
    cells = np.empty(min(whole_hours(from_us, to_us), most_hours(from_lon, from_lat, to_lon, to_lat)), np.int64)
    for k in range(cells.size):
        share = ((from_us // _US_PER_H + k + 1.5) * _US_PER_H - from_us) / (to_us - from_us)
        cells[k] = cell_of(between(from_lon, to_lon, share), from_lat + share * (to_lat - from_lat))
    return cells


@inlined
def _own(of: Silences, g: int) -> tuple[Array, int]:
    """Return the cells of a silence's own missed hours, and the first of these hours; contacts may cut it short."""
    cells = _own_hours(of.from_us[g], of.from_lon[g], of.from_lat[g], of.to_us[g], of.to_lon[g], of.to_lat[g])
    first = of.from_us[g] // _US_PER_H + 1
    before = max(of.off_us[g] // _US_PER_H + 1 - first, 0)
    return cells[before : max(of.until_us[g] // _US_PER_H - first, before)], first + before


@kernel
def off_hours(of: Silences) -> Array:
    """Return the hours in which silences that were switched off counted as missed.

    Returns
    -------
    int64 array (n, 3)
        Clock hour since 1970, cell, and 1 for class B.

    """
    out = np.empty((np.sum(of.is_off) * MOVED_H, 3), np.int64)
    n = 0
    for g in range(of.is_off.size):
        if not of.is_off[g]:
            continue
        own, first = _own(of, g)
        for k in range(own.size):
            out[n, 0], out[n, 1], out[n, 2] = first + k, own[k], 1 if of.group[g] == CLASS_B else 0
            n += 1
    return out[:n]


@kernel
def _waypoint(lon: float, lat: float, east_nm: float, north_nm: float) -> tuple[float, float]:
    """Return the place so far from another, on a plane that touches the Earth between them."""
    to_lat = min(max(lat + north_nm / _NM_PER_DEG, -89.9), 89.9)
    squeeze = max(np.cos(np.radians(0.5 * (lat + to_lat))), 0.05)
    return (lon + east_nm / _NM_PER_DEG / squeeze + 180.0) % 360.0 - 180.0, to_lat


@kernel
def _offset(path: int) -> tuple[float, float]:
    """Return cosine and sine of a path's bearing, times its share of the farthest waypoint."""
    if path == 0:
        return 0.0, 0.0
    angle = 2.0 * np.pi * ((path - 1) % _BEARINGS) / _BEARINGS
    share = _SHARES[(path - 1) // _BEARINGS]
    return share * np.cos(angle), share * np.sin(angle)


@kernel
def _lie_close(
    bearing: int, from_us: int, from_lon: float, from_lat: float, to_us: int, to_lon: float, to_lat: float, kn: float
) -> tuple[float, float, float, float, float, float]:
    """Return what ``_turn`` does, of a path to a place close by, to lie there as long as there is time."""
    span_h = (to_us - from_us) / _US_PER_H if to_us >= 0 else np.inf
    between_nm = haversine_nm(from_lon, from_lat, to_lon, to_lat) if span_h <= 2 * LOOKED_AT_H else 0.0
    close_nm, kn = max(min(_CLOSE_NM, 0.5 * (kn * span_h - between_nm)), 0.0), max(kn, 0.1)
    angle = 2.0 * np.pi * bearing / _BEARINGS
    x, y = close_nm * np.cos(angle), close_nm * np.sin(angle)
    out = _waypoint(from_lon, from_lat, x, y)
    if span_h > 2 * LOOKED_AT_H:
        back = out if to_us < 0 else _waypoint(to_lon, to_lat, x, y)
        return out[0], out[1], back[0], back[1], close_nm / kn, close_nm / kn
    back_h = min(haversine_nm(out[0], out[1], to_lon, to_lat) / kn, span_h)
    return out[0], out[1], out[0], out[1], min(close_nm / kn, span_h - back_h), back_h


@kernel
def _turn(
    path: int, from_us: int, from_lon: float, from_lat: float, to_us: int, to_lon: float, to_lat: float, max_kn: float
) -> tuple[float, float, float, float, float, float]:
    """Return a path's waypoint after the off fix and that before the on fix, and the hours to each from there.

    Waypoints of a short silence lie in the ellipse that a vessel of that speed can reach between its two ends.
    """
    if path >= _FIRST_CLOSE:
        return _lie_close(path - _FIRST_CLOSE, from_us, from_lon, from_lat, to_us, to_lon, to_lat, max_kn)
    x, y = _offset(path)
    span_h = (to_us - from_us) / _US_PER_H if to_us >= 0 else np.inf
    if span_h > 2 * LOOKED_AT_H:
        out = _waypoint(from_lon, from_lat, x * max_kn * LOOKED_AT_H, y * max_kn * LOOKED_AT_H)
        back = out if to_us < 0 else _waypoint(to_lon, to_lat, x * max_kn * LOOKED_AT_H, y * max_kn * LOOKED_AT_H)
        return out[0], out[1], back[0], back[1], float(LOOKED_AT_H), float(LOOKED_AT_H)
    half_nm = 0.5 * haversine_nm(from_lon, from_lat, to_lon, to_lat)
    lon, lat = between(from_lon, to_lon, 0.5), 0.5 * (from_lat + to_lat)
    along = 0.5 * max(max_kn * span_h, 2.0 * half_nm)
    across = np.sqrt(max(along * along - half_nm * half_nm, 0.0))
    east = wrapped(to_lon - from_lon) * np.cos(np.radians(lat))
    course = np.arctan2(to_lat - from_lat, east)
    dx, dy = x * along, y * across
    turn = _waypoint(lon, lat, dx * np.cos(course) - dy * np.sin(course), dx * np.sin(course) + dy * np.cos(course))
    out_nm, back_nm = haversine_nm(from_lon, from_lat, *turn), haversine_nm(to_lon, to_lat, *turn)
    out_h = span_h * out_nm / (out_nm + back_nm) if out_nm + back_nm > 0.0 else 0.5 * span_h
    return turn[0], turn[1], turn[0], turn[1], out_h, span_h - out_h


@kernel
def looked_at(off_us: int, until_us: int, is_back: bool, hour: int) -> float:
    """Return the share of a clock hour since 1970 in a silence, near its start, or its end if there is one."""
    first, last = max(off_us, hour * _US_PER_H), min(until_us, (hour + 1) * _US_PER_H)
    out_us = min(last, off_us + LOOKED_AT_H * _US_PER_H) - first
    back_us = last - max(first, until_us - LOOKED_AT_H * _US_PER_H) if is_back else 0
    both = until_us - off_us <= 2 * LOOKED_AT_H * _US_PER_H and is_back
    return max(last - first if both else max(out_us, 0) + max(back_us, 0), 0) / _US_PER_H


@inlined
def _is_far(from_h: float, to_h: float) -> bool:
    """Tell whether hours in the middle are not looked at, so that the way out and the way in do not depend."""
    return to_h - from_h > 2 * LOOKED_AT_H


@inlined
def _half(from_h: float, to_h: float, hour: int) -> int:
    """Return 1 for a clock hour on the way in to an on fix that is far from the off fix in time, else 0."""
    return 1 if _is_far(from_h, to_h) and hour + 0.5 - from_h > LOOKED_AT_H else 0


@inlined
def _place(
    from_h: float, from_lon: float, from_lat: float, to_h: float, to_lon: float, to_lat: float,
    turn: tuple[float, float, float, float, float, float], hour: int,
) -> tuple[float, float]:  # fmt: skip
    """Return where a vessel on a path with such waypoints is in the middle of a clock hour."""
    out_lon, out_lat, back_lon, back_lat, out_h, back_h = turn
    since_h, until_h = max(hour + 0.5 - from_h, 0.0), max(to_h - hour - 0.5, 0.0)
    if since_h <= out_h or to_h < 0.0:
        lon, lat, to_lon, to_lat, leg_h, gone_h = from_lon, from_lat, out_lon, out_lat, out_h, since_h
    else:
        lon, lat, to_lon, to_lat, leg_h, gone_h = to_lon, to_lat, back_lon, back_lat, back_h, until_h
    share = min(gone_h / leg_h, 1.0) if leg_h > 0.0 else 0.0
    return between(lon, to_lon, share), lat + share * (to_lat - lat)


@inlined
def _own_share(own: Array, own_first: int, cell: int, hour: int) -> tuple[int, int]:
    """Return how many of a silence's own hours count in a cell, and how many of these on the date of a clock hour."""
    in_month, on_date = 0, 0
    for k in range(own.size):
        if own[k] == cell:
            in_month += 1
            on_date += (own_first + k) // HOURS == hour // HOURS
    return in_month, on_date


@kernel
def weigh_date(hours: Array, of: Silences, month: Month, day: Day, land: Array, sums: Sums) -> None:
    """Add the hours of a date to what is known of silences.

    Parameters
    ----------
    hours
        Array (h,): the clock hours of the date since 1970. Of those that are partly silent the part counts, as if
        reports came at random (Poisson).
    of
        The silences.
    month, day
        Vessel hours.
    land
        Bool (cells,): no water in it, so that no vessel sails there.
    sums
        Of the silences, along the first of the paths, or all; added to in place.

    """
    in_feed, of_feed, shares = day.feed_heard, day.feed_expected, np.empty(hours.size)
    for g in range(of.off_us.size):
        ends = (of.from_us[g], of.from_lon[g], of.from_lat[g], of.to_us[g], of.to_lon[g], of.to_lat[g])
        from_h, to_h = of.from_us[g] / _US_PER_H, of.to_us[g] / _US_PER_H
        group = of.group[g] if of.group[g] < len(month.there) else CLASS_A
        own, own_first = _own(of, g)
        own = own[: 0 if of.is_off[g] else own.size]  # of what was switched off none count any more
        for h in range(hours.size):
            shares[h] = looked_at(of.off_us[g], of.until_us[g], of.to_us[g] >= 0, hours[h])
            if in_feed[hours[h] % HOURS] > 0:
                sums.looked_h[g] += shares[h]
            else:
                is_own = own_first <= hours[h] < own_first + own.size
                half = _half(from_h, to_h, hours[h])
                sums.others[g, half] += shares[h] * max(of_feed[hours[h] % HOURS] - is_own, 0.0)
        for half, path in np.ndindex((2 if _is_far(from_h, to_h) else 1, sums.log_missed.shape[2])):
            turn = _turn(path, *ends, of.max_kn[g])
            log_missed, missed, log_missed_alone, missed_alone, heard_h = 0.0, 1.0, 0.0, 1.0, 0.0
            for h in range(hours.size):
                if shares[h] == 0.0 or _half(from_h, to_h, hours[h]) != half:
                    continue
                at = hours[h] % HOURS
                cell = cell_of(*_place(from_h, *ends[1:3], to_h, *ends[4:], turn, hours[h]))
                if path > 0 and land[cell]:
                    log_missed = -np.inf
                    break
                tile, now = tile_of(cell), hours[h] - own_first
                chance, expected = float(day.chance[group, cell]), float(day.tile[tile, at, 0])
                in_month, on_date = _own_share(own, own_first, cell, hours[h])
                if in_month > 0:  # what the silence itself counts for is taken out
                    heard = month.heard[group, cell]
                    usual = _by_date(heard, max(month.there[group, cell] - in_month, heard), month.near[group, cell])
                    heard = day.heard[group, cell]
                    chance = _by_date(heard, max(day.there[group, cell] - on_date, heard), usual)
                if 0 <= now < own.size and tile_of(own[now]) == tile:
                    expected = max(expected - chance, 0.0)
                rate = (day.tile[tile, at, 1] + TILE_WEIGHT_H) / (expected + TILE_WEIGHT_H)
                chance = min(chance * rate, MOST)
                heard_h += shares[h] * chance * (in_feed[at] > 0)
                if shares[h] == 1.0:  # of whole hours the chances are multiplied, which takes no logarithm
                    missed *= 1.0 - chance if in_feed[at] > 0 else 1.0
                    missed_alone *= 1.0 if in_feed[at] > 0 else 1.0 - chance
                elif in_feed[at] > 0:
                    log_missed += shares[h] * np.log1p(-chance)
                else:
                    log_missed_alone += shares[h] * np.log1p(-chance)
            sums.log_missed[g, half, path] += log_missed + np.log(missed)
            sums.log_missed_alone[g, half, path] += log_missed_alone + np.log(missed_alone)
            sums.heard_h[g, half, path] += heard_h
