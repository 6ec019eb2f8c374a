"""Zip archives: the directory by the standard library, the members by our own bounded readers.

The standard library's reader hands bzip2 and LZMA members out in one piece, however large they grow; and a zip that is
cut off has lost its directory, which stands at its end, so that its members are found by their own headers.
"""

import bz2
import io
import lzma
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from darkships.errors import FeedError
from darkships.feed.containers.names import check_name, is_left_out, shown
from darkships.feed.containers.spans import Base, Span, read_whole
from darkships.feed.containers.streams import (
    MOST_MEMORY,
    PIECE,
    ZLIB,
    Budget,
    Codec,
    DamagedStreamError,
    Stream,
    Unpacked,
    Zstd,
    raw_deflate,
    xz,
)

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_DIRECTORY = 16 * 1024**2  # some 200,000 names
_LOCAL = struct.Struct("<4s5H3I2H")
_DIRECTORY_END, _DIRECTORY_END_SIZE = b"PK\x05\x06", 22
_MOST_AFTER_END = 65_557  # the longest comment, and the record before it
_STORED, _LZMA = 0, 14
_CODECS: dict[int, Codec] = {8: raw_deflate, 12: bz2.BZ2Decompressor, 93: Zstd, 95: xz}
_METHODS = {1: "Shrink", 6: "Implode", 9: "Deflate64", 97: "WavPack", 98: "PPMd"}
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
_UNKNOWN_32 = 0xFFFF_FFFF
_ZIP64 = 1


@dataclass(frozen=True)
class ZipEntry:
    """One file in a zip archive."""

    name: str
    header_offset: int
    method: int
    packed_size: int
    size: int | None
    """None where the archive is cut off and the sizes stood behind the data."""
    crc: int | None


class _Sober(io.FileIO):
    """A file that hands out no giant piece: a directory's word for its own size is not taken."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read what an honest directory needs."""
        if size is not None and size > _MOST_DIRECTORY:
            raise zipfile.BadZipFile(f"a directory of {size:,} bytes")
        return super().read(size) or b""


def entries(path: Path, base: Base, where: str, note: Callable[[str], None]) -> tuple[list[ZipEntry], bool]:
    """Return the files of an archive that may be feeds, and whether the archive is whole.

    Raises
    ------
    FeedError
        When the archive is damaged, or holds what an archive of feeds should not.

    """
    size = path.stat().st_size
    end = read_whole(base, max(size - _MOST_AFTER_END, 0), min(size, _MOST_AFTER_END))
    if not 0 <= end.rfind(_DIRECTORY_END) <= len(end) - _DIRECTORY_END_SIZE:
        return list(_by_headers(base, size, where, note)), False
    try:
        with _Sober(path) as file, zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise DamagedStreamError(f"{where} is a damaged zip archive ({error}); fetch it again") from error
    budget = Budget(where, size)
    found = [entry for info in infos if (entry := _entry(info, where, note)) is not None]
    budget.spend(sum(entry.size or 0 for entry in found))
    return found, True


def open_entry(base: Base, entry: ZipEntry, budget: Budget) -> Stream:
    """Open the bytes of a member, checked against its size and checksum."""
    local = _LOCAL.unpack(read_whole(base, entry.header_offset, _LOCAL.size))
    if local[0] != MAGIC[0]:
        raise zipfile.BadZipFile("a member is not where the directory says")
    start = entry.header_offset + _LOCAL.size + local[9] + local[10]
    packed = io.BufferedReader(Span(base, start, entry.packed_size), PIECE)
    return io.BufferedReader(_Checked(_expanded(packed, entry, budget), entry, budget), PIECE)


