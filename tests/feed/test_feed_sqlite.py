"""AISdb databases, made here with the tables that AISdb makes (synthetic): read as they are, never written to."""

import gzip
import sqlite3
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime

import pytest

from darkships import intake
from darkships.errors import FeedError
from darkships.feed import detect_format, sqlite_source
from darkships.positions.store import Store

T = 1683356889
DYNAMIC = (
    "mmsi INTEGER, time INTEGER, longitude REAL, latitude REAL, rot REAL, sog REAL, cog REAL, heading REAL, "
    "maneuver BOOLEAN, utc_second INTEGER, source TEXT, PRIMARY KEY (mmsi, time, longitude, latitude, sog, cog, source)"
)
STATIC = (
    "mmsi INTEGER, time INTEGER, vessel_name TEXT, ship_type INTEGER, call_sign TEXT, imo INTEGER, dim_bow INTEGER, "
    "dim_stern INTEGER, dim_port INTEGER, dim_star INTEGER, draught INTEGER, destination TEXT, ais_version INTEGER, "
    "fixing_device TEXT, eta_month INTEGER, eta_day INTEGER, eta_hour INTEGER, eta_minute INTEGER, source TEXT, "
    "PRIMARY KEY (mmsi, time, imo, source)"
)
SHIP = (273000001, T, 131.25, 42.5, 0.0, 12.5, 241.5, 243.0, 0, 8, "test")
TOLD = (273000001, T + 1, "SHADOW", 70, "UBXY1", 9074729, 100, 20, 8, 10, 75, "RAJIN", 0, "SRT", 1, 1, 0, 0, "test")
WHOLE = {
    "ais_202304_dynamic": (DYNAMIC, [(273000001, T - 600_000, 131.5, 42.0, *SHIP[4:])]),
    "ais_202305_dynamic": (DYNAMIC, [SHIP, (273000002, T, *SHIP[2:])]),
    "ais_202305_static": (STATIC, [TOLD]),
    "static_202305_aggregate": ("mmsi INTEGER PRIMARY KEY, vessel_name TEXT", [(273000001, "SHADOW")]),
    "coarsetype_ref": ("coarse_type INTEGER, coarse_type_txt TEXT", [(70, "Cargo")]),
}


@pytest.fixture
def database(tmp_path):
    """Make a database of tables: their columns and their rows."""

    def maker(tables=WHOLE, *statements):
        path = tmp_path / "a?b #c.db"
        with closing(sqlite3.connect(path)) as made:
            for name, (columns, rows) in tables.items():
                made.execute(f"CREATE TABLE {name} ({columns})")
                for row in rows:
                    made.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
            made.commit()
            for statement in statements:
                made.execute(statement)
            made.commit()
        return path

    return maker


