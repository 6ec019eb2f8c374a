"""Association: which fixes of one MMSI are one vessel's movement.

Several tracks of an MMSI may be open at once (a shared or cloned MMSI). A fix joins the nearest open track whose last
fix it can have come from at the speed limit, an established one before one that is shorter than ``min_fixes`` (else a
stray position near a harbour would draw to itself what comes there later); if there is none it opens a track. A track
that stays short beside an established one is noise: its fixes are outliers, and the rest is associated again without
them.
"""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import haversine_nm

MAX_OPEN = 8
"""Open tracks of an MMSI; when there are more the shortest, then the oldest, is closed."""

STALE_FIXES = 10
"""A short track that gets none of so many fixes of its MMSI is noise: a second ship reports about as often."""

MAX_ROUNDS = 4
_US_PER_H = 3_600_000_000.0
_TIE_NM = 1e-6  # nearer by less is rounding: the earlier track keeps the fix


@kernel
def _feasible(lon1: float, lat1: float, lon2: float, lat2: float, limit_nm: float) -> float:
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
        if _feasible(lon[i - 1], lat[i - 1], lon[i], lat[i], limit_nm) < 0.0:
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
def associate(
    mmsi: Array, t_us: Array, lon: Array, lat: Array, max_speed_kn: float, slack_nm: float, min_fixes: int
) -> tuple[Array, Array]:
    """Associate fixes to tracks.

    Parameters
    ----------
    mmsi, t_us, lon, lat
        Arrays (n,) of fixes sorted by (mmsi, t_us): int, int microseconds, degrees.
    max_speed_kn, slack_nm
        Fastest believable speed, and what errors of position and clock add to a distance.
    min_fixes
        A track with fewer, beside one that has as many, is noise.

    Returns
    -------
    track, outlier
        int32 (n,) number of the track within its MMSI, from 0 in order of first fix (-1 for outliers); bool (n,).

    """
    n = mmsi.size
    track = np.zeros(n, np.int32)
    outlier = np.zeros(n, np.bool_)
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and mmsi[stop] == mmsi[start]:
            stop += 1
        if not _is_one_track(t_us, lon, lat, start, stop, max_speed_kn, slack_nm):
            _associate_vessel(t_us, lon, lat, track, outlier, start, stop, max_speed_kn, slack_nm, min_fixes)
            for i in range(start, stop):
                if outlier[i]:
                    track[i] = -1
        start = stop
    return track, outlier
