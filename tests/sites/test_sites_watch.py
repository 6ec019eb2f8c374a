import json
import re
import shutil

import pytest
from shapely import Point

from darkships.errors import SitesError
from darkships.kernels.geodesy import haversine_nm
from darkships.resources import data_dir
from darkships.schema import SITES
from darkships.sites.geojson import circle, parse_features
from darkships.sites.mask import is_water
from darkships.sites.sources import load_collection, text_of
from darkships.sites.watch import add_site, list_site_lists, read_sites

LISTS = [path.stem for path in sorted((data_dir() / "sites").glob("*.geojson"))]
SQUARE = [[130.2, 42.1], [130.4, 42.1], [130.4, 42.3], [130.2, 42.3], [130.2, 42.1]]
BOW_TIE = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]


def point(lon, lat, **properties):
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings, **properties):
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def parse(*features):
    return parse_features(collection(*features), where="mine.geojson")


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_shipped_lists_are_the_ones_promised():
    lists = {found.name: found for found in list_site_lists()}
    assert {"sea-of-japan", "north-korea", "crimea", "syria", "iran", "venezuela", "libya"} == set(lists)
    assert lists["sea-of-japan"].count == 13
    assert all(found.title and "World Port Index" in found.source for found in lists.values())


@pytest.mark.parametrize("name", LISTS)
def test_a_shipped_list_reads_and_is_sound(name):
    sites = read_sites(name)
    assert list(sites.columns) == [*SITES.names, "geometry"]
    assert sites.crs == "EPSG:4326"
    assert sites["site"].is_unique
    assert sites["site"].is_monotonic_increasing
    assert sites.geometry.is_valid.all()
    assert all(re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", code) for code in sites["locode"] if code)
    assert all(
        code.startswith(country) for code, country in zip(sites["locode"], sites["country"], strict=True) if code
    )
    assert set(sites["kind"]) <= {"port", "anchorage", "naval"}
    assert all(sites["source"])
    # Behind the barrage of the Taedong river the approach point is at its seaward side.
    river = sites["site"].isin(["Nampo", "Songnim"])
    for site in sites[~river].itertuples():
        assert site.geometry.covers(Point(site.approach_lon, site.approach_lat)), site.site
    joined = sites.sjoin(sites, predicate="overlaps")
    assert joined.empty


@pytest.mark.parametrize("name", LISTS)
def test_approach_points_of_shipped_lists_are_on_water(name):
    sites = read_sites(name)
    assert is_water(sites["approach_lon"].to_numpy(), sites["approach_lat"].to_numpy()).all()


def test_rajin_is_where_its_berth_is():
    rajin = read_sites("north-korea").set_index("site").loc["Rajin"]
    assert rajin.geometry.covers(Point(130.283, 42.227))
    assert rajin.locode == "KPRJN"


def test_groups_join_what_evidence_cannot_tell_apart():
    groups = read_sites("sea-of-japan").set_index("site")["site_group"]
    assert groups["Dunay"] == groups["Vostochny"] == groups["Nakhodka"] != groups["Vladivostok"]


@pytest.mark.parametrize(
    "source", ["sea-of-japan,north-korea", ["sea-of-japan", "north-korea"], "sea-of-japan , syria"]
)
def test_several_lists_are_one_table_and_shared_sites_stand_once(source):
    sites = read_sites(source)
    assert sites["site"].is_unique
    assert "Rajin" in set(sites["site"])
    assert len(sites) in {21, 16}


def test_own_points_and_polygons(tmp_path, sea_cache):
    path = write(
        tmp_path / "mine.geojson",
        collection(
            point(130.283, 42.227, name="Rajin berth", radius_nm=1.0),
            polygon(SQUARE, site="Rajin bay", locode="KP RJN", country="KP", kind="anchorage", site_group="Rason"),
        ),
    )
    for source in (path, str(path), [path]):
        sites = read_sites(source).set_index("site")
    berth, bay = sites.loc["Rajin berth"], sites.loc["Rajin bay"]
    assert (berth.site_group, berth.kind, berth.locode) == ("Rajin berth", "port", None)
    assert (bay.site_group, bay.kind, bay.locode, bay.country) == ("Rason", "anchorage", "KPRJN", "KP")
    assert "given by the user" in berth.source
    corners = berth.geometry.exterior.coords
    assert [haversine_nm(*corner, 130.283, 42.227) for corner in corners] == pytest.approx([1.0] * len(corners))
    assert is_water(sites["approach_lon"].to_numpy(), sites["approach_lat"].to_numpy()).all()
    assert haversine_nm(berth.approach_lon, berth.approach_lat, 130.283, 42.227) < 1.5


@pytest.mark.parametrize("lat", [0.0, 42.0, -71.0])
@pytest.mark.parametrize("lon", [130.283, 179.99, -179.99])
def test_a_circle_is_valid_anywhere(lon, lat):
    found = circle(lon=lon, lat=lat, radius_nm=5.0)
    assert found.is_valid
    west, south, east, north = found.bounds
    assert -180.0 <= west < east <= 180.0
    assert north - south == pytest.approx(10.0 / 60.0, rel=1e-2)
    parts = list(getattr(found, "geoms", [found]))
    assert len(parts) == (2 if abs(lon) > 179.9 else 1)
    assert all(part.exterior.is_ccw for part in parts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("site,lat,lon\nRajin,42,130", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "expected a GeoJSON FeatureCollection"),
        ('{"type": "Feature"}', "expected a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "no list of 'features'"),
        ('{"type": "FeatureCollection", "features": []}', "holds no site"),
    ],
)
def test_a_file_that_is_no_collection(tmp_path, content, message):
    path = tmp_path / "mine.geojson"
    path.write_text(content)
    with pytest.raises(SitesError, match=message):
        read_sites(path)


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "mine.geojson"
    path.write_bytes('{"name": "Rækkø"}'.encode("latin-1"))
    with pytest.raises(SitesError, match="is not JSON"):
        read_sites(path)


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ("nonsense", "not a GeoJSON Feature"),
        (point(130.0, 42.0), "no name"),
        (point(130.0, 42.0, name=7), "no name"),
        (point(130.0, 42.0, name="  "), "no name"),
        (point(130.0, 42.0, name="Ra\x1b[2Jjin"), "control characters"),
        (point(130.0, 42.0, name="Ra\u202ejin"), "control characters"),
        (point(130.0, 42.0, name="x" * 101), "more than 100 characters"),
        (point(42.2, 130.3, name="A"), "check that they are not swapped"),
        (point(181.0, 42.2, name="A"), "longitude is 181; expected -180 to 180"),
        (point(float("nan"), 42.2, name="A"), "expected a number"),
        (point("130", 42.2, name="A"), "expected a number"),
        (point(True, 42.2, name="A"), "expected a number"),
        (point(10**400, 42.2, name="A"), "expected a number"),
        (point(130.0, 42.0, name="A", radius_nm=0), "'radius_nm' is 0"),
        (point(130.0, 42.0, name="A", radius_nm=1e9), "at most 50"),
        (point(130.0, 42.0, name="A", kind="airport"), "expected one of port, anchorage, naval"),
        (point(130.0, 42.0, name="A", locode="KP-RJN"), "expected an UN/LOCODE"),
        (point(130.0, 42.0, name="A", country="PRK"), "ISO 3166"),
        (point(130.0, 42.0, name="A", site_group="\x00"), "'site_group' is"),
        (point(130.0, 42.0, name="A", approach_lat=42.0), "longitude is None"),
        (polygon(BOW_TIE, name="A"), r"Self-intersection\[0.5 0.5\]"),
        (polygon(SQUARE[:2], name="A"), "cannot be built"),
        (polygon([[0, 0], [1, 1], [2, 2], [0, 0]], name="A"), "is not valid"),
        (polygon([[0, 0], [1], [2, 2], [0, 0]], name="A"), "a position is"),
        (polygon(name="A"), "expected nested lists"),
        ({"type": "Feature", "properties": {"name": "A"}, "geometry": None}, "expected a Point, Polygon"),
        ({"type": "Feature", "properties": {"name": "A"}, "geometry": {"type": ["x"]}}, "expected a Point, Polygon"),
        ({"type": "Feature", "properties": [1], "geometry": None}, "properties are not an object"),
    ],
)
def test_a_feature_that_cannot_be_used(feature, message):
    with pytest.raises(SitesError, match=message) as caught:
        parse(feature)
    assert str(caught.value).isprintable()
    assert "mine.geojson" in str(caught.value)


