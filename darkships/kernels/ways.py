"""The ways that a silent vessel could take: from the off fix over a waypoint to the on fix.

Where both ends are far apart in time, only the hours near them are looked at: out from the off fix, and in to the on
fix.
"""

import numpy as np

from darkships.kernels import inlined, kernel
from darkships.kernels.geodesy import haversine_nm, wrapped
from darkships.kernels.hours import between

_FIRST_CLOSE, PATHS = 17, 25
KINDS = slice(0, 1), slice(1, _FIRST_CLOSE), slice(_FIRST_CLOSE, PATHS)
"""The direct one (or staying), over waypoints in eight bearings at two distances, and to lie close by in eight."""

LOOKED_AT_H = 24
"""From each end of a silence."""

_BEARINGS = 8
_SHARES = (0.4, 0.9)
"""Of the farthest waypoint that leaves time to come back."""

_CLOSE_NM = 15.0
"""As far as the next cell: a port behind the edge of what is heard."""

_US_PER_H = 3_600_000_000
_NM_PER_DEG = 60.0


@kernel
def looked_at(off_us: int, until_us: int, is_back: bool, hour: int) -> float:
    """Return the share of a clock hour since 1970 in a silence, near its start, or its end if there is one."""
    first, last = max(off_us, hour * _US_PER_H), min(until_us, (hour + 1) * _US_PER_H)
    out_us = min(last, off_us + LOOKED_AT_H * _US_PER_H) - first
    back_us = last - max(first, until_us - LOOKED_AT_H * _US_PER_H) if is_back else 0
    both = until_us - off_us <= 2 * LOOKED_AT_H * _US_PER_H and is_back
    return max(last - first if both else max(out_us, 0) + max(back_us, 0), 0) / _US_PER_H


@inlined
def is_far(from_h: float, to_h: float) -> bool:
    """Tell whether hours in the middle are not looked at, so that the way out and the way in do not depend."""
    return to_h - from_h > 2 * LOOKED_AT_H


@inlined
def half_of(from_h: float, to_h: float, hour: int) -> int:
    """Return 1 for a clock hour on the way in to an on fix that is far from the off fix in time, else 0."""
    return 1 if is_far(from_h, to_h) and hour + 0.5 - from_h > LOOKED_AT_H else 0


@kernel
def _waypoint(lon: float, lat: float, east_nm: float, north_nm: float) -> tuple[float, float]:
    """Return the place so far from another, on a plane that touches the Earth between them."""
    to_lat = min(max(lat + north_nm / _NM_PER_DEG, -89.9), 89.9)
    squeeze = max(np.cos(np.radians(0.5 * (lat + to_lat))), 0.05)
    return (lon + east_nm / _NM_PER_DEG / squeeze + 180.0) % 360.0 - 180.0, to_lat


