"""Fragments: the fixes of each vessel on each date as tracks, most of them one that no limit of speed cuts."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.association import associate
from darkships.kernels.geodesy import bound_nm, feasible_nm
from darkships.kernels.memory import grown
from darkships.units import US_PER_DAY, US_PER_H

NEW, FAR, LONG, DOUBT = 1, 2, 4, 8
"""What a step to a fix is: :func:`step_flags`."""

MIN_DOUBTS = 6
"""Steps of a vessel and date in doubt before it is asked whether they are several ships."""

_DOUBT_NM, _DOUBT_SHARE, _DOUBT_KN = 0.2, 1.5, 5.0


@kernel
def _is_one_track(
    t_us: Array, lon: Array, lat: Array, start: int, stop: int, max_speed_kn: float, slack_nm: float
) -> bool:
    for i in range(start + 1, stop):
        limit_nm = slack_nm + max_speed_kn / US_PER_H * (t_us[i] - t_us[i - 1])
        if feasible_nm(lon[i - 1], lat[i - 1], lon[i], lat[i], limit_nm) < 0.0:
            return False
    return True


@kernel
def is_sorted(mmsi: Array, t_us: Array) -> bool:
    """Tell whether arrays (n,) are sorted by (mmsi, t_us)."""
    for i in range(1, mmsi.size):
        if mmsi[i] < mmsi[i - 1] or (mmsi[i] == mmsi[i - 1] and t_us[i] < t_us[i - 1]):
            return False
    return True


@kernel
def track_numbers(mmsi: Array, track_id: Array, outlier: Array) -> Array:
    """Return int32 (n,): the number of each fix's track within its MMSI, -1 for outliers."""
    out = np.empty(mmsi.size, np.int32)
    for i in range(mmsi.size):
        out[i] = -1 if outlier[i] else track_id[i] - 1000 * mmsi[i]
    return out


@kernel
def step_flags(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, sog: Array, max_speed_kn: float, slack_nm: float, min_gap_us: int
) -> Array:  # fmt: skip
    """Look at the step from each fix to the next one, without a branch and without trigonometry.

    Parameters
    ----------
    mmsi, t_us, lon, lat, sog
        Arrays (n,) of fixes sorted by (mmsi, t_us): int microseconds, degrees, knots (NaN where not told).
    max_speed_kn, slack_nm
        As :func:`find_fragments` takes them.
    min_gap_us
        Shortest silence.

    Returns
    -------
    uint8 array (n,)
        NEW: the first fix of a vessel; FAR: perhaps too far from the one before; LONG: long after it; DOUBT: farther
        from it than the speeds of both explain.

    """
    flags = np.empty(mmsi.size, np.uint8)
    speed_nm_us = max_speed_kn / US_PER_H
    if mmsi.size:
        flags[0] = NEW
    for i in range(1, mmsi.size):
        step_us = t_us[i] - t_us[i - 1]
        most_nm = bound_nm(lon[i - 1], lat[i - 1], lon[i], lat[i])
        is_far = most_nm > slack_nm + speed_nm_us * step_us
        said_nm_us = (_DOUBT_SHARE * max(sog[i - 1], sog[i]) + _DOUBT_KN) / US_PER_H
        is_doubt = most_nm > _DOUBT_NM + said_nm_us * step_us
        is_new = mmsi[i] != mmsi[i - 1]
        flags[i] = NEW * is_new + FAR * is_far + LONG * (step_us >= min_gap_us) + DOUBT * is_doubt
    return flags


@kernel
def find_fragments(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, sog: Array, cog: Array, flags: Array, max_speed_kn: float,
    slack_nm: float, min_fixes: int, min_gap_us: int, track: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Associate the fixes of each vessel and date to tracks, fragments of what the vessel's tracks are.

    Parameters
    ----------
    mmsi, t_us, lon, lat, sog, cog
        Arrays (n,) of fixes sorted by (mmsi, t_us): int microseconds, degrees, knots, degrees; NaN where not told.
    flags
        Of :func:`step_flags`.
    max_speed_kn, slack_nm
        Fastest believable speed, and what errors of position and clock add to a distance.
    min_fixes
        A track with fewer, beside one that has as many, is noise.
    min_gap_us
        Shortest silence.
    track
        int64 (n,), written: each fix's fragment, -1 for outliers.

    Returns
    -------
    rows, steps
        int64 (f, 4) first row, last row and fixes of each fragment, by vessel, date and first fix, and its number
        within them; int64 (k, 2) the fixes before and after each long step inside a fragment.

    """
    rows, steps = np.empty((1024, 4), np.int64), np.empty((1024, 2), np.int64)
    start, end, f, k = 0, 0, 0, 0  # end: of the vessel
    while start < mmsi.size:
        if start == end:
            end += 1
            while end < mmsi.size and not flags[end] & NEW:
                end += 1
        midnight_us = (t_us[start] // US_PER_DAY + 1) * US_PER_DAY
        stop = end if t_us[end - 1] < midnight_us else start + np.searchsorted(t_us[start:end], midnight_us)
        seen, doubts = 0, 0
        for i in range(start + 1, stop):
            seen |= flags[i]
            doubts += (flags[i] & DOUBT) != 0
        is_one = doubts < MIN_DOUBTS and (
            not seen & FAR or _is_one_track(t_us, lon, lat, start, stop, max_speed_kn, slack_nm)
        )
        if is_one:
            if f == rows.shape[0]:
                rows = grown(rows)
            rows[f, 0], rows[f, 1], rows[f, 2], rows[f, 3] = start, stop - 1, stop - start, 0
            for i in range(start, stop):
                track[i] = f
            f += 1
        else:
            own = slice(start, stop)
            number = associate(
                t_us[own], lon[own], lat[own], sog[own], cog[own], max_speed_kn, slack_nm, min_fixes
            )  # fmt: skip
            rows, f = _split(rows, f, number, track, start)
        if seen & LONG or not is_one:
            steps, k = _add_long_steps(steps, k, t_us, track, start, stop, min_gap_us)
        start = stop
    return rows[:f], steps[:k]


@kernel
def _add_long_steps(
    steps: Array, k: int, t_us: Array, track: Array, start: int, stop: int, min_gap_us: int
) -> tuple[Array, int]:  # fmt: skip
    """Append the long steps inside the fragments of some fixes; return the steps and how many there are now."""
    first, last = -1, -1
    for i in range(start, stop):
        if track[i] >= 0:
            first = track[i] if first < 0 else min(first, track[i])
            last = max(last, track[i])
    last_row = np.full(last - first + 1, -1, np.int64)
    for i in range(start, stop):
        if track[i] >= 0:
            j = last_row[track[i] - first]
            last_row[track[i] - first] = i
            if j >= 0 and t_us[i] - t_us[j] >= min_gap_us:
                if k == steps.shape[0]:
                    steps = grown(steps)
                steps[k, 0], steps[k, 1] = j, i
                k += 1
    return steps, k


@kernel
def _split(rows: Array, f: int, number: Array, track: Array, start: int) -> tuple[Array, int]:
    """Write the fragments of a vessel that has several; return them and how many there are now."""
    count = 0
    for i in range(number.size):
        count = max(count, number[i] + 1)
    while f + count > rows.shape[0]:
        rows = grown(rows)
    for c in range(count):
        rows[f + c, 2], rows[f + c, 3] = 0, c
    for i in range(number.size):
        track[start + i] = -1
        if number[i] >= 0:
            at = f + number[i]
            track[start + i] = at
            if rows[at, 2] == 0:
                rows[at, 0] = start + i
            rows[at, 1] = start + i
            rows[at, 2] += 1
    return rows, f + count
