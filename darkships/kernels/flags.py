"""What in the fixes of a vessel and date no honest ship does: jumps, two places at once, circles, a place that stands.

Every rule is made to miss rather than to accuse: see the constants.
"""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import haversine_nm, wrapped
from darkships.kernels.memory import grown
from darkships.units import US_PER_H

SHARED, JUMP, EXCURSION, GLITCH, CIRCLE, FROZEN = range(6)

N_FIELDS = 9
"""A finding: what, fragment, from and to (microseconds), fixes, longitude, latitude, size in nm, speed in kn."""

LEAST_FIXES, LEAST_US = 5, US_PER_H // 12
"""A fragment with fewer fixes, or over in less time, accuses nobody: noise, and bit errors that come in bursts."""

SHARED_FIXES, SHARED_US, SHARED_SWITCHES = 10, US_PER_H // 2, 6
"""Two fragments are two places at once if each has so many fixes, they overlap for so long, and the reports change so
often from one to the other; else one transponder's place jumped."""

JUMP_NM = 5.0
"""Nearer is a receiver that errs, or lags."""

SAMPLES, PATH_NM = 16, 1.0
"""Of a fragment half of whose samples lie so near to the vessel's other fixes of the date nobody is accused: a receiver
that stood or erred came back, or a clock was wrong. Two places at once are at least so far apart."""

MOVING_KN, FROZEN_FIXES, FROZEN_US, FROZEN_PAUSE_US = 3.0, 10, US_PER_H // 6, US_PER_H // 6
"""At 3 kn a ship moves 15 m in ten seconds, more than the resolution of any feed: equal places, fix by fix, for ten
minutes are no movement."""

THIN_US, STEP_NM, CIRCLE_PAUSE_US = US_PER_H // 60, 0.03, US_PER_H // 4
"""Turns are looked at a minute apart, over more than what positions err (60 m), with no longer pause."""

CIRCLE_STEPS, CIRCLE_TURNS, CIRCLE_KN = 20, 2.0, 5.0
"""A circle is at least so many steps that all turn one way, so many turns, and so fast: a ship at anchor swings slower
than a knot. Published cases of circling by GNSS interference (Shanghai 2019, Point Reyes 2020; SkyTruth, "AIS Ship
Tracking Data Shows False Vessel Tracks Circling Above Point Reyes") turn for hours."""

CIRCLE_RADIUS_NM, CIRCLE_OFF_SHARE, CIRCLE_OFF_NM = (0.05, 10.0), 0.05, 0.01
"""Of what radius, and how far off it (root mean square) fixes may be: no ship holds it so by hand for three turns."""


@kernel
def patterns(t_us: Array, lon: Array, lat: Array, sog: Array, track: Array, ends: Array, fixes: Array) -> Array:
    """Find circles and places that stand still while the ship says that it moves.

    Parameters
    ----------
    t_us, lon, lat, sog
        Arrays (n,) of the fixes of one date sorted by vessel and time.
    track
        Int array (n,): the fragment of each, -1 for outliers.
    ends, fixes
        Int arrays (f, 2) and (f,): first and last row of each fragment, and how many there are.

    Returns
    -------
    float64 array (k, N_FIELDS)
        The size is the circle's radius; the speed that on the circle, or the mean of what was said.

    """
    out, k = np.empty((16, N_FIELDS)), 0
    run = np.empty(fixes.max() + 2 if fixes.size else 0, np.int64)
    for f in range(fixes.size):
        if fixes[f] < FROZEN_FIXES:
            continue
        own = slice(ends[f, 0], ends[f, 1] + 1)
        t, x, y, kn = t_us[own], lon[own], lat[own], sog[own]
        if t.size != fixes[f]:
            t, x, y, kn = _only(t, x, y, kn, track[own], f, fixes[f])
        stands, spread_nm = _look(x, y, kn)
        if stands >= FROZEN_FIXES - 1:
            out, k = _frozen(t, x, y, kn, f, out, k)
        if spread_nm >= CIRCLE_RADIUS_NM[0] and _may_circle(t, x, y):
            out, k = _circles(t, x, y, f, run, out, k)
    return out[:k]


@kernel
def _only(
    t_us: Array, lon: Array, lat: Array, sog: Array, track: Array, fragment: int, fixes: int
) -> tuple[Array, Array, Array, Array]:
    """Return the fixes of a fragment alone, of a stretch in which others lie too."""
    t, x, y, kn = np.empty(fixes, np.int64), np.empty(fixes), np.empty(fixes), np.empty(fixes, sog.dtype)
    k = 0
    for i in range(track.size):
        if track[i] == fragment:
            t[k], x[k], y[k], kn[k] = t_us[i], lon[i], lat[i], sog[i]
            k += 1
    return t, x, y, kn


