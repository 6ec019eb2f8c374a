"""AISdb databases: SQLite tables of position reports and of static reports, one of each a month, read in batches.

The file is opened as one that nobody changes: nothing is written to it or beside it. It may come from anybody, so only
plain tables of the known names are read, with a limit to what a row can hold.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from darkships.errors import FeedError
from darkships.feed.binding import Binding, Header
from darkships.feed.casts import without_null_texts
from darkships.feed.containers import Member
from darkships.feed.containers.names import shown
from darkships.feed.json_rows import to_array
from darkships.feed.rows import Chunk

BATCH_ROWS = 16_384
MAGIC = b"SQLite format 3\0"

_MOST_BYTES = 16 * 1024
"""Of a row, or of a table's definition."""

_TABLE = re.compile(r"ais_\d{6}_(?P<kind>dynamic|static)")
_NEEDED = {"dynamic": ("mmsi", "time", "longitude", "latitude"), "static": ("mmsi", "time")}
_SHOWN_TABLES = 20
_UNFINISHED = ("-wal", "-journal")
"""What SQLite adds to the name of a file for one beside it that holds what is not in it yet, or no longer."""


@dataclass
class SqliteSource:
    """The tables of an AISdb database, bound to a dialect: static reports are rows without a position."""

    member: Member
    binding: Binding
    tables: Sequence[str]
    complete: bool = True
    notes: Counter[str] = field(default_factory=Counter)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows, table by table, in batches of at most BATCH_ROWS."""
        first = 1
        sources = {name: self.binding.header[i] for name, i in self.binding.columns.items()}
        with _database(self.member) as database:
            for table in self.tables:
                there = set(_columns(database, table))
                wanted = {name: source for name, source in sources.items() if source in there}
                listed = ", ".join(_quoted(source) for source in wanted.values())
                cursor = database.execute(f"SELECT {listed} FROM {table}")
                while rows := cursor.fetchmany(BATCH_ROWS):
                    yield self._chunk(rows, list(wanted), first)
                    first += len(rows)

    def _chunk(self, rows: Sequence[tuple[Any, ...]], names: Sequence[str], first: int) -> Chunk:
        nulls = self.binding.dialect.nulls
        columns = {
            name: without_null_texts(to_array(list(values)), nulls)
            for name, values in zip(names, zip(*rows, strict=True), strict=True)
        }

        def raw(row: int) -> str:
            return ",".join("" if value is None else str(value) for value in rows[row])

        return Chunk(columns, np.arange(first, first + len(rows)), raw)


def header(member: Member) -> tuple[Header, tuple[str, ...]]:
    """Return the columns of all tables that are read, with the first row of the first, and the tables.

    Raises
    ------
    FeedError
        When the file is damaged, is not closed, holds no table of AISdb's, or one that lacks a column.

    """
    with _database(member) as database:
        # A virtual table and a view have no pages of their own: what they give can come from anywhere.
        listed = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")
        names = [str(name) for (name,) in listed]
        tables = tuple(name for name in names if _TABLE.fullmatch(name))
        if not tables:
            told = ", ".join(shown(name) for name in names[:_SHOWN_TABLES]) or "none"
            more = f" and {len(names) - _SHOWN_TABLES} more" if len(names) > _SHOWN_TABLES else ""
            raise FeedError(
                f"{member.where} is an SQLite database with the tables {told}{more}; expected a GeoPackage, or "
                "AISdb's ais_YYYYMM_dynamic and ais_YYYYMM_static. Export the table with the positions as CSV"
            )
        columns = {table: _columns(database, table) for table in tables}
        for table, found in columns.items():
            _check_columns(table, found, member.where)
        row = database.execute(f"SELECT * FROM {tables[0]} LIMIT 1").fetchone() or ()
    first = {name: "" if value is None else str(value) for name, value in zip(columns[tables[0]], row, strict=False)}
    return Header(tuple(dict.fromkeys(name for found in columns.values() for name in found)), first), tables


def _check_columns(table: str, found: Sequence[str], where: str) -> None:
    match = _TABLE.fullmatch(table)
    missing = [name for name in _NEEDED[match["kind"] if match else "static"] if name not in found]
    if missing:
        raise FeedError(
            f"{where}: table {table} has no column {', '.join(missing)}; expected the tables that AISdb makes. "
            f"Found: {', '.join(map(shown, found))[:400]!r}"
        )


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [str(name) for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _database(member: Member) -> Iterator[sqlite3.Connection]:
    """Open a database to be read only; it may be used in one thread after the other."""
    with member.local() as path:
        for ending in _UNFINISHED:
            _refuse_unfinished(Path(f"{path}{ending}"), member.where)
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as database:
                database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
                database.execute("PRAGMA trusted_schema = OFF")
                database.text_factory = lambda text: text.decode(errors="replace")
                yield database
        except sqlite3.Error as error:
            raise FeedError(f"{member.where} is a damaged SQLite database ({error}); fetch it again") from error


def _refuse_unfinished(beside: Path, where: str) -> None:
    if beside.is_file() and beside.stat().st_size:
        raise FeedError(
            f"{where} is being written to, or was not closed: {shown(beside.name)} beside it holds a part of it. "
            "Close the program that writes it, or open it once with sqlite3 and quit, then ingest it again"
        )
