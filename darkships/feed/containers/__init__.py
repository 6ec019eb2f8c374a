"""Containers: what of a feed file is text or a table, however it is wrapped.

Told by the first bytes, never by the name: plain, gzip (many members), bzip2 and xz (many streams), zstandard (many
frames, skippable ones too), zip, and tar, plain or compressed by any of the four. What lies in an archive may itself
be compressed once; an archive in an archive is refused.

Everything is read as a stream, in bounded memory, and nothing is unpacked onto the disk, but for what can only be read
by seeking in it (Parquet and the like inside an archive): that gets a temporary copy (``Member.local``). A
geodatabase in an archive, a folder of files, is one member.

**Cut off or damaged.** A stream that ends too early was right as far as it goes: its rows so far are given, and the
feed is incomplete. A stream whose bytes contradict themselves (checksum, impossible code) is refused whole, since no
row of it, earlier ones included, can be trusted.

**Bombs.** A file of n bytes may give FREE_BYTES + RATIO * n bytes, counting every layer and every member of an archive,
and never more than MOST_BYTES; a zip archive that announces more is refused before any of it is read. AIS text
compresses 3 to 40 times, and some 500 times at most (by xz, measured) where all but the clock stays the same to the
last digit; gzip can reach 1,000 times, bzip2 and zstandard far more.
"""

from darkships.feed.containers.lines import BLOCK_SIZE, HEAD_SIZE, MOST_LINES, SPARE, head, line_blocks, line_buffers
from darkships.feed.containers.members import Container, Member, is_plain
from darkships.feed.containers.names import DATABASE_CATALOG, DATABASE_SUFFIX, is_database_part, is_description, is_junk
from darkships.feed.containers.streams import DamagedStreamError, Stream, TruncatedStreamError, damage_told

__all__ = [
    "BLOCK_SIZE",
    "DATABASE_CATALOG",
    "DATABASE_SUFFIX",
    "HEAD_SIZE",
    "MOST_LINES",
    "SPARE",
    "Container",
    "DamagedStreamError",
    "Member",
    "Stream",
    "TruncatedStreamError",
    "damage_told",
    "head",
    "is_database_part",
    "is_description",
    "is_junk",
    "is_plain",
    "line_blocks",
    "line_buffers",
]
