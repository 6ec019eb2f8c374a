"""What a catalog tells: the parts that count, the files they come from, and the version."""

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, fields

from darkships.errors import StoreError
from darkships.positions.parts import Part
from darkships.remote import Place

CATALOG = "catalog.sqlite"
SCHEMA_VERSION = 4
APPLICATION_ID = 0x44534850  # "DSHP"
TIMEOUT_S = 600.0


@dataclass
class IngestCounts:
    """What became of the rows of one file."""

    rows_read: int = 0
    kept: int = 0
    """Rows that came into the positions table, contacts included."""
    duplicates: int = 0
    contacts: int = 0
    statics: int = 0
    """Intervals of unchanged identity."""
    quarantined: dict[str, int] = field(default_factory=dict)
    """Rows by reason."""
    skipped: dict[str, int] = field(default_factory=dict)
    """Rows by reason."""


@dataclass(frozen=True)
class Source:
    """What was taken of one file: its first bytes, or of a file that has grown those after ``continues``."""

    file_id: int
    name: str
    path: str
    content_hash: str
    """SHA-256 of the file's first ``bytes``: all of it, but for a last line that was not finished."""
    bytes: int
    format: str
    reading: str = ""
    """Options that decide what the bytes say; empty for none."""
    window: str = ""
    """Options that decide which reports are taken; empty for all."""
    head_hash: str = ""
    """SHA-256 of the first HEAD_SIZE of these bytes."""
    continues: int | None = None
    """The source that these bytes begin with and whose reports are not taken again."""
    rows_so_far: int | None = None
    """Rows in these bytes; None if the file cannot go on after them."""
    carry: str | None = None
    """What the reader must know of these bytes to go on."""


PART_COLUMNS = ", ".join(f.name for f in fields(Part))
SOURCE_COLUMNS = ", ".join(f.name for f in fields(Source))


class Listing(ABC):
    """A catalog to read; every operation has a connection of its own, so that threads may share it."""

    def __init__(self, root: Place) -> None:
        self._root = root

    def check(self) -> None:
        """Refuse what is no catalog of ours, or one that this version cannot read."""
        with self.reading() as connection:
            found = connection.execute("PRAGMA application_id").fetchone()[0]
            if found != APPLICATION_ID:
                raise StoreError(f"{self._root / CATALOG} was not made by darkships; name another folder")
            version = int(meta_of(connection, "schema_version"))
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"{self._root} is a store of schema version {version}, this darkships reads {SCHEMA_VERSION}; "
                "use the darkships that made it or a later one, or ingest the feeds into a new store"
            )

    @abstractmethod
    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection that sees one version throughout; no write access is needed."""

    @abstractmethod
    def in_use(self) -> AbstractContextManager[None]:
        """Keep ``vacuum`` away while files are read."""

    def meta(self, key: str) -> str:
        """Return one of the values that are there once, such as ``version``, ``label``, ``closed_before``."""
        with self.reading() as connection:
            return meta_of(connection, key)

    def parts(self, kind: str, where: str = "1", values: tuple[object, ...] = ()) -> list[Part]:
        """Return the parts that count, by date and path."""
        with self.reading() as connection:
            return parts_of(connection, kind, where, values)

    def expired(self) -> list[Part]:
        """Return the parts of positions that counted once, by date and path."""
        with self.reading() as connection:
            return parts_of(connection, "positions", table="expired")

    def formats(self) -> list[str]:
        """Return the names of the formats that the store's files had."""
        with self.reading() as connection:
            return [str(name) for (name,) in connection.execute("SELECT DISTINCT format FROM sources ORDER BY format")]

    def inputs(self, since: int) -> list[tuple[str, str]]:
        """Return name and content hash of the sources that came after a version, sorted."""
        query = "SELECT name, content_hash FROM sources WHERE added_version > ? ORDER BY name, content_hash"
        with self.reading() as connection:
            return connection.execute(query, (since,)).fetchall()

    def counts_of(self, content_hash: str) -> IngestCounts | None:
        """Return what became of a file with this content, read without options; None if there was none."""
        with self.reading() as connection:
            return counts_of(connection, content_hash, "", "")

    def candidates(self, *, reading: str, size: int, head_hash: str, head_size: int) -> tuple[int, list[Source]]:
        """Return the version, and the sources that may be the beginning of a file or all of it, by its size and head.

        Of less than ``head_size`` bytes no head is known: the whole must be compared.
        """
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {SOURCE_COLUMNS} FROM sources WHERE (head_hash = ? OR bytes < ?) AND reading = ? "
                "AND bytes <= ? AND (bytes = ? OR rows_so_far IS NOT NULL)",
                (head_hash, head_size, reading, size, size),
            )
            return version_of(connection), [Source(*row) for row in rows]

    def largest_at(self, path: str) -> int:
        """Return the bytes of the largest source that was read from a path; 0 if there is none."""
        query = "SELECT COALESCE(MAX(bytes), 0) FROM sources WHERE path = ?"
        with self.reading() as connection:
            return int(connection.execute(query, (path,)).fetchone()[0])

    def free_file_id(self, wanted: int) -> int:
        """Return the wanted number of a source, or the next one that is free."""
        with self.reading() as connection:
            while is_number_taken(connection, wanted):
                wanted = (wanted + 1) % 2**31
        return wanted


