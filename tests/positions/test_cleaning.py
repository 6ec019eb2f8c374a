import math

import pyarrow as pa
import pytest
from positions_samples import COAST, SHIP, positions, report

from darkships.errors import SchemaError
from darkships.positions.cleaning import clean
from darkships.schema import POSITION_FLAGS, POSITIONS

ZERO, RANGE, PLACEHOLDER = (POSITION_FLAGS[n] for n in ("zero_island", "out_of_range_position", "placeholder_mmsi"))


@pytest.mark.parametrize(
    ("lon", "lat", "flag"),
    [
        (0.0, 0.0, ZERO), (-0.0, 0.0, ZERO), (132.4, 90.5, RANGE), (-180.5, 42.9, RANGE), (math.inf, 42.9, RANGE),
        (None, 42.9, 0), (132.4, None, 0), (math.nan, 42.9, 0), (None, None, 0),
    ],
)  # fmt: skip
def test_pitfall_9_what_is_no_place_becomes_a_contact(lon, lat, flag):
    row = clean(positions([report(lon=lon, lat=lat, flags=1)]))[0].to_pylist()[0]
    assert (row["lon"], row["lat"], row["flags"]) == (None, None, flag | 1)


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 51.5), (9.3, 0.0), (180.0, -90.0), (-180.0, 90.0)])
def test_places_on_the_edges_stay(lon, lat):
    row = clean(positions([report(lon=lon, lat=lat)]))[0].to_pylist()[0]
    assert (row["lon"], row["lat"], row["flags"]) == (lon, lat, 0)


def test_missing_numbers_are_null():
    row = clean(positions([report(sog=math.nan, cog=None)]))[0].to_pylist()[0]
    assert (row["sog"], row["cog"], row["heading"]) == (None, None, 180)


def test_pitfall_8_placeholders_are_flagged_and_kept():
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


def test_nothing_in_nothing_out():
    table, duplicates = clean(POSITIONS.arrow.empty_table())
    assert (table.num_rows, duplicates, table.schema) == (0, 0, POSITIONS.arrow)


def test_a_wrong_table_is_refused_with_every_problem():
    with pytest.raises(SchemaError, match=r"'mmsi' is missing.*'lat' cannot be read"):
        clean(positions([report()]).drop(["mmsi"]).drop(["lat"]).append_column("lat", pa.array(["north"])))
    with pytest.raises(SchemaError, match="'receiver' has 1 missing"):
        clean(positions([report(receiver=None)]))
