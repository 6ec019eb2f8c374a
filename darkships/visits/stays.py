"""Stays inside sites over a stretch of dates; neighbouring stretches add up."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from darkships.kernels import Array, fixed
from darkships.kernels.calls import rows_within, site_runs

STOPPED_KN = 1.0

_INNER_SHARES = (0.7, 0.4)
"""Of a polygon's bounds: most points of a site lie in a part for which it takes no look-up."""

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[Any]

STAY = np.dtype(
    [
        ("chain", "i8"), ("site", "i4"), ("first_us", "i8"), ("last_us", "i8"), ("stopped_us", "i8"),
        ("at_head", "?"), ("at_tail", "?"), ("stops_last", "?"), ("arrival_seen", "?"), ("departure_seen", "?"),
    ]
)  # fmt: skip
"""A run of fixes of a chain inside a site. It may begin with the chain's first fix, end with its last one, and that may
stand still: so it goes on, or not, in another stretch."""


def sites_of(lon: Array, lat: Array, sites: gpd.GeoDataFrame) -> npt.NDArray[np.int32]:
    """Return the number of the site whose polygon covers each point, -1 for none; the first where polygons overlap.

    Parameters
    ----------
    lon, lat
        Arrays (n,) in degrees; NaN lies in no site.
    sites
        A SITES table.

    Returns
    -------
    numpy.ndarray
        int32 (n,).

    """
    found = np.full(lon.size, -1, np.int32)
    bounds = np.ascontiguousarray(sites.geometry.bounds.to_numpy(np.float64))
    rows, starts = rows_within(*map(fixed, (lon, lat, bounds)))
    # Copies: to look points up GEOS prepares a polygon in place, which threads that share it must not do at once.
    for number, polygon in reversed(list(enumerate(shapely.from_wkb(shapely.to_wkb(sites.geometry.to_numpy()))))):
        own = rows[starts[number] : starts[number + 1]]
        x, y = lon[own], lat[own]
        west, south, east, north = _inner_bounds(polygon)
        is_inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        unsure = np.flatnonzero(~is_inside)
        is_inside[unsure] = shapely.intersects_xy(polygon, x[unsure], y[unsure])
        found[own[is_inside]] = number
    return found


def _inner_bounds(polygon: shapely.Geometry) -> tuple[float, float, float, float]:
    """Return bounds all of which a polygon covers, round its centre; those of no point if that is not easily found."""
    west, south, east, north = polygon.bounds
    x, y = polygon.centroid.coords[0] if not polygon.is_empty else (np.nan, np.nan)
    for share in _INNER_SHARES:
        half_x, half_y = 0.5 * share * (east - west), 0.5 * share * (north - south)
        bounds = x - half_x, y - half_y, x + half_x, y + half_y
        if polygon.covers(shapely.box(*bounds)):
            return bounds
    return np.inf, np.inf, -np.inf, -np.inf


def stays(t_us: Ints, chain: Ints, lon: Array, lat: Array, sog: Array, sites: gpd.GeoDataFrame) -> Records:
    """Find the stays inside sites.

    Parameters
    ----------
    t_us, chain, lon, lat, sog
        Arrays (n,) of fixes in order of time within each vessel: microseconds, number of the chain (-1: outlier, makes
        no stay), degrees, knots.
    sites
        A SITES table with polygons.

    Returns
    -------
    numpy.ndarray
        STAY (k,), by chain and time.

    """
    site = sites_of(lon, lat, sites)
    inside = np.zeros(int(chain.max(initial=-1)) + 2, np.bool_)
    inside[chain[site >= 0]] = True
    inside[-1] = False  # outliers
    rows = np.flatnonzero(inside[chain])  # only tracks that enter a site matter; few do
    rows = rows[np.argsort(chain[rows], kind="stable")]
    t_us, chain, sog = t_us[rows], chain[rows], sog[rows]
    (first, last), stopped_us = _runs(t_us, chain, sog, site[rows])
    out = np.zeros(first.size, STAY)
    out["chain"], out["site"], out["stopped_us"] = chain[first], site[rows][first], stopped_us
    out["first_us"], out["last_us"] = t_us[first], t_us[last]
    out["at_head"] = np.append(True, chain[1:] != chain[:-1])[first] if rows.size else False
    out["at_tail"] = np.append(chain[1:] != chain[:-1], True)[last] if rows.size else False
    out["stops_last"] = ~(sog[last] >= STOPPED_KN)
    out["arrival_seen"], out["departure_seen"] = ~out["at_head"], ~out["at_tail"]
    return out


def stitch(found: Records, place: Ints, before: Ints) -> Records:
    """Put stays together where a chain goes on in another.

    Parameters
    ----------
    found
        STAY (k,) of chains (c,).
    place
        (c,) what each chain has become part of; -1: its stays are dropped.
    before
        (c,) the chain that each continues, -1 for none.

    Returns
    -------
    numpy.ndarray
        STAY by ``place`` and time; two that touch are one.

    """
    found = found[place[found["chain"]] >= 0]
    order = np.lexsort((found["first_us"], place[found["chain"]]))
    found = found[order]
    goes_on = np.zeros(place.size, np.bool_)
    goes_on[before[before >= 0]] = True
    leaves = found["at_tail"] & goes_on[found["chain"]]
    enters = found["at_head"] & (before[found["chain"]] >= 0)
    touches = np.zeros(found.size, np.bool_)  # the stay before it
    touches[1:] = (
        leaves[:-1] & enters[1:] & (before[found["chain"][1:]] == found["chain"][:-1])
        & (found["site"][1:] == found["site"][:-1])
    )  # fmt: skip
    found["arrival_seen"] |= enters & ~touches
    found["departure_seen"] |= leaves & ~np.append(touches[1:], False)[: found.size]
    found["at_head"] &= ~enters
    found["at_tail"] &= ~leaves
    waits_us = found["first_us"][1:] - found["last_us"][:-1]
    found["stopped_us"][1:] += np.where(touches[1:] & found["stops_last"][:-1], waits_us, 0)
    return _united(found, touches, place)


def _united(found: Records, touches: npt.NDArray[np.bool_], place: Ints) -> Records:
    """Return one stay for each and those after it that touch it."""
    first = np.flatnonzero(~touches)
    if not first.size:
        return found
    last = np.append(first[1:], found.size) - 1
    out = found[first]
    out["chain"] = place[out["chain"]]
    out["stopped_us"] = np.add.reduceat(found["stopped_us"], first)
    for name in ("last_us", "at_tail", "stops_last", "departure_seen"):
        out[name] = found[name][last]
    return out


def _runs(t_us: Ints, chain: Ints, sog: Array, site: Array) -> tuple[Ints, Ints]:
    rows, stopped_us = site_runs(t_us, chain, sog, site, STOPPED_KN)
    return rows.T, stopped_us
