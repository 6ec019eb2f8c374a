"""XML feeds: an element a row, its attributes the columns; streamed, and a damaged row costs that row alone.

Entities are how XML attacks its readers: they grow without end, or reach for other files. They can only be declared in
a document type, and a file that has one is refused when its first words are seen.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from darkships.errors import FeedError
from darkships.feed.binding import Binding, Header
from darkships.feed.casts import without_null_texts
from darkships.feed.containers import Member, damage_told
from darkships.feed.rows import Chunk, Reject

CHUNK_BYTES = 24 * 1024 * 1024
CHUNK_ROWS = 50_000
MOST_BYTES = 1024 * 1024
"""Of a tag; beyond it it is none of a feed."""

_PIECE = 64 * 1024
_SAMPLE = 100
_MOST_DEPTH = 32
_MOST_NAMES = 10_000
_MOST_DAMAGED = 1_000
_CODES = expat.errors.codes
_INVALID = _CODES[expat.errors.XML_ERROR_INVALID_TOKEN]
_UNCLOSED = _CODES[expat.errors.XML_ERROR_UNCLOSED_TOKEN]

Row = Mapping[str, str]


class XmlLayout(NamedTuple):
    """Which elements are rows."""

    tag: str
    path: tuple[str, ...]
    """The elements that they lie in."""
    header: Header
    encoding: str


class _Parser:
    """What expat tells of one document: the elements with their attributes, as far as a feed may have them."""

    def __init__(self, where: str, encoding: str | None = None) -> None:
        self.found: list[tuple[str, Row]] = []
        self.path: list[str] = []
        self.encoding = encoding or ""
        self.is_over = False
        """Whether the document came to its end; more may follow in the file."""
        self._where = where
        self._names: set[str] = set()
        self._fed = 0
        self._expat = expat.ParserCreate(encoding)
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.XmlDeclHandler = self._declared
        self._expat.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes | memoryview, *, last: bool = False) -> None:
        """Parse on; raises ExpatError where the document is none."""
        try:
            self._expat.Parse(piece, last)
        except (LookupError, ValueError) as error:  # of an encoding that is no text, or has more than 256 letters
            raise FeedError(f"{self._where} is in an encoding that is not read ({error}); convert it") from error
        self._fed += len(piece)
        if self._fed - self._expat.CurrentByteIndex > MOST_BYTES:
            raise FeedError(f"{self._where}: a tag does not end in {MOST_BYTES:,} bytes; expected rows of a feed")
        if len(self._names) > _MOST_NAMES:
            raise FeedError(f"{self._where} has more than {_MOST_NAMES:,} names of elements and attributes")

    def place(self) -> int:
        """Return where the error was, in bytes from the start of the piece that was fed last; before it if negative."""
        return self._expat.ErrorByteIndex - self._fed

    def _start(self, tag: str, attributes: Row) -> None:
        self.found.append((tag, attributes))
        self.path.append(tag)
        self._names.add(tag)
        self._names.update(attributes)
        if len(self.path) > _MOST_DEPTH:
            raise FeedError(f"{self._where}: elements lie in each other more than {_MOST_DEPTH} deep; expected rows")

    def _end(self, _tag: str) -> None:
        self.path.pop()
        self.is_over = not self.path

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = self.encoding or encoding or ""

    def _refuse(self, *_about: object) -> None:
        raise FeedError(
            f"{self._where} declares a document type (DOCTYPE), whose entities can grow without end or reach for other "
            "files, and which no feed needs; take that declaration out if you trust the file"
        )


def layouts(head: bytes, where: str) -> Iterator[XmlLayout]:
    """Yield the elements that could be rows in an XML stream that begins with ``head``, in their order.

    Raises
    ------
    FeedError
        When it declares a document type, or is larger than a feed in some other way.

    """
    parser = _Watch(where)
    with suppress(expat.ExpatError):  # damaged, or no XML: what came before tells
        parser.feed(head.lstrip())
    for tag, (path, rows) in parser.kinds.items():
        names = tuple(dict.fromkeys(name for row in rows for name in row))
        yield XmlLayout(tag, path, Header(names, rows[0]), parser.encoding)


class _Watch(_Parser):
    """Remembers the first elements of each kind that has attributes, and what they lie in."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.kinds: dict[str, tuple[tuple[str, ...], list[Row]]] = {}

    def _start(self, tag: str, attributes: Row) -> None:
        if len(attributes) > 1:
            _, rows = self.kinds.setdefault(tag, (tuple(self.path), []))
            if len(rows) < _SAMPLE:
                rows.append(attributes)
        super()._start(tag, attributes)


