"""Messages of made-up ships as lines of an NMEA log with TAG blocks."""

from typing import NamedTuple

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.simulation import CLASS_B_SO
from darkships.kernels.simulation_reports import Rows
from darkships.kernels.simulation_text import COMMA, NEWLINE, ZERO, Texts, put_number, put_text

_BACKSLASH, _BANG, _STAR = 92, 33, 42
_MOST_BITS = 432
_MOST_FIELDS = 80
_FIRST_PART = 59
"""Six-bit characters in the first of two sentences."""


_CLASS_A = np.array([6, 2, 30, 4, 8, 10, 1, 28, 27, 12, 9, 6, 25])
"""Bits of the fields of type 1 (ITU-R M.1371-5 annex 8, table 48); what is 0 throughout is one field."""

_CLASS_B = np.array([6, 2, 30, 8, 10, 1, 28, 27, 12, 9, 6, 2, 1, 4, 22])
"""Type 18 (table 65): at the end carrier sense or not; display, DSC, whole band and message 22."""

_VOYAGE = np.array([6, 2, 30, 2, 30, *[6] * 7, *[6] * 20, 8, 9, 9, 6, 6, 4, 9, 5, 6, 8, *[6] * 20, 2])
"""Type 5 (table 52)."""

_STATIC_A = np.array([6, 2, 30, 2, *[6] * 20, 8])
_STATIC_B = np.array([6, 2, 30, 2, 8, 42, *[6] * 7, 9, 9, 6, 6, 4, 2])
"""Halves of type 24 (tables 73 and 74)."""


class SaidNmea(NamedTuple):
    """What stands in the lines beside the messages' own numbers."""

    start_s: int
    """the simulation's start, seconds since 1970"""
    ais_class: Array
    """(s,)"""
    mmsi: Array
    imo: Array
    ship_type: Array
    size_m: Array
    """(s, 4): from the antenna to bow, stern, port and starboard"""
    name: Array
    """uint8 (s, 20): six-bit codes"""
    callsign: Array
    """uint8 (s, 7)"""
    draught_dm: Array
    """(l,): of each leg"""
    bound_for: Array
    """(l,): of each leg, which destination"""
    destinations: Array
    """uint8 (p, 20)"""
    stations: Texts
    heads: Texts
    """beginnings of sentences: whole on channel A and B, first and second of two on A and B"""


@kernel
def _pack(bits: Array, values: Array, widths: Array) -> int:
    """Write fields one after the other, and zeros up to a whole character; return how many bits they have."""
    at = 0
    for field in range(widths.size):
        for k in range(widths[field] - 1, -1, -1):
            bits[at] = values[field] >> k & 1
            at += 1
    bits[at : at + 6] = 0
    return at


@kernel
def _letters(values: Array, at: int, codes: Array) -> int:
    for code in codes:
        values[at] = code
        at += 1
    return at


@kernel
def _sizes(values: Array, at: int, size_m: Array) -> int:
    for k in range(4):
        values[at + k] = size_m[k]
    return at + 4


@kernel
def _position(values: Array, at: int, rows: Rows, i: int, second: int) -> None:
    """Write what types 1 and 18 tell alike."""
    values[at], values[at + 1], values[at + 2], values[at + 3] = rows.sog[i], 0, rows.lon[i], rows.lat[i]
    values[at + 4], values[at + 5], values[at + 6] = rows.cog[i], rows.heading[i], second % 60


@kernel
def _voyage(values: Array, said: SaidNmea, ship: int, leg: int) -> None:
    """Write type 5: fixed by GPS, no time of arrival."""
    values[3], values[4] = 0, said.imo[ship]
    at = _letters(values, _letters(values, 5, said.callsign[ship]), said.name[ship])
    values[at] = said.ship_type[ship]
    at = _sizes(values, at + 1, said.size_m[ship])
    values[at], values[at + 1], values[at + 2], values[at + 3] = 1, 0, 24, 60
    values[at + 4] = said.draught_dm[leg]
    values[_letters(values, at + 5, said.destinations[said.bound_for[leg]])] = 0


@kernel
def _static_b(values: Array, said: SaidNmea, ship: int, part: int) -> None:
    """Write a half of type 24."""
    values[3] = part
    if part == 0:
        values[_letters(values, 4, said.name[ship])] = 0
        return
    values[4], values[5] = said.ship_type[ship], 0
    at = _sizes(values, _letters(values, 6, said.callsign[ship]), said.size_m[ship])
    values[at], values[at + 1] = 1, 0


