"""The catalog: which parts count, which files they come from, and the version; one SQLite file."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

from darkships.errors import StoreError
from darkships.positions.parts import Part

SCHEMA_VERSION = 2
_APPLICATION_ID = 0x44534850  # "DSHP"
_TIMEOUT_S = 600.0
_CATALOG, _LOCK = "catalog.sqlite", "lock.sqlite"

_TABLES = f"""
PRAGMA application_id = {_APPLICATION_ID};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE parts (
    path TEXT PRIMARY KEY, kind TEXT NOT NULL, date TEXT, rows INTEGER NOT NULL,
    min_timestamp INTEGER, max_timestamp INTEGER, min_mmsi INTEGER, max_mmsi INTEGER,
    bytes INTEGER NOT NULL, checksum TEXT NOT NULL, file_id INTEGER, added_version INTEGER NOT NULL
);
CREATE TABLE sources (
    file_id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, content_hash TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL, format TEXT NOT NULL, rows_read INTEGER NOT NULL, kept INTEGER NOT NULL,
    duplicates INTEGER NOT NULL, contacts INTEGER NOT NULL, statics INTEGER NOT NULL,
    quarantined INTEGER NOT NULL, skipped INTEGER NOT NULL, reasons TEXT NOT NULL, added_version INTEGER NOT NULL
);
INSERT INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}'), ('version', '0'), ('label', '');
"""

_PART_COLUMNS = ", ".join(f.name for f in fields(Part))


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
    """One file as it was offered."""

    file_id: int
    name: str
    path: str
    content_hash: str
    bytes: int
    format: str


class Catalog:
    """Reads and commits; every operation has a connection of its own, so that threads may share a catalog."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @staticmethod
    def exists(root: Path) -> bool:
        """Tell whether a folder has a catalog."""
        return (root / _CATALOG).is_file()

    @staticmethod
    def create(root: Path) -> None:
        """Make a store in an empty folder; who comes second finds it made."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            strange = sorted(path.name for path in root.iterdir() if not path.name.startswith((_CATALOG, _LOCK)))
            if strange:
                raise StoreError(
                    f"{root} is no store (it has no {_CATALOG}) but holds {strange[0]!r}; name a new or empty folder"
                )
            with _explained(root), _lock(root, exclusive=True):
                if not Catalog.exists(root):
                    _make(root)
        except OSError as error:
            raise StoreError(f"a store cannot be made in {root} ({error.strerror}); choose another folder") from error

    def check(self) -> None:
        """Refuse what is no catalog of ours, or one that this version cannot read."""
        with self.reading() as connection:
            found = connection.execute("PRAGMA application_id").fetchone()[0]
            if found != _APPLICATION_ID:
                raise StoreError(f"{self._root / _CATALOG} was not made by darkships; name another folder")
            version = int(_meta(connection, "schema_version"))
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"{self._root} is a store of schema version {version}, this darkships reads {SCHEMA_VERSION}; "
                "use the darkships that made it or a later one, or ingest the feeds into a new store"
            )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection that sees one version throughout; no write access is needed."""
        with _explained(self._root), closing(self._open_to_read()) as connection:
            connection.execute("BEGIN")
            yield connection

    def _open_to_read(self) -> sqlite3.Connection:
        uri = (self._root / _CATALOG).resolve().as_uri()
        if os.access(self._root, os.W_OK):
            return _connect(f"{uri}?mode=rw")  # a reader, too, needs to make SQLite's shared-memory file
        wal = self._root / f"{_CATALOG}-wal"
        if not wal.exists() or not wal.stat().st_size:
            return _connect(f"{uri}?immutable=1")  # no journal: the file itself is the whole truth
        return _connect(f"{uri}?mode=ro")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the one write transaction there is and commit it as the next version.

        Nothing changes on an error, or if the caller rolls back.
        """
        uri = (self._root / _CATALOG).resolve().as_uri()
        with _explained(self._root), closing(_connect(f"{uri}?mode=rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            if connection.in_transaction:
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'version'")
                connection.commit()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep ``vacuum`` away while files are read or written; it is the system that ends this if we crash."""
        if not os.access(self._root, os.W_OK):
            yield
            return
        with _explained(self._root), _lock(self._root, exclusive=False):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody reads or writes files, and keep them waiting."""
        with _explained(self._root), _lock(self._root, exclusive=True):
            yield

    def meta(self, key: str) -> str:
        """Return one of the values ``version``, ``label``, ``schema_version``."""
        with self.reading() as connection:
            return _meta(connection, key)

    def set_label(self, label: str) -> None:
        """Say what kind of data this is; a commit if it is news."""
        if label != self.meta("label"):
            with self.writing() as connection:
                connection.execute("UPDATE meta SET value = ? WHERE key = 'label'", (label,))

    def parts(self, kind: str, where: str = "1", values: tuple[object, ...] = ()) -> list[Part]:
        """Return the parts that count, by date and path."""
        query = f"SELECT {_PART_COLUMNS} FROM parts WHERE kind = ? AND ({where}) ORDER BY date, path"
        with self.reading() as connection:
            return [Part(*row) for row in connection.execute(query, (kind, *values))]

    def formats(self) -> list[str]:
        """Return the names of the formats that the store's files had."""
        with self.reading() as connection:
            return [str(name) for (name,) in connection.execute("SELECT DISTINCT format FROM sources ORDER BY format")]

    def counts_of(self, content_hash: str) -> IngestCounts | None:
        """Return what became of a file with this content, None if there was none."""
        with self.reading() as connection:
            return counts_of(connection, content_hash)

    def free_file_id(self, wanted: int) -> int:
        """Return the wanted number of a source, or the next one that is free."""
        with self.reading() as connection:
            while connection.execute("SELECT 1 FROM sources WHERE file_id = ?", (wanted,)).fetchone():
                wanted = (wanted + 1) % 2**31
        return wanted


