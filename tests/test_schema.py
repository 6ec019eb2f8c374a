import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from builders import at, tracks

from darkships.errors import DarkshipsError, SchemaError
from darkships.schema import EVIDENCE, POSITION_FLAGS, TABLES, TRACKS, VISITS, Column, Table, time_us, validate

UNITS = {"lat": "deg", "lon": "deg", "_deg": "deg", "_h": "h", "_nm": "nm", "_kn": "kn", "_m": "m", "_db": "deciban"}
SMALL = Table(
    "small",
    "A table for these tests.",
    (
        Column("count", pa.int8(), "a whole number"),
        Column("share", pa.float32(), "a fraction", nullable=True),
        Column("status", pa.int8(), "a whole number or nothing", nullable=True),
        Column("when", pa.timestamp("us", tz="UTC"), "a time", "UTC"),
        Column("name", pa.string(), "a text", nullable=True),
        Column("seen", pa.bool_(), "yes, no or unknown", nullable=True),
    ),
    key=("count",),
)


def small(**columns):
    row = {"count": [1, 2], "share": [0.5, np.nan], "status": [0, 5], "when": at([0, 1]), "name": ["a", None]}
    return pd.DataFrame({**row, "seen": [True, False], **columns})


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_declared_table_explains_itself(table):
    assert len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names)
    assert table.key
    assert table.doc.endswith(".")
    assert all(column.doc for column in table.columns)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in table.names)
    assert not any(column.nullable for column in table.columns if column.name in table.key)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_units_stand_in_the_declaration_and_agree_with_the_name(table):
    for column in table.columns:
        if pa.types.is_timestamp(column.type):
            assert column.unit == "UTC"
        for ending, unit in UNITS.items():
            if column.name.endswith(ending) and pa.types.is_floating(column.type):
                assert column.unit == unit, column.name


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_an_empty_table_is_a_valid_one(table):
    empty = table.empty()
    assert list(empty.columns) == table.names
    assert list(validate(empty, table).columns) == table.names
    assert table.arrow.names == table.names


def test_every_item_of_evidence_has_its_column():
    assert {f"{item}_db" for item in EVIDENCE} <= set(VISITS.names)


def test_flags_are_bits_of_their_own():
    assert len({flag.bit_length() for flag in POSITION_FLAGS.values()}) == len(POSITION_FLAGS)
    assert all(flag.bit_count() == 1 for flag in POSITION_FLAGS.values())


def test_columns_come_back_typed_in_declared_order_with_extras_last():
    frame = small(extra=[7, 8])[["extra", "name", "when", "count", "seen", "status", "share"]]
    before = frame.copy()
    found = validate(frame, SMALL)
    assert list(found.columns) == [*SMALL.names, "extra"]
    assert [str(found[name].dtype) for name in ("count", "share", "status", "seen")] == [
        "int8",
        "float32",
        "int8",
        "bool",
    ]
    pd.testing.assert_frame_equal(frame, before)


def test_the_index_and_the_kind_of_frame_are_kept():
    class Special(pd.DataFrame):
        @property
        def _constructor(self):
            return Special

    found = validate(Special(small()).set_index(pd.Index([5, 3])), SMALL)
    assert isinstance(found, Special)
    assert found.index.tolist() == [5, 3]


def test_every_problem_is_told_at_once():
    frame = small(count=[1.0, np.nan], share=["x", "y"], when=["2023", "2024"]).drop(columns=["name"])
    with pytest.raises(SchemaError) as error:
        validate(frame, SMALL, where="the file")
    message = str(error.value)
    assert message.startswith("the file is not a small table: ")
    assert "'name' is missing (a text)" in message
    assert re.search(r"'count' has type float64, expected int8", message)
    assert re.search(r"'share' has type \w+, expected float", message)
    assert re.search(r"'when' has type \w+, expected time-zone-aware UTC times", message)
    assert isinstance(error.value, DarkshipsError)


@pytest.mark.parametrize("name", ["when", "count"])
def test_a_missing_value_where_none_may_be_is_told(name):
    frame = small(when=pd.Series([at(0), pd.NaT])) if name == "when" else small(count=[None, 1])
    with pytest.raises(SchemaError, match=name):
        validate(frame, SMALL)


def test_where_none_is_declared_a_missing_value_is_kept():
    found = validate(small(status=[None, 3], seen=[None, True]), SMALL)
    assert np.isnan(found["status"][0])
    assert found["status"][1] == 3
    assert found["seen"].isna().tolist() == [True, False]


@pytest.mark.parametrize("values", [[1, 300], [1, -129], [1.0, 2.5], [1.0, 1e20]])
def test_a_number_that_the_type_cannot_hold_is_told_not_wrapped(values):
    with pytest.raises(SchemaError, match=re.escape(f"'count' holds {values[1]}, which no int8 can be")):
        validate(small(count=values), SMALL)


@pytest.mark.parametrize("values", [[1.0, 2.0], ["1", "2"], [True, False], np.array([1, 2], np.uint64)])
def test_what_can_be_cast_is_cast(values):
    assert validate(small(count=values), SMALL)["count"].tolist() == [int(value) for value in values]


def test_times_of_other_zones_and_precisions_become_utc_microseconds():
    tokyo = pd.Series(at([0, 1])).dt.tz_convert("Asia/Tokyo").dt.as_unit("ns")
    found = validate(small(when=tokyo), SMALL)["when"]
    assert str(found.dtype) == "datetime64[us, UTC]"
    assert found.tolist() == [at(0), at(1)]


def test_time_in_microseconds_by_hand():
    times = pd.Series(pd.to_datetime(["1970-01-01 00:00:01.5", "2023-09-07 03:00+03:00"], utc=True, format="ISO8601"))
    assert time_us(times).tolist() == [1_500_000, 1_694_044_800_000_000]
    assert time_us(times.dt.as_unit("s")).tolist() == [1_000_000, 1_694_044_800_000_000]


def test_naive_times_are_refused():
    with pytest.raises(SchemaError, match=r"column 'when' has type datetime64.*time-zone-aware UTC"):
        time_us(pd.Series(pd.to_datetime(["2023-09-07"]), name="when"))


def test_a_table_survives_arrow():
    frame = tracks(hours=range(3), lon=1.0, lat=2.0)
    table = pa.Table.from_pandas(frame, schema=TRACKS.arrow, preserve_index=False)
    assert table.num_rows == 3
    assert not table["mmsi"].null_count