@kernel
def _message(values: Array, rows: Rows, i: int, said: SaidNmea, part: int) -> Array:
    """Write the fields of a message, or of a half of type 24; return their widths."""
    ship, second = rows.ship[i], int(rows.second[i])
    values[0], values[1], values[2] = rows.msg_type[i], 0, said.mmsi[ship]
    if rows.msg_type[i] == 1:
        values[3], values[4], values[12] = rows.status[i], 128, 0  # no rate of turn
        _position(values, 5, rows, i, second)
        return _CLASS_A
    if rows.msg_type[i] == 18:
        values[3], values[11], values[13], values[14] = 0, 0, 0b0111, 0
        values[12] = 0 if said.ais_class[ship] == CLASS_B_SO else 1
        _position(values, 4, rows, i, second)
        return _CLASS_B
    if rows.msg_type[i] == 5:
        _voyage(values, said, ship, rows.leg[i])
        return _VOYAGE
    _static_b(values, said, ship, part)
    return _STATIC_B if part else _STATIC_A


@kernel
def _checksum(out: Array, first: int, at: int) -> int:
    """Write a star and the exclusive or of what stands from there on; return where it ends."""
    x = 0
    for k in range(first, at):
        x ^= int(out[k])
    out[at] = _STAR
    for k in range(2):
        digit = x >> (4 - 4 * k) & 15
        out[at + 1 + k] = ZERO + digit if digit < 10 else 55 + digit
    return at + 3


@kernel
def _tag(out: Array, at: int, said: SaidNmea, station: int, second: int) -> int:
    """Write a TAG block with the station, if there is one, and the time."""
    out[at] = _BACKSLASH
    first = at + 1
    at = first
    if station >= 0:
        out[at], out[at + 1] = 115, 58  # s:
        at = put_text(out, at + 2, said.stations, station)
        out[at] = COMMA
        at += 1
    out[at], out[at + 1] = 99, 58  # c:
    at = _checksum(out, first, put_number(out, at + 2, said.start_s + second))
    out[at] = _BACKSLASH
    return at + 1


@kernel
def _sentence(out: Array, at: int, said: SaidNmea, head: int, bits: Array, first: int, last: int, number: int) -> int:
    """Write a sentence of the six-bit characters from first to last; return where it ends."""
    out[at] = _BANG
    start = at + 1
    at = put_text(out, start, said.heads, head)
    if head >= 2:
        out[at] = ZERO + number
        at += 1
    out[at], out[at + 1], out[at + 2] = COMMA, 65 + head % 2, COMMA
    at += 3
    for k in range(6 * first, 6 * last, 6):
        six = 0
        for b in range(6):
            six = six << 1 | int(bits[k + b])
        out[at] = six + 48 if six < 40 else six + 56
        at += 1
    out[at] = COMMA
    out[at + 1] = ZERO + (2 if head >= 4 else 0)  # type 5 ends two bits before its last character
    at = _checksum(out, start, at + 2)
    out[at] = NEWLINE
    return at + 1


@kernel
def put_nmea(rows: Rows, said: SaidNmea, first: int, last: int, out: Array) -> int:
    """Write messages as sentences, each behind a TAG block.

    Parameters
    ----------
    rows, said
        The messages, and what is told beside them.
    first, last
        Which messages, the last one not included.
    out
        uint8, filled; room for `MOST_BYTES` a message.

    Returns
    -------
    int
        How many bytes were written.

    """
    bits, values = np.zeros(_MOST_BITS + 6, np.uint8), np.zeros(_MOST_FIELDS, np.int64)
    at = 0
    for i in range(first, last):
        second, station = int(rows.second[i]), int(rows.station[i])
        channel = second % 2
        for part in range(2 if rows.msg_type[i] in (5, 24) else 1):
            at = _tag(out, at, said, station, second)
            size = _pack(bits, values, _message(values, rows, i, said, part))
            head, start, end = channel, 0, size // 6
            if rows.msg_type[i] == 5:
                head += 2 + 2 * part
                start, end = (0, _FIRST_PART) if part == 0 else (_FIRST_PART, -(-size // 6))
            at = _sentence(out, at, said, head, bits, start, end, second % 10)
    return at
