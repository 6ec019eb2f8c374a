import itertools

import geopandas as gpd
import numpy as np
import pytest

from darkships.errors import SitesError
from darkships.kernels.geodesy import haversine_nm
from darkships.sites.field import SeaFields, sea_distance_nm, sea_field, snap_to_sea
from darkships.sites.mask import is_water
from darkships.sites.watch import read_sites


def at(lon, lat):
    return np.array([lon], float), np.array([lat], float)


def one_site(name, lon, lat):
    row = {"site": [name], "approach_lon": [lon], "approach_lat": [lat]}
    return gpd.GeoDataFrame(row, geometry=gpd.points_from_xy([lon], [lat]), crs="EPSG:4326")


@pytest.fixture(scope="module")
def rajin(sea_cache):
    sites = read_sites("sea-of-japan")
    return SeaFields(sites[sites["site"] == "Rajin"], margin_nm=150.0)


def approach(name):
    site = read_sites("sea-of-japan").set_index("site").loc[name]
    return float(site.approach_lon), float(site.approach_lat)


# Measured on another 1/60-degree grid whose paths turn by steps only: 103, 134, 92 and 33 nm; the great circles from
# berth to berth are 98, 127, 88 and 32.
@pytest.mark.parametrize(
    ("port", "nm", "within"), [("Dunay", 103, 2), ("Vostochny", 134, 4.5), ("Vladivostok", 92, 3.5)]
)
def test_rajin_to_the_ports_of_primorye(rajin, port, nm, within):
    found = rajin.distance_nm("Rajin", *at(*approach(port)))[0]
    assert found == pytest.approx(nm, abs=within)
    assert rajin.inside("Rajin", *at(*approach(port))).all()


def test_dunay_to_vostochny(sea_cache):
    assert sea_distance_nm(*approach("Vostochny"), *approach("Dunay")) == pytest.approx(33, abs=2)


@pytest.mark.parametrize(
    ("name", "start", "end", "margin_nm", "nm"),
    [
        ("Muravyov-Amursky", (132.25, 43.20), (131.80, 43.20), 60.0, (28.0, 45.0)),
        ("Jutland", (8.10, 56.20), (10.70, 56.20), 110.0, (170.0, 250.0)),
        ("Salento", (18.05, 40.65), (17.20, 40.40), 90.0, (95.0, 130.0)),
    ],
)
def test_a_path_goes_around_a_peninsula_and_never_crosses_land(sea_cache, name, start, end, margin_nm, nm):
    fields = SeaFields(one_site(name, *end), margin_nm=margin_nm)
    path = fields.path(name, *start)
    lon, lat = (np.concatenate(part) for part in zip(*_samples(path), strict=True))
    assert is_water(lon, lat).all()
    length = sum(haversine_nm(*a, *b) for a, b in itertools.pairwise(path.coords))
    found = fields.distance_nm(name, *at(*start))[0]
    assert nm[0] < found < nm[1]
    assert length == pytest.approx(found, rel=0.04)
    assert haversine_nm(*path.coords[0], *start) < 1.0
    assert haversine_nm(*path.coords[-1], *end) < 1.0


def _samples(path):
    """Points every 0.1 nm or nearer along every segment."""
    for (x1, y1), (x2, y2) in itertools.pairwise(path.coords):
        share = np.linspace(0.0, 1.0, 2 + int(haversine_nm(x1, y1, x2, y2) / 0.1))
        yield x1 + (x2 - x1) * share, y1 + (y2 - y1) * share


def test_it_is_as_far_there_as_back(sea_cache, rajin):
    there = rajin.distance_nm("Rajin", *at(131.5, 41.5))[0]
    back = sea_field(lon=131.5, lat=41.5, margin_nm=150.0).distance_nm(*at(130.275, 42.205))[0]
    assert there == pytest.approx(back, abs=0.7)


def test_distances_are_never_less_than_the_great_circle(rajin):
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(127.0, 134.0, 500), rng.uniform(39.0, 44.0, 500)
    inside = rajin.inside("Rajin", lon, lat)
    nm = rajin.distance_nm("Rajin", lon, lat)
    straight = np.array([haversine_nm(x, y, 130.275, 42.205) for x, y in zip(lon, lat, strict=True)])
    assert (nm >= straight - 1.0).all()
    assert 0.2 < inside.mean() < 0.8


def test_outside_the_field_the_great_circle_bounds_it(rajin):
    lon, lat = np.array([-10.0, 127.0, np.nan]), np.array([50.0, 41.5, 40.0])  # Atlantic, inland, nowhere
    assert not rajin.inside("Rajin", lon, lat).any()
    nm = rajin.distance_nm("Rajin", lon, lat)
    site = read_sites("sea-of-japan").set_index("site").loc["Rajin"]
    truth = [haversine_nm(x, y, site.approach_lon, site.approach_lat) for x, y in ((-10.0, 50.0), (127.0, 41.5))]
    assert nm[:2] == pytest.approx(truth)
    assert np.isnan(nm[2])


def test_the_matrix_has_a_column_a_site_in_their_order(sea_cache):
    sites = read_sites("sea-of-japan")
    sites = sites[sites["site"].isin(["Dunay", "Nakhodka"])]
    fields = SeaFields(sites, margin_nm=60.0)
    lon, lat = np.array([132.5, 132.0, 133.0]), np.array([42.6, 42.8, 42.5])
    matrix = fields.matrix_nm(lon, lat)
    assert matrix.shape == (3, 2)
    assert matrix[:, 1] == pytest.approx(fields.distance_nm("Nakhodka", lon, lat))
    assert SeaFields(sites.iloc[:0]).matrix_nm(lon, lat).shape == (3, 0)


def test_a_field_reaches_across_the_antimeridian(sea_cache):
    field = sea_field(lon=179.95, lat=-30.5, margin_nm=40.0)
    truth = haversine_nm(179.95, -30.5, -179.6, -30.9)
    assert field.look_up(*at(-179.6, -30.9))[0] == pytest.approx(truth, abs=0.7)
    assert field.look_up(*at(180.4, -30.9))[0] == pytest.approx(truth, abs=0.7)
    lons = [x for x, _ in field.path(-179.6, -30.9).coords]
    assert max(lons) - min(lons) < 1.0


def test_a_field_reads_back_from_the_cache_as_it_was(sea_cache, rajin):
    first = rajin.field("Rajin").nm
    again = SeaFields(read_sites("sea-of-japan"), margin_nm=150.0).field("Rajin").nm
    assert isinstance(again, np.memmap)
    assert np.array_equal(first, again)


def test_a_berth_on_mask_land_snaps_to_the_water_near_it(sea_cache):
    lon, lat = snap_to_sea(lon=130.283, lat=42.227)
    assert is_water(np.array([lon]), np.array([lat])).all()
    assert haversine_nm(lon, lat, 130.283, 42.227) < 1.5


@pytest.mark.parametrize(("lon", "lat"), [(127.5, 41.0), (50.9, 42.0)])  # Korea; the Caspian, a lake
def test_inland_there_is_no_sea(sea_cache, lon, lat):
    with pytest.raises(SitesError, match="no sea within 5 nm"):
        snap_to_sea(lon=lon, lat=lat)


def test_no_path_from_inland_or_beyond_the_field(rajin):
    for point in ((127.5, 41.5), (-10.0, 50.0)):
        with pytest.raises(SitesError, match="no way by sea"):
            rajin.path("Rajin", *point)


def test_an_unknown_site_is_named(rajin):
    with pytest.raises(SitesError, match="unknown site 'Busan'"):
        rajin.distance_nm("Busan", *at(130.0, 42.0))
