"""AIS payloads: the six-bit characters of a message as the fields that we keep (ITU-R M.1371-5, annex 8)."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.nmea_lines import FILL, PAYLOAD, PAYLOAD_STOP, TOTAL
from darkships.kernels.nmea_times import NO_TIME, day_number
from darkships.units import US_PER_S

WORD = 60
"""Bits that a word of a payload holds: ten characters."""

WORDS = 18
"""As many as the longest message that we read has (five slots)."""

MMSI_RANGE = (1_000_000, 999_999_999)
"""From the smallest seven-digit coast station (00MIDxxxx) to nine digits; 0 is also sent."""

NO_CLASS, CLASS_A, CLASS_B, BASE, ATON, SAR = range(6)

GOOD, TOO_SHORT, BAD_TYPE, BAD_MMSI, BAD_SIZE = range(5)
"""What becomes of a message; all but the first are refused."""

ACCURATE, RAIM, OUT_OF_RANGE = 1, 2, 8  # POSITION_FLAGS

_PADDING = 8
"""Bits by which a message may be longer than it should: receivers pad to whole characters or bytes."""

_NO_FIELD = -1


@kernel
def load(data: Array, start: int, stop: int, words: Array, have: int) -> int:
    """Append characters to a payload; return how many it has. Those beyond WORDS words are counted only.

    ``words`` is (WORDS + 1,) int64: 60 bits a word, the first character uppermost.
    """
    at = start
    while at < stop and have < WORDS * 10:
        place, shift = have // 10, 54 - have % 10 * 6
        word = words[place] if shift < 54 else 0
        while shift >= 0 and at < stop:
            c = int(data[at])
            word |= (c - 48 if c < 96 else c - 56) << shift
            shift -= 6
            at += 1
            have += 1
        words[place] = word
    return have + stop - at


@kernel
def bits(words: Array, start: int, width: int) -> int:
    """Return an unsigned field of at most 32 bits."""
    place, offset = start // WORD, start % WORD
    if offset + width <= WORD:
        return int(words[place] >> (WORD - offset - width) & ((1 << width) - 1))
    rest = offset + width - WORD
    high = words[place] & ((1 << (WORD - offset)) - 1)
    return int(high << rest | words[place + 1] >> (WORD - rest))


@kernel
def signed(words: Array, start: int, width: int) -> int:
    """Return a field in two's complement."""
    value = bits(words, start, width)
    return value - (1 << width) if value >> (width - 1) else value


@kernel
def gather(data: Array, records: Array, parts: Array, message: int, words: Array) -> int:
    """Put a message's payload together; return its bits."""
    if message >= 0:
        have = load(data, records[message, PAYLOAD], records[message, PAYLOAD_STOP], words, 0)
        return have * 6 - records[message, FILL]
    row = -1 - message
    have, last = 0, parts[row, 0]
    for k in range(records[parts[row, 0], TOTAL]):
        last = parts[row, k]
        have = load(data, records[last, PAYLOAD], records[last, PAYLOAD_STOP], words, have)
    return have * 6 - records[last, FILL]


@kernel
def layout(kind: int) -> tuple[int, int, bool, int]:
    """Return a message type's bits, place of the longitude (-1: none), whether it may be longer, kind of station."""
    if kind <= 3:
        return 168, 61, False, CLASS_A
    if kind == 18:
        return 168, 57, False, CLASS_B
    if kind == 19:
        return 312, 57, False, CLASS_B
    if kind == 4:
        return 168, 79, False, BASE
    if kind == 5:  # 424; some receivers cut the end, which is the destination
        return 302, _NO_FIELD, True, CLASS_A
    if kind == 9:
        return 168, 61, False, SAR
    if kind == 11:
        return 168, 79, False, NO_CLASS
    if kind == 21:
        return 272, 164, True, ATON
    if kind == 24:  # 160 or 168; the last letter of a name may be cut
        return 154, _NO_FIELD, True, CLASS_B
    if kind == 27:
        return 96, 44, False, CLASS_A
    return 40, _NO_FIELD, True, BASE if kind in (16, 17, 20, 22, 23) else NO_CLASS


