"""Clocks of a log and of its stations."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.nmea_times import NO_TIME
from darkships.units import US_PER_S

WORST_CLOCK_US = 30 * US_PER_S
"""A station's clock that is further from the UTC of base stations is off."""


@kernel
def reckon(
    us: Array, clock: Array, second: Array, line: Array, clock_lines: Array, clock_us: Array, now: int
) -> tuple[Array, int]:
    """Give a time to messages whose lines tell none, by the log's own clock; the UTC second that they carry refines it.

    The clock is what a start time, a clock line or a base station told last, moved on by the seconds of the messages:
    each second is taken to be the nearest to the clock, within 30 s.

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
    now
        The clock at the start; NO_TIME for none.

    Returns
    -------
    tuple
        (m,) whether the time was reckoned, and the clock at the end.

    """
    is_reckoned = np.zeros(us.size, np.bool_)
    c, minute = 0, 60 * US_PER_S
    for m in range(us.size):
        while c < clock_lines.size and clock_lines[c] <= line[m]:
            now = clock_us[c]
            c += 1
        if us[m] != NO_TIME:
            continue
        if clock[m] != NO_TIME:
            us[m] = now = clock[m]
        elif now != NO_TIME:
            us[m] = now
            is_reckoned[m] = True
            if second[m] >= 0:
                ahead = second[m] * US_PER_S - now % minute
                us[m] = now + (ahead + minute // 2) % minute - minute // 2
                now = max(now, us[m])
    if c < clock_lines.size:
        now = clock_us[clock_us.size - 1]
    return is_reckoned, now


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
            if abs(us[m] - clock[m]) > WORST_CLOCK_US:
                differ[station] += 1
            else:
                agree[station] += 1
        is_off[m] = differ[station] > agree[station]
    return is_off
