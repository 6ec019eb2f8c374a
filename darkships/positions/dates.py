"""Single dates of the store: what they hold, and reading one without asking the catalog again."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.kernels.identity import ship_mmsis
from darkships.positions.arrays import values
from darkships.positions.gathering import gather
from darkships.positions.parts import Part, opened, part_labels, read_groups
from darkships.positions.reading import NO_SHIP, Query, find_pieces
from darkships.remote import Place


@dataclass(frozen=True)
class DateParts:
    """The parts of one UTC date, as one version of the store lists them."""

    day: int
    """Since 1970."""
    parts: tuple[Part, ...]
    until_us: int | None = None
    """What was reported later is left out; None where nothing was."""
    is_frozen: bool = False
    """Its reports, or those beside it, have expired: only what was summed up of it is known."""

    @property
    def date(self) -> str:
        """In ISO 8601."""
        return str(np.datetime64(self.day, "D"))

    @property
    def key(self) -> str:
        """What tells this content from any other."""
        told = (*sorted(part.checksum for part in self.parts), str(self.until_us))
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    @property
    def rows(self) -> int:
        """Reports in all parts."""
        return sum(part.rows for part in self.parts)


def dates_of(parts: Iterable[Part], until_us: int, closed_before: str = "") -> list[DateParts]:
    """Return the dates of parts in rising order, as far as they are known at a time.

    Nothing more comes of dates before ``closed_before``.
    """
    known = sorted((part for part in parts if (part.min_timestamp or 0) <= until_us), key=lambda part: part.date or "")
    found = []
    for date, group in groupby(known, key=lambda part: part.date):
        own = tuple(sorted(group, key=lambda part: part.path))
        is_cut = any((part.max_timestamp or 0) > until_us for part in own)
        day = np.datetime64(date, "D")
        is_frozen = bool(closed_before and day + 1 < np.datetime64(closed_before, "D"))
        found.append(DateParts(int(day.astype(np.int64)), own, until_us if is_cut else None, is_frozen))
    return found


def read_date(
    root: Place, date: DateParts, columns: Sequence[str], between: tuple[int, int] | None = None
) -> Iterator[pa.Table]:
    """Read the reports of ships on a date, sorted by vessel and time, receptions of one report merged; some at a time.

    Parameters
    ----------
    root
        Where the store is.
    date
        What to read.
    columns
        POSITIONS columns.
    between
        First and last MMSI; all by default.

    Raises
    ------
    StoreError
        If a part is missing or damaged.

    """
    query = Query(until=date.until_us, between=between, ships_only=True)
    if len(date.parts) == 1 and date.until_us is None and between is None:
        path = root / date.parts[0].path
        labels = part_labels(path).get("ais_class")
        if labels is not None and labels.isdisjoint(NO_SHIP):
            yield from map(_ships, read_groups(path, list(columns)))
            return
    yield gather(find_pieces(root, date.parts, query, columns), columns)


def _ships(table: pa.Table) -> pa.Table:
    """Leave out what no ship's MMSI sent."""
    mmsi = values(table["mmsi"])
    starts = np.flatnonzero(np.append(True, mmsi[1:] != mmsi[:-1])[: mmsi.size])
    is_ship = ship_mmsis(mmsi[starts])
    if is_ship.all():
        return table
    return table.filter(pa.array(np.repeat(is_ship, np.diff(starts, append=mmsi.size))))


def mmsi_ranges(root: Place, dates: Sequence[DateParts], most_rows: int) -> list[tuple[int, int] | None]:
    """Return first and last MMSIs so that each date has some ``most_rows`` reports of them; [None] if it has no more.

    Row groups are sorted by MMSI, so their limits tell how the reports are spread.
    """
    rows = max((date.rows for date in dates), default=0)
    if rows <= most_rows:
        return [None]
    limits = []
    for date in dates:
        for part in date.parts:
            with opened(root / part.path) as file:
                limits += _row_group_limits(file.metadata)
    limits.sort()
    held = np.cumsum([size for _, size in limits])
    wanted = np.arange(1, math.ceil(rows / most_rows)) * held[-1] / math.ceil(rows / most_rows)
    cuts = sorted({limits[at][0] for at in np.searchsorted(held, wanted)})
    return [(first, after - 1) for first, after in pairwise([0, *(cut + 1 for cut in cuts), 1 << 31])]


def _row_group_limits(metadata: pq.FileMetaData) -> list[tuple[int, int]]:
    """Return largest MMSI and rows of each row group."""
    index = metadata.schema.names.index("mmsi")
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    return [(int(group.column(index).statistics.max), group.num_rows) for group in groups]
