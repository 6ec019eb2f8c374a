"""Which cells of a coarse grid of the Earth have no water at all."""

from itertools import product

import numpy as np

from darkships.kernels import Array
from darkships.sites.cache import cached
from darkships.sites.mask import cache_key, water_pixels

_SAMPLES_PER_DEG = 20


def land_cells(per_deg: int) -> Array:
    """Return bool (180 x 360 x per_deg^2,): cells by rows from the south and columns from 180 W without any water."""
    shape = (180 * 360 * per_deg * per_deg,)
    return cached(f"{cache_key(per_deg)}/land", shape, np.bool_, lambda: _make(per_deg))


def _make(per_deg: int) -> Array:
    """Sample each cell at 1/20 degree, the middle first: what has water, most of the Earth, is soon done with."""
    sub = _SAMPLES_PER_DEG // per_deg
    lon, lat = (np.arange(degrees * per_deg) / per_deg - degrees / 2 for degrees in (360, 180))
    lon, lat = np.tile(lon, lat.size), np.repeat(lat, lon.size)
    is_land = np.ones(lon.size, np.bool_)
    steps = sorted(range(sub), key=lambda step: abs(step - sub // 2))
    for x, y in product(steps, steps):
        left = np.flatnonzero(is_land)
        d_lon, d_lat = ((step + 0.5) / _SAMPLES_PER_DEG for step in (x, y))
        is_land[left] = ~water_pixels(lon[left] + d_lon, lat[left] + d_lat)
    return is_land
