"""Association: which fixes of one MMSI on one date are one vessel's movement.

Several tracks of an MMSI may be open at once (a shared or cloned MMSI). A fix joins the nearest open track whose last
fix it can have come from at the speed limit, an established one before one that is shorter than ``min_fixes`` (else a
stray position near a harbour would draw to itself what comes there later); if there is none it opens a track. A track
that stays short beside an established one is noise: its fixes are outliers, and the rest is associated again without
them.
"""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.geodesy import haversine_nm
from darkships.units import US_PER_DAY, US_PER_H

MAX_OPEN = 8
"""Open tracks of an MMSI; when there are more the shortest, then the oldest, is closed."""

STALE_FIXES = 10
"""A short track that gets none of so many fixes of its MMSI is noise: a second ship reports about as often."""

MAX_ROUNDS = 4
NEW, FAR, LONG = 1, 2, 4
"""What a step to a fix is: :func:`step_flags`."""

_TIE_NM = 1e-6  # nearer by less is rounding: the earlier track keeps the fix


@inlined
def _bound_nm(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return a distance in nm that the great circle does not exceed, without trigonometry."""
    d_lon = abs(lon2 - lon1)
    if d_lon > 180.0:
        d_lon = 360.0 - d_lon
    return 60.05 * (abs(lat2 - lat1) + d_lon)  # 60.04 nm a degree on the sphere


@inlined
def feasible_nm(lon1: float, lat1: float, lon2: float, lat2: float, limit_nm: float) -> float:
    """Return the distance in nm if it is within the limit, else -1; no trigonometry where the answer is plain."""
    bound_nm = _bound_nm(lon1, lat1, lon2, lat2)
    if bound_nm <= limit_nm:
        return bound_nm
    distance_nm = haversine_nm(lon1, lat1, lon2, lat2)
    return distance_nm if distance_nm <= limit_nm else -1.0


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
def _assign(
    t_us: Array,
    lon: Array,
    lat: Array,
    track: Array,
    outlier: Array,
    start: int,
    stop: int,
    max_speed_kn: float,
    slack_nm: float,
    min_fixes: int,
    count: Array,
) -> int:
    """Give every fix that is no outlier a track; return how many tracks there are (``count`` holds their sizes)."""
    open_track = np.empty(MAX_OPEN, np.int64)
    open_row = np.empty(MAX_OPEN, np.int64)
    n_open = 0
    n_tracks = 0
    for i in range(start, stop):
        if outlier[i]:
            continue
        best = -1
        best_nm = np.inf
        best_is_short = True
        for k in range(n_open):
            j = open_row[k]
            limit_nm = slack_nm + max_speed_kn / US_PER_H * (t_us[i] - t_us[j])
            distance_nm = haversine_nm(lon[j], lat[j], lon[i], lat[i])
            is_short = count[open_track[k]] < min_fixes
            if is_short and i - j > STALE_FIXES:
                continue
            is_better = distance_nm < best_nm - _TIE_NM if is_short == best_is_short else best_is_short
            if distance_nm <= limit_nm and is_better:
                best = k
                best_nm = distance_nm
                best_is_short = is_short
        if best < 0:
            best = n_open
            if n_open == MAX_OPEN:
                best = 0
                for k in range(1, MAX_OPEN):
                    size = count[open_track[k]]
                    best_size = count[open_track[best]]
                    if size < best_size or (size == best_size and open_row[k] < open_row[best]):
                        best = k
            else:
                n_open += 1
            open_track[best] = n_tracks
            count[n_tracks] = 0
            n_tracks += 1
        open_row[best] = i
        track[i] = open_track[best]
        count[open_track[best]] += 1
    return n_tracks


@kernel
def _associate_vessel(
    t_us: Array,
    lon: Array,
    lat: Array,
    track: Array,
    outlier: Array,
    start: int,
    stop: int,
    max_speed_kn: float,
    slack_nm: float,
    min_fixes: int,
) -> None:
    count = np.zeros(stop - start, np.int64)
    for attempt in range(MAX_ROUNDS):
        n_tracks = _assign(t_us, lon, lat, track, outlier, start, stop, max_speed_kn, slack_nm, min_fixes, count)
        longest = count[:n_tracks].max()
        shortest = count[:n_tracks].min()
        if longest < min_fixes or shortest >= min_fixes:
            return
        last = attempt == MAX_ROUNDS - 1
        for i in range(start, stop):
            # Only the seed of a short track is surely wrong: what it drew to itself gets another chance.
            if not outlier[i] and 0 < count[track[i]] < min_fixes:
                outlier[i] = True
                if not last:
                    count[track[i]] = 0
    # The last round marked whole short tracks; number the tracks that are left without holes.
    _assign(t_us, lon, lat, track, outlier, start, stop, max_speed_kn, slack_nm, min_fixes, count)


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
def associate_group(
    t_us: Array, lon: Array, lat: Array, max_speed_kn: float, slack_nm: float, min_fixes: int
) -> Array:  # fmt: skip
    """Associate the fixes (n,) of one vessel and date that are not one track; return int32 (n,), -1 for outliers."""
    number = np.zeros(t_us.size, np.int32)
    outlier = np.zeros(t_us.size, np.bool_)
    _associate_vessel(t_us, lon, lat, number, outlier, 0, t_us.size, max_speed_kn, slack_nm, min_fixes)
    for i in range(t_us.size):
        if outlier[i]:
            number[i] = -1
    return number


@kernel
def step_flags(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, max_speed_kn: float, slack_nm: float, min_gap_us: int
) -> Array:  # fmt: skip
    """Look at the step from each fix to the next one, without a branch and without trigonometry.

    Parameters
    ----------
    mmsi, t_us, lon, lat
        Arrays (n,) of fixes sorted by (mmsi, t_us): int microseconds, degrees.
    max_speed_kn, slack_nm
        As :func:`find_fragments` takes them.
    min_gap_us
        Shortest silence.

    Returns
    -------
    uint8 array (n,)
        NEW: the first fix of a vessel; FAR: perhaps too far from the one before; LONG: long after it.

    """
    flags = np.empty(mmsi.size, np.uint8)
    speed_nm_us = max_speed_kn / US_PER_H
    if mmsi.size:
        flags[0] = NEW
    for i in range(1, mmsi.size):
        step_us = t_us[i] - t_us[i - 1]
        bound_nm = _bound_nm(lon[i - 1], lat[i - 1], lon[i], lat[i])
        is_far = bound_nm > slack_nm + speed_nm_us * step_us
        flags[i] = NEW * (mmsi[i] != mmsi[i - 1]) + FAR * is_far + LONG * (step_us >= min_gap_us)
    return flags


@kernel
def find_fragments(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, flags: Array, max_speed_kn: float, slack_nm: float,
    min_fixes: int, min_gap_us: int,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Associate the fixes of each vessel and date to tracks, fragments of what the vessel's tracks are.

    Parameters
    ----------
    mmsi, t_us, lon, lat
        Arrays (n,) of fixes sorted by (mmsi, t_us): int microseconds, degrees.
    flags
        Of :func:`step_flags`.
    max_speed_kn, slack_nm
        Fastest believable speed, and what errors of position and clock add to a distance.
    min_fixes
        A track with fewer, beside one that has as many, is noise.
    min_gap_us
        Shortest silence.

    Returns
    -------
    track, rows, number, steps
        int64 (n,) each fix's fragment, -1 for outliers; int64 (f, 3) first row, last row and fixes of each fragment,
        by vessel, date and first fix; int32 (f,) its number within them; int64 (k, 2) the fixes before and after each
        long step inside a fragment.

    """
    track = np.empty(mmsi.size, np.int64)
    rows, steps = np.empty((1024, 4), np.int64), np.empty((1024, 2), np.int64)
    start, f, k = 0, 0, 0
    while start < mmsi.size:
        seen, stop = 0, start + 1
        midnight_us = (t_us[start] // US_PER_DAY + 1) * US_PER_DAY
        while stop < mmsi.size and not flags[stop] & NEW and t_us[stop] < midnight_us:
            seen |= flags[stop]
            stop += 1
        own = slice(start, stop)
        is_one = not seen & FAR or _is_one_track(t_us, lon, lat, start, stop, max_speed_kn, slack_nm)
        if is_one:
            if f == rows.shape[0]:
                rows = _grown(rows, f)
            rows[f, 0], rows[f, 1], rows[f, 2], rows[f, 3] = start, stop - 1, stop - start, 0
            track[own] = f
            f += 1
        else:
            number = associate_group(t_us[own], lon[own], lat[own], max_speed_kn, slack_nm, min_fixes)
            rows, f = _split(rows, f, number, track, start)
        if seen & LONG or not is_one:
            steps, k = _add_long_steps(steps, k, t_us, track, start, stop, min_gap_us)
        start = stop
    return track, rows[:f, :3].copy(), rows[:f, 3].astype(np.int32), steps[:k].copy()


@kernel
def _add_long_steps(
    steps: Array, k: int, t_us: Array, track: Array, start: int, stop: int, min_gap_us: int
) -> tuple[Array, int]:  # fmt: skip
    """Append the long steps inside the fragments of some fixes; return the steps and how many there are now."""
    first = track[start:stop].max() + 1
    for i in range(start, stop):
        if track[i] >= 0:
            first = min(first, track[i])
    last_row = np.full(track[start:stop].max() - first + 1, -1, np.int64)
    for i in range(start, stop):
        if track[i] >= 0:
            j = last_row[track[i] - first]
            last_row[track[i] - first] = i
            if j >= 0 and t_us[i] - t_us[j] >= min_gap_us:
                if k == steps.shape[0]:
                    steps = _grown(steps, k)
                steps[k, 0], steps[k, 1] = j, i
                k += 1
    return steps, k


@kernel
def _split(rows: Array, f: int, number: Array, track: Array, start: int) -> tuple[Array, int]:
    """Write the fragments of a vessel that has several; return them and how many there are now."""
    count = number.max() + 1
    while f + count > rows.shape[0]:
        rows = _grown(rows, f)
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


@kernel
def _grown(array: Array, used: int) -> Array:
    out = np.empty((2 * array.shape[0] + 1, array.shape[1]), array.dtype)
    out[:used] = array[:used]
    return out
