"""How far it is by sea: a field of distances for every site, looked up for any point."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from shapely import LineString

from darkships.errors import SitesError
from darkships.kernels import Array, fixed
from darkships.kernels.geodesy import haversine_nm, haversine_nm_many
from darkships.kernels.sea import sea_distances
from darkships.kernels.sea_grid import node_xy
from darkships.kernels.sea_look_up import descend, look_up, nearest_node, nearest_sea, straighten
from darkships.sites.cache import cached
from darkships.sites.mask import CELLS_PER_DEG, Box, SeaGrid, cache_key, sea_grid

MARGIN_NM = 600.0
"""How far around a site its field reaches; beyond it the great circle bounds the distance from below."""

_THREADS = 2
MAX_SNAP_NM = 5.0
_SEA_CELLS = 1000
"""Linked cells that make water the sea, not a dock which the mask cuts off."""


@dataclass(frozen=True)
class SeaField:
    """Distances by sea to one approach point."""

    lon: float
    lat: float
    grid: SeaGrid
    nm: Array

    def look_up(self, lon: Array, lat: Array) -> Array:
        """Return the distance of points (n,), NaN where the field does not tell."""
        grid = self.grid
        return look_up(
            grid.cells,
            fixed(self.nm),
            grid.west_deg,
            grid.south_deg,
            grid.per_deg,
            grid.sub,
            fixed(np.ascontiguousarray(lon, np.float64)),
            fixed(np.ascontiguousarray(lat, np.float64)),
        )

    def distance_nm(self, lon: Array, lat: Array) -> Array:
        """Return the distance of points (n,), the great circle where the field does not tell."""
        nm = self.look_up(lon, lat)
        far = np.isnan(nm)
        if far.any():
            n_far = int(far.sum())
            nm[far] = haversine_nm_many(
                np.asarray(lon, np.float64)[far],
                np.asarray(lat, np.float64)[far],
                np.full(n_far, self.lon),
                np.full(n_far, self.lat),
            )
        return nm

    def path(self, lon: float, lat: float) -> LineString:
        """Return the way by sea from a point to the approach point."""
        grid, cells = self.grid, self.grid.cells
        x, y = grid.xy(lon, lat)
        row, column, _ = nearest_node(cells, self.nm, x, y, grid.south_deg, grid.per_deg, grid.sub)
        if row < 0:
            raise SitesError(
                f"no way by sea from {lat:.4f}, {lon:.4f} to {self.lat:.4f}, {self.lon:.4f}: the point is on land "
                "or farther off than the field reaches; give a point on water nearer to the site"
            )
        way = descend(cells, fixed(self.nm), grid.south_deg, grid.per_deg, grid.sub, row, column)
        xy = straighten(cells, grid.clear, way, grid.sub)
        points = np.column_stack([grid.west_deg + xy[:, 0] / grid.per_deg, grid.south_deg + xy[:, 1] / grid.per_deg])
        return LineString(points if len(points) > 1 else points.repeat(2, axis=0))


def _start(grid: SeaGrid, lon: float, lat: float) -> tuple[int, int]:
    """Return the cell of the nearest node on the open sea."""
    x, y = grid.xy(lon, lat)
    row, column = nearest_sea(grid.cells, x, y, grid.south_deg, grid.per_deg, grid.sub, MAX_SNAP_NM, _SEA_CELLS)
    if row < 0:
        raise SitesError(
            f"no sea within {MAX_SNAP_NM:g} nm of {lat:.4f} N, {lon:.4f} E; "
            "expected a point at the coast: check that latitude and longitude are not swapped"
        )
    return row, column


def snap_to_sea(*, lon: float, lat: float) -> tuple[float, float]:
    """Return longitude and latitude of the water nearest to a point.

    Raises
    ------
    SitesError
        If there is no sea within 5 nm.

    """
    grid = sea_grid(Box.around(lon, lat, margin_nm=60.0))
    x, y = node_xy(grid.cells, *_start(grid, lon, lat), grid.sub)
    snapped_lon = (grid.west_deg + x / grid.per_deg + 180.0) % 360.0 - 180.0
    return snapped_lon, grid.south_deg + y / grid.per_deg


def sea_field(*, lon: float, lat: float, margin_nm: float = MARGIN_NM, per_deg: int = CELLS_PER_DEG) -> SeaField:
    """Return the field of an approach point, from the cache if it is there.

    Parameters
    ----------
    lon, lat
        The approach point in degrees; the sea must be within 5 nm.
    margin_nm
        How far the field reaches at least.
    per_deg
        Cells to a degree, a divisor of 240, at least 16.

    """
    box = Box.around(lon, lat, margin_nm=margin_nm, per_deg=per_deg)
    grid = sea_grid(box)

    def make() -> Array:
        start = _start(grid, lon, lat)
        return sea_distances(grid.cells, grid.south_deg, per_deg, grid.sub, *start)

    name = f"{cache_key(per_deg)}/fields/{lat:.5f}_{lon:.5f}_in_{box.key}"
    return SeaField(lon, lat, grid, cached(name, box.shape, np.float32, make))


def sea_distance_nm(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return the length of the shortest water path between two points, each on water or within 5 nm of it.

    Computes, and caches, a field around the second point.
    """
    straight_nm = haversine_nm(lon1, lat1, lon2, lat2)
    field = sea_field(lon=lon2, lat=lat2, margin_nm=max(2.0 * straight_nm, 120.0))
    return float(field.distance_nm(np.array([lon1]), np.array([lat1]))[0])


