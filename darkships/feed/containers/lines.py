"""Text streams: their head, and their lines in large blocks."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from darkships.errors import FeedError
from darkships.feed.containers.members import Member
from darkships.feed.containers.streams import PIECE, Stream, TruncatedStreamError, damage_told
from darkships.kernels import fixed
from darkships.kernels.csv_lines import end_of_lines

HEAD_SIZE = 64 * 1024
"""How much of a feed is looked at to tell what it is."""

BLOCK_SIZE = 24 * 1024 * 1024
"""Text is handled in blocks of whole lines of about this size: some 250,000 rows."""

MOST_LINES = 400_000
"""Lines of a block, however short they are: what is known of a line may take much more memory than its text."""

SPARE = 8
"""Bytes of a block behind its text."""

_KEPT = 4096
"""Of a line longer than a block: enough to be refused as what it is, and seen in quarantine."""


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
    """Yield a text stream in blocks of whole lines, as ``line_buffers`` does, each as bytes."""
    for buffer, used in line_buffers(member, size):
        yield buffer[:used].tobytes()


def line_buffers(member: Member, size: int = BLOCK_SIZE) -> Iterator[tuple[npt.NDArray[np.uint8], int]]:
    """Yield a text stream in blocks of whole lines, from ``member.start`` on.

    Only the very last line may lack its end, and only where the member is final: else it is held back, as it may still
    be growing. ``member.progress`` tells how far the lines went. Of a line longer than a block, as a crash leaves it in
    a log, only the beginning is handed out: it becomes a row that cannot be read, and those after it are not lost.

    A block is an array and how many of its bytes count; at least SPARE more follow, for its user to change. The bytes
    that count stay as they are: ``member.tap`` may still look at them when they are handed out.

    Raises
    ------
    TruncatedStreamError
        After the last whole line of a stream that is cut off.
    FeedError
        When the bytes are damaged, or already the first line is longer than a block: that is no text.

    """
    buffer = _room(size)
    filled, progress = 0, member.progress
    progress.consumed, progress.held_back = member.start, False
    with damage_told(member), member.open() as stream:
        if member.start:
            stream.seek(member.start)
        while True:
            filled, state = _fill(stream, buffer.data[:size], filled)
            cut = filled if state == "end" and member.final else _last_line_end(buffer[:filled])
            if state == "more" and not cut:
                line, kept = _room(_KEPT + 1), min(size, _KEPT)
                line[:kept], line[kept] = buffer[:kept], ord("\n")
                filled = _skip_line(stream, buffer, size, member)
                if progress.held_back:
                    return
                progress.cut_lines += 1
                yield line, kept + 1
                continue
            within = end_of_lines(fixed(buffer[:cut]), MOST_LINES)
            if within < cut:
                cut, state = within, "more"
            rest = buffer[cut:filled].tobytes()
            progress.consumed += cut
            if cut:
                if member.tap is not None:
                    member.tap(buffer.data[:cut])
                yield buffer, cut
            if state != "more":
                break
            filled, buffer = len(rest), _room(size)
            buffer[:filled] = np.frombuffer(rest, np.uint8)
    if state == "cut off":
        raise TruncatedStreamError(rest, member.where)
    progress.held_back = bool(rest)


def _room(size: int) -> npt.NDArray[np.uint8]:
    """Return an array for so many bytes, and SPARE more: whole words."""
    return np.empty(-(-(size + SPARE) // 4) * 4, np.uint8)


def _skip_line(stream: Stream, buffer: npt.NDArray[np.uint8], size: int, member: Member) -> int:
    """Read on to the end of the line that fills the buffer; move what follows it to the front, and return its size.

    Without end it is held back where it may still get one.
    """
    progress, length, used, filled = member.progress, size, size, size
    if not progress.consumed:
        raise FeedError(f"{member.where}: no line end in {size} bytes; expected lines of text")
    while filled and buffer[used - 1] != ord("\n"):
        filled, _ = _fill(stream, buffer.data[:size], 0)
        ends = buffer[:filled] == ord("\n")
        used = int(ends.argmax()) + 1 if ends.any() else filled
        length += used
    if not filled and not member.final:
        progress.held_back = True
        return 0
    if member.tap is not None:  # only of a line that is whole, so its bytes are read again
        stream.seek(progress.consumed)
        left, used, filled = length, 0, 0
        while left and (count := _fill(stream, buffer.data[: min(size, left)], 0)[0]):
            member.tap(memoryview(buffer[:count].tobytes()))
            left -= count
    progress.consumed += length
    rest = buffer[used:filled].copy()
    buffer[: len(rest)] = rest
    return len(rest)


def _fill(stream: Stream, target: memoryview, filled: int) -> tuple[int, str]:
    """Read on until the target is full; what was read before a cut-off is kept."""
    while filled < len(target):
        try:
            count = stream.readinto1(target[filled : filled + PIECE])
        except EOFError:
            return filled, "cut off"
        if not count:
            return filled, "end"
        filled += count
    return filled, "more"


def _last_line_end(text: npt.NDArray[np.uint8]) -> int:
    """Return where the last whole line stops; 0 if there is none."""
    stop, step = len(text), 1024
    while stop:
        start = max(0, stop - step)
        cut = text[start:stop].tobytes().rfind(b"\n") + 1
        if cut:
            return start + cut
        stop, step = start, step * 2
    return 0