@kernel
def _look(lon: Array, lat: Array, sog: Array) -> tuple[int, float]:
    """Return how many steps go nowhere at speed, and the larger side of the fixes' box: all that most vessels need."""
    stands, west, east, south, north = 0, lon[0], lon[0], lat[0], lat[0]
    for i in range(1, lon.size):
        stands += (lon[i] == lon[i - 1]) & (lat[i] == lat[i - 1]) & (sog[i] >= MOVING_KN) & (sog[i - 1] >= MOVING_KN)
        west, east = min(west, lon[i]), max(east, lon[i])
        south, north = min(south, lat[i]), max(north, lat[i])
    return stands, 60.0 * max(north - south, (east - west) * np.cos(np.radians(lat[0])))


@kernel
def _emit(
    out: Array, k: int, what: int, fragment: int, from_us: int, to_us: int, fixes: int, lon: float, lat: float,
    size_nm: float, speed_kn: float,
) -> tuple[Array, int]:  # fmt: skip
    if k == out.shape[0]:
        out = grown(out)
    out[k, 0], out[k, 1], out[k, 2], out[k, 3], out[k, 4] = what, fragment, from_us, to_us, fixes
    out[k, 5], out[k, 6], out[k, 7], out[k, 8] = lon, lat, size_nm, speed_kn
    return out, k + 1


@kernel
def _frozen(
    t_us: Array, lon: Array, lat: Array, sog: Array, fragment: int, out: Array, k: int
) -> tuple[Array, int]:  # fmt: skip
    begin = 0
    for i in range(1, t_us.size + 1):
        if i < t_us.size and lon[i] == lon[i - 1] and lat[i] == lat[i - 1] and (
            min(sog[i], sog[i - 1]) >= MOVING_KN and t_us[i] - t_us[i - 1] <= FROZEN_PAUSE_US
        ):  # fmt: skip
            continue
        if i - begin >= FROZEN_FIXES and t_us[i - 1] - t_us[begin] >= FROZEN_US:
            said_kn = sog[begin]
            for j in range(begin + 1, i):
                said_kn += sog[j]
            out, k = _emit(out, k, FROZEN, fragment, t_us[begin], t_us[i - 1], i - begin, lon[begin], lat[begin],
                           0.0, said_kn / (i - begin))  # fmt: skip
        begin = i
    return out, k


@kernel
def _may_circle(t_us: Array, lon: Array, lat: Array) -> bool:
    """Tell whether a fragment turns one way for long enough to look at it closely: most are let off here.

    What a turn leads to has no branch, as nobody can guess which way a ship turns next; whether it moves is plain.
    """
    cos_lat, j, n = np.cos(np.radians(lat[0])), 0, 0
    x0, y0, same, most, was_left = 0.0, 0.0, 0, 0, False
    for i in range(1, t_us.size):
        since_us = t_us[i] - t_us[j]
        if since_us < THIN_US:
            continue
        x, y = (lon[i] - lon[j]) * cos_lat * 60.0, (lat[i] - lat[j]) * 60.0
        if x * x + y * y < STEP_NM * STEP_NM and since_us <= CIRCLE_PAUSE_US:
            continue
        left = x0 * y - y0 * x > 0.0
        same = (same + 1) * ((left == was_left) & (n > 0))
        most, was_left = max(most, same), left
        x0, y0, j = x, y, i
        n += 1
    return most >= CIRCLE_STEPS - 3  # of so many steps the first two have no turn, and the next one none before it


@kernel
def _circles(t_us: Array, lon: Array, lat: Array, fragment: int, run: Array, out: Array, k: int) -> tuple[Array, int]:
    """Look at each stretch of a fragment in which all turns go one way; ``run`` is scratch for its rows."""
    run[0], n, x0, y0, sign = 0, 1, 0.0, 0.0, 0.0
    cos_lat, j = np.cos(np.radians(lat[0])), 0
    for i in range(1, t_us.size):
        x, y = (lon[i] - lon[j]) * cos_lat * 60.0, (lat[i] - lat[j]) * 60.0
        since_us = t_us[i] - t_us[j]
        is_pause = since_us > CIRCLE_PAUSE_US
        if not is_pause and (since_us < THIN_US or x * x + y * y < STEP_NM * STEP_NM):
            continue
        turn = 0.0 if n == 1 else 1.0 if x0 * y - y0 * x > 0.0 else -1.0
        if is_pause or turn * sign < 0.0:
            if n >= CIRCLE_STEPS:
                out, k = _circle(t_us, lon, lat, run[:n], fragment, out, k)
            run[0], run[1] = run[n - 2], run[n - 1]
            n = 0 if is_pause else 2
        run[n] = i
        n += 1
        x0, y0, sign, j = x, y, 0.0 if n <= 2 else turn, i
    if n >= CIRCLE_STEPS:
        out, k = _circle(t_us, lon, lat, run[:n], fragment, out, k)
    return out, k


