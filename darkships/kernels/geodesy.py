"""Geodesy on the sphere of the mean Earth radius; longitude before latitude, in degrees."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.units import EARTH_RADIUS_NM


@kernel
def haversine_nm(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> float:
    """Return the great-circle distance of two points in nautical miles (R. W. Sinnott, Sky and Telescope 68, 1984)."""
    phi1 = np.radians(lat1_deg)
    phi2 = np.radians(lat2_deg)
    half_d_phi = 0.5 * (phi2 - phi1)
    half_d_lambda = 0.5 * np.radians(lon2_deg - lon1_deg)
    a = np.sin(half_d_phi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_d_lambda) ** 2
    return 2.0 * EARTH_RADIUS_NM * np.arcsin(np.minimum(1.0, np.sqrt(a)))


@inlined
def wrapped(degrees: float) -> float:
    """Return an angle of -540..540 in -180..180; the remainder of a division takes five times as long."""
    return degrees - 360.0 if degrees >= 180.0 else degrees + 360.0 if degrees < -180.0 else degrees


@inlined
def bound_nm(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return a distance in nm that the great circle does not exceed, without trigonometry."""
    d_lon = abs(lon2 - lon1)
    if d_lon > 180.0:
        d_lon = 360.0 - d_lon
    return 60.05 * (abs(lat2 - lat1) + d_lon)  # 60.04 nm a degree on the sphere


@inlined
def feasible_nm(lon1: float, lat1: float, lon2: float, lat2: float, limit_nm: float) -> float:
    """Return the distance in nm, or more, if it is within the limit, else -1; no trigonometry where that is plain."""
    most_nm = bound_nm(lon1, lat1, lon2, lat2)
    if most_nm <= limit_nm:
        return most_nm
    distance_nm = haversine_nm(lon1, lat1, lon2, lat2)
    return distance_nm if distance_nm <= limit_nm else -1.0


@kernel
def haversine_nm_many(lon1_deg: Array, lat1_deg: Array, lon2_deg: Array, lat2_deg: Array) -> Array:
    """Return the great-circle distances (n,) of pairs of points given as arrays (n,), in nautical miles."""
    out = np.empty(lon1_deg.size, np.float64)
    for i in range(lon1_deg.size):
        out[i] = haversine_nm(lon1_deg[i], lat1_deg[i], lon2_deg[i], lat2_deg[i])
    return out


@inlined
def course_deg(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> float:
    """Return the initial course of the great circle from one place to another, in -180..180 (E. Williams, as below)."""
    phi1, phi2, east = np.radians(lat1_deg), np.radians(lat2_deg), np.radians(lon2_deg - lon1_deg)
    north = np.cos(phi1) * np.sin(phi2) - np.sin(phi1) * np.cos(phi2) * np.cos(east)
    return np.degrees(np.arctan2(np.sin(east) * np.cos(phi2), north))


@kernel
def courses_deg(lon1_deg: Array, lat1_deg: Array, lon2_deg: Array, lat2_deg: Array) -> Array:
    """Return the initial courses (n,) between pairs of points given as arrays (n,)."""
    out = np.empty(lon1_deg.size, np.float64)
    for i in range(lon1_deg.size):
        out[i] = course_deg(lon1_deg[i], lat1_deg[i], lon2_deg[i], lat2_deg[i])
    return out


@kernel
def destination(lon_deg: float, lat_deg: float, bearing_deg: float, distance_nm: float) -> tuple[float, float]:
    """Return (longitude in [-180, 180), latitude) reached on the great circle of that initial course.

    E. Williams, Aviation Formulary, "Lat/lon given radial and distance".
    """
    delta = distance_nm / EARTH_RADIUS_NM
    theta = np.radians(bearing_deg)
    phi1 = np.radians(lat_deg)
    sin_phi2 = np.sin(phi1) * np.cos(delta) + np.cos(phi1) * np.sin(delta) * np.cos(theta)
    sin_phi2 = min(1.0, max(-1.0, sin_phi2))
    d_lambda = np.arctan2(np.sin(theta) * np.sin(delta) * np.cos(phi1), np.cos(delta) - np.sin(phi1) * sin_phi2)
    lon2_deg = lon_deg + np.degrees(d_lambda)
    return (lon2_deg + 180.0) % 360.0 - 180.0, np.degrees(np.arcsin(sin_phi2))
