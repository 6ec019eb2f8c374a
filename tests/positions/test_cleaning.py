import math
from collections import defaultdict
from functools import reduce
from operator import or_

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from positions_samples import COAST, SHIP, at, positions, report

from darkships.errors import SchemaError
from darkships.positions.cleaning import clean
from darkships.positions.merging import merge_duplicates
from darkships.schema import POSITION_FLAGS, POSITIONS

ZERO, RANGE, PLACEHOLDER = (POSITION_FLAGS[n] for n in ("zero_island", "out_of_range_position", "placeholder_mmsi"))
SAME = ["mmsi", "timestamp", "lon", "lat", "sog", "cog", "heading", "nav_status", "msg_type", "ais_class"]
SOURCE = ["file_id", "offset", "receiver", "station"]


@pytest.mark.parametrize(
    ("lon", "lat", "flag"),
    [
        (0.0, 0.0, ZERO), (-0.0, 0.0, ZERO), (132.4, 90.5, RANGE), (-180.5, 42.9, RANGE), (math.inf, 42.9, RANGE),
        (None, 42.9, 0), (132.4, None, 0), (math.nan, 42.9, 0), (None, None, 0),
    ],
)  # fmt: skip
def test_what_is_no_place_becomes_a_contact(lon, lat, flag):
    row = clean(positions([report(lon=lon, lat=lat, flags=1)]))[0].to_pylist()[0]
    assert (row["lon"], row["lat"], row["flags"]) == (None, None, flag | 1)


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 51.5), (9.3, 0.0), (180.0, -90.0), (-180.0, 90.0)])
def test_places_on_the_edges_stay(lon, lat):
    row = clean(positions([report(lon=lon, lat=lat)]))[0].to_pylist()[0]
    assert (row["lon"], row["lat"], row["flags"]) == (lon, lat, 0)


def test_missing_numbers_are_null():
    row = clean(positions([report(sog=math.nan, cog=None)]))[0].to_pylist()[0]
    assert (row["sog"], row["cog"], row["heading"]) == (None, None, 180)


def test_placeholders_are_flagged_and_kept():
    table, duplicates = clean(positions([report(mmsi=0), report(mmsi=123_456_789), report()]))
    assert table["flags"].to_pylist() == [PLACEHOLDER, PLACEHOLDER, 0]
    assert duplicates == 0


@pytest.mark.parametrize(
    ("mmsi", "given_class", "expected"),
    [
        (COAST, None, "BASE"), (992_191_234, None, "ATON"), (111_219_501, None, "SAR"), (SHIP, None, None),
        (23_200_001, None, None), (COAST, "A", "A"),
    ],
)  # fmt: skip
def test_the_class_is_filled_from_the_mmsi(mmsi, given_class, expected):
    table, _ = clean(positions([report(mmsi=mmsi, ais_class=given_class), report(mmsi=775_000_000)]))
    assert table["ais_class"].to_pylist() == [expected, "A"] if mmsi < 775_000_000 else ["A", expected]


def test_equal_reports_are_one():
    rows = [
        report(offset=9, station="b", flags=1, n_receptions=2),
        report(offset=4, station="c", receiver="satellite", flags=2, n_receptions=3),
        report(offset=7, sog=9.6),
    ]
    table, duplicates = clean(positions(rows))
    assert duplicates == 1
    merged = next(row for row in table.to_pylist() if row["sog"] == 9.5)
    assert (merged["n_receptions"], merged["flags"], merged["offset"]) == (5, 3, 4)
    assert (merged["station"], merged["receiver"]) == ("c", "satellite")


def test_receptions_saturate():
    rows = [report(offset=i, n_receptions=40_000) for i in range(3)]
    assert clean(positions(rows))[0]["n_receptions"].to_pylist() == [65_535]


def test_nothing_in_nothing_out():
    table, duplicates = clean(POSITIONS.arrow.empty_table())
    assert (table.num_rows, duplicates, table.schema) == (0, 0, POSITIONS.arrow)


def test_a_wrong_table_is_refused_with_every_problem():
    with pytest.raises(SchemaError, match=r"'mmsi' is missing.*'lat' cannot be read"):
        clean(positions([report()]).drop(["mmsi"]).drop(["lat"]).append_column("lat", pa.array(["north"])))
    with pytest.raises(SchemaError, match="'receiver' has 1 missing"):
        clean(positions([report(receiver=None)]))


REPORTS = st.builds(
    report,
    mmsi=st.sampled_from([SHIP, SHIP + 1, 5]),
    seconds=st.integers(0, 3),
    lon=st.sampled_from([132.4, -0.0, 0.0, None, 181.0]),
    lat=st.sampled_from([42.9, 0.0]),
    sog=st.sampled_from([9.5, None]),
    heading=st.sampled_from([180, None]),
    ais_class=st.sampled_from(["A", "B", None]),
    receiver=st.sampled_from(["terrestrial", "satellite"]),
    station=st.sampled_from(["b", "a", None]),
    n_receptions=st.sampled_from([1, 2, 60_000]),
    flags=st.sampled_from([0, 1, 2]),
    offset=st.integers(1, 3),
)


def merged_one_by_one(rows):
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in SAME)].append(row)
    merged = []
    for group in groups.values():
        first = min(group, key=lambda row: [row[name] or "" if name == "station" else row[name] for name in SOURCE])
        receptions = min(sum(row["n_receptions"] for row in group), 65_535)
        flags = reduce(or_, (row["flags"] for row in group))
        merged.append(first | {"n_receptions": receptions, "flags": flags})
    return merged


@given(st.lists(REPORTS, max_size=14))
def test_merging_equals_a_naive_reference(rows):
    table = pa.concat_tables([positions([]), *(clean(positions([row]))[0] for row in rows)])
    merged, duplicates = merge_duplicates(table)
    expected = merged_one_by_one(table.to_pylist())
    assert duplicates == len(rows) - len(expected)
    found = merged.to_pylist()
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    keys = [(row["mmsi"], row["timestamp"]) for row in found]
    assert keys == sorted(keys)


@given(st.lists(REPORTS, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_forgotten(rows, random):
    table, _ = clean(positions(rows))
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert clean(positions(shuffled))[0].equals(table)
    split = random.randint(0, len(rows))
    halves = [clean(positions(part))[0] for part in (shuffled[:split], shuffled[split:])]
    assert merge_duplicates(pa.concat_tables(halves))[0].equals(table)
    assert clean(table)[0].equals(table)


def test_times_are_kept_to_the_microsecond():
    rows = [report(timestamp=at(0.000_002), offset=2), report(timestamp=at(0.000_001), offset=1)]
    assert clean(positions(rows))[0]["offset"].to_pylist() == [1, 2]
