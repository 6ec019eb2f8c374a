"""JSON feeds: objects one a line, one after the other, or in an array; streamed, whatever the size of the document."""

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from darkships.errors import FeedError
from darkships.feed.binding import Binding
from darkships.feed.casts import Ints, without_null_texts
from darkships.feed.containers import MOST_LINES, Member, TruncatedStreamError, damage_told, line_blocks
from darkships.feed.json_layout import MAX_ROW, Layout, look_up
from darkships.feed.json_rows import JsonRows
from darkships.feed.rows import Chunk, Reject
from darkships.kernels import Array
from darkships.kernels.json_scan import DEPTH, ENDED, STRAY, new_state, scan_items

CHUNK_BYTES = 24 * 1024 * 1024
"""Rows are handed on in chunks of about this size."""

_PIECE = 1024 * 1024
_SPANS = 4096


@dataclass
class JsonSource:
    """One JSON stream, bound to a dialect."""

    member: Member
    binding: Binding
    layout: Layout
    complete: bool = True
    """False once the stream turned out to be cut off."""
    notes: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    """Rows so far, those before ``member.start`` included."""

    def __post_init__(self) -> None:
        """Split what stands in each row from what stands once."""
        sources = {name: self.binding.header[i] for name, i in self.binding.columns.items()}
        inside = {name: source for name, source in sources.items() if source[0] != "^"}
        try:
            self._rows = JsonRows(inside, tuple(self.binding.dialect.only))
        except ValueError as error:
            raise FeedError(f"{self.member.where}: no JSON path in {', '.join(inside.values())!r} ({error})") from error
        self._once = {name: look_up(self.layout.around, s[1:]) for name, s in sources.items() if s[0] == "^"}
        self._end: list[Reject] = []

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, some 24 MB of text at a time."""
        for texts in self._lines() if self.layout.is_lines else self._items():
            yield self._chunk(texts)
        if self._end:
            yield self._as_chunk([], [], self._end, Counter())

    def _lines(self) -> Iterator[list[bytes]]:
        try:
            for block in line_blocks(self.member, CHUNK_BYTES):
                yield block.removeprefix(codecs.BOM_UTF8).removesuffix(b"\n").split(b"\n")
        except TruncatedStreamError as cut:
            self._cut_off(cut.tail)

    def _items(self) -> Iterator[list[bytes]]:
        """Yield the objects of the row array, found by their brackets."""
        state, rest, texts, size, after = new_state(), b"", list[bytes](), 0, 0
        for piece in self._pieces():
            if state[ENDED]:
                after += piece.count(b"{")
                continue
            found, rest, behind = _split(rest, piece, state)
            after += behind.count(b"{")
            texts += found
            size += sum(map(len, found))
            if len(rest) > MAX_ROW:
                raise FeedError(
                    f"{self.member.where}: row {self.rows + len(texts) + 1} does not end in {MAX_ROW} bytes; "
                    f"the document is damaged there, or no list of reports. It begins {_beginning(rest)!r}"
                )
            if size >= CHUNK_BYTES or len(texts) >= MOST_LINES:
                yield texts
                texts, size = [], 0
        if texts:
            yield texts
        if state[DEPTH] or (self.layout.start and not state[ENDED]):
            self._cut_off(rest)
        if after:
            self.notes["objects behind the list of reports were left out: one list a document is read"] += after
        if state[STRAY]:
            self.notes["bytes between the rows are no part of any and were left out"] += int(state[STRAY])

    def _pieces(self) -> Iterator[bytes]:
        """Yield the bytes from the first row on."""
        skip = self.layout.start
        with damage_told(self.member), self.member.open() as stream:
            start = stream.read(len(codecs.BOM_UTF8))
            if start != codecs.BOM_UTF8:
                skip -= len(start)
                if skip < 0:
                    yield start[skip:]
            while skip > 0 and (piece := stream.read(min(skip, _PIECE))):
                skip -= len(piece)
            while True:
                try:
                    piece = stream.read1(_PIECE)
                except EOFError:
                    self.complete = False
                    return
                if not piece:
                    return
                yield piece

    def _cut_off(self, tail: bytes) -> None:
        """Account for a document that ends too early."""
        self.complete = False
        if tail.strip():
            raw = tail.decode(errors="replace")
            self._end = [Reject(self.rows + 1, "truncated", "the file is cut off within this row", raw)]

    def _chunk(self, texts: list[bytes]) -> Chunk:
        kept: list[int] = []
        rows: list[Any] = []
        rejects: list[Reject] = []
        skipped = Counter[str]()
        first = self.rows + 1
        self.rows += len(texts)
        for i, text in enumerate(texts):
            row, problem = self._rows.decode(text) if text.strip() else (None, "")
            if row is not None:
                kept.append(i)
                rows.append(row)
            elif problem:
                rejects.append(Reject(first + i, "json", problem, text.strip()[:MAX_ROW].decode(errors="replace")))
            else:
                skipped["blank"] += 1
        return self._as_chunk(rows, [(first + i, texts[i]) for i in kept], rejects, skipped)

    def _as_chunk(
        self, rows: list[Any], texts: list[tuple[int, bytes]], rejects: list[Reject], skipped: Counter[str]
    ) -> Chunk:
        columns, keys = self._rows.columns(rows)
        columns = {name: without_null_texts(column, self.binding.dialect.nulls) for name, column in columns.items()}
        offsets: Ints = np.array([number for number, _ in texts], dtype=np.int64)
        for name, value in self._once.items():
            columns[name] = pa.array([None if value is None else str(value)] * len(rows), pa.string())
        reports = np.ones(len(rows), dtype=bool)
        for key, allowed in self.binding.dialect.only.items():
            reports &= np.array([value in allowed for value in keys[key]], dtype=bool)
            skipped.update(f"{key} {value}"[:40] for value in keys[key] if value not in allowed)
        at = np.flatnonzero(reports)
        if len(at) < len(rows):
            columns = {name: column.take(pa.array(at)) for name, column in columns.items()}

        def raw(row: int) -> str:
            return texts[at[row]][1].strip().decode(errors="replace")

        return Chunk(columns, offsets[at], raw, rejects, skipped)


def _split(rest: bytes, piece: bytes, state: Array) -> tuple[list[bytes], bytes, bytes]:
    """Return the items that end in a piece, the beginning of the one that does not, and what follows the array."""
    view = np.frombuffer(piece, np.uint8)
    spans = np.empty((_SPANS, 2), np.int64)
    texts: list[bytes] = []
    done = 0
    while done < len(piece) and not state[ENDED]:
        found, read, start = scan_items(view[done:], state, spans)
        for first, end in spans[:found].tolist():
            texts.append(piece[done + first : done + end] if first >= 0 else rest + piece[:end])
        if state[DEPTH]:
            rest = piece[done + start :] if start >= 0 else rest + piece
        done += read
    return texts, rest if state[DEPTH] else b"", piece[done:]


def _beginning(text: bytes) -> str:
    return text[:60].decode(errors="replace")
