"""Made-up ships: chance, the tables of a simulation, and where a ship is. All that comes of it is synthetic."""

from typing import NamedTuple

import numpy as np

from darkships.kernels import Array, kernel
from darkships.units import S_PER_H

PORT, GROUND, EXIT = 0, 1, 2
"""Kinds of place: a harbour, a place on the open sea, and the edge of the feed's area."""

MOORED, ANCHORED, FISHING, DRIFTING, UNDER_WAY, AWAY = range(6)
"""Kinds of leg: what a ship does from one time to another. Away, it is outside the feed's area."""

CLASS_A, CLASS_B, CLASS_B_SO = 0, 1, 2
"""Kinds of set: class A, class B with carrier sense, class B self-organising."""

SLOW_NM = 2.0
"""How far from its ends a passage is sailed at half speed."""

TURN_NM = 0.1
"""How far around a bend a ship changes course."""


class Places(NamedTuple):
    """Where ships go, arrays (p,)."""

    lon: Array
    lat: Array
    kind: Array
    """int8: PORT, GROUND or EXIT"""
    watched: Array
    """bool"""


class Ways(NamedTuple):
    """Ways by sea, the points of one after those of the other: w ways, n points in all."""

    first: Array
    """int64 (w + 1,): where the points of each way begin"""
    lon: Array
    lat: Array
    nm: Array
    """float64 (n,): miles from the way's first point"""
    course: Array
    """float64 (n,): true course from each point to the next, degrees"""
    between: Array
    """int32 (p, p, v): v ways from the place of lower number to the other; -1 where there is none"""


class Ships(NamedTuple):
    """What the ships are, arrays (s,)."""

    seed: Array
    """int64 below 2^32"""
    ais_class: Array
    """int8: CLASS_A, ..."""
    antenna_m: Array
    kn: Array
    """float64: speed under way"""
    fishes: Array
    """bool"""


class Legs(NamedTuple):
    """What every ship does when, one leg after the other without a pause."""

    first: Array
    """int64 (s + 1,): where the legs of each ship begin"""
    start_s: Array
    """float64 (l,): seconds since the simulation's start; the first legs begin before it"""
    end_s: Array
    kind: Array
    """int8: MOORED, ..."""
    place: Array
    """int32: where the ship is, or where it sails to"""
    way: Array
    """int32: the way under way, else -1"""
    back: Array
    """bool: the way is sailed from its last point to its first"""
    kn: Array
    """float64: speed, of one that roams about its place too"""
    size_nm: Array
    """float64: how far it roams"""


@kernel
def scramble(x: int) -> int:
    """Return 32 bits that look like chance (C. Wellons, "Prospecting for hash functions", 2018: lowbias32)."""
    x = int(x) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)


@kernel
def draw(seed: int, number: int) -> int:
    """Return the 32 bits of that number in a ship's chances: the same whatever was asked before."""
    return scramble(seed ^ scramble(number + 0x9E3779B9))


@kernel
def chance(seed: int, number: int) -> float:
    """Return a number uniform in [0, 1)."""
    return draw(seed, number) / 4294967296.0


@kernel
def bell(seed: int, number: int) -> float:
    """Return a number nearly normal, of mean 0 and variance 1: the sum of the four bytes of a draw."""
    bits = draw(seed, number)
    return ((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24) - 510.0) / 147.8


@kernel
def seeds(seed: int, n: int) -> Array:
    """Return the seeds (n,) of so many ships."""
    out = np.empty(n, np.int64)
    for i in range(n):
        out[i] = draw(seed, i)
    return out


@kernel
def passage_s(length_nm: float, kn: float) -> float:
    """Return how long a passage takes, slow at both ends."""
    slow_nm = min(2.0 * SLOW_NM, length_nm)
    return (length_nm + slow_nm) / kn * S_PER_H


