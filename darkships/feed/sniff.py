"""What a stream is, told by its first bytes and its header; never by its name."""

import codecs
import csv
import re
from collections.abc import Mapping

from darkships.errors import FeedError
from darkships.feed.binding import Binding, bind, bind_map, recognise
from darkships.feed.containers import Member, head
from darkships.feed.csv_source import MAX_LINE, CsvSource
from darkships.feed.dialects import DELIMITERS, FORMATS, find_dialect, known_formats
from darkships.feed.parquet_source import ParquetSource, header

_NMEA = re.compile(rb"![A-Z-]{2}VD[MO],\d|\$PGHP,\d|^(?:\\[^\\\n]*\\)?[!$][A-Z]{2}[A-Z0-9]{2,4},", re.MULTILINE)
_DATED = re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}", re.ASCII)
_FOREIGN = {
    b"PK\x03\x04": "a zip archive inside an archive",
    b"SQLite format 3\0": "an SQLite or GeoPackage file",
    b"%PDF": "a PDF document",
    b"<": "XML or HTML",
    b"{": "JSON",
    b"[": "JSON",
    codecs.BOM_UTF16_LE: "text in UTF-16",
    codecs.BOM_UTF16_BE: "text in UTF-16",
}


def sniff(member: Member, format_: str, column_map: Mapping[str, str] | None) -> CsvSource | ParquetSource | None:
    """Find out how to read a stream; None is an NMEA log.

    Raises
    ------
    FeedError
        When it is nothing that is known, with what was found.

    """
    start = head(member).removeprefix(codecs.BOM_UTF8)
    if not start.strip():
        raise FeedError(f"{member.where} is empty; expected an AIS feed")
    if start.startswith(b"PAR1"):
        names = header(member)
        return ParquetSource(member, _bind(names, member.where, format_, column_map))
    if start[257:262] == b"ustar":
        raise FeedError(f"{member.where} is a tar archive; extract it first")
    if format_ == "nmea" or (format_ == "auto" and _NMEA.search(start)):
        return None
    _refuse_foreign(start, member.where)
    return _sniff_csv(start, member, format_, column_map)


def _sniff_csv(start: bytes, member: Member, format_: str, column_map: Mapping[str, str] | None) -> CsvSource:
    lines = start.replace(b"\r\n", b"\n").replace(b"\0", b"").split(b"\n")
    above = next(i for i, line in enumerate(lines) if line.strip())
    first = _decoded(lines[above][:MAX_LINE])
    headerless = None if column_map else _headerless(first, member, format_)
    if headerless is not None:
        return CsvSource(member, headerless, headerless.dialect.delimiter, above)
    delimiter, names = max(((d, _fields(first, d)) for d in DELIMITERS), key=lambda found: len(found[1]))
    binding = _bind(names, member.where, format_, column_map)
    dialect = binding.dialect
    if dialect.name != "mapped" and delimiter != dialect.delimiter:
        raise FeedError(
            f"{member.where}: format {dialect.name} separates fields by {DELIMITERS[dialect.delimiter]}, this file "
            f"seems to use {DELIMITERS[delimiter]}. Header found: {first[:400]!r}. Export it again, or use --map"
        )
    return CsvSource(member, binding, delimiter, above + 1)


def _bind(names: list[str], where: str, format_: str, column_map: Mapping[str, str] | None) -> Binding:
    if column_map:
        return bind_map(column_map, names, where)
    dialect = find_dialect(format_)
    if dialect is not None:
        return bind(dialect, names, where)
    if format_ not in {"auto", "mapped"}:
        raise FeedError(
            f"format {format_!r} is not known; expected auto or {', '.join(n for n, _, _ in known_formats())}"
        )
    return recognise(names, where)


def _headerless(line: str, member: Member, format_: str) -> Binding | None:
    """Bind a format whose files have no header: right number of fields, and a date in the first."""
    for dialect in FORMATS:
        fields = _fields(line, dialect.delimiter)
        if len(fields) in dialect.widths and format_ in {"auto", dialect.name} and _DATED.fullmatch(fields[0]):
            return bind(dialect, dialect.names[: len(fields)], member.where)
    return None


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:
        return line.split(delimiter)


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _refuse_foreign(start: bytes, where: str) -> None:
    kind = next((name for magic, name in _FOREIGN.items() if start.lstrip().startswith(magic)), None)
    if kind is None and sum(start.count(c) for c in range(9)) > len(start) // 50:
        kind = "binary data"
    if kind is not None:
        names = ", ".join(name for name, _, _ in known_formats())
        raise FeedError(f"{where} is {kind}; expected one of the formats {names} (extract or convert it first)")
