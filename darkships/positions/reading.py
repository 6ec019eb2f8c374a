"""Reading parts as one sorted table: order the runs of vessels, then copy each run into its place.

Every part is sorted by vessel and time, so nothing is sorted again: a run (the rows of one vessel in one part) moves as
a whole. Only at times at which several parts of a date may tell of the same transmissions are rows merged one by one.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.errors import StoreError
from darkships.kernels import Array
from darkships.kernels.identity import ship_mmsis
from darkships.kernels.zones import shared_zones, zone_numbers
from darkships.positions.arrays import values, whole
from darkships.positions.merging import merge_duplicates
from darkships.positions.parts import Part, opened, told_labels
from darkships.remote import Place
from darkships.schema import POSITIONS

_SMALL_ROWS = 50_000
"""A part with no more rows costs more to open twice than to hold."""

NO_SHIP = ("BASE", "ATON", "SAR")
"""Classes of reports that no ship sends."""

_MINUTE_US = 60_000_000
"""Receptions of one transmission lie less than this apart; without a UTC second, in one UTC minute."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)

Vessels = int | Iterable[int]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Query:
    """Which reports to read; times in microseconds since 1970, both ends included."""

    since: int | None = None
    until: int | None = None
    mmsi: Array | None = None
    bbox: tuple[float, float, float, float] | None = None
    ships_only: bool = False
    between: tuple[int, int] | None = None
    """First and last MMSI."""

    def where(self) -> tuple[str, tuple[object, ...]]:
        """Return the condition on parts in the catalog's SQL, and its values.

        A part that ends just before or starts just after may hold further receptions of what is asked for.
        """
        bounds: list[tuple[str, object]] = []
        if self.since is not None:
            bounds.append(("max_timestamp >= ?", self.since - _MINUTE_US))
        if self.until is not None:
            bounds.append(("min_timestamp <= ?", self.until + _MINUTE_US))
        if self.mmsi is not None:
            wanted = self.mmsi if self.mmsi.size else np.array([-1])
            bounds += [("max_mmsi >= ?", int(wanted.min())), ("min_mmsi <= ?", int(wanted.max()))]
        return " AND ".join(text for text, _ in bounds) or "1", tuple(value for _, value in bounds)


def to_us(time: datetime | None) -> int | None:
    """Return a time as a query takes it.

    Raises
    ------
    StoreError
        If it has no time zone.

    """
    if time is None:
        return None
    if time.tzinfo is None:
        raise StoreError(f"the time {time} has no time zone; give it in UTC, such as {time.isoformat()}+00:00")
    return (time - EPOCH) // US


def vessels(mmsi: Vessels | None) -> Array | None:
    """Return MMSIs as a query takes them."""
    if mmsi is None:
        return None
    return np.unique(np.array([mmsi] if isinstance(mmsi, int) else list(mmsi), np.int64))


