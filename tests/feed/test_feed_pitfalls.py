"""Pitfalls that concern a whole feed rather than a cell (their numbers are those of the catalogue)."""

import json

import pytest
from samples_community import SAMPLES

from darkships.feed.dialects import FORMATS, find_dialect

HEAD = (
    "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status,length,width"
)

SENTENCE = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"


def rows(n):
    return [f"27300000{i % 3},2023-05-06 07:{i:02}:00,131.25,{40 + i / 8},5,,,N{i % 2},,,70,0,120,18" for i in range(n)]


def test_pitfall_3_the_order_of_rows_does_not_matter(whole, write):
    lines = rows(30)
    want = whole(write("\n".join([HEAD, *lines])))
    got = whole(write("\n".join([HEAD, *lines[1::2], *lines[::2][::-1]])))
    key = [("mmsi", "ascending"), ("timestamp", "ascending")]
    same = [name for name in got.positions.column_names if name != "offset"]
    assert got.positions.select(same).sort_by(key).equals(want.positions.select(same).sort_by(key))
    assert got.statics.equals(want.statics)


def test_pitfall_6_naive_times_are_utc_with_a_warning_unless_the_format_says_so(whole, write):
    text = "mmsi,time,lat,lon\n273000001,2023-05-06 07:08:09,42.5,131.25\n273000001,2023-05-06 07:08:10Z,42.5,131.25\n"
    got = whole(write(text))
    assert [f"{t:%H:%M}" for t in got.positions["timestamp"].to_pylist()] == ["07:08", "07:08"]
    assert [w.partition(": ")[2] for w in got.feed.warnings] == ["times without a zone were taken as UTC (1)"]
    assert whole(write("\n".join([HEAD, *rows(1)]))).feed.warnings == []


@pytest.mark.parametrize(
    ("prefix", "warned"),
    [
        ("2023-01-01 12:00:00.5,", 2),
        ("[2023-01-01T12:00:00] ", 2),
        ("2023-01-01T12:00:00Z ", 0),
        ("2023-01-01 12:00:00.5 +03:00 ", 0),
        ("1672574400 ", 0),
        ("2023-01-01 12:00:00 \\c:1672574409*50\\", 0),
    ],
)
def test_pitfall_6_dates_before_sentences_without_a_zone_are_utc_with_a_warning(whole, write, prefix, warned):
    got = whole(write(f"# a log\n{prefix}{SENTENCE}\n{prefix}{SENTENCE}\n"))
    told = [warning.partition(": ")[2] for warning in got.feed.warnings]
    assert told == [f"times without a zone were taken as UTC ({n})" for n in [warned] if n]


def test_pitfall_11_formats_know_their_spacing():
    assert {d.name: d.cadence_s for d in FORMATS if d.cadence_s} == dict.fromkeys(
        ("marinecadastre-legacy", "marinecadastre-csv2", "marinecadastre-gdb"), 60.0
    )


@pytest.mark.parametrize(("kind", "label"), [("BaseStationReport", "BASE"), ("AidsToNavigationReport", "ATON")])
def test_pitfall_17_base_stations_and_aids_to_navigation_are_no_ships(whole, write, kind, label):
    number = {"BaseStationReport": 4, "AidsToNavigationReport": 21}[kind]
    body = {"MessageID": number, "Latitude": 42.5, "Longitude": 131.25, "UserID": 273000001}
    meta = {"MMSI": 273000001, "time_utc": "2023-05-06 07:08:09 +0000 UTC"}
    got = whole(write(json.dumps({"Message": {kind: body}, "MessageType": kind, "MetaData": meta})))
    assert got.positions["ais_class"].to_pylist() == [label]  # by its message, though the number is a ship's


def test_pitfall_17_static_messages_are_contacts_at_their_time_and_no_positions(whole, write):
    got = whole(write(SAMPLES["aisstream"][0]))
    static = [row for row in got.positions.to_pylist() if row["msg_type"] in {5, 24}]
    assert len(static) == 3
    assert all(row["lat"] is None and row["lon"] is None for row in static)


def test_pitfall_18_columns_are_bound_by_name_whatever_their_order(whole, write):
    names, values = HEAD.split(","), rows(1)[0].split(",")
    n = len(names)
    orders = [range(n)[::-1], [*range(7, n), *range(7)], [*range(0, n, 2), *range(1, n, 2)]]
    want = whole(write("\n".join([HEAD, *rows(1)])))
    for order in orders:
        got = whole(write("\n".join(",".join(cells[i] for i in order) for cells in (names, values))))
        assert (got.feed.format, got.positions, got.statics) == (want.feed.format, want.positions, want.statics)


def test_pitfall_18_the_mapping_is_told(whole, write):
    got = whole(write(SAMPLES["ais-catcher"][0]))
    dialect = find_dialect(got.feed.format)
    assert dialect is not None
    assert got.feed.mapping == ", ".join(f"{name}={source}" for name, source in dialect.columns.items())
