"""What made-up ships do: their legs, and the silences that are planted in them."""

from typing import NamedTuple

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.simulation import (
    ANCHORED,
    AWAY,
    DRIFTING,
    EXIT,
    FISHING,
    GROUND,
    MOORED,
    PORT,
    UNDER_WAY,
    Legs,
    Places,
    Ships,
    Ways,
    chance,
    passage_s,
    scramble,
)
from darkships.units import S_PER_H

REGULAR, DARK_VISIT, DARK_TRANSFER, LAID_UP, MOORED_OFF, LEFT_AREA = range(6)
"""Stories, and kinds of silence that they plant (a regular ship plants none)."""

_TRIES = 12
_S_PER_DAY = 86_400.0


class Silences(NamedTuple):
    """Planted silences, arrays (n,)."""

    ship: Array
    kind: Array
    """int8: DARK_VISIT, ..."""
    start_s: Array
    end_s: Array
    place: Array
    """int32: where the ship is meanwhile"""
    arrival_s: Array
    """float64: when it comes there"""
    departure_s: Array


class Life(NamedTuple):
    """One ship's legs and silences as they are written, and how far that is."""

    legs: Legs
    silences: Silences
    n: Array
    """int64 (3,): legs, silences, chances drawn"""


@kernel
def _luck(life: Life, seed: int) -> float:
    life.n[2] += 1
    return chance(seed, life.n[2])


@kernel
def _between(life: Life, seed: int, low: float, high: float) -> float:
    return low + (high - low) * _luck(life, seed)


@kernel
def _stay(life: Life, kind: int, place: int, start_s: float, end_s: float, kn: float, size_nm: float) -> float:
    """Write a leg at a place; return its end."""
    legs, n = life.legs, life.n[0]
    legs.start_s[n], legs.end_s[n], legs.kind[n], legs.place[n] = start_s, end_s, kind, place
    legs.way[n], legs.back[n], legs.kn[n], legs.size_nm[n] = -1, False, kn, size_nm
    life.n[0] = n + 1
    return end_s


@kernel
def _way(ways: Ways, start: int, end: int, variant: int) -> int:
    return ways.between[min(start, end), max(start, end), variant]


@kernel
def _hours_s(ways: Ways, way: int, kn: float) -> float:
    return passage_s(ways.nm[ways.first[way + 1] - 1], kn)


@kernel
def _sail(life: Life, ways: Ways, way: int, start: int, end: int, start_s: float, kn: float) -> float:
    """Write a passage; return its end."""
    legs, n = life.legs, life.n[0]
    legs.start_s[n], legs.end_s[n] = start_s, start_s + _hours_s(ways, way, kn)
    legs.kind[n], legs.place[n], legs.way[n], legs.back[n] = UNDER_WAY, end, way, start > end
    legs.kn[n], legs.size_nm[n] = kn, 0.0
    life.n[0] = n + 1
    return legs.end_s[n]


@kernel
def _silence(
    life: Life, kind: int, start_s: float, end_s: float, place: int, arrival_s: float, departure_s: float
) -> None:
    silences, n = life.silences, life.n[1]
    silences.kind[n], silences.start_s[n], silences.end_s[n] = kind, start_s, end_s
    silences.place[n], silences.arrival_s[n], silences.departure_s[n] = place, arrival_s, departure_s
    life.n[1] = n + 1


@kernel
def _choose(life: Life, seed: int, places: Places, ways: Ways, start: int, kind: int, watched: bool) -> int:
    """Return a place of a kind to sail to, the near ones more often; -1 if none was found."""
    best, best_nm = -1, np.inf
    found = 0
    for _ in range(_TRIES):
        end = int(_luck(life, seed) * places.lon.size)
        if end == start or places.kind[end] != kind or places.watched[end] != watched:
            continue
        way = _way(ways, start, end, 0)
        if way < 0:
            continue
        nm = ways.nm[ways.first[way + 1] - 1]
        if nm < best_nm:
            best, best_nm = end, nm
        found += 1
        if found == 2:
            break
    return best


