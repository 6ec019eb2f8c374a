"""MarineCadastre's geodatabases of 2009 to 2014, synthetic, written by GDAL: folders, zips and tars of them."""

import os
import tarfile
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from darkships import intake
from darkships.errors import FeedError
from darkships.feed import detect_format, find_feeds, ogr_source, ogr_tables, open_feed
from darkships.feed.containers import streams
from darkships.feed.finding import Database, at_hand
from darkships.feed.remote import sweep
from darkships.positions.store import Store

T = datetime(2009, 1, 6, 7, 8, 9, tzinfo=UTC)


def whole_numbers(*values):
    return np.array(values, np.int32)  # the format of those years has no more than 32 bits


def points(count=3, crs=4326):
    voyages, ships = whole_numbers(*[7, 8, 9] * count)[:count], whole_numbers(*[273000001, 273000002] * count)[:count]
    return gpd.GeoDataFrame(
        {
            "SOG": whole_numbers(*[12] * count),
            "COG": whole_numbers(*[241] * count),
            "Heading": whole_numbers(*[243, 511, 243] * count)[:count],
            "ROT": whole_numbers(*[128] * count),
            "BaseDateTime": pd.to_datetime([T.replace(tzinfo=None)] * count),
            "Status": whole_numbers(*[0, 15, 5] * count)[:count],
            "VoyageID": voyages,
            "MMSI": ships,
            "ReceiverType": ["r"] * count,
            "ReceiverID": ["r003669946"] * count,
        },
        geometry=shapely.points(np.column_stack([np.full(count, -122.5), 37.5 + np.arange(count) * 1e-5])),
        crs=crs,
    )


VESSEL = pd.DataFrame(
    {
        "MMSI": whole_numbers(273000002, 273000001, 273000001),
        "IMO": whole_numbers(0, 9074729, 9999999),
        "CallSign": ["", "UBXY1", "LATER"],
        "Name": ["", "SHADOW", "SECOND"],
        "VesselType": whole_numbers(0, 70, 80),
        "Length": whole_numbers(0, 120, 1),
        "Width": whole_numbers(0, 18, 1),
        "DimensionComponents": ["", "100,20,8,10", ""],
    }
)
VOYAGE = pd.DataFrame({"VoyageID": whole_numbers(7), "Destination": ["RAJIN"], "MMSI": whole_numbers(273000001)})


@pytest.fixture
def database(tmp_path):
    """Make a geodatabase; its tables' names begin with ``prefix``."""

    def maker(broadcast=None, vessel=VESSEL, voyage=VOYAGE, *, prefix="", name="Zone10_2009_01.gdb", **more):
        path = tmp_path / name
        tables = {"Broadcast": points() if broadcast is None else broadcast, "Vessel": vessel, "Voyage": voyage, **more}
        for layer, table in tables.items():
            if table is not None:
                pyogrio.write_dataframe(table, path, layer=prefix + layer, driver="OpenFileGDB")
        return path

    return maker


def zipped(folder, method=zipfile.ZIP_DEFLATED):
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", method) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"Zone10/{folder.name}/{file.name}")
        archive.writestr("Zone10/metadata.xml", "<metadata/>")
    return target


def tarred(folder):
    target = folder.with_suffix(".tar.gz")
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, folder.name)
    return target


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("prefix", ["", "Zone10_2009_01_"])
def test_points_with_what_vessel_and_voyage_say_of_them(whole, database, monkeypatch, pack, prefix):
    monkeypatch.setattr(ogr_source, "BATCH_ROWS", 2)
    got = whole(pack(database(prefix=prefix)))
    assert (got.feed.format, got.feed.complete) == ("marinecadastre-gdb", True)
    lats = [37.5, 37.50001, 37.50002]
    assert got.rows("mmsi", "timestamp", "lon", "sog", "cog", "heading", "nav_status", "station", "offset") == [
        (273000001, T, -122.5, 12.0, 241.0, 243, 0, "r003669946", 1),
        (273000002, T, -122.5, 12.0, 241.0, None, None, "r003669946", 2),
        (273000001, T, -122.5, 12.0, 241.0, 243, 5, "r003669946", 3),
    ]
    assert got.positions["lat"].to_pylist() == pytest.approx(lats, abs=1e-9)
    assert got.positions["rot_deg_min"].null_count == 3
    said = {(s["mmsi"], s["name"], s["imo"], s["callsign"], s["ship_type"]) for s in got.statics.to_pylist()}
    assert said == {(273000001, "SHADOW", 9074729, "UBXY1", 70)}
    assert {(s["length_m"], s["beam_m"], s["draught_m"]) for s in got.statics.to_pylist()} == {(120, 18, None)}
    assert {s["destination"] for s in got.statics.to_pylist()} == {"RAJIN", None}
    assert any("anonymised" in warning for warning in got.feed.warnings)


@pytest.mark.parametrize("missing", ["vessel", "voyage"])
def test_a_table_that_is_missing_tells_nothing(whole, database, missing):
    got = whole(zipped(database(**{missing: None})))
    assert got.positions.num_rows == 3
    assert got.statics["name"].null_count == (got.statics.num_rows if missing == "vessel" else 0)


