"""How likely a transmitter that was on would not have been heard, along the ways that a silent vessel could take."""

from typing import Any, NamedTuple

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.hours import (
    CELLS_PER_DEG,
    COLUMNS,
    HOURS,
    MOVED_H,
    ROWS,
    between,
    cell_of,
    most_hours,
    whole_hours,
)
from darkships.kernels.ways import LOOKED_AT_H, half_of, looked_at, place_on, turn_of

CLASS_A, CLASS_B, OTHER_THAN_27 = 0, 1, 2
"""Groups of vessels: of class A, of B, and of A that are not known to send long-range messages (ITU-R M.1371 type 27).
The last are not heard where others are by these only."""

TILE_CELLS = 4
"""So many cells each way share what is peculiar to an hour."""

TILE_COLUMNS, TILE_ROWS = COLUMNS // TILE_CELLS, COLUMNS // 2 // TILE_CELLS
MOST = 0.95
"""Chance an hour that is believed at most: antennas fail, sets stick, hours of one vessel are alike."""

CELL_WEIGHT_H, TILE_WEIGHT_H = 12.0, 8.0
"""Vessel hours that what is known of more counts for beside a cell's own, or a tile's."""

_US_PER_H = 3_600_000_000


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
    middle_h: Array
    """Half of the hours too far from both ends to be looked at."""
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
def _without_own(month: Month, day: Day, group: int, own: Array, on_date: Array) -> tuple[Array, Array]:
    """Return the cells (n,) of a silence's own hours, each once, and the chances (n,) there without these hours.

    ``on_date`` (k,) tells which of the hours are on the date.
    """
    cells, chances, n = np.empty(own.size, np.int64), np.empty(own.size), 0
    for k in range(own.size):
        cell, in_month, in_day, is_known = own[k], 0, 0, False
        for i in range(own.size):
            is_known |= i < k and own[i] == cell
            in_month += own[i] == cell
            in_day += own[i] == cell and on_date[i]
        if is_known:
            continue
        heard, heard_then = month.heard[group, cell], day.heard[group, cell]
        usual = _by_date(heard, max(month.there[group, cell] - in_month, heard), month.near[group, cell])
        cells[n] = cell
        chances[n] = _by_date(heard_then, max(day.there[group, cell] - in_day, heard_then), usual)
        n += 1
    return cells[:n], chances[:n]


@inlined
def _chance_beside(chance: Array, cell: int, lon: float, lat: float) -> tuple[float, float]:
    """Return what the three cells beside a place give to the chance there, and the weight of its own cell: bilinear."""
    x, y = (lon + 180.0) * CELLS_PER_DEG, (lat + 90.0) * CELLS_PER_DEG
    dx, dy = x - np.floor(x) - 0.5, y - np.floor(y) - 0.5
    row, column = cell // COLUMNS, cell % COLUMNS
    beside = (column + (1 if dx > 0.0 else -1)) % COLUMNS
    above = min(max(row + (1 if dy > 0.0 else -1), 0), ROWS - 1)
    dx, dy = abs(dx), abs(dy)
    found = dx * (1.0 - dy) * chance[row * COLUMNS + beside] + dy * (1.0 - dx) * chance[above * COLUMNS + column]
    return found + dx * dy * chance[above * COLUMNS + beside], (1.0 - dx) * (1.0 - dy)


@inlined
def _look(
    hours: Array, of: Silences, g: int, day: Day, own: Array, own_first: int, shares: Array, own_tile: Array,
    looked: Array, sums: Sums,
) -> tuple[int, int]:  # fmt: skip
    """Look at the hours (h,) of a date for a silence, whatever its way.

    Written are the share of each that counts, the tile of its own hour (-1 for none), and by half (2, h) which are to
    be looked at; return how many.
    """
    from_h, to_h, count = of.from_us[g] / _US_PER_H, of.to_us[g] / _US_PER_H, (0, 0)
    for h in range(hours.size):
        shares[h] = looked_at(of.off_us[g], of.until_us[g], of.to_us[g] >= 0, hours[h])
        half, is_own = half_of(from_h, to_h, hours[h]), own_first <= hours[h] < own_first + own.size
        own_tile[h] = tile_of(own[hours[h] - own_first]) if is_own else -1
        if day.feed_heard[hours[h] % HOURS] > 0:
            sums.looked_h[g] += shares[h]
        else:
            sums.others[g, half] += shares[h] * max(day.feed_expected[hours[h] % HOURS] - is_own, 0.0)
        if shares[h] > 0.0:
            looked[half, count[half]] = h
            count = (count[0] + (half == 0), count[1] + half)
    return count