@kernel
def decode(data: Array, records: Array, parts: Array, messages: Array, whole: Array, real: Array, clock: Array) -> None:
    """Read what every message says of time and place.

    Parameters
    ----------
    data, records, parts, messages
        As ``lex`` and ``assemble`` give them, m messages.
    whole
        (9, m) int32, filled: what became of it (GOOD, ...; for BAD_SIZE and TOO_SHORT nothing below but the type),
        message type, MMSI, class, flags, heading, navigational status, UTC second (-1: not told), bits.
    real
        (5, m) float64, filled: longitude, latitude (degrees), speed (knots), course (degrees), rate of turn
        (degrees a minute); NaN where not told.
    clock
        (m,) int64, filled: the UTC that a base station tells, in microseconds; NO_TIME without.

    """
    words = np.zeros(WORDS + 1, np.int64)
    for m in range(messages.size):
        size = gather(data, records, parts, messages[m], words)
        kind = bits(words, 0, 6) if size >= 6 else 0
        whole[0, m], whole[1, m], whole[8, m] = GOOD, kind, size
        clock[m] = NO_TIME
        if size < 40:
            whole[0, m] = TOO_SHORT
            continue
        mmsi = bits(words, 8, 30)
        whole[2, m] = mmsi if mmsi < 1 << 30 else 0
        if not 1 <= kind <= 27:
            whole[0, m] = BAD_TYPE
            continue
        if mmsi != 0 and not MMSI_RANGE[0] <= mmsi <= MMSI_RANGE[1]:
            whole[0, m] = BAD_MMSI
            continue
        least, place, is_open, station = layout(kind)
        if size < least or (not is_open and size > least + _PADDING):
            whole[0, m] = BAD_SIZE
            continue
        whole[3, m] = station
        for k in range(5):
            real[k, m] = np.nan
        whole[4, m], whole[5, m], whole[6, m], whole[7, m] = 0, -1, -1, -1
        if place > 0:
            _read_place(words, kind, place, whole[:, m], real[:, m])
        if kind in (4, 11):
            clock[m] = _read_clock(words)


@kernel
def _read_place(words: Array, kind: int, place: int, whole: Array, real: Array) -> None:
    is_coarse = kind == 27  # 18 and 17 bits for a place, whole knots and degrees
    width, scale = (18, 600) if is_coarse else (28, 600_000)
    lon, lat = signed(words, place, width), signed(words, place + width, width - 1)
    if abs(lon) <= 180 * scale and abs(lat) <= 90 * scale:
        # to millionths of a degree: no half can occur, so this is the double nearest to the rounded decimal
        micro = 10_000 if is_coarse else 10
        real[0], real[1] = np.floor_divide(lon * micro + 3, 6) / 1e6, np.floor_divide(lat * micro + 3, 6) / 1e6
    elif lon != 181 * scale and lat != 91 * scale:
        whole[4] |= OUT_OF_RANGE
    accuracy = 38 if is_coarse else place - 1
    raim = 39 if is_coarse else 305 if kind == 19 else 268 if kind == 21 else 148 if kind in (1, 2, 3, 4, 11) else 147
    whole[4] |= ACCURATE * bits(words, accuracy, 1) + RAIM * bits(words, raim, 1)
    if is_coarse:
        _read_coarse_motion(words, whole, real)
    elif kind in (1, 2, 3, 9, 18, 19):
        start = 46 if kind >= 18 else 50
        sog, cog = bits(words, start, 10), bits(words, start + 66, 12)
        if sog != 1023:
            real[2] = sog if kind == 9 else sog / 10
        if cog < 3600:
            real[3] = cog / 10
        second = bits(words, 128 if kind == 9 else start + 87, 6)
        whole[7] = second if second < 60 else -1
        if kind != 9:
            heading = bits(words, start + 78, 9)
            whole[5] = heading if heading < 360 else -1
        if kind <= 3:
            _read_class_a(words, whole, real)
    elif kind == 21:
        second = bits(words, 253, 6)
        whole[7] = second if second < 60 else -1


@kernel
def _read_coarse_motion(words: Array, whole: Array, real: Array) -> None:
    sog, cog, status = bits(words, 79, 6), bits(words, 85, 9), bits(words, 40, 4)
    if sog != 63:
        real[2] = sog
    if cog < 360:
        real[3] = cog
    whole[6] = status if status < 15 else -1


@kernel
def _read_class_a(words: Array, whole: Array, real: Array) -> None:
    status, turn = bits(words, 38, 4), signed(words, 42, 8)
    whole[6] = status if status < 15 else -1
    if abs(turn) < 127:  # 127: more than 5 degrees in 30 s, without a turn indicator; -128: not told
        rate = (turn / 4.733) ** 2
        real[4] = rate if turn >= 0 else -rate


@kernel
def _read_clock(words: Array) -> int:
    day = day_number(bits(words, 38, 14), bits(words, 52, 4), bits(words, 56, 5))
    hour, minute, second = bits(words, 61, 5), bits(words, 66, 6), bits(words, 72, 6)
    if day == NO_TIME or hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    return (((day * 24 + hour) * 60 + minute) * 60 + second) * US_PER_S
