"""Where made-up ships sail: ports, places on the open sea, edges of the area, and ways by sea between them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, pairwise

import geopandas as gpd
import numpy as np

from darkships.errors import SitesError
from darkships.kernels import Array
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.sea import sea_distances
from darkships.kernels.sea_grid import CLEAR_BIT, node_xy
from darkships.kernels.sea_look_up import nearest_sea
from darkships.kernels.simulation import EXIT, GROUND, PORT, Places, Ways
from darkships.sites.field import MAX_SNAP_NM, SeaField
from darkships.sites.mask import CELLS_PER_DEG, MAX_LAT_DEG, TILE_DEG, Box, SeaGrid, sea_grid

Area = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

VARIANTS = 3
GROUNDS, EXITS = 10, 4

_MOST_CELLS = 4_000_000
_RESOLUTIONS = (60, 48, 40, 30, 24, 20, 16)
_SEA_CELLS = 1000
_CANDIDATES = 2_000
_CLEAR_CELLS = 5
_EDGE_DEG = 0.3
_LONGEST_DETOUR = 1.15


@dataclass(frozen=True)
class Sea:
    """The places of a simulation, their names, and the ways between them."""

    area: Area
    places: Places
    names: list[str]
    ways: Ways


def around(sites: gpd.GeoDataFrame, margin_deg: float = 3.0) -> Area:
    """Return the area of some sites and the sea around them."""
    lon, lat = sites["approach_lon"], sites["approach_lat"]
    return (
        max(float(lon.min()) - margin_deg, -180.0),
        max(float(lat.min()) - margin_deg, -float(MAX_LAT_DEG)),
        min(float(lon.max()) + margin_deg, 180.0),
        min(float(lat.max()) + margin_deg, float(MAX_LAT_DEG)),
    )


def make_sea(sites: gpd.GeoDataFrame, area: Area, *, harbours: int, rng: np.random.Generator) -> Sea:
    """Choose the places of an area and find the ways between them.

    Parameters
    ----------
    sites
        A SITES table; those in the area are ports. Those to watch are called at in the dark only.
    area
        West, south, east, north in degrees.
    harbours
        How many ports to make up, somewhere on the coasts.
    rng
        What decides where.

    Raises
    ------
    SitesError
        If no site lies in the area, or there are fewer than two ports that are not watched.

    """
    sites = sites[sites["approach_lon"].between(area[0], area[2]) & sites["approach_lat"].between(area[1], area[3])]
    if sites.empty:
        raise SitesError(
            f"none of the sites lies in the box {','.join(f'{edge:g}' for edge in area)}; "
            "expected --sites and --bbox that belong together"
        )
    grid = _grid(area)
    lon, lat = (sites[f"approach_{axis}"].to_numpy() for axis in ("lon", "lat"))
    cells = _port_cells(grid, lon, lat)
    sea = np.zeros(grid.cells.shape, bool)
    for row, column in cells:
        if not sea[row, column]:
            sea |= np.isfinite(_distances(grid, row, column))
    cells += (chosen := _coasts(grid, sea, area, harbours, rng))
    watched = [role == "watch" for role in sites["role"]] + [False] * len(chosen)
    if sum(not each for each in watched) < 2:
        raise SitesError(
            f"{watched.count(False)} ports that are not watched in the area; expected at least 2 for traffic between "
            "them: give a larger --bbox or more --harbours"
        )
    names = [*sites["site"], *(f"SYNTHETIC PORT {k + 1}" for k in range(len(chosen)))]
    n_ports = len(cells)
    grounds, exits = _open_water(grid, sea, area, GROUNDS, rng), _edges(grid, sea, area, EXITS, rng)
    cells += grounds + exits
    names += [f"ground {k + 1}" for k in range(len(grounds))] + [f"edge {k + 1}" for k in range(len(exits))]
    kinds = np.array([PORT] * n_ports + [GROUND] * len(grounds) + [EXIT] * len(exits), np.int8)
    lon, lat = _lonlat(grid, cells)
    places = Places(lon, lat, kinds, np.array(watched + [False] * (len(cells) - n_ports)))
    return Sea(area, places, names, _find_ways(grid, cells[:n_ports], places, rng))


def _grid(area: Area) -> SeaGrid:
    """Return the tiles that cover an area, as fine as memory allows."""
    x, y = (int(np.floor(degrees / TILE_DEG)) for degrees in area[:2])
    n_x, n_y = (int(np.ceil(area[k + 2] / TILE_DEG)) - first for k, first in enumerate((x, y)))
    tiles = n_x * n_y * TILE_DEG**2
    per_deg = next((p for p in _RESOLUTIONS if tiles * p**2 <= _MOST_CELLS), _RESOLUTIONS[-1])
    return sea_grid(Box(x, y, n_x, n_y, min(per_deg, CELLS_PER_DEG)))


def _distances(grid: SeaGrid, row: int, column: int) -> Array:
    return sea_distances(grid.cells, grid.south_deg, grid.per_deg, grid.sub, row, column)


def _port_cells(grid: SeaGrid, lon: Array, lat: Array) -> list[tuple[int, int]]:
    cells = []
    for at in zip(lon, lat, strict=True):
        x, y = grid.xy(*at)
        row, column = nearest_sea(grid.cells, x, y, grid.south_deg, grid.per_deg, grid.sub, MAX_SNAP_NM, _SEA_CELLS)
        if row < 0:
            raise SitesError(f"no open sea within {MAX_SNAP_NM:g} nm of {at[1]:.4f} N, {at[0]:.4f} E in the area")
        cells.append((int(row), int(column)))
    return cells


def _lonlat(grid: SeaGrid, cells: list[tuple[int, int]]) -> tuple[Array, Array]:
    xy = np.array([node_xy(grid.cells, row, column, grid.sub) for row, column in cells])
    return grid.west_deg + xy[:, 0] / grid.per_deg, grid.south_deg + xy[:, 1] / grid.per_deg


def _inside(grid: SeaGrid, area: Area) -> Array:
    """Tell which cells (h, w) lie in the area, a little off its edge."""
    rows, columns = (np.arange(n) + 0.5 for n in grid.cells.shape)
    lon, lat = grid.west_deg + columns / grid.per_deg, grid.south_deg + rows / grid.per_deg
    off = 2.0 / grid.per_deg
    in_lon = (lon > area[0] + off) & (lon < area[2] - off)
    in_lat = (lat > area[1] + off) & (lat < area[3] - off)
    both: Array = in_lat[:, None] & in_lon[None, :]
    return both


def _is_clear(grid: SeaGrid) -> Array:
    clear: Array = (grid.cells >> CLEAR_BIT & 1).astype(bool)
    return clear


def _coasts(grid: SeaGrid, sea: Array, area: Area, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return cells at the coast, far from each other."""
    return _spread(sea & ~_is_clear(grid) & _inside(grid, area), count, rng)


