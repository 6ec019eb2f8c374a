"""Tracks as arrays in the order of track and time, with what lies between two rows counted beforehand."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from darkships.kernels import Array, fixed
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.stays import find_stays
from darkships.schema import time_us
from darkships.units import US_PER_H
from darkships.visits.calls import MIN_STOPPED_H
from darkships.visits.stays import STOPPED_KN, sites_of

STAY_RADIUS_NM = 0.5


@dataclass(frozen=True)
class Fixes:
    """Fixes without outliers, arrays (n,) sorted by (track_id, time)."""

    mmsi: Array
    track_id: Array
    t_us: Array
    lon: Array
    lat: Array
    sog: Array
    stays: Array
    """int64 (k, 2): first and last row of each stay."""

    @classmethod
    def of(cls, tracks: pd.DataFrame) -> "Fixes":
        """Take a TRACKS table apart."""
        frame = tracks[~tracks["is_outlier"]].sort_values(["track_id", "timestamp"], kind="stable")
        t_us, track_id = time_us(frame["timestamp"]), frame["track_id"].to_numpy(np.int64)
        lon, lat = (frame[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
        sog = frame["sog"].to_numpy(np.float32)
        least_us = round(MIN_STOPPED_H * US_PER_H)
        stays = find_stays(fixed(t_us), track_id, lon, lat, sog, STOPPED_KN, STAY_RADIUS_NM, least_us)
        return cls(frame["mmsi"].to_numpy(np.int64), track_id, t_us, lon, lat, sog, stays)

    @property
    def in_stay(self) -> Array:
        """Which rows belong to a stay."""
        edges = np.zeros(self.t_us.size + 1, np.int64)
        np.add.at(edges, self.stays[:, 0], 1)
        np.add.at(edges, self.stays[:, 1] + 1, -1)
        inside: Array = edges[:-1].cumsum() > 0
        return inside

    def inside(self, sites: gpd.GeoDataFrame) -> Array:
        """Return the number of the site that each row lies in, -1 for none."""
        return sites_of(self.lon, self.lat, sites)

    def row(self, track_id: int, t_us: int) -> int:
        """Return the row of a track at a time."""
        first, after = np.searchsorted(self.track_id, [track_id, track_id + 1])
        return int(first + np.searchsorted(self.t_us[first:after], t_us))

    def away_nm(self, rows: slice, *, lon: float, lat: float) -> Array:
        """Return the great circles from a place to rows."""
        n = len(self.lon[rows])
        return haversine_nm_many(self.lon[rows], self.lat[rows], np.full(n, lon), np.full(n, lat))
