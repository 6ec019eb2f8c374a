"""What streams a feed file holds, and how each is opened."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from darkships.errors import FeedError
from darkships.feed.containers import tars, zips
from darkships.feed.containers.names import DATABASE_SUFFIX, database_of, is_database_part, is_left_out, shown
from darkships.feed.containers.spans import Base, FileBase, ForwardBase, Span
from darkships.feed.containers.streams import (
    PIECE,
    Budget,
    Stream,
    TruncatedStreamError,
    codec_of,
    damage_told,
    peeked_codec,
    unpacked,
)

MOST_MEMBERS = 100_000
SPOOL_PREFIX = ".incoming-"
_TABLES = (b"PAR1", b"SQLite format 3\0")


Tap = Callable[[memoryview], object]
Entry = tars.TarEntry | zips.ZipEntry


@dataclass
class Progress:
    """How far the lines of a stream were handed out."""

    consumed: int = 0
    """Byte offset after the last line handed out."""
    held_back: bool = False
    """Whether a last line without its end was held back."""
    cut_lines: int = 0
    """Lines too long to be handed out whole."""


@dataclass(frozen=True)
class Member:
    """One stream of bytes to read: a file, or one file in an archive (then ``name`` is not empty)."""

    path: Path
    name: str = ""
    start: int = 0
    """Where the lines to read begin, in a plain file; what tells the format is its head all the same."""
    final: bool = True
    """False where a last line without its end is to be held back, as in a plain file that may still grow."""
    tap: Tap | None = field(default=None, compare=False)
    """Given the lines as they are handed out, for whoever needs a checksum of just these bytes: they do not change."""
    container: "Container | None" = field(default=None, compare=False)
    entry: Entry | None = None
    parts: tuple[Entry, ...] = ()
    """The files of a geodatabase in an archive: one feed, a folder that can only be read as ``local`` gives it."""
    progress: Progress = field(default_factory=Progress, compare=False)

    @property
    def where(self) -> str:
        """The name for messages and for quarantine."""
        file = self.container.where if self.container else shown(str(self.path))
        return f"{file}!{shown(self.name)}" if self.name else file

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Open the decompressed bytes."""
        if self.container is None or self.entry is None:
            with _opened(self.path, self.where) as stream:
                yield stream
        else:
            with self.container.open_entry(self.entry) as stream:
                yield stream

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Give the bytes as a file in which one can seek: the file itself, or a temporary copy, decompressed."""
        if self.parts:
            with self._folder() as path:
                yield path
            return
        if self.entry is None and not _is_packed(self.path):
            yield self.path
            return
        scratch = self.container.scratch if self.container else None
        with spool(scratch, self.where) as (copy, path):
            with copy, self.open() as stream:
                shutil.copyfileobj(stream, copy, PIECE)
            yield path

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Give a temporary copy of a geodatabase; what is read of its files has one budget."""
        container = self.container
        if container is None:
            raise FeedError(f"{self.where} is no geodatabase in an archive")
        with damage_told(self), spool_folder(container.scratch, self.where) as folder:
            path = folder / f"copy{DATABASE_SUFFIX}"
            path.mkdir()
            for part in self.parts:
                name = part.name.rpartition("/")[2]
                if is_database_part(name):
                    with (path / name).open("wb") as copy, container.open_entry(part) as stream:
                        shutil.copyfileobj(stream, copy, PIECE)
            yield path


