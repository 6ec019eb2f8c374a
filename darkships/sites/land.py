"""Which cells of a coarse grid of the Earth have no water at all."""

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
    sub = _SAMPLES_PER_DEG // per_deg
    lon = (np.arange(360 * _SAMPLES_PER_DEG) + 0.5) / _SAMPLES_PER_DEG - 180.0
    rows = []
    for row in range(180 * per_deg):
        lat = (row * sub + np.arange(sub) + 0.5) / _SAMPLES_PER_DEG - 90.0
        water = water_pixels(np.tile(lon, sub), np.repeat(lat, lon.size))
        rows.append(~water.reshape(sub, 360 * per_deg, sub).any(axis=(0, 2)))
    return np.concatenate(rows)
