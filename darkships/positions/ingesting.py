"""One file's batches to staged parts, in bounded memory."""

from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.kernels import Array
from darkships.positions.arrays import conform, values
from darkships.positions.cleaning import clean
from darkships.positions.listing import IngestCounts
from darkships.positions.parts import Part, Staging, by_date
from darkships.positions.statics import merge_statics
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch

BUFFER_ROWS = 1_000_000
"""Position reports held in memory before the largest dates become parts; up to twice as many may be being written."""

_STATIC_ROWS = 500_000
_QUARANTINE_ROWS = 100_000
_LARGE_ROWS = 400_000
_MINUTE_US = 60_000_000


class _Written(NamedTuple):
    part: Part
    duplicates: int
    contacts: int


@dataclass
class Intake:
    """Takes batches of one file; what it stages counts only when the caller commits it.

    Parts are cleaned and written in threads beside the caller's. What they hold depends on the batches only.
    """

    staging: Staging
    file_id: int
    buffer_rows: int = BUFFER_ROWS
    closed_before: str = ""
    """Reports of earlier dates come too late: theirs have expired."""
    counts: IngestCounts = field(default_factory=IngestCounts)
    _dates: dict[str, list[pa.Table]] = field(default_factory=dict)
    _statics: list[pa.Table] = field(default_factory=list)
    _quarantine: list[pa.Table] = field(default_factory=list)
    _writing: deque[tuple[int, Future[_Written]]] = field(default_factory=deque)
    """Rows and outcome of each part that is being written, oldest first."""

    def add(self, batch: FeedBatch) -> None:
        """Take one batch; may write parts.

        Raises
        ------
        StoreError
            If a part could not be written, this one's or an earlier one's.

        """
        self.counts.rows_read += batch.rows_read
        skipped = Counter(self.counts.skipped) + Counter(batch.skipped)
        for date, table in by_date(conform(self._signed(batch.positions), POSITIONS)):
            if date < self.closed_before:
                skipped["expired"] += table.num_rows
            else:
                self._dates.setdefault(date, []).append(table)
        self.counts.skipped = dict(skipped)
        self._write_positions()
        if batch.statics.num_rows:
            self._statics.append(conform(self._signed(batch.statics), STATICS))
        if _rows(self._statics) > _STATIC_ROWS:
            self._statics = [merge_statics(pa.concat_tables(self._statics))]
        if batch.quarantine.num_rows:
            counted = pc.value_counts(batch.quarantine["reason"].combine_chunks())
            reasons = dict(zip(*(each.to_pylist() for each in counted.flatten()), strict=True))
            self.counts.quarantined = dict(Counter(self.counts.quarantined) + Counter(reasons))
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
        self._await(0)
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
            ready, rest = pa.concat_tables(self._dates.pop(date)), None
            if not all_of_them:
                ready, rest = _cut(ready)
            if rest is not None:
                self._dates[date] = [rest]
            held -= ready.num_rows
            for part in _halves(ready):
                self._hand_over(date, part)

    def _hand_over(self, date: str, table: pa.Table) -> None:
        """Have a part cleaned and written, once what is being written leaves room for it."""
        rows, handed = table.num_rows, [table]

        def write() -> _Written:
            cleaned, duplicates = clean(handed.pop())
            part = self.staging.put(cleaned, "positions", date)
            return _Written(part, duplicates, cleaned["lat"].null_count)

        self._await(self.buffer_rows)
        self._writing.append((rows, self.staging.later(write)))

    def _await(self, most_rows: int) -> None:
        """Take the outcome of parts, oldest first, until those being written have at most so many rows."""
        under_way = sum(rows for rows, _ in self._writing)
        while self._writing and (under_way > most_rows or self._writing[0][1].done()):
            rows, future = self._writing.popleft()
            written = future.result()
            under_way -= rows
            self.staging.parts.append(written.part)
            self.counts.kept += written.part.rows
            self.counts.duplicates += written.duplicates
            self.counts.contacts += written.contacts

    def _write_quarantine(self) -> None:
        self.staging.write(pa.concat_tables(self._quarantine), "quarantine")
        self._quarantine = []


def _cut(table: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """Keep the last one to two minutes for the next part: parts of a file in time order then share no minute.

    So no transmission is told by two of them, and reading need not merge them.
    """
    t_us = values(table["timestamp"])
    last = t_us.max()
    is_late = t_us >= last - last % _MINUTE_US - _MINUTE_US
    if is_late.all() or table.num_rows < 2:
        return table, None
    return _parted(table, is_late)


def _halves(table: pa.Table) -> tuple[pa.Table, ...]:
    """Cut what is large at a whole minute, so that two threads share the end of the work."""
    if table.num_rows < _LARGE_ROWS:
        return (table,)
    t_us = values(table["timestamp"])
    is_in_order = not (t_us[1:] < t_us[:-1]).any()  # as most feeds are
    middle = (t_us if is_in_order else np.partition(t_us, t_us.size // 2))[t_us.size // 2]
    is_late = t_us >= middle - middle % _MINUTE_US
    if is_late.all():
        return (table,)
    return _parted(table, is_late)


def _parted(table: pa.Table, is_late: Array) -> tuple[pa.Table, pa.Table]:
    """Part what is late from the rest; only where both are mixed something is copied."""
    first, after = int(is_late.argmax()), is_late.size - int((~is_late[::-1]).argmax())
    mixed, late = table.slice(first, after - first), pa.array(is_late[first:after])
    early = pa.concat_tables([table.slice(0, first), mixed.filter(pc.invert(late))])
    return early, pa.concat_tables([mixed.filter(late), table.slice(after)])


def _rows(tables: list[pa.Table]) -> int:
    return sum(table.num_rows for table in tables)
