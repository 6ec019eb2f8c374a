"""GeoPackage, Shapefile, FlatGeobuf and geodatabase feeds: points with attributes, read by GDAL in batches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from darkships.errors import FeedError
from darkships.feed.binding import Binding, Header
from darkships.feed.containers import Member
from darkships.feed.geometry import refuse_other_crs
from darkships.feed.ogr_tables import batches, columns_of, key_of, read_join
from darkships.feed.parquet_source import chunk_of, is_binary, with_points
from darkships.feed.rows import Chunk

BATCH_ROWS = 65_536

MAGICS = {b"\x00\x00\x27\x0a": "Shapefile", b"fgb\x03": "FlatGeobuf", b"SQLite format 3\0": "GeoPackage"}
_GPKG_IDS = (b"GPKG", b"GP10", b"GP11")


class Points(NamedTuple):
    """Where a file has its points."""

    layer: str
    geometry: str | None
    """The column of points, where no columns of coordinates are there."""
    tables: Sequence[str] = ()
    """Of a geodatabase: those that tell more of the points."""


@dataclass
class OgrSource:
    """One layer of points, bound to a dialect, with what tables beside it say of them."""

    member: Member
    binding: Binding
    points: Points
    complete: bool = True
    notes: Counter[str] = field(default_factory=Counter)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in batches of at most BATCH_ROWS."""
        first, where = 1, self.member.where
        with self.member.local() as path:
            joins = [read_join(path, name, self.notes, where) for name in self.points.tables]
            for batch in batches(path, self.points.layer, BATCH_ROWS, where):
                if batch.num_rows:
                    joined = reduce(lambda told, join: join.add_to(told), joins, batch)
                    yield chunk_of(joined, first, self.binding, self.points.geometry, where)
                    first += batch.num_rows


def is_ogr(start: bytes) -> bool:
    """Tell by a file's first bytes whether GDAL reads it: no other SQLite file but a GeoPackage."""
    if start.startswith(b"SQLite format 3\0"):
        return start[68:72] in _GPKG_IDS
    return any(start.startswith(magic) for magic in MAGICS)


def header(member: Member) -> tuple[Header, Points]:
    """Return the names of the one layer of points with its first row, and where the points are.

    Raises
    ------
    FeedError
        When the file is damaged, has no such layer or several, or another reference system.

    """
    with member.local() as path:
        layer, crs, geometry, others = _layer(path, member.where)
        refuse_other_crs(crs, member.where)
        batch = next(iter(batches(path, layer, 1, member.where)), None)
        if batch is None:
            raise FeedError(f"{member.where}: layer {layer!r} is empty; expected points with times")
        tables = [name for name in others if key_of(name)] if member.parts else []
        more = [name for table in tables for name in columns_of(path, table, member.where)]
    plain = [f.name for f in batch.schema if not pa.types.is_nested(f.type) and not is_binary(f.type)]
    first = batch.select(plain).to_pylist()
    names, point = with_points(plain, geometry or _geometry_name(batch.schema))
    values = {name: "" if v is None else str(v) for name, v in first[0].items()} if first else {}
    return Header(tuple(dict.fromkeys((*names, *more))), values), Points(layer, point, tables)


def _layer(path: Path, where: str) -> tuple[str, Any, str, list[str]]:
    """Return name, reference system and geometry column of the layer of points, and the names of tables without any."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        layers = [(str(name), str(kind or "")) for name, kind in pyogrio.list_layers(path)]
        found = [name for name, kind in layers if kind.startswith(("Point", "2.5D Point", "3D Point", "Unknown"))]
        if len(found) != 1:
            shown = ", ".join(f"{name} ({kind or 'no geometry'})" for name, kind in layers)
            raise FeedError(f"{where} has the layers {shown}; expected one layer of points. Export that one alone")
        info = pyogrio.read_info(path, layer=found[0])
    except (DataSourceError, DataLayerError) as error:
        raise FeedError(f"{where} cannot be read ({error}); fetch it again") from error
    return found[0], info.get("crs"), str(info.get("geometry_name") or ""), [name for name, kind in layers if not kind]


def _geometry_name(schema: pa.Schema) -> str | None:
    return next((f.name for f in schema if f.name in {"wkb_geometry", "geometry", "geom"}), None)
