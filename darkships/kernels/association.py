"""Association: which fixes of one MMSI on one date are one vessel's movement.

Several tracks of an MMSI may be open at once (a shared or cloned MMSI). A fix joins the open track that it continues
best: of those whose last fix it can have come from at the speed limit the one whose speed and course lead nearest to
it, an established one before one that is shorter than ``min_fixes`` (else a stray position near a harbour would draw
to itself what comes there later); if there is none it opens a track. A track that stays short beside an established
one is noise: its fixes are outliers, and the rest is associated again without them.

Ships close to each other never break the limit. So the fixes are associated once more with what they say of their own
speed as the limit, and put together where one track can go on from another that has ended. That holds if the tracks
then move as they say and are few enough to be worth it: a vessel that reports a wrong speed stays one.
"""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.geodesy import feasible_nm, haversine_nm, wrapped
from darkships.units import US_PER_H

MAX_OPEN = 8
"""Open tracks of an MMSI; when there are more the shortest, then the oldest, is closed."""

STALE_FIXES, STALE_US = 10, US_PER_H // 2
"""A short track that gets none of so many fixes of its MMSI for so long is noise: a second ship reports every three
minutes at least (ITU-R M.1371-5, annex 1, tables 1 and 2), while one beside it may every two seconds."""

MAX_ROUNDS = 4

DEAD_RECKONING_H = 0.5
"""For longer no ship is taken to keep its speed and course, neither after a fix nor before the next."""

AGREE_H = (1.0 / 60.0, 1.0 / 12.0)
"""For how long two fixes' speeds and courses are compared, at least and at most: ships that cross are told apart."""

FIX_NM, DRIFT_KN, UNKNOWN_KN = 0.05, 2.0, 15.0
"""How uncertain a reckoned place is at first, how fast this grows (beside a quarter of the speed), and how fast where
no speed is told."""

SAID_SHARE, SAID_KN, FAST_KN = 1.1, 3.0, 25.0
"""A vessel moves at most so much faster than its fixes say; what they say holds for an hour, then FAST_KN may too."""

TRACK_NM, OUTLIER_NM = 20.0, 2.0
"""What a further track and a further outlier must save, in miles that fixes move more than they say."""

HONEST_SHARE, HONEST_NM = 0.5, 0.1
"""Tracks move as they say if reckoned places are off by no more than this share of the way, and this a fix."""

_TIE = 1e-6  # better by less is rounding: the earlier track keeps the fix


@kernel
def velocities(sog: Array, cog: Array) -> tuple[Array, Array]:
    """Return knots east and north (n,) of speeds and courses, NaN where not told."""
    east, north = np.full(sog.size, np.nan), np.full(sog.size, np.nan)
    for i in range(sog.size):
        if sog[i] < 0.5:
            east[i], north[i] = 0.0, 0.0
        elif sog[i] < 100.0 and 0.0 <= cog[i] <= 360.0:
            east[i], north[i] = sog[i] * np.sin(np.radians(cog[i])), sog[i] * np.cos(np.radians(cog[i]))
    return east, north


@inlined
def _length(x: float, y: float) -> float:
    """Return the length of a vector of miles or knots, none so long that its square overflows: quicker than hypot."""
    return np.sqrt(x * x + y * y)


