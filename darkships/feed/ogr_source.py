"""GeoPackage, Shapefile and FlatGeobuf feeds: points with attributes, read by GDAL in batches."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from darkships.errors import FeedError
from darkships.feed.binding import Binding, Header
from darkships.feed.containers import Member
from darkships.feed.geometry import refuse_other_crs
from darkships.feed.parquet_source import chunk_of, is_binary, with_points
from darkships.feed.rows import Chunk

BATCH_ROWS = 65_536

MAGICS = {b"\x00\x00\x27\x0a": "Shapefile", b"fgb\x03": "FlatGeobuf", b"SQLite format 3\0": "GeoPackage"}
_GPKG_IDS = (b"GPKG", b"GP10", b"GP11")


@dataclass
class OgrSource:
    """One layer of points, bound to a dialect."""

    member: Member
    binding: Binding
    layer: str
    geometry: str | None = None
    complete: bool = True
    notes: Counter[str] = field(default_factory=Counter)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in batches of at most BATCH_ROWS."""
        first = 1
        for batch in _batches(self.member, self.layer, BATCH_ROWS):
            if batch.num_rows:
                yield chunk_of(batch, first, self.binding, self.geometry, self.member.where)
                first += batch.num_rows


def is_ogr(start: bytes) -> bool:
    """Tell by a file's first bytes whether GDAL reads it: no other SQLite file but a GeoPackage."""
    if start.startswith(b"SQLite format 3\0"):
        return start[68:72] in _GPKG_IDS
    return any(start.startswith(magic) for magic in MAGICS)


def header(member: Member) -> tuple[Header, str, str | None]:
    """Return the names of the one layer of points with its first row, the layer, and its column of points if needed.

    Raises
    ------
    FeedError
        When the file is damaged, has no such layer or several, or another reference system.

    """
    layer, crs, geometry = _layer(member)
    refuse_other_crs(crs, member.where)
    batch = next(iter(_batches(member, layer, 1)), None)
    if batch is None:
        raise FeedError(f"{member.where}: layer {layer!r} is empty; expected points with times")
    plain = [f.name for f in batch.schema if not pa.types.is_nested(f.type) and not is_binary(f.type)]
    first = batch.select(plain).to_pylist()
    names, point = with_points(plain, geometry or _geometry_name(batch.schema))
    values = {name: "" if v is None else str(v) for name, v in first[0].items()} if first else {}
    return Header(names, values), layer, point


def _layer(member: Member) -> tuple[str, Any, str]:
    """Return name, reference system and geometry column of the layer of points."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        with member.local() as path:
            layers = [(str(name), str(kind or "")) for name, kind in pyogrio.list_layers(path)]
        found = [name for name, kind in layers if kind.startswith(("Point", "2.5D Point", "3D Point", "Unknown"))]
        if len(found) != 1:
            shown = ", ".join(f"{name} ({kind or 'no geometry'})" for name, kind in layers)
            raise FeedError(
                f"{member.where} has the layers {shown}; expected one layer of points. Export that one alone"
            )
        with member.local() as path:
            info = pyogrio.read_info(path, layer=found[0])
    except (DataSourceError, DataLayerError) as error:
        raise FeedError(f"{member.where} cannot be read ({error}); fetch it again") from error
    return found[0], info.get("crs"), str(info.get("geometry_name") or "")


def _batches(member: Member, layer: str, rows: int) -> Iterator[pa.RecordBatch]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        with (
            member.local() as path,
            pyogrio.open_arrow(path, layer=layer, batch_size=rows, use_pyarrow=True) as (_, reader),
        ):
            yield from reader
    except (DataSourceError, DataLayerError, pa.ArrowException) as error:
        raise FeedError(f"{member.where} is damaged ({error}); fetch it again") from error


def _geometry_name(schema: pa.Schema) -> str | None:
    return next((f.name for f in schema if f.name in {"wkb_geometry", "geometry", "geom"}), None)