class _Checked(io.RawIOBase):
    """A member's bytes; at their end the size and the checksum must be those that the archive tells."""

    def __init__(self, source: Stream, entry: ZipEntry, budget: Budget) -> None:
        self._source = source
        self._entry = entry
        self._budget = budget
        self._left = entry.size
        self._crc = 0

    def readable(self) -> bool:
        """Tell that it is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io passes a memoryview
        """Fill a buffer with what comes next."""
        wanted = len(buffer) if self._left is None else min(len(buffer), self._left)
        piece = self._source.read1(wanted) if wanted else b""
        if not piece:
            self._check()
        buffer[: len(piece)] = piece
        self._crc = ZLIB.crc32(piece, self._crc)
        if self._left is not None:
            self._left -= len(piece)
        if self._entry.method == _STORED:  # the decompressors count for themselves
            self._budget.spend(len(piece))
        return len(piece)

    def _check(self) -> None:
        if self._left:
            raise zipfile.BadZipFile(f"a member ends {self._left:,} bytes early")
        if self._entry.crc is not None and self._crc != self._entry.crc:
            raise zipfile.BadZipFile(f"bad CRC-32 of member {shown(self._entry.name)!r}")


def _expanded(packed: Stream, entry: ZipEntry, budget: Budget) -> Stream:
    if entry.method == _STORED:
        return packed
    codec = _lzma(packed) if entry.method == _LZMA else _CODECS[entry.method]
    return io.BufferedReader(Unpacked(packed, codec, budget, single=True), PIECE)


def _lzma(packed: Stream) -> Codec:
    """Read the head of an LZMA member: version, length of the properties, properties (APPNOTE 5.8.8)."""
    head = packed.read(9)
    if len(head) < 9 or head[2:4] != b"\x05\0" or head[4] >= 225:
        raise zipfile.BadZipFile("a member's LZMA properties are none")
    rest, lc = divmod(head[4], 9)
    pb, lp = divmod(rest, 5)
    dict_size = int.from_bytes(head[5:9], "little")
    if dict_size > MOST_MEMORY:
        raise zipfile.BadZipFile(f"a member's decompression asks for {dict_size:,} bytes of memory")
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dict_size, "lc": lc, "lp": lp, "pb": pb}]
    return lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _entry(info: zipfile.ZipInfo, where: str, note: Callable[[str], None]) -> ZipEntry | None:
    """Judge one line of the directory; None is no feed."""
    name = check_name(info.filename, where)
    if name.endswith("/"):
        return None
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise FeedError(f"{where} holds {shown(name)!r}, which is a link or device; expected plain files")
    if is_left_out(name):
        note(f"{shown(name)!r} in the archive is no feed and was left out")
        return None
    _check_readable(name, info.flag_bits, info.compress_type, where)
    return ZipEntry(name, info.header_offset, info.compress_type, info.compress_size, info.file_size, info.CRC)


def _check_readable(name: str, flags: int, method: int, where: str) -> None:
    if flags & _ENCRYPTED:
        raise FeedError(f"{where}: member {shown(name)!r} is encrypted; extract it first")
    if method not in {_STORED, _LZMA, *_CODECS}:
        known = _METHODS.get(method, f"method {method}")
        raise FeedError(
            f"{where}: member {shown(name)!r} is compressed by {known}, which is not supported; "
            "extract it first (7-Zip can), or compress it by Deflate"
        )


def _by_headers(base: Base, end: int, where: str, note: Callable[[str], None]) -> Iterator[ZipEntry]:
    """Find the members of an archive that is cut off, one behind the other as far as their headers tell how long."""
    offset = 0
    while offset + _LOCAL.size <= end:
        local = _LOCAL.unpack(read_whole(base, offset, _LOCAL.size))
        start = offset + _LOCAL.size + local[9] + local[10]
        if local[0] != MAGIC[0] or start > end:
            return
        names = read_whole(base, offset + _LOCAL.size, local[9] + local[10])
        flags, method, crc, packed, size = local[2], local[3], local[6], *_sizes(local, names[local[9] :])
        name = check_name(names[: local[9]].decode("utf-8" if flags & 0x800 else "cp437", "replace"), where)
        follow = bool(flags & _SIZES_FOLLOW)  # then only a compressed member tells its end, and only by being read
        if is_left_out(name):
            note(f"{shown(name)!r} in the archive is no feed and was left out")
        elif not name.endswith("/") and not (follow and method == _STORED):
            _check_readable(name, flags, method, where)
            told = (end - start, None, None) if follow else (packed, size, crc)
            yield ZipEntry(name, offset, method, *told)
        if follow:
            return
        offset = start + packed


def _sizes(local: tuple[int, ...], extra: bytes) -> tuple[int, int]:
    """Return the packed and the full size, which the ZIP64 field tells where they are too long for the header."""
    packed, size = local[7], local[8]
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64 and length >= 16 and len(extra) >= 20 and _UNKNOWN_32 in {packed, size}:
            size, packed = struct.unpack_from("<2Q", extra, 4)
            break
        extra = extra[4 + length :]
    return packed, size
