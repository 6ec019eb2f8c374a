"""Lines of delimited text and their fields, from bytes."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import borrowed, lowest, ones, within

NUL_BYTES, RETURNS, BEYOND_ASCII = 1, 2, 4
"""What a block can hold that its caller wants to know."""

_QUOTE, _LINE_END, _RETURN = (ord(c) for c in '"\n\r')
_STRETCH = 64 * 1024  # bytes marked at once: their marks stay in the processor's cache
_AT_ONCE = 8  # marks that are set without looking if there are as many: more are rare among 32 bytes


@kernel
def end_of_lines(text: Array, most: int) -> int:
    """Return where so many lines, one or more, stop in (n,) uint8; n if there are no more of them."""
    at = 0
    while at + 32 <= text.size:
        ends = ones(within(text, at, _LINE_END, _LINE_END))
        if ends >= most:
            break
        most -= ends
        at += 32
    while at < text.size:
        most -= text[at] == _LINE_END
        at += 1
        if not most:
            return at
    return text.size


@kernel
def split_lines(
    block: Array, start: int, size: int, delimiter: int, width: int, longest: int
) -> tuple[Array, Array, int]:
    """Find the fields of each line.

    A first pass over a stretch of bytes marks delimiters, quotes and line ends, without a branch.

    Parameters
    ----------
    block
        (n,) uint8: whole lines, each with its end.
    start, size
        Where in it the first line begins and the last ends.
    delimiter
        What stands between fields.
    width
        Fields of a row.
    longest
        Bytes beyond which a line is no row; fewer than are marked at once.

    Returns
    -------
    tuple
        edges (lines, width + 1) int32: the byte before the line, then where each field ends; right (lines,) booleans:
        the line is a row of that width, with quotes only around whole fields. In others only the two ends are set.
        And what else there is, added up: NUL_BYTES, RETURNS, BEYOND_ASCII.

    """
    block = borrowed(block)
    nul, returns, high = np.uint8(255), np.uint8(255), np.uint8(0)
    marks = np.empty(_STRETCH + _AT_ONCE, np.int32)
    edges = np.empty((1, width + 1), np.int32)
    right = np.zeros(edges.shape[0], np.bool_)
    line, origin = 0, start
    while start < size:
        stop = min(start + _STRETCH, size)
        stretch = block[start:stop]
        for i in range(stretch.size):  # many bytes at once
            nul = min(nul, stretch[i])
            returns = min(returns, stretch[i] ^ np.uint8(_RETURN))
            high |= stretch[i]
        found = _mark(block, start, stop, delimiter, marks)
        if line + found >= edges.shape[0]:  # make room as if it went on as it went so far, and some more
            rows = found + 1 + (np.int64(line / (start - origin) * (size - origin) * 1.1) if line else 0)
            more_edges, more_right = np.empty((rows, width + 1), np.int32), np.zeros(rows, np.bool_)
            for old in range(line):
                more_right[old] = right[old]
                for c in range(width + 1):
                    more_edges[old, c] = edges[old, c]
            edges, right = more_edges, more_right
        fields, places = borrowed(edges), borrowed(marks)
        k, before = 0, start
        while k < found:
            last = k + width - 1
            plain = last < found and bool(block[marks[last]] == _LINE_END)
            if plain:
                differs = np.uint8(0)
                for c in range(width - 1):
                    fields[line, c + 1] = places[k + c]
                    differs |= block[places[k + c]] ^ np.uint8(delimiter)
                plain = bool(differs == 0)
            if not plain:
                last = k
                while last < found and block[marks[last]] != _LINE_END:
                    last += 1
                if last == found:
                    break
                field, begin, plain = 0, start, True
                while k <= last and field < width and plain:
                    if block[marks[k]] == _QUOTE:
                        plain = bool(marks[k] == begin)
                        k += 1
                        while k < last and block[marks[k]] != _QUOTE:
                            k += 1
                        k += 1
                        plain &= k <= last and marks[k] == marks[k - 1] + 1 and block[marks[k]] != _QUOTE
                    if plain:
                        edges[line, field + 1] = marks[k]
                        begin = marks[k] + 1
                        field += 1
                        k += 1
                plain &= field == width and k > last
            edges[line, 0], edges[line, width] = start - 1, marks[last]
            right[line] = plain and marks[last] - start <= longest
            line += 1
            start = marks[last] + 1
            k = last + 1
        if start == before:  # a line longer than the stretch
            while block[stop] != _LINE_END:
                stop += 1
            edges[line, 0], edges[line, width] = start - 1, stop
            line += 1
            start = stop + 1
    seen = (NUL_BYTES if nul == 0 else 0) + (RETURNS if returns == 0 else 0) + (BEYOND_ASCII if high > 127 else 0)
    return edges[:line], right[:line], seen


@inlined
def _mark(block: Array, at: int, stop: int, delimiter: int, marks: Array) -> int:
    """Write down where delimiters, quotes and line ends stand; return how many there are."""
    block, marks, found = borrowed(block), borrowed(marks), 0
    while at + 32 <= stop:
        bits = within(block, at, delimiter, delimiter) | within(block, at, _LINE_END, _LINE_END)
        bits |= within(block, at, _QUOTE, _QUOTE)
        after = found + ones(bits)
        for k in range(_AT_ONCE):
            marks[found + k] = at + lowest(bits)
            bits &= bits - 1
        found += _AT_ONCE
        while bits:
            marks[found] = at + lowest(bits)
            bits &= bits - 1
            found += 1
        found, at = after, at + 32
    while at < stop:
        marks[found] = at
        found += block[at] == delimiter or block[at] == _LINE_END or block[at] == _QUOTE
        at += 1
    return found