@inlined
def _chance_on_date(
    day: Day, group: int, cell: int, lon: float, lat: float, own_cells: Array, own_chances: Array
) -> tuple[float, float]:
    """Return the chance at a place, and that of its cell; there own hours do not count."""
    of_cell = float(day.chance[group, cell])
    for i in range(own_cells.size):
        if own_cells[i] == cell:
            of_cell = own_chances[i]
    beside, weight = _chance_beside(day.chance[group], cell, lon, lat)
    return beside + weight * of_cell, of_cell


@inlined
def _rate(day: Day, tile: int, hour: int, of_cell: float, own_tile: int) -> float:
    """Return how much better or worse a tile is heard in a clock hour than on the date, without the silence's own."""
    expected = float(day.tile[tile, hour % HOURS, 0])
    if tile == own_tile:
        expected = max(expected - of_cell, 0.0)
    return (day.tile[tile, hour % HOURS, 1] + TILE_WEIGHT_H) / (expected + TILE_WEIGHT_H)


@kernel
def weigh_date(hours: Array, of: Silences, month: Month, day: Day, land: Array, sums: Sums) -> None:
    """Add the hours of a date to what is known of silences.

    Parameters
    ----------
    hours
        Array (h,): the clock hours of the date since 1970. Of those that are partly silent the part counts, as if
        reports came at random (Poisson). Those in the middle, which are not looked at, count as its month tells of the
        place where each way is in the last that is.
    of
        The silences.
    month, day
        Vessel hours.
    land
        Bool (cells,): no water in it, so that no vessel sails there.
    sums
        Of the silences, along the first of the paths, or all; added to in place.

    """
    shares, own_tile, looked = np.empty(hours.size), np.empty(hours.size, np.int64), np.empty((2, hours.size), np.int64)
    for g in range(of.off_us.size):
        ends = (of.from_us[g], of.from_lon[g], of.from_lat[g], of.to_us[g], of.to_lon[g], of.to_lat[g])
        from_h, to_h = of.from_us[g] / _US_PER_H, of.to_us[g] / _US_PER_H
        group = of.group[g] if of.group[g] < len(month.there) else CLASS_A
        own, own_first = _own(of, g)
        own = own[: 0 if of.is_off[g] else own.size]  # of what was switched off none count any more
        on_date = (own_first + np.arange(own.size)) // HOURS == hours[0] // HOURS
        own_cells, own_chances = _without_own(month, day, group, own, on_date)
        count = _look(hours, of, g, day, own, own_first, shares, own_tile, looked, sums)
        last_out_h = (of.off_us[g] + LOOKED_AT_H * _US_PER_H - 1) // _US_PER_H
        first_back_h = (of.until_us[g] - LOOKED_AT_H * _US_PER_H) // _US_PER_H
        for half, path in np.ndindex((2, sums.log_missed.shape[2])):
            if count[half] == 0 or sums.log_missed[g, half, path] == -np.inf:  # over land on another date
                continue
            turn = turn_of(path, *ends, of.max_kn[g])
            log_missed, missed, log_missed_alone, missed_alone, heard_h = 0.0, 1.0, 0.0, 1.0, 0.0
            was_lon, was_lat, cell, there = np.nan, np.nan, 0, (0.0, 0.0)
            for h in looked[half, : count[half]]:
                is_in_feed = day.feed_heard[hours[h] % HOURS] > 0
                lon, lat = place_on(from_h, *ends[1:3], to_h, *ends[4:], turn, hours[h])
                if lon != was_lon or lat != was_lat:  # else it lies where it was
                    was_lon, was_lat, cell = lon, lat, cell_of(lon, lat)
                    if path > 0 and land[cell]:
                        log_missed = -np.inf
                        break
                    there = _chance_on_date(day, group, cell, lon, lat, own_cells, own_chances)
                chance = min(there[0] * _rate(day, tile_of(cell), hours[h], there[1], own_tile[h]), MOST)
                heard_h += shares[h] * chance * is_in_feed
                if shares[h] == 1.0:  # of whole hours the chances are multiplied, which takes no logarithm
                    missed *= 1.0 - chance if is_in_feed else 1.0
                    missed_alone *= 1.0 if is_in_feed else 1.0 - chance
                elif is_in_feed:
                    log_missed += shares[h] * np.log1p(-chance)
                else:
                    log_missed_alone += shares[h] * np.log1p(-chance)
                middle_h = of.middle_h[g] * (int(hours[h] == last_out_h) + int(hours[h] == first_back_h))
                if middle_h > 0.0:  # they go by where the vessel is in the last hour that is looked at
                    log_missed += middle_h * np.log1p(-min(float(month.chance[group, cell]), MOST))
            sums.log_missed[g, half, path] += log_missed + np.log(missed)
            sums.log_missed_alone[g, half, path] += log_missed_alone + np.log(missed_alone)
            sums.heard_h[g, half, path] += heard_h
