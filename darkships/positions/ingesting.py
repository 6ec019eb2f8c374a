"""One file's batches to staged parts, in bounded memory."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from darkships.positions.arrays import conform
from darkships.positions.catalog import IngestCounts
from darkships.positions.cleaning import clean
from darkships.positions.parts import Staging, by_date
from darkships.positions.statics import merge_statics
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch

BUFFER_ROWS = 2_000_000
"""Position reports held in memory before the largest dates become parts."""

_STATIC_ROWS = 500_000
_QUARANTINE_ROWS = 100_000


@dataclass
class Intake:
    """Takes batches of one file; what it stages counts only when the caller commits it."""

    staging: Staging
    file_id: int
    buffer_rows: int = BUFFER_ROWS
    counts: IngestCounts = field(default_factory=IngestCounts)
    _dates: dict[str, list[pa.Table]] = field(default_factory=dict)
    _statics: list[pa.Table] = field(default_factory=list)
    _quarantine: list[pa.Table] = field(default_factory=list)

    def add(self, batch: FeedBatch) -> None:
        """Take one batch; may write parts."""
        self.counts.rows_read += batch.rows_read
        self.counts.skipped = dict(Counter(self.counts.skipped) + Counter(batch.skipped))
        reasons = Counter(batch.quarantine["reason"].to_pylist())
        self.counts.quarantined = dict(Counter(self.counts.quarantined) + reasons)
        for date, table in by_date(conform(self._signed(batch.positions), POSITIONS)):
            self._dates.setdefault(date, []).append(table)
        self._write_positions()
        if batch.statics.num_rows:
            self._statics.append(conform(self._signed(batch.statics), STATICS))
        if _rows(self._statics) > _STATIC_ROWS:
            self._statics = [merge_statics(pa.concat_tables(self._statics))]
        if batch.quarantine.num_rows:
            self._quarantine.append(conform(batch.quarantine, QUARANTINE))
        if _rows(self._quarantine) > _QUARANTINE_ROWS:
            self._write_quarantine()

    def finish(self) -> IngestCounts:
        """Write what is still held and return the counts."""
        self._write_positions(all_of_them=True)
        if self._statics:
            for date, table in by_date(merge_statics(pa.concat_tables(self._statics))):
                self.counts.statics += table.num_rows
                self.staging.write(table, "statics", date)
        if self._quarantine:
            self._write_quarantine()
        return self.counts

    def _signed(self, table: pa.Table) -> pa.Table:
        return table.append_column("file_id", pa.array(np.full(table.num_rows, self.file_id, np.int32)))

    def _write_positions(self, *, all_of_them: bool = False) -> None:
        """Write the largest dates until half of the buffer is free: a file in time order leaves few small parts."""
        held = sum(map(_rows, self._dates.values()))
        if held < self.buffer_rows and not all_of_them:
            return
        for date in sorted(self._dates, key=lambda date: (-_rows(self._dates[date]), date)):
            if held <= self.buffer_rows // 2 and not all_of_them:
                return
            tables = self._dates.pop(date)
            held -= _rows(tables)
            table, duplicates = clean(pa.concat_tables(tables))
            self.counts.kept += table.num_rows
            self.counts.duplicates += duplicates
            self.counts.contacts += table["lat"].null_count
            self.staging.write(table, "positions", date)

    def _write_quarantine(self) -> None:
        self.staging.write(pa.concat_tables(self._quarantine), "quarantine")
        self._quarantine = []


def _rows(tables: list[pa.Table]) -> int:
    return sum(table.num_rows for table in tables)
