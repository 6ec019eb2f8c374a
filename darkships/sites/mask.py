"""The sea as a graph of cells, made tile by tile from the GSHHG land mask and kept in the cache."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np

from darkships.kernels import Array
from darkships.kernels.sea_grid import (
    CLEAR_BIT,
    D_COLUMN,
    D_ROW,
    N_DIRECTIONS,
    N_HALF,
    NODE_SHIFT,
    clear_cells,
    link_cells,
    pick_nodes,
)
from darkships.sites.cache import cached

CELLS_PER_DEG = 60
TILE_DEG = 5
MAX_LAT_DEG = 80

PIXELS_PER_DEG = 240
"""As many as the raster of the mask has, whose pixels lie half a pixel off: their middles are whole numbers of pixels.
What the raster calls water has no land at all."""

INLAND_NM = 2.0
"""Well inland: farther from what the mask calls water than any quay, dock, or error of a position."""

_NEAR_CELLS = 2
_HALO_CELLS = 2 + _NEAR_CELLS
"""Links reach two cells; whether a pixel is water depends on what lies two cells around."""

_SAMPLES = 32
"""Points looked at along a doubtful link: less than 150 m apart."""

_FORMAT = 3


@dataclass(frozen=True, eq=False)
class SeaGrid:
    """A box of packed cells (h, w), row 0 in the south; ``west_deg`` may lie beyond the antimeridian."""

    cells: Array
    west_deg: float
    south_deg: float
    per_deg: int

    @property
    def sub(self) -> int:
        """Mask pixels along a cell."""
        return PIXELS_PER_DEG // self.per_deg

    @cached_property
    def clear(self) -> Array:
        """Bool (h, w): all of the cell is water."""
        return (self.cells >> CLEAR_BIT & 1).astype(np.bool_)

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Return a point's column and row coordinates in cells."""
        return (lon - self.west_deg) % 360.0 * self.per_deg, (lat - self.south_deg) * self.per_deg


@dataclass(frozen=True)
class Box:
    """A box of tiles: the south-western one (degrees / 5) and how many there are; it may cross the antimeridian."""

    x: int
    y: int
    n_x: int
    n_y: int
    per_deg: int = CELLS_PER_DEG

    @classmethod
    def around(cls, lon: float, lat: float, *, margin_nm: float, per_deg: int = CELLS_PER_DEG) -> "Box":
        """Return the tiles that cover a point and a margin around it (at most 30 degrees of longitude each way)."""
        d_lat = margin_nm / 60.0
        d_lon = min(d_lat / np.cos(np.radians(min(abs(lat), MAX_LAT_DEG))), 30.0)
        x, x_end = (int(np.floor(value / TILE_DEG)) for value in (lon - d_lon, lon + d_lon))
        limit = MAX_LAT_DEG // TILE_DEG
        y, y_end = (
            min(max(int(np.floor(value / TILE_DEG)), -limit), limit - 1) for value in (lat - d_lat, lat + d_lat)
        )
        return cls(x, y, x_end - x + 1, y_end - y + 1, per_deg)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.n_y * TILE_DEG * self.per_deg, self.n_x * TILE_DEG * self.per_deg

    @property
    def key(self) -> str:
        """Name of the box in the cache."""
        return f"{self.x * TILE_DEG}_{self.y * TILE_DEG}_{self.n_x}x{self.n_y}"


def cache_key(per_deg: int) -> str:
    """Return the name of everything that cells depend on: their format, the mask, the grid."""
    return f"sea-{_FORMAT}-gshhg-{version('roaring-landmask')}-{per_deg}"


@lru_cache(maxsize=1)
def _land_mask() -> Any:
    """Load the land mask: seconds, so only when something is not in the cache."""
    from roaring_landmask import LandmaskProvider, RoaringLandmask

    return RoaringLandmask.new_with_provider(LandmaskProvider.Gshhg)


def is_water(lon: Array, lat: Array) -> Array:
    """Tell which points (n,) the land mask calls water."""
    lon = (np.asarray(lon, np.float64) + 180.0) % 360.0 - 180.0
    return ~np.asarray(_land_mask().contains_many_par(lon, np.asarray(lat, np.float64)), bool)


def water_pixels(lon: Array, lat: Array) -> Array:
    """Tell which points (n,) lie in a pixel of the mask without any land: many at once are quick."""
    return ~np.asarray(_land_mask().mask.contains_many_par(lon, lat), bool)