@kernel
def _offset(path: int) -> tuple[float, float]:
    """Return cosine and sine of a path's bearing, times its share of the farthest waypoint."""
    if path == 0:
        return 0.0, 0.0
    angle = 2.0 * np.pi * ((path - 1) % _BEARINGS) / _BEARINGS
    share = _SHARES[(path - 1) // _BEARINGS]
    return share * np.cos(angle), share * np.sin(angle)


@kernel
def _lie_close(
    bearing: int, from_us: int, from_lon: float, from_lat: float, to_us: int, to_lon: float, to_lat: float, kn: float
) -> tuple[float, float, float, float, float, float]:
    """Return what ``turn_of`` does, of a path to a place close by, to lie there as long as there is time."""
    span_h = (to_us - from_us) / _US_PER_H if to_us >= 0 else np.inf
    between_nm = haversine_nm(from_lon, from_lat, to_lon, to_lat) if span_h <= 2 * LOOKED_AT_H else 0.0
    close_nm, kn = max(min(_CLOSE_NM, 0.5 * (kn * span_h - between_nm)), 0.0), max(kn, 0.1)
    angle = 2.0 * np.pi * bearing / _BEARINGS
    x, y = close_nm * np.cos(angle), close_nm * np.sin(angle)
    out = _waypoint(from_lon, from_lat, x, y)
    if span_h > 2 * LOOKED_AT_H:
        back = out if to_us < 0 else _waypoint(to_lon, to_lat, x, y)
        return out[0], out[1], back[0], back[1], close_nm / kn, close_nm / kn
    back_h = min(haversine_nm(out[0], out[1], to_lon, to_lat) / kn, span_h)
    return out[0], out[1], out[0], out[1], min(close_nm / kn, span_h - back_h), back_h


@kernel
def turn_of(
    path: int, from_us: int, from_lon: float, from_lat: float, to_us: int, to_lon: float, to_lat: float, max_kn: float
) -> tuple[float, float, float, float, float, float]:
    """Return a path's waypoint after the off fix and that before the on fix, and the hours to each from there.

    Waypoints of a short silence lie in the ellipse that a vessel of that speed can reach between its two ends.
    """
    if path >= _FIRST_CLOSE:
        return _lie_close(path - _FIRST_CLOSE, from_us, from_lon, from_lat, to_us, to_lon, to_lat, max_kn)
    x, y = _offset(path)
    span_h = (to_us - from_us) / _US_PER_H if to_us >= 0 else np.inf
    if span_h > 2 * LOOKED_AT_H:
        out = _waypoint(from_lon, from_lat, x * max_kn * LOOKED_AT_H, y * max_kn * LOOKED_AT_H)
        back = out if to_us < 0 else _waypoint(to_lon, to_lat, x * max_kn * LOOKED_AT_H, y * max_kn * LOOKED_AT_H)
        return out[0], out[1], back[0], back[1], float(LOOKED_AT_H), float(LOOKED_AT_H)
    half_nm = 0.5 * haversine_nm(from_lon, from_lat, to_lon, to_lat)
    lon, lat = between(from_lon, to_lon, 0.5), 0.5 * (from_lat + to_lat)
    along = 0.5 * max(max_kn * span_h, 2.0 * half_nm)
    across = np.sqrt(max(along * along - half_nm * half_nm, 0.0))
    east = wrapped(to_lon - from_lon) * np.cos(np.radians(lat))
    course = np.arctan2(to_lat - from_lat, east)
    dx, dy = x * along, y * across
    turn = _waypoint(lon, lat, dx * np.cos(course) - dy * np.sin(course), dx * np.sin(course) + dy * np.cos(course))
    out_nm, back_nm = haversine_nm(from_lon, from_lat, *turn), haversine_nm(to_lon, to_lat, *turn)
    out_h = span_h * out_nm / (out_nm + back_nm) if out_nm + back_nm > 0.0 else 0.5 * span_h
    return turn[0], turn[1], turn[0], turn[1], out_h, span_h - out_h


@inlined
def place_on(
    from_h: float, from_lon: float, from_lat: float, to_h: float, to_lon: float, to_lat: float,
    turn: tuple[float, float, float, float, float, float], hour: int,
) -> tuple[float, float]:  # fmt: skip
    """Return where a vessel on a path with such waypoints is in the middle of a clock hour."""
    out_lon, out_lat, back_lon, back_lat, out_h, back_h = turn
    since_h, until_h = max(hour + 0.5 - from_h, 0.0), max(to_h - hour - 0.5, 0.0)
    if since_h <= out_h or to_h < 0.0:
        lon, lat, to_lon, to_lat, leg_h, gone_h = from_lon, from_lat, out_lon, out_lat, out_h, since_h
    else:
        lon, lat, to_lon, to_lat, leg_h, gone_h = to_lon, to_lat, back_lon, back_lat, back_h, until_h
    share = min(gone_h / leg_h, 1.0) if leg_h > 0.0 else 0.0
    return between(lon, to_lon, share), lat + share * (to_lat - lat)
