"""Text streams: their head, and their lines in large blocks."""

from collections.abc import Iterator

from darkships.errors import FeedError
from darkships.feed.containers.members import Member
from darkships.feed.containers.streams import PIECE, Stream, TruncatedStreamError, damage_told

HEAD_SIZE = 64 * 1024
"""How much of a feed is looked at to tell what it is."""

BLOCK_SIZE = 24 * 1024 * 1024
"""Text is handled in blocks of whole lines of about this size: some 250,000 rows."""


def head(member: Member) -> bytes:
    """Return the first bytes of a stream, decompressed, at most HEAD_SIZE.

    Raises
    ------
    TruncatedStreamError
        When it is cut off before its first byte.
    FeedError
        When the bytes are damaged.

    """
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
    """Yield a text stream in blocks of whole lines, from ``member.start`` on.

    Only the very last line may lack its end, and only where the member is final: else it is held back, as it may still
    be growing. ``member.progress`` tells how far the lines went.

    Raises
    ------
    TruncatedStreamError
        After the last whole line of a stream that is cut off.
    FeedError
        When the bytes are damaged, or a single line is longer than a block.

    """
    rest, progress = b"", member.progress
    progress.consumed, progress.held_back = member.start, False
    with damage_told(member), member.open() as stream:
        if member.start:
            stream.seek(member.start)
        while True:
            pieces, state = _fill(stream, size - len(rest))
            block, rest = _split([rest, *pieces])
            del pieces  # a block is large: no more of them at a time than must be
            if state == "end" and member.final:
                block, rest = block + rest, b""
            if state == "more" and not block:
                raise FeedError(f"{member.where}: no line end in {size} bytes; expected lines of text")
            progress.consumed += len(block)
            if block:
                yield block
            del block
            if state != "more":
                break
    if state == "cut off":
        raise TruncatedStreamError(rest, member.where)
    progress.held_back = bool(rest)


def _split(pieces: list[bytes]) -> tuple[bytes, bytes]:
    """Return what goes up to the last line end, and what comes after it."""
    for i in reversed(range(len(pieces))):
        cut = pieces[i].rfind(b"\n") + 1
        if cut:
            return b"".join((*pieces[:i], pieces[i][:cut])), b"".join((pieces[i][cut:], *pieces[i + 1 :]))
    return b"", b"".join(pieces)


def _fill(stream: Stream, size: int) -> tuple[list[bytes], str]:
    """Read about ``size`` bytes; what was read before a cut-off is kept."""
    pieces: list[bytes] = []
    while size > 0:
        try:
            piece = stream.read1(min(size, PIECE))
        except EOFError:
            return pieces, "cut off"
        if not piece:
            return pieces, "end"
        pieces.append(piece)
        size -= len(piece)
    return pieces, "more"