def counts_of(connection: sqlite3.Connection, content_hash: str) -> IngestCounts | None:
    """Return what became of a file with this content, None if there was none."""
    query = "SELECT rows_read, kept, duplicates, contacts, statics, reasons FROM sources WHERE content_hash = ?"
    row = connection.execute(query, (content_hash,)).fetchone()
    return IngestCounts(*row[:-1], **json.loads(row[-1])) if row else None


def add_parts(connection: sqlite3.Connection, parts: list[Part], file_id: int | None) -> None:
    """List parts from the version on that is being committed."""
    version = int(_meta(connection, "version")) + 1
    marks = ", ".join("?" * (len(fields(Part)) + 2))
    rows = [(*astuple(part), file_id, version) for part in parts]
    connection.executemany(f"INSERT INTO parts ({_PART_COLUMNS}, file_id, added_version) VALUES ({marks})", rows)


def add_source(connection: sqlite3.Connection, source: Source, counts: IngestCounts) -> None:
    """Remember a file and what became of its rows."""
    version = int(_meta(connection, "version")) + 1
    reasons = json.dumps({"quarantined": counts.quarantined, "skipped": counts.skipped}, sort_keys=True)
    connection.execute(
        f"INSERT INTO sources VALUES ({', '.join('?' * 15)})",
        (
            *astuple(source), counts.rows_read, counts.kept, counts.duplicates, counts.contacts, counts.statics,
            sum(counts.quarantined.values()), sum(counts.skipped.values()), reasons, version,
        ),
    )  # fmt: skip


def _meta(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0])


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _make(root: Path) -> None:
    """Make the catalog under a passing name, whole, and give it its own."""
    passing = root / f"{_CATALOG}.new"
    passing.unlink(missing_ok=True)
    with closing(sqlite3.connect(passing, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
    passing.replace(root / _CATALOG)


@contextmanager
def _lock(root: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold the store's lock: many may share it, or one has it alone. SQLite's own locks work on every system."""
    with closing(sqlite3.connect(root / _LOCK, timeout=_TIMEOUT_S, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE" if exclusive else "BEGIN")
        connection.execute("SELECT * FROM sqlite_master").fetchall()
        yield


@contextmanager
def _explained(root: Path) -> Iterator[None]:
    """Turn an error of SQLite into one that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise StoreError(
                f"{root} has been in use by another darkships for {_TIMEOUT_S:.0f} s; run again"
            ) from error
        raise StoreError(
            f"the catalog of {root} cannot be used ({error}); if the disk is full or the folder may not be written, "
            "mend that; if the file is damaged, ingest the feeds into a new store"
        ) from error
