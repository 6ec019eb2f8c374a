"""The catalog: which parts count, which files they come from, and the version; one SQLite file."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

from darkships.errors import StoreError
from darkships.positions.parts import Part, sync_folder

SCHEMA_VERSION = 4
_APPLICATION_ID = 0x44534850  # "DSHP"
_TIMEOUT_S = 600.0
_CATALOG, _LOCK = "catalog.sqlite", "lock.sqlite"

_LISTED = """(
    path TEXT PRIMARY KEY, kind TEXT NOT NULL, date TEXT, rows INTEGER NOT NULL,
    min_timestamp INTEGER, max_timestamp INTEGER, min_mmsi INTEGER, max_mmsi INTEGER,
    bytes INTEGER NOT NULL, checksum TEXT NOT NULL, file_id INTEGER, added_version INTEGER NOT NULL
)"""
_TABLES = f"""
PRAGMA application_id = {_APPLICATION_ID};
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


_PART_COLUMNS = ", ".join(f.name for f in fields(Part))
_SOURCE_COLUMNS = ", ".join(f.name for f in fields(Source))


class Catalog:
    """Reads and commits; every operation has a connection of its own, so that threads may share a catalog."""

    def __init__(self, root: Path, label: str | None = None) -> None:
        self._root = root
        self._planned_label = label
        """Of a store that is not made yet; None if there must be one."""

    @staticmethod
    def exists(root: Path) -> bool:
        """Tell whether a folder has a catalog."""
        return (root / _CATALOG).is_file()

    @staticmethod
    def create(root: Path) -> None:
        """Make a store in an empty folder; who comes second finds it made."""
        try:
            Catalog.check_room(root)
            root.mkdir(parents=True, exist_ok=True)
            sync_folder(root.parent)
            with _explained(root), _lock(root, exclusive=True):
                if not Catalog.exists(root):
                    _make(root)
        except OSError as error:
            raise StoreError(f"a store cannot be made in {root} ({error.strerror}); choose another folder") from error

    @staticmethod
    def check_room(root: Path) -> None:
        """Refuse a folder in which a store cannot be made."""
        strange = sorted(path.name for path in root.iterdir()) if root.exists() else []
        strange = [name for name in strange if not name.startswith((_CATALOG, _LOCK))]
        if strange and not Catalog.exists(root):
            raise StoreError(
                f"{root} is no store (it has no {_CATALOG}) but holds {strange[0]!r}; name a new or empty folder"
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
        if self._planned_label is not None and not Catalog.exists(self._root):
            return _connect_to_nothing(self._planned_label)
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
        if not os.access(self._root, os.W_OK) or not Catalog.exists(self._root):
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
        """Return one of the values that are there once, such as ``version``, ``label``, ``closed_before``."""
        with self.reading() as connection:
            return _meta(connection, key)

    def set_label(self, label: str) -> None:
        """Say what kind of data this is; a commit if it is news."""
        if self._planned_label is not None and not Catalog.exists(self._root):
            self._planned_label = label
        elif label != self.meta("label"):
            with self.writing() as connection:
                connection.execute("UPDATE meta SET value = ? WHERE key = 'label'", (label,))

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
                f"SELECT {_SOURCE_COLUMNS} FROM sources WHERE (head_hash = ? OR bytes < ?) AND reading = ? "
                "AND bytes <= ? AND (bytes = ? OR rows_so_far IS NOT NULL)",
                (head_hash, head_size, reading, size, size),
            )
            return _version(connection), [Source(*row) for row in rows]

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
    query = f"SELECT {_PART_COLUMNS} FROM {table} WHERE kind = ? AND ({where}) ORDER BY date, path"
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
        f"SELECT {_SOURCE_COLUMNS} FROM sources WHERE added_version > ? AND reading = ?", (version, reading)
    )
    return _version(connection), [Source(*row) for row in rows]


def add_parts(connection: sqlite3.Connection, parts: list[Part], file_id: int | None) -> None:
    """List parts from the version on that is being committed."""
    version = _version(connection) + 1
    marks = ", ".join("?" * (len(fields(Part)) + 2))
    rows = [(*astuple(part), file_id, version) for part in parts]
    connection.executemany(f"INSERT INTO parts ({_PART_COLUMNS}, file_id, added_version) VALUES ({marks})", rows)


def replace_parts(connection: sqlite3.Connection, old: list[Part], new: list[Part]) -> bool:
    """List parts in place of others and keep account of the reports that became one; False if some are gone already."""
    removed = connection.executemany("DELETE FROM parts WHERE path = ?", [(part.path,) for part in old]).rowcount
    if removed != len(old):
        return False
    add_parts(connection, new, None)
    before, after = (sum(part.rows for part in parts if part.kind == "positions") for parts in (old, new))
    connection.execute("UPDATE meta SET value = value + ? WHERE key = 'merged'", (before - after,))
    return True


def closed_before(connection: sqlite3.Connection) -> str:
    """Return the date of whose past no report is taken in any more; empty if there is none."""
    return _meta(connection, "closed_before")


def add_source(connection: sqlite3.Connection, source: Source, counts: IngestCounts) -> None:
    """Remember a file and what became of its rows."""
    version = _version(connection) + 1
    reasons = json.dumps({"quarantined": counts.quarantined, "skipped": counts.skipped}, sort_keys=True)
    connection.execute(
        f"INSERT INTO sources VALUES ({', '.join('?' * (len(fields(Source)) + 9))})",
        (
            *astuple(source), counts.rows_read, counts.kept, counts.duplicates, counts.contacts, counts.statics,
            sum(counts.quarantined.values()), sum(counts.skipped.values()), reasons, version,
        ),
    )  # fmt: skip


def _meta(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0])


def _version(connection: sqlite3.Connection) -> int:
    return int(_meta(connection, "version"))


def _connect_to_nothing(label: str) -> sqlite3.Connection:
    """Return the catalog of a store in which nothing is yet."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(_TABLES)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'label'", (label,))
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _make(root: Path) -> None:
    """Make the catalog under a passing name, whole, and give it its own."""
    passing = root / f"{_CATALOG}.new"
    for suffix in ("", "-wal", "-shm"):
        passing.with_name(passing.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(passing, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
    passing.replace(root / _CATALOG)
    sync_folder(root)


@contextmanager
def _lock(root: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold the store's lock: many may share it, or one has it alone. SQLite's own locks work on every system."""
    connection = sqlite3.connect(root / _LOCK, timeout=_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    with closing(connection):
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