def when(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("rows", [1, 16_384])
def test_positions_and_static_reports_of_all_months(whole, database, monkeypatch, rows):
    monkeypatch.setattr(sqlite_source, "BATCH_ROWS", rows)
    got = whole(database())
    assert got.feed.format == "aisdb"
    assert got.rows("offset", "mmsi", "timestamp", "lat", "lon", "sog", "cog", "heading", "utc_second") == [
        (1, 273000001, when(T - 600_000), 42.0, 131.5, 12.5, 241.5, 243, 8),
        (2, 273000001, when(T), 42.5, 131.25, 12.5, 241.5, 243, 8),
        (3, 273000002, when(T), 42.5, 131.25, 12.5, 241.5, 243, 8),
        (4, 273000001, when(T + 1), None, None, None, None, None, None),
    ]
    (static,) = got.statics.to_pylist()
    assert (static["timestamp"], static["name"], static["imo"], static["callsign"]) == (
        when(T + 1), "SHADOW", 9074729, "UBXY1",
    )  # fmt: skip
    assert (static["ship_type"], static["length_m"], static["beam_m"], static["draught_m"]) == (70, 120, 18, 7.5)
    assert (static["destination"], static["eta"], static["epfd"]) == ("RAJIN", None, None)


def test_what_is_not_available_is_told_where_aisdb_writes_zero(whole, database):
    got = whole(database({"ais_202305_dynamic": (DYNAMIC, [(273000001, T, 131.25, 42.5, 0, 0, 0, 0, 0, 60, "x")])}))
    assert got.rows("sog", "cog", "heading", "rot_deg_min") == [(0.0, None, None, None)]
    assert any("seem to lie still" in warning for warning in got.feed.warnings)


def test_a_database_of_static_reports_alone(whole, database):
    got = whole(database({"ais_202305_static": (STATIC, [TOLD])}))
    assert (got.feed.format, got.rows("lat"), got.statics["name"].to_pylist()) == (
        "aisdb-static", [(None,)], ["SHADOW"],
    )  # fmt: skip


def test_cells_of_any_type_are_read_or_quarantined(whole, database):
    kinds = DYNAMIC.replace("INTEGER", "BLOB").replace("REAL", "BLOB")
    rows = [
        ("273000001", str(T), "131.25", "42.5", *SHIP[4:]),
        (b"\xff", *SHIP[1:]),
        (273000001, "yesterday", *SHIP[2:]),
        (273000001, T, "east", *SHIP[3:]),
        (273000001, None, *SHIP[2:]),
        (None, *SHIP[1:]),
        (273000001, T + 1, 1e300, *SHIP[3:]),
        (1 << 62, *SHIP[1:]),
    ]
    got = whole(database({"ais_202305_dynamic": (kinds, rows)}))
    assert got.rows("mmsi", "lat", "lon") == [(273000001, 42.5, 131.25)]
    assert got.reasons == {"mmsi": 3, "time": 2, "longitude": 1, "position": 1}


def test_the_file_is_not_touched_and_nothing_is_made_beside_it(whole, database):
    path = database(WHOLE, "PRAGMA journal_mode = WAL")
    before = path.read_bytes(), path.stat().st_mtime_ns
    path.chmod(0o444)
    folder = path.parent
    folder.chmod(0o555)
    try:
        assert whole(path).positions.num_rows == 4
    finally:
        folder.chmod(0o755)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(folder.iterdir()) == [path]


def test_a_database_that_is_being_written_to_is_refused(whole, database):
    path = database(WHOLE, "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO ais_202305_dynamic VALUES (273000003, 1, 1, 1, 1, 1, 1, 1, 1, 1, 'x')")
        writer.commit()
        with pytest.raises(FeedError, match=r"is being written to.*-wal beside it"):
            whole(path)
    assert whole(path).rows_read == 5


def test_other_databases_are_refused_with_their_tables(whole, database):
    tables = {f"t{i:02}": ("mmsi INTEGER, time INTEGER", []) for i in range(25)}
    with pytest.raises(FeedError, match=r"SQLite database with the tables t00, t01, .*t19 and 5 more; expected.*AISdb"):
        whole(database(tables))


def test_an_empty_database_is_refused(whole, database):
    with pytest.raises(FeedError, match="with the tables none; expected"):
        whole(database({}, "CREATE VIEW ais_202305_dynamic AS SELECT 1 AS mmsi"))


def test_a_table_without_a_column_that_is_needed_is_refused(whole, database):
    columns = DYNAMIC.replace("latitude REAL, ", "").replace("latitude, ", "")
    with pytest.raises(FeedError, match=r"dynamic has no column latitude; .*mmsi, time, longitude, rot"):
        whole(database({"ais_202305_dynamic": (columns, [])}))


def test_a_damaged_database_is_refused_whole(whole, database):
    many = [(273000000 + i, *SHIP[1:]) for i in range(20_000)]
    path = database({"ais_202305_dynamic": (DYNAMIC, many)})
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 100_000] = b"\xa5" * 100_000
    path.write_bytes(content)
    with pytest.raises(FeedError, match="is a damaged SQLite database"):
        whole(path)
    path.write_bytes(content[:60_000])
    with pytest.raises(FeedError, match="is a damaged SQLite database"):
        whole(path)


def test_views_and_virtual_tables_are_not_asked(whole, database):
    endless = (
        "CREATE VIEW ais_202301_dynamic AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS mmsi, i AS time, 0 AS longitude, 0 AS latitude FROM n"
    )
    assert whole(database(WHOLE, endless)).rows_read == 4


def test_a_row_of_any_size_is_not_taken_into_memory(whole, database):
    path = database({"ais_202305_dynamic": (DYNAMIC, [(*SHIP[:10], "x" * 20_000_000)])})
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match="string or blob too big"):
            whole(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_compressed_database(whole, database, tmp_path):
    packed = tmp_path / "b.db.gz"
    packed.write_bytes(gzip.compress(database().read_bytes()))
    assert (detect_format(packed), whole(packed).positions.num_rows) == ("aisdb", 4)


def test_a_database_that_grew_is_read_again_and_gives_no_row_twice(database, tmp_path):
    path, store = database(), Store.open(tmp_path / "store", create=True)
    (report,) = intake.ingest([path], store)
    assert (report.format, report.counts.kept) == ("aisdb", 4)
    (again,) = intake.ingest([path], store)
    assert again.counts is None
    with closing(sqlite3.connect(path)) as made:
        made.execute("INSERT INTO ais_202305_dynamic VALUES (273000003, ?, 1, 1, 1, 1, 1, 1, 1, 1, 'x')", (T,))
        made.commit()
    (more,) = intake.ingest([path], store)
    assert more.counts.rows_read == 5
    assert sorted(store.read()["mmsi"].to_pylist()) == [273000001] * 3 + [273000002, 273000003]
