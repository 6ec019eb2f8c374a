"""What a stream is, told by its first bytes and its header; never by its name."""

import codecs
import csv
import re
from collections.abc import Mapping

from darkships.errors import FeedError
from darkships.feed.binding import Binding, Header, bind, choose, refuse_foreign
from darkships.feed.containers import Member, head
from darkships.feed.csv_source import MAX_LINE, CsvSource
from darkships.feed.dialects import DELIMITERS, FORMATS, Dialect, known_formats
from darkships.feed.json_layout import layouts
from darkships.feed.json_source import JsonSource
from darkships.feed.ogr_source import OgrSource, is_ogr
from darkships.feed.ogr_source import header as ogr_header
from darkships.feed.parquet_source import ParquetSource
from darkships.feed.parquet_source import header as parquet_header
from darkships.feed.sqlite_source import MAGIC as SQLITE
from darkships.feed.sqlite_source import SqliteSource
from darkships.feed.sqlite_source import header as sqlite_header
from darkships.feed.xml_source import XmlSource
from darkships.feed.xml_source import layouts as xml_layouts

Tabular = CsvSource | ParquetSource | JsonSource | OgrSource | SqliteSource | XmlSource
"""What has rows with named columns."""

_NMEA = re.compile(rb"![A-Z-]{2}VD[MO],\d|\$PGHP,\d|^(?:\\[^\\\n]*\\)?[!$][A-Z]{2}[A-Z0-9]{2,4},", re.MULTILINE)
_JSON = re.compile(rb"\s*(?:\{|\[\s*[\[{\]])")
_HTML = re.compile(rb"\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)
_DATED = re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}", re.ASCII)
_OFAC_FIELDS = 12
_MOST_COLUMNS = 300
_FOREIGN = {
    b"PK\x03\x04": "a zip archive inside an archive",
    b"%PDF": "a PDF document",
    b"<": "HTML",
    codecs.BOM_UTF16_LE: "text in UTF-16",
    codecs.BOM_UTF16_BE: "text in UTF-16",
}


def sniff(member: Member, format_: str, column_map: Mapping[str, str] | None) -> Tabular | None:
    """Find out how to read a stream; None is an NMEA log.

    Raises
    ------
    FeedError
        When it is nothing that is known, with what was found.

    """
    if member.parts:
        return _sniff_points(member, format_, column_map)
    start = head(member).removeprefix(codecs.BOM_UTF8)
    if not start.strip():
        raise FeedError(f"{member.where} is empty; expected an AIS feed")
    table = _sniff_table(start, member, format_, column_map)
    if table is not None:
        return table
    if start[257:262] == b"ustar":
        raise FeedError(f"{member.where} is a tar archive; extract it first")
    is_json = _JSON.match(start) is not None
    if format_ == "nmea" or (format_ == "auto" and not is_json and _NMEA.search(start)):
        return None
    if is_json:
        return _sniff_json(start, member, format_, column_map)
    if start.lstrip().startswith(b"<") and not _HTML.match(start):
        return _sniff_xml(start, member, format_, column_map)
    _refuse_foreign(start, member.where)
    return _sniff_csv(start, member, format_, column_map)


def _sniff_table(
    start: bytes, member: Member, format_: str, column_map: Mapping[str, str] | None
) -> ParquetSource | OgrSource | SqliteSource | None:
    """Take a file whose columns have types; None is text."""
    if start.startswith(b"PAR1"):
        names, geometry = parquet_header(member)
        return ParquetSource(member, choose(names, member.where, format_, column_map), geometry)
    if is_ogr(start):
        return _sniff_points(member, format_, column_map)
    if start.startswith(SQLITE):
        names, tables = sqlite_header(member)
        return SqliteSource(member, choose(names, member.where, format_, column_map), tables)
    return None


def _sniff_points(member: Member, format_: str, column_map: Mapping[str, str] | None) -> OgrSource:
    names, points = ogr_header(member)
    return OgrSource(member, choose(names, member.where, format_, column_map), points)


