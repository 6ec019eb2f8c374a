"""The catalog of a store in a folder: one SQLite file, to which every change is one commit."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, fields
from pathlib import Path

from darkships.errors import StoreError
from darkships.positions.listing import (
    APPLICATION_ID,
    CATALOG,
    PART_COLUMNS,
    SCHEMA_VERSION,
    TIMEOUT_S,
    IngestCounts,
    Listing,
    Source,
    explained,
    version_of,
)
from darkships.positions.parts import Part, sync_folder

_LOCK = "lock.sqlite"

_LISTED = """(
    path TEXT PRIMARY KEY, kind TEXT NOT NULL, date TEXT, rows INTEGER NOT NULL,
    min_timestamp INTEGER, max_timestamp INTEGER, min_mmsi INTEGER, max_mmsi INTEGER,
    bytes INTEGER NOT NULL, checksum TEXT NOT NULL, file_id INTEGER, added_version INTEGER NOT NULL
)"""
_TABLES = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE parts {_LISTED};
CREATE TABLE expired {_LISTED};
CREATE TABLE sources (
    file_id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, content_hash TEXT NOT NULL,
    bytes INTEGER NOT NULL, format TEXT NOT NULL, reading TEXT NOT NULL, window TEXT NOT NULL,
    head_hash TEXT NOT NULL, continues INTEGER, rows_so_far INTEGER, carry TEXT,
    rows_read INTEGER NOT NULL, kept INTEGER NOT NULL,
    duplicates INTEGER NOT NULL, contacts INTEGER NOT NULL, statics INTEGER NOT NULL,
    quarantined INTEGER NOT NULL, skipped INTEGER NOT NULL, reasons TEXT NOT NULL, added_version INTEGER NOT NULL,
    UNIQUE (content_hash, reading, window)
);
CREATE INDEX sources_by_head ON sources (head_hash);
CREATE INDEX sources_by_bytes ON sources (bytes);
INSERT INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}'), ('version', '0'), ('label', ''), ('merged', '0'),
    ('closed_before', ''), ('expired_version', '0');
"""


class Catalog(Listing):
    """Reads and commits."""

    _root: Path

    def __init__(self, root: Path, label: str | None = None) -> None:
        super().__init__(root)
        self._planned_label = label
        """Of a store that is not made yet; None if there must be one."""

    @staticmethod
    def exists(root: Path) -> bool:
        """Tell whether a folder has a catalog."""
        return (root / CATALOG).is_file()

    @staticmethod
    def create(root: Path) -> None:
        """Make a store in an empty folder; who comes second finds it made."""
        try:
            Catalog.check_room(root)
            root.mkdir(parents=True, exist_ok=True)
            sync_folder(root.parent)
            with explained(root), _lock(root, exclusive=True):
                if not Catalog.exists(root):
                    _make(root)
        except OSError as error:
            raise StoreError(f"a store cannot be made in {root} ({error.strerror}); choose another folder") from error

    @staticmethod
    def check_room(root: Path) -> None:
        """Refuse a folder in which a store cannot be made."""
        strange = sorted(path.name for path in root.iterdir()) if root.exists() else []
        strange = [name for name in strange if not name.startswith((CATALOG, _LOCK))]
        if strange and not Catalog.exists(root):
            raise StoreError(
                f"{root} is no store (it has no {CATALOG}) but holds {strange[0]!r}; name a new or empty folder"
            )
        above = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
        if not above.is_dir():
            raise StoreError(f"a store cannot be made in {root} ({above} is a file); choose another folder")

    def make(self) -> None:
        """Make the store that was planned, unless it is there."""
        if not Catalog.exists(self._root):
            Catalog.create(self._root)
        if self._planned_label:
            self.set_label(self._planned_label)
            self._planned_label = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection that sees one version throughout; no write access is needed."""
        with explained(self._root), closing(self._open_to_read()) as connection:
            connection.execute("BEGIN")
            yield connection

    def _open_to_read(self) -> sqlite3.Connection:
        if self._planned_label is not None and not Catalog.exists(self._root):
            return _connect_to_nothing(self._planned_label)
        uri = (self._root / CATALOG).resolve().as_uri()
        if os.access(self._root, os.W_OK):
            return _connect(f"{uri}?mode=rw")  # a reader, too, undoes what a crash left half done
        wal = self._root / f"{CATALOG}-wal"
        return _connect_to_look(uri, has_log=wal.exists() and wal.stat().st_size > 0)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the one write transaction there is and commit it as the next version.

        Nothing changes on an error, or if the caller rolls back.
        """
        uri = (self._root / CATALOG).resolve().as_uri()
        with explained(self._root), closing(_connect(f"{uri}?mode=rw")) as connection:
            with suppress(sqlite3.OperationalError):  # earlier versions made a log; while others read, it stays
                connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            if connection.in_transaction:
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'version'")
                connection.commit()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep ``vacuum`` away while files are read or written; it is the system that ends this if we crash."""
        if not os.access(self._root, os.W_OK) or not Catalog.exists(self._root):
            yield
            return
        with explained(self._root), _lock(self._root, exclusive=False):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody reads or writes files, and keep them waiting."""
        with explained(self._root), _lock(self._root, exclusive=True):
            yield

    def set_label(self, label: str) -> None:
        """Say what kind of data this is; a commit if it is news."""
        if self._planned_label is not None and not Catalog.exists(self._root):
            self._planned_label = label
        elif label != self.meta("label"):
            with self.writing() as connection:
                connection.execute("UPDATE meta SET value = ? WHERE key = 'label'", (label,))


