"""Geometry of a table's rows, and GeoJSON of them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from darkships.watchlist.cells import declared_columns, json_cells
from darkships.watchlist.text import safe_text

_COORDINATE_DIGITS = 5  # about a metre


def with_geometry(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the frame with a geometry: its own, a lead's image area, a gap's line, a region, a fix, or none."""
    columns = set(frame.columns)
    if "geometry" in columns:
        geometry: Any = list(frame["geometry"])
    elif "next_image_area" in columns:
        geometry = shapely.from_wkt(frame["next_image_area"].to_numpy(object))
    elif {"off_lat", "off_lon", "on_lat", "on_lon"} <= columns:
        ends = frame[["off_lon", "off_lat", "on_lon", "on_lat"]].to_numpy(np.float64)
        geometry = [_gap_line(*end) for end in ends.tolist()]
    elif {"west_lon", "south_lat", "east_lon", "north_lat"} <= columns:
        geometry = shapely.box(*(frame[name].to_numpy() for name in ("west_lon", "south_lat", "east_lon", "north_lat")))
    elif {"lat", "lon"} <= columns:
        lon, lat = frame["lon"].to_numpy(np.float64), frame["lat"].to_numpy(np.float64)
        geometry = shapely.points(lon, lat)
        geometry[np.isnan(lon) | np.isnan(lat)] = None
    else:
        geometry = [None] * len(frame)
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    return gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries(geometry, index=frame.index, crs="EPSG:4326"))


def geojson_lines(frame: gpd.GeoDataFrame) -> Iterator[str]:
    """Yield a FeatureCollection (RFC 7946) piece by piece, one feature a line."""
    names = [name for name in frame.columns if name != "geometry"]
    declared = declared_columns(names)
    columns = [json_cells(frame[name], declared.get(name)) for name in names]
    keys = [safe_text(name) for name in names]
    yield '{"type": "FeatureCollection", "features": [\n'
    shapes = _shapes(frame["geometry"])
    for i, (shape, *values) in enumerate(zip(shapes, *columns, strict=True)):
        feature = {"type": "Feature", "geometry": shape, "properties": dict(zip(keys, values, strict=True))}
        yield (",\n" if i else "") + json.dumps(feature, ensure_ascii=False, allow_nan=False)
    yield "\n]}\n"


def _shapes(geometry: Iterable[Any]) -> Iterator[dict[str, Any] | None]:
    for shape in geometry:
        yield (
            None
            if shape is None or shape.is_empty
            else {
                "type": shape.geom_type,
                "coordinates": _rounded(shapely.geometry.mapping(shape)["coordinates"]),
            }
        )


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(float(coordinates), _COORDINATE_DIGITS)
    return [_rounded(part) for part in coordinates]


def _gap_line(off_lon: float, off_lat: float, on_lon: float, on_lat: float) -> shapely.Geometry:
    """Return the line from off fix to on fix, cut at the antimeridian (RFC 7946, 3.1.9); a point while open."""
    if np.isnan(on_lon) or np.isnan(on_lat):
        return shapely.Point(off_lon, off_lat)
    turn = on_lon - off_lon
    if abs(turn) <= 180.0:
        return shapely.LineString([(off_lon, off_lat), (on_lon, on_lat)])
    edge = 180.0 if turn < 0 else -180.0
    share = (edge - off_lon) / (turn + 2.0 * edge)
    lat = off_lat + share * (on_lat - off_lat)
    return shapely.MultiLineString([[(off_lon, off_lat), (edge, lat)], [(-edge, lat), (on_lon, on_lat)]])
