"""Cleaning of position reports: flags, contacts, canonical order, duplicates merged."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.kernels import Array
from darkships.kernels.identity import placeholder_mmsis
from darkships.kernels.receptions import judge_places
from darkships.positions.arrays import build, conform, filled, labels, own_values, pieces, values
from darkships.positions.merging import merge_columns
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
    columns = pieces(conform(positions, POSITIONS))
    del positions  # the largest table there is: with it, each column would be in memory twice
    mmsi = values(columns["mmsi"])
    lon, lat, flags = (own_values(columns[name], np.nan) for name in ("lon", "lat", "flags"))
    placed = judge_places(lon, lat, flags, POSITION_FLAGS["zero_island"], POSITION_FLAGS["out_of_range_position"])
    flags[placeholder_mmsis(mmsi)] |= POSITION_FLAGS["placeholder_mmsi"]
    columns |= {
        "lon": build(pa.float64(), lon, placed),
        "lat": build(pa.float64(), lat, placed),
        **{name: _without_nan(columns[name]) for name in ("sog", "cog", "rot_deg_min")},
        "ais_class": _fill_class(columns["ais_class"], mmsi),
        "flags": pa.array(flags),
    }
    del mmsi, lon, lat, flags, placed
    return merge_columns(columns)


def _without_nan(column: pa.Array) -> pa.Array:
    """Return floats with null for NaN, and no negative zero (equal values must have equal bits)."""
    if column.null_count == len(column):
        return column
    plain: Array = values(column, np.nan) + column.type.to_pandas_dtype()(0.0)
    known = ~np.isnan(plain)
    return build(column.type, filled(plain, known, 0.0), known)


def _fill_class(column: pa.DictionaryArray, mmsi: Array) -> pa.Array:
    """Fill a missing class from the MMSI's prefix: 00 coast station, 99 aid to navigation, 111 aircraft (M.585)."""
    if not column.null_count:
        return column
    known = np.select([mmsi < 10_000_000, mmsi // 10_000_000 == 99, mmsi // 1_000_000 == 111], [0, 1, 2], -1)
    kinds = labels(np.where(values(column.is_null()), known, -1), ["BASE", "ATON", "SAR"])
    filled = pc.coalesce(column.cast(pa.string()), kinds.cast(pa.string()))
    return filled.dictionary_encode().cast(LABEL)