class Container:
    """A feed file and what it holds.

    Parameters
    ----------
    path
        The file.
    where
        Its name for messages; default: its path.
    start, final, tap
        Those of ``Member``; a file that is not plain has no ``start``, is always final, and does not call ``tap``.
    scratch
        Folder for temporary copies; default: the system's.

    """

    def __init__(
        self,
        path: Path,
        *,
        where: str = "",
        start: int = 0,
        final: bool = True,
        tap: Tap | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.path = path
        self.where = shown(where or str(path))
        self.scratch = scratch
        self.notes: list[str] = []
        """On what was left out."""
        self.complete = True
        """False where the archive is cut off; known, as is the next, once ``members`` ran."""
        self.is_plain = False
        """Whether the file is neither compressed nor an archive."""
        self._start = start
        self._final = final
        self._tap = tap
        self._base: Base = FileBase(path)
        self._budget: Budget | None = None

    def members(self) -> Iterator[Member]:
        """Yield the streams in the order in which they lie, so that a compressed archive is decompressed once.

        Raises
        ------
        FeedError
            When the file cannot be opened, is empty, or is an archive that is damaged or not safe.

        """
        with damage_told(self), self.path.open("rb") as file:
            start = file.read(tars.BLOCK)
        if not start:
            raise FeedError(f"{self.where} is empty; expected an AIS feed")
        plain = codec_of(start) is None
        archived = start.startswith(zips.MAGIC) or tars.is_tar(start if plain else self._first_block())
        if self._start and (archived or not plain):
            raise FeedError(f"{self.where} is compressed or an archive; only a plain file can be read from the middle")
        self.is_plain = plain and not archived
        if not archived:
            own = (self._start, self._final, self._tap) if plain else (0, True, None)
            yield Member(self.path, "", *own, container=self)
            return
        if not plain:
            self._base = ForwardBase(partial(_opened, self.path, self.where))
        count, databases = 0, dict[str, list[Entry]]()
        for count, entry in enumerate(self._entries(start), start=1):
            if count > MOST_MEMBERS:
                raise FeedError(f"{self.where} holds more than {MOST_MEMBERS:,} files; extract them into a folder")
            database = database_of(entry.name)
            if database:
                databases.setdefault(database, []).append(entry)
            else:
                yield Member(self.path, entry.name, container=self, entry=entry)
        for name, parts in databases.items():
            yield Member(self.path, name, container=self, parts=tuple(parts))
        if not count:
            raise self._no_feed()

    def open_entry(self, entry: Entry) -> Stream:
        """Open one file of the archive; what comes out of all of them, since ``close``, has one budget."""
        if self._budget is None:
            self._budget = Budget(self.where, self.path.stat().st_size)
        if isinstance(entry, zips.ZipEntry):
            return unpacked(zips.open_entry(self._base, entry, self._budget), self._budget)
        return unpacked(io.BufferedReader(Span(self._base, entry.offset, entry.size), PIECE), self._budget)

    def close(self) -> None:
        """Let go of the file; what is opened after begins anew."""
        self._base.close()
        self._budget = None

    def _entries(self, start: bytes) -> Iterator[Entry]:
        with damage_told(self):
            if start.startswith(zips.MAGIC):
                found, self.complete = zips.entries(self.path, self._base, self.where, self.notes.append)
                yield from found
                return
            try:
                for entry in tars.walk(self._base, self.where, self.notes.append):
                    if is_left_out(entry.name):
                        self.notes.append(f"{shown(entry.name)!r} in the archive is no feed and was left out")
                    else:
                        yield entry
            except EOFError:
                self.complete = False

    def _no_feed(self) -> FeedError:
        if not self.complete:
            return TruncatedStreamError(b"", self.where)
        return FeedError(f"{self.where} holds no feed; expected an archive with at least one")

    def _first_block(self) -> bytes:
        found = b""
        with damage_told(self), _opened(self.path, self.where) as stream:
            try:
                while len(found) < tars.BLOCK and (piece := stream.read1(tars.BLOCK - len(found))):
                    found += piece
            except EOFError:
                return found  # cut off before it could be a tar archive
        return found


@contextmanager
def spool(folder: Path | None, where: str) -> Iterator[tuple[io.BufferedWriter, Path]]:
    """Make a temporary file, to be written and closed by the caller, and remove it at the end."""
    try:
        handle, name = tempfile.mkstemp(prefix=SPOOL_PREFIX, dir=folder)
    except OSError as error:
        raise _no_room(folder, where, error) from error
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def spool_folder(folder: Path | None, where: str) -> Iterator[Path]:
    """Make a temporary folder, and remove it at the end."""
    try:
        path = Path(tempfile.mkdtemp(prefix=SPOOL_PREFIX, dir=folder))
    except OSError as error:
        raise _no_room(folder, where, error) from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _no_room(folder: Path | None, where: str, error: OSError) -> FeedError:
    return FeedError(
        f"{where} must be copied before it can be read, and {folder or tempfile.gettempdir()} cannot be written "
        f"to: {error.strerror}"
    )


@contextmanager
def _opened(path: Path, where: str) -> Iterator[Stream]:
    """Open a file that is no archive, decompressed."""
    with path.open("rb") as file:
        stream = unpacked(file, Budget(where, os.fstat(file.fileno()).st_size))
        if stream is not file and peeked_codec(stream) is not None:
            raise FeedError(f"{where} is compressed more than once; decompress it once")
        yield stream


def is_plain(path: Path) -> bool:
    """Tell whether a file is neither compressed nor an archive, Parquet or SQLite: as text, it may grow line by line.

    Raises
    ------
    FeedError
        When the file cannot be read.

    """
    with damage_told(Container(path)), path.open("rb") as file:
        start = file.read(tars.BLOCK)
    wrapped = codec_of(start) is not None or start.startswith((*zips.MAGIC, *_TABLES)) or tars.is_tar(start)
    return path.is_file() and not wrapped


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return codec_of(file.read(8)) is not None
