"""Static reports out of rows that repeat a vessel's identity with every position: one row a stretch without change."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.feed.casts import Ints
from darkships.schema import STATICS

SCHEMA = pa.schema([field for field in STATICS.arrow if field.name != "file_id"])
"""STATICS as a feed gives it: the file's number is the store's to know."""

FIELDS = tuple(name for name in SCHEMA.names if name not in {"mmsi", "timestamp", "last_seen", "n_reports"})
"""What a vessel says of itself."""


def intervals(mmsi: Ints, us: Ints, said: Mapping[str, pa.Array]) -> pa.Table:
    """Merge a vessel's consecutive equal static reports.

    Parameters
    ----------
    mmsi, us
        Vessel and time (microseconds since 1970) of each report, shape (n,), in any order.
    said
        What each report says: arrays of shape (n,) under names of FIELDS; texts dictionary encoded. A report that
        says nothing is no static report.

    Returns
    -------
    pa.Table
        Columns SCHEMA, sorted by (mmsi, timestamp): one row a stretch of equal reports.

    """
    says = np.zeros(len(mmsi), dtype=bool)
    for values in said.values():
        says |= values.is_valid().to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(says)
    rows = rows[np.lexsort((us[rows], mmsi[rows]))]
    changed = np.ones(len(rows), dtype=bool)
    changed[1:] = np.diff(mmsi[rows]) != 0
    for values in said.values():
        keys = _keys(values)[rows]
        changed[1:] |= keys[1:] != keys[:-1]
    starts = np.flatnonzero(changed)
    ends = np.append(starts, len(rows))[1:]
    first, last = rows[starts], rows[ends - 1]
    return _table(mmsi[first], us[first], us[last], ends - starts, {name: said[name].take(first) for name in said})


def reports(mmsi: Ints, us: Ints, said: Mapping[str, pa.Array]) -> pa.Table:
    """Return static reports as they are, one row each, in their order; arguments as in ``intervals``."""
    return _table(mmsi, us, us, np.ones(len(mmsi), dtype=np.int64), said)


def _table(mmsi: Ints, since: Ints, until: Ints, count: Ints, said: Mapping[str, pa.Array]) -> pa.Table:
    own = {"mmsi": mmsi, "timestamp": since, "last_seen": until, "n_reports": count}
    arrays = {name: pa.array(values) for name, values in own.items()} | dict(said)
    columns = [arrays[f.name].cast(f.type) if f.name in arrays else pa.nulls(len(mmsi), f.type) for f in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _keys(values: pa.Array) -> npt.NDArray[np.int64]:
    """Return whole numbers that are equal where the values are; -1 stands for a missing one."""
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    return values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
