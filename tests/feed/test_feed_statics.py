"""Intervals of equal static reports against going through the reports one by one."""

from itertools import groupby

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from darkships.feed.statics import FIELDS, SCHEMA, intervals, reports

said = st.tuples(st.sampled_from([None, "A", "B"]), st.sampled_from([None, 70]), st.sampled_from([None, 1.5]))
rows = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), said), max_size=30)


def columns(reported):
    names, types, draughts = zip(*reported, strict=True) if reported else ((), (), ())
    # A name that was typed in two ways stands in the dictionary twice.
    codes = [{None: None, "A": 2 * (row % 2), "B": 1}[name] for row, name in enumerate(names)]
    return {
        "name": pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), ["A", "B", "A"]),
        "ship_type": pa.array(types, pa.int16()),
        "draught_m": pa.array(draughts, pa.float64()),
    }


def slow(reports_):
    ordered = sorted((r for r in reports_ if r[2] != (None, None, None)), key=lambda r: r[:2])
    for (mmsi, what), group in groupby(ordered, key=lambda r: (r[0], r[2])):
        times = [r[1] for r in group]
        yield mmsi, times[0], times[-1], len(times), *what


@given(rows)
def test_intervals(reported):
    mmsi, us = (np.array([r[i] for r in reported], dtype=np.int64) for i in (0, 1))
    table = intervals(mmsi, us, columns([r[2] for r in reported]))
    assert table.schema.equals(SCHEMA)
    shown = table.set_column(1, "timestamp", table["timestamp"].cast("int64"))
    shown = shown.set_column(2, "last_seen", shown["last_seen"].cast("int64"))
    got = shown.select(["mmsi", "timestamp", "last_seen", "n_reports", "name", "ship_type", "draught_m"]).to_pylist()
    assert [tuple(row.values()) for row in got] == list(slow(reported))


def test_reports_stay_as_they_are():
    table = reports(np.array([2, 1]), np.array([5, 4]), columns([("A", None, 1.5), ("A", None, None)]))
    assert table["mmsi"].to_pylist() == [2, 1]
    assert table["n_reports"].to_pylist() == [1, 1]
    assert table["timestamp"].equals(table["last_seen"])
    assert set(FIELDS) < set(table.column_names)
