"""Tracks to and from movingpandas, for analysts who go on there."""

import warnings

import geopandas as gpd
import pandas as pd

from darkships.schema import TRACKS, validate

with warnings.catch_warnings():
    # On import it tells every user about a library that only its smoothers need.
    warnings.filterwarnings("ignore", "Missing optional dependencies", UserWarning)
    import movingpandas as mpd

MIN_FIXES = 2
"""movingpandas makes no trajectory of a single point."""


def to_movingpandas(tracks: pd.DataFrame) -> mpd.TrajectoryCollection:
    """Return the tracks as a movingpandas collection, one trajectory a track.

    Outliers and tracks of a single fix stay out. Times become naive UTC, as movingpandas expects them; of fixes with
    an equal time the first is taken.
    """
    fixes = tracks[~tracks["is_outlier"]].drop_duplicates(["track_id", "timestamp"])
    fixes = fixes[fixes.groupby("track_id")["track_id"].transform("size") >= MIN_FIXES]
    frame = gpd.GeoDataFrame(
        fixes.drop(columns=["lat", "lon"]).assign(t=fixes["timestamp"].dt.tz_convert(None)).set_index("t"),
        geometry=gpd.points_from_xy(fixes["lon"], fixes["lat"]),
        crs="EPSG:4326",
    )
    return mpd.TrajectoryCollection(frame, "track_id", min_length=-1)


def from_movingpandas(collection: mpd.TrajectoryCollection) -> pd.DataFrame:
    """Return a collection made by :func:`to_movingpandas` (or with the same columns) as a TRACKS table.

    Raises
    ------
    SchemaError
        If the trajectories lack a column of TRACKS.

    """
    if not collection.trajectories:
        return TRACKS.empty()
    frame = pd.concat([trajectory.df for trajectory in collection.trajectories])
    frame = frame.assign(
        timestamp=frame.index.tz_localize("UTC"), lon=frame.geometry.x.to_numpy(), lat=frame.geometry.y.to_numpy()
    )
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    plain = plain.sort_values(["mmsi", "timestamp", "track_id"], kind="stable", ignore_index=True)
    return validate(plain, TRACKS, where="the trajectories")[TRACKS.names]
