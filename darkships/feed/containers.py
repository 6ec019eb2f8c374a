"""Containers: plain, gzip, bzip2, xz, zstandard and zip, told by their first bytes and read as streams."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import zstandard

from darkships.errors import FeedError

Stream = io.BufferedIOBase

HEAD_SIZE = 64 * 1024
"""How much of a feed is looked at to tell what it is."""

BLOCK_SIZE = 24 * 1024 * 1024
"""Text is handled in blocks of whole lines of about this size: some 250,000 rows."""

UNFINISHED = "the last line has no line end and was held back until it has one; --finished takes it as it is"
"""Note on a file that may still grow."""

_PIECE = 1024 * 1024
_ZSTD_PIECE = 2 * 1024  # zstd expands a piece at most some 30,000 times: this bounds what hostile input can take
_CORRUPT = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile, OSError)
_JUNK_SUFFIXES = {".pdf", ".xml", ".html", ".htm", ".md", ".docx", ".png", ".jpg", ".sha256", ".md5", ".py", ".yaml"}
_JUNK_NAMES = {"readme", "readme.txt", "license", "license.txt", "thumbs.db", "desktop.ini"}


class TruncatedStreamError(FeedError):
    """A compressed stream ended before its end; ``tail`` is the piece of the last line that was there."""

    def __init__(self, tail: bytes) -> None:
        super().__init__("the compressed file is cut off")
        self.tail = tail


@dataclass(frozen=True)
class Member:
    """One stream of bytes to read: a file, or one file in a zip archive (then ``name`` is not empty)."""

    path: Path
    name: str = ""
    start: int = 0
    """Bytes of a plain file that are passed over."""

    @property
    def where(self) -> str:
        """The name for messages and for quarantine."""
        return f"{self.path}!{self.name}" if self.name else str(self.path)

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Open the decompressed bytes."""
        with self.path.open("rb") as file:
            if self.name:
                with zipfile.ZipFile(file) as archive, archive.open(self.name) as member:
                    yield _decompressed(io.BufferedReader(member))  # type: ignore[arg-type]  # typeshed: IO[bytes]
            elif self.start:
                file.seek(self.start)
                yield file
            else:
                yield _decompressed(file)