@lru_cache(maxsize=1)
def _land_raster() -> Any:
    """Load the raster of the land mask alone: a second, and a quarter of the memory."""
    from roaring_landmask import LandmaskProvider, RoaringMask

    return RoaringMask.new(LandmaskProvider.Gshhg)


def is_inland(lon: Array, lat: Array) -> Array:
    """Tell which points (n,) have nothing but land within INLAND_NM, by the raster's pixels.

    The mask has no lake and few rivers as water.
    """
    d_lat, d_lon = (axis.ravel() for axis in np.mgrid[-1:1:17j, -1:1:17j] * INLAND_NM / 60.0)
    lat2 = np.clip(np.asarray(lat)[:, None] + d_lat, -90.0, 90.0)
    lon2 = np.asarray(lon)[:, None] + d_lon / np.cos(np.radians(np.clip(lat2, -MAX_LAT_DEG, MAX_LAT_DEG)))
    lon2 = (lon2 + 180.0) % 360.0 - 180.0
    return np.all(_are_land(lon2.ravel(), lat2.ravel()).reshape(lat2.shape), axis=1)


def _are_land(lon: Array, lat: Array) -> Array:
    """Tell which points (n,) lie in a pixel of the raster that has land; where degrees are cached, without the raster.

    A few thousand places by chance would take seconds more than the raster, but jumps lead to the same places.
    """
    column = np.rint((lon + 180.0) * PIXELS_PER_DEG).astype(np.int64) % (360 * PIXELS_PER_DEG)
    row = np.minimum(np.rint((lat + 90.0) * PIXELS_PER_DEG).astype(np.int64), 180 * PIXELS_PER_DEG - 1)
    degree = row // PIXELS_PER_DEG * 360 + column // PIXELS_PER_DEG
    column, row = column % PIXELS_PER_DEG, row % PIXELS_PER_DEG
    order = np.argsort(degree, kind="stable")
    numbers, starts = np.unique(degree[order], return_index=True)
    out = np.empty(lon.size, np.bool_)
    for number, own in zip(numbers.tolist(), np.split(order, starts)[1:], strict=True):
        bits = _land_bits(number % 360 - 180, number // 360 - 90)
        out[own] = bits[row[own], column[own] >> 3] >> (7 - (column[own] & 7)) & 1
    return out


def _land_bits(west_deg: int, south_deg: int) -> Array:
    """Return the raster's pixels of a degree as bits: uint8 (rows, columns / 8)."""

    def make() -> Array:
        lon, lat = (first + np.arange(PIXELS_PER_DEG) / PIXELS_PER_DEG for first in (west_deg, south_deg))
        land = _land_raster().contains_many_par(np.tile(lon, lat.size), np.repeat(lat, lon.size))
        return np.packbits(np.asarray(land, bool).reshape(lat.size, lon.size), axis=1)

    name = f"{cache_key(PIXELS_PER_DEG)}/land/{west_deg}_{south_deg}"
    return cached(name, (PIXELS_PER_DEG, PIXELS_PER_DEG // 8), np.uint8, make)


@lru_cache(maxsize=8)
def sea_grid(box: Box) -> SeaGrid:
    """Put the tiles of a box together."""
    side = TILE_DEG * box.per_deg
    cells = np.empty(box.shape, np.int32)
    for y in range(box.n_y):
        for x in range(box.n_x):
            cells[y * side : (y + 1) * side, x * side : (x + 1) * side] = _tile(box.x + x, box.y + y, box.per_deg)
    for k in range(N_DIRECTIONS):  # nothing leads out of the box
        bit = ~np.int32(1 << k)
        rows, columns = int(D_ROW[k]), int(D_COLUMN[k])
        cells[cells.shape[0] - rows if rows > 0 else 0 : cells.shape[0] if rows > 0 else -rows] &= bit
        cells[:, cells.shape[1] - columns if columns > 0 else 0 : cells.shape[1] if columns > 0 else -columns] &= bit
    cells.setflags(write=False)
    return SeaGrid(cells, float(box.x * TILE_DEG), float(box.y * TILE_DEG), box.per_deg)


def _tile(x: int, y: int, per_deg: int) -> Array:
    turns = 360 // TILE_DEG
    x = (x + turns // 2) % turns - turns // 2
    side = TILE_DEG * per_deg
    name = f"{cache_key(per_deg)}/tiles/{x * TILE_DEG}_{y * TILE_DEG}"
    return cached(name, (side, side), np.int32, lambda: _make_tile(x * TILE_DEG, y * TILE_DEG, per_deg))


def _make_tile(west_deg: int, south_deg: int, per_deg: int) -> Array:
    """Compute the packed cells of a tile; a halo around it makes neighbouring tiles agree at their seam."""
    sub = PIXELS_PER_DEG // per_deg
    first_x, first_y = (degrees * PIXELS_PER_DEG - _HALO_CELLS * sub for degrees in (west_deg, south_deg))
    n = (TILE_DEG * per_deg + 2 * _HALO_CELLS) * sub
    sure, water = _pixels(first_x, first_y, n, sub)
    clear, node = clear_cells(sure, sub), pick_nodes(water, sub)
    links, doubtful = link_cells(sure, clear, node, sub)
    _add_links(links, doubtful[_on_water(node, doubtful, first_x, first_y, sub)])
    cells = links | node << NODE_SHIFT | clear.astype(np.int32) << CLEAR_BIT
    core = slice(_HALO_CELLS, -_HALO_CELLS)
    return np.ascontiguousarray(cells[core, core])


def _pixels(first_x: int, first_y: int, n: int, sub: int) -> tuple[Array, Array]:
    """Return bool (n, n): pixels without any land, and pixels whose middle is water.

    The mask's own pixels have their middles at the corners of these, so four of them cover one. Only the middle asks
    the coastline itself, which is slow, so only near what the raster calls water.
    """
    x, y = ((first + np.arange(n + 1)) / PIXELS_PER_DEG for first in (first_x, first_y))
    lon, lat = np.tile((x + 180.0) % 360.0 - 180.0, n + 1), np.repeat(y, n + 1)
    clear = water_pixels(lon, lat).reshape(n + 1, n + 1)
    corners = np.stack([clear[:-1, :-1], clear[:-1, 1:], clear[1:, :-1], clear[1:, 1:]])
    sure, partly = np.all(corners, axis=0), np.any(corners, axis=0)
    any_water = np.pad(partly.reshape(n // sub, sub, n // sub, sub).any(axis=(1, 3)), _NEAR_CELLS)
    windows = np.lib.stride_tricks.sliding_window_view(any_water, (2 * _NEAR_CELLS + 1, 2 * _NEAR_CELLS + 1))
    near = windows.any(axis=(2, 3)).repeat(sub, axis=0).repeat(sub, axis=1)
    row, column = np.nonzero(near & ~sure)
    water = sure.copy()
    water[row, column] = is_water(x[column] + 0.5 / PIXELS_PER_DEG, y[row] + 0.5 / PIXELS_PER_DEG)
    return sure, water


def _ends(node: Array, pairs: Array, sub: int) -> Array:
    """Return (4, n): x and y of either node of linked pairs, in pixels."""
    row, column, k = pairs.T
    row2, column2 = row + D_ROW[k], column + D_COLUMN[k]
    pixel, pixel2 = node[row, column] - 1, node[row2, column2] - 1
    return np.array(
        [column * sub + pixel % sub, row * sub + pixel // sub, column2 * sub + pixel2 % sub, row2 * sub + pixel2 // sub]
    )


def _on_water(node: Array, pairs: Array, first_x: int, first_y: int, sub: int) -> Array:
    """Tell which pairs see each other: points all along the segment are water by the coastline itself."""
    x1, y1, x2, y2 = _ends(node, pairs, sub)[:, :, None]
    share = np.arange(_SAMPLES + 1) / _SAMPLES
    lon = (first_x + x1 + 0.5 + (x2 - x1) * share) / PIXELS_PER_DEG
    lat = (first_y + y1 + 0.5 + (y2 - y1) * share) / PIXELS_PER_DEG
    return np.all(is_water(lon.ravel(), lat.ravel()).reshape(lon.shape), axis=1)


def _add_links(links: Array, pairs: Array) -> None:
    row, column, k = pairs.T
    np.bitwise_or.at(links, (row, column), np.int32(1) << k)
    np.bitwise_or.at(links, (row + D_ROW[k], column + D_COLUMN[k]), np.int32(1) << (k + N_HALF))