def _open_water(grid: SeaGrid, sea: Array, area: Area, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return cells with nothing but water around them, far from each other."""
    clear: Array = np.pad(_is_clear(grid) & sea, _CLEAR_CELLS)
    side = 2 * _CLEAR_CELLS + 1
    for axis in (0, 1):
        clear = np.all(np.lib.stride_tricks.sliding_window_view(clear, side, axis=axis), axis=-1)
    return _spread(clear & _inside(grid, area), count, rng)


def _edges(grid: SeaGrid, sea: Array, area: Area, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return cells of open water near the area's edge."""
    west, south, east, north = area
    inner = (west + _EDGE_DEG, south + _EDGE_DEG, east - _EDGE_DEG, north - _EDGE_DEG)
    near = _inside(grid, area) & ~_inside(grid, inner)
    return _spread(sea & _is_clear(grid) & near, count, rng)


def _spread(allowed: Array, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return allowed cells, each as far from those before it as a sample of all has one."""
    found = np.argwhere(allowed)
    if not len(found) or not count:
        return []
    found = found[rng.choice(len(found), min(_CANDIDATES, len(found)), replace=False)]
    chosen, far = [0], np.full(len(found), np.inf)
    while len(chosen) < min(count, len(found)):
        far = np.minimum(far, np.hypot(*(found - found[chosen[-1]]).T))
        chosen.append(int(far.argmax()))
    return [(int(row), int(column)) for row, column in found[chosen]]


def _find_ways(grid: SeaGrid, ports: list[tuple[int, int]], places: Places, rng: np.random.Generator) -> Ways:
    """Find the ways from every place to every port: the shortest, and others that bend a little."""
    points = list(zip(places.lon.tolist(), places.lat.tolist(), strict=True))
    with ThreadPoolExecutor(2) as pool:
        nm = list(pool.map(lambda cell: _distances(grid, *cell), ports))
    fields = [SeaField(*at, grid, far) for at, far in zip(points[: len(ports)], nm, strict=True)]
    lines: list[Array] = []
    between = np.full((len(points), len(points), VARIANTS), -1, np.int32)
    pairs = [(b, a) for a, b in combinations(range(len(points)), 2) if a < len(ports)]
    shifts = rng.normal(0.0, 0.08, (len(pairs), VARIANTS, 2))
    for (b, a), shift in zip(pairs, shifts, strict=True):
        if not np.isfinite(fields[a].look_up(*(np.array([value]) for value in points[b]))[0]):
            continue
        direct = _way(fields[a], points[b])[::-1]
        between[a, b] = len(lines)
        lines.append(direct)
        if b < len(ports):
            for variant in range(1, VARIANTS):
                bent = _bent(fields[a], fields[b], direct, shift[variant])
                if bent is not None:
                    between[a, b, variant] = len(lines)
                    lines.append(bent)
    return _joined(lines, between)


def _way(field: SeaField, point: tuple[float, float]) -> Array:
    return np.asarray(field.path(*point).coords)[:, :2]


def _bent(start: SeaField, end: SeaField, direct: Array, shift: Array) -> Array | None:
    """Return a way over a point beside the middle of the direct one; None where that is land or far."""
    nm = _along_nm(direct)
    middle = np.array([np.interp(nm[-1] / 2.0, nm, direct[:, axis]) for axis in (0, 1)])
    lon, lat = middle + shift * nm[-1] / 60.0
    far = [field.look_up(np.array([lon]), np.array([lat]))[0] for field in (start, end)]
    if not sum(far) < _LONGEST_DETOUR * nm[-1]:
        return None
    way = np.concatenate([_way(start, (lon, lat))[::-1], _way(end, (lon, lat))[1:]])
    return way if _along_nm(way)[-1] < _LONGEST_DETOUR * nm[-1] else None


def _along_nm(points: Array) -> Array:
    lon, lat = points[:, 0], points[:, 1]
    return np.concatenate([[0.0], np.cumsum(haversine_nm_many(lon[:-1], lat[:-1], lon[1:], lat[1:]))])


def _joined(lines: list[Array], between: Array) -> Ways:
    """Put ways one after the other."""
    first = np.cumsum([0, *map(len, lines)])
    points = np.concatenate(lines) if lines else np.empty((0, 2))
    nm = np.concatenate([_along_nm(line) for line in lines]) if lines else np.empty(0)
    course = np.zeros(len(points))
    for start, end in pairwise(first.tolist()):
        east = np.diff(points[start:end, 0]) * np.cos(np.radians(points[start : end - 1, 1]))
        course[start : end - 1] = np.degrees(np.arctan2(east, np.diff(points[start:end, 1]))) % 360.0
    return Ways(first.astype(np.int64), points[:, 0].copy(), points[:, 1].copy(), nm, course, between)
