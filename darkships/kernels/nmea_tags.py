"""TAG blocks of NMEA lines (NMEA 0183 4.10): c time, s station, g group."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import borrowed
from darkships.kernels.nmea_records import (
    COMMA,
    GROUP,
    STAR,
    STATION,
    STATION_SIZE,
    US,
    find,
    hex_digit,
    word_end,
    xor,
)
from darkships.kernels.nmea_times import NO_TIME, epoch_at, is_digit


@kernel
def read_tag(data: Array, start: int, stop: int, records: Array, i: int) -> None:
    """Read what a TAG block says into a record; one whose own checksum is wrong tells nothing."""
    data, records = borrowed(data), borrowed(records)
    star = stop - 1
    while star >= start and data[star] != STAR:
        star -= 1
    digits = stop - star - 1
    if star < start or digits < 1 or digits > 2:
        return
    given = 0
    for k in range(star + 1, stop):
        value = hex_digit(data[k])
        if value < 0:
            return
        given = given * 16 + value
    if given != xor(data, start, star):
        return
    at = start
    while at < star:
        end = find(data, at, star, COMMA)
        if end - at > 1 and data[at + 1] == 58:
            _tag_field(data, at, end, records, i)
        elif end - at > 4 and data[at + 1] == 71 and data[at + 3] == 58 and is_digit(data[at]):
            if is_digit(data[at + 2]) and word_end(data, at + 4, end) == end:  # 1G2:0125, IEC 62320-1
                records[i, GROUP] = at + 4
        at = end + 1


@inlined
def _tag_field(data: Array, at: int, end: int, records: Array, i: int) -> None:
    key = data[at]
    if key == 99 and records[i, US] == NO_TIME:  # c
        us, after = epoch_at(data, at + 2, end)
        if after == end:
            records[i, US] = us
    elif key == 115:  # s
        records[i, STATION], records[i, STATION_SIZE] = at + 2, end - at - 2
    elif key == 103:  # g: number-total-name
        first = at + 2
        dash = first
        while dash < end and is_digit(data[dash]):
            dash += 1
        second = dash + 1
        other = second
        while other < end and is_digit(data[other]):
            other += 1
        if dash > first and other > second and other + 1 < end and data[dash] == 45 and data[other] == 45:
            if word_end(data, other + 1, end) == end:
                records[i, GROUP] = other + 1


@kernel
def group_sizes(data: Array, starts: Array) -> Array:
    """Return the lengths of TAG groups' names; 0 where the start is -1."""
    sizes = np.zeros(starts.size, np.int64)
    for i in range(starts.size):
        if starts[i] >= 0:
            sizes[i] = word_end(data, starts[i], data.size) - starts[i]
    return sizes