@kernel
def _go(life: Life, seed: int, ways: Ways, start: int, end: int, at_s: float, kn: float) -> float:
    """Sail by one of the ways between two places; return when."""
    way = _way(ways, start, end, int(_luck(life, seed) * ways.between.shape[2]))
    if way < 0:  # this one bends no other way
        way = _way(ways, start, end, 0)
    return _sail(life, ways, way, start, end, at_s, kn)


@kernel
def _call(life: Life, seed: int, place: int, at_s: float) -> float:
    """Wait in the roads sometimes, then lie at the berth; return when that ends."""
    if _luck(life, seed) < 0.3:
        at_s = _stay(life, ANCHORED, place, at_s, at_s + _between(life, seed, 3.0, 30.0) * S_PER_H, 0.1, 0.05)
    return _stay(life, MOORED, place, at_s, at_s + _between(life, seed, 8.0, 60.0) * S_PER_H, 0.0, 0.0)


@kernel
def _visit_in_the_dark(
    life: Life, seed: int, places: Places, ways: Ways, home: int, at_s: float, kn: float
) -> tuple[int, float]:
    """Go to a watched site and back with the transmitter off; return where that ends, and when."""
    site = _choose(life, seed, places, ways, home, PORT, True)
    if site < 0:
        return home, at_s
    off_s = at_s - _between(life, seed, 0.5, 3.0) * S_PER_H
    arrival_s = _go(life, seed, ways, home, site, at_s, kn)
    if _luck(life, seed) < 0.7:
        off_s = at_s + min(_between(life, seed, 3.0, 40.0) / kn * S_PER_H, 0.4 * (arrival_s - at_s))
    departure_s = _stay(life, MOORED, site, arrival_s, arrival_s + _between(life, seed, 18.0, 72.0) * S_PER_H, 0.0, 0.0)
    end = home
    if _luck(life, seed) < 0.4:
        end = _choose(life, seed, places, ways, site, PORT, False)
        if end < 0:
            end = home
    back_s = _go(life, seed, ways, site, end, departure_s, kn)
    on_s = back_s + _between(life, seed, 0.5, 4.0) * S_PER_H
    if _luck(life, seed) < 0.7:
        on_s = back_s - min(_between(life, seed, 3.0, 40.0) / kn * S_PER_H, 0.4 * (back_s - departure_s))
    _silence(life, DARK_VISIT, off_s, on_s, site, arrival_s, departure_s)
    return end, back_s


@kernel
def _meet(
    life: Life, seed: int, ways: Ways, home: int, ground: int, at_s: float, meeting_s: float, span_s: float, kn: float
) -> float:
    """Be at a place on the open sea from one time to another, dark around it, and come home; return when."""
    way = _way(ways, home, ground, 0)
    passage = _hours_s(ways, way, kn)
    leaves_s = max(at_s, meeting_s - passage)
    if leaves_s > at_s:
        _stay(life, MOORED, home, at_s, leaves_s, 0.0, 0.0)
    arrival_s = _sail(life, ways, way, home, ground, leaves_s, kn)
    departure_s = _stay(life, DRIFTING, ground, arrival_s, arrival_s + span_s, 0.6, 0.5)
    off_s = arrival_s - min(_between(life, seed, 0.5, 5.0) * S_PER_H, 0.5 * passage)
    back_s = _sail(life, ways, way, ground, home, departure_s, kn)
    on_s = departure_s + min(_between(life, seed, 0.5, 5.0) * S_PER_H, 0.5 * passage)
    _silence(life, DARK_TRANSFER, off_s, on_s, ground, arrival_s, departure_s)
    return back_s


@kernel
def _fish(life: Life, seed: int, places: Places, ways: Ways, home: int, at_s: float, kn: float) -> float:
    """Go fishing from a port and come back; return when."""
    ground = _choose(life, seed, places, ways, home, GROUND, False)
    if ground < 0:
        return at_s
    at_s = _go(life, seed, ways, home, ground, at_s, kn)
    at_s = _stay(life, FISHING, ground, at_s, at_s + _between(life, seed, 10.0, 60.0) * S_PER_H, 3.5,
                 _between(life, seed, 0.5, 3.0))  # fmt: skip
    return _go(life, seed, ways, ground, home, at_s, kn)


