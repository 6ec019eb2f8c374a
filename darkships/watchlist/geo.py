"""Geometry of a table's rows, and GeoJSON of them."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping

from darkships.watchlist.cells import declared_columns, json_texts
from darkships.watchlist.text import safe_text

_COORDINATE_DIGITS = 5  # about a metre

_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def with_geometry(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the frame with a geometry: its own, a lead's image area, a gap's line, a region, a fix, or none."""
    columns = set(frame.columns)
    if "geometry" in columns:
        geometry: Any = list(frame["geometry"])
    elif "next_image_area" in columns:
        geometry = shapely.from_wkt(frame["next_image_area"].to_numpy(object))
    elif {"off_lat", "off_lon", "on_lat", "on_lon"} <= columns:
        geometry = _gap_lines(frame[["off_lon", "off_lat", "on_lon", "on_lat"]].to_numpy(np.float64))
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
    columns = [json_texts(frame[name], declared.get(name)) for name in names]
    form = ", ".join(f"{_json(safe_text(name)).replace('%', '%%')}: %s" for name in names)
    yield '{"type": "FeatureCollection", "features": [\n'
    for i, (shape, *properties) in enumerate(zip(_shapes(frame["geometry"].to_numpy()), *columns, strict=True)):
        feature = f'{{"type": "Feature", "geometry": {shape}, "properties": {{{form % tuple(properties)}}}}}'
        yield ",\n" + feature if i else feature
    yield "\n]}\n"


def _shapes(geometry: np.ndarray) -> np.ndarray:
    """Return geometries (n,) as JSON; lines, of which there are most, without an object for each."""
    is_line = (shapely.get_type_id(geometry) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(geometry)
    texts = np.empty(len(geometry), object)
    texts[~is_line] = [_shape(shape) for shape in geometry[~is_line]]
    lines = geometry[is_line]
    places = [
        f"[{round(lon, _COORDINATE_DIGITS)}, {round(lat, _COORDINATE_DIGITS)}]"
        for lon, lat in shapely.get_coordinates(lines).tolist()
    ]
    ends = np.cumsum(shapely.get_num_coordinates(lines)).tolist()
    texts[is_line] = [
        f'{{"type": "LineString", "coordinates": [{", ".join(places[start:end])}]}}'
        for start, end in pairwise([0, *ends])
    ]
    return texts


def _shape(shape: shapely.Geometry | None) -> str:
    if shape is None or shape.is_empty:
        return "null"
    return f'{{"type": "{shape.geom_type}", "coordinates": {_json(_rounded(mapping(shape)["coordinates"]))}}}'


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(float(coordinates), _COORDINATE_DIGITS)
    return [_rounded(part) for part in coordinates]


def _gap_lines(ends: np.ndarray) -> np.ndarray:
    """Return the line from off fix to on fix of each of (n, 4) ends; a point while open."""
    lines = np.empty(len(ends), object)
    is_open = np.isnan(ends[:, 2:]).any(axis=1)
    is_cut = np.abs(ends[:, 2] - ends[:, 0]) > 180.0
    whole = ~is_open & ~is_cut
    lines[is_open] = shapely.points(ends[is_open, :2])
    lines[whole] = shapely.linestrings(ends[whole].reshape(-1, 2, 2))
    for row in np.flatnonzero(is_cut):
        lines[row] = _cut_line(*ends[row].tolist())
    return lines


def _cut_line(off_lon: float, off_lat: float, on_lon: float, on_lat: float) -> shapely.Geometry:
    """Return the line from off fix to on fix, cut at the antimeridian (RFC 7946, 3.1.9)."""
    turn = on_lon - off_lon
    edge = 180.0 if turn < 0 else -180.0
    share = (edge - off_lon) / (turn + 2.0 * edge)
    lat = off_lat + share * (on_lat - off_lat)
    return shapely.MultiLineString([[(off_lon, off_lat), (edge, lat)], [(-edge, lat), (on_lon, on_lat)]])
