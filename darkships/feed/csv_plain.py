"""The short way for rows of CSV that are written plainly: from bytes to typed columns.

What a row means is told by the long way (``mend``, Arrow, ``casts``, ``times``); this one only knows some spellings
that mean the same there, and leaves every other row alone.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.feed.binding import Binding
from darkships.feed.casts import NULL_TEXTS, Ints, Mask
from darkships.feed.containers import SPARE
from darkships.feed.derived import TRUTHS
from darkships.feed.dialects import HELPERS, REQUIRED
from darkships.feed.rows import TEXTS
from darkships.kernels import csv_columns as kernels
from darkships.kernels.csv_lines import split_lines
from darkships.kernels.identity import MMSI_RANGE
from darkships.units import EARLIEST_S, LATEST_S

_FORMS = {"iso": kernels.ISO, "dmy": kernels.DAY_FIRST, "mdy": kernels.MONTH_FIRST}
_CHANGING = (*REQUIRED, "sog", "cog", "heading")


class Lines(NamedTuple):
    """The lines of a block, and where their fields end."""

    block: npt.NDArray[np.uint8]
    edges: npt.NDArray[np.int32]
    """The byte before each line, then where each of its fields ends."""
    right: Mask
    """The line has the fields of a row."""
    seen: int
    """What else there is: NUL_BYTES, RETURNS, BEYOND_ASCII of the kernel."""

    def text(self, line: int) -> str:
        """Return the text of a line."""
        return self.block[self.edges[line, 0] + 1 : self.edges[line, -1]].tobytes().decode()


class Plain(NamedTuple):
    """The plain rows of a block."""

    columns: Mapping[str, pa.Array]
    shared: Mapping[str, pa.Array]
    share: npt.NDArray[np.int32] | None
    """Columns of which row i has the value at share[i]."""
    lines: Ints
    """The number of each row's line, from 0."""
    others: Ints
    """The numbers of the other lines."""


class _Rows:
    """Lines whose fields are known, and which of them are still plain."""

    def __init__(self, lines: Lines, binding: Binding, vessels: Ints | None = None) -> None:
        dialect = binding.dialect
        nulls = [null.encode() for null in (*NULL_TEXTS, *dialect.nulls) if null]
        self.block, self.edges, self.plain, self.binding = lines.block, lines.edges, lines.right.copy(), binding
        self._words = lines.block.view(np.uint32)
        self._point = ord(dialect.decimal)
        self._nulls = np.frombuffer(b"".join(nulls), np.uint8), np.cumsum([len(null) for null in nulls])
        self.vessels = self._mmsi() if vessels is None else vessels

    def columns(self, names: Sequence[str]) -> dict[str, tuple[npt.NDArray[Any], pa.Array | None]]:
        """Return the values of columns; of texts, their numbers and what they stand for."""
        numbers = [name for name in names if name not in TEXTS]
        at = np.array([self.binding.columns[name] for name in numbers], np.int64)
        values = kernels.read_decimals(self.block, self.edges, at, self._point, *self._nulls, self.plain)
        texts = {name: self._texts(self.binding.columns[name]) for name in names if name in TEXTS}
        return dict(zip(numbers, zip(values, repeat(None)), strict=True)) | texts

    def _texts(self, column: int) -> tuple[npt.NDArray[Any], pa.Array]:
        numbers, texts = self.encoded(column, column)
        data, offsets = kernels.gather_texts(self.block, texts)
        return numbers, pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(data))

    def _mmsi(self) -> Ints:
        return kernels.read_wholes(self.block, self.edges, self.binding.columns["mmsi"], *MMSI_RANGE, self.plain)

    def times(self, form: int) -> Ints:
        column = self.binding.columns["timestamp"]
        return kernels.read_times(self.block, self.edges, column, form, EARLIEST_S, LATEST_S, self.plain)

    def encoded(self, first: int, last: int) -> tuple[npt.NDArray[np.int32], Ints]:
        return kernels.encode_texts(self.block, self._words, self.edges, first, last, self.vessels, self.plain)


