"""A synthetic ship: where it is at any time, when it is silent, and what it says of itself."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from demo_sea import Way, along_nm, berth, places, way

from darkships.kernels.geodesy import haversine_nm_many

UNDER_WAY, ANCHORED, MOORED, FISHING = (
    "Under way using engine", "At anchor", "Moored", "Engaged in fishing",
)  # fmt: skip

CADENCE_H = {UNDER_WAY: 0.5, ANCHORED: 2.5, MOORED: 2.5, FISHING: 1.0}
"""One report in this time, as a thinned feed has it."""

STATIC_EVERY_H = 24.0
LONG_H = 4.0
"""No report for so long is a silence, not the cadence."""


class Reports(NamedTuple):
    """Position reports, arrays (n,): hours since the start, degrees, knots, degrees, and the status in words."""

    t_h: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sog_kn: np.ndarray
    cog_deg: np.ndarray
    status: np.ndarray


@dataclass
class Ship:
    """What a ship is and does; times are hours since the start of the period."""

    mmsi: int
    name: str
    ship_type: str
    length_m: int
    beam_m: int
    speed_kn: float
    draught_m: float
    rng: np.random.Generator
    t_h: float
    place: str
    imo: int = 0
    class_b: bool = False
    knots: list[tuple[float, float, float, str]] = field(default_factory=list)
    """Time, longitude, latitude, and the status from here on."""
    said: list[tuple[float, float, str]] = field(default_factory=list)
    """Time, draught and destination from then on."""
    silences: list[tuple[float, float]] = field(default_factory=list)
    sparse: list[tuple[float, float, float]] = field(default_factory=list)
    """From, to, and hours between reports: heard by satellite only."""

    def __post_init__(self) -> None:
        """Put the ship where it starts."""
        self._lie(*berth(self.place, self.rng))

    def say(self, destination: str, draught_m: float | None = None) -> None:
        """Type a new destination, and draught if it changed."""
        self.draught_m = round(draught_m if draught_m is not None else self.draught_m, 1)
        self.said.append((self.t_h, self.draught_m, destination))

    def stay(self, hours: float, status: str = MOORED) -> tuple[float, float]:
        """Lie still; return the time from and to."""
        lon, lat = self.knots[-1][1:3]
        start = self.t_h
        self.knots[-1] = (start, lon, lat, status)
        self.t_h += max(hours, 0.02)
        self._lie(lon, lat)
        return start, self.t_h

    def sail(self, end: str, speed_kn: float | None = None) -> tuple[float, float]:
        """Sail to a place by sea; return the time from and to."""
        start = self.t_h
        lon, lat = self.knots[-1][1:3]
        points = np.concatenate([[(lon, lat)], way(self.place, end, self.rng), [berth(end, self.rng)]])
        self._follow(points, speed_kn or self.speed_kn * self.rng.uniform(0.93, 1.03), UNDER_WAY)
        self.place = end
        return start, self.t_h

    def fish(self, hours: float, reach_deg: float) -> tuple[float, float]:
        """Wander around a fishing ground and come back to its middle; return the time from and to."""
        start = self.t_h
        turns = max(int(hours / 3.0), 2)
        middle = np.array(places()[self.place])
        points = middle + self.rng.uniform(-reach_deg, reach_deg, (turns, 2))
        points = np.concatenate([[self.knots[-1][1:3]], points, [middle]])
        self._follow(points, float(along_nm(points)[-1] / hours), FISHING)
        return start, self.t_h

    def _follow(self, points: Way, speed_kn: float, status: str) -> None:
        lon, lat = self.knots[-1][1:3]
        self.knots[-1] = (self.t_h, lon, lat, status)
        hours = along_nm(points) / speed_kn
        self.knots += [(self.t_h + h, x, y, status) for h, (x, y) in zip(hours[1:], points[1:], strict=True)]
        self.t_h += float(hours[-1])

    def _lie(self, lon: float, lat: float) -> None:
        self.knots.append((self.t_h, lon, lat, MOORED))

    def reports(self, end_h: float) -> Reports:
        """Return what a receiver hears between the start of the period and ``end_h``."""
        knots = self.knots
        t, lon, lat = (np.array([knot[i] for knot in knots]) for i in range(3))
        status = np.array([knot[3] for knot in knots])
        at = self._heard_at(t, status)
        at = at[(at >= 0.0) & (at < end_h)]
        x, y = np.interp(at, t, lon), np.interp(at, t, lat)
        # Speed and course as the ship makes them over the minute around the report.
        before, after = (np.clip(at + shift, t[0], t[-1]) for shift in (-1 / 120, 1 / 120))
        ends = [np.interp(times, t, values) for times in (before, after) for values in (lon, lat)]
        sog = haversine_nm_many(*ends) / np.maximum(after - before, 1e-6)
        east = (ends[2] - ends[0]) * np.cos(np.radians(y))
        cog = np.degrees(np.arctan2(east, ends[3] - ends[1])) % 360.0
        status = status[np.searchsorted(t, at, side="right") - 1]
        moving = sog > 0.5
        sog = np.where(moving, sog + self.rng.normal(0.0, 0.2, sog.size), self.rng.choice([0.0, 0.0, 0.1], sog.size))
        cog = (cog + self.rng.normal(0.0, 1.5, cog.size)) % 360.0
        x, y = np.array([x, y]) + self.rng.normal(0.0, 0.0001, (2, at.size))
        return Reports(at, x, y, np.maximum(sog, 0.0), np.where(moving, cog, 360.0), status)

    def statics(self, heard_h: np.ndarray) -> list[tuple[float, float, str]]:
        """Return static reports (time, draught, destination): after changes, on both sides of silences, once a day."""
        if not heard_h.size:
            return []
        changes = np.array([said[0] for said in self.said])
        number = np.maximum(np.searchsorted(changes, heard_h, side="right") - 1, 0)
        wait_h = np.diff(heard_h, prepend=-np.inf, append=np.inf)
        due = (wait_h[:-1] > LONG_H) | (wait_h[1:] > LONG_H) | (np.diff(number, prepend=-1) > 0)
        due |= np.diff(heard_h // STATIC_EVERY_H, prepend=-1) > 0
        return [(t + 0.02, *self.said[n][1:]) for t, n in zip(heard_h[due], number[due], strict=True)]

    def _heard_at(self, t: np.ndarray, status: np.ndarray) -> np.ndarray:
        """Return the times of reports: thinned, but a ship that lies still is heard again when it sails."""
        times, now = [], t[0] + self.rng.uniform(0.0, 0.3)
        while now < t[-1]:
            times.append(now)
            step = CADENCE_H[str(status[np.searchsorted(t, now, side="right") - 1])]
            step = next((hours for start, end, hours in self.sparse if start <= now < end), step)
            following = now + step * self.rng.uniform(0.7, 1.3)
            if step == CADENCE_H[MOORED]:
                following = min(following, t[np.searchsorted(t, now, side="right")] + 0.05)
            now = following
        heard = np.array(times)
        for start, end in self.silences:
            heard = heard[(heard <= start) | (heard >= end)]
        return heard
