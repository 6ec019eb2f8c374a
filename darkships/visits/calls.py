"""Port calls that AIS shows: a track enters a site, stops there, and leaves."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from darkships.kernels.calls import site_runs
from darkships.schema import PORT_CALLS, TRACKS, validate

STOPPED_KN = 1.0
MIN_STOPPED_H = 0.5
"""A track that crosses a site without stopping so long has not called there."""


def sites_of(lon: np.ndarray, lat: np.ndarray, sites: gpd.GeoDataFrame) -> np.ndarray:
    """Return the number of the site whose polygon covers each point, -1 for none; the first where polygons overlap.

    Parameters
    ----------
    lon, lat
        Arrays (n,) in degrees; NaN lies in no site.
    sites
        A SITES table.

    Returns
    -------
    numpy.ndarray
        int32 (n,).

    """
    found = np.full(lon.size, -1, np.int32)
    for number, polygon in reversed(list(enumerate(sites.geometry))):
        west, south, east, north = polygon.bounds
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        found[near[shapely.intersects_xy(polygon, lon[near], lat[near])]] = number
    return found


def port_calls(tracks: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the calls at sites that AIS shows.

    Parameters
    ----------
    tracks
        A TRACKS table; outliers make no call.
    sites
        A SITES table with polygons.

    Returns
    -------
    pandas.DataFrame
        A PORT_CALLS table. A call is a run of fixes of a track inside one polygon that stood still (less than 1 kn)
        for at least half an hour; silences inside it belong to it.

    """
    tracks = validate(tracks, TRACKS, where="tracks")
    fixes = tracks[~tracks["is_outlier"]]
    site = sites_of(fixes["lon"].to_numpy(np.float64), fixes["lat"].to_numpy(np.float64), sites)
    # Only tracks that enter a site matter; few do.
    inside = fixes["track_id"].isin(fixes["track_id"][site >= 0].unique()).to_numpy()
    fixes = fixes[inside].assign(_site=site[inside]).sort_values(["track_id", "timestamp"], kind="stable")
    if fixes.empty:
        return PORT_CALLS.empty()
    track_id = fixes["track_id"].to_numpy(np.int64)
    time = fixes["timestamp"].dt.as_unit("us").to_numpy("datetime64[us]")
    number = fixes["_site"].to_numpy(np.int32)
    rows, stopped_h = site_runs(time.view(np.int64), track_id, fixes["sog"].to_numpy(np.float32), number, STOPPED_KN)
    first, last = rows.T
    before, after = np.maximum(first - 1, 0), np.minimum(last + 1, len(fixes) - 1)
    calls = pd.DataFrame(
        {
            "mmsi": fixes["mmsi"].to_numpy()[first],
            "track_id": track_id[first],
            "site": sites["site"].to_numpy()[number[first]],
            "site_group": sites["site_group"].to_numpy()[number[first]],
            "arrival": pd.Series(time[first]).dt.tz_localize("UTC"),
            "departure": pd.Series(time[last]).dt.tz_localize("UTC"),
            "stopped_h": stopped_h,
            "arrival_seen": (before < first) & (track_id[before] == track_id[first]),
            "departure_seen": (after > last) & (track_id[after] == track_id[last]),
        }
    )
    calls = calls[calls["stopped_h"] >= MIN_STOPPED_H].sort_values(list(PORT_CALLS.key), kind="stable")
    return validate(calls.reset_index(drop=True), PORT_CALLS, where="the result of port_calls")
