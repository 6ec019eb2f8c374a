"""Cleaning of position reports: flags, contacts, canonical order, duplicates merged."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.kernels import Array
from darkships.kernels.identity import placeholder_mmsis
from darkships.kernels.receptions import judge_places
from darkships.positions.arrays import build, conform, labels, values
from darkships.positions.merging import merge_duplicates
from darkships.schema import LABEL, POSITION_FLAGS, POSITIONS


def clean(positions: pa.Table) -> tuple[pa.Table, int]:
    """Flag what is no place or no ship, sort, and merge the receptions of one transmission.

    A position that cannot be (0 N 0 E, beyond the poles or the date line, half missing) becomes a contact. A missing
    ``ais_class`` is filled for coast stations, aids to navigation and rescue aircraft, whose MMSI says what they are.

    Parameters
    ----------
    positions
        A POSITIONS table of one UTC date in any order.

    Returns
    -------
    table, duplicates
        POSITIONS table in canonical order and how many reports were merged into others.

    Raises
    ------
    SchemaError
        If this is no POSITIONS table.

    """
    table = conform(positions, POSITIONS)
    mmsi = values(table["mmsi"])
    lon, lat = values(table["lon"], np.nan).copy(), values(table["lat"], np.nan).copy()
    flags = values(table["flags"]).copy()
    placed = judge_places(lon, lat, flags, POSITION_FLAGS["zero_island"], POSITION_FLAGS["out_of_range_position"])
    flags[placeholder_mmsis(mmsi)] |= POSITION_FLAGS["placeholder_mmsi"]
    changed = {
        "lon": build(pa.float64(), lon, placed),
        "lat": build(pa.float64(), lat, placed),
        **{name: _without_nan(table[name]) for name in ("sog", "cog", "rot_deg_min")},
        "ais_class": _fill_class(table["ais_class"], mmsi),
        "flags": pa.array(flags),
    }
    columns = [changed.get(name, table[name]) for name in table.column_names]
    return merge_duplicates(pa.table(columns, schema=table.schema))


def _without_nan(column: pa.ChunkedArray) -> pa.Array:
    """Return floats with null for NaN, and no negative zero (equal values must have equal bits)."""
    if column.null_count == len(column):
        return column.combine_chunks()
    plain: Array = values(column, np.nan) + column.type.to_pandas_dtype()(0.0)
    known = ~np.isnan(plain)
    return build(column.type, np.where(known, plain, plain.dtype.type(0.0)), known)


def _fill_class(column: pa.ChunkedArray, mmsi: Array) -> pa.Array:
    """Fill a missing class from the MMSI's prefix: 00 coast station, 99 aid to navigation, 111 aircraft (M.585)."""
    if not column.null_count:
        return column.combine_chunks()
    known = np.select([mmsi < 10_000_000, mmsi // 10_000_000 == 99, mmsi // 1_000_000 == 111], [0, 1, 2], -1)
    kinds = labels(np.where(values(column.is_null()), known, -1), ["BASE", "ATON", "SAR"])
    filled = pc.coalesce(column.cast(pa.string()).combine_chunks(), kinds.cast(pa.string()))
    return filled.dictionary_encode().cast(LABEL)
