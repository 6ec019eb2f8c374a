"""Messages of made-up ships as lines of CSV: MarineCadastre's and the Danish Maritime Authority's."""

from typing import NamedTuple

from darkships.kernels import Array, kernel
from darkships.kernels.simulation_reports import Rows

COMMA, NEWLINE, DOT, MINUS, COLON, ZERO = 44, 10, 46, 45, 58, 48

MOST_BYTES = 320
"""More than a line has."""

_NO_STATUS, _NO_COG, _NO_HEADING = 15, 3600, 511
_STATIC = (5, 24)


class Texts(NamedTuple):
    """Texts one after the other."""

    first: Array
    """int64 (n + 1,): where each begins"""
    letters: Array
    """uint8"""


class Said(NamedTuple):
    """What stands in the lines beside the messages' own numbers."""

    date: Array
    """uint8: the date as the format has it, and what parts it from the time"""
    mmsi: Array
    """(s,)"""
    head: Texts
    """of each ship: the columns before the status (MarineCadastre) or the draught (DMA)"""
    middle: Texts
    """of each ship (MarineCadastre): the columns between status and draught; of each status (DMA): its name"""
    tail: Texts
    """of each ship: the columns after the draught (MarineCadastre) or the destination (DMA)"""
    draught_dm: Array
    """(l,): of each leg; 0 not told"""
    bound_for: Array
    """(l,): of each leg, which destination"""
    destinations: Texts


@kernel
def put_text(out: Array, at: int, texts: Texts, which: int) -> int:
    """Write one of many texts; return where it ends."""
    for k in range(texts.first[which], texts.first[which + 1]):
        out[at] = texts.letters[k]
        at += 1
    return at


@kernel
def put_number(out: Array, at: int, number: int) -> int:
    """Write a whole number, not negative; return where it ends."""
    digits, rest = 1, number
    while rest >= 10:
        rest //= 10
        digits += 1
    for k in range(digits):
        out[at + digits - 1 - k] = ZERO + number % 10
        number //= 10
    return at + digits


@kernel
def put_decimal(out: Array, at: int, scaled: int, decimals: int) -> int:
    """Write a number given times a power of ten, with so many decimals; return where it ends."""
    if scaled < 0:
        out[at] = MINUS
        at += 1
        scaled = -scaled
    unit = 10**decimals
    at = put_number(out, at, scaled // unit)
    out[at] = DOT
    scaled %= unit
    for k in range(decimals):
        out[at + decimals - k] = ZERO + scaled % 10
        scaled //= 10
    return at + 1 + decimals


@kernel
def put_two(out: Array, at: int, number: int) -> int:
    """Write two digits; return where they end."""
    out[at], out[at + 1] = ZERO + number // 10, ZERO + number % 10
    return at + 2


@kernel
def _put_time(out: Array, at: int, date: Array, second: int) -> int:
    for k in range(date.size):
        out[at + k] = date[k]
    at = put_two(out, at + date.size, second // 3600 % 24)
    out[at] = COLON
    at = put_two(out, at + 1, second // 60 % 60)
    out[at] = COLON
    return put_two(out, at + 1, second % 60)


@kernel
def _comma(out: Array, at: int) -> int:
    out[at] = COMMA
    return at + 1


@kernel
def _rounded(value: int, times: int, over: int) -> int:
    """Return value * times / over to the nearest whole number."""
    return (2 * value * times + over) // (2 * over)


@kernel
def put_marinecadastre(rows: Rows, said: Said, first: int, last: int, out: Array) -> int:
    """Write lines of MarineCadastre's 17 columns (2018 to 2024).

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
    at = 0
    for i in range(first, last):
        if rows.msg_type[i] in _STATIC:  # every line tells the identity
            continue
        ship, leg = int(rows.ship[i]), rows.leg[i]
        at = put_number(out, at, said.mmsi[ship])
        at = _put_time(out, _comma(out, at), said.date, int(rows.second[i]))
        at = put_decimal(out, _comma(out, at), _rounded(int(rows.lat[i]), 1, 6), 5)
        at = put_decimal(out, _comma(out, at), _rounded(int(rows.lon[i]), 1, 6), 5)
        at = put_decimal(out, _comma(out, at), int(rows.sog[i]), 1)
        at = put_decimal(out, _comma(out, at), int(rows.cog[i]), 1)
        at = put_decimal(out, _comma(out, at), int(rows.heading[i]) * 10, 1)
        at = put_text(out, at, said.head, ship)
        if rows.status[i] != _NO_STATUS:
            at = put_number(out, at, int(rows.status[i]))
        at = put_text(out, at, said.middle, ship)
        if said.draught_dm[leg] > 0:
            at = put_decimal(out, at, said.draught_dm[leg], 1)
        at = put_text(out, at, said.tail, ship)
    return at


@kernel
def put_dma(rows: Rows, said: Said, first: int, last: int, out: Array) -> int:
    """Write lines of the Danish Maritime Authority's 26 columns; parameters as in `put_marinecadastre`."""
    at = 0
    for i in range(first, last):
        if rows.msg_type[i] in _STATIC:  # every line tells the identity
            continue
        ship, leg, status = int(rows.ship[i]), rows.leg[i], int(rows.status[i])
        at = _put_time(out, at, said.date, int(rows.second[i]))
        at = put_text(out, at, said.middle, 16 if status == _NO_STATUS else 17)
        at = put_number(out, at, said.mmsi[ship])
        at = put_decimal(out, _comma(out, at), _rounded(int(rows.lat[i]), 5, 3), 6)
        at = put_decimal(out, _comma(out, at), _rounded(int(rows.lon[i]), 5, 3), 6)
        at = put_text(out, _comma(out, at), said.middle, status)
        at = put_decimal(out, _comma(out, _comma(out, at)), int(rows.sog[i]), 1)
        at = _comma(out, at)
        if rows.cog[i] != _NO_COG:
            at = put_decimal(out, at, int(rows.cog[i]), 1)
        at = _comma(out, at)
        if rows.heading[i] != _NO_HEADING:
            at = put_number(out, at, int(rows.heading[i]))
        at = put_text(out, at, said.head, ship)
        if said.draught_dm[leg] > 0:
            at = put_decimal(out, at, said.draught_dm[leg], 1)
            at = put_text(out, _comma(out, at), said.destinations, said.bound_for[leg])
        else:
            at = _comma(out, at)
        at = put_text(out, at, said.tail, ship)
    return at