@dataclass(frozen=True)
class Piece:
    """The rows of one part that a query asks for, as runs of vessels."""

    path: Place
    groups: tuple[int, ...]
    held: pa.Table | None
    """Columns in memory, before ``keep``: of a small part, or of what was merged."""
    keep: Array | None
    """Which rows of these row groups; None for all."""
    t_us: Array
    starts: Array
    """First row of each run."""
    mmsi: Array
    """Vessel of each run."""
    tells_seconds: bool = True
    """Some report may tell its UTC second."""
    is_no_ship: Array | None = None
    """Which rows tell of a coast station, an aid to navigation or an aircraft; None if none does, or nobody asked."""

    @cached_property
    def lengths(self) -> Array:
        """Rows of each run."""
        lengths: Array = np.diff(self.starts, append=self.t_us.size)
        return lengths

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Return columns of the rows, sorted by vessel and time."""
        if self.held is not None and set(columns) <= set(self.held.column_names):
            table = self.held.select(list(columns))
        else:
            with opened(self.path) as file:
                table = file.read_row_groups(list(self.groups), columns=list(columns), use_threads=False)
        return table if self.keep is None else table.filter(pa.array(self.keep))

    def rows(self, chosen: Array, zones: Array | None = None) -> "Piece":
        """Return the piece with the rows that are chosen; a run ends, too, where the zone of its rows changes."""
        keep = chosen
        if self.keep is not None:
            keep = self.keep.copy()
            keep[keep] = chosen
        mmsi = np.repeat(self.mmsi, self.lengths)[chosen]
        kept = _runs(mmsi, self.t_us[chosen], None if zones is None else zones[chosen])
        is_no_ship = None if self.is_no_ship is None else self.is_no_ship[chosen]
        is_no_ship = None if is_no_ship is None or not is_no_ship.any() else is_no_ship
        return replace(self, keep=keep, t_us=kept.t_us, starts=kept.starts, mmsi=kept.mmsi, is_no_ship=is_no_ship)


def in_threads(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return the function's results in the order of the items; reading and kernels release the GIL."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(function, items))


def find_pieces(root: Place, parts: Sequence[Part], query: Query, columns: Sequence[str]) -> list[Piece]:
    """Return the pieces of all parts; no two tell of the same transmission or of a vessel at overlapping times.

    ``columns`` will be read of them.
    """
    dates = [list(group) for _, group in groupby(parts, key=lambda part: part.date)]
    wider = replace(
        query,
        since=None if query.since is None else query.since - _MINUTE_US,
        until=None if query.until is None else query.until + _MINUTE_US,
    )
    tasks = [(part, query if len(group) == 1 else wider) for group in dates for part in group]
    found = iter(in_threads(lambda task: _find(root, *task, columns), tasks))
    grouped = [[next(found) for _ in group] for group in dates]

    def finish(pieces: list[Piece]) -> list[Piece]:
        if len(pieces) > 1:
            pieces = [_within(piece, query) for piece in _merged([p for p in pieces if p.t_us.size], columns)]
        return _ships(pieces)

    return [piece for pieces in in_threads(finish, grouped) for piece in pieces if piece.t_us.size]


def _find(root: Place, part: Part, query: Query, columns: Sequence[str]) -> Piece:
    """Read what is needed of a part to know which rows are asked for, and find their runs; a small part altogether."""
    path = root / part.path
    is_small = part.rows <= _SMALL_ROWS
    needed = {"mmsi", "timestamp", *(columns if is_small else ())}
    needed |= {"lon", "lat"} if query.bbox is not None else set()
    with opened(path) as file:
        labels = told_labels(file.metadata).get("ais_class")
        may_be_none = query.ships_only and (labels is None or not labels.isdisjoint(NO_SHIP))
        needed |= {"ais_class"} if may_be_none else set()
        groups = _row_groups(file.metadata, query)
        tells_seconds = _tells_seconds(file.metadata)
        table = file.read_row_groups(groups, columns=sorted(needed), use_threads=False)
    mmsi, t_us = values(table["mmsi"]), values(table["timestamp"])
    piece = replace(
        _runs(mmsi, t_us),
        path=path,
        groups=tuple(groups),
        held=table if is_small else None,
        tells_seconds=tells_seconds,
        is_no_ship=_is_no_ship(table["ais_class"]) if may_be_none else None,
    )
    chosen = np.ones(piece.mmsi.size, np.bool_)
    if query.mmsi is not None:
        chosen &= np.isin(piece.mmsi, query.mmsi)
    if query.between is not None:
        chosen &= (piece.mmsi >= query.between[0]) & (piece.mmsi <= query.between[1])
    if query.ships_only:
        chosen &= ship_mmsis(piece.mmsi)
    keep = np.ones(t_us.size, np.bool_) if chosen.all() else np.repeat(chosen, piece.lengths)
    for mask in _masks(table, t_us, part, query):
        keep &= mask
    return piece if keep.all() else piece.rows(keep)


def _runs(mmsi: Array, t_us: Array, zones: Array | None = None) -> Piece:
    """Return a piece that has its runs but no rows yet."""
    if not mmsi.size:
        return Piece(Path(), (), None, None, t_us, np.empty(0, np.int64), mmsi)
    changes = mmsi[1:] != mmsi[:-1]
    if zones is not None:
        changes |= zones[1:] != zones[:-1]
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
    return Piece(Path(), (), None, None, t_us, starts, mmsi[starts])


def _tells_seconds(metadata: pq.FileMetaData) -> bool:
    """Tell whether any report of a part may tell its UTC second; only if the statistics say so, none does."""
    index = metadata.schema.names.index("utc_second")
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    counts = [(group.num_rows, group.column(index).statistics) for group in groups]
    return any(known is None or known.null_count != rows for rows, known in counts)


def _row_groups(metadata: pq.FileMetaData, query: Query) -> list[int]:
    """Return the row groups that can hold a wanted vessel; all if the statistics do not say."""
    if query.mmsi is None and query.between is None:
        return list(range(metadata.num_row_groups))
    index = metadata.schema.names.index("mmsi")
    wanted = None if query.mmsi is None else np.sort(query.mmsi)
    first, last = query.between or (0, np.iinfo(np.int64).max)
    found = []
    for group in range(metadata.num_row_groups):
        limits = metadata.row_group(group).column(index).statistics
        if limits is not None and (limits.max < first or limits.min > last):
            continue
        place = np.searchsorted(wanted, limits.min) if limits and wanted is not None else 0
        if limits is None or wanted is None or (place < wanted.size and wanted[place] <= limits.max):
            found.append(group)
    return found


def _masks(table: pa.Table, t_us: Array, part: Part, query: Query) -> Iterable[Array]:
    """Yield what the query asks of single rows, where it can leave any out."""
    if query.since is not None and (part.min_timestamp or 0) < query.since:
        yield t_us >= query.since
    if query.until is not None and (part.max_timestamp or 0) > query.until:
        yield t_us <= query.until
    if query.bbox is not None:
        west, south, east, north = query.bbox
        lon, lat = values(table["lon"], np.nan), values(table["lat"], np.nan)
        within = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
        yield (within & (lat >= south) & (lat <= north)) | np.isnan(lat)


def _within(piece: Piece, query: Query) -> Piece:
    """Leave out what lies outside of the times asked for."""
    keep = np.ones(piece.t_us.size, np.bool_)
    if query.since is not None:
        keep &= piece.t_us >= query.since
    if query.until is not None:
        keep &= piece.t_us <= query.until
    return piece if keep.all() else piece.rows(keep)


def _is_no_ship(column: pa.ChunkedArray) -> Array | None:
    """Tell of each row whether its class is that of no ship; None if none's is."""
    column = whole(column.unify_dictionaries())
    foreign = np.array([*(name in NO_SHIP for name in column.dictionary.to_pylist()), False])
    return foreign[values(column.indices, -1)] if foreign.any() else None