@kernel
def _circle(t_us: Array, lon: Array, lat: Array, run: Array, fragment: int, out: Array, k: int) -> tuple[Array, int]:
    """Fit a circle to some fixes (I. Kasa, IEEE Trans. Instrum. Meas. 25, 1976), and keep it if they hold it."""
    n = run.size - 4  # how it came there and left is not part of it
    if n < CIRCLE_STEPS:
        return out, k
    lon0, lat0 = lon[run[2]], lat[run[2]]
    x, y, x_sum, y_sum = np.empty(n), np.empty(n), 0.0, 0.0
    for m in range(n):
        x[m] = (lon[run[m + 2]] - lon0) * np.cos(np.radians(lat0)) * 60.0
        y[m] = (lat[run[m + 2]] - lat0) * 60.0
        x_sum += x[m]
        y_sum += y[m]
    uu, uv, vv, p, q = 0.0, 0.0, 0.0, 0.0, 0.0
    u, v = np.empty(n), np.empty(n)
    for m in range(n):
        c, d = x[m] - x_sum / n, y[m] - y_sum / n
        u[m], v[m] = c, d
        uu, uv, vv = uu + c * c, uv + c * d, vv + d * d
        p, q = p + c * (c * c + d * d), q + d * (c * c + d * d)
    determinant = uu * vv - uv * uv
    if not determinant > 0.0:
        return out, k
    a, b = (0.5 * p * vv - 0.5 * q * uv) / determinant, (0.5 * q * uu - 0.5 * p * uv) / determinant
    radius_nm = np.sqrt(a * a + b * b + (uu + vv) / n)
    off_nm2, turned = 0.0, 0.0
    for m in range(n):
        off_nm2 += (np.sqrt((u[m] - a) ** 2 + (v[m] - b) ** 2) - radius_nm) ** 2
    for m in range(1, n):
        c, d, e, f = u[m - 1] - a, v[m - 1] - b, u[m] - a, v[m] - b
        turned += np.arctan2(c * f - d * e, c * e + d * f)
    hours = (t_us[run[n + 1]] - t_us[run[2]]) / US_PER_H
    speed_kn = np.abs(turned) * radius_nm / hours
    is_held = np.sqrt(off_nm2 / n) <= CIRCLE_OFF_NM + CIRCLE_OFF_SHARE * radius_nm
    is_sized = CIRCLE_RADIUS_NM[0] <= radius_nm <= CIRCLE_RADIUS_NM[1]
    if is_held and is_sized and np.abs(turned) >= CIRCLE_TURNS * 2.0 * np.pi and speed_kn >= CIRCLE_KN:
        lon_mid = lon0 + (x_sum / n + a) / 60.0 / np.cos(np.radians(lat0))
        lat_mid = lat0 + (y_sum / n + b) / 60.0
        out, k = _emit(out, k, CIRCLE, fragment, t_us[run[0]], t_us[run[-1]], run[-1] - run[0] + 1, lon_mid, lat_mid,
                       radius_nm, speed_kn)  # fmt: skip
    return out, k


@kernel
def places(mmsi: Array, t_us: Array, lon: Array, lat: Array, track: Array, ends: Array, fixes: Array) -> Array:
    """Find vessels that were at two places at once, and that jumped.

    Parameters
    ----------
    mmsi
        Int array (f,): whose each fragment is, sorted.
    t_us, lon, lat, track, ends, fixes
        As :func:`patterns` takes them.

    Returns
    -------
    float64 array (k, N_FIELDS)
        The size is the distance that was jumped, or the least between reports of two places at once; the speed that
        such a jump would need.

    """
    out, k = np.empty((16, N_FIELDS)), 0
    f = 0
    while f < mmsi.size:
        g, last = f + 1, ends[f, 1]
        while g < mmsi.size and mmsi[g] == mmsi[f]:
            last = max(last, ends[g, 1])
            g += 1
        if g - f > 1:
            own = slice(ends[f, 0], last + 1)
            out, k = _places_of(t_us[own], lon[own], lat[own], track[own], f, fixes[f:g], out, k)
        f = g
    return out[:k]


