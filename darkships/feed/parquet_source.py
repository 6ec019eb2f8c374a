"""Parquet feeds: the columns that a dialect names, and the points of GeoParquet, batch by batch."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.errors import FeedError
from darkships.feed.binding import Binding, Header
from darkships.feed.casts import without_null_texts
from darkships.feed.containers import Member, damage_told
from darkships.feed.geometry import POINT_COLUMNS, geometry_of, points
from darkships.feed.rows import Chunk

BATCH_ROWS = 250_000


@dataclass
class ParquetSource:
    """One Parquet file, bound to a dialect."""

    member: Member
    binding: Binding
    geometry: str | None = None
    """The column of points, where the file has no columns of coordinates."""
    complete: bool = True
    notes: Counter[str] = field(default_factory=Counter)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in batches of at most BATCH_ROWS."""
        names = [self.binding.header[i] for i in self.binding.columns.values()]
        if self.geometry is not None:
            names = [name for name in names if name not in POINT_COLUMNS] + [self.geometry]
        first = 1
        try:
            with self.member.local() as path, pq.ParquetFile(path) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=names):
                    yield chunk_of(batch, first, self.binding, self.geometry, self.member.where)
                    first += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{self.member.where} is a damaged Parquet file ({error}); fetch it again") from error


def chunk_of(batch: pa.RecordBatch, first: int, binding: Binding, geometry: str | None, where: str) -> Chunk:
    """Return a batch of a columnar file as rows to be read.

    Parameters
    ----------
    batch
        At least the bound columns and the geometry.
    first
        Number of its first row.
    binding
        What column is what.
    geometry
        Name of the column of points, if the coordinates are to come from it.
    where
        What the file is, for messages.

    """
    places: dict[str, pa.Array] = {}
    if geometry is not None:
        column = batch.column(geometry)
        storage = column.storage if isinstance(column, pa.ExtensionArray) else column
        places = {name: pa.array(xy) for name, xy in zip(POINT_COLUMNS, points(storage, where), strict=True)}
    sources = {name: binding.header[i] for name, i in binding.columns.items()}
    columns = {
        name: places[source] if source in places else without_null_texts(batch.column(source), binding.dialect.nulls)
        for name, source in sources.items()
    }

    def raw(row: int) -> str:
        return ",".join(_shown(v) for v in batch.slice(row, 1).to_pylist()[0].values())

    return Chunk(columns, np.arange(first, first + batch.num_rows), raw)


def header(member: Member) -> tuple[Header, str | None]:
    """Return the column names of a Parquet file with its first row, and its column of points if that is needed.

    Raises
    ------
    FeedError
        When the file is damaged, or has points in another reference system.

    """
    with damage_told(member), member.local() as path:
        try:
            with pq.ParquetFile(path) as file:
                schema = file.schema_arrow
                plain = [f.name for f in schema if not pa.types.is_nested(f.type) and not is_binary(f.type)]
                batch = next(file.iter_batches(1, columns=plain), None)
                first = batch.to_pylist() if batch is not None else []
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{member.where} is a damaged Parquet file ({error}); fetch it again") from error
    names, geometry = with_points(plain, geometry_of(schema, member.where))
    return Header(names, {name: _shown(v) for name, v in first[0].items()} if first else {}), geometry


def with_points(names: Sequence[str], geometry: str | None) -> tuple[tuple[str, ...], str | None]:
    """Add the names of a point's coordinates, unless columns of that name are there."""
    if geometry is None or {name.lower() for name in names} & {*POINT_COLUMNS, "lat", "lon"}:
        return tuple(names), None
    return (*names, *POINT_COLUMNS), geometry


def is_binary(kind: pa.DataType) -> bool:
    """Tell whether a column holds bytes, which no dialect reads."""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or isinstance(kind, pa.ExtensionType)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value.hex() if isinstance(value, bytes) else str(value)
