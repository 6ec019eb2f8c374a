"""Archives of any length for the benchmarks: simulated traffic of 8,000 ships, some 2 M reports a day.

A few days are simulated and taken in as a feed would be. A longer archive plays them backwards, forwards, ... again, so
that no ship jumps where they are joined; these parts are written as ``store compact`` writes them.
"""

import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from darkships.positions.arrays import times, values
from darkships.positions.catalog import Catalog, add_parts
from darkships.positions.parts import SMALL, Staging, read_part
from darkships.positions.store import Store
from darkships.schema import FeedBatch
from darkships.simulation.frames import simulate_days
from darkships.simulation.plan import Settings, make_plan
from darkships.sites.watch import read_sites
from darkships.units import US_PER_DAY, US_PER_S

SETTINGS = Settings(8_000, 5, every_s=260.0, stations=40)

SITES = "sea-of-japan"


def fill(root: Path, days: int) -> Path:
    """Return the folder of an archive of so many days in ``root``; one that is there stays."""
    folder = root / f"days-{days}"
    done = folder / "complete"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    if days <= SETTINGS.days:
        store = store_of(islice(simulate_days(make_plan(SETTINGS, read_sites(SITES))), days), folder)
        store.compact()
        store.vacuum()
    else:
        shutil.copytree(fill(root, SETTINGS.days), folder, ignore=shutil.ignore_patterns("summaries", "before"))
        done.unlink()
        _grow(folder, SETTINGS.days, days)
    done.touch()
    return folder


def store_of(batches: Iterable[tuple[date, FeedBatch]], folder: Path) -> Store:
    """Take simulated days into a new store."""
    store = Store.open(folder, create=True)
    for day, batch in batches:
        store.ingest(
            name=f"{day}", path=f"{day}", content_hash=f"{day}".ljust(64, "0"), size=0, format="synthetic",
            batches=[batch],
        )  # fmt: skip
    return store


def _grow(folder: Path, length: int, days: int) -> None:
    """Add the dates from ``length`` on to an archive that has so many."""
    catalog = Catalog(folder)
    known = sorted(catalog.parts("positions"), key=lambda part: part.date or "")
    first = date.fromisoformat(known[0].date or "")
    tables = {number: [read_part(folder / part.path) for part in known
                       if part.date == str(first + timedelta(days=number))] for number in range(length)}  # fmt: skip
    backwards = {number: [_reversed(table, first, length) for table in own] for number, own in tables.items()}
    staging = Staging(folder, "bench", SMALL)
    for number in range(length, days):
        turn, k = divmod(number, length)
        own = backwards[length - 1 - k] if turn % 2 else tables[k]
        for table in own:
            staging.write(_later(table, turn * length), "positions", str(first + timedelta(days=number)))
    with catalog.writing() as connection:
        staging.publish()
        add_parts(connection, staging.parts, None)


def _reversed(table: pa.Table, first: date, length: int) -> pa.Table:
    """Play reports backwards within the days that were simulated, by vessel and time again."""
    us, mmsi = values(table["timestamp"]), values(table["mmsi"])
    first_us = int(np.datetime64(first, "us").astype(np.int64))
    back_us = np.maximum(length * US_PER_DAY - US_PER_S - (us - first_us), 0) + first_us
    return _timed(table, back_us).take(pa.array(np.lexsort((back_us, mmsi))))


def _later(table: pa.Table, days: int) -> pa.Table:
    return _timed(table, values(table["timestamp"]) + days * US_PER_DAY)


def _timed(table: pa.Table, us: np.ndarray) -> pa.Table:
    at = table.column_names.index("timestamp")
    return table.set_column(at, table.schema.field("timestamp"), times(us))
