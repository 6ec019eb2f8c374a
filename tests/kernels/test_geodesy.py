import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from darkships.kernels.geodesy import destination, haversine_nm, haversine_nm_many
from darkships.units import EARTH_RADIUS_M, M_PER_NM

SPHERE = Geod(a=EARTH_RADIUS_M, b=EARTH_RADIUS_M)

PAIRS = [
    (130.283, 42.227, 132.35, 42.88),  # Rajin, Dunay
    (-74.0, 40.7, 151.2, -33.9),  # far apart, both hemispheres
    (179.7, -16.5, -179.2, -17.9),  # across the antimeridian
    (12.5, 89.2, -140.1, 88.7),  # across the pole
    (33.1, -71.4, 33.1, -71.4),  # a point and itself
    (20.0, 35.0, 20.00001, 35.00001),  # a metre apart
    (10.0, 20.0, -169.5, -20.2),  # nearly antipodal
]


@pytest.mark.parametrize("pair", PAIRS)
def test_distance_equals_proj_on_the_sphere(pair):
    _, _, distance_m = SPHERE.inv(*pair)
    assert haversine_nm(*pair) == pytest.approx(distance_m / M_PER_NM, rel=1e-6, abs=1e-9)


def test_longitude_comes_first():
    one_degree_nm = math.radians(1.0) * EARTH_RADIUS_M / M_PER_NM
    assert haversine_nm(10.0, 60.0, 11.0, 60.0) == pytest.approx(one_degree_nm * math.cos(math.radians(60)), rel=1e-4)
    assert haversine_nm(10.0, 60.0, 10.0, 61.0) == pytest.approx(one_degree_nm)


@pytest.mark.parametrize(
    ("lon", "lat", "bearing", "distance_nm"),
    [(130.0, 42.0, 37.0, 150.0), (179.9, -17.0, 95.0, 300.0), (-20.0, 88.0, 10.0, 400.0), (2.5, -45.5, 271.0, 1e-3)],
)
def test_destination_equals_proj_on_the_sphere(lon, lat, bearing, distance_nm):
    lon2, lat2, _ = SPHERE.fwd(lon, lat, bearing, distance_nm * M_PER_NM)
    got_lon, got_lat = destination(lon, lat, bearing, distance_nm)
    assert got_lat == pytest.approx(lat2, abs=1e-7)
    assert (got_lon - lon2 + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=1e-7)
    assert -180.0 <= got_lon < 180.0


@given(
    st.floats(-180, 180),
    st.floats(-89.9, 89.9),
    st.floats(0, 359.9),
    st.floats(0.01, 5000),
)
def test_destination_comes_back(lon, lat, bearing, distance_nm):
    lon2, lat2 = destination(lon, lat, bearing, distance_nm)
    assert haversine_nm(lon, lat, lon2, lat2) == pytest.approx(distance_nm, rel=1e-6, abs=1e-6)


def test_many_equals_one_by_one():
    pairs = np.array(PAIRS)
    many = haversine_nm_many(*(np.ascontiguousarray(column) for column in pairs.T))
    assert many.tolist() == [haversine_nm(*pair) for pair in PAIRS]


def test_a_missing_coordinate_gives_a_missing_distance():
    for position in range(4):
        pair = [130.0, 42.0, 131.0, 43.0]
        pair[position] = math.nan
        assert math.isnan(haversine_nm(*pair))
        assert np.isnan(haversine_nm_many(*(np.array([value]) for value in pair))).all()