@kernel
def _leave(life: Life, seed: int, places: Places, ways: Ways, home: int, at_s: float, kn: float) -> float:
    """Leave the area for days and come home; return when."""
    edge = _choose(life, seed, places, ways, home, EXIT, False)
    if edge < 0:
        return at_s
    out_s = _go(life, seed, ways, home, edge, at_s, kn)
    in_s = _stay(life, AWAY, edge, out_s, out_s + _between(life, seed, 2.0, 20.0) * _S_PER_DAY, 0.0, 0.0)
    _silence(life, LEFT_AREA, out_s, in_s, edge, out_s, in_s)
    return _go(life, seed, ways, edge, home, in_s, kn)


@kernel
def live(
    life: Life, ships: Ships, ship: int, story: int, home: int, ground: int, meeting_s: float, span_s: float,
    places: Places, ways: Ways, end_s: float,
) -> None:  # fmt: skip
    """Write the legs and silences of one ship from some days before the start to the end.

    Parameters
    ----------
    life
        Filled; large enough for `most_legs`.
    ships, ship
        The ships, and which of them.
    story
        REGULAR, DARK_VISIT, ...
    home
        The port where it begins.
    ground, meeting_s, span_s
        Of a DARK_TRANSFER: where, when and for how long.
    places, ways
        Where ships go, and the ways between them.
    end_s
        End of the simulation.

    """
    seed, kn = scramble(ships.seed[ship] + 1), ships.kn[ship]  # chances other than those of the reports
    life.n[:] = 0
    at_s = -_between(life, seed, 0.2, 5.0) * _S_PER_DAY
    longest_s = (90.0 + 2.0 * ways.nm.max() / kn) * S_PER_H
    is_due = story in (DARK_TRANSFER, LAID_UP)
    laid_up_s = _between(life, seed, -2.0, 0.7 * end_s / _S_PER_DAY) * _S_PER_DAY
    while at_s < end_s:
        if story == LAID_UP and is_due and at_s >= laid_up_s:
            is_due = False
            on_s = _stay(life, MOORED, home, at_s, at_s + _between(life, seed, 7.0, 40.0) * _S_PER_DAY, 0.0, 0.0)
            _silence(life, LAID_UP, at_s + _between(life, seed, 0.5, 6.0) * S_PER_H,
                     on_s - _between(life, seed, 0.1, 3.0) * S_PER_H, home, at_s, on_s)  # fmt: skip
            at_s = on_s
        elif (
            story == DARK_TRANSFER
            and is_due
            and at_s + longest_s + _hours_s(ways, _way(ways, home, ground, 0), kn) > meeting_s
        ):
            is_due = False
            at_s = _meet(life, seed, ways, home, ground, at_s, meeting_s, span_s, kn)
        lies_s = at_s
        at_s = _call(life, seed, home, at_s)
        if story == MOORED_OFF and at_s - lies_s > 8.0 * S_PER_H and _luck(life, seed) < 0.6:
            _silence(life, MOORED_OFF, lies_s + _between(life, seed, 0.3, 3.0) * S_PER_H,
                     at_s - _between(life, seed, 0.1, 2.0) * S_PER_H, home, lies_s, at_s)  # fmt: skip
        if story == DARK_VISIT and _luck(life, seed) < 0.6:
            home, at_s = _visit_in_the_dark(life, seed, places, ways, home, at_s, kn)
        elif story == LEFT_AREA and _luck(life, seed) < 0.5:
            at_s = _leave(life, seed, places, ways, home, at_s, kn)
        elif ships.fishes[ship]:
            at_s = _fish(life, seed, places, ways, home, at_s, kn)
        else:
            end = _choose(life, seed, places, ways, home, PORT, False)
            if end >= 0:
                at_s = _go(life, seed, ways, home, end, at_s, kn)
                home = end


@kernel
def most_legs(days: float) -> int:
    """Return more legs than a ship can have: every call takes 8 hours, and there are at most four legs to a call."""
    return int((days + 6.0) * 3.0) * 5 + 16
