"""Where the synthetic ships sail: harbours, fishing grounds, and ways between them that never cross land."""

from functools import cache

import numpy as np

from darkships.kernels.geodesy import haversine_nm, haversine_nm_many
from darkships.sites.field import SeaField, sea_field, snap_to_sea
from darkships.sites.mask import is_water
from darkships.sites.watch import read_sites

HARBOURS = {
    "Busan": (35.08, 129.07), "Ulsan": (35.47, 129.42), "Pohang": (36.05, 129.42), "Donghae": (37.50, 129.16),
    "Sokcho": (38.21, 128.62), "Sakaiminato": (35.55, 133.27), "Maizuru": (35.52, 135.35), "Toyama": (36.77, 137.23),
    "Niigata": (37.97, 139.07), "Akita": (39.76, 140.02), "Otaru": (43.21, 141.03), "Kholmsk": (47.04, 142.02),
    "Olga": (43.72, 135.28), "Plastun": (44.72, 136.33),
}  # fmt: skip
"""Latitude and longitude, approximate; those in Primorye and North Korea are the watched sites themselves."""

EXITS = {"Korea Strait": (33.90, 128.30), "Tsugaru Strait": (41.55, 141.30), "La Perouse Strait": (45.75, 142.40)}
"""Where ships leave the area."""

GROUNDS = {
    "Peter the Great Bay": (42.35, 132.10), "Off Povorotny": (42.15, 133.60), "Off Olga": (43.10, 136.40),
    "Yamato Bank": (39.50, 135.00), "Off Ulleung": (38.10, 131.70), "Off Sado": (38.80, 137.60),
    "Off Otaru": (43.90, 139.80), "Off Hamada": (35.60, 131.60), "Central Basin": (40.90, 134.30),
}  # fmt: skip

_OFFING = (39.2, 131.9)
_NORTH_LAT, _SOUTH_LON = 42.5, 132.0

Way = np.ndarray
"""Points (n, 2) of longitude and latitude."""


@cache
def places() -> dict[str, tuple[float, float]]:
    """Return longitude and latitude on water of every place by name."""
    sites = read_sites("sea-of-japan")
    found = {row.site: (row.approach_lon, row.approach_lat) for row in sites.itertuples()}
    for name, (lat, lon) in {**HARBOURS, **EXITS, **GROUNDS}.items():
        found[name] = snap_to_sea(lon=lon, lat=lat)
    return found


@cache
def _field(name: str) -> SeaField:
    lon, lat = places()[name]
    return sea_field(lon=lon, lat=lat)


def way(start: str, end: str, rng: np.random.Generator) -> Way:
    """Return a way by sea between two places, a little different every time.

    Ships between Primorye and the south keep well off the Korean coast, so their way leads over the offing.
    """
    (lon1, lat1), (lon2, lat2) = places()[start], places()[end]
    if haversine_nm(lon1, lat1, lon2, lat2) < 60.0:
        return _leg(lon1, lat1, end)
    past_korea = min(lon1, lon2) < _SOUTH_LON and abs(lat1 - lat2) > 3.0
    if past_korea:
        lon, lat = _OFFING[1] + rng.uniform(-0.7, 1.2), _OFFING[0] + rng.uniform(-0.8, 0.8)
    else:
        lon, lat = _midpoint(_leg(lon1, lat1, end)) + rng.normal(0.0, 0.12, 2)
    if not is_water(np.array([lon]), np.array([lat]))[0]:
        return _leg(lon1, lat1, end)
    return np.concatenate([_leg(lon, lat, start)[::-1], _leg(lon, lat, end)[1:]])


def _leg(lon: float, lat: float, end: str) -> Way:
    return np.asarray(_field(end).path(lon, lat).coords)[:, :2]


def _midpoint(points: Way) -> np.ndarray:
    miles = along_nm(points)
    return np.array([np.interp(miles[-1] / 2.0, miles, points[:, axis]) for axis in (0, 1)])


def along_nm(points: Way) -> np.ndarray:
    """Return the miles sailed at each point (n,)."""
    lon, lat = points.T
    return np.concatenate([[0.0], np.cumsum(haversine_nm_many(lon[:-1], lat[:-1], lon[1:], lat[1:]))])


def berth(name: str, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place to lie in a harbour: on water, at most a few hundred metres from its approach point."""
    lon, lat = places()[name]
    spots = np.array([lon, lat]) + rng.uniform(-0.004, 0.004, (8, 2))
    wet = spots[is_water(spots[:, 0], spots[:, 1])]
    return (float(wet[0, 0]), float(wet[0, 1])) if len(wet) else (lon, lat)
