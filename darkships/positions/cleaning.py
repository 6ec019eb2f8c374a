"""Cleaning of position reports: flags, contacts, canonical order, exact duplicates merged."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.kernels import Array
from darkships.kernels.identity import placeholder_mmsis
from darkships.kernels.merge import sort_groups, vessel_order
from darkships.positions.arrays import build, conform, labels, ranks, values
from darkships.schema import LABEL, POSITION_FLAGS, POSITIONS

_IDENTITY_KEYS = 4
"""So many leading columns of the tie keys say what was heard; the rest say from where."""

_MOST_RECEPTIONS = np.iinfo(np.uint16).max


def clean(positions: pa.Table) -> tuple[pa.Table, int]:
    """Flag what is no place or no ship, sort, and merge exact duplicates.

    A position that cannot be (0 N 0 E, beyond the poles or the date line, half missing) becomes a contact. A missing
    ``ais_class`` is filled for coast stations, aids to navigation and rescue aircraft, whose MMSI says what they are.

    Parameters
    ----------
    positions
        A POSITIONS table in any order.

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
    lon, lat = _plain(table["lon"]), _plain(table["lat"])
    zero = (lon == 0.0) & (lat == 0.0)
    impossible = (np.abs(lon) > 180.0) | (np.abs(lat) > 90.0)
    placed = ~(zero | impossible | np.isnan(lon) | np.isnan(lat))
    flags = values(table["flags"]).copy()
    flags[zero] |= POSITION_FLAGS["zero_island"]
    flags[impossible] |= POSITION_FLAGS["out_of_range_position"]
    flags[placeholder_mmsis(mmsi)] |= POSITION_FLAGS["placeholder_mmsi"]
    changed = {
        "lon": build(pa.float64(), np.where(placed, lon, 0.0), placed),
        "lat": build(pa.float64(), np.where(placed, lat, 0.0), placed),
        "sog": _with_nan_as_null(_plain(table["sog"])),
        "cog": _with_nan_as_null(_plain(table["cog"])),
        "ais_class": _fill_class(table["ais_class"], mmsi),
        "flags": pa.array(flags),
    }
    return merge_duplicates(_replace(table, changed))


def merge_duplicates(positions: pa.Table) -> tuple[pa.Table, int]:
    """Sort cleaned reports canonically and merge those that tell the same.

    The order is by vessel, time, content and source, so that it does not depend on how the reports came. Of equal
    reports the one that comes first by source (file_id, offset, receiver, station) stands for all:
    their receptions are summed, their flags united.

    Returns
    -------
    table, duplicates
        POSITIONS table in canonical order and how many reports were merged into others.

    """
    table = conform(positions, POSITIONS)
    if not table.num_rows:
        return table, 0
    mmsi, t_us = values(table["mmsi"]), values(table["timestamp"])
    order = vessel_order(mmsi)
    starts = _group_starts(np.diff(mmsi[order]) != 0)
    sort_groups(order, starts, t_us.reshape(-1, 1))
    tied = (np.diff(mmsi[order]) == 0) & (np.diff(t_us[order]) == 0)
    if not tied.any():
        return _tidy(table.take(pa.array(order))), 0
    group = np.cumsum(np.concatenate(([0], ~tied)))
    rows = np.flatnonzero(np.concatenate((tied, [False])) | np.concatenate(([False], tied)))
    subset = table.take(pa.array(order[rows]))
    keys = _tie_keys(subset)
    local = np.arange(rows.size)
    sort_groups(local, _group_starts(np.diff(group[rows]) != 0), keys)
    order[rows] = order[rows][local]
    told = keys[local, :_IDENTITY_KEYS]
    first = np.concatenate(([True], (np.diff(group[rows]) != 0) | (told[1:] != told[:-1]).any(axis=1)))
    return _fold(table, order, rows, first)


def _fold(table: pa.Table, order: Array, rows: Array, first: Array) -> tuple[pa.Table, int]:
    """Merge each row of ``rows`` (places in ``order``) that is not ``first`` of its kind into the one that is."""
    heads = np.flatnonzero(first)
    received = values(table["n_receptions"])[order]
    flags = values(table["flags"])[order]
    summed = np.add.reduceat(received[rows].astype(np.int64), heads)
    received[rows[heads]] = np.minimum(summed, _MOST_RECEPTIONS)
    flags[rows[heads]] = np.bitwise_or.reduceat(flags[rows], heads)
    keep = np.ones(order.size, np.bool_)
    keep[rows[~first]] = False
    merged = table.take(pa.array(order[keep]))
    changed = {"n_receptions": pa.array(received[keep]), "flags": pa.array(flags[keep])}
    return _tidy(_replace(merged, changed)), int(order.size - keep.sum())


def _tie_keys(table: pa.Table) -> Array:
    """Return (n, 7) integers that order reports of one vessel and time; floats by their bits, null as one value."""

    def bits(name: str, kind: type) -> Array:
        column = table[name]
        return values(column, np.nan).view(kind).astype(np.int64)

    def low(name: str, width: int) -> Array:
        return values(table[name], -(1 << width - 1)).astype(np.int64) & (1 << width) - 1

    rank = {name: ranks(table[name])[0].astype(np.int64) for name in ("ais_class", "receiver", "station")}
    return np.column_stack((
        bits("lon", np.int64),
        bits("lat", np.int64),
        bits("sog", np.uint32) << 32 | bits("cog", np.uint32),
        low("heading", 16) << 48 | low("nav_status", 8) << 40 | low("msg_type", 8) << 32 | rank["ais_class"] + 1,
        values(table["file_id"]),
        values(table["offset"]),
        rank["receiver"] + 1 << 32 | rank["station"] + 1,
    ))  # fmt: skip


def _plain(column: pa.ChunkedArray) -> Array:
    """Return floats with NaN for null, and no negative zero (equal values must have equal bits)."""
    plain: Array = values(column, np.nan) + column.type.to_pandas_dtype()(0.0)
    return plain


def _with_nan_as_null(data: Array) -> pa.Array:
    return pa.array(data, mask=np.isnan(data))


def _fill_class(column: pa.ChunkedArray, mmsi: Array) -> pa.Array:
    """Fill a missing class from the MMSI's prefix: 00 coast station, 99 aid to navigation, 111 aircraft (M.585)."""
    if not column.null_count:
        return column.combine_chunks()
    known = np.select([mmsi < 10_000_000, mmsi // 10_000_000 == 99, mmsi // 1_000_000 == 111], [0, 1, 2], -1)
    kinds = labels(np.where(values(column.is_null()), known, -1), ["BASE", "ATON", "SAR"])
    filled = pc.coalesce(column.cast(pa.string()).combine_chunks(), kinds.cast(pa.string()))
    return filled.dictionary_encode().cast(LABEL)


def _tidy(table: pa.Table) -> pa.Table:
    """Give label columns a sorted dictionary of what occurs, so that equal contents are equal bytes."""
    changed = {}
    for name in ("ais_class", "receiver", "station"):
        codes, distinct = ranks(table[name])
        changed[name] = labels(codes, distinct.to_pylist())
    return _replace(table, changed)


def _replace(table: pa.Table, changed: dict[str, pa.Array]) -> pa.Table:
    columns = [changed.get(name, table[name]) for name in table.column_names]
    return pa.table(columns, schema=table.schema)


def _group_starts(is_new: Array) -> Array:
    """Return starts of groups and the end; ``is_new`` says of each row but the first whether it opens a group."""
    return np.concatenate(([0], np.flatnonzero(is_new) + 1, [is_new.size + 1]))
