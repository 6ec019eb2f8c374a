"""Static reports out of rows that repeat a vessel's identity with every position: one row a stretch without change."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.feed.casts import NO_INT, Ints, Mask, of_type
from darkships.kernels import fixed
from darkships.kernels.runs import runs_by_vessel
from darkships.schema import STATICS

SCHEMA = pa.schema([field for field in STATICS.arrow if field.name != "file_id"])
"""STATICS as a feed gives it: the file's number is the store's to know."""

FIELDS = tuple(name for name in SCHEMA.names if name not in {"mmsi", "timestamp", "last_seen", "n_reports"})
"""What a vessel says of itself."""

ALWAYS = (NO_INT, -NO_INT - 1)
"""First and last time, in microseconds."""


def intervals(
    mmsi: Ints,
    us: Ints,
    said: Mapping[str, pa.Array],
    share: npt.NDArray[Any] | None = None,
    between_us: tuple[int, int] = ALWAYS,
) -> pa.Table:
    """Merge a vessel's consecutive equal static reports.

    Parameters
    ----------
    mmsi, us
        Vessel and time (microseconds since 1970) of each report, shape (n,), in any order.
    said
        What reports say: arrays of shape (m,) under names of FIELDS; texts dictionary encoded. A report that says
        nothing is no static report.
    share
        Which of the m each report says, shape (n,); without it m = n, and each report says its own.
    between_us
        First and last time of the reports that count: a stretch that is made cannot be cut.

    Returns
    -------
    pa.Table
        Columns SCHEMA, sorted by (mmsi, timestamp): one row a stretch of equal reports.

    """
    if share is None:
        share = np.arange(len(mmsi))
    if between_us != ALWAYS:
        wanted = (us >= between_us[0]) & (us <= between_us[1])
        mmsi, us, share = mmsi[wanted], us[wanted], share[wanted]
    if not said or not len(mmsi):
        return SCHEMA.empty_table()
    keys = np.column_stack([_keys(values) for values in said.values()])
    says: Mask = np.asarray((keys >= 0).any(axis=1))
    runs, ascending = runs_by_vessel(fixed(mmsi), fixed(us), fixed(share), keys, says)
    if not ascending:
        rows = np.flatnonzero(says[share])
        rows = rows[np.lexsort((us[rows], mmsi[rows]))]
        runs = _runs(rows, mmsi[rows], keys[share[rows]])
    first, last, count = runs[np.lexsort((us[runs[:, 0]], mmsi[runs[:, 0]]))].T
    told = {name: values.take(pa.array(share[first])) for name, values in said.items()}
    return _table(mmsi[first], us[first], us[last], count, told)


def _runs(rows: Ints, mmsi: Ints, keys: Ints) -> Ints:
    """Find runs of equal neighbours among rows sorted by vessel and time: first row, last row, number of rows."""
    changed = np.ones(len(rows), dtype=bool)
    changed[1:] = (np.diff(mmsi) != 0) | (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(changed)
    ends = np.append(starts, len(rows))[1:]
    return np.column_stack([rows[starts], rows[ends - 1], ends - starts])


def reports(mmsi: Ints, us: Ints, said: Mapping[str, pa.Array]) -> pa.Table:
    """Return static reports as they are, one row each, in their order; arguments as in ``intervals``."""
    return _table(mmsi, us, us, np.ones(len(mmsi), dtype=np.int64), said)


def _table(mmsi: Ints, since: Ints, until: Ints, count: Ints, said: Mapping[str, pa.Array]) -> pa.Table:
    own = {"mmsi": mmsi, "timestamp": since, "last_seen": until, "n_reports": count}
    arrays = {name: pa.array(values) for name, values in own.items()} | dict(said)
    columns = [of_type(arrays.get(f.name), f.type, len(mmsi)) for f in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _keys(values: pa.Array) -> npt.NDArray[np.int64]:
    """Return whole numbers that are equal where the values are; -1 stands for a missing one."""
    if pa.types.is_dictionary(values.type):  # what was typed in two ways can stand in it twice
        values = pa.DictionaryArray.from_arrays(values.indices, values.dictionary.dictionary_encode().indices)
        return values.dictionary_decode().fill_null(-1).to_numpy(zero_copy_only=False)
    return values.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
