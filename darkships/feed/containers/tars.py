"""Tar archives: a walk from header to header, over any base.

The standard library's ``tarfile`` reads one header block for us; the walk is our own, for it must not take an extended
header's word for how much memory to use, and must tell an archive that is cut off from one that ended.
"""

import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from darkships.errors import FeedError
from darkships.feed.containers.names import check_name, shown
from darkships.feed.containers.spans import Base, read_whole
from darkships.feed.containers.streams import PIECE, DamagedStreamError

BLOCK = 512
_MOST_EXTENDED = 1024 * 1024
_PAX_RECORD = re.compile(rb"(\d{1,9}) ([^=\n]+)=")
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = (b"x", b"X"), b"g", b"L", b"K"
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_REFUSED = {
    tarfile.LNKTYPE: "a link",
    tarfile.SYMTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}


@dataclass(frozen=True)
class TarEntry:
    """One file in a tar archive."""

    name: str
    offset: int
    size: int


def is_tar(block: bytes) -> bool:
    """Tell whether a block is a tar header, by the checksum that each has."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


def walk(base: Base, where: str, note: Callable[[str], None]) -> Iterator[TarEntry]:
    """Yield the files of an archive in their order.

    Raises
    ------
    EOFError
        When the archive is cut off: it has no end mark.
    FeedError
        When a header is damaged, or an entry is none that an archive of feeds should hold.

    """
    offset, globally, own = 0, dict[str, str](), dict[str, str]()
    while True:
        info = _header(read_whole(base, offset, BLOCK), where)
        offset += BLOCK
        if info is None:
            break
        said = globally | own
        if info.type in (*_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
            found = _extended(info, base, offset, where)
            (globally if info.type == _PAX_GLOBAL else own).update(found)
            size = info.size
        else:
            own = {}
            size = _size(said, info, where)
            name = check_name(said.get("path", info.name), where)
            _refuse(info, name, said, where)
            if info.type in _REGULAR:
                yield TarEntry(name, offset, size)
            elif info.type != tarfile.DIRTYPE:
                note(f"{shown(name)!r} in the archive is of the unknown kind {info.type!r} and was left out")
        offset += -(-size // BLOCK) * BLOCK
    if _has_more(base, offset):
        note("something follows the end of the tar archive and was left out")


def _header(block: bytes, where: str) -> tarfile.TarInfo | None:
    """Read a header block; None is the end mark."""
    if block.count(0) == BLOCK:
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError) as error:
        raise DamagedStreamError(f"{where} is a damaged tar archive ({error}); fetch it again") from error
    if info.size < 0:
        raise DamagedStreamError(f"{where} is a damaged tar archive (a size of {info.size}); fetch it again")
    return info


def _extended(info: tarfile.TarInfo, base: Base, offset: int, where: str) -> dict[str, str]:
    """Read what stands in place of a header's too short fields: a GNU long name, or pax records."""
    if info.size > _MOST_EXTENDED:
        raise DamagedStreamError(f"{where}: a name in the tar archive takes {info.size:,} bytes; do not trust it")
    content = read_whole(base, offset, info.size)
    if info.type == _LONG_NAME:
        return {"path": _text(content)}
    return {} if info.type == _LONG_LINK else _pax(content)


def _pax(content: bytes) -> dict[str, str]:
    records, at = {}, 0
    while found := _PAX_RECORD.match(content, at):
        end = at + int(found[1])
        if end <= found.end():
            break
        records[_text(found[2])] = _text(content[found.end() : end - 1])
        at = end
    return records


def _text(content: bytes) -> str:
    return content.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _size(said: dict[str, str], info: tarfile.TarInfo, where: str) -> int:
    size = said.get("size")
    if size is None:
        return 0 if info.type in _REFUSED or info.type == tarfile.DIRTYPE else info.size
    if not (size.isascii() and size.isdecimal() and len(size) <= 18):
        raise DamagedStreamError(f"{where} is a damaged tar archive (a size of {shown(size)!r}); fetch it again")
    return int(size)


def _refuse(info: tarfile.TarInfo, name: str, said: dict[str, str], where: str) -> None:
    kind = _REFUSED.get(info.type)
    if any(key.startswith("GNU.sparse.") for key in said):
        kind = "a sparse file"
    if kind is not None:
        raise FeedError(
            f"{where} holds {shown(name)!r}, which is {kind}; expected plain files: "
            "pack them again (tar --dereference), or extract them and ingest the folder"
        )


def _has_more(base: Base, offset: int) -> bool:
    """Read to the very end, so that a checksum there is checked; tell whether there is more than padding."""
    more = False
    while piece := base.read_at(offset, PIECE):
        more = more or piece.count(0) != len(piece)
        offset += len(piece)
    return more
