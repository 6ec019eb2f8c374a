"""Static reports to intervals in which a vessel's identity did not change."""

import secrets
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.kernels import Array, fixed
from darkships.kernels.merge import join_intervals, sort_groups, vessel_order
from darkships.positions.arrays import conform, from_ranks, picked, ranks, times, values
from darkships.positions.reading import Query
from darkships.schema import STATICS

IDENTITY = tuple(name for name in STATICS.names[4:] if name != "file_id")
"""What a vessel says of itself."""

_HALVES_US = 600_000_000
"""How far apart static reports may be that have nothing in common and yet are of one ship."""

_MOST_REPORTS = np.iinfo(np.int32).max


def merge_statics(statics: pa.Table) -> pa.Table:
    """Join the static reports of each vessel that follow each other in time and say the same.

    Null means "not said": a report that contradicts nothing of an interval extends it and fills its nulls if they have
    a value in common, or if it comes within ten minutes. So the two halves of a class B report (type 24 A and B, each
    sent every six minutes) make one interval, but halves of two ships that used one number in turn do not, nor halves
    of another call sign or maker.

    Parameters
    ----------
    statics
        A STATICS table in any order; each row a report or an interval.

    Returns
    -------
    pyarrow.Table
        A STATICS table sorted by (mmsi, timestamp).

    Raises
    ------
    SchemaError
        If this is no STATICS table.

    """
    table = conform(statics, STATICS)
    coded = {name: ranks(_without_nan(table[name])) for name in IDENTITY}
    order = _order(table, lambda rows: [codes[rows] for codes, _ in coded.values()])
    mmsi, first, last, count = (picked(values(table[name]), order) for name in STATICS.names[:4])
    codes = np.column_stack([picked(codes, order) for codes, _ in coded.values()])
    head, last, count, merged = join_intervals(mmsi, first, last, count.astype(np.int64), codes, _HALVES_US)
    opening = table.take(pa.array(order[head]))
    changed = {
        "last_seen": times(last),
        "n_reports": pa.array(np.minimum(count, _MOST_REPORTS).astype(np.int32)),
        **{name: from_ranks(merged[:, i], coded[name][1]) for i, name in enumerate(IDENTITY)},
    }
    return pa.table([changed.get(name, opening[name]) for name in STATICS.names], schema=STATICS.arrow)


def visible_statics(statics: pa.Table, query: Query, *, since: int | None = None) -> pa.Table:
    """Return the intervals that a query asks for, made only of what was said up to its ``until``.

    An interval that goes on after ``until`` ends there: when its last report before that came is not known.
    """
    keep = np.ones(statics.num_rows, np.bool_)
    if query.mmsi is not None:
        keep &= np.isin(values(statics["mmsi"]), query.mmsi)
    if query.until is not None:
        keep &= values(statics["timestamp"]) <= query.until
        last = times(np.minimum(values(statics["last_seen"]), query.until))
        statics = statics.set_column(statics.column_names.index("last_seen"), statics.field("last_seen"), last)
    merged = merge_statics(statics.filter(pa.array(keep)))
    return merged if since is None else merged.filter(pa.array(values(merged["last_seen"]) >= since))


def sort_statics(statics: pa.Table) -> pa.Table:
    """Return a STATICS table sorted by vessel, time, content and source: the order in which they came is forgotten."""
    table = conform(statics, STATICS)

    def content(rows: Array) -> list[Array]:
        return [ranks(_without_nan(table[name].take(pa.array(rows))))[0] for name in IDENTITY]

    return table.take(pa.array(_order(table, content)))


def _order(table: pa.Table, content: Callable[[Array], list[Array]]) -> Array:
    """Return the order of sorted rows; ``content`` gives the ranks of what some rows say, column by column."""
    mmsi, t_us = values(table["mmsi"]), values(table["timestamp"])
    order, starts = vessel_order(mmsi, secrets.randbits(31) | 1)
    sort_groups(order, starts, fixed(t_us.reshape(-1, 1)))
    tied = (np.diff(picked(mmsi, order)) == 0) & (np.diff(picked(t_us, order)) == 0)
    places = np.flatnonzero(np.concatenate((tied, [False])) | np.concatenate(([False], tied)))
    if places.size:
        rows = order[places]
        last = [values(table[name])[rows] for name in ("n_reports", "file_id", "last_seen")]
        order[places] = rows[np.lexsort([*last[:2], *reversed(content(rows)), last[2], t_us[rows], mmsi[rows]])]
    return order


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
