"""Sites for data without a site list: the places where vessels stay."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from darkships.errors import DarkshipsError, SitesError
from darkships.evaluation.fixes import Fixes
from darkships.kernels.geodesy import haversine_nm_many
from darkships.schema import SITES, validate
from darkships.sites.field import snap_to_sea
from darkships.sites.mask import is_water
from darkships.units import US_PER_H

SITE_RADIUS_NM = 1.0
GROUP_NM = 8.0
"""Sites of a group are no farther from each other. Of two sites nearer than this the right one is given the better odds
in less than nine of ten masked calls of the US ships, as ``scripts/fit_model`` prints."""

MOST_SITES = 300
"""The busiest places: each takes seconds of computing sea distances, once."""

LEAST_STAY_H = 2.0
"""Shorter stays alone make no site: who fishes or waits drifts on."""

_RAYS = 36

LEAST_VESSELS = 2
"""A place that one vessel alone uses would stand in the list because of the very call that is masked."""


def sites_of_stays(fixes: Fixes) -> gpd.GeoDataFrame:
    """Return a SITES table of circles around the busiest places at the coast where two vessels or more stay for hours.

    Places without land in their circle are left out: boats that fish, drift or lie at anchor there call at no port.

    Raises
    ------
    DarkshipsError
        If there is no such place.

    """
    first, last = fixes.stays.T
    first = first[fixes.t_us[last] - fixes.t_us[first] >= LEAST_STAY_H * US_PER_H]
    stays = pd.DataFrame({"mmsi": fixes.mmsi[first], "lon": fixes.lon[first], "lat": fixes.lat[first]})
    stays["place"] = _places(stays["lon"].to_numpy(), stays["lat"].to_numpy())
    places = stays.groupby("place").agg(vessels=("mmsi", "nunique"), lon=("lon", "median"), lat=("lat", "median"))
    places = places[places["vessels"] >= LEAST_VESSELS].sort_values("vessels", ascending=False, kind="stable")
    found: list[dict[str, object]] = []
    for lon, lat in places[["lon", "lat"]].to_numpy(np.float64):
        row = _site(len(found), lon, lat) if len(found) < MOST_SITES and _at_coast(lon, lat) else None
        found += [row] if row is not None else []
    if not found:
        raise DarkshipsError(
            f"the store holds no place at the coast where {LEAST_VESSELS} vessels stay; name a list with --sites"
        )
    frame = pd.DataFrame(found)
    frame["site_group"] = _groups(frame)
    geometry = shapely.buffer(shapely.points(frame["_lon"], frame["_lat"]), SITE_RADIUS_NM / 60.0)
    frame = validate(frame.drop(columns=["_lon", "_lat"]), SITES, where="sites of stays")
    return gpd.GeoDataFrame(frame, geometry=list(geometry), crs="EPSG:4326")


def _places(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Give points (n,) the number of their place: the nearest known one within the radius, or a new one."""
    centres: list[int] = []
    number = np.empty(lon.size, np.int64)
    for i in range(lon.size):
        known = np.array(centres, np.int64)
        full_lon, full_lat = np.full(known.size, lon[i]), np.full(known.size, lat[i])
        away = haversine_nm_many(lon[known], lat[known], full_lon, full_lat)
        if known.size and away.min() < SITE_RADIUS_NM:
            number[i] = away.argmin()
        else:
            number[i] = known.size
            centres.append(i)
    return number


def _at_coast(lon: float, lat: float) -> bool:
    """Tell whether there is land in the circle of a place."""
    angle, away_deg = np.meshgrid(np.arange(_RAYS) * 2.0 * np.pi / _RAYS, np.linspace(0.0, SITE_RADIUS_NM / 60.0, 5))
    east_deg = away_deg * np.sin(angle) / np.cos(np.radians(lat))
    return not is_water((lon + east_deg).ravel(), (lat + away_deg * np.cos(angle)).ravel()).all()


def _site(number: int, stay_lon: float, stay_lat: float) -> dict[str, object] | None:
    """Return a row of SITES, None where the circle holds no sea that the mask knows.

    Behind a barrier island, or up a river, the nearest sea may be another bay: no distance by sea would be right.
    """
    try:
        lon, lat = snap_to_sea(lon=stay_lon, lat=stay_lat)
    except SitesError:
        return None
    away_nm = haversine_nm_many(*(np.array([degrees]) for degrees in (lon, lat, stay_lon, stay_lat)))
    if away_nm[0] > SITE_RADIUS_NM:
        return None
    name = f"stop {number:04d}"
    plain = {"site": name, "site_group": name, "locode": None, "country": None, "kind": "port", "role": "watch"}
    where = {"aliases": None, "approach_lat": lat, "approach_lon": lon, "source": "stays in the store"}
    return {**plain, **where, "_lon": stay_lon, "_lat": stay_lat}


def _groups(sites: pd.DataFrame) -> list[str]:
    """Name the group of each site after its first: complete linkage, so that a long coast does not become one."""
    from sklearn.cluster import AgglomerativeClustering

    if len(sites) == 1:
        return list(sites["site"])
    lon, lat = (sites[f"approach_{axis}"].to_numpy() for axis in ("lon", "lat"))
    n = len(sites)
    pairs = (np.repeat(lon, n), np.repeat(lat, n), np.tile(lon, n), np.tile(lat, n))
    away = haversine_nm_many(*pairs).reshape(n, n)
    linked = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="complete", distance_threshold=GROUP_NM
    ).fit(away)
    return list(sites.groupby(linked.labels_)["site"].transform("first"))
