"""Layers and tables of a file that GDAL reads, and what a geodatabase's tables say of its points.

MarineCadastre's geodatabases of 2009 to 2014 keep what a vessel says of itself in tables beside the class of points:
Vessel by MMSI, Voyage by VoyageID (NOAA InPort 49026 and 49054). Their names may begin with zone, year and month.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from darkships.errors import FeedError
from darkships.feed.casts import NO_INT, Ints, to_ints

MOST_ROWS = 2_000_000
"""Of a table that is held in memory; a month of a zone has some thousands of vessels."""

_KEYS: Mapping[str, str] = {"vessel": "MMSI", "voyage": "VoyageID"}
_TABLE_ROWS = 65_536


@dataclass(frozen=True)
class Join:
    """A table of which each point takes the row that has its key, if there is one."""

    key: str
    keys: Ints
    """In ascending order."""
    told: pa.Table

    def add_to(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a batch of points with the columns of the table that it does not have itself."""
        size, there = batch.num_rows, batch.schema.names
        rows = pa.nulls(size, pa.int64())
        if self.key in there and len(self.keys):
            wanted = to_ints(batch.column(self.key)).values
            place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
            rows = pa.array(place, mask=(self.keys[place] != wanted) | (wanted == NO_INT))
        names = [name for name in self.told.column_names if name not in there]
        told = self.told.select(names).take(rows)
        arrays = [*batch.columns, *(column.combine_chunks() for column in told.columns)]
        return pa.RecordBatch.from_arrays(arrays, names=[*there, *names])


def key_of(table: str) -> str:
    """Return the column by which points refer to a table of this name; empty if they do to none such."""
    return next((key for name, key in _KEYS.items() if table.lower().endswith(name)), "")


def read_join(path: Path, table: str, notes: Counter[str], where: str) -> Join:
    """Read a table that tells more of the points; one without its key, or too large, tells nothing, with a note."""
    key, rows, parts = key_of(table), 0, list[pa.RecordBatch]()
    for batch in batches(path, table, _TABLE_ROWS, where):
        rows += batch.num_rows
        if key not in batch.schema.names or rows > MOST_ROWS:
            why = f"has more than {MOST_ROWS:,} rows" if rows > MOST_ROWS else f"has no column {key}"
            notes[f"table {table} {why} and was left out"] += rows
            return Join(key, np.empty(0, np.int64), pa.Table.from_batches([batch.slice(0, 0)]))
        parts.append(batch)
    if not parts:
        return Join(key, np.empty(0, np.int64), pa.table({}))
    told = pa.Table.from_batches(parts)
    keys = to_ints(told[key].combine_chunks()).values
    order = np.argsort(keys, kind="stable")  # of rows that share a key, the first counts
    return Join(key, keys[order], told.take(pa.array(order)))


def columns_of(path: Path, layer: str, where: str) -> list[str]:
    """Return the names of a table's columns."""
    batch = next(iter(batches(path, layer, 1, where)), None)
    return [] if batch is None else list(batch.schema.names)


def batches(path: Path, layer: str, rows: int, where: str) -> Iterator[pa.RecordBatch]:
    """Yield a layer's rows, so many at a time.

    Raises
    ------
    FeedError
        When the file is damaged.

    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        with pyogrio.open_arrow(path, layer=layer, batch_size=rows, use_pyarrow=True) as (_, reader):
            yield from reader
    except (DataSourceError, DataLayerError, pa.ArrowException) as error:
        raise FeedError(f"{where} is damaged ({error}); fetch it again") from error
