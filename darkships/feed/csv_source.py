"""CSV feeds: blocks of whole lines. Plain rows go the short way, the others through ``mend`` and Arrow.

Damaged lines are found and set aside, the rest is kept.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv

from darkships.errors import FeedError
from darkships.feed.binding import Binding
from darkships.feed.casts import NULL_TEXTS, Ints
from darkships.feed.containers import Member, TruncatedStreamError, line_buffers
from darkships.feed.csv_plain import Lines, padded, read_plain, split
from darkships.feed.rows import TEXTS, Chunk, Reject

MAX_LINE = 16 * 1024
"""Bytes of a line beyond which it is no row of a feed."""

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
    rows: int = 0
    """Rows so far, those before ``member.start`` included."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, some 250,000 at a time."""
        skip = 0 if self.member.start else self.header_lines
        try:
            for buffer, used in line_buffers(self.member):
                start = _behind(buffer[:used].tobytes(), skip) if skip else 0
                skip = 0
                if start < used:
                    yield self._chunk(buffer, start, used)
        except TruncatedStreamError as cut:
            self.complete = False
            if cut.tail:
                yield self._tail(cut.tail)

    def _chunk(self, buffer: npt.NDArray[np.uint8], start: int, stop: int) -> Chunk:
        lines = split(buffer, start, stop, self.binding, self.delimiter, MAX_LINE)
        if lines.seen:
            found = buffer[start:stop].tobytes()
            text = _text(found, self.notes)
            if text is not found:
                lines = split(padded(text), 0, len(text), self.binding, self.delimiter, MAX_LINE)
        first = self.rows + 1
        self.rows += len(lines.right)
        plain = read_plain(lines, self.binding)
        others = self._others(lines, plain.others, first) if len(plain.others) else None
        if others is not None and not len(plain.lines):
            return others
        return Chunk(
            plain.columns,
            plain.lines + first,
            lambda row: lines.text(plain.lines[row]),
            shared=plain.shared,
            share=plain.share,
            odd=others,
        )

    def _others(self, lines: Lines, numbers: Ints, first: int) -> Chunk:
        """Read the lines that are not plain, as text."""
        spans = lines.edges[numbers][:, [0, -1]].tolist()
        text = b"".join(lines.block[before + 1 : end + 1].tobytes() for before, end in spans)
        rejects: list[Reject] = []
        blank = 0
        if not lines.right[numbers].all():
            text, kept, rejects, blank = mend(text, len(self.binding.header), self.delimiter)
            rejects = [reject._replace(offset=int(numbers[reject.offset]) + first) for reject in rejects]
            numbers = numbers[kept]
        table = self._parse(text)
        if table is None or table.num_rows != len(numbers):
            where = f"{first} to {first + len(lines.right) - 1}"
            raise FeedError(f"{self.member.where}: rows {where} are not CSV; expected one row a line")
        return Chunk(
            _columns(table, self.binding),
            numbers + first,
            lambda row: lines.text(numbers[row]),
            rejects,
            Counter(blank=blank) if blank else Counter(),
        )

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

    def _wanted(self) -> dict[str, pa.DataType]:
        """Return the columns to read, by number: numbers and times as text, names and codes with each text once."""
        return {str(i): (_DICTIONARY if n in TEXTS else pa.string()) for n, i in self.binding.columns.items()}

    def _tail(self, tail: bytes) -> Chunk:
        """Account for the piece of a row at the end of a file that is cut off."""
        self.rows += 1
        raw = tail.decode(errors="replace")
        reject = Reject(self.rows, "truncated", "the file is cut off within this row", raw)
        return Chunk(_columns(self._parse(b""), self.binding), np.arange(0), str, [reject])


def _behind(text: bytes, lines: int) -> int:
    """Return where the text behind some lines begins."""
    at = 0
    for _ in range(lines):
        at = text.find(b"\n", at) + 1 or len(text)
    return at


def _columns(table: pa.Table, binding: Binding) -> dict[str, pa.Array]:
    table = table.unify_dictionaries()
    return {name: table[str(i)].combine_chunks() for name, i in binding.columns.items()}


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
