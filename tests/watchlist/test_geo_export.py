import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from builders import gap, gaps
from listed import CLOSED_GAP, OPEN_GAP, SITES, identity, options, stages
from shapely.geometry import LineString

from darkships.errors import DarkshipsError
from darkships.schema import GAPS, VISITS
from darkships.watchlist.export import write_gaps_geo, write_geo, write_table, write_watchlist
from darkships.watchlist.table import build_watchlist

HOSTILE = '=HYPERLINK("http://x")\n\u202eEVIL\x1b[2J\\'


def features(path):
    collection = json.loads(path.read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    return collection["features"]


def test_gaps_are_lines_and_open_ones_points(tmp_path):
    path = tmp_path / "gaps.geojson"
    write_gaps_geo(gaps(CLOSED_GAP, OPEN_GAP), path, data_label="SYNTHETIC")
    line, point = features(path)
    assert line["geometry"] == {"type": "LineString", "coordinates": [[131.5, 42.12346], [132.2, 42.6]]}
    assert point["geometry"] == {"type": "Point", "coordinates": [132.0, 42.5]}
    assert list(line["properties"]) == [*GAPS.names, "data_label"]
    assert line["properties"]["off_timestamp"] == "2023-09-07T14:20:00Z"
    assert line["properties"]["data_label"] == "SYNTHETIC"
    assert (line["properties"]["is_open"], point["properties"]["is_open"]) == (False, True)
    assert line["properties"]["duration_h"] == 143.17
    assert [point["properties"][name] for name in ("on_lat", "on_timestamp")] == [None, None]
    assert isinstance(line["properties"]["off_nav_status"], int)


def test_gaps_as_geoparquet(tmp_path):
    path = tmp_path / "gaps.parquet"
    write_gaps_geo(gaps(CLOSED_GAP, OPEN_GAP), path)
    frame = gpd.read_parquet(path)
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.geom_type.tolist() == ["LineString", "Point"]
    assert frame["gap_id"].tolist() == [CLOSED_GAP["gap_id"], OPEN_GAP["gap_id"]]
    assert frame["data_label"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("off", "on", "lines"),
    [
        ((170.0, 10.0), (-170.0, 20.0), [[[170.0, 10.0], [180.0, 15.0]], [[-180.0, 15.0], [-170.0, 20.0]]]),
        ((-179.0, 50.0), (178.0, 53.0), [[[-179.0, 50.0], [-180.0, 51.0]], [[180.0, 51.0], [178.0, 53.0]]]),
    ],
)
def test_a_gap_over_the_antimeridian_is_cut_there(off, on, lines, tmp_path):
    row = gap(off_lon=off[0], off_lat=off[1], on_lon=on[0], on_lat=on[1])
    write_gaps_geo(gaps(row), tmp_path / "gaps.geojson")
    assert features(tmp_path / "gaps.geojson")[0]["geometry"] == {"type": "MultiLineString", "coordinates": lines}


def test_watchlist_has_the_area_of_the_next_image(tmp_path):
    frame = build_watchlist(*stages(), identity(name=HOSTILE), SITES, **options())
    write_watchlist(frame, tmp_path / "leads.geojson")
    first, second = features(tmp_path / "leads.geojson")
    area = SITES.geometry.iloc[0]
    assert shapely.geometry.shape(first["geometry"]).equals_exact(area, 1e-5)
    assert first["properties"]["name"] == '=HYPERLINK("http://x") EVIL[2J\\'
    assert (first["properties"]["imo"], first["properties"]["imo_valid"]) == (9179842, True)
    assert (second["properties"]["imo"], second["properties"]["imo_valid"]) == (None, None)
    assert second["properties"]["sea_distance_on_nm"] is None


def test_any_stage_as_geojson(tmp_path):
    fixes = pd.DataFrame({"mmsi": [1, 2], "lat": [42.5, np.nan], "lon": [131.123456, np.nan]})
    write_table(fixes, tmp_path / "fixes.geojson")
    point, contact = features(tmp_path / "fixes.geojson")
    assert point["geometry"] == {"type": "Point", "coordinates": [131.12346, 42.5]}
    assert contact["geometry"] is None
    write_table(stages()[1], tmp_path / "visits.geojson")
    assert [feature["geometry"] for feature in features(tmp_path / "visits.geojson")] == [None, None]
    assert list(features(tmp_path / "visits.geojson")[0]["properties"]) == VISITS.names


def test_infinite_numbers_are_missing_in_json(tmp_path):
    write_table(pd.DataFrame({"slack_h": [np.inf, -np.inf, 1.5]}), tmp_path / "x.geojson")
    assert [f["properties"]["slack_h"] for f in features(tmp_path / "x.geojson")] == [None, None, 1.5]


def test_what_strangers_typed_is_text_in_json(tmp_path):
    rows = {'share %s "': [0.5, None], "name": ['a "b" \\ %d', "-0.5"], "true": [True, False], "n": [10**15, -1]}
    write_table(pd.DataFrame(rows), tmp_path / "x.geojson")
    found = [list(feature["properties"].values()) for feature in features(tmp_path / "x.geojson")]
    assert found == [[0.5, 'a "b" \\ %d', True, 10**15], [None, "-0.5", False, -1]]
    assert list(features(tmp_path / "x.geojson")[0]["properties"]) == list(rows)


def paths():
    lines = [LineString([(130.3, 42.2), (131.0, 42.0)]), None]
    return gpd.GeoDataFrame({"lead_id": ["DS-1", "DS-2"], "site": [HOSTILE, "B"]}, geometry=lines, crs="EPSG:4326")


def test_paths(tmp_path):
    write_geo(paths(), tmp_path / "paths.geojson")
    line, none = features(tmp_path / "paths.geojson")
    assert line["geometry"]["coordinates"] == [[130.3, 42.2], [131.0, 42.0]]
    assert line["properties"]["site"] == '=HYPERLINK("http://x") EVIL[2J\\'
    assert none["geometry"] is None
    write_geo(paths(), tmp_path / "paths.parquet")
    assert gpd.read_parquet(tmp_path / "paths.parquet").geometry.iloc[0].equals(paths().geometry.iloc[0])


@pytest.mark.parametrize("suffix", ["geojson", "parquet"])
def test_nothing_is_a_valid_file(suffix, tmp_path):
    write_gaps_geo(GAPS.empty(), tmp_path / f"gaps.{suffix}")
    empty = gpd.GeoDataFrame([], columns=["lead_id", "geometry"], geometry="geometry", crs="EPSG:4326")
    write_geo(empty, tmp_path / f"paths.{suffix}")
    for stem in ("gaps", "paths"):
        path = tmp_path / f"{stem}.{suffix}"
        assert (features(path) if suffix == "geojson" else gpd.read_parquet(path).index.tolist()) == []


def test_same_gaps_same_bytes(tmp_path):
    for name in ("a.geojson", "b.geojson", "a.parquet", "b.parquet"):
        write_gaps_geo(gaps(CLOSED_GAP, OPEN_GAP), tmp_path / name)
    for suffix in ("geojson", "parquet"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    assert pq.read_metadata(tmp_path / "a.parquet").num_rows == 2


def test_no_csv_of_geometry(tmp_path):
    with pytest.raises(DarkshipsError, match=r"expected \.parquet or \.geojson"):
        write_geo(paths(), tmp_path / "paths.csv")
    assert list(tmp_path.iterdir()) == []