@pytest.mark.parametrize("table", [VESSEL.iloc[:0], VESSEL.drop(columns="MMSI")])
def test_a_table_that_is_empty_or_has_no_key_tells_nothing(whole, database, table):
    got = whole(zipped(database(vessel=table, voyage=None)))
    assert (got.positions.num_rows, got.statics.num_rows) == (3, 0)
    told = any("has no column MMSI and was left out (3)" in warning for warning in got.feed.warnings)
    assert told == ("MMSI" not in table)


def test_a_table_that_is_too_large_for_memory_tells_nothing(whole, database, monkeypatch):
    monkeypatch.setattr(ogr_tables, "MOST_ROWS", 2)
    got = whole(zipped(database()))
    assert got.statics["name"].null_count == got.statics.num_rows
    assert any("table Vessel has more than 2 rows" in warning for warning in got.feed.warnings)


def test_memory_is_bounded_however_many_points_there_are(database, monkeypatch):
    monkeypatch.setattr(ogr_source, "BATCH_ROWS", 1000)
    path = zipped(database(points(60_000)))
    feed = open_feed(path)
    tracemalloc.start()
    try:
        assert sum(batch.rows_read for batch in feed.batches()) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_folder_is_one_feed_wherever_it_is_found(database, tmp_path, monkeypatch):
    path = database()
    (tmp_path / "notes.csv").write_text("x")
    one = Database(path)
    assert find_feeds([path]) == [one]
    assert find_feeds([f"{path}/"]) == [one]
    assert find_feeds([tmp_path]) == [tmp_path / "notes.csv", one]
    assert find_feeds([f"{tmp_path}/*"]) == [one, tmp_path / "notes.csv"]
    assert find_feeds([f"{tmp_path}/**/*"]) == [one, tmp_path / "notes.csv"]
    assert (str(one), one.name) == (str(path), "Zone10_2009_01.gdb")
    (path / "a00000001.gdbtable").unlink()
    assert all(isinstance(offer, Path) for offer in find_feeds([path]))


def test_a_folder_is_read_and_known_again(database, tmp_path):
    path, store = database(), Store.open(tmp_path / "store", create=True)
    (path / "some.lock").write_text("x")
    (report,) = intake.ingest([path], store)
    assert (report.error, report.format, report.counts.kept, report.incomplete) == ("", "marinecadastre-gdb", 3, False)
    assert store.formats == ["marinecadastre-gdb"]
    (path / "some.lock").unlink()
    (again,) = intake.ingest([path], store)
    assert again.counts is None
    assert not list(store.path.glob(".incoming-*"))
    with at_hand(Database(path)) as first, at_hand(Database(path)) as second:
        assert first.read_bytes() == second.read_bytes()


def test_a_folder_that_cannot_be_read_is_told(database, tmp_path):
    path = database()
    (path / "a0000000f.gdbtable").mkdir()
    (report,) = intake.ingest([path], Store.open(tmp_path / "store", create=True))
    assert "could not be read into" in report.error


def test_what_a_crash_left_is_removed(tmp_path):
    for name in (".incoming-a", ".incoming-b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "copy.gdb").mkdir()
    os.utime(tmp_path / ".incoming-a", (1, 1))
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".incoming-b"]


def test_nad_83_is_near_enough(whole, database):
    assert whole(zipped(database(points(crs=4269)))).positions.num_rows == 3
    with pytest.raises(FeedError, match="'EPSG:3857'"):
        whole(zipped(database(points(crs=4326).to_crs(3857), name="other.gdb")))


def test_a_damaged_or_incomplete_database_is_refused(whole, database):
    path = database()
    for table in path.glob("*.gdbtable"):
        table.write_bytes(table.read_bytes()[:50])
    with pytest.raises(FeedError, match=r"cannot be read|is damaged"):
        whole(zipped(path))


def test_a_zip_that_is_cut_off_is_refused(whole, database):
    packed = zipped(database(), zipfile.ZIP_STORED)
    packed.write_bytes(packed.read_bytes()[:20_000])
    with pytest.raises(FeedError, match=r"cannot be read|is damaged|is cut off|holds no feed"):
        whole(packed)


def test_names_in_an_archive_lead_nowhere(whole, tmp_path):
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.gdb/a00000001.gdbtable", b"x")
        archive.writestr("x.gdb/sub/../../../../evil", b"x")
    with pytest.raises(FeedError, match="unsafe name"):
        whole(packed)


def test_a_database_that_grows_beyond_all_measure_is_refused(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "FREE_BYTES", 1024**2)
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.gdb/a00000001.gdbtable", bytes(50 * 1024**2))
    with pytest.raises(FeedError, match="as no honest feed does"):
        whole(packed)


def test_other_geodatabases_of_points_are_read_by_their_columns(whole, database):
    frame = gpd.GeoDataFrame(
        {"mmsi": whole_numbers(273000001), "time": ["2009-01-06 07:08:09"]},
        geometry=shapely.points([[-122.5, 37.5]]),
        crs=4326,
    )
    path = zipped(database(frame, vessel=None, voyage=None))
    assert detect_format(path) == "mapped"
    assert whole(path).rows("mmsi", "timestamp", "lat", "lon") == [(273000001, T, 37.5, -122.5)]
