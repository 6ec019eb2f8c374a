"""The spool: what was received and is not in the store yet, in files under STORE/spool, one folder a source.

A line is with the operating system as soon as it is here, so that it outlives the program; it outlives a loss of power
once its file is closed. A file is closed, taken into the store and removed; files that a crash left are taken first.
"""

import contextlib
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Literal

from darkships.errors import FeedError

Kind = Literal["nmea", "jsonl"]

SPOOL = "spool"
"""Its name in the store."""

REFUSED = "refused"
"""The folder of files that could not be read as any feed."""

_HEAD_SIZE = 512
"""So many bytes of ours come first: no stranger's bytes can make a file look like an archive."""

_HEAD = b"# received live; a number before a sentence is the time of its arrival in milliseconds since 1970"
_NAME = re.compile(r"(?P<ms>\d{13})-\d+-(?P<receiver>[a-z]+)\.(?P<kind>nmea|jsonl)")
_LOCK = "lock.sqlite"


@dataclass(frozen=True)
class Segment:
    """One file of the spool; its name tells all there is to know."""

    path: Path

    @property
    def started_ms(self) -> int:
        """When it was begun."""
        return int(self._part("ms"))

    @property
    def receiver(self) -> str:
        """Who heard what is in it."""
        return self._part("receiver")

    @property
    def kind(self) -> str:
        """What its lines are."""
        return self._part("kind")

    def mend(self) -> bool:
        """End its last line, which a crash may have torn; False (and it is removed) if nothing is in it."""
        if not self.path.stat().st_size:
            self.path.unlink()
            return False
        with self.path.open("rb+") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        return True

    def set_aside(self) -> Path:
        """Move it where it is kept for a person to look at; return its new path."""
        folder = self.path.parent / REFUSED
        folder.mkdir(exist_ok=True)
        return self.path.rename(folder / self.path.name)

    def _part(self, name: str) -> str:
        match = _NAME.fullmatch(self.path.name)
        return match[name] if match else ""


@dataclass
class _Open:
    """A segment that is being written."""

    segment: Segment
    file: FileIO
    size: int = 0
    lines: int = 0


@dataclass
class Spool:
    """All that waits for a store, of all sources and of other listeners on the same store."""

    root: Path
    limit_bytes: int
    used_bytes: int = 0
    trouble: str = ""
    """Why nothing can be written now."""

    def measure(self) -> None:
        """Look how much is in it: other processes write and remove, too."""
        self.used_bytes = sum(_size(path) for path in self.root.rglob("*") if _NAME.fullmatch(path.name))

    def allows(self, size: int) -> bool:
        """Tell whether so many bytes more may be written."""
        if self.used_bytes + size <= self.limit_bytes:
            return True
        self.trouble = f"{self.root} holds {self.used_bytes:,} bytes, the limit is {self.limit_bytes:,}"
        return False


@dataclass
class SourceSpool:
    """The files of one source; only one process at a time may have it."""

    spool: Spool
    name: str
    receiver: str
    _open: dict[Kind, _Open] = field(default_factory=dict)
    _lock: sqlite3.Connection | None = None

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.spool.root / self.name

    @property
    def lines(self) -> int:
        """Lines in the files that are being written."""
        return sum(each.lines for each in self._open.values())

    @property
    def started_ms(self) -> int | None:
        """When the oldest of these files was begun."""
        return min((each.segment.started_ms for each in self._open.values()), default=None)

    def claim(self) -> None:
        """Keep other processes from the folder until this one ends.

        Raises
        ------
        FeedError
            When another process has it, or it cannot be made.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.folder)
        except (OSError, sqlite3.Error) as error:
            raise FeedError(f"{self.folder} cannot be written ({error}); allow it or make room") from error
        if self._lock is None:
            raise FeedError(
                f"another darkships listen receives the same address into this store ({self.folder} is in use); stop it"
            )

    def release(self) -> None:
        """Let others have the folder; files that were being written stay there for the next start."""
        for _, file in self.detach():
            file.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def leftovers(self) -> list[Segment]:
        """Return what a crash left here and in folders that nobody has, oldest first; call it before writing."""
        for folder in sorted(path for path in self.spool.root.iterdir() if path.is_dir() and path != self.folder):
            lock = _locked(folder)
            if lock is not None:
                with closing(lock):
                    for segment in _segments(folder):
                        segment.path.rename(_free(self.folder / segment.path.name))
        return [segment for segment in _segments(self.folder) if segment.mend()]

    def append(self, kind: Kind, lines: list[bytes], now_ms: int) -> bool:
        """Write lines, all or none; False if there is no room now (``spool.trouble`` says why)."""
        data = b"".join(line + b"\n" for line in lines)
        if not self.spool.allows(len(data) + _HEAD_SIZE):
            return False
        try:
            target = self._open.get(kind) or self._begin(kind, now_ms)
            size = target.size
            try:
                _write(target.file, data)
            except OSError:
                target.file.truncate(size)
                target.file.seek(size)
                raise
        except OSError as error:
            self.spool.trouble = f"{self.folder} cannot be written ({error.strerror})"
            return False
        target.size += len(data)
        target.lines += len(lines)
        self.spool.used_bytes += len(data)
        self.spool.trouble = ""
        return True

    def detach(self) -> list[tuple[Segment, FileIO]]:
        """Stop writing to the files there are; what comes now goes to new ones. The caller closes them."""
        done = [(each.segment, each.file) for each in self._open.values()]
        self._open = {}
        return done

    def _begin(self, kind: Kind, now_ms: int) -> _Open:
        path = _free(self.folder / f"{now_ms:013d}-0-{self.receiver}.{kind}")
        head = _HEAD.ljust(_HEAD_SIZE - 1) + b"\n" if kind == "nmea" else b" " * _HEAD_SIZE
        file = path.open("xb", buffering=0)
        try:
            _write(file, head)
        except OSError:
            file.close()
            path.unlink()
            raise
        self._open[kind] = _Open(Segment(path), file, size=len(head))
        self.spool.used_bytes += len(head)
        return self._open[kind]


def close_to_disk(file: FileIO) -> None:
    """Close a file of which from now on a loss of power takes nothing."""
    with file:
        os.fsync(file.fileno())


def _write(file: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _segments(folder: Path) -> list[Segment]:
    return [Segment(path) for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name)]


def _free(path: Path) -> Path:
    """Return the path, or the next one that no file has."""
    stem, number, rest = path.name.split("-", 2)
    while path.exists():
        number = str(int(number) + 1)
        path = path.with_name(f"{stem}-{number}-{rest}")
    return path


def _locked(folder: Path) -> sqlite3.Connection | None:
    """Return a lock on a folder, None if another has it. SQLite's own locks work on every system."""
    connection = sqlite3.connect(folder / _LOCK, timeout=0.0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" not in str(error):
            raise
        return None
    return connection


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):  # taken in meanwhile
        return path.stat().st_size
    return 0
