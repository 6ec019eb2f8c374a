"""Stretches of a file, or of a compressed file as it is decompressed: what the members of an archive are."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol

from darkships.feed.containers.streams import PIECE, Stream


class Base(Protocol):
    """Bytes at places."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return some bytes from there on, at most ``size``; none at the end."""

    def close(self) -> None:
        """Let go of the file; a later read opens it again."""


class FileBase:
    """A file in which one can seek."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.FileIO | None = None

    def read_at(self, offset: int, size: int) -> bytes:
        """Return some bytes from there on."""
        if self._file is None:
            self._file = self._path.open("rb", buffering=0)
        self._file.seek(offset)
        return self._file.read(size) or b""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class ForwardBase:
    """A compressed stream that only runs forward; to go back is to begin anew.

    Whoever takes places in rising order, as the members of an archive lie, decompresses it once.
    """

    def __init__(self, opener: Callable[[], AbstractContextManager[Stream]]) -> None:
        self._opener = opener
        self._opened = ExitStack()
        self._stream: Stream | None = None
        self._at = 0

    def read_at(self, offset: int, size: int) -> bytes:
        """Return some bytes from there on; raises EOFError where the stream is cut off."""
        if self._stream is None or offset < self._at:
            self.close()
            self._stream = self._opened.enter_context(self._opener())
        while self._at < offset:
            passed = len(self._stream.read1(min(offset - self._at, PIECE)))
            if not passed:
                return b""
            self._at += passed
        found = self._stream.read1(size)
        self._at += len(found)
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._opened.close()
        self._stream, self._at = None, 0


class Span(io.RawIOBase):
    """One stretch of a base; raises EOFError where the base ends within it."""

    def __init__(self, base: Base, offset: int, size: int) -> None:
        self._base = base
        self._at = offset
        self._end = offset + size

    def readable(self) -> bool:
        """Tell that it is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io passes a memoryview
        """Fill a buffer with what comes next."""
        wanted = min(len(buffer), self._end - self._at)
        if wanted <= 0:
            return 0
        found = self._base.read_at(self._at, wanted)
        if not found:
            raise EOFError
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def read_whole(base: Base, offset: int, size: int) -> bytes:
    """Return a short stretch; raises EOFError where the base ends within it."""
    with io.BufferedReader(Span(base, offset, size)) as stream:
        return stream.read(size)
