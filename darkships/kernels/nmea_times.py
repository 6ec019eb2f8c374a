"""Times in the text of NMEA logs: epoch numbers and dates, read from bytes to microseconds since 1970 UTC."""

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import eight, within
from darkships.kernels.texts import eight_digits
from darkships.units import EARLIEST_S, LATEST_S, US_PER_S

NO_TIME = -(2**63)
"""Stands for a time that is not there."""


@inlined
def is_digit(c: int) -> bool:
    """Tell whether a byte is a decimal digit."""
    return 48 <= c <= 57


@inlined
def in_bounds(us: int) -> int:
    """Return a time between 1990 and 2100 as it is, any other as NO_TIME."""
    return us if EARLIEST_S * US_PER_S <= us < LATEST_S * US_PER_S else NO_TIME


@kernel
def number(data: Array, start: int, stop: int) -> int:
    """Return the whole number that is all of a text of 1 to 18 digits, else -1."""
    if stop <= start or stop > data.size or stop - start > 18:
        return -1
    value = 0
    for i in range(start, stop):
        if not is_digit(data[i]):
            return -1
        value = value * 10 + int(data[i]) - 48
    return value


@kernel
def day_number(year: int, month: int, day: int) -> int:
    """Return days since 1970 of a date of the Gregorian calendar, NO_TIME where there is no such day."""
    if not (1900 <= year <= 2200 and 1 <= month <= 12 and day >= 1):
        return NO_TIME
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 28 + leap if month == 2 else 30 if month in (4, 6, 9, 11) else 31
    if day > length:
        return NO_TIME
    y = year - (month <= 2)  # Hinnant, "chrono-compatible low-level date algorithms": days from civil
    era_year = y % 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return y // 400 * 146_097 + era_year * 365 + era_year // 4 - era_year // 100 + day_of_year - 719_468


@inlined
def epoch_at(data: Array, start: int, stop: int) -> tuple[int, int]:
    """Read seconds, milli-, micro- or nanoseconds since 1970 (10, 13, 16 or 19 digits), with a fraction or without.

    Returns
    -------
    tuple
        The time (NO_TIME if it is out of bounds) and where it ends; ``start`` if none stands here.

    """
    at, value = start, 0
    if start + 8 <= stop and start + 32 <= data.size and ~within(data, start, 48, 57) & 0xFF == 0:
        at, value = start + 8, eight_digits(eight(data, start))
    while at < stop and is_digit(data[at]):
        if at - start < 16:
            value = value * 10 + int(data[at]) - 48
        at += 1
    digits = at - start
    if digits not in (10, 13, 16, 19):
        return NO_TIME, start
    if digits < 16:
        value *= 1_000_000 if digits == 10 else 1000
    if at < stop and data[at] == 46:
        scale, fraction = 100_000, at + 1
        at = fraction
        while at < stop and is_digit(data[at]):
            if digits == 10:
                value += (int(data[at]) - 48) * scale
                scale //= 10
            at += 1
        if at == fraction:
            return NO_TIME, start
    if at < stop and data[at] == 46:
        return NO_TIME, start
    return in_bounds(value), at


@kernel
def dated(data: Array, start: int, stop: int) -> tuple[int, bool]:
    """Find the first YYYY-MM-DD hh:mm:ss (or with slashes, or T) in a text, with fraction and zone if they are there.

    Returns
    -------
    tuple
        The time (NO_TIME if there is no such day or hour) and whether there is such a text.

    """
    for i in range(start, stop - 18):
        mark = data[i + 4]
        if mark not in (45, 47) or data[i + 7] != mark or not (data[i + 10] == 84 or data[i + 10] == 32):
            continue
        if data[i + 13] != 58 or data[i + 16] != 58:
            continue
        year, month, day = number(data, i, i + 4), number(data, i + 5, i + 7), number(data, i + 8, i + 10)
        hour, minute = number(data, i + 11, i + 13), number(data, i + 14, i + 16)
        second = number(data, i + 17, i + 19)
        if min(year, month, day) < 0 or min(hour, minute, second) < 0:
            continue
        days = day_number(year, month, day)
        if days == NO_TIME or hour > 23 or minute > 59 or second > 59:
            return NO_TIME, True
        us = (((days * 24 + hour) * 60 + minute) * 60 + second) * US_PER_S
        return in_bounds(us + _fraction_and_zone(data, i + 19, stop)), True
    return NO_TIME, False


@kernel
def _fraction_and_zone(data: Array, at: int, stop: int) -> int:
    """Return the microseconds to add for a fraction of a second and to take away for an offset from UTC."""
    us = 0
    if at + 1 < stop and (data[at] == 46 or data[at] == 44) and is_digit(data[at + 1]):
        at += 1
        scale = 100_000
        while at < stop and is_digit(data[at]):
            us += (int(data[at]) - 48) * scale
            scale //= 10
            at += 1
    while at < stop and data[at] == 32:
        at += 1
    if at + 4 < stop and (data[at] == 43 or data[at] == 45):
        hours = number(data, at + 1, at + 3)
        colon = data[at + 3] == 58
        minutes = number(data, at + 3 + colon, at + 5 + colon) if at + 5 + colon <= stop else -1
        if hours >= 0 and minutes >= 0:
            offset = (hours * 60 + minutes) * 60 * US_PER_S
            us += offset if data[at] == 45 else -offset
    return us
