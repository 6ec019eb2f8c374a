"""Small tables and batches for the tests of this folder."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from darkships.errors import StoreError
from darkships.positions.store import Store
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch

NOON = datetime(2023, 9, 7, 12, tzinfo=UTC)
SHIP, OTHER_SHIP, COAST = 273_000_001, 366_760_710, 2_190_064


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def report(mmsi=SHIP, seconds=0, lon=132.4, lat=42.9, offset=1, **more):
    """Return a report; the ship turns, so that reports of different seconds say different things."""
    defaults = {
        "mmsi": mmsi, "timestamp": at(seconds), "lon": lon, "lat": lat, "sog": 9.5, "cog": (181.5 + seconds) % 360,
        "heading": 180, "nav_status": 0, "msg_type": None, "ais_class": "A", "receiver": "terrestrial",
        "station": None, "rot_deg_min": None, "utc_second": None, "n_receptions": 1, "reception_span_ms": 0,
        "flags": 0, "offset": offset,
    }  # fmt: skip
    return defaults | more


def static(mmsi=SHIP, seconds=0, last=None, n_reports=1, **more):
    unsaid = dict.fromkeys(STATICS.names[4:-1])
    times = {"timestamp": at(seconds), "last_seen": at(seconds if last is None else last)}
    return {"mmsi": mmsi, **times, "n_reports": n_reports, **unsaid, **more}


def table(declared, rows, *, without=()):
    fields = [field for field in declared.arrow if field.name not in without]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(fields))


def positions(rows):
    return table(POSITIONS, [{"file_id": 1, **row} for row in rows])


def statics(rows):
    return table(STATICS, [{"file_id": 1, **row} for row in rows])


def batch(rows=(), static_rows=(), quarantine=(), skipped=None):
    return FeedBatch(
        table(POSITIONS, rows, without=("file_id",)),
        table(STATICS, static_rows, without=("file_id",)),
        table(QUARANTINE, quarantine),
        len(rows) + len(quarantine) + sum((skipped or {}).values()),
        skipped or {},
    )


def ingest(store, name, *batches, **more):
    return store.ingest(
        name=name,
        path=f"feeds/{name}",
        content_hash=f"content of {name}",
        size=100,
        format="dma",
        batches=batches,
        **more,
    )


def new_store(folder):
    return Store.open(folder / "store", create=True)


def write_with_others(folder, name):
    """Ingest a file of one's own, then one that all offer; runs in a process of its own."""
    store = Store.open(folder, create=True)
    own = [report(seconds=s, station=name, sog=float(int(name)), offset=s) for s in range(1, 50)]
    ingest(store, name, batch(own[:25]), batch(own[25:]))
    ingest(store, "common", batch([report(mmsi=OTHER_SHIP, seconds=s, offset=s + 1) for s in range(20)]))


def leave_half_committed(store):
    """Leave a store as a crash amid a commit does: the catalog is half changed, its journal tells what it was."""
    catalog = store.path / "catalog.sqlite"
    journal = catalog.with_name("catalog.sqlite-journal")
    with closing(sqlite3.connect(catalog, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # so that what is not committed is written
        connection.execute("BEGIN")
        connection.execute("UPDATE meta SET value = value || 'half'")
        connection.execute("CREATE TABLE other AS SELECT zeroblob(100000) AS content")
        left = catalog.read_bytes(), journal.read_bytes()
        connection.rollback()
    catalog.write_bytes(left[0])
    journal.write_bytes(left[1])


def read_as_a_guest(folder, like):
    """Read a store that may not be written, as somebody who is not root; runs in a process of its own."""
    Store.open(like).read()  # compiled kernels are then in memory: a guest may not read another's cache of them
    Store.open(like).info()
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    store = Store.open(folder)
    found = store.read().num_rows, store.version, store.info().positions, store.time_range()[0]
    try:
        ingest(store, "b", batch([report()]))
    except StoreError as error:
        return (*found, str(error))
    return found