def test_every_problem_is_told_at_once():
    with pytest.raises(SitesError) as caught:
        parse(
            point(130.0, 42.0), point(130.0, 42.0, name="A"), point(130.1, 42.0, name="a"), polygon(BOW_TIE, name="B")
        )
    message = str(caught.value)
    assert "feature 1: no name" in message
    assert "feature 3: the name 'a' stands twice" in message
    assert "feature 4: B: its polygon" in message


def test_many_problems_are_counted():
    with pytest.raises(SitesError, match="and 90 more"):
        parse(*[point(130.0, 42.0)] * 100)


def test_a_site_far_from_any_sea(tmp_path, sea_cache):
    path = write(tmp_path / "mine.geojson", collection(point(127.5, 41.0, name="Inland")))
    with pytest.raises(SitesError, match="Inland: no sea within 5 nm"):
        read_sites(path)


def test_an_unknown_source_names_what_is_known():
    with pytest.raises(SitesError, match=r"neither a file nor a shipped list.*sea-of-japan"):
        read_sites("sea-of-japn")
    with pytest.raises(SitesError, match="cannot read the sites file"):
        read_sites(data_dir() / "sites")


def test_one_name_at_two_places(tmp_path, sea_cache):
    path = write(tmp_path / "mine.geojson", collection(point(129.82, 41.75, name="Rajin")))
    with pytest.raises(SitesError, match="stands in two"):
        read_sites(["sea-of-japan", path])


