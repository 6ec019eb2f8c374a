"""What made-up ships send, and what of it is heard."""

from typing import NamedTuple

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.simulation import (
    ANCHORED,
    AWAY,
    CLASS_A,
    CLASS_B_SO,
    FISHING,
    MOORED,
    Legs,
    Places,
    Ships,
    Ways,
    bell,
    chance,
    motion,
)
from darkships.units import M_PER_NM

OFF, CIRCLE, JUMP = 0, 1, 2
"""Kinds of episode: nothing is sent; the place sent runs in a circle; some of the places sent are elsewhere."""

STATUS_UNDER_WAY, STATUS_ANCHORED, STATUS_MOORED, STATUS_FISHING = 0, 1, 5, 7
"""Navigational statuses (ITU-R M.1371-5 table 45)."""

MOST_PER_H = 2_000
"""More messages than a set sends in an hour."""

TICK_S = 10
STATIC_S = 360.0
_CIRCLE_KN = 8.0
_CHANCES = 8
"""Numbers in a ship's chances that belong to one second."""


class Episodes(NamedTuple):
    """When ships do not send the truth, those of one ship after those of the other, in time order."""

    first: Array
    """int64 (s + 1,): where the episodes of each ship begin"""
    start_s: Array
    end_s: Array
    kind: Array
    """int8: OFF, CIRCLE, JUMP"""
    lon: Array
    """float64 (e,): middle of the circle, or where the ship jumps to"""
    lat: Array
    size_nm: Array
    """float64 (e,): radius of the circle"""


class Ears(NamedTuple):
    """Who listens in an hour: t stations, and k satellites at 360 times."""

    lon: Array
    lat: Array
    """float64 (t,)"""
    height_m: Array
    """float64 (t,): of the antenna above the sea"""
    is_up: Array
    """bool (t, 60): by minute"""
    share: float
    """chance that a station hears a message sent close by; with no stations and no satellites, that any is heard"""
    satellites: Array
    """float64 (360, k, 3): directions of the satellites from the middle of the Earth"""
    horizon: float
    """cosine of the angle at the Earth's middle within which a satellite hears"""
    satellite_share: float
    """chance that a message to a satellite does not collide with another"""
    bbox: Array
    """float64 (4,): west, south, east, north of the feed's area"""


class Clocks(NamedTuple):
    """Where the sending of each ship (s,) is between two hours."""

    next_s: Array
    static_s: Array
    leg: Array
    episode: Array


class Rows(NamedTuple):
    """Messages heard, arrays (n,), in the units of ITU-R M.1371."""

    ship: Array
    """int32"""
    second: Array
    """int32 since the simulation's start"""
    lon: Array
    """int32: 1/10,000 minute"""
    lat: Array
    sog: Array
    """int16: tenths of a knot"""
    cog: Array
    """int16: tenths of a degree; 3600 not told"""
    heading: Array
    """int16: degrees; 511 not told"""
    status: Array
    """int8: navigational status; 15 of class B"""
    msg_type: Array
    """int8: 1, 18; 5, 24 static reports"""
    station: Array
    """int16: station, then satellites; -1 where no receivers are told apart"""
    leg: Array
    """int32: what the ship was doing"""


@kernel
def interval_s(ais_class: int, status: int, sog_kn: float, turns: bool) -> float:
    """Return the reporting interval (ITU-R M.1371-5 annex 1, tables 1 and 2)."""
    if ais_class == CLASS_A:
        if status in (STATUS_ANCHORED, STATUS_MOORED):
            return 180.0 if sog_kn <= 3.0 else 10.0
        if sog_kn <= 14.0:
            return 10.0 / 3.0 if turns else 10.0
        if sog_kn <= 23.0:
            return 2.0 if turns else 6.0
        return 2.0
    if sog_kn <= 2.0:
        return 180.0
    if ais_class == CLASS_B_SO and sog_kn > 14.0:
        return 15.0 if sog_kn <= 23.0 else 5.0
    return 30.0


@kernel
def range_nm(height1_m: float, height2_m: float) -> float:
    """Return the radio horizon of two antennas: 3.57 km times the roots of 4/3 of their heights (ITU-R P.310)."""
    return 3570.0 * (np.sqrt(1.33 * height1_m) + np.sqrt(1.33 * height2_m)) / M_PER_NM


@kernel
def _heard_by(ears: Ears, antenna_m: float, lon: float, lat: float, second: int, luck: float) -> int:
    """Return the first station that hears a message, or the satellite behind the stations; -1 for none."""
    n = ears.lon.size
    minute = second // 60 % 60
    cos_lat = np.cos(np.radians(lat))
    missed = 1.0
    for k in range(n):
        north = (lat - ears.lat[k]) * 60.0
        if abs(north) > 120.0 or not ears.is_up[k, minute]:
            continue
        east = ((lon - ears.lon[k] + 180.0) % 360.0 - 180.0) * 60.0 * cos_lat
        reach = range_nm(antenna_m, ears.height_m[k])
        near = (east * east + north * north) / (reach * reach)
        if near < 1.0:
            missed *= 1.0 - ears.share * (1.0 - near * near)
            if luck > missed:
                return k
    tick = second // TICK_S % ears.satellites.shape[0]
    x, y, z = cos_lat * np.cos(np.radians(lon)), cos_lat * np.sin(np.radians(lon)), np.sin(np.radians(lat))
    for k in range(ears.satellites.shape[1]):
        at = ears.satellites[tick, k]
        if at[0] * x + at[1] * y + at[2] * z > ears.horizon:
            missed *= 1.0 - ears.satellite_share
            if luck > missed:
                return n + k
    return -1


