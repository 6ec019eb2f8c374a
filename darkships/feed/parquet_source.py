"""Parquet feeds: the columns that a dialect names, batch by batch."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.errors import FeedError
from darkships.feed.binding import Binding
from darkships.feed.containers import Member, damage_told
from darkships.feed.rows import Chunk

BATCH_ROWS = 250_000


@dataclass
class ParquetSource:
    """One Parquet file, bound to a dialect."""

    member: Member
    binding: Binding
    complete: bool = True
    notes: Counter[str] = field(default_factory=Counter)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in batches of at most BATCH_ROWS."""
        names = [self.binding.header[i] for i in self.binding.columns.values()]
        first = 1
        try:
            with self.member.local() as path, pq.ParquetFile(path) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=names):
                    yield self._chunk(batch, first)
                    first += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise FeedError(f"{self.member.where} is a damaged Parquet file ({error}); fetch it again") from error

    def _chunk(self, batch: pa.RecordBatch, first: int) -> Chunk:
        columns = {name: batch.column(self.binding.header[i]) for name, i in self.binding.columns.items()}

        def raw(row: int) -> str:
            return ",".join("" if v is None else str(v) for v in batch.slice(row, 1).to_pylist()[0].values())

        return Chunk(columns, np.arange(first, first + batch.num_rows), raw)


def header(member: Member) -> list[str]:
    """Return the column names of a Parquet file.

    Raises
    ------
    FeedError
        When the file is damaged.

    """
    try:
        with damage_told(member), member.local() as path:
            schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise FeedError(f"{member.where} is a damaged Parquet file ({error}); fetch it again") from error
    return [f.name for f in schema if not pa.types.is_nested(f.type)]
