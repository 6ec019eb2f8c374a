"""Copying the runs of many pieces into one table, a column at a time, without a copy in between."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
import pyarrow as pa

from darkships.kernels import Array
from darkships.kernels.merge import scatter_codes, scatter_runs
from darkships.positions.arrays import build, times, values, whole
from darkships.positions.reading import Piece, in_threads
from darkships.schema import LABEL, POSITIONS, Column


class _Plain:
    """A column of numbers or times to be, filled run by run by several threads."""

    def __init__(self, column: Column, rows: int) -> None:
        self._type = column.type
        self._data = np.empty(rows, column.type.to_pandas_dtype())
        self._valid = np.ones(rows, np.bool_) if column.nullable else None

    def put(self, column: pa.ChunkedArray, piece: Piece, places: Array) -> None:
        """Copy a piece's values to the places of its runs."""
        _scatter(values(column), self._data, piece, places)
        if self._valid is not None and column.null_count:
            _scatter(values(column.is_valid()), self._valid, piece, places)

    def finish(self) -> pa.Array:
        """Return the column."""
        return build(self._type, self._data, self._valid)


class _Labels:
    """A label column to be; its codes are the same for all pieces, -1 for null."""

    def __init__(self, rows: int) -> None:
        self._codes = np.empty(rows, np.int32)
        self._known: dict[str, int] = {}
        self._used: set[int] = set()
        self._lock = Lock()

    def put(self, column: pa.ChunkedArray, piece: Piece, places: Array) -> None:
        """Copy a piece's labels to the places of its runs."""
        column = whole(column.unify_dictionaries())
        with self._lock:
            meaning = [self._known.setdefault(name, len(self._known)) for name in column.dictionary.to_pylist()]
        codes = np.array([*meaning, -1], np.int32)
        used = np.zeros(codes.size, np.bool_)
        scatter_codes(values(column.indices, -1), self._codes, piece.starts, piece.lengths, places, codes, used)
        with self._lock:
            self._used.update(codes[used].tolist())

    def finish(self) -> pa.DictionaryArray:
        """Return the column; its dictionary is sorted and holds what occurs only, however the pieces came."""
        kept = sorted((name, code) for name, code in self._known.items() if code in self._used)
        if [code for _, code in kept] != list(range(len(self._known))):
            rank = np.full(len(self._known) + 1, -1, np.int32)
            rank[[code for _, code in kept]] = np.arange(len(kept))
            self._codes = rank[self._codes]
        indices = build(pa.int32(), self._codes, self._codes >= 0 if -1 in self._used else None)
        return pa.DictionaryArray.from_arrays(indices, pa.array([name for name, _ in kept], pa.string()), safe=False)


def _scatter(source: Array, target: Array, piece: Piece, places: Array) -> None:
    """Copy a piece's runs to their places, by width whatever the type: few kernels to compile."""
    width = np.dtype(f"u{target.itemsize}")
    source = source.view(width)
    source.flags.writeable = False
    scatter_runs(source, target.view(width), piece.starts, piece.lengths, places)


def gather(pieces: Sequence[Piece], columns: Sequence[str]) -> pa.Table:
    """Return columns of all pieces as one table sorted by vessel and time.

    Parameters
    ----------
    pieces
        Of which no two overlap.
    columns
        Names of POSITIONS columns.

    Returns
    -------
    pyarrow.Table
        Each column in one chunk.

    """
    runs, places = _layout(pieces)
    rows = sum(piece.t_us.size for piece in pieces)
    targets = {
        column.name: _Labels(rows) if column.type == LABEL else _Plain(column, rows)
        for column in POSITIONS.columns
        if column.name in columns and column.name not in {"mmsi", "timestamp"}
    }
    t_us = np.empty(rows, np.int64)

    def fill(number: int) -> None:
        piece = pieces[number]
        _scatter(piece.t_us, t_us, piece, places[number])
        table = piece.read(list(targets))
        for name, target in targets.items():
            target.put(table[name], piece, places[number])

    in_threads(fill, range(len(pieces)))
    finished = {name: target.finish() for name, target in targets.items()}
    finished["mmsi"] = build(pa.int32(), np.repeat(*runs))
    finished["timestamp"] = times(t_us)
    schema = pa.schema([POSITIONS.arrow.field(name) for name in columns])
    return pa.table([finished[name] for name in columns], schema=schema)


def _layout(pieces: Sequence[Piece]) -> tuple[tuple[Array, Array], list[Array]]:
    """Order all runs by vessel and first time; return vessel and length of each, and each piece's runs' places."""
    if not pieces:
        return (np.empty(0, np.int32), np.empty(0, np.int64)), []
    mmsi = np.concatenate([piece.mmsi for piece in pieces])
    first = np.concatenate([piece.t_us[piece.starts] for piece in pieces])
    lengths = np.concatenate([piece.lengths for piece in pieces])
    order = np.lexsort((first, mmsi))
    places = np.empty(order.size, np.int64)
    places[order] = np.cumsum(lengths[order]) - lengths[order]
    cuts = np.cumsum([piece.mmsi.size for piece in pieces])[:-1]
    return (mmsi[order], lengths[order]), np.split(places, cuts)