@dataclass
class XmlSource:
    """One XML stream, bound to a dialect."""

    member: Member
    binding: Binding
    layout: XmlLayout
    complete: bool = True
    """False once the stream turned out to be cut off."""
    notes: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def __post_init__(self) -> None:
        """Prepare the search for the next row behind a damaged one."""
        self._parser: _Parser | None = _Parser(self.member.where)
        self._rest = b""
        self._damaged = 0
        self._row_tag = re.compile(rb"<" + re.escape(self._encoded(self.layout.tag)) + rb"(?=[\s/>])")

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, some 24 MB of text at a time."""
        rows, rejects, size = list[tuple[int, Row]](), list[Reject](), 0
        last = b""
        for last in self._pieces():
            rejects += self._read(last, rows)
            size += len(last)
            if size >= CHUNK_BYTES or len(rows) >= CHUNK_ROWS:
                yield self._chunk(rows, rejects)
                rows, rejects, size = [], [], 0
        rejects += self._close(last)
        yield self._chunk(rows, rejects)

    def _read(self, piece: bytes, rows: list[tuple[int, Row]]) -> list[Reject]:
        """Take the rows of a piece; return what is damaged in it."""
        at, rejects, most = 0, list[Reject](), len(self._encoded(self.layout.tag)) + 2
        if self._parser is None:  # the next row may begin at the end of the last piece
            piece, self._rest = self._rest + piece, b""
        while at < len(piece):
            is_new = self._parser is None
            if self._parser is None:
                match = self._row_tag.search(piece, at)
                if match is None:
                    break
                at, self._parser = match.start(), self._again()
            parser, damage = self._parser, None
            try:
                parser.feed(memoryview(piece)[at:])
            except expat.ExpatError as error:
                damage = error
            self._take(parser, rows)
            if damage is None:
                break
            place = at + parser.place()
            if place < 0:
                piece, place = self._rest + piece, place + len(self._rest)
            if parser.is_over:
                self.notes["more follows behind the end of a document; the rows in it were read"] += 1
            else:
                rejects.append(self._reject(damage, piece, place))
            # Where the next row may begin: an error within a tag is at its place, or at the beginning of the tag.
            at = max(place if parser.is_over or damage.code == _INVALID else place + 1, at + 1 if is_new else 0)
            self._parser = None
        begin = max(at if self._parser is None else 0, len(piece) - most)
        self._rest = (piece if begin or self._parser is None else self._rest + piece)[begin:][-most:]
        return rejects

    def _reject(self, damage: expat.ExpatError, piece: bytes, place: int) -> Reject:
        self._damaged += 1
        if self._damaged > max(_MOST_DAMAGED, self.rows // 2):
            raise FeedError(f"{self.member.where}: most rows are no XML ({damage}); fetch it again")
        self.rows += 1
        begin = max(piece.rfind(b"<", 0, max(place, 0) + 1), 0)
        return Reject(self.rows, "xml", f"{damage}; expected well-formed XML", self._shown(piece[begin:]))

    def _again(self) -> _Parser:
        """Return a parser that stands before a row."""
        parser = _Parser(self.member.where, self.layout.encoding or None)
        parser.feed(b"".join(b"<" + self._encoded(tag) + b">" for tag in self.layout.path))
        parser.found.clear()
        return parser

    def _take(self, parser: _Parser, rows: list[tuple[int, Row]]) -> None:
        for tag, attributes in parser.found:
            if tag == self.layout.tag:
                self.rows += 1
                rows.append((self.rows, attributes))
        parser.found.clear()

    def _close(self, last: bytes) -> list[Reject]:
        """Find out whether the document ends; of a tag that does not, account for its beginning."""
        if self._parser is None:
            return []
        try:
            self._parser.feed(b"", last=True)
        except expat.ExpatError as error:
            self.complete = False
            if error.code == _UNCLOSED:
                self.rows += 1
                text = self._shown(last[max(last.rfind(b"<"), 0) :])
                return [Reject(self.rows, "truncated", "the file is cut off within this row", text)]
        return []

    def _pieces(self) -> Iterator[bytes]:
        """Yield the bytes from the first tag on."""
        with damage_told(self.member), self.member.open() as stream:
            try:
                piece = stream.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8).lstrip()
                while not piece and (piece := stream.read1(_PIECE)):
                    piece = piece.lstrip()
                while piece:
                    yield piece
                    piece = stream.read1(_PIECE)
            except EOFError:
                self.complete = False

    def _chunk(self, rows: list[tuple[int, Row]], rejects: list[Reject]) -> Chunk:
        nulls = self.binding.dialect.nulls
        columns = {}
        for name, i in self.binding.columns.items():
            source = self.binding.header[i]
            columns[name] = without_null_texts(pa.array([row.get(source) for _, row in rows], pa.string()), nulls)

        def raw(row: int) -> str:
            told = " ".join(f'{name}="{value}"' for name, value in rows[row][1].items())
            return f"<{self.layout.tag} {told}>"

        return Chunk(columns, np.array([number for number, _ in rows], dtype=np.int64), raw, rejects)

    def _encoded(self, text: str) -> bytes:
        return text.encode(self.layout.encoding or "utf-8")

    def _shown(self, text: bytes) -> str:
        return text[:1000].decode(self.layout.encoding or "utf-8", errors="replace")
