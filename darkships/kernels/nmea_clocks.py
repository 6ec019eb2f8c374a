"""Clocks of a log and of its stations."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.nmea_times import NO_TIME
from darkships.units import US_PER_S

WORST_CLOCK_US = 30 * US_PER_S
"""A station's clock that is further from the UTC of base stations is off."""


@kernel
def reckon(
    us: Array, clock: Array, second: Array, line: Array, clock_lines: Array, clock_us: Array, log: Array
) -> Array:
    """Give a time to messages whose lines tell none, by the log's own clock; the UTC second that they carry refines it.

    The clock is what a start time, a clock line or a base station told last, moved on by the seconds of the messages:
    each second is taken to be the nearest to the clock, within 30 s. A base station that differs from the clock by more
    is believed only when the next one says the same, and never in a log that has clock lines.

    Parameters
    ----------
    us
        (m,) microseconds since 1970, NO_TIME where the line tells none; filled.
    clock
        (m,) the UTC that a base station's message tells, NO_TIME for others.
    second
        (m,) UTC second of the message, -1 where it tells none.
    line
        (m,) line in which each message was finished.
    clock_lines, clock_us
        (c,) lines that tell the log's clock, and the time they tell.
    log
        (3,) the log's clock; what a base station said that was not believed (both NO_TIME for none); whether the log
        has clock lines; changed.

    Returns
    -------
    numpy.ndarray
        (m,) whether the time was reckoned.

    """
    is_reckoned = np.zeros(us.size, np.bool_)
    c, minute = 0, 60 * US_PER_S
    for m in range(us.size):
        while c < clock_lines.size and clock_lines[c] <= line[m]:
            log[0], log[2] = clock_us[c], 1
            c += 1
        if us[m] != NO_TIME:
            continue
        if clock[m] != NO_TIME:
            if log[0] == NO_TIME or _agree(clock[m], log[0]) or (not log[2] and _agree(clock[m], log[1])):
                us[m] = log[0] = clock[m]
                log[1] = NO_TIME
                continue
            log[1] = clock[m]
        if log[0] == NO_TIME:
            continue
        us[m] = log[0]
        is_reckoned[m] = True
        if second[m] >= 0:
            ahead = int(second[m]) * US_PER_S - log[0] % minute
            us[m] += (ahead + minute // 2) % minute - minute // 2
            log[0] = max(log[0], us[m])
    if c < clock_lines.size:
        log[0], log[2] = clock_us[clock_us.size - 1], 1
    return is_reckoned


@kernel
def _agree(us: int, other: int) -> bool:
    return other != NO_TIME and abs(us - other) <= WORST_CLOCK_US


@kernel
def watch_clocks(us: Array, clock: Array, stations: Array, agree: Array, differ: Array) -> Array:
    """Tell of each message whether the clock of the station that heard it is off, by what was heard so far.

    Parameters
    ----------
    us, clock, stations
        (m,) time by the station's clock, UTC that a base station's message tells (both NO_TIME for none), station (-1
        for none).
    agree, differ
        (s,) messages of base stations that agreed with each station's clock, and that did not; counted on.

    Returns
    -------
    numpy.ndarray
        (m,) booleans.

    """
    is_off = np.zeros(us.size, np.bool_)
    for m in range(us.size):
        station = stations[m]
        if station < 0:
            continue
        if us[m] != NO_TIME and clock[m] != NO_TIME:
            if _agree(us[m], clock[m]):
                agree[station] += 1
            else:
                differ[station] += 1
        is_off[m] = differ[station] > agree[station]
    return is_off
