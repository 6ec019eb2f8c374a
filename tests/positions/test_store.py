import multiprocessing
import os
import shutil
import sqlite3
import tempfile
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from positions_samples import (
    COAST,
    OTHER_SHIP,
    SHIP,
    at,
    batch,
    ingest,
    leave_half_committed,
    new_store,
    read_as_a_guest,
    report,
    static,
    write_with_others,
)

from darkships.errors import FeedError, StoreError
from darkships.positions import catalog, parts, upkeep
from darkships.positions.parts import Staging
from darkships.positions.store import Content, Delivery, Store

PROCESSES = multiprocessing.get_context("spawn")
BAD = [
    {"file": "a.csv", "offset": n, "reason": why, "detail": "d", "raw": "x,y"} for n, why in ((9, "time"), (2, "mmsi"))
]


def tree(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(("rows", "sizes"), [(0, []), (1, [1]), (249_999, [249_999]), (510_001, [255_001, 255_000])])
def test_the_row_groups_of_a_part_are_of_one_size(rows, sizes):
    content = parts.encode(pa.table({"offset": np.zeros(rows, np.int8)}), "quarantine")
    metadata = pq.read_metadata(pa.BufferReader(content))
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups) if rows] == sizes
    assert metadata.num_rows == rows


def change_catalog(store, *statements):
    with closing(sqlite3.connect(store.path / "catalog.sqlite", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_counts_add_up(tmp_path):
    store = new_store(tmp_path)
    rows = [
        report(offset=1),
        report(offset=2),
        report(seconds=9, lon=None, lat=None),
        report(mmsi=COAST, ais_class=None),
    ]
    one = batch(rows, [static(name="MARIA")], BAD, {"clock": 3})
    two = batch([report(seconds=90_000)], (), BAD[:1], {"clock": 1, "gps": 2})
    counts = ingest(store, "a", one, two)
    assert (counts.rows_read, counts.kept, counts.duplicates, counts.contacts, counts.statics) == (14, 4, 1, 1, 1)
    assert counts.quarantined == {"time": 2, "mmsi": 1}
    assert counts.skipped == {"clock": 4, "gps": 2}
    assert counts.kept + counts.duplicates + 3 + 6 == counts.rows_read
    assert [row["offset"] for row in store.read_quarantine().to_pylist()] == [2, 9, 9]
    info = store.info()
    assert (info.sources, info.positions, info.contacts, info.statics, info.ships, info.dates) == (1, 4, 1, 1, 1, 2)
    assert (info.first_date, info.last_date, info.quarantined["time"]) == ("2023-09-07", "2023-09-08", 2)
    shown = dict(info.rows())
    assert (shown["label"], shown["positions"], shown["quarantined: mmsi"]) == ("real data", "4", "1")
    assert shown["bytes"] == f"{sum(p.stat().st_size for p in store.path.rglob('*.parquet')):,}"


def test_the_same_content_twice_changes_nothing(tmp_path):
    store = new_store(tmp_path)
    first = ingest(store, "a", batch([report()], (), BAD, {"clock": 1}))
    before = tree(store.path)
    again = ingest(store, "a", batch([report(seconds=99)]))
    assert again == first
    assert (store.version, tree(store.path)) == (1, before)
    assert [content for _, content in store.inputs()] == ["content of a"]
    assert store.inputs(since=1) == []


def test_every_commit_is_a_version(tmp_path):
    store = new_store(tmp_path)
    assert (store.version, store.label) == (0, "")
    ingest(store, "a", batch([report()]))
    store.set_label("synthetic")
    store.set_label("synthetic")
    ingest(store, "b", batch())
    assert (store.version, Store.open(store.path).label) == (3, "synthetic")


def test_what_fails_leaves_nothing(tmp_path):
    store = new_store(tmp_path)
    ingest(store, "a", batch([report()]))
    before = tree(store.path)

    with pytest.raises(FeedError, match="bad CRC"):
        store.ingest(name="b", path="b", content_hash="b", size=1, format="dma", batches=broken(), buffer_rows=3)
    assert (store.version, tree(store.path)) == (1, before)
    assert [content for _, content in store.inputs()] == ["content of a"]


def test_a_full_disk_is_explained_and_leaves_nothing(tmp_path, monkeypatch):
    store = new_store(tmp_path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left on device.*nothing was changed"):
        ingest(store, "a", batch([report()]))
    assert store.version == 0
    assert not [path for path in store.path.rglob("*part*") if path.is_file()]


def test_what_fails_beside_the_reader_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    """Parts are written in threads: their error ends the ingest at the next batch, or at its end."""
    store = new_store(tmp_path)
    encode, calls = parts.encode, []

    def failing(table, kind, *level):
        calls.append(kind)
        if len(calls) == 2:
            raise MemoryError("no room")
        return encode(table, kind, *level)

    monkeypatch.setattr(parts, "encode", failing)
    taken = []

    def batches(count):
        for i in range(count):
            taken.append(i)
            yield batch([report(mmsi=SHIP + i, seconds=s) for s in range(9)])

    for count in (2, 1000):
        calls.clear()
        with pytest.raises(MemoryError, match="no room"):
            store.ingest(
                name="b", path="b", content_hash="b", size=1, format="x", batches=batches(count), buffer_rows=9
            )
        assert store.version == 0
        assert not [path for path in store.path.rglob("*part*") if path.is_file()]
    assert len(taken) < 900


def test_parts_do_not_depend_on_how_fast_they_are_written(tmp_path, monkeypatch):
    rows = [report(mmsi=SHIP + i % 7, seconds=i * 9973 % (5 * 86_400)) for i in range(600)]
    batches = [batch(rows[start : start + 50]) for start in range(0, 600, 50)]
    found = []
    for name in "ab":
        store = Store.open(tmp_path / name, create=True)
        counts = ingest(store, "x", *batches, buffer_rows=100)
        with store._catalog.reading() as connection:
            listed = connection.execute("SELECT path, checksum FROM parts ORDER BY rowid").fetchall()
        found.append((counts, listed))
        monkeypatch.setattr(Staging, "later", run_at_once)
    assert len(found[0][1]) > 10
    assert found[0] == found[1]


def run_at_once(_, task):
    future = Future()
    future.set_result(task())
    return future


def test_writers_at_once_lose_nothing(tmp_path):
    folder, names = tmp_path / "store", ["1", "2", "3"]
    with ProcessPoolExecutor(3, PROCESSES) as pool:
        list(pool.map(write_with_others, [folder] * 3, names))
    store = Store.open(folder)
    assert store.version == 4
    assert store.verify() == []
    assert store.read(mmsi=OTHER_SHIP).num_rows == 20
    assert sorted(store.read(mmsi=SHIP)["station"].to_pylist()) == [name for name in names for _ in range(49)]
    assert store.vacuum() == 0


def test_vacuum_leaves_what_is_being_written(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "TIMEOUT_S", 0.01)
    store = new_store(tmp_path)

    def content(_):
        """Say what was read, when all parts are on disk and none is published."""
        with pytest.raises(StoreError, match="in use by another darkships"):
            store.vacuum()
        return Content("a", 1)

    batches = [batch([report(seconds=60 * s, offset=s + 1)]) for s in range(10)]
    store.deliver(Delivery("a", "a", "dma", "a"), batches, content=content, is_taken=lambda _: False)
    assert store.read().num_rows == 10
    assert store.vacuum() == 0


def test_compaction_then_vacuum(tmp_path):
    store = new_store(tmp_path)
    for name in "abc":
        rows = [report(mmsi=SHIP + i, seconds=ord(name), offset=i) for i in range(1, 5)]
        ingest(store, name, batch(rows, [static(seconds=ord(name), name="MARIA")]))
    before, statics = store.read(), store.read_statics()
    assert (store.compact(), store.version, store.info().parts) == (1, 4, 2)
    assert (store.vacuum(), store.verify()) == (6, [])
    assert store.read().equals(before)
    assert store.read_statics().equals(statics)


def test_a_large_date_is_cut_between_vessels(tmp_path):
    store = new_store(tmp_path)
    rows = [report(mmsi=SHIP + i % 4, seconds=i, offset=i + 1) for i in range(40)]
    ingest(store, "a", batch(rows), buffer_rows=1)
    ingest(store, "b", batch([report(mmsi=SHIP, seconds=99)]))
    before = store.read()
    assert upkeep.compact(store.path, store._catalog, max_rows=21) == 1
    parts = [(part.min_mmsi - SHIP, part.max_mmsi - SHIP, part.rows) for part in store._catalog.parts("positions")]
    assert sorted(parts) == [(0, 1, 21), (2, 3, 20)]
    assert upkeep.compact(store.path, store._catalog, max_rows=21) == 0
    assert store.read().equals(before)
    ingest(store, "c", batch([report(mmsi=SHIP + 3, seconds=200)]))
    assert upkeep.compact(store.path, store._catalog, max_rows=21) == 1
    assert (store.verify(), store.read().num_rows) == ([], 42)


def test_two_compactions_at_once(tmp_path, monkeypatch):
    store = new_store(tmp_path)
    for name in "ab":
        ingest(store, name, batch([report(seconds=ord(name))]))
    cut = upkeep._buckets

    def meanwhile(*args):
        monkeypatch.setattr(upkeep, "_buckets", cut)
        Store.open(store.path).compact()
        return cut(*args)

    monkeypatch.setattr(upkeep, "_buckets", meanwhile)
    with pytest.raises(StoreError, match="compacted by another darkships meanwhile"):
        store.compact()
    assert (store.version, store.verify(), store.read().num_rows) == (3, [], 2)


def test_no_store_is_explained(tmp_path):
    with pytest.raises(StoreError, match="does not exist; make a store with: darkships ingest"):
        Store.open(tmp_path / "none")
    with pytest.raises(StoreError, match="is not a store"):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path / "none", create=True, read_only=True)
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(StoreError, match="cannot be made in"):
        Store.open(tmp_path / "thesis.doc" / "store", create=True)
    with pytest.raises(StoreError, match=r"is a file; a store is a folder"):
        Store.open(tmp_path / "thesis.doc", create=True)
    with pytest.raises(StoreError, match=r"holds 'thesis.doc'; name a new or empty folder"):
        Store.open(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_foreign_and_future_catalogs_are_refused(tmp_path):
    store = new_store(tmp_path)
    change_catalog(store, "UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    before = tree(store.path)
    with pytest.raises(StoreError, match="is a store of schema version 99, this darkships reads 4"):
        Store.open(store.path)
    assert tree(store.path) == before
    change_catalog(store, "PRAGMA application_id = 7")
    with pytest.raises(StoreError, match="was not made by darkships"):
        Store.open(store.path)
    (store.path / "catalog.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        Store.open(store.path)


def test_a_store_opened_to_read_refuses_every_change(tmp_path):
    ingest(new_store(tmp_path), "a", batch([report()]))
    store = Store.open(tmp_path / "store", read_only=True)
    before = tree(store.path)
    for change in (
        lambda: ingest(store, "b", batch([report()])),
        store.compact,
        store.vacuum,
        lambda: store.set_label("x"),
    ):
        with pytest.raises(StoreError, match="opened to read only"):
            change()
    assert store.read()["timestamp"].to_pylist() == [at(0)]
    assert tree(store.path) == before


@pytest.fixture
def guest():
    """Give a new folder, and what a guest makes of the store in it, who may not write there."""
    folder = Path(tempfile.mkdtemp())

    def read(like="store"):
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = tree(folder)
        with ProcessPoolExecutor(1, PROCESSES) as pool:
            try:
                return pool.submit(read_as_a_guest, folder / "store", folder / like).result()
            finally:
                assert tree(folder) == before

    yield folder, read
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="access rights are those of POSIX")
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_folder_that_may_not_be_written_can_be_read(guest, mode):
    folder, read = guest
    store = new_store(folder)
    ingest(store, "a", batch([report()]))
    change_catalog(store, f"PRAGMA journal_mode = {mode}")
    *found, refusal = read()
    assert found == [1, 1, 1, at(0)]
    assert "may not be written by this user" in refusal


@pytest.mark.skipif(os.name != "posix", reason="access rights are those of POSIX")
def test_half_a_commit_is_undone_by_who_may_and_told_to_who_may_not(guest):
    folder, read = guest
    store = new_store(folder)
    ingest(store, "a", batch([report()]))
    shutil.copytree(store.path, folder / "whole")
    leave_half_committed(store)
    with pytest.raises(StoreError, match=r"cannot be used.* the folder may not be written"):
        read(like="whole")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    assert (store.version, store.read().num_rows, store.verify()) == (1, 1, [])
    assert list(tree(store.path).values()) == list(tree(folder / "whole").values())


def test_a_store_of_an_earlier_version_has_no_write_ahead_log_after_a_commit(tmp_path):
    store = new_store(tmp_path)
    ingest(store, "a", batch([report()]))
    change_catalog(store, "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(store.path / "catalog.sqlite", isolation_level=None)) as reader:
        reader.execute("SELECT * FROM parts").fetchall()
        ingest(store, "b", batch([report(seconds=5)]))  # it has to wait for nobody
        assert store.path.joinpath("catalog.sqlite-wal").exists()
    ingest(store, "c", batch([report(seconds=9)]))
    assert store.path.joinpath("catalog.sqlite").read_bytes()[18:20] == b"\x01\x01"
    assert (store.version, store.read().num_rows, store.verify()) == (3, 3, [])
    assert {path.name for path in store.path.iterdir()} == {"catalog.sqlite", "lock.sqlite", "positions"}


def test_a_planned_store_is_made_with_its_first_commit(tmp_path):
    folder = tmp_path / "above" / "store"
    store = Store.planned(folder)
    store.set_label("synthetic")
    assert (store.version, store.label, store.read().num_rows, store.verify()) == (0, "synthetic", 0, [])
    assert store.info().sources == 0
    with pytest.raises(FeedError, match="bad CRC"):
        store.ingest(name="a", path="a", content_hash="a", size=1, format="dma", batches=broken())
    assert not folder.parent.exists()
    ingest(store, "a", batch([report()]))
    assert (store.version, Store.open(folder).label, Store.planned(folder).version) == (2, "synthetic", 2)


def broken():
    yield batch([report(seconds=s) for s in range(9)], [static()], BAD)
    raise FeedError("bad CRC")


def test_a_planned_store_that_another_process_made_meanwhile(tmp_path):
    store = Store.planned(tmp_path / "store")
    store.set_label("synthetic")
    ingest(new_store(tmp_path), "a", batch([report()]))
    assert (store.version, store.label) == (1, "")
    ingest(store, "b", batch([report(seconds=5)]))
    assert (store.version, store.label, store.read().num_rows) == (3, "synthetic", 2)


def test_where_no_store_can_be_planned(tmp_path):
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(StoreError, match="cannot be made in"):
        Store.planned(tmp_path / "thesis.doc" / "store")
    with pytest.raises(StoreError, match="is a file; a store is a folder"):
        Store.planned(tmp_path / "thesis.doc")
    with pytest.raises(StoreError, match=r"holds 'thesis.doc'; name a new or empty folder"):
        Store.planned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_who_comes_second_to_make_a_store_finds_it_made(tmp_path):
    store = new_store(tmp_path)
    ingest(store, "a", batch([report()]))
    before = tree(store.path)
    catalog.Catalog.create(store.path)  # seen as missing just before the other made it and went on
    assert tree(store.path) == before
