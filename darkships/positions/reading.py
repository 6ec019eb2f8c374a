"""Reading parts as one sorted table: order the runs of vessels, then copy each run into its place.

Every part is sorted by vessel and time, so nothing is sorted again: a run (the rows of one vessel in one part) moves as
a whole. Only where parts of one date tell of the same vessel at overlapping times are its rows merged one by one.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.kernels import Array
from darkships.kernels.identity import ship_mmsis
from darkships.kernels.merge import overlapping_runs
from darkships.positions.arrays import values
from darkships.positions.merging import merge_duplicates
from darkships.positions.parts import Part, opened
from darkships.schema import POSITIONS

_SMALL_ROWS = 50_000
"""A part with no more rows costs more to open twice than to hold."""

_NO_SHIP = ("BASE", "ATON", "SAR")

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

    def where(self) -> tuple[str, tuple[object, ...]]:
        """Return the condition on parts in the catalog's SQL, and its values."""
        bounds: list[tuple[str, object]] = []
        if self.since is not None:
            bounds.append(("max_timestamp >= ?", self.since))
        if self.until is not None:
            bounds.append(("min_timestamp <= ?", self.until))
        if self.mmsi is not None:
            wanted = self.mmsi if self.mmsi.size else np.array([-1])
            bounds += [("max_mmsi >= ?", int(wanted.min())), ("min_mmsi <= ?", int(wanted.max()))]
        return " AND ".join(text for text, _ in bounds) or "1", tuple(value for _, value in bounds)


@dataclass(frozen=True)
class Piece:
    """The rows of one part that a query asks for, as runs of vessels."""

    path: Path
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

    def only(self, chosen: Array) -> "Piece":
        """Return the piece with the runs that are chosen."""
        rows = np.repeat(chosen, self.lengths)
        keep = rows
        if self.keep is not None:
            keep = self.keep.copy()
            keep[keep] = rows
        lengths = self.lengths[chosen]
        starts = np.cumsum(lengths) - lengths
        return replace(self, keep=keep, t_us=self.t_us[rows], starts=starts, mmsi=self.mmsi[chosen])


def in_threads(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return the function's results in the order of the items; reading and kernels release the GIL."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(function, items))


def find_pieces(root: Path, parts: Sequence[Part], query: Query, columns: Sequence[str]) -> list[Piece]:
    """Return the pieces of all parts; no two tell of the same vessel at overlapping times.

    ``columns`` will be read of them.
    """
    dates = [list(group) for _, group in groupby(parts, key=lambda part: part.date)]
    found = in_threads(
        lambda group: _without_overlap([_find(root, part, query, columns) for part in group], columns), dates
    )
    return [piece for pieces in found for piece in pieces if piece.t_us.size]


def _find(root: Path, part: Part, query: Query, columns: Sequence[str]) -> Piece:
    """Read what is needed of a part to know which rows are asked for, and find their runs; a small part altogether."""
    path = root / part.path
    is_small = part.rows <= _SMALL_ROWS
    needed = {"mmsi", "timestamp", *(columns if is_small else ())}
    needed |= {"lon", "lat"} if query.bbox is not None else set()
    needed |= {"ais_class"} if query.ships_only else set()
    with opened(path) as file:
        groups = _row_groups(file.metadata, query)
        table = file.read_row_groups(groups, columns=sorted(needed), use_threads=False)
    mmsi, t_us = values(table["mmsi"]), values(table["timestamp"])
    piece = replace(_runs(mmsi, t_us), path=path, groups=tuple(groups), held=table if is_small else None)
    chosen = np.ones(piece.mmsi.size, np.bool_)
    if query.mmsi is not None:
        chosen &= np.isin(piece.mmsi, query.mmsi)
    if query.ships_only:
        chosen &= ship_mmsis(piece.mmsi)
    keep = np.ones(t_us.size, np.bool_) if chosen.all() else np.repeat(chosen, piece.lengths)
    for mask in _masks(table, t_us, part, query):
        keep &= mask
    if keep.all():
        return piece
    kept = _runs(mmsi[keep], t_us[keep])
    return replace(piece, keep=keep, t_us=kept.t_us, starts=kept.starts, mmsi=kept.mmsi)


def _runs(mmsi: Array, t_us: Array) -> Piece:
    """Return a piece that has its runs but no rows yet."""
    starts = np.concatenate(([0], np.flatnonzero(mmsi[1:] != mmsi[:-1]) + 1)) if mmsi.size else np.empty(0, np.int64)
    return Piece(Path(), (), None, None, t_us, starts, mmsi[starts])


def _row_groups(metadata: pq.FileMetaData, query: Query) -> list[int]:
    """Return the row groups that can hold a wanted vessel; all if the statistics do not say."""
    if query.mmsi is None:
        return list(range(metadata.num_row_groups))
    index = metadata.schema.names.index("mmsi")
    wanted = np.sort(query.mmsi)
    found = []
    for group in range(metadata.num_row_groups):
        limits = metadata.row_group(group).column(index).statistics
        place = np.searchsorted(wanted, limits.min) if limits else 0
        if limits is None or (place < wanted.size and wanted[place] <= limits.max):
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
    if query.ships_only:
        column = table["ais_class"].unify_dictionaries().combine_chunks()
        foreign = np.array([*(name in _NO_SHIP for name in column.dictionary.to_pylist()), False])
        if foreign.any():
            yield ~foreign[values(column.indices, -1)]


def _without_overlap(pieces: list[Piece], columns: Sequence[str]) -> list[Piece]:
    """Merge the vessels that several pieces of a date tell of at overlapping times into one further piece."""
    pieces = [piece for piece in pieces if piece.t_us.size]
    if len(pieces) < 2:
        return pieces
    mmsi = np.concatenate([piece.mmsi for piece in pieces])
    first = np.concatenate([piece.t_us[piece.starts] for piece in pieces])
    last = np.concatenate([piece.t_us[piece.starts + piece.lengths - 1] for piece in pieces])
    order = np.lexsort((first, mmsi))
    vessels = np.unique(mmsi[order][overlapping_runs(mmsi[order], first[order], last[order])])
    if not vessels.size:
        return pieces
    shared = [np.isin(piece.mmsi, vessels) for piece in pieces]
    rows = [piece.only(chosen).read(POSITIONS.names) for piece, chosen in zip(pieces, shared, strict=True)]
    merged, _ = merge_duplicates(pa.concat_tables(rows))
    rest = [piece.only(~chosen) for piece, chosen in zip(pieces, shared, strict=True)]
    return [
        *rest,
        replace(_runs(values(merged["mmsi"]), values(merged["timestamp"])), held=merged.select(list(columns))),
    ]
