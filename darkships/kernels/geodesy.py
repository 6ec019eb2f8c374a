"""Geodesy on the sphere of the mean Earth radius; longitude before latitude, in degrees."""

import numpy as np

from darkships.kernels import kernel
from darkships.units import EARTH_RADIUS_NM


@kernel
def haversine_nm(lon1_deg, lat1_deg, lon2_deg, lat2_deg):
    """Return the great-circle distance of two points in nautical miles (R. W. Sinnott, Sky and Telescope 68, 1984)."""
    phi1 = np.radians(lat1_deg)
    phi2 = np.radians(lat2_deg)
    half_d_phi = 0.5 * (phi2 - phi1)
    half_d_lambda = 0.5 * np.radians(lon2_deg - lon1_deg)
    a = np.sin(half_d_phi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_d_lambda) ** 2
    return 2.0 * EARTH_RADIUS_NM * np.arcsin(min(1.0, np.sqrt(a)))


@kernel
def haversine_nm_many(lon1_deg, lat1_deg, lon2_deg, lat2_deg):
    """Return the great-circle distances (n,) of pairs of points given as arrays (n,), in nautical miles."""
    out = np.empty(lon1_deg.size, np.float64)
    for i in range(lon1_deg.size):
        out[i] = haversine_nm(lon1_deg[i], lat1_deg[i], lon2_deg[i], lat2_deg[i])
    return out
