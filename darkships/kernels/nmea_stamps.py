"""What else in NMEA logs tells time and station: loggers' prefixes, trailing fields, $PGHP, $--RMC and $--ZDA."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.nmea_records import (
    COMMA,
    DOLLAR,
    QUOTE,
    STAR,
    STATION,
    STATION_SIZE,
    US,
    hex_digit,
    is_blank,
    word_end,
    xor,
)
from darkships.kernels.nmea_times import NO_TIME, dated, day_number, epoch_at, in_bounds, is_digit, number


@kernel
def read_trailer(data: Array, start: int, stop: int, records: Array, i: int) -> None:
    """Read what follows a checksum: US Coast Guard fields (rSTATION, last the Unix time), or a $PGHP."""
    us, station, size = read_pghp(data, start, stop)
    if us == NO_TIME and not size:
        while start < stop and is_blank(data[start]):
            start += 1
        while stop > start and is_blank(data[stop - 1]):
            stop -= 1
        at = start
        while at < stop:
            end = at
            while end < stop and data[end] != COMMA:
                end += 1
            told, after = epoch_at(data, at, end)
            if after == end and end > at:
                us = told
            elif end - at > 1 and (data[at] == 114 or data[at] == 98) and word_end(data, at, end) == end:
                station, size = at, end - at
            at = end + 1
    if records[i, US] == NO_TIME:
        records[i, US] = us
    if not records[i, STATION_SIZE]:
        records[i, STATION], records[i, STATION_SIZE] = station, size


@kernel
def prefix_time(data: Array, start: int, stop: int) -> int:
    """Read the time that a logger wrote before a sentence: a date, or seconds to nanoseconds since 1970."""
    for i in range(start, stop):
        if data[i] == DOLLAR:
            return NO_TIME  # the rest of another sentence: its numbers are no time
    us, is_date = dated(data, start, stop)
    if is_date:
        return us
    for i in range(start, stop):
        if is_digit(data[i]) and (i == start or not (is_digit(data[i - 1]) or data[i - 1] == 46)):
            us, after = epoch_at(data, i, stop)
            if after > i:
                return us
    return NO_TIME


@kernel
def find_word(data: Array, start: int, stop: int, a: int, b: int, c: int, d: int, e: int) -> int:
    """Return where five characters stand in a row, -1 if nowhere."""
    for i in range(start, stop - 4):
        if data[i] == a and data[i + 1] == b and data[i + 2] == c and data[i + 3] == d and data[i + 4] == e:
            return i
    return -1


@kernel
def read_pghp(data: Array, start: int, stop: int) -> tuple[int, int, int]:
    """Read $PGHP,1,Y,M,D,h,m,s,ms,country,region,base,...*hh: time; where and how long the base's number is."""
    dollar = find_word(data, start, stop, DOLLAR, 80, 71, 72, 80)
    if dollar < 0 or dollar + 9 > stop or data[dollar + 5] != COMMA or data[dollar + 6] != 49:
        return NO_TIME, 0, 0
    fields = np.empty(14, np.int64)
    count, at = 0, dollar + 7
    while at < stop and data[at] != STAR:
        if data[at] == QUOTE:
            return NO_TIME, 0, 0
        if data[at] == COMMA and count < 14:
            fields[count] = at + 1
            count += 1
        at += 1
    if count < 7 or data[dollar + 7] != COMMA or at + 3 > stop:
        return NO_TIME, 0, 0
    high, low = hex_digit(data[at + 1]), hex_digit(data[at + 2])
    if high < 0 or low < 0 or high * 16 + low != xor(data, dollar + 1, at):
        return NO_TIME, 0, 0
    told = np.empty(7, np.int64)
    for i in range(7):
        end = fields[i + 1] - 1 if i + 1 < count else at
        told[i] = number(data, fields[i], end)
    day = day_number(told[0], told[1], told[2])
    if day == NO_TIME or told.min() < 0 or told[3] > 23 or told[4] > 59 or told[5] > 59 or told[6] > 999:
        return NO_TIME, 0, 0
    us = in_bounds((((day * 24 + told[3]) * 60 + told[4]) * 60 + told[5]) * 1_000_000 + told[6] * 1000)
    if count < 10:
        return us, 0, 0
    return us, fields[9], (fields[10] - 1 if count > 10 else at) - fields[9]


@kernel
def read_clock(data: Array, dollar: int, stop: int) -> int:
    """Return the UTC that a sound $--RMC (valid) or $--ZDA tells, NO_TIME for any other sentence."""
    if dollar + 7 > stop or data[dollar + 6] != COMMA:
        return NO_TIME
    is_rmc = data[dollar + 3] == 82 and data[dollar + 4] == 77 and data[dollar + 5] == 67
    is_zda = data[dollar + 3] == 90 and data[dollar + 4] == 68 and data[dollar + 5] == 65
    star = dollar
    while star < stop and data[star] != STAR:
        star += 1
    if not (is_rmc or is_zda) or star + 3 > stop:
        return NO_TIME
    if hex_digit(data[star + 1]) * 16 + hex_digit(data[star + 2]) != xor(data, dollar + 1, star):
        return NO_TIME
    fields = np.full(11, star, np.int64)
    count = 0
    for i in range(dollar, star):
        if data[i] == COMMA and count < 11:
            fields[count] = i + 1
            count += 1
    if count < (9 if is_rmc else 4) or (is_rmc and data[fields[1]] != 65):
        return NO_TIME
    clock = number(data, fields[0], fields[0] + 6)
    if is_rmc:
        date = number(data, fields[8], fields[8] + 6)
        year = date % 100
        year += 2000 if year < 80 else 1900
        day = day_number(year, date // 100 % 100, date // 10_000)
    else:
        day = day_number(
            number(data, fields[3], fields[4] - 1 if count > 4 else star),
            number(data, fields[2], fields[3] - 1),
            number(data, fields[1], fields[2] - 1),
        )
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    if clock < 0 or day == NO_TIME or hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    return in_bounds((((day * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000)
