"""CSV feeds: blocks of whole lines, parsed by Arrow; damaged lines are found and set aside, the rest is kept."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from darkships.errors import FeedError
from darkships.feed.binding import Binding
from darkships.feed.casts import NULL_TEXTS, Ints
from darkships.feed.containers import UNFINISHED, Member, Taking, TruncatedStreamError, line_blocks
from darkships.feed.rows import CODED, Chunk, Reject

MAX_LINE = 16 * 1024
"""Bytes of a line beyond which it is no row of a feed."""

_TEXTS = (*CODED, "name", "callsign", "destination", "eta", "station")
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


@dataclass
class CsvSource:
    """One CSV stream, bound to a dialect."""

    member: Member
    binding: Binding
    delimiter: str
    header_lines: int
    """Lines before the first row: the header and blank lines above it."""
    complete: bool = True
    """False once the stream turned out to be cut off."""
    notes: Counter[str] = field(default_factory=Counter)
    taking: Taking = field(default_factory=Taking)
    rows: int = 0
    """Rows so far, those before ``member.start`` included."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, some 250,000 at a time."""
        skip = 0 if self.member.start else self.header_lines
        try:
            for block in line_blocks(self.member):
                body, unfinished = self.taking.whole_lines(block)
                for _ in range(skip):
                    body = body.partition(b"\n")[2]
                skip = 0
                if body:
                    yield self._chunk(_text(body, self.notes))
                if unfinished:
                    self.notes[UNFINISHED] += 1
                    yield self._without_rows(skipped=Counter(unfinished_line=1))
        except TruncatedStreamError as cut:
            self.complete = False
            if cut.tail:
                yield self._tail(cut.tail)

    def _chunk(self, block: bytes) -> Chunk:
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        first = self.rows + 1
        self.rows += lines
        table = self._parse(block)
        if table is not None and table.num_rows == lines:
            return self._as_chunk(table, np.arange(first, first + lines), block)
        block, kept, rejects, blank = mend(block, len(self.binding.header), self.delimiter)
        table = self._parse(block)
        if table is None or table.num_rows != len(kept):
            raise FeedError(f"{self.member.where}: rows {first} to {self.rows} are not CSV; expected one row a line")
        chunk = self._as_chunk(table, kept + first, block)
        chunk.rejects = [reject._replace(offset=reject.offset + first) for reject in rejects]
        chunk.skipped = Counter(blank=blank) if blank else Counter()
        return chunk

    def _parse(self, block: bytes) -> pa.Table | None:
        """Parse lines; None where Arrow finds one with too many or too few fields."""
        wanted = self._wanted()
        if not block:
            return pa.table({name: pa.array([], kind) for name, kind in wanted.items()})
        try:
            return arrow_csv.read_csv(
                pa.BufferReader(block),
                arrow_csv.ReadOptions(column_names=[str(i) for i in range(len(self.binding.header))]),
                arrow_csv.ParseOptions(delimiter=self.delimiter),
                arrow_csv.ConvertOptions(
                    column_types=wanted,
                    include_columns=list(wanted),
                    null_values=[*NULL_TEXTS, *self.binding.dialect.nulls],
                    strings_can_be_null=True,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None

    def _as_chunk(self, table: pa.Table, offsets: Ints, block: bytes) -> Chunk:
        table = table.unify_dictionaries()
        columns = {name: table[str(i)].combine_chunks() for name, i in self.binding.columns.items()}
        ends: list[Ints] = []

        def raw(row: int) -> str:
            if not ends:  # only a block with refused rows is searched for its line ends
                ends.append(np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")))
            start = ends[0][row - 1] + 1 if row else 0
            stop = ends[0][row] if row < len(ends[0]) else len(block)
            return block[start:stop].decode()

        return Chunk(columns, offsets, raw)

    def _wanted(self) -> dict[str, pa.DataType]:
        """Return the columns to read, by number: numbers and times as text, names and codes with each text once."""
        return {str(i): (_DICTIONARY if n in _TEXTS else pa.string()) for n, i in self.binding.columns.items()}

    def _tail(self, tail: bytes) -> Chunk:
        """Account for the piece of a row at the end of a file that is cut off."""
        self.rows += 1
        raw = tail.decode(errors="replace")
        return self._without_rows(rejects=[Reject(self.rows, "truncated", "the file is cut off within this row", raw)])

    def _without_rows(self, **more: Any) -> Chunk:
        chunk = self._as_chunk(self._parse(b""), np.arange(0), b"")
        return replace(chunk, **more)


def mend(block: bytes, width: int, delimiter: str) -> tuple[bytes, Ints, list[Reject], int]:
    """Set aside the lines that are no rows, and make stray quotes blanks, so that none can swallow its neighbours.

    Parameters
    ----------
    block
        Lines of text.
    width
        Fields that a row has.
    delimiter
        What separates them.

    Returns
    -------
    tuple
        The lines that are rows; their numbers in the block, from 0; the rejects, numbered alike; the blank lines.

    """
    lines = block.removesuffix(b"\n").split(b"\n")
    good, kept, rejects, blank = [], [], [], 0
    for number, line in enumerate(lines):
        if not line.strip(b" \t\x1a"):
            blank += 1
            continue
        row, fields = _fields(line, delimiter)
        if fields == width and len(line) <= MAX_LINE:
            good.append(row)
            kept.append(number)
        else:
            detail = f"{fields} fields in {len(line)} bytes; expected {width} fields, as in the header"
            rejects.append(Reject(number, "columns", detail, line.decode()))
    return b"\n".join(good), np.array(kept, dtype=np.int64), rejects, blank


def _fields(line: bytes, delimiter: str) -> tuple[bytes, int]:
    """Count a line's fields; quotes that do not pair are made blanks first."""
    if b'"' in line:
        try:
            return line, len(next(csv.reader([line.decode()], delimiter=delimiter, strict=True)))
        except csv.Error:
            line = line.replace(b'"', b" ")
    return line, line.count(delimiter.encode()) + 1


def _text(block: bytes, notes: Counter[str]) -> bytes:
    """Return lines as UTF-8 with plain line ends and without NUL."""
    if b"\0" in block:
        notes["NUL bytes were removed"] += 1
        block = block.replace(b"\0", b"")
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    try:
        block.decode()
    except UnicodeDecodeError:
        notes["blocks are not UTF-8 and were read as Windows-1252"] += 1
        return block.decode("cp1252", errors="replace").encode()
    return block