def parts_of(
    connection: sqlite3.Connection,
    kind: str,
    where: str = "1",
    values: tuple[object, ...] = (),
    *,
    table: str = "parts",
) -> list[Part]:
    """Return the parts that count, or those of another table, by date and path."""
    query = f"SELECT {PART_COLUMNS} FROM {table} WHERE kind = ? AND ({where}) ORDER BY date, path"
    return [Part(*row) for row in connection.execute(query, (kind, *values))]


def counts_of(connection: sqlite3.Connection, content_hash: str, reading: str, window: str) -> IngestCounts | None:
    """Return what became of a file with this content, read and chosen from alike; None if there was none."""
    row = connection.execute(
        "SELECT rows_read, kept, duplicates, contacts, statics, reasons FROM sources "
        "WHERE content_hash = ? AND reading = ? AND window = ?",
        (content_hash, reading, window),
    ).fetchone()
    return IngestCounts(*row[:-1], **json.loads(row[-1])) if row else None


def is_number_taken(connection: sqlite3.Connection, file_id: int) -> bool:
    """Tell whether a source has this number."""
    return connection.execute("SELECT 1 FROM sources WHERE file_id = ?", (file_id,)).fetchone() is not None


def sources_since(connection: sqlite3.Connection, version: int, reading: str) -> tuple[int, list[Source]]:
    """Return the version now, and the sources that were committed after another and read alike."""
    rows = connection.execute(
        f"SELECT {SOURCE_COLUMNS} FROM sources WHERE added_version > ? AND reading = ?", (version, reading)
    )
    return version_of(connection), [Source(*row) for row in rows]


def closed_before(connection: sqlite3.Connection) -> str:
    """Return the date of whose past no report is taken in any more; empty if there is none."""
    return meta_of(connection, "closed_before")


def meta_of(connection: sqlite3.Connection, key: str) -> str:
    """Return one of the values that are there once."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0])


def version_of(connection: sqlite3.Connection) -> int:
    """Return the number of commits so far."""
    return int(meta_of(connection, "version"))


@contextmanager
def explained(root: Place) -> Iterator[None]:
    """Turn an error of SQLite into one that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise StoreError(f"{root} has been in use by another darkships for {TIMEOUT_S:.0f} s; run again") from error
        raise StoreError(
            f"the catalog of {root} cannot be used ({error}); if the disk is full or the folder may not be written, "
            "mend that; if the file is damaged, ingest the feeds into a new store"
        ) from error
