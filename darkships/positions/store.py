"""The store: position and static reports in Parquet parts, committed once by a catalog, never lost."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from darkships.errors import StoreError
from darkships.positions.catalog import Catalog
from darkships.positions.commits import Content, Delivery, FileCommit, OutrunError
from darkships.positions.dates import DateParts, dates_of
from darkships.positions.expiring import Expiry, expire
from darkships.positions.gathering import gather
from darkships.positions.ingesting import BUFFER_ROWS
from darkships.positions.listing import IngestCounts, Listing, Source
from darkships.positions.parts import read_part
from darkships.positions.past import past_catalog
from darkships.positions.published import Published, Snapshot, folder_of, publish_store
from darkships.positions.reading import EPOCH, US, Query, Vessels, find_pieces, in_threads, to_us, vessels
from darkships.positions.statics import visible_statics
from darkships.positions.upkeep import StoreInfo, compact, describe, vacuum
from darkships.positions.verifying import Verdict, inspect
from darkships.remote import Place, UrlPath, place_of
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch, Table

__all__ = ["Content", "Delivery", "IngestCounts", "OutrunError", "Published", "Source", "Store", "StoreInfo"]


class Store:
    """A folder of reports, or what was published of one at a URL; open it with ``Store.open``.

    Reading needs no write access and sees one version throughout. Every change is one commit: the next version.
    """

    def __init__(self, place: Place, catalog: Listing, *, read_only: bool) -> None:
        self.place = place
        self._catalog = catalog
        self._read_only = read_only

    @classmethod
    def open(cls, path: Place | str, *, create: bool = False, read_only: bool = False) -> "Store":
        """Open a store.

        Parameters
        ----------
        path
            The store's folder, or the URL of one that was published; there it can only be read.
        create
            Make the store if there is none.
        read_only
            Refuse every change.

        Raises
        ------
        StoreError
            If there is no store, the folder is something else, the store is of another schema version, or a URL cannot
            be read.

        Examples
        --------
        >>> import tempfile
        >>> from darkships.positions.store import Store
        >>> Store.open(tempfile.mkdtemp(), create=True).version
        0

        """
        place = place_of(path)
        if isinstance(place, UrlPath) and not create:
            return cls(place, Snapshot.open(place), read_only=True)
        root = folder_of(place)
        if not Catalog.exists(root):
            if not create or read_only:
                what = "is not a store (it has no catalog.sqlite)" if root.exists() else "does not exist"
                raise StoreError(f"{root} {what}; make a store with: darkships ingest FEED --store {root}")
            Catalog.create(root)
        catalog = Catalog(root)
        catalog.check()
        return cls(root, catalog, read_only=read_only)

    @classmethod
    def planned(cls, path: Place | str) -> "Store":
        """Open a store; if there is none, it is made when the first commit comes and holds nothing until then.

        Raises
        ------
        StoreError
            If a store cannot be made there, or the one that is there is of another schema version.

        """
        root = folder_of(place_of(path))
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
        return Store(self.place, past_catalog(self.place, self._catalog, version), read_only=True)

    @property
    def path(self) -> Path:
        """The store's folder.

        Raises
        ------
        StoreError
            If it is at a URL.

        """
        return folder_of(self.place)

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
        self._writable().set_label(label)

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
        catalog = self._writable()
        known = catalog.counts_of(content_hash)
        if known is not None:
            return known
        delivery = Delivery(name, path, format, key=content_hash)
        commit = FileCommit(self.path, catalog, delivery)
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
        return FileCommit(self.path, self._writable(), delivery, is_taken).run(batches, content)

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
        query = Query(to_us(since), to_us(until), vessels(mmsi), bbox, ships_only)
        with self._catalog.in_use():
            parts = self._catalog.parts("positions", *query.where())
            return gather(find_pieces(self.place, parts, query, names), names)

    def read_statics(
        self, *, since: datetime | None = None, until: datetime | None = None, mmsi: Vessels | None = None
    ) -> pa.Table:
        """Read static reports, those of all files merged into intervals of unchanged identity.

        With ``until`` nothing said later is used; with ``since`` intervals that ended earlier are left out.
        """
        query = Query(until=to_us(until), mmsi=vessels(mmsi))
        return visible_statics(self._read_all(STATICS, query), query, since=to_us(since))

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
            raise StoreError(f"{self.place} holds no reports; take some in with: darkships ingest FEED --store FOLDER")
        first, last = min(part.min_timestamp or 0 for part in parts), max(part.max_timestamp or 0 for part in parts)
        return EPOCH + first * US, EPOCH + last * US

    def dates(self, until: datetime) -> list[DateParts]:
        """Return what each UTC date holds, as far as it is known at a time; read one with ``read_date``."""
        parts = [*self._catalog.parts("positions"), *self._catalog.expired()]
        return dates_of(parts, to_us(until) or 0, self._catalog.meta("closed_before"))

    def in_use(self) -> AbstractContextManager[None]:
        """Keep ``vacuum`` away from parts that ``dates`` told of, while the context lasts."""
        return self._catalog.in_use()

    def info(self) -> StoreInfo:
        """Return what is in the store."""
        with self._catalog.in_use():
            return describe(self.place, self._catalog)

    def compact(self) -> int:
        """Make one part a date again (large dates: parts cut between vessels); return how many dates changed.

        What is read stays the same. The old parts remain on disk until ``vacuum``.
        """
        catalog = self._writable()
        with catalog.in_use():
            return compact(self.path, catalog)

    def vacuum(self) -> int:
        """Remove files that the catalog does not list, once nobody uses the store; return how many."""
        return vacuum(self.path, self._writable())

    def expire(self, before: date) -> Expiry:
        """Let the reports of dates before one go, once nobody uses the store; what was summed up of them stays.

        Raises
        ------
        StoreError
            If nothing would be left.

        """
        return expire(self.path, self._writable(), before)

    def publish(self, url: str | UrlPath, *, prune: bool = False) -> Published:
        """Copy to a URL, such as ``s3://bucket/watch``, what it does not hold yet; ``publish_store`` tells more."""
        target = place_of(url)
        if not isinstance(target, UrlPath):
            raise StoreError(f"found {target}, expected a URL to copy the store to, such as s3://bucket/watch")
        return publish_store(self.path, self._catalog, target, prune=prune)

    def inspect(self) -> Verdict:
        """Read every part again, and compare all with the catalog."""
        with self._catalog.in_use():
            return inspect(self.place, self._catalog)

    def verify(self) -> list[str]:
        """Return a sentence for each thing that is not what the catalog says."""
        return list(self.inspect().faults)

    def _read_all(self, table: Table, query: Query) -> pa.Table:
        with self._catalog.in_use():
            parts = self._catalog.parts(table.name, *query.where())
            read = in_threads(lambda part: read_part(self.place / part.path), parts)
        return pa.concat_tables([table.arrow.empty_table(), *read])

    def _writable(self) -> Catalog:
        """Return the catalog, which may be changed."""
        root = self.path
        if self._read_only or not isinstance(self._catalog, Catalog):
            raise StoreError(f"{root} was opened to read only; open it without read_only to change it")
        if root.exists() and not os.access(root, os.W_OK):
            raise StoreError(f"{root} may not be written by this user; allow it, or name another store")
        return self._catalog
