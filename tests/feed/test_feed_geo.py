"""Points of GeoParquet, GeoPackage, Shapefile and FlatGeobuf."""

import json
import struct
from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from darkships.errors import FeedError
from darkships.feed import detect_format, ogr_source, open_feed

T = datetime(2024, 1, 1, 0, 1, tzinfo=UTC)
LON, LAT = -118.25, 33.5


def wkb(order, kind, *numbers, srid=b""):
    return struct.pack(f"{order}BI", order == "<", kind) + srid + struct.pack(f"{order}{len(numbers)}d", *numbers)


FORMS = {
    "little endian": wkb("<", 1, LON, LAT),
    "big endian": wkb(">", 1, LON, LAT),
    "with height": wkb("<", 1001, LON, LAT, 5.0),
    "with height, old form": wkb("<", 0x80000001, LON, LAT, 5.0),
    "with reference system": wkb("<", 0x20000001, LON, LAT, srid=struct.pack("<I", 4326)),
}


def geoparquet(path, geometry, *, about=None, **columns):
    n = len(geometry)
    plain = {"mmsi": [366000001] * n, "base_date_time": [T.replace(tzinfo=None)] * n, "sog": [5.5] * n, **columns}
    table = pa.table({**plain, "geometry": geometry})
    if about is not None:
        geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": about}}
        table = table.replace_schema_metadata({b"geo": json.dumps(geo).encode()})
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_marinecadastre_geoparquet(whole, tmp_path, form):
    path = geoparquet(tmp_path / "a", [FORMS[form], None, FORMS["little endian"]], about={"encoding": "WKB"})
    got = whole(path)
    assert got.feed.format == "marinecadastre-csv2"
    assert got.rows("timestamp", "lat", "lon", "sog") == [(T, LAT, LON, 5.5), (T, None, None, 5.5), (T, LAT, LON, 5.5)]


@pytest.mark.parametrize(
    "about", [None, {"encoding": "WKB", "crs": None}, {"encoding": "point", "geometry_types": ["Point"]}]
)
@pytest.mark.parametrize("is_native", [False, True])
def test_a_missing_reference_system_is_longitude_and_latitude(whole, tmp_path, about, is_native):
    geometry = [{"x": LON, "y": LAT}] if is_native else [FORMS["little endian"]]
    got = whole(geoparquet(tmp_path / "a", geometry, about=about))
    assert got.rows("lat", "lon") == [(LAT, LON)]


def test_geopandas_writes_what_is_read(whole, tmp_path):
    points = shapely.points([[LON, LAT], [float("nan"), float("nan")]])
    frame = gpd.GeoDataFrame({"mmsi": [366000001] * 2, "t": [T, T]}, geometry=points, crs="EPSG:4326")
    for encoding in ("WKB", "geoarrow"):
        frame.to_parquet(tmp_path / encoding, geometry_encoding=encoding)
        got = whole(tmp_path / encoding)
        assert (got.feed.format, got.rows("lat", "lon")) == ("mapped", [(LAT, LON), (None, None)])


@pytest.mark.parametrize(
    ("geometry", "about", "message"),
    [
        (
            [FORMS["little endian"]],
            {"crs": {"id": {"authority": "EPSG", "code": 3857}}},
            "'EPSG:3857'; expected WGS 84",
        ),
        ([FORMS["little endian"]], {"geometry_types": ["MultiLineString"]}, "MultiLineString; expected points"),
        ([shapely.LineString([[0, 0], [1, 1]]).wkb], {}, "no points"),
        ([wkb("<", 2, LON, LAT)], {}, "no points"),
    ],
)
def test_what_is_no_point_on_earth_is_refused(tmp_path, geometry, about, message):
    with pytest.raises(FeedError, match=message):
        list(open_feed(geoparquet(tmp_path / "a", geometry, about=about)).batches())


def test_columns_of_coordinates_come_before_the_geometry(whole, tmp_path):
    path = geoparquet(tmp_path / "a", [FORMS["little endian"]], longitude=[1.5], latitude=[2.5])
    assert whole(path).rows("lat", "lon") == [(2.5, 1.5)]


def test_pitfall_2_coordinates_of_32_bits_get_their_decimals_back(whole, tmp_path):
    columns = {"mmsi": [1234567] * 2, "time": [T] * 2}
    xs = pa.array([-118.28189, 127.99999], pa.float32())
    pq.write_table(pa.table({**columns, "lon": xs, "lat": pa.array([33.71997, 0.00001], pa.float32())}), tmp_path / "a")
    assert whole(tmp_path / "a").rows("lat", "lon") == [(33.71997, -118.28189), (0.00001, 127.99999)]


def frame(**columns):
    points = shapely.points([[LON, LAT]] * 3)
    return gpd.GeoDataFrame({"MMSI": [366000001] * 3, "sog_kn": [5.5, None, 6.5], **columns}, geometry=points, crs=4326)


@pytest.mark.parametrize(("suffix", "driver"), [("gpkg", "GPKG"), ("shp", "ESRI Shapefile"), ("fgb", "FlatGeobuf")])
def test_geographic_files(whole, tmp_path, monkeypatch, suffix, driver):
    monkeypatch.setattr(ogr_source, "BATCH_ROWS", 2)
    texts = [f"2024-01-01 00:0{minute}:00" for minute in (3, 1, 2)]
    times = texts if suffix == "shp" else pd.to_datetime(texts, utc=True)
    path = tmp_path / f"points.{suffix}"
    frame(time=times).to_file(path, driver=driver, **({"SPATIAL_INDEX": "NO"} if suffix == "fgb" else {}))
    got = whole(path)
    assert got.rows("mmsi", "lat", "lon", "sog", "offset") == [
        (366000001, LAT, LON, 5.5, 1),
        (366000001, LAT, LON, None, 2),
        (366000001, LAT, LON, 6.5, 3),
    ]
    assert [time.minute for time in got.positions["timestamp"].to_pylist()] == [3, 1, 2]
    got = whole(
        path,
        column_map={"mmsi": "MMSI", "timestamp": "time", "lat": "latitude", "lon": "longitude", "sog_ms": "sog_kn"},
    )
    assert got.positions["sog"].to_pylist() == [pytest.approx(10.691145), None, pytest.approx(12.635)]


def test_a_file_in_another_reference_system_is_refused(tmp_path):
    frame(time="2024-01-01 00:00:00").to_crs(3857).to_file(tmp_path / "a.gpkg")
    with pytest.raises(FeedError, match="'EPSG:3857'; expected WGS 84"):
        detect_format(tmp_path / "a.gpkg")


def test_layers_without_points_or_with_several_are_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    for layer in ("north", "south"):
        frame(time="2024-01-01 00:00:00").to_file(path, layer=layer)
    with pytest.raises(FeedError, match=r"layers north \(Point\), south \(Point\); expected one layer of points"):
        detect_format(path)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb"])
def test_a_damaged_geographic_file_is_an_error(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    frame(time="2024-01-01 00:00:00").to_file(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FeedError, match=str(path)):
        list(open_feed(path).batches())


def test_craft_without_mmsi_in_a_shapefile_are_refused(tmp_path):
    frame().rename(columns={"MMSI": "CRAFT_ID"}).to_file(tmp_path / "cts.shp")
    with pytest.raises(FeedError, match="AMSA craft tracking"):
        detect_format(tmp_path / "cts.shp")