@kernel
def continuation(
    t_us: Array, lon: Array, lat: Array, east: Array, north: Array, j: int, i: int
) -> tuple[float, float, float, float]:
    """Tell how well fix i continues fix j.

    Returns
    -------
    off_nm, speed_kn, hours, cost
        How far apart the two are when j is reckoned on, and i back, to the time between them; the larger of their
        speeds, NaN where neither is told; the time between them; and how unlikely it is, in its own unit.

    """
    hours = (t_us[i] - t_us[j]) / US_PER_H
    half = min(0.5 * hours, DEAD_RECKONING_H)
    told = not np.isnan(east[j]), not np.isnan(east[i])
    a, b = j if told[0] else i, i if told[1] else j
    x = wrapped(lon[i] - lon[j]) * 60.0 * np.cos(np.radians(0.5 * (lat[i] + lat[j])))
    y = (lat[i] - lat[j]) * 60.0
    if not (told[0] or told[1]):
        off_nm = _length(x, y)
        return off_nm, np.nan, hours, off_nm / (FIX_NM + UNKNOWN_KN * min(hours, 1.0))
    off_nm = _length(x - (east[a] + east[b]) * half, y - (north[a] + north[b]) * half)
    speed_kn = max(_length(east[a], north[a]), _length(east[b], north[b]))
    turned_nm = _length(east[b] - east[a], north[b] - north[a]) * min(max(half, AGREE_H[0]), AGREE_H[1])
    uncertain_nm = FIX_NM + (DRIFT_KN + 0.25 * speed_kn) * min(hours, 1.0)
    return off_nm, speed_kn, hours, (off_nm + turned_nm) / uncertain_nm


@kernel
def said_nm(speed_kn: float, hours: float, slack_nm: float) -> float:
    """Return how far off a fix may be that moves as it says."""
    if np.isnan(speed_kn):
        return np.inf
    kn = SAID_SHARE * speed_kn + SAID_KN
    return slack_nm + (kn if hours <= 1.0 else max(kn, FAST_KN)) * hours


@kernel
def _assign(
    t_us: Array, lon: Array, lat: Array, east: Array, north: Array, track: Array, outlier: Array,
    max_speed_kn: float, slack_nm: float, min_fixes: int, is_strict: bool, count: Array,
) -> int:  # fmt: skip
    """Give every fix that is no outlier a track; return how many tracks there are (``count`` holds their sizes)."""
    open_track = np.empty(MAX_OPEN, np.int64)
    open_row = np.empty(MAX_OPEN, np.int64)
    n_open = 0
    n_tracks = 0
    for i in range(t_us.size):
        if outlier[i]:
            continue
        best = -1
        best_cost = np.inf
        best_is_short = True
        for k in range(n_open):
            j = open_row[k]
            is_short = count[open_track[k]] < min_fixes
            if is_short and i - j > STALE_FIXES and t_us[i] - t_us[j] > STALE_US:
                continue
            off_nm, speed_kn, hours, cost = continuation(t_us, lon, lat, east, north, j, i)
            is_better = cost < best_cost - _TIE if is_short == best_is_short else best_is_short
            if not is_better or (is_strict and off_nm > said_nm(speed_kn, hours, slack_nm)):
                continue
            if feasible_nm(lon[j], lat[j], lon[i], lat[i], slack_nm + max_speed_kn * hours) >= 0.0:
                best = k
                best_cost = cost
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
def _number(
    t_us: Array, lon: Array, lat: Array, east: Array, north: Array, max_speed_kn: float, slack_nm: float,
    min_fixes: int, is_strict: bool,
) -> Array:  # fmt: skip
    """Return int32 (n,): the number of each fix's track, -1 for outliers."""
    count = np.zeros(t_us.size, np.int64)
    track = np.zeros(t_us.size, np.int32)
    outlier = np.zeros(t_us.size, np.bool_)
    for attempt in range(MAX_ROUNDS + 1):
        n_tracks = _assign(
            t_us, lon, lat, east, north, track, outlier, max_speed_kn, slack_nm, min_fixes, is_strict, count
        )  # fmt: skip
        longest = shortest = count[0]
        for k in range(1, n_tracks):
            longest, shortest = max(longest, count[k]), min(shortest, count[k])
        if attempt == MAX_ROUNDS or longest < min_fixes or shortest >= min_fixes:
            break
        last = attempt == MAX_ROUNDS - 1
        for i in range(t_us.size):
            # Only the seed of a short track is surely wrong: what it drew to itself gets another chance.
            if not outlier[i] and 0 < count[track[i]] < min_fixes:
                outlier[i] = True
                if not last:
                    count[track[i]] = 0
    for i in range(t_us.size):
        if outlier[i]:
            track[i] = -1
    return track


