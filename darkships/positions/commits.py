"""One file's batches to one commit: all of it or nothing, whoever else commits meanwhile."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import pyarrow as pa

from darkships.errors import StoreError
from darkships.positions.catalog import Catalog, add_parts, add_source
from darkships.positions.held import holds_all
from darkships.positions.ingesting import BUFFER_ROWS, Intake
from darkships.positions.listing import (
    IngestCounts,
    Source,
    closed_before,
    counts_of,
    is_number_taken,
    sources_since,
)
from darkships.positions.parts import Part, Staging, read_part
from darkships.schema import FeedBatch


class OutrunError(StoreError):
    """Another process committed meanwhile what this one read: look again what is new."""


class Delivery(NamedTuple):
    """What is known of a file before it is read."""

    name: str
    path: str
    format: str
    key: str
    """What tells this delivery from any other: the number of the source and the names of its parts derive from it."""
    reading: str = ""
    window: str = ""
    continues: int | None = None
    seen_version: int = 0
    """The version in which it was looked for."""
    may_be_held: bool = False
    """More was read under this name before: it may have been cut, and all that is left be in the store."""


class Content(NamedTuple):
    """What is known of a file once it was read."""

    content_hash: str
    bytes: int
    head_hash: str = ""
    rows_so_far: int | None = None
    carry: str | None = None


@dataclass
class FileCommit:
    """The commit of one file; nothing is on disk before the first part, not even the store if it is only planned."""

    root: Path
    catalog: Catalog
    delivery: Delivery
    is_taken: Callable[[list[Source]], bool] = lambda _: False
    """Tells whether one of these sources, new since ``seen_version``, has some of what the file adds."""

    def run(
        self,
        batches: Iterable[FeedBatch],
        content: Callable[[IngestCounts], Content | None],
        buffer_rows: int = BUFFER_ROWS,
    ) -> IngestCounts | None:
        """Take the batches; then ``content`` says what they were, or None if there is nothing to commit.

        Returns
        -------
        IngestCounts or None
            What became of the rows; None if the store holds them all.

        Raises
        ------
        OutrunError
            If another process took in meanwhile what this file adds, or let it expire.
        StoreError
            If the store cannot be written. Whatever is raised, by the feed too, the store is as it was.

        """
        file_id = self.catalog.free_file_id(_file_id(self.delivery.key))
        with ExitStack() as held:
            staging = _Staging(self.root, f"{self.delivery.key}:{file_id}", lambda: _begin(self.catalog, held))
            try:
                intake = Intake(staging, file_id, buffer_rows, self.catalog.meta("closed_before"))
                for batch in batches:
                    intake.add(batch)
                counts = intake.finish()
                found = content(counts)
                if found is None:
                    return counts
                staging.begin()
                if self.delivery.may_be_held and holds_all(self.root, self.catalog, staging.read()):
                    return None
                return self._commit(self._source(file_id, found), counts, staging)
            finally:
                staging.discard()

    def _source(self, file_id: int, found: Content) -> Source:
        delivery = self.delivery
        return Source(
            file_id, delivery.name, delivery.path, found.content_hash, found.bytes, delivery.format, delivery.reading,
            delivery.window, found.head_hash, delivery.continues, found.rows_so_far, found.carry,
        )  # fmt: skip

    def _commit(self, source: Source, counts: IngestCounts, staging: Staging) -> IngestCounts:
        seen = self.delivery.seen_version
        while True:
            with self.catalog.writing() as connection:
                known = counts_of(connection, source.content_hash, source.reading, source.window)
                seen, others = sources_since(connection, seen, source.reading)
                if known is None and not others:
                    if is_number_taken(connection, source.file_id):
                        raise OutrunError(f"the number of {source.path} was given to another file meanwhile; run again")
                    if any(p.kind == "positions" and (p.date or "") < closed_before(connection) for p in staging.parts):
                        raise OutrunError(f"{source.path} tells of dates that expired meanwhile; run again")
                    publish(staging)
                    add_parts(connection, staging.parts, source.file_id)
                    add_source(connection, source, counts)
                    return counts
                connection.rollback()
            if known is not None:
                return known
            if self.is_taken(others):
                raise OutrunError(f"{source.path} was taken in by another darkships meanwhile; run again")


def publish(staging: Staging) -> None:
    """Give staged parts their names, and explain it if that fails."""
    try:
        staging.publish()
    except OSError as error:
        raise StoreError(
            f"{staging.root}: a part could not be given its name ({error.strerror}); nothing was changed, "
            "make room or allow writing and run again"
        ) from error


class _Staging(Staging):
    """Parts of one commit; before the first the store is made and kept from vacuum."""

    def __init__(self, root: Path, owner: str, begin: Callable[[], None]) -> None:
        super().__init__(root, owner)
        self._begin = begin
        self._beginning = Lock()
        self._has_begun = False

    def put(self, table: pa.Table, kind: str, date: str | None = None) -> Part:
        """Write one part; it is published only if the caller lists it in ``parts``."""
        self.begin()
        return super().put(table, kind, date)

    def read(self) -> Iterator[tuple[Part, pa.Table]]:
        """Read the parts again, one at a time."""
        for part in self.parts:
            yield part, read_part(self._staged(part))

    def begin(self) -> None:
        """Make the store and keep vacuum away, unless that was done."""
        with self._beginning:
            if not self._has_begun:
                self._begin()
                self._has_begun = True


def _begin(catalog: Catalog, held: ExitStack) -> None:
    catalog.make()
    held.enter_context(catalog.in_use())


def _file_id(key: str) -> int:
    """Derive a source's number from its content, so that it does not depend on what came before."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") >> 1
