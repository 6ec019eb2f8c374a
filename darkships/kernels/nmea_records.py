"""Records of an NMEA log: what ``lex`` finds in its lines, and the least that reading them needs."""

import numpy as np

from darkships.kernels import Array, fixed, inlined, kernel
from darkships.kernels.memory import eight, lowest, within
from darkships.kernels.texts import rest

WIDTH = 15
"""Integers of a record; a text is its first byte and its length."""

LINE, KIND, START, STOP, PAYLOAD, PAYLOAD_STOP, FILL, TOTAL, NUMBER = range(9)
SEQUENCE, CHANNEL, US, STATION, STATION_SIZE, GROUP = range(9, 15)
"""Columns of a record. GROUP is the first byte of a TAG group's name, -1 without one; it ends where its letters end."""

SENTENCE, STAMP, CLOCK = 0, 1, 2
"""Kinds of record: an AIS sentence; a line that stamps the sentence after it; a line that tells the log's own clock."""

TRUNCATED, MALFORMED, CHECKSUM, PART, UNRECOGNISED = 10, 11, 12, 13, 14
"""Kinds of record that are refused. CHECKSUM has the given and the computed sum in TOTAL and NUMBER."""

BLANK, COMMENT, TIME_LINE, TAG_LINE, OTHER_NMEA, PIECES = range(6)
"""What ``counts`` counts: lines without AIS sentence, by what they are; AIS sentences and what is nothing known."""

NEWLINE, RETURN, BANG, DOLLAR, STAR, COMMA, BACKSLASH, QUOTE = 10, 13, 33, 36, 42, 44, 92, 34
"""Bytes that mean something."""

_HEX = fixed(np.array([int(chr(c), 16) if chr(c) in "0123456789abcdefABCDEF" else -1 for c in range(256)], np.int8))


@inlined
def xor(data: Array, start: int, stop: int) -> int:
    """Return the NMEA 0183 checksum: the characters' exclusive or."""
    at, x = start, 0
    while at + 8 <= stop:
        x ^= eight(data, at)
        at += 8
    x ^= rest(data, at, stop)
    x ^= x >> 32
    x ^= x >> 16
    return (x ^ x >> 8) & 0xFF


@inlined
def find(data: Array, at: int, stop: int, byte: int) -> int:
    """Return where a byte stands first, ``stop`` if nowhere."""
    while at < stop and at + 32 <= data.size:
        found = within(data, at, byte, byte)
        if found:
            return min(at + lowest(found), stop)
        at += 32
    while at < stop and data[at] != byte:
        at += 1
    return min(at, stop)


@inlined
def hex_digit(c: int) -> int:
    """Return the value of a hexadecimal digit, -1 of any other byte; looked up, for no branch would be foreseen."""
    return int(_HEX[c])


@kernel
def is_blank(c: int) -> bool:
    """Tell whether a byte is a blank, a tab or the like."""
    return c == 32 or 9 <= c <= 13


@inlined
def word_end(data: Array, at: int, stop: int) -> int:
    """Return where letters, digits and underscores end."""
    while at < stop:
        c = data[at]
        if not (48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 95):
            break
        at += 1
    return at
