"""The water paths of a watchlist, for the map."""

from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from darkships.errors import SitesError


class SeaPaths(Protocol):
    """What finds the way by sea to a site."""

    def path(self, site: str, lon: float, lat: float) -> Any:
        """Return the shortest water path from a place to a site; SitesError where there is none."""


def water_paths(watchlist: pd.DataFrame, sea: SeaPaths) -> gpd.GeoDataFrame:
    """Return the shortest water paths of each lead's best trip, to the site and back from it.

    Parameters
    ----------
    watchlist
        A WATCHLIST table.
    sea
        Sea distances to its sites.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a lead and way: lead_id, mmsi, site, leg, data_label, geometry; None for an end farther off than sea
        distances go, or on land.

    """
    rows = []
    for lead in watchlist.to_dict("records"):
        rows += [
            {
                **{name: lead[name] for name in ("lead_id", "mmsi", "site", "data_label")},
                "leg": leg,
                "geometry": _way(sea, lead["site"], lead[f"{end}_lon"], lead[f"{end}_lat"]),
            }
            for leg, end in (("to the site", "off"), ("from the site", "on"))
            if not pd.isna(lead[f"{end}_lat"])
        ]
    columns = ["lead_id", "mmsi", "site", "leg", "data_label", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs="EPSG:4326")


def _way(sea: SeaPaths, site: str, lon: float, lat: float) -> Any:
    try:
        return sea.path(site, lon, lat)
    except SitesError:
        return None
