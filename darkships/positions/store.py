"""The store: position and static reports in Parquet parts, committed once by a catalog, never lost."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from darkships.errors import StoreError
from darkships.kernels import Array
from darkships.positions.catalog import Catalog, IngestCounts, Source
from darkships.positions.commits import Content, Delivery, FileCommit, OutrunError
from darkships.positions.dates import DateParts, dates_of
from darkships.positions.expiring import Expiry, expire
from darkships.positions.gathering import gather
from darkships.positions.ingesting import BUFFER_ROWS
from darkships.positions.parts import read_part
from darkships.positions.past import past_catalog
from darkships.positions.reading import Query, find_pieces, in_threads
from darkships.positions.statics import visible_statics
from darkships.positions.upkeep import StoreInfo, compact, describe, vacuum
from darkships.positions.verifying import Verdict, inspect
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch, Table

__all__ = ["Content", "Delivery", "IngestCounts", "OutrunError", "Source", "Store", "StoreInfo"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)

Vessels = int | Iterable[int]


class Store:
    """A folder of reports; open it with ``Store.open``.

    Reading needs no write access and sees one version throughout. Every change is one commit: the next version.
    """

    def __init__(self, path: Path, catalog: Catalog, *, read_only: bool) -> None:
        self.path = path
        self._catalog = catalog
        self._read_only = read_only

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False, read_only: bool = False) -> "Store":
        """Open a store.

        Parameters
        ----------
        path
            The store's folder.
        create
            Make the store if there is none.
        read_only
            Refuse every change.

        Raises
        ------
        StoreError
            If there is no store, the folder is something else, or the store is of another schema version.

        Examples
        --------
        >>> import tempfile
        >>> from darkships.positions.store import Store
        >>> Store.open(tempfile.mkdtemp(), create=True).version
        0

        """
        root = _folder(path)
        if not Catalog.exists(root):
            if not create or read_only:
                what = "is not a store (it has no catalog.sqlite)" if root.exists() else "does not exist"
                raise StoreError(f"{root} {what}; make a store with: darkships ingest FEED --store {root}")
            Catalog.create(root)
        catalog = Catalog(root)
        catalog.check()
        return cls(root, catalog, read_only=read_only)

    @classmethod
    def planned(cls, path: Path | str) -> "Store":
        """Open a store; if there is none, it is made when the first commit comes and holds nothing until then.

        Raises
        ------
        StoreError
            If a store cannot be made there, or the one that is there is of another schema version.

        """
        root = _folder(path)
        if Catalog.exists(root):
            return cls.open(root)
        Catalog.check_room(root)
        return cls(root, Catalog(root, label=""), read_only=False)

    def at_version(self, version: int) -> "Store":
        """Return the store, read only, as it was at an earlier version.

        Raises
        ------
        StoreError
            If there was none, or the store was compacted since.

        """
        return Store(self.path, past_catalog(self.path, self._catalog, version), read_only=True)

    @property
    def version(self) -> int:
        """Number of commits so far."""
        return int(self._catalog.meta("version"))

    @property
    def label(self) -> str:
        """What kind of data this is; empty for real data."""
        return self._catalog.meta("label")

    def set_label(self, label: str) -> None:
        """Say what kind of data this is (``synthetic``, ...); every output carries it."""
        self._require_writable()
        self._catalog.set_label(label)

    @property
    def formats(self) -> list[str]:
        """Names of the formats that its files had."""
        return self._catalog.formats()

    def inputs(self, since: int = 0) -> list[tuple[str, str]]:
        """Return name and content hash of what was taken in after a version, sorted."""
        return self._catalog.inputs(since)

    def ingest(
        self,
        *,
        name: str,
        path: str,
        content_hash: str,
        size: int,
        format: str,  # noqa: A002  the word users know
        batches: Iterable[FeedBatch],
        buffer_rows: int = BUFFER_ROWS,
    ) -> IngestCounts:
        """Take one file's batches in one commit; content that is in the store already changes nothing.

        Parameters
        ----------
        name, path
            The file's name and where it was, for the record.
        content_hash
            What tells this content from any other.
        size
            Bytes of the file.
        format
            Name of its format.
        batches
            What the feed yields; taken one at a time.
        buffer_rows
            Position reports to hold in memory.

        Returns
        -------
        IngestCounts
            What became of the rows (now, or when this content was ingested first).

        Raises
        ------
        StoreError
            If the store cannot be written. Whatever is raised, by the feed too, the store is as it was.

        """
        self._require_writable()
        known = self._catalog.counts_of(content_hash)
        if known is not None:
            return known
        delivery = Delivery(name, path, format, key=content_hash)
        commit = FileCommit(self.path, self._catalog, delivery)
        return commit.run(batches, lambda _: Content(content_hash, size), buffer_rows) or IngestCounts()

    def candidates(self, *, reading: str, size: int, head_hash: str, head_size: int) -> tuple[int, list[Source]]:
        """Return the version, and the sources that may be the beginning of a file or all of it.

        Parameters
        ----------
        reading
            Options that decide what the bytes of the file say.
        size
            Its bytes.
        head_hash, head_size
            SHA-256 of its first bytes, and how many these are. Of less no head is known: the whole must be compared.

        """
        return self._catalog.candidates(reading=reading, size=size, head_hash=head_hash, head_size=head_size)

    def largest_at(self, path: str) -> int:
        """Return the bytes of the largest source that was read from a path; 0 if there is none."""
        return self._catalog.largest_at(path)

    def deliver(
        self,
        delivery: Delivery,
        batches: Iterable[FeedBatch],
        *,
        content: Callable[[IngestCounts], Content | None],
        is_taken: Callable[[list[Source]], bool],
    ) -> IngestCounts | None:
        """Take one file, or what one that has grown adds, in one commit; its content is told when it was read.

        Parameters
        ----------
        delivery
            What is known before.
        batches
            What the feed yields; taken one at a time.
        content
            Called after the last batch; None if there is nothing to commit.
        is_taken
            Tells whether a source that came meanwhile has some of what this file adds.

        Returns
        -------
        IngestCounts or None
            What became of the rows; None if the delivery may be held by the store already, and is.

        Raises
        ------
        OutrunError
            If one has: look again what is new.
        StoreError
            If the store cannot be written. Whatever is raised, by the feed too, the store is as it was.

        """
        self._require_writable()
        return FileCommit(self.path, self._catalog, delivery, is_taken).run(batches, content)

    def read(
        self,
        *,
        columns: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        mmsi: Vessels | None = None,
        bbox: tuple[float, float, float, float] | None = None,
        ships_only: bool = False,
    ) -> pa.Table:
        """Read position reports, sorted by vessel and time, receptions of one report merged.

        The result depends on what was ingested only, not on the order in which it came nor on how it lies in parts.

        Parameters
        ----------
        columns
            POSITIONS columns, all by default.
        since, until
            First and last time, included; with a time zone.
        mmsi
            One vessel or several.
        bbox
            West, south, east, north in degrees; west > east crosses the date line. Contacts, which have no place, stay.
        ships_only
            Leave out coast stations, aids to navigation, aircraft, beacons and placeholder MMSIs.

        Returns
        -------
        pyarrow.Table
            Each column in one chunk.

        Raises
        ------
        StoreError
            If a column is unknown, a time has no time zone, or a part is missing or damaged.

        """
        names = list(POSITIONS.names if columns is None else columns)
        unknown = [name for name in names if name not in POSITIONS.names]
        if unknown:
            raise StoreError(f"positions have no column {unknown[0]!r}; they have {', '.join(POSITIONS.names)}")
        query = Query(_to_us(since), _to_us(until), _vessels(mmsi), bbox, ships_only)
        with self._catalog.in_use():
            parts = self._catalog.parts("positions", *query.where())
            return gather(find_pieces(self.path, parts, query, names), names)

    def read_statics(
        self, *, since: datetime | None = None, until: datetime | None = None, mmsi: Vessels | None = None
    ) -> pa.Table:
        """Read static reports, those of all files merged into intervals of unchanged identity.

        With ``until`` nothing said later is used; with ``since`` intervals that ended earlier are left out.
        """
        query = Query(until=_to_us(until), mmsi=_vessels(mmsi))
        return visible_statics(self._read_all(STATICS, query), query, since=_to_us(since))

    def read_quarantine(self) -> pa.Table:
        """Read what could not be understood, as a QUARANTINE table."""
        return self._read_all(QUARANTINE, Query()).sort_by([(name, "ascending") for name in QUARANTINE.key])

    def time_range(self) -> tuple[datetime, datetime]:
        """Return the times of the first and the last report.

        Raises
        ------
        StoreError
            If the store is empty.

        """
        parts = self._catalog.parts("positions")
        if not parts:
            raise StoreError(
                f"{self.path} holds no reports; take some in with: darkships ingest FEED --store {self.path}"
            )
        first, last = min(part.min_timestamp or 0 for part in parts), max(part.max_timestamp or 0 for part in parts)
        return _EPOCH + first * _US, _EPOCH + last * _US

    def dates(self, until: datetime) -> list[DateParts]:
        """Return what each UTC date holds, as far as it is known at a time; read one with ``read_date``."""
        parts = [*self._catalog.parts("positions"), *self._catalog.expired()]
        return dates_of(parts, _to_us(until) or 0, self._catalog.meta("closed_before"))

    def in_use(self) -> AbstractContextManager[None]:
        """Keep ``vacuum`` away from parts that ``dates`` told of, while the context lasts."""
        return self._catalog.in_use()

    def info(self) -> StoreInfo:
        """Return what is in the store."""
        with self._catalog.in_use():
            return describe(self.path, self._catalog)

    def compact(self) -> int:
        """Make one part a date again (large dates: parts cut between vessels); return how many dates changed.

        What is read stays the same. The old parts remain on disk until ``vacuum``.
        """
        self._require_writable()
        with self._catalog.in_use():
            return compact(self.path, self._catalog)

    def vacuum(self) -> int:
        """Remove files that the catalog does not list, once nobody uses the store; return how many."""
        self._require_writable()
        return vacuum(self.path, self._catalog)

    def expire(self, before: date) -> Expiry:
        """Let the reports of dates before one go, once nobody uses the store; what was summed up of them stays.

        Raises
        ------
        StoreError
            If nothing would be left.

        """
        self._require_writable()
        return expire(self.path, self._catalog, before)

    def inspect(self) -> Verdict:
        """Read every part again, and compare all with the catalog."""
        with self._catalog.in_use():
            return inspect(self.path, self._catalog)

    def verify(self) -> list[str]:
        """Return a sentence for each thing that is not what the catalog says."""
        return list(self.inspect().faults)

    def _read_all(self, table: Table, query: Query) -> pa.Table:
        with self._catalog.in_use():
            parts = self._catalog.parts(table.name, *query.where())
            read = in_threads(lambda part: read_part(self.path / part.path), parts)
        return pa.concat_tables([table.arrow.empty_table(), *read])

    def _require_writable(self) -> None:
        if self._read_only:
            raise StoreError(f"{self.path} was opened to read only; open it without read_only to change it")
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise StoreError(f"{self.path} may not be written by this user; allow it, or name another store")


def _folder(path: Path | str) -> Path:
    root = Path(path)
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} is a file; a store is a folder, name one")
    return root


def _to_us(time: datetime | None) -> int | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise StoreError(f"the time {time} has no time zone; give it in UTC, such as {time.isoformat()}+00:00")
    return (time - _EPOCH) // _US


def _vessels(mmsi: Vessels | None) -> Array | None:
    if mmsi is None:
        return None
    return np.unique(np.array([mmsi] if isinstance(mmsi, int) else list(mmsi), np.int64))
