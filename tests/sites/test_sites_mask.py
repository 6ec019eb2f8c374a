import numpy as np
import pytest

from darkships.kernels.sea_grid import D_COLUMN, D_ROW, node_xy
from darkships.sites.mask import Box, is_inland, is_water, sea_grid

LINKS = 20_000


def test_links_of_the_sea_cross_no_islet(sea_cache):
    """Along random links off south-western Korea, a sea full of islets, the coastline itself has water all the way."""
    grid = sea_grid(Box(25, 6, 1, 1))
    rng = np.random.default_rng(5)
    row, column, k = np.nonzero(grid.cells[:, :, None] >> np.arange(len(D_ROW)) & 1)
    chosen = rng.choice(row.size, LINKS, replace=False)
    ends = np.array([
        [node_xy(grid.cells, r, c, grid.sub), node_xy(grid.cells, r + D_ROW[d], c + D_COLUMN[d], grid.sub)]
        for r, c, d in zip(row[chosen], column[chosen], k[chosen], strict=True)
    ])  # fmt: skip
    share = np.linspace(0.0, 1.0, 33)[:, None]
    points = ends[:, None, 0] + share * (ends[:, None, 1] - ends[:, None, 0])
    lon, lat = grid.west_deg + points[..., 0] / grid.per_deg, grid.south_deg + points[..., 1] / grid.per_deg
    wet = is_water(lon.ravel(), lat.ravel()).reshape(LINKS, -1).all(axis=1)
    assert np.flatnonzero(~wet).tolist() == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((-98.0, 38.0), True),
        ((35.49, 33.82), False),
        ((37.41, 55.97), True),
        ((132.0, 41.0), False),
        ((180.0, 0.0), False),
    ],
    ids=["Kansas", "Beirut airport by the sea", "Moscow", "Sea of Japan", "antimeridian"],
)
def test_well_inland_is_far_from_all_water_of_the_mask(place, expected):
    assert is_inland(*(np.array([value]) for value in place)).tolist() == [expected]
