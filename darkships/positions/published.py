"""A store at a URL: one that was published there, whose catalog is read as one snapshot.

Parts and summaries never change under their names, and the catalog is put there last: who reads it finds every part
that it lists.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

from darkships.errors import StoreError
from darkships.positions.kept import FOLDER, WEIGHED
from darkships.positions.listing import CATALOG, Listing, explained, parts_of
from darkships.positions.parts import KINDS, Part
from darkships.positions.reading import in_threads
from darkships.remote import Place, UrlPath


class Snapshot(Listing):
    """A catalog as it was at one moment, in memory."""

    def __init__(self, root: UrlPath, content: bytes) -> None:
        super().__init__(root)
        self.content = _without_journal(content)

    @classmethod
    def fetch(cls, root: UrlPath) -> "Snapshot | None":
        """Return the catalog of a store; None if there is none.

        Raises
        ------
        StoreError
            If it cannot be read, or is the copy of one that has a journal, which holds a part of it.

        """
        with suppress(FileNotFoundError):
            found = cls(root, (root / CATALOG).read_bytes())
            for journal in (f"{CATALOG}-journal", f"{CATALOG}-wal"):
                if (root / journal).exists():
                    raise StoreError(
                        f"{root} is the bare copy of a store's folder, with a journal ({journal}) beside its catalog; "
                        f"remove it and copy with: darkships store publish --store FOLDER {root}"
                    )
            found.check()
            return found
        return None

    @classmethod
    def open(cls, root: UrlPath) -> "Snapshot":
        """Return the catalog of a store that must be there."""
        found = cls.fetch(root)
        if found is None:
            raise StoreError(
                f"no store was found at {root}; check the address, or put one there with: "
                f"darkships store publish --store FOLDER {root}"
            )
        return found

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection to it."""
        with explained(self._root), closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.deserialize(self.content)
            connection.execute("PRAGMA trusted_schema = OFF")
            yield connection

    def in_use(self) -> AbstractContextManager[None]:
        """Do nothing: what is published stays."""
        return nullcontext()


def folder_of(root: Place) -> Path:
    """Return the folder in which a store is or can be; refuse a URL, and a file."""
    if isinstance(root, UrlPath):
        raise StoreError(
            f"{root}: a store at a URL can only be read; change it in its folder, and copy that there with: "
            f"darkships store publish --store FOLDER {root}"
        )
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} is a file; a store is a folder, name one")
    return root


class Published(NamedTuple):
    """What was copied to a URL."""

    version: int
    parts: int
    bytes: int
    summaries: int
    removed: int


def publish_store(root: Path, catalog: Listing, target: UrlPath, *, prune: bool = False) -> Published:
    """Copy to a URL what is new in a store, the catalog last.

    Parameters
    ----------
    root, catalog
        The store.
    target
        Where to.
    prune
        Remove parts and summaries that the store has no more: who still reads an earlier version finds them missing.

    Raises
    ------
    StoreError
        If another store is there or a later version of this one, a part is damaged, or something cannot be written.

    """
    with catalog.in_use():
        with catalog.reading() as connection:
            content = connection.serialize()
            parts = [part for kind in KINDS for part in parts_of(connection, kind)]
        now = Snapshot(target, content)
        _check_ancestor(now, target)
        there = _sizes(target)
        new = [part for part in parts if there.get(part.path) != part.bytes]
        in_threads(lambda part: _copy_part(root, part, target), new)
        summaries = _summaries(root)
        copied = in_threads(lambda name: _copy_summary(root, name, target), sorted(summaries - there.keys()))
    (target / CATALOG).write_bytes(now.content)
    listed = {part.path for part in parts} | summaries
    gone = [name for name in there if name.partition("/")[0] in {*KINDS, FOLDER} and name not in listed]
    if prune:
        in_threads(lambda name: (target / name).unlink(missing_ok=True), gone)
    return Published(
        int(now.meta("version")), len(new), sum(part.bytes for part in new), sum(copied), len(gone) if prune else 0
    )


def _sizes(target: UrlPath) -> dict[str, int]:
    try:
        return target.sizes()
    except FileNotFoundError:
        raise StoreError(f"{target} is in a bucket that does not exist; make the bucket first") from None


def _check_ancestor(now: Snapshot, target: UrlPath) -> None:
    """Refuse to replace what is no earlier version of the store."""
    before = Snapshot.fetch(target)
    if before is None:
        return
    there, here = (int(catalog.meta("version")) for catalog in (before, now))
    if there > here or not set(before.inputs(0)) <= set(now.inputs(0)):
        raise StoreError(
            f"{target} holds another store, or a later version of this one (version {there} there, {here} here); "
            "name a place in which there is none"
        )


def _copy_part(root: Path, part: Part, target: UrlPath) -> None:
    try:
        content = (root / part.path).read_bytes()
    except OSError as error:
        raise StoreError(
            f"the part {root / part.path} cannot be read ({error.strerror}); nothing was published"
        ) from error
    if hashlib.sha256(content).hexdigest() != part.checksum:
        raise StoreError(
            f"{root / part.path} is damaged; nothing was published, darkships store verify names all such parts"
        )
    (target / part.path).write_bytes(content)


def _summaries(root: Path) -> set[str]:
    """Return the paths of what was summed up, in the store; what changes under its name is left out."""
    found = {path for path in (root / FOLDER).glob("*/*") if not path.name.startswith(".") and path.name != WEIGHED}
    return {path.relative_to(root).as_posix() for path in found}


def _copy_summary(root: Path, name: str, target: UrlPath) -> bool:
    """Copy a summary, unless another run has removed it meanwhile; tell whether it was."""
    try:
        content = (root / name).read_bytes()
    except FileNotFoundError:
        return False
    (target / name).write_bytes(content)
    return True


def _without_journal(content: bytes) -> bytes:
    """Mark a database as one without a write-ahead log, else SQLite refuses to read it from memory.

    Earlier versions made it with one; bytes 18 and 19 say it (https://www.sqlite.org/c3ref/deserialize.html).
    """
    return content[:18] + b"\x01\x01" + content[20:]