def add_parts(connection: sqlite3.Connection, parts: list[Part], file_id: int | None) -> None:
    """List parts from the version on that is being committed."""
    version = version_of(connection) + 1
    marks = ", ".join("?" * (len(fields(Part)) + 2))
    rows = [(*astuple(part), file_id, version) for part in parts]
    connection.executemany(f"INSERT INTO parts ({PART_COLUMNS}, file_id, added_version) VALUES ({marks})", rows)


def replace_parts(connection: sqlite3.Connection, old: list[Part], new: list[Part]) -> bool:
    """List parts in place of others and keep account of the reports that became one; False if some are gone already."""
    removed = connection.executemany("DELETE FROM parts WHERE path = ?", [(part.path,) for part in old]).rowcount
    if removed != len(old):
        return False
    add_parts(connection, new, None)
    before, after = (sum(part.rows for part in parts if part.kind == "positions") for parts in (old, new))
    connection.execute("UPDATE meta SET value = value + ? WHERE key = 'merged'", (before - after,))
    return True


def add_source(connection: sqlite3.Connection, source: Source, counts: IngestCounts) -> None:
    """Remember a file and what became of its rows."""
    version = version_of(connection) + 1
    reasons = json.dumps({"quarantined": counts.quarantined, "skipped": counts.skipped}, sort_keys=True)
    connection.execute(
        f"INSERT INTO sources VALUES ({', '.join('?' * (len(fields(Source)) + 9))})",
        (
            *astuple(source), counts.rows_read, counts.kept, counts.duplicates, counts.contacts, counts.statics,
            sum(counts.quarantined.values()), sum(counts.skipped.values()), reasons, version,
        ),
    )  # fmt: skip


def _connect_to_nothing(label: str) -> sqlite3.Connection:
    """Return the catalog of a store in which nothing is yet."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(_TABLES)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'label'", (label,))
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _connect_to_look(uri: str, *, has_log: bool) -> sqlite3.Connection:
    """Return a connection that needs no write access.

    In a catalog made by an earlier version SQLite looks for a write-ahead log; without one the file is the whole truth.
    """
    connection = _connect(f"{uri}?mode=ro")
    try:
        connection.execute("SELECT * FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        connection.close()
        if has_log or error.sqlite_errorcode not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY_DIRECTORY}:
            raise
        connection = _connect(f"{uri}?immutable=1")
    return connection


def _make(root: Path) -> None:
    """Make the catalog under a passing name, whole, and give it its own."""
    passing = root / f"{CATALOG}.new"
    for suffix in ("", "-journal"):
        passing.with_name(passing.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(passing, isolation_level=None)) as connection:
        connection.executescript(f"BEGIN; {_TABLES} COMMIT")
    passing.replace(root / CATALOG)
    sync_folder(root)


@contextmanager
def _lock(root: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold the store's lock: many may share it, or one has it alone. SQLite's own locks work on every system."""
    connection = sqlite3.connect(root / _LOCK, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False)
    with closing(connection):
        connection.execute("BEGIN EXCLUSIVE" if exclusive else "BEGIN")
        connection.execute("SELECT * FROM sqlite_master").fetchall()
        yield