@kernel
def sailed(length_nm: float, kn: float, elapsed_s: float) -> tuple[float, float]:
    """Return the miles made good since the beginning of a passage, and the speed then."""
    slow_nm = min(SLOW_NM, 0.5 * length_nm)
    slow_s = 2.0 * slow_nm / kn * S_PER_H
    if elapsed_s <= slow_s:
        return 0.5 * kn * elapsed_s / S_PER_H, 0.5 * kn
    fast_s = (length_nm - 2.0 * slow_nm) / kn * S_PER_H
    if elapsed_s <= slow_s + fast_s:
        return slow_nm + kn * (elapsed_s - slow_s) / S_PER_H, kn
    return min(length_nm, length_nm - slow_nm + 0.5 * kn * (elapsed_s - slow_s - fast_s) / S_PER_H), 0.5 * kn


@kernel
def on_way(ways: Ways, way: int, nm: float) -> tuple[float, float, float, bool]:
    """Return longitude, latitude and course so far along a way, and whether a bend is near."""
    first, last = ways.first[way], ways.first[way + 1] - 1
    low, high = first, last
    while high - low > 1:
        middle = (low + high) // 2
        if ways.nm[middle] <= nm:
            low = middle
        else:
            high = middle
    length = ways.nm[high] - ways.nm[low]
    share = (nm - ways.nm[low]) / length if length > 0.0 else 0.0
    lon = ways.lon[low] + share * (ways.lon[high] - ways.lon[low])
    lat = ways.lat[low] + share * (ways.lat[high] - ways.lat[low])
    bends = (low > first and nm - ways.nm[low] < TURN_NM) or (high < last and ways.nm[high] - nm < TURN_NM)
    return lon, lat, ways.course[low], bends


@kernel
def roam(span_s: float, elapsed_s: float, kn: float, size_nm: float) -> tuple[float, float, float, float]:
    """Return miles east and north of the place where a ship roams, and its speeds east and north in knots.

    A figure of eight through the place, sailed as often as brings it back there at the end.
    """
    turns = max(1.0, np.floor(kn / (1.6 * size_nm) * span_s / S_PER_H / (2.0 * np.pi)))
    rate = 2.0 * np.pi * turns / span_s
    phase = rate * elapsed_s
    east, north = size_nm * np.sin(phase), size_nm * np.sin(2.0 * phase)
    kn_east = size_nm * rate * np.cos(phase) * S_PER_H
    return east, north, kn_east, 2.0 * size_nm * rate * np.cos(2.0 * phase) * S_PER_H


@kernel
def motion(places: Places, ways: Ways, legs: Legs, leg: int, at_s: float) -> tuple[float, float, float, float, bool]:
    """Return longitude, latitude, speed (knots), course (degrees) at a time in a leg, and whether a bend is near.

    The course of a ship that lies still is 0.
    """
    elapsed_s = at_s - legs.start_s[leg]
    way = legs.way[leg]
    if way >= 0:
        length_nm = ways.nm[ways.first[way + 1] - 1]
        nm, kn = sailed(length_nm, legs.kn[leg], elapsed_s)
        if legs.back[leg]:
            lon, lat, course, bends = on_way(ways, way, length_nm - nm)
            return lon, lat, kn, (course + 180.0) % 360.0, bends
        lon, lat, course, bends = on_way(ways, way, nm)
        return lon, lat, kn, course, bends
    lon, lat = places.lon[legs.place[leg]], places.lat[legs.place[leg]]
    if legs.size_nm[leg] == 0.0:
        return lon, lat, 0.0, 0.0, False
    span_s = legs.end_s[leg] - legs.start_s[leg]
    east, north, kn_east, kn_north = roam(span_s, elapsed_s, legs.kn[leg], legs.size_nm[leg])
    lon += east / 60.0 / np.cos(np.radians(lat))
    course = np.degrees(np.arctan2(kn_east, kn_north)) % 360.0
    return lon, lat + north / 60.0, np.sqrt(kn_east**2 + kn_north**2), course, False