@kernel
def _rejoined(t_us: Array, lon: Array, lat: Array, track: Array, max_speed_kn: float, slack_nm: float) -> Array:
    """Return tracks (n,) put together where one can go on from another: from the nearest that has ended before it."""
    n_tracks = 0
    for i in range(track.size):
        n_tracks = max(n_tracks, track[i] + 1)
    last, name = np.full(n_tracks, -1, np.int64), np.full(n_tracks, -1, np.int64)
    for i in range(track.size):
        if track[i] >= 0:
            last[track[i]] = i
    is_open = np.ones(n_tracks, np.bool_)
    count = 0
    out = np.full(track.size, -1, np.int32)
    for i in range(track.size):
        k = track[i]
        if k < 0:
            continue
        if name[k] < 0:
            best, best_nm = -1, np.inf
            for other in range(k):
                j = last[other]
                if is_open[other] and j < i:
                    nm = haversine_nm(lon[j], lat[j], lon[i], lat[i])
                    if nm <= slack_nm + max_speed_kn * (t_us[i] - t_us[j]) / US_PER_H and nm < best_nm - _TIE:
                        best, best_nm = other, nm
            if best >= 0:
                name[k], is_open[best] = name[best], False
            else:
                name[k] = count
                count += 1
        out[i] = name[k]
    return out


@kernel
def _account(
    t_us: Array, lon: Array, lat: Array, east: Array, north: Array, track: Array, slack_nm: float
) -> tuple[float, float, float]:
    """Return what the tracks cost in miles, how much of it is that fixes move more than they say, and their lies.

    The lies are the miles that reckoned places are off beyond what those of honest tracks may be.
    """
    n_tracks = 0
    for i in range(track.size):
        n_tracks = max(n_tracks, track[i] + 1)
    last = np.full(n_tracks, -1, np.int64)
    cost_nm, more_nm, lies_nm = TRACK_NM * n_tracks, 0.0, 0.0
    for i in range(t_us.size):
        if track[i] < 0:
            cost_nm += OUTLIER_NM
            continue
        j = last[track[i]]
        last[track[i]] = i
        if j >= 0:
            off_nm, speed_kn, hours, _ = continuation(t_us, lon, lat, east, north, j, i)
            if hours <= 1.0 and not np.isnan(speed_kn):
                more_nm += max(0.0, off_nm - said_nm(speed_kn, hours, slack_nm))
                lies_nm += off_nm - HONEST_SHARE * speed_kn * hours - HONEST_NM
    return cost_nm + more_nm, more_nm, lies_nm


@kernel
def associate(
    t_us: Array, lon: Array, lat: Array, sog: Array, cog: Array, max_speed_kn: float, slack_nm: float, min_fixes: int
) -> Array:  # fmt: skip
    """Associate the fixes of one vessel and date to tracks.

    Parameters
    ----------
    t_us, lon, lat, sog, cog
        Arrays (n,) by time: int microseconds, degrees, knots, degrees; the last two NaN where not told.
    max_speed_kn, slack_nm
        Fastest believable speed, and what errors of position and clock add to a distance.
    min_fixes
        A track with fewer, beside one that has as many, is noise.

    Returns
    -------
    int32 array (n,)
        The number of each fix's track in the order of their first fixes, -1 for outliers.

    """
    east, north = velocities(sog, cog)
    loose = _number(t_us, lon, lat, east, north, max_speed_kn, slack_nm, min_fixes, False)
    loose_nm, more_nm, _ = _account(t_us, lon, lat, east, north, loose, slack_nm)
    if more_nm <= OUTLIER_NM:  # nothing that is split off more would be worth it
        return loose
    strict = _number(t_us, lon, lat, east, north, max_speed_kn, slack_nm, min_fixes, True)
    strict = _rejoined(t_us, lon, lat, strict, max_speed_kn, slack_nm)
    strict_nm, _, lies_nm = _account(t_us, lon, lat, east, north, strict, slack_nm)
    return strict if strict_nm < loose_nm and lies_nm <= 0.0 else loose