def _sniff_json(start: bytes, member: Member, format_: str, column_map: Mapping[str, str] | None) -> JsonSource:
    """Take the first place in the document whose rows are something that is known."""
    problem: FeedError | None = None
    for layout in layouts(start):
        try:
            return JsonSource(member, choose(layout.header, member.where, format_, column_map), layout)
        except FeedError as error:
            problem = problem or error
            refuse_foreign(layout.header.folded(), member.where)
    raise problem or FeedError(
        f"{member.where} is JSON without objects in its first {len(start):,} bytes, or damaged; expected one object a "
        f"line, or a list of objects. It begins {start[:60].decode(errors='replace')!r}"
    )


def _sniff_xml(start: bytes, member: Member, format_: str, column_map: Mapping[str, str] | None) -> XmlSource:
    """Take the first kind of element whose attributes are something that is known."""
    problem: FeedError | None = None
    for layout in xml_layouts(start, member.where):
        try:
            return XmlSource(member, choose(layout.header, member.where, format_, column_map), layout)
        except FeedError as error:
            problem = problem or error
    raise problem or FeedError(
        f"{member.where} is XML without elements that have attributes in its first {len(start):,} bytes, or damaged; "
        f"expected one element a report, as of AISHub. It begins {start[:60].decode(errors='replace')!r}"
    )


def _sniff_csv(start: bytes, member: Member, format_: str, column_map: Mapping[str, str] | None) -> CsvSource:
    lines = start.replace(b"\r\n", b"\n").replace(b"\0", b"").split(b"\n")
    above = next(i for i, line in enumerate(lines) if line.strip())
    first = _decoded(lines[above][:MAX_LINE])
    headerless = None if column_map else _headerless(first, member, format_)
    if headerless is not None:
        return CsvSource(member, headerless, headerless.dialect.delimiter, above)
    delimiter, names = max(((d, _fields(first, d)) for d in DELIMITERS), key=lambda found: len(found[1]))
    _refuse_sanctions(names, member.where)
    if len(names) > _MOST_COLUMNS:
        raise FeedError(f"{member.where} has {len(names):,} columns; expected at most {_MOST_COLUMNS} in a feed")
    row = next((line for line in lines[above + 1 :] if line.strip()), b"")
    values = dict(zip(names, _fields(_decoded(row[:MAX_LINE]), delimiter), strict=False)) if row else {}
    binding = choose(Header(tuple(names), values), member.where, format_, column_map)
    _check_delimiter(binding.dialect, delimiter, first, member.where)
    return CsvSource(member, binding, delimiter, above + 1)


def _check_delimiter(dialect: Dialect, delimiter: str, line: str, where: str) -> None:
    if dialect.name != "mapped" and delimiter != dialect.delimiter:
        raise FeedError(
            f"{where}: format {dialect.name} separates fields by {DELIMITERS[dialect.delimiter]}, this file "
            f"seems to use {DELIMITERS[delimiter]}. Header found: {line[:400]!r}. Export it again, or use --map"
        )


def _headerless(line: str, member: Member, format_: str) -> Binding | None:
    """Bind a format whose files have no header: right number of fields, and a date in the first."""
    for dialect in FORMATS:
        fields = _fields(line, dialect.delimiter)
        if len(fields) in dialect.widths and format_ in {"auto", dialect.name} and _DATED.fullmatch(fields[0]):
            return bind(dialect, Header(dialect.names[: len(fields)]), member.where)
    return None


def _refuse_sanctions(fields: list[str], where: str) -> None:
    """Refuse the SDN list of OFAC, which has no header: twelve fields, "-0-" for what is not available."""
    if len(fields) == _OFAC_FIELDS and fields[0].isdecimal() and ("vessel" in fields or "-0-" in fields):
        raise FeedError(f"{where} is no AIS feed: the SDN list of OFAC, sanctioned persons and vessels")


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
