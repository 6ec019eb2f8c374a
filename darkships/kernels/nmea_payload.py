"""AIS payloads: the six-bit characters of a message as the fields that we keep (ITU-R M.1371-5, annex 8)."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.identity import MMSI_RANGE
from darkships.kernels.memory import borrowed, eight
from darkships.kernels.nmea_records import FILL, PAYLOAD, PAYLOAD_STOP, TOTAL
from darkships.kernels.nmea_times import NO_TIME, day_number
from darkships.units import US_PER_S

WORDS = 33
MOST_CHARACTERS = 176
"""Of a payload, in words of 32 bits and in characters: more than the longest message has (five slots)."""

NO_CLASS, CLASS_A, CLASS_B, BASE, ATON, SAR = range(6)

GOOD, TOO_SHORT, BAD_TYPE, BAD_MMSI, BAD_SIZE = range(5)
"""What becomes of a message; all but the first are refused."""

ACCURATE, RAIM, OUT_OF_RANGE = 1, 2, 8  # POSITION_FLAGS

_PADDING = 8
"""Bits by which a message may be longer than it should: receivers pad to whole characters or bytes."""


@inlined
def pack(data: Array, start: int, size: int, words: Array) -> None:
    """Turn six-bit characters into words of 32 bits, the first bit uppermost; beyond WORDS they are left out.

    ``words`` is (WORDS + 1,) int64.
    """
    size = min(size, MOST_CHARACTERS)
    for at in range(0, size, 16):  # 96 bits: three words
        first, second = _six_bits(data, start + at, size - at), _six_bits(data, start + at + 8, size - at - 8)
        place = at // 16 * 3
        words[place] = first >> 16
        words[place + 1] = (first & 0xFFFF) << 16 | second >> 32
        words[place + 2] = second & 0xFFFFFFFF


@inlined
def _six_bits(data: Array, at: int, size: int) -> int:
    """Return the 48 bits of eight characters, those beyond ``size`` taken as 0."""
    if size <= 0:
        return 0
    if at + 8 <= data.size:
        word = eight(data, at)
        if size < 8:
            beyond = (1 << 64 - 8 * size) - 1
            word = word & ~beyond | 0x3030303030303030 & beyond
    else:
        word = 0
        for k in range(8):
            word = word << 8 | (int(data[at + k]) if k < size else 48)
    word -= 0x3030303030303030 + ((word & word >> 1 & 0x2020202020202020) >> 2)  # 48; from '`' on 56
    word = word >> 2 & 0x0FC00FC00FC00FC0 | word & 0x003F003F003F003F
    word = word >> 4 & 0x00FFF00000FFF000 | word & 0x00000FFF00000FFF
    return word >> 8 & 0xFFFFFF000000 | word & 0xFFFFFF


@inlined
def bits(words: Array, start: int, width: int) -> int:
    """Return an unsigned field of at most 32 bits."""
    place = start >> 5
    both = words[place] << 32 | words[place + 1]
    return int(both >> (64 - (start & 31) - width) & ((1 << width) - 1))


@inlined
def signed(words: Array, start: int, width: int) -> int:
    """Return a field in two's complement."""
    value = bits(words, start, width)
    return value - (1 << width) if value >> (width - 1) else value


@inlined
def gather(data: Array, records: Array, parts: Array, message: int, words: Array, spare: Array) -> int:
    """Put a message's payload together, as ``pack`` does; return its bits. ``spare`` is (MOST_CHARACTERS,) uint8."""
    if message >= 0:
        size = records[message, PAYLOAD_STOP] - records[message, PAYLOAD]
        pack(data, records[message, PAYLOAD], size, words)
        return int(size * 6 - records[message, FILL])
    row = -1 - message
    have, last = 0, parts[row, 0]
    for k in range(records[parts[row, 0], TOTAL]):
        last = parts[row, k]
        for at in range(records[last, PAYLOAD], records[last, PAYLOAD_STOP]):
            if have < MOST_CHARACTERS:
                spare[have] = data[at]
            have += 1
    pack(spare, 0, have, words)
    return int(have * 6 - records[last, FILL])