def split(block: npt.NDArray[np.uint8], start: int, stop: int, binding: Binding, delimiter: str, longest: int) -> Lines:
    """Find the lines of a block and their fields; the last gets a line end if it has none.

    Parameters
    ----------
    block
        Text from start up to stop; SPARE bytes more follow, and their number is a multiple of four.
    start, stop
        Where the first line begins and the last ends.
    binding
        Tells how many fields a row has.
    delimiter
        What separates them.
    longest
        Bytes of a line beyond which it is no row.

    """
    if block[stop - 1] != ord("\n"):
        block[stop] = ord("\n")
        stop += 1
    return Lines(block, *split_lines(block, start, stop, ord(delimiter), len(binding.header), longest))


def padded(text: bytes) -> npt.NDArray[np.uint8]:
    """Return text as a block to split."""
    return np.frombuffer(text + bytes(SPARE + -len(text) % 4), np.uint8).copy()


def read_plain(lines: Lines, binding: Binding) -> Plain:
    """Read the plain rows of lines; none where the dialect writes times or places in a way that is not known here."""
    form = _FORMS.get(binding.dialect.time_form)
    if form is None or not set(REQUIRED) <= set(binding.columns):
        return Plain({}, {}, None, np.empty(0, np.int64), np.arange(len(lines.right)))
    rows = _Rows(lines, binding)
    own: dict[str, tuple[npt.NDArray[Any], pa.Array | None]] = {
        "mmsi": (rows.vessels, None),
        "timestamp": (rows.times(form), None),
    }
    common = _common(binding)
    own |= rows.columns([name for name in binding.columns if name not in own and name not in common])
    rows.plain &= _possible(own["lat"][0], own["lon"][0])
    share, shared = _share(rows, common)
    kept, others = np.flatnonzero(rows.plain), np.flatnonzero(~rows.plain)
    columns = {name: _arrow(name, kernels.kept(values, rows.plain), texts) for name, (values, texts) in own.items()}
    return Plain(columns, shared, None if share is None else kernels.kept(share, rows.plain), kept, others)


def _common(binding: Binding) -> Sequence[str]:
    """Return the columns behind the last that changes with every report: what a vessel says again and again.

    None where some follow from others (``derive``), which would then have to stand beside them.
    """
    if not binding.columns.keys().isdisjoint({"msg_type", *HELPERS, *TRUTHS}):
        return []
    last = max(binding.columns[name] for name in _CHANGING if name in binding.columns)
    return [name for name, at in binding.columns.items() if at > last]


def _share(rows: _Rows, common: Sequence[str]) -> tuple[npt.NDArray[np.int32] | None, dict[str, pa.Array]]:
    """Read the columns that rows have in common once for each distinct run of them."""
    if not common:
        return None, {}
    places = [rows.binding.columns[name] for name in common]
    share, runs = rows.encoded(min(places), max(places))
    first = Lines(rows.block, rows.edges[runs[:, 2]], np.ones(len(runs), dtype=bool), 0)
    once = _Rows(first, rows.binding, rows.vessels[runs[:, 2]])
    found = once.columns(common)
    if not once.plain.all():
        rows.plain &= once.plain[share]
    return share, {name: _arrow(name, *values) for name, values in found.items()}


def _possible(lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]) -> Mask:
    lat, lon = np.abs(lat), np.abs(lon)
    return ((lat <= 90) & (lon <= 180)) | (lat == 91) | (lon == 181) | (np.isnan(lat) & np.isnan(lon))


def _arrow(name: str, values: npt.NDArray[Any], texts: pa.Array | None) -> pa.Array:
    if texts is not None:
        return pa.DictionaryArray.from_arrays(values, texts, safe=False)
    return pa.array(values, pa.timestamp("us") if name == "timestamp" else None)