def _ships(pieces: list[Piece]) -> list[Piece]:
    """Leave out every report of a coast station, aid to navigation or aircraft, and vessels that mostly send such.

    The majority is that of a vessel's reports of the date that are asked for.
    """
    marked = {i: piece.is_no_ship for i, piece in enumerate(pieces) if piece.is_no_ship is not None}
    if not marked:
        return pieces
    sent = np.concatenate([pieces[i].mmsi for i in marked])
    by_run = np.concatenate([np.add.reduceat(rows, pieces[i].starts, dtype=np.int64) for i, rows in marked.items()])
    vessels, vessel = np.unique(sent[by_run > 0], return_inverse=True)
    votes = 2 * np.bincount(vessel, by_run[by_run > 0], vessels.size)
    for piece in pieces:
        known = np.isin(piece.mmsi, vessels)
        np.subtract.at(votes, np.searchsorted(vessels, piece.mmsi[known]), piece.lengths[known])
    stations = vessels[votes > 0]
    kept = []
    for i, piece in enumerate(pieces):
        leave_out = np.repeat(np.isin(piece.mmsi, stations), piece.lengths)
        kept.append(piece.rows(~(leave_out | marked[i] if i in marked else leave_out)))
    return kept


def _merged(pieces: list[Piece], columns: Sequence[str]) -> list[Piece]:
    """Merge what several pieces of a date tell of a vessel at the same times into one further piece."""
    if len(pieces) < 2:
        return pieces
    bounds = [_bounds(piece) for piece in pieces]
    mmsi, first, last = (np.concatenate(arrays) for arrays in zip(*bounds, strict=True))
    order = np.lexsort((first, mmsi))
    zones = shared_zones(mmsi[order], first[order], last[order])
    if not zones[0].size:
        return pieces
    numbers = [zone_numbers(piece.mmsi, piece.starts, piece.lengths, piece.t_us, *zones) for piece in pieces]
    shared = [piece.rows(number % 2 == 1) for piece, number in zip(pieces, numbers, strict=True)]
    shared = [piece for piece in shared if piece.t_us.size]
    if not shared:
        return pieces
    rows = in_threads(lambda piece: piece.read(POSITIONS.names), shared)
    merged, _ = merge_duplicates(pa.concat_tables(rows))
    found = _runs(values(merged["mmsi"]), values(merged["timestamp"]))
    number = zone_numbers(found.mmsi, found.starts, found.lengths, found.t_us, *zones)
    asked = any(piece.is_no_ship is not None for piece in pieces)
    found = replace(
        found, held=merged.select(list(columns)), is_no_ship=_is_no_ship(merged["ais_class"]) if asked else None
    )
    rest = [piece.rows(number % 2 == 0, number) for piece, number in zip(pieces, numbers, strict=True)]
    return [*rest, found.rows(np.ones(found.t_us.size, np.bool_), number)]


def _bounds(piece: Piece) -> tuple[Array, Array, Array]:
    """Return the vessel of each run, and the times from and to which it may share transmissions with others."""
    first, last = piece.t_us[piece.starts], piece.t_us[piece.starts + piece.lengths - 1]
    if piece.tells_seconds:
        return piece.mmsi, first - _MINUTE_US, last + _MINUTE_US
    return piece.mmsi, first - first % _MINUTE_US, last - last % _MINUTE_US + _MINUTE_US - 1