@inlined
def layout(kind: int) -> tuple[int, bool, int]:
    """Return a message type's bits, whether it may be longer, and the kind of station that sends it."""
    if kind <= 3:
        return 168, False, CLASS_A
    if kind == 18:
        return 168, False, CLASS_B
    if kind == 5:  # 424; some receivers cut the end, which is the destination
        return 302, True, CLASS_A
    if kind == 24:  # 160 or 168; the last letter of a name may be cut
        return 154, True, CLASS_B
    if kind == 27:
        return 96, False, CLASS_A
    if kind == 19:
        return 312, False, CLASS_B
    if kind == 21:
        return 272, True, ATON
    if kind in (4, 9, 11):
        return 168, False, BASE if kind == 4 else SAR if kind == 9 else NO_CLASS
    return 40, True, BASE if kind in (16, 17, 20, 22, 23) else NO_CLASS


@kernel
def decode(data: Array, records: Array, parts: Array, messages: Array, whole: Array, real: Array, clock: Array) -> None:
    """Read what every message says of time and place.

    Parameters
    ----------
    data, records, parts, messages
        As ``lex`` and ``assemble`` give them, m messages.
    whole
        (m, 9) int32, filled: what became of it (GOOD, ...), message type, MMSI, class, flags, heading, navigational
        status, UTC second (-1: not told), bits. Class to status have no meaning where a message is not good. This and
        the next two may have more rows, which stay as they are.
    real
        (m, 5) float64, filled: longitude, latitude (degrees), speed (knots), course (degrees), rate of turn
        (degrees a minute); NaN where not told.
    clock
        (m,) int64, filled: the UTC that a base station tells, in microseconds; NO_TIME without.

    """
    words, spare = np.zeros(WORDS + 1, np.int64), np.empty(MOST_CHARACTERS, np.uint8)
    _decode(data, records, parts, messages, whole, real, clock, words, spare)


@kernel
def _decode(
    data: Array, records: Array, parts: Array, messages: Array, whole: Array, real: Array, clock: Array, words: Array,
    spare: Array,
) -> None:  # fmt: skip
    data, records, parts, whole, real = (
        borrowed(data), borrowed(records), borrowed(parts), borrowed(whole), borrowed(real),
    )  # fmt: skip
    words, spare = borrowed(words), borrowed(spare)
    for m in range(messages.size):
        size = gather(data, records, parts, messages[m], words, spare)
        kind = bits(words, 0, 6) if size >= 6 else 0
        whole[m, 0], whole[m, 1], whole[m, 7], whole[m, 8] = GOOD, kind, -1, size
        clock[m] = NO_TIME
        if size < 40:
            whole[m, 0] = TOO_SHORT
            continue
        mmsi = bits(words, 8, 30)
        whole[m, 2] = mmsi if mmsi < 1 << 30 else 0
        if not 1 <= kind <= 27:
            whole[m, 0] = BAD_TYPE
            continue
        if mmsi != 0 and not MMSI_RANGE[0] <= mmsi <= MMSI_RANGE[1]:
            whole[m, 0] = BAD_MMSI
            continue
        least, is_open, station = layout(kind)
        if size < least or (not is_open and size > least + _PADDING):
            whole[m, 0] = BAD_SIZE
            continue
        whole[m, 3] = station
        for k in range(5):
            real[m, k] = np.nan
        whole[m, 4], whole[m, 5], whole[m, 6] = 0, -1, -1
        if kind <= 3:
            _read_class_a(words, whole, real, m)
        elif kind in (18, 19):
            _read_class_b(words, kind, whole, real, m)
        elif kind == 27:
            _read_long_range(words, whole, real, m)
        elif kind in (4, 11):
            _read_place(signed(words, 79, 28), signed(words, 107, 27), 600_000, whole, real, m)
            _read_quality(bits(words, 78, 1), bits(words, 148, 1), whole, m)
            clock[m] = _read_clock(words)
        elif kind in (9, 21):
            _read_other(words, kind, whole, real, m)


