"""Points as Parquet and geographic files store them, as two columns of degrees."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.casts import Floats

POINT_COLUMNS = ("longitude", "latitude")
"""Under these names a point is offered to the dialects, as if the file had two such columns."""

_WKB_POINT = 21
"""Bytes of a point in WKB: order, type, x, y."""

_DEGREES = {"EPSG:4326", "OGC:CRS84", "EPSG:4979", "OGC:CRS84H", "EPSG:4269"}  # NAD 83, the last, is two metres off
_SHOWN = 60


def points(column: pa.Array, where: str) -> tuple[Floats, Floats]:
    """Return x and y (n,) of point geometries; NaN where there is none.

    Parameters
    ----------
    column
        WKB, or the struct of x and y of GeoParquet 1.1.
    where
        What the file is, for messages.

    Raises
    ------
    FeedError
        When a geometry is no point.

    """
    if pa.types.is_struct(column.type):
        x, y = (pc.struct_field(column, name) for name in ("x", "y"))
        return _floats(x), _floats(y)
    binary = pc.cast(column, pa.large_binary())
    length = pc.fill_null(pc.binary_length(binary), 0).to_numpy(zero_copy_only=False)
    plain = length == _WKB_POINT
    x, y = np.full(len(column), np.nan), np.full(len(column), np.nan)
    if plain.any():
        x[plain], y[plain] = _wkb_points(binary.filter(pa.array(plain)), where)
    rest = np.flatnonzero((length > 0) & ~plain)
    if len(rest):
        x[rest], y[rest] = _other_points(binary.take(pa.array(rest)), where)
    return x, y


def refuse_other_crs(crs: Any, where: str) -> None:
    """Refuse coordinates that are no longitudes and latitudes of WGS 84; none named is taken for it.

    Parameters
    ----------
    crs
        PROJJSON, or text like EPSG:4326, or None.
    where
        What the file is, for messages.

    Raises
    ------
    FeedError
        When it is another reference system.

    """
    if isinstance(crs, Mapping):
        code = crs.get("id")
        name = f"{code.get('authority')}:{code.get('code')}" if isinstance(code, Mapping) else str(crs.get("name"))
    else:
        name = str(crs or "")
    if (
        name
        and name.upper() not in _DEGREES
        and not name.upper().startswith(("WGS 84", 'GEOGCS["WGS 84', "GCS_WGS_1984"))
    ):
        raise FeedError(
            f"{where}: the points are in the reference system {name[:_SHOWN]!r}; expected WGS 84 longitudes and "
            "latitudes (EPSG:4326). Convert the file first"
        )


def geometry_of(schema: pa.Schema, where: str) -> str | None:
    """Return the name of a Parquet file's point column, None where it has none.

    Raises
    ------
    FeedError
        When its reference system is not WGS 84, or its geometries are no points.

    """
    told = _geo_metadata(schema)
    name = told.get("primary_column") or "geometry"
    if name not in schema.names:
        return None
    kind = schema.field(name).type
    if getattr(kind, "storage_type", None) is not None:
        kind = kind.storage_type
    is_point = pa.types.is_struct(kind) and {kind.field(i).name for i in range(kind.num_fields)} >= {"x", "y"}
    if not (is_point or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        return None
    columns = told.get("columns")
    about = columns.get(name) if isinstance(columns, dict) else None
    if isinstance(about, dict):
        refuse_other_crs(about.get("crs"), where)
        kinds = about.get("geometry_types") or ["Point"]
        if not any(str(kind).startswith("Point") for kind in kinds):
            raise FeedError(
                f"{where} holds geometries of type {', '.join(map(str, kinds))}; expected points with times"
            )
    return str(name)


def _geo_metadata(schema: pa.Schema) -> dict[str, Any]:
    try:
        told = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _wkb_points(binary: pa.Array, where: str) -> tuple[Floats, Floats]:
    """Decode points of 21 bytes, all at once (OGC 06-103r4, 8.2)."""
    offsets = np.frombuffer(binary.buffers()[1], np.int64)[binary.offset :]
    size = len(binary) * _WKB_POINT
    table = np.frombuffer(binary.buffers()[2], np.uint8)[offsets[0] : offsets[0] + size].reshape(-1, _WKB_POINT)
    little = table[:, 0] == 1
    kind = np.where(little, _whole(table, "<u4"), _whole(table, ">u4"))
    if (kind != 1).any() or (table[:, 0] > 1).any():
        raise FeedError(f"{where} holds geometries that are no points; expected points with times")
    x, y = (np.where(little, _number(table, at, "<f8"), _number(table, at, ">f8")) for at in (5, 13))
    return x, y


def _whole(table: npt.NDArray[np.uint8], kind: str) -> npt.NDArray[Any]:
    return np.ascontiguousarray(table[:, 1:5]).view(kind)[:, 0]


def _number(table: npt.NDArray[np.uint8], at: int, kind: str) -> npt.NDArray[Any]:
    return np.ascontiguousarray(table[:, at : at + 8]).view(kind)[:, 0]


def _other_points(binary: pa.Array, where: str) -> tuple[Floats, Floats]:
    """Decode the rarer forms of a point: with height, with a reference system."""
    import shapely

    found = shapely.from_wkb(binary.to_numpy(zero_copy_only=False), on_invalid="ignore")
    if (shapely.get_type_id(found) != 0).any():
        raise FeedError(f"{where} holds geometries that are no points; expected points with times")
    return shapely.get_x(found), shapely.get_y(found)


def _floats(column: pa.Array) -> Floats:
    return pc.fill_null(pc.cast(column, pa.float64()), np.nan).to_numpy(zero_copy_only=False)
