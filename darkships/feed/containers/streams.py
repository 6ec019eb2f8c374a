"""Decompression: one layer, of any number of frames, in bounded memory, with a cap on what comes out."""

import bz2
import importlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import zstandard

from darkships.errors import FeedError

# Intel's is three times as fast as the standard library's, and the same to use.
try:
    ZLIB: Any = importlib.import_module("isal.isal_zlib")
except ImportError:  # not made for every kind of machine
    ZLIB = zlib

Stream = io.BufferedIOBase

FREE_BYTES = 256 * 1024**2
RATIO = 600
MOST_BYTES = 4 * 1024**4

PIECE = 1024 * 1024
"""How much is handled at a time."""

_PACKED_PIECE = 64 * 1024
_ZSTD_PIECE = 2 * 1024  # zstd expands a piece at most some 30,000 times: this bounds what hostile input can take
MOST_MEMORY = 256 * 1024**2
"""What a decompressor may ask for; ``xz -9`` takes 65 MiB, ``zstd --long`` 128 MiB."""

_CORRUPT = (zipfile.BadZipFile, zlib.error, ZLIB.error, lzma.LZMAError, zstandard.ZstdError, struct.error, OSError)


class TruncatedStreamError(FeedError):
    """A stream ended before its end; ``tail`` is the piece of the last line that was there."""

    def __init__(self, tail: bytes, where: str = "the file") -> None:
        super().__init__(f"{where} is cut off; fetch it again")
        self.tail = tail


class DamagedStreamError(FeedError):
    """Bytes that contradict themselves, or that nobody honest sends: nothing of the file can be trusted."""


class Budget:
    """What may still come out of a file; see the rule on bombs in the package's description."""

    def __init__(self, where: str, size: int) -> None:
        self._where = where
        self._size = size
        self.left = min(FREE_BYTES + RATIO * size, MOST_BYTES)

    def spend(self, count: int) -> None:
        """Take off what came out, and refuse what is too much."""
        self.left -= count
        if self.left < 0:
            raise DamagedStreamError(
                f"{self._where} grows to more than {min(FREE_BYTES + RATIO * self._size, MOST_BYTES):,} bytes from "
                f"{self._size:,} when decompressed, as no honest feed does; if you trust it, decompress it yourself"
            )


class Expander(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """Whether the frame ended."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without further input."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the frame."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return what comes next, at most ``max_length`` bytes."""


class Deflate:
    """A zlib decompressor in the shape of its younger brothers."""

    def __init__(self, window_bits: int) -> None:
        self._inner = ZLIB.decompressobj(window_bits)
        self._filled = False

    @property
    def eof(self) -> bool:
        """Whether the frame ended."""
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without further input."""
        return not self._filled and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the frame."""
        return bytes(self._inner.unused_data)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return what comes next, at most ``max_length`` bytes."""
        found: bytes = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._filled = len(found) == max_length
        return found


class Zstd:
    """A zstandard decompressor in the same shape; it is fed little by little, as it gives out all there is."""

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._waiting = memoryview(b"")

    @property
    def eof(self) -> bool:
        """Whether the frame ended."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without further input."""
        return not self._waiting

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the frame."""
        return b"".join((self._inner.unused_data, self._waiting))

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return what comes next, more than ``max_length`` bytes by at most what one piece gives."""
        waiting = self._waiting or memoryview(data)
        found, size = [], 0
        while waiting and size < max_length and not self._inner.eof:
            found.append(self._inner.decompress(waiting[:_ZSTD_PIECE]))
            size += len(found[-1])
            waiting = waiting[_ZSTD_PIECE:]
        self._waiting = waiting
        return b"".join(found)


Codec = Callable[[], Expander]
"""One way to compress: makes a fresh decompressor."""


def _gzip() -> Expander:
    return Deflate(zlib.MAX_WBITS | 16)


def raw_deflate() -> Expander:
    """Decompress what a zip archive holds."""
    return Deflate(-zlib.MAX_WBITS)


def xz() -> Expander:
    """Decompress xz."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY)


_MAGIC: dict[bytes, Codec] = {
    b"\x1f\x8b": _gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": xz,
    b"\x28\xb5\x2f\xfd": Zstd,
}
_MAGIC |= {bytes((0x50 + i, 0x2A, 0x4D, 0x18)): Zstd for i in range(16)}  # skippable frames (RFC 8878, 3.1.2)


def codec_of(start: bytes) -> Codec | None:
    """Tell how a stream is compressed by its first bytes; None if it is not."""
    return next((codec for magic, codec in _MAGIC.items() if start.startswith(magic)), None)


class Unpacked(io.RawIOBase):
    """The decompressed bytes of a stream; raises EOFError where it is cut off within a frame.

    Zeros between and after frames are padding. With ``single``, as in a zip archive, there is one frame, and the source
    is known to hold it whole.
    """

    def __init__(self, source: Stream, codec: Codec, budget: Budget, *, single: bool = False) -> None:
        self._source = source
        self._codec = codec
        self._budget = budget
        self._single = single
        self._frame = codec()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io passes a memoryview
        """Fill a buffer with what comes next."""
        while not self._ready:
            data = self._input()
            if data is None:
                return 0
            self._ready = memoryview(self._frame.decompress(data, PIECE))
            self._budget.spend(len(self._ready))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _input(self) -> bytes | None:
        """Return what to feed the decompressor, a fresh one after each frame; None at the end."""
        if not self._frame.eof:
            data = self._source.read1(_PACKED_PIECE) if self._frame.needs_input else b""
            if not data and self._frame.needs_input:
                raise zipfile.BadZipFile("a member ends early") if self._single else EOFError
            return data
        if self._single:
            return None
        rest = self._frame.unused_data.lstrip(b"\0")
        while not rest:
            piece = self._source.read1(_PACKED_PIECE)
            if not piece:
                return None
            rest = piece.lstrip(b"\0")
        self._frame = self._codec()
        return rest


def peeked_codec(stream: Stream) -> Codec | None:
    """Tell how what comes next is compressed, without taking it."""
    return codec_of(stream.peek(8)[:8]) if isinstance(stream, io.BufferedReader) else None


def unpacked(source: Stream, budget: Budget) -> Stream:
    """Undo one layer of compression, if there is one."""
    codec = peeked_codec(source)
    return source if codec is None else io.BufferedReader(Unpacked(source, codec, budget), PIECE)


class Named(Protocol):
    """What has a name for messages."""

    @property
    def where(self) -> str:
        """The name."""


@contextmanager
def damage_told(what: Named) -> Iterator[None]:
    """Turn what the decompressors raise into a FeedError that says which file it is."""
    try:
        yield
    except EOFError as error:
        raise TruncatedStreamError(b"", what.where) from error
    except _CORRUPT as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise FeedError(f"{what.where} cannot be read: {error.strerror or error}") from error
        if "memory" in str(error).lower():
            raise DamagedStreamError(
                f"{what.where} needs more memory to decompress than is given ({error}); "
                "compress it again with a smaller window"
            ) from error
        raise DamagedStreamError(f"{what.where} is damaged ({error}); nothing of it is used, fetch it again") from error
