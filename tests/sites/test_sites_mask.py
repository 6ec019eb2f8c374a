import numpy as np
import pytest

from darkships.kernels.sea_grid import D_COLUMN, D_ROW, node_xy
from darkships.sites import mask
from darkships.sites.mask import Box, is_inland, is_water, sea_grid, water_pixels

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


def test_pixels_kept_by_degree_are_those_of_the_raster(monkeypatch, tmp_path):
    monkeypatch.setenv("DARKSHIPS_CACHE", str(tmp_path))
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-124.5, -119.0, 40_000), rng.uniform(33.0, 38.0, 40_000)
    edges = np.array([[-180.0, 51.9], [179.9999, 51.9], [-124.0, 40.0], [0.0, -90.0], [0.0, 90.0]])
    lon, lat = np.append(lon, edges[:, 0]), np.append(lat, edges[:, 1])
    expected = ~water_pixels(lon, lat)
    assert expected.any()
    assert not expected.all()
    np.testing.assert_array_equal(mask._are_land(lon, lat), expected)
    monkeypatch.setattr(mask, "_land_raster", lambda: pytest.fail("it is not needed a second time"))
    np.testing.assert_array_equal(mask._are_land(lon, lat), expected)
    assert is_inland(np.empty(0), np.empty(0)).size == 0