@kernel
def _places_of(
    t_us: Array, lon: Array, lat: Array, of_all: Array, first: int, fixes: Array, out: Array, k: int
) -> tuple[Array, int]:
    """Look at the fixes of one vessel and the fragment of each, of which ``first`` is its first."""
    begin, end = np.full(fixes.size, -1, np.int64), np.full(fixes.size, -1, np.int64)
    track, is_long = np.empty(of_all.size, np.int64), np.empty(fixes.size, np.bool_)
    for i in range(track.size):
        f = track[i] = of_all[i] - first
        if f >= 0:
            begin[f] = i if begin[f] < 0 else begin[f]
            end[f] = i
    for f in range(fixes.size):
        is_long[f] = fixes[f] >= LEAST_FIXES and t_us[end[f]] - t_us[begin[f]] >= LEAST_US
    switches, least_nm, came_from = _switches(lon, lat, track, is_long)
    is_own_path, is_replay = np.zeros(fixes.size, np.bool_), np.zeros(fixes.size, np.bool_)
    for f in range(fixes.size):
        is_own_path[f] = is_long[f] and _is_own_path(lon, lat, track, f)
        is_replay[f] = is_own_path[f] and _moves(lon, lat, track, f)
    beside = np.full(fixes.size, -1, np.int64)
    for f in range(fixes.size):
        for g in range(fixes.size):
            together_us = min(t_us[end[f]], t_us[end[g]]) - max(t_us[begin[f]], t_us[begin[g]])
            is_often = min(fixes[f], fixes[g]) >= SHARED_FIXES and switches[f, g] >= SHARED_SWITCHES
            is_apart = together_us >= SHARED_US and least_nm[f, g] >= PATH_NM
            if is_often and is_apart and not (is_replay[f] or is_replay[g]):
                if beside[f] < 0 or switches[f, g] > switches[f, beside[f]]:
                    beside[f] = g
    for f in range(fixes.size):
        i, j, g = came_from[f], begin[f], beside[f]
        if g >= 0:
            since_us, until_us = max(t_us[j], t_us[begin[g]]), min(t_us[end[f]], t_us[end[g]])
            out, k = _emit(out, k, SHARED, first + f, since_us, until_us, fixes[f], lon[j], lat[j], least_nm[f, g],
                           np.nan)  # fmt: skip
        elif i >= 0:
            is_back = end[track[i]] > end[f]
            if is_back or is_own_path[f] or beside[track[i]] < 0:
                nm = haversine_nm(lon[i], lat[i], lon[j], lat[j])
                what = GLITCH if is_own_path[f] or nm < JUMP_NM else EXCURSION if is_back else JUMP
                out, k = _emit(out, k, what, first + f, t_us[j], t_us[end[f]], fixes[f], lon[j], lat[j], nm,
                               nm / max(t_us[j] - t_us[i], 1) * US_PER_H)  # fmt: skip
    return out, k


@kernel
def _switches(lon: Array, lat: Array, track: Array, is_long: Array) -> tuple[Array, Array, Array]:
    """Look at how reports go from one long fragment to another.

    Returns
    -------
    switches, least_nm, came_from
        (f, f) how often, either way, and the least distance then; (f,) the last row of another before each, or -1.

    """
    size = is_long.size
    switches, least_nm = np.zeros((size, size), np.int64), np.full((size, size), np.inf)
    came_from, seen, j = np.full(size, -1, np.int64), np.zeros(size, np.bool_), -1
    for i in range(track.size):
        g = track[i]
        if g < 0 or not is_long[g]:
            continue
        f = track[j] if j >= 0 else g
        if f != g:
            distance_nm = haversine_nm(lon[j], lat[j], lon[i], lat[i])
            for a, b in ((f, g), (g, f)):
                switches[a, b] += 1
                least_nm[a, b] = min(least_nm[a, b], distance_nm)
            if not seen[g]:
                came_from[g] = j
        seen[g] = True
        j = i
    return switches, least_nm, came_from


@kernel
def _is_near(lon1: float, lat1: float, lon2: float, lat2: float) -> bool:
    if abs(lat2 - lat1) >= PATH_NM / 60.0:
        return False
    x = wrapped(lon2 - lon1) * np.cos(np.radians(lat1))
    return x * x + (lat2 - lat1) ** 2 < (PATH_NM / 60.0) ** 2


@kernel
def _is_own_path(lon: Array, lat: Array, track: Array, fragment: int) -> bool:
    """Tell whether a fragment lies where the vessel's other fixes of the date do, at whatever time."""
    rows, n, near = np.empty(track.size, np.int64), 0, 0
    for i in range(track.size):
        rows[n] = i
        n += track[i] == fragment
    for sample in range(SAMPLES):
        i = rows[sample * (n - 1) // (SAMPLES - 1)]
        for j in range(track.size):
            if track[j] >= 0 and track[j] != fragment and _is_near(lon[i], lat[i], lon[j], lat[j]):
                near += 1
                break
    return near * 2 >= SAMPLES


@kernel
def _moves(lon: Array, lat: Array, track: Array, fragment: int) -> bool:
    first = -1
    for i in range(track.size):
        if track[i] == fragment:
            if first >= 0 and not _is_near(lon[first], lat[first], lon[i], lat[i]):
                return True
            first = i if first < 0 else first
    return False
