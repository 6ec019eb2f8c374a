"""What ``verify`` finds, one fault at a time, and that it finds nothing in what is sound."""

import hashlib
import sqlite3
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from positions_samples import COAST, batch, ingest, new_store, report, static

from darkships.positions.parts import encode

BAD = [{"file": "a.csv", "offset": n, "reason": "time", "detail": "d", "raw": "x,y"} for n in (11, 12)]


@pytest.fixture
def store(tmp_path):
    """A store of two files that share a report, two dates, statics and quarantine."""
    store = new_store(tmp_path)
    rows = [report(seconds=s, offset=s + 1) for s in range(5)] + [report(mmsi=COAST, seconds=90_000, offset=9)]
    ingest(store, "a", batch(rows, [static(name="MARIA")], BAD))
    ingest(store, "b", batch([report(seconds=s, offset=s + 1) for s in (4, 7)], [static(seconds=9, name="MARIA")]))
    return store


def change_catalog(store, statement, *values):
    with closing(sqlite3.connect(store.path / "catalog.sqlite", isolation_level=None)) as connection:
        connection.execute(statement, values)


def change_part(store, change, kind="positions"):
    """Rewrite the first part of file a so that its bytes are those that the catalog says."""
    with closing(sqlite3.connect(store.path / "catalog.sqlite", isolation_level=None)) as connection:
        query = "SELECT parts.path FROM parts JOIN sources USING (file_id) WHERE kind = ? AND name = 'a' ORDER BY date"
        path = connection.execute(query, (kind,)).fetchone()[0]
        table = change(pq.read_table(store.path / path))
        content = encode(table, kind).to_pybytes()
        (store.path / path).write_bytes(content)
        checksum = hashlib.sha256(content).hexdigest()
        connection.execute(
            "UPDATE parts SET checksum = ?, bytes = ?, rows = ? WHERE path = ?",
            (checksum, len(content), table.num_rows, path),
        )
    return path


def put(table, name, array):
    return table.set_column(table.column_names.index(name), table.schema.field(name), pa.array(array))


def test_what_is_sound_has_no_fault(store):
    verdict = store.inspect()
    assert (verdict.faults, verdict.orphans) == ((), ())
    assert (verdict.parts, verdict.rows, verdict.version) == (6, 12, 2)


def test_what_compaction_merged_is_accounted_for(store):
    for _ in range(2):
        store.compact()
        assert store.verify() == []
        ingest(store, str(store.version), batch([report(seconds=s, offset=s + 1) for s in (2, 3)]))
        assert store.verify() == []
    assert store.read().num_rows == 7


def test_a_fault_is_one_line_that_names_the_part(store):
    change_catalog(store, "UPDATE parts SET rows = rows + 1 WHERE kind = 'statics'")
    faults = store.verify()
    assert len(faults) == 2
    assert all(fault.startswith("statics/date=") and "has 1 rows, the catalog says 2" in fault for fault in faults)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM parts WHERE kind = 'positions' AND date = '2023-09-08'",
         "hold 5 rows of positions, 6 were taken"),
        ("DELETE FROM parts WHERE kind = 'statics' AND file_id = (SELECT file_id FROM sources WHERE name = 'a')",
         "source a: the parts hold 0 rows of statics, 1 were taken"),
        ("DELETE FROM parts WHERE kind = 'quarantine'", "source a: the parts hold 0 rows of quarantine, 2 were taken"),
        ("DELETE FROM sources WHERE name = 'b'", "rows of positions come from file"),
        ("UPDATE sources SET kept = kept + 1 WHERE name = 'b'", "source b: the parts hold 2 rows of positions, 3"),
        ("UPDATE meta SET value = 1 WHERE key = 'merged'", "8 positions, 1 that compaction merged, but 8 were kept"),
        ("UPDATE sources SET rows_so_far = 7 WHERE name = 'a'", "1 rows are not from its lines 1 to 7"),
        ("UPDATE sources SET continues = 5 WHERE name = 'b'", "goes on after file 5, which is not there"),
        ("UPDATE parts SET max_timestamp = max_timestamp - 1 WHERE kind = 'positions'", "times or vessels are not"),
        ("UPDATE parts SET max_mmsi = max_mmsi + 1 WHERE kind = 'positions'", "times or vessels are not"),
        ("UPDATE parts SET checksum = 'x'", "its bytes are not those that were written"),
    ],
)  # fmt: skip
def test_a_catalog_that_does_not_fit_the_parts(store, statement, told):
    change_catalog(store, statement)
    assert any(told in fault for fault in store.verify())


def test_rows_that_go_on_after_a_file_begin_after_its_last_line(store):
    change_catalog(store, "UPDATE sources SET rows_so_far = 9 WHERE name = 'a'")
    assert store.verify() == []
    goes_on = "UPDATE sources SET rows_so_far = 20, continues = (SELECT file_id FROM sources WHERE name = 'a')"
    change_catalog(store, goes_on + " WHERE name = 'b'")
    assert store.verify() == ["source b: 2 rows are not from its lines 10 to 20"]


def test_a_part_whose_rows_are_out_of_order(store):
    path = change_part(store, lambda table: table.take(pa.array([1, 0, 2, 3, 4])))
    assert store.verify() == [f"{path}: its rows are not sorted by vessel and time"]


def test_a_part_with_other_columns(store):
    path = change_part(store, lambda table: table.drop_columns("flags"))
    assert f"{path}: its columns are not the declared ones" in store.verify()


def test_a_row_that_is_there_twice_in_one_part_or_in_two(store):
    change_part(store, lambda table: put(table, "offset", [1, 2, 3, 4, 4]))
    assert store.verify() == ["source a: 1 rows are there twice"]
    change_part(store, lambda table: put(table, "offset", [1, 2, 3, 4, 9]))
    assert store.verify() == ["source a: 1 rows are there twice"]
    change_catalog(store, "UPDATE sources SET format = 'nmea'")
    assert store.verify() == []


def test_a_row_that_is_gone_and_one_too_many(store):
    change_part(store, lambda table: table.slice(1))
    assert "source a: the parts hold 5 rows of positions, 6 were taken" in store.verify()[-2]
    change_part(store, lambda table: pa.concat_tables([table.slice(0, 1)] * 3 + [table.slice(1)]))
    assert any("7 rows of positions, 6 were taken" in fault for fault in store.verify())