class _ZstdReader(io.RawIOBase):
    """A zstandard stream of any number of frames that tells a cut-off last frame from a finished one."""

    def __init__(self, source: Stream) -> None:
        self._source = source
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._inside = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io passes a memoryview
        while not self._ready:
            piece = self._source.read(_ZSTD_PIECE)
            if not piece:
                if self._inside:
                    raise EOFError
                return 0
            self._ready = memoryview(b"".join(self._expand(piece)))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _expand(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            self._inside = True
            yield self._frame.decompress(piece)
            if not self._frame.eof:
                return
            piece = self._frame.unused_data
            self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._inside = False


_OPENERS: dict[bytes, Callable[[io.BufferedReader], Stream]] = {
    b"\x1f\x8b": lambda source: gzip.GzipFile(fileobj=source),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": lambda source: io.BufferedReader(_ZstdReader(source), _PIECE),
}


@dataclass
class Taking:
    """What is taken of a stream of lines, block by block."""

    final: bool = True
    """The stream is finished: a last line without line end is whole. Else it is held back."""
    tap: Callable[[bytes], None] | None = None
    """Given the bytes of whole lines, in their order."""
    consumed: int = 0
    """Bytes of whole lines so far."""

    def whole_lines(self, block: bytes) -> tuple[bytes, bytes]:
        """Split the line that is held back off a block."""
        cut = len(block) if self.final else block.rfind(b"\n") + 1
        whole = block[:cut]
        self.consumed += cut
        if self.tap is not None:
            self.tap(whole)
        return whole, block[cut:]


def members(path: Path) -> tuple[list[Member], list[str]]:
    """Return the streams in a file, and notes on what was left out.

    Raises
    ------
    FeedError
        When the file cannot be opened, is empty, or is a zip archive that is damaged or not safe.

    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            if not magic:
                raise FeedError(f"{path} is empty; expected an AIS feed")
            if magic != b"PK\x03\x04":
                return [Member(path)], []
            with zipfile.ZipFile(file) as archive:
                return _zip_members(path, archive.infolist())
    except zipfile.BadZipFile as error:
        raise FeedError(f"{path} is a damaged zip archive ({error}); fetch it again") from error
    except OSError as error:
        raise FeedError(f"{path} cannot be read: {error.strerror or error}") from error


def is_plain(path: Path) -> bool:
    """Tell whether a file is neither compressed nor an archive nor Parquet: if it is text, it may grow line by line.

    Raises
    ------
    FeedError
        When the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            start = file.read(262)
    except OSError as error:
        raise FeedError(f"{path} cannot be read: {error.strerror or error}") from error
    return path.is_file() and not start.startswith((*_OPENERS, b"PK\x03\x04", b"PAR1")) and start[257:] != b"ustar"


def head(member: Member) -> bytes:
    """Return the first bytes of a stream, decompressed, at most HEAD_SIZE."""
    found = bytearray()
    with damage_told(member), member.open() as stream:
        try:
            while len(found) < HEAD_SIZE and (piece := stream.read1(HEAD_SIZE)):
                found += piece
        except EOFError:
            if not found:
                raise
            # Cut off within the head: what is there tells the format.
    return bytes(found[:HEAD_SIZE])


def line_blocks(member: Member, size: int = BLOCK_SIZE) -> Iterator[bytes]:
    """Yield a text stream in blocks of whole lines; only the very last may lack its line end.

    Raises
    ------
    TruncatedStreamError
        After the last whole line of a compressed stream that is cut off.
    FeedError
        When the bytes are damaged, or a single line is longer than a block.

    """
    rest = b""
    with damage_told(member), member.open() as stream:
        while True:
            pieces, state = _fill(stream, size - len(rest))
            block = b"".join((rest, *pieces))
            cut = block.rfind(b"\n") + 1
            if state != "more":
                break
            if not cut:
                raise FeedError(f"{member.where}: no line end in {size} bytes; expected lines of text")
            yield block[:cut]
            rest = block[cut:]
    if state == "cut off":
        if cut:
            yield block[:cut]
        raise TruncatedStreamError(block[cut:])
    if block:
        yield block


@contextmanager
def damage_told(member: Member) -> Iterator[None]:
    """Turn what the decompressors raise on damaged bytes into a FeedError."""
    try:
        yield
    except EOFError as error:
        raise FeedError(f"{member.where} is cut off; fetch it again") from error
    except _CORRUPT as error:
        raise FeedError(f"{member.where} is damaged ({error}); nothing of it is used, fetch it again") from error


def is_junk(name: str) -> bool:
    """Tell whether a file beside the feeds is plainly none: hidden, a document, a checksum."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or path.suffix.lower() in _JUNK_SUFFIXES or path.name.lower() in _JUNK_NAMES


def _fill(stream: Stream, size: int) -> tuple[list[bytes], str]:
    """Read about ``size`` bytes; what was read before a cut-off is kept."""
    pieces: list[bytes] = []
    while size > 0:
        try:
            piece = stream.read1(min(size, _PIECE))
        except EOFError:
            return pieces, "cut off"
        if not piece:
            return pieces, "end"
        pieces.append(piece)
        size -= len(piece)
    return pieces, "more"


def _decompressed(source: io.BufferedReader) -> Stream:
    """Undo one layer of compression, if there is one."""
    start = source.peek(8)[:8]
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            return opener(source)
    return source


def _zip_members(path: Path, infos: list[zipfile.ZipInfo]) -> tuple[list[Member], list[str]]:
    found, notes = [], []
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if ".." in parts or info.filename.startswith(("/", "\\")):
            raise FeedError(
                f"{path} holds a member with the unsafe name {info.filename!r}; expected plain relative names"
            )
        if info.is_dir():
            continue
        if "__MACOSX" in parts or is_junk(info.filename):
            notes.append(f"{info.filename!r} in the archive is no feed and was left out")
        elif info.flag_bits & 1:
            raise FeedError(f"{path}: member {info.filename!r} is encrypted; extract it first")
        else:
            found.append(Member(path, info.filename))
    if not found:
        raise FeedError(f"{path} holds no feed; expected a zip archive with at least one")
    return found, notes