def test_sites_are_added_one_by_one(tmp_path, sea_cache):
    path = tmp_path / "mine.geojson"
    assert add_site(path, "Rajin", 42.227, 130.283)["site"].tolist() == ["Rajin"]
    sites = add_site(str(path), "Dunay", 42.88, 132.35, radius_nm=1.0, kind="naval", site_group="Primorye")
    assert sites["site"].tolist() == ["Dunay", "Rajin"]
    dunay = sites.set_index("site").loc["Dunay"]
    assert (dunay.kind, dunay.site_group) == ("naval", "Primorye")
    assert dunay.geometry.covers(Point(132.35, 42.88))
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.geojson"]


@pytest.mark.parametrize(
    ("name", "lat", "lon", "message"),
    [
        ("Rajin", 42.3, 130.4, "stands twice"),
        ("Swapped", 130.283, 42.227, "not swapped"),
        ("Inland", 41.0, 127.5, "no sea within 5 nm"),
        ("", 42.3, 130.4, "no name"),
    ],
)
def test_a_site_that_cannot_be_added_leaves_the_file_as_it_was(tmp_path, sea_cache, name, lat, lon, message):
    path = write(tmp_path / "mine.geojson", collection(point(130.283, 42.227, name="Rajin", note="hers")))
    before = path.read_bytes()
    with pytest.raises(SitesError, match=message):
        add_site(path, name, lat, lon)
    assert path.read_bytes() == before


def test_what_else_a_file_holds_stays(tmp_path, sea_cache):
    content = collection(point(130.283, 42.227, name="Rajin", note="hers")) | {"crs": "mine"}
    path = write(tmp_path / "mine.geojson", content)
    add_site(path, "Dunay", 42.88, 132.35)
    found = load_collection(path)
    assert found["crs"] == "mine"
    assert found["features"][0] == content["features"][0]


def test_what_lists_say_is_one_text_however_it_is_laid_out(tmp_path):
    own = collection(point(130.283, 42.227, name="Rajin"))
    path = write(tmp_path / "mine.geojson", own)
    said = text_of([path, "syria"])
    path.write_text(json.dumps(own, indent=7, sort_keys=True), encoding="utf-8")
    assert text_of(f"{path},syria") == said
    others = [write(tmp_path / "mine.geojson", collection(point(130.284, 42.227, name="Rajin"))), "syria"]
    assert len({said, text_of(others), text_of(path), text_of(shutil.copy(path, tmp_path / "other.geojson"))}) == 4


def test_a_folder_that_is_not_there(tmp_path, sea_cache):
    with pytest.raises(SitesError, match="cannot write"):
        add_site(tmp_path / "no" / "mine.geojson", "Rajin", 42.227, 130.283)
