"""Casts of whole columns against reading cell by cell."""

import math
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.feed import codes
from darkships.feed.casts import NO_INT, as_dictionary, to_codes, to_floats, to_ints, to_text

cells = st.one_of(
    st.none(),
    st.sampled_from(
        ["1", "-2.5", " 3 ", "4.", ".5", "1e3", "31.0", "3.66E+08", "inf", "nan", "x", "", "1,5", "0012", "1_0", "٣"]
    ),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.integers(-(10**12), 10**17).map(str),
)


def slow_float(text):
    if text is None or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip(), re.ASCII):
        return math.nan
    return float(text)


def slow_int(text):
    match = re.fullmatch(r"(\d{1,18})(\.0*)?", (text or "").strip(), re.ASCII)
    return int(match[1]) if match else NO_INT


@given(st.lists(cells, max_size=12))
def test_floats(texts):
    got = to_floats(pa.array(texts, pa.string()))
    want = np.array([slow_float(t) for t in texts], dtype=float)
    np.testing.assert_array_equal(got.values, want)
    assert got.unreadable.tolist() == [t is not None and math.isnan(w) for t, w in zip(texts, want, strict=True)]


@given(st.lists(cells.filter(lambda t: t is None or not t.strip().startswith("-")), max_size=12))
def test_ints(texts):
    got = to_ints(pa.array(texts, pa.string()))
    want = [slow_int(t) for t in texts]
    assert got.values.tolist() == want
    assert got.unreadable.tolist() == [t is not None and w == NO_INT for t, w in zip(texts, want, strict=True)]


@pytest.mark.parametrize(
    "kind",
    [pa.int8(), pa.uint32(), pa.float32(), pa.float64(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())],
)
def test_every_source_type(kind):
    values = [7, None, 100]
    column = pa.array([None if v is None else str(v) for v in values]).cast(pa.string())
    column = column.cast(kind) if not pa.types.is_dictionary(kind) else column.dictionary_encode()
    assert to_ints(column).values.tolist() == [7, NO_INT, 100]
    np.testing.assert_array_equal(to_floats(column).values, [7, np.nan, 100])
    assert as_dictionary(column).to_pylist() == ["7", None, "100"]


def test_a_column_of_nothing():
    assert to_ints(pa.nulls(2)).values.tolist() == [NO_INT, NO_INT]
    assert np.isnan(to_floats(pa.nulls(2)).values).all()
    assert to_text(pa.nulls(2)).to_pylist() == [None, None]


def test_floats_that_are_no_whole_numbers():
    got = to_ints(pa.array([1.5, math.nan, 366000001.0, -1.0]))
    assert got.values.tolist() == [NO_INT, NO_INT, 366000001, NO_INT]
    assert got.unreadable.tolist() == [True, False, False, True]


def test_decimal_commas():
    np.testing.assert_array_equal(to_floats(pa.array(["54,5", "x"]), ",").values, [54.5, np.nan])


@given(st.lists(st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["A@@", "@", "Unknown", "  "])), max_size=8))
def test_text(texts):
    hidden = [
        *range(0x20),
        *range(0x7F, 0xA0),
        0xAD,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x206A),
        0xFEFF,
    ]

    def clean(text):
        text = (text or "").translate(dict.fromkeys(hidden)).strip("@ \t\u00a0")
        return None if text in {"", "NULL", "null", "NaN", "nan", "None", "N/A", "\\N", "Unknown"} else text

    assert to_text(pa.array(texts, pa.string()), ["Unknown"]).to_pylist() == [clean(t) for t in texts]


@pytest.mark.parametrize(
    ("reader", "pairs"),
    [
        (
            codes.nav_status,
            {
                "Moored": 5,
                "5.0": 5,
                "15": None,
                "under_way-using ENGINE": 0,
                "16": "bad",
                "x": "bad",
                "Unknown value": None,
            },
        ),
        (
            codes.ship_type,
            {"Cargo": 70, "0": None, "1004": 70, "1019": 37, "1025.0": 31, "255": 255, "256": "bad", "Undefined": None},
        ),
        (
            codes.imo,
            {
                "IMO9307839": 9307839,
                "9307839.0": 9307839,
                "IMO0000000": None,
                "imo 9307839": 9307839,
                "X": "bad",
                "9999999999": "bad",
            },
        ),
        (codes.msg_type, {"5": 5, "28": "bad", "0": "bad"}),
    ],
)
def test_codes(reader, pairs):
    got = to_codes(pa.array([*pairs, None, ""]), reader, pa.int32())
    assert got.values.to_pylist() == [None if v == "bad" else v for v in pairs.values()] + [None, None]
    assert got.unreadable.tolist() == [v == "bad" for v in pairs.values()] + [False, False]


def test_labels():
    kind = pa.dictionary(pa.int32(), pa.string())
    got = to_codes(pa.array(["Class A", "b", "Base Station", "Man Overboard Device", "?", "a"]), codes.ais_class, kind)
    assert got.values.to_pylist() == ["A", "B", "BASE", "OTHER", None, "A"]
    assert got.unreadable.tolist() == [False] * 4 + [True, False]
    assert to_codes(pa.array(["S-AIS", "TER", "dynamic"]), codes.receiver, kind).values.to_pylist() == [
        "satellite",
        "terrestrial",
        "vessel",
    ]


def test_every_table_has_folded_keys():
    for table in (codes.NAV_STATUS, codes.SHIP_TYPE, codes.AIS_CLASS, codes.RECEIVER):
        assert all(codes.fold(key) == key for key in table)