@inlined
def _read_class_a(words: Array, whole: Array, real: Array, m: int) -> None:
    """Types 1 to 3."""
    whole[m, 6] = bits(words, 38, 4)
    if whole[m, 6] == 15:
        whole[m, 6] = -1
    turn = signed(words, 42, 8)
    if abs(turn) < 127:  # 127: more than 5 degrees in 30 s, without a turn indicator; -128: not told
        rate = turn * (1 / 4.733)  # sent as 4.733 times the root
        real[m, 4] = rate * abs(rate)
    _read_place(signed(words, 61, 28), signed(words, 89, 27), 600_000, whole, real, m)
    _read_quality(bits(words, 60, 1), bits(words, 148, 1), whole, m)
    _read_motion(bits(words, 50, 10), bits(words, 116, 12), bits(words, 128, 9), bits(words, 137, 6), whole, real, m)


@inlined
def _read_class_b(words: Array, kind: int, whole: Array, real: Array, m: int) -> None:
    """Types 18 and 19."""
    _read_place(signed(words, 57, 28), signed(words, 85, 27), 600_000, whole, real, m)
    _read_quality(bits(words, 56, 1), bits(words, 147, 1) if kind == 18 else bits(words, 305, 1), whole, m)
    _read_motion(bits(words, 46, 10), bits(words, 112, 12), bits(words, 124, 9), bits(words, 133, 6), whole, real, m)


@kernel
def _read_long_range(words: Array, whole: Array, real: Array, m: int) -> None:
    """Type 27: 18 and 17 bits for a place, whole knots and degrees."""
    whole[m, 6] = bits(words, 40, 4)
    if whole[m, 6] == 15:
        whole[m, 6] = -1
    _read_place(signed(words, 44, 18), signed(words, 62, 17), 600, whole, real, m)
    _read_quality(bits(words, 38, 1), bits(words, 39, 1), whole, m)
    sog, cog = bits(words, 79, 6), bits(words, 85, 9)
    if sog != 63:
        real[m, 2] = sog
    if cog < 360:
        real[m, 3] = cog


@kernel
def _read_other(words: Array, kind: int, whole: Array, real: Array, m: int) -> None:
    """Type 9 (whole knots, no heading) and type 21 (does not move)."""
    if kind == 9:
        _read_place(signed(words, 61, 28), signed(words, 89, 27), 600_000, whole, real, m)
        _read_quality(bits(words, 60, 1), bits(words, 147, 1), whole, m)
        _read_motion(1023, bits(words, 116, 12), 511, bits(words, 128, 6), whole, real, m)
        sog = bits(words, 50, 10)
        if sog != 1023:
            real[m, 2] = sog
    else:
        _read_place(signed(words, 164, 28), signed(words, 192, 27), 600_000, whole, real, m)
        _read_quality(bits(words, 163, 1), bits(words, 268, 1), whole, m)
        _read_motion(1023, 3600, 511, bits(words, 253, 6), whole, real, m)


@inlined
def _read_place(lon: int, lat: int, scale: int, whole: Array, real: Array, m: int) -> None:
    """Write a place, sent times ``scale``, in degrees; one that is out of range is flagged, 181 and 91 are not told."""
    if abs(lon) <= 180 * scale and abs(lat) <= 90 * scale:
        # to millionths: no half can occur, so that this is the double nearest to the rounded decimal
        micro = 1e6 / scale
        real[m, 0], real[m, 1] = np.floor(lon * micro + 0.5) / 1e6, np.floor(lat * micro + 0.5) / 1e6
    elif lon != 181 * scale and lat != 91 * scale:
        whole[m, 4] |= OUT_OF_RANGE


@inlined
def _read_quality(accurate: int, raim: int, whole: Array, m: int) -> None:
    whole[m, 4] |= ACCURATE * accurate + RAIM * raim


@inlined
def _read_motion(sog: int, cog: int, heading: int, second: int, whole: Array, real: Array, m: int) -> None:
    if sog != 1023:
        real[m, 2] = sog / 10
    if cog < 3600:
        real[m, 3] = cog / 10
    whole[m, 5] = heading if heading < 360 else -1
    whole[m, 7] = second if second < 60 else -1


@kernel
def _read_clock(words: Array) -> int:
    day = day_number(bits(words, 38, 14), bits(words, 52, 4), bits(words, 56, 5))
    hour, minute, second = bits(words, 61, 5), bits(words, 66, 6), bits(words, 72, 6)
    if day == NO_TIME or hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    return (((day * 24 + hour) * 60 + minute) * 60 + second) * US_PER_S