@kernel
def _status(kind: int) -> int:
    if kind == MOORED:
        return STATUS_MOORED
    if kind == ANCHORED:
        return STATUS_ANCHORED
    return STATUS_FISHING if kind == FISHING else STATUS_UNDER_WAY


@kernel
def _untrue(
    episodes: Episodes, e: int, seed: int, second: int, lon: float, lat: float, kn: float, course: float
) -> tuple[float, float, float, float]:
    """Return what a spoofed receiver makes of a place, a speed and a course."""
    if episodes.kind[e] == JUMP:
        if chance(seed, second * _CHANCES + 5) < 0.3:
            return episodes.lon[e], episodes.lat[e], kn, course
        return lon, lat, kn, course
    size = episodes.size_nm[e]
    angle = _CIRCLE_KN / size * (second - episodes.start_s[e]) / 3600.0
    lat2 = episodes.lat[e] + size * np.cos(angle) / 60.0
    lon2 = episodes.lon[e] + size * np.sin(angle) / 60.0 / np.cos(np.radians(episodes.lat[e]))
    return lon2, lat2, _CIRCLE_KN, (np.degrees(angle) + 90.0) % 360.0


@kernel
def transmit(
    ships: Ships, legs: Legs, places: Places, ways: Ways, episodes: Episodes, ears: Ears, clocks: Clocks, rows: Rows,
    first: int, last: int, end_s: float, every_s: float, noise_m: float,
) -> int:  # fmt: skip
    """Write the messages of some ships that are heard from where their clocks stand to the end of an hour.

    Parameters
    ----------
    ships, legs, places, ways, episodes
        What is simulated.
    ears
        Who listens in that hour.
    clocks
        Moved to the end of the hour.
    rows
        Filled; room for `MOST_PER_H` a ship.
    first, last
        The ships, the last one not included.
    end_s
        End of the hour.
    every_s
        Least time between two position reports of a ship.
    noise_m
        Standard deviation of a position north and east.

    Returns
    -------
    int
        How many rows were written.

    """
    n = 0
    for ship in range(first, last):
        seed, ais_class = ships.seed[ship], ships.ais_class[ship]
        leg, e = clocks.leg[ship], clocks.episode[ship]
        next_s, static_s = clocks.next_s[ship], clocks.static_s[ship]
        while min(next_s, static_s) < end_s:
            at_s = min(next_s, static_s)
            second = int(np.floor(at_s))
            while leg + 1 < legs.first[ship + 1] and legs.end_s[leg] <= second:
                leg += 1
            while e < episodes.first[ship + 1] and episodes.end_s[e] <= second:
                e += 1
            in_episode = e < episodes.first[ship + 1] and episodes.start_s[e] <= second
            silent_s = 0.0
            if legs.kind[leg] == AWAY:
                silent_s = legs.end_s[leg]
            if in_episode and episodes.kind[e] == OFF:
                silent_s = max(silent_s, episodes.end_s[e])
            if silent_s > at_s:
                k = int(silent_s) * _CHANCES
                next_s = max(next_s, silent_s + 1.0 + 30.0 * chance(seed, k + 6))
                static_s = max(static_s, silent_s + 1.0 + STATIC_S * chance(seed, k + 7))
                continue
            lon, lat, kn, course, bends = motion(places, ways, legs, leg, second)
            status = _status(legs.kind[leg])
            is_static = static_s < next_s
            if is_static:
                static_s += max(STATIC_S, every_s)
            else:
                step = interval_s(ais_class, status, kn, bends)
                next_s += max(step * (0.9 + 0.2 * chance(seed, second * _CHANCES)), every_s)
            luck = chance(seed, second * _CHANCES + (4 if is_static else 1))
            station = -1
            if ears.lon.size + ears.satellites.shape[1] > 0:
                station = _heard_by(ears, ships.antenna_m[ship], lon, lat, second, luck)
                if station < 0:
                    continue
            elif luck >= ears.share:
                continue
            if in_episode:
                lon, lat, kn, course = _untrue(episodes, e, seed, second, lon, lat, kn, course)
            lat += noise_m * bell(seed, second * _CHANCES + 2) / M_PER_NM / 60.0
            lon += noise_m * bell(seed, second * _CHANCES + 3) / M_PER_NM / 60.0 / np.cos(np.radians(lat))
            lon = (lon + 180.0) % 360.0 - 180.0
            if not (ears.bbox[0] <= lon <= ears.bbox[2] and ears.bbox[1] <= lat <= ears.bbox[3]):
                continue
            rows.ship[n], rows.second[n], rows.leg[n], rows.station[n] = ship, second, leg, station
            rows.lon[n], rows.lat[n] = int(np.rint(lon * 600_000.0)), int(np.rint(lat * 600_000.0))
            rows.sog[n] = int(np.rint(kn * 10.0))
            lies = kn < 0.3
            rows.cog[n] = 3600 if lies else int(np.rint(course * 10.0)) % 3600
            rows.heading[n] = 511
            if ais_class == CLASS_A:
                rows.heading[n] = seed % 360 if lies else int(np.rint(course)) % 360
                rows.status[n], rows.msg_type[n] = status, 5 if is_static else 1
            else:
                rows.status[n], rows.msg_type[n] = 15, 24 if is_static else 18
            n += 1
        clocks.next_s[ship], clocks.static_s[ship], clocks.leg[ship], clocks.episode[ship] = next_s, static_s, leg, e
    return n
