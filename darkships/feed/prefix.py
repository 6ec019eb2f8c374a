"""A file told by its content: a running hash of its first bytes, that stops at any length."""

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from darkships.errors import FeedError

HEAD_SIZE = 4096
"""Bytes by which files are told apart at a glance: for a CSV its header and some rows."""

_PIECE = 1024 * 1024


class Prefix:
    """SHA-256 of a file's first bytes, read from the file or handed over by who reads it; hashing has its own thread.

    The file is kept open: whatever becomes of its name, this is about the same file.

    Raises
    ------
    FeedError
        From any method, when the file cannot be read, or became shorter than it was.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb", buffering=0)
            self.before = os.fstat(self._file.fileno())
            """What the system said of the file when it was opened."""
        except OSError as error:
            raise self._unreadable(error) from error
        self.size = self.before.st_size
        self.length = 0
        self.head_hash = ""
        """SHA-256 of the first HEAD_SIZE bytes, once so many were hashed."""
        self._hash = hashlib.sha256()
        self._mark = self.length, self.head_hash, self._hash.copy()
        self._pool = ThreadPoolExecutor(1)
        self._ahead: Future[None] | None = None
        self._stopped = False

    def __enter__(self) -> Self:
        """Begin at the first byte."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread and close the file."""
        self._stopped = True
        self._pool.shutdown()
        self._file.close()

    def digest(self, length: int | None = None) -> str:
        """Return the hash of the first bytes: of so many as are hashed, or of more, which are then read."""
        self._wait()
        if length is not None:
            self._read_to(length)
        return self._hash.hexdigest()

    def mark(self) -> None:
        """Remember this length, to come back to it."""
        self._wait()
        self._mark = self.length, self.head_hash, self._hash.copy()

    def rewind(self) -> None:
        """Come back to the marked length, or to the first byte."""
        self._wait()
        self.length, self.head_hash, self._hash = *self._mark[:2], self._mark[2].copy()

    def run_to(self, length: int) -> None:
        """Read and hash up to a length, meanwhile."""
        self._wait()
        self._ahead = self._pool.submit(self._read_to, length)

    def feed(self, piece: memoryview) -> None:
        """Hash the bytes that follow, meanwhile: they must stay as they are."""
        self._wait()
        self._ahead = self._pool.submit(self._update, piece)

    def sample(self, start: int = 0) -> str:
        """Return the hash of HEAD_SIZE bytes, or of so many as there are."""
        return hashlib.sha256(self._bytes(max(0, start), HEAD_SIZE)).hexdigest()

    def whole_lines(self, length: int) -> int:
        """Return how many of the first ``length`` bytes are whole lines."""
        while length:
            start = max(0, length - _PIECE)
            found = self._bytes(start, length - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            length = start
        return 0

    def has_name(self) -> bool:
        """Tell whether the file still has the name under which it was opened."""
        try:
            return os.path.samestat(self.before, self.path.stat())
        except OSError:
            return False

    def is_as_before(self) -> bool:
        """Tell whether the file was not written to since it was opened."""
        now = os.fstat(self._file.fileno())
        return (now.st_size, now.st_mtime_ns) == (self.before.st_size, self.before.st_mtime_ns)

    def _wait(self) -> None:
        if self._ahead is not None:
            self._ahead.result()
            self._ahead = None

    def _read_to(self, length: int) -> None:
        while self.length < length and not self._stopped:
            piece = self._bytes(self.length, min(_PIECE, length - self.length))
            if not piece:
                raise FeedError(f"{self.path} became shorter while it was read; nothing was taken, run again")
            self._update(piece)

    def _update(self, piece: bytes | memoryview) -> None:
        room = HEAD_SIZE - self.length
        if 0 < room <= len(piece):
            self._hash.update(piece[:room])
            self.head_hash = self._hash.hexdigest()
            self.length, piece = HEAD_SIZE, piece[room:]
        self._hash.update(piece)
        self.length += len(piece)

    def _bytes(self, start: int, count: int) -> bytes:
        try:
            self._file.seek(start)
            found = bytearray()
            while len(found) < count and (piece := self._file.read(count - len(found))):
                found += piece
        except OSError as error:
            raise self._unreadable(error) from error
        return bytes(found)

    def _unreadable(self, error: OSError) -> FeedError:
        return FeedError(f"{self.path} cannot be read: {error.strerror or error}")
