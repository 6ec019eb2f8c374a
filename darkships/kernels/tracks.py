"""Association: which fixes of one MMSI on one date are one vessel's movement.

Several tracks of an MMSI may be open at once (a shared or cloned MMSI). A fix joins the nearest open track whose last
fix it can have come from at the speed limit, an established one before one that is shorter than ``min_fixes`` (else a
stray position near a harbour would draw to itself what comes there later); if there is none it opens a track. A track
that stays short beside an established one is noise: its fixes are outliers, and the rest is associated again without
them.
"""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import haversine_nm
from darkships.units import US_PER_DAY

MAX_OPEN = 8
"""Open tracks of an MMSI; when there are more the shortest, then the oldest, is closed."""

STALE_FIXES = 10
"""A short track that gets none of so many fixes of its MMSI is noise: a second ship reports about as often."""

MAX_ROUNDS = 4
_US_PER_H = 3_600_000_000.0
_TIE_NM = 1e-6  # nearer by less is rounding: the earlier track keeps the fix


@kernel
def feasible_nm(lon1: float, lat1: float, lon2: float, lat2: float, limit_nm: float) -> float:
    """Return the distance in nm if it is within the limit, else -1; no trigonometry where the answer is plain."""
    d_lon = abs(lon2 - lon1)
    if d_lon > 180.0:
        d_lon = 360.0 - d_lon
    bound_nm = 60.05 * (abs(lat2 - lat1) + d_lon)  # 60.04 nm a degree on the sphere: never less than the great circle
    if bound_nm <= limit_nm:
        return bound_nm
    distance_nm = haversine_nm(lon1, lat1, lon2, lat2)
    return distance_nm if distance_nm <= limit_nm else -1.0


@kernel
def _is_one_track(
    t_us: Array, lon: Array, lat: Array, start: int, stop: int, max_speed_kn: float, slack_nm: float
) -> bool:
    for i in range(start + 1, stop):
        limit_nm = slack_nm + max_speed_kn * (t_us[i] - t_us[i - 1]) / _US_PER_H
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
            limit_nm = slack_nm + max_speed_kn * (t_us[i] - t_us[j]) / _US_PER_H
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
def vessel_days(mmsi: Array, t_us: Array) -> Array:
    """Return int64 (g + 1,): where a vessel's fixes of a UTC date start in arrays (n,) by (mmsi, t_us), and n."""
    starts = np.empty(mmsi.size + 1, np.int64)
    g = 0
    midnight_us = 0
    for i in range(mmsi.size):
        if i == 0 or mmsi[i] != mmsi[i - 1] or t_us[i] >= midnight_us:
            starts[g] = i
            g += 1
            midnight_us = (t_us[i] // US_PER_DAY + 1) * US_PER_DAY
    starts[g] = mmsi.size
    return starts[: g + 1].copy()


@kernel
def associate(
    starts: Array, t_us: Array, lon: Array, lat: Array, max_speed_kn: float, slack_nm: float, min_fixes: int
) -> tuple[Array, Array]:
    """Associate the fixes of each group, one vessel's of one date, to tracks.

    Parameters
    ----------
    starts
        Array (g + 1,) of :func:`vessel_days`.
    t_us, lon, lat
        Arrays (n,) of fixes in order of time within each group: int microseconds, degrees.
    max_speed_kn, slack_nm
        Fastest believable speed, and what errors of position and clock add to a distance.
    min_fixes
        A track with fewer, beside one that has as many, is noise.

    Returns
    -------
    number, is_one
        int32 (n,) number of the track within its group, from 0 in order of first fix (-1 for outliers); bool (g,)
        all fixes of the group are one track.

    """
    number = np.zeros(t_us.size, np.int32)
    is_one = np.ones(starts.size - 1, np.bool_)
    for g in range(starts.size - 1):
        start, stop = starts[g], starts[g + 1]
        if not _is_one_track(t_us, lon, lat, start, stop, max_speed_kn, slack_nm):
            is_one[g] = False
            outlier = np.zeros(stop - start, np.bool_)
            _associate_vessel(
                t_us[start:stop], lon[start:stop], lat[start:stop], number[start:stop], outlier, 0, stop - start,
                max_speed_kn, slack_nm, min_fixes,
            )  # fmt: skip
            for i in range(stop - start):
                if outlier[i]:
                    number[start + i] = -1
    return number, is_one


@kernel
def find_fragments(starts: Array, number: Array, is_one: Array) -> tuple[Array, Array]:
    """Return the fragments: the fixes of one track on one date.

    Parameters
    ----------
    starts, number, is_one
        As :func:`vessel_days` and :func:`associate` give them, of g groups.

    Returns
    -------
    rows, fragment
        int64 (f, 3): first row, last row, fixes of each, by group and number; int64 (g + 1,): a group's first one.

    """
    fragment = np.zeros(starts.size, np.int64)
    for g in range(starts.size - 1):
        fragment[g + 1] = fragment[g] + (1 if is_one[g] else number[starts[g] : starts[g + 1]].max() + 1)
    rows = np.zeros((fragment[-1], 3), np.int64)
    for g in range(starts.size - 1):
        first = fragment[g]
        if is_one[g]:
            rows[first, 0], rows[first, 1], rows[first, 2] = starts[g], starts[g + 1] - 1, starts[g + 1] - starts[g]
            continue
        for i in range(starts[g], starts[g + 1]):
            if number[i] >= 0:
                f = first + number[i]
                if rows[f, 2] == 0:
                    rows[f, 0] = i
                rows[f, 1] = i
                rows[f, 2] += 1
    return rows, fragment