class SeaFields:
    """Distances by sea to every site of a SITES table.

    Each site's field reaches ``margin_nm`` around it and depends on nothing but its approach point: other sites in
    the run change nothing, however far apart they are. Fields are computed when first asked for, and cached.

    Parameters
    ----------
    sites
        A SITES table.
    margin_nm, per_deg
        As in `sea_field`.

    """

    def __init__(self, sites: gpd.GeoDataFrame, *, margin_nm: float = MARGIN_NM, per_deg: int = CELLS_PER_DEG) -> None:
        self._points = {
            str(site): (float(lon), float(lat))
            for site, lon, lat in zip(sites["site"], sites["approach_lon"], sites["approach_lat"], strict=True)
        }
        self._margin_nm = margin_nm
        self._per_deg = per_deg
        self._fields: dict[str, SeaField] = {}

    def field(self, site: str) -> SeaField:
        """Return the field of a site."""
        if site not in self._fields:
            if site not in self._points:
                raise SitesError(f"unknown site {site!r}; expected one of {', '.join(self._points)}")
            lon, lat = self._points[site]
            self._fields[site] = sea_field(lon=lon, lat=lat, margin_nm=self._margin_nm, per_deg=self._per_deg)
        return self._fields[site]

    def prepare(self) -> None:
        """Make the fields that are missing, in threads."""
        first, *rest = self._points
        self.field(first)  # alone: the seas that it loads serve the others too
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(self.field, rest))

    def distance_nm(self, site: str, lon: Array, lat: Array) -> Array:
        """Return the distances (n,) by sea from points to the site's approach point.

        A point on mask land counts from the nearest water within four cells. Where the field does not tell (outside
        it, inland, on another sea) it is the great circle, a lower bound: see `inside`. NaN only where the point is.
        """
        return self.field(site).distance_nm(lon, lat)

    def inside(self, site: str, lon: Array, lat: Array) -> Array:
        """Tell for which points (n,) `distance_nm` is by sea, not the great circle."""
        known: Array = ~np.isnan(self.field(site).look_up(lon, lat))
        return known

    def matrix_nm(self, lon: Array, lat: Array) -> Array:
        """Return `distance_nm` of every point to every site, (points, sites) in the order of the sites."""
        if not self._points:
            return np.empty((len(lon), 0))
        self.prepare()
        return np.stack([self.distance_nm(site, lon, lat) for site in self._points], axis=1)

    def path(self, site: str, lon: float, lat: float) -> LineString:
        """Return the way by sea from a point to the site's approach point; no segment crosses land.

        Its longitudes are continuous, beyond 180 degrees where it crosses the antimeridian.
        """
        return self.field(site).path(lon, lat)
