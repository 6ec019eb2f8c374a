"""Port calls that AIS shows: a track enters a site, stops there, and leaves."""

import geopandas as gpd
import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.schema import PORT_CALLS, TRACKS, TRACKS_PER_MMSI, time_us, validate
from darkships.units import US_PER_H
from darkships.visits.stays import Ints, Records, stays, stitch

MIN_STOPPED_H = 0.5
"""A track that crosses a site without stopping so long has not called there."""


def port_calls(tracks: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the calls at sites that AIS shows.

    Parameters
    ----------
    tracks
        A TRACKS table, sorted by (mmsi, timestamp); outliers make no call.
    sites
        A SITES table with polygons.

    Returns
    -------
    pandas.DataFrame
        A PORT_CALLS table. A call is a run of fixes of a track inside one polygon that stood still (less than 1 kn)
        for at least half an hour; silences inside it belong to it.

    """
    fixes = validate(tracks, TRACKS, where="tracks")
    fixes = fixes[~fixes["is_outlier"]]
    track_id, chain = np.unique(fixes["track_id"].to_numpy(np.int64), return_inverse=True)
    lon, lat, sog = (fixes[name].to_numpy(kind) for name, kind in (("lon", float), ("lat", float), ("sog", "f4")))
    found = stays(time_us(fixes["timestamp"]), chain, lon, lat, sog, sites)
    return calls_of(found, track_id // TRACKS_PER_MMSI, track_id, sites, where="the result of port_calls")


def calls_of_chains(
    found: Records, mmsi: Array, number: Array, before: Ints, sites: gpd.GeoDataFrame
) -> pd.DataFrame:  # fmt: skip
    """Return STAY records as a PORT_CALLS table, put together where a track goes on in another chain.

    Parameters
    ----------
    found
        STAY (k,) of chains (c,).
    mmsi, number, before
        (c,) vessel of each chain, number of its track within the vessel (-1: noise), the chain that it continues.
    sites
        The SITES table.

    """
    track_id = TRACKS_PER_MMSI * mmsi + number
    tracks, place = np.unique(track_id[number >= 0], return_inverse=True)
    of_chain = np.full(mmsi.size, -1)
    of_chain[number >= 0] = place
    whole = stitch(found, of_chain, before)
    return calls_of(whole, tracks // TRACKS_PER_MMSI, tracks, sites, where="the port calls of a store")


def calls_of(found: Records, mmsi: Array, track_id: Array, sites: gpd.GeoDataFrame, *, where: str) -> pd.DataFrame:
    """Return STAY records (k,) as a PORT_CALLS table; ``mmsi`` and ``track_id`` (c,) are those of the chains."""
    found = found[found["stopped_us"] >= MIN_STOPPED_H * US_PER_H]
    chain, site = found["chain"], found["site"]
    calls = pd.DataFrame(
        {
            "mmsi": mmsi[chain],
            "track_id": track_id[chain],
            "site": sites["site"].to_numpy()[site],
            "site_group": sites["site_group"].to_numpy()[site],
            "arrival": _times(found["first_us"]),
            "departure": _times(found["last_us"]),
            "stopped_h": found["stopped_us"] / US_PER_H,
            "arrival_seen": found["arrival_seen"],
            "departure_seen": found["departure_seen"],
        }
    )
    calls = calls.sort_values(list(PORT_CALLS.key), kind="stable", ignore_index=True)
    return validate(calls, PORT_CALLS, where=where)


def _times(us: Array) -> pd.Series:
    return pd.Series(np.ascontiguousarray(us).view("datetime64[us]")).dt.tz_localize("UTC")
