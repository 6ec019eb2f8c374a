"""CSV as strangers send it: damaged rows go to quarantine with their number, and take no neighbour along."""

import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import csv_source
from darkships.feed.csv_source import mend

HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo\n"
)
NAMES = HEADER.strip().split(",")


def row(**changes):
    values = dict.fromkeys(NAMES, "")
    values |= {
        "MMSI": "366000001",
        "BaseDateTime": "2022-06-01T00:00:00",
        "LAT": "28.5",
        "LON": "-96.5",
        "VesselName": "HARRY",
    }
    return ",".join((values | changes).values()) + "\n"


def test_pitfall_12_bom_windows_line_ends_and_a_missing_last_line_end(whole, write):
    text = "\ufeff" + (HEADER + row() + row(LAT="29")).replace("\n", "\r\n").removesuffix("\r\n")
    got = whole(write(text))
    assert got.rows("lat", "offset") == [(28.5, 1), (29.0, 2)]


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "SØLØVEN Ñ"), ("cp1252", "ŠKODA Ž"), ("utf-8", "SØLØVEN Š")]
)
def test_pitfall_12_names_in_other_encodings(whole, write, encoding, name):
    got = whole(write((HEADER + row(VesselName=name)).encode(encoding)))
    assert got.statics["name"].to_pylist() == [name]
    assert bool(got.feed.warnings) == (encoding != "utf-8")


def test_text_is_cleaned_of_what_could_deceive(whole, write):
    got = whole(write(HEADER + row(VesselName=" \u202eEVIL\x1b[31m\x85@@ ", CallSign="@@")))
    assert got.statics.select(["name", "callsign"]).to_pylist() == [{"name": "EVIL[31m", "callsign": None}]


def test_pitfall_12_nul_bytes_and_a_control_z(whole, write):
    got = whole(write((HEADER + row(VesselName="HA\0RRY") + "\x1a").encode()))
    assert got.statics["name"].to_pylist() == ["HARRY"]
    assert got.skipped == {"blank": 1}
    assert [warning.partition(": ")[2] for warning in got.feed.warnings] == ["NUL bytes were removed (1)"]


def test_rows_of_the_wrong_width_are_quarantined_with_number_and_text(whole, write):
    got = whole(write(HEADER + row() + "1,2,3\n" + "\n" + row(LAT="29") + row().strip() + ",more\n" + row(LAT="30")))
    assert got.rows("lat", "offset") == [(28.5, 1), (29.0, 4), (30.0, 6)]
    assert got.quarantine.select(["offset", "reason", "raw"]).to_pylist() == [
        {"offset": 2, "reason": "columns", "raw": "1,2,3"},
        {"offset": 5, "reason": "columns", "raw": row().strip() + ",more"},
    ]
    assert got.skipped == {"blank": 1}


@pytest.mark.parametrize("name", ['"HARRY', 'HA"RRY', '"HARRY" LEE', '"HA"RRY"'])
def test_pitfall_12_a_stray_quote_swallows_no_row(whole, write, name):
    got = whole(
        write(HEADER + row(LAT="27") + row(VesselName=name) + row(LAT="29", VesselName='"A, B"'.replace(",", "")))
    )
    assert got.positions["lat"].to_pylist() == [27.0, 28.5, 29.0]
    assert got.quarantine.num_rows == 0


def test_two_stray_quotes_in_two_rows_swallow_no_row(whole, write):
    got = whole(write(HEADER + row(VesselName='"A') + row(LAT="27") + row(LAT="29", VesselName='B"') + row(LAT="30")))
    assert got.positions["lat"].to_pylist() == [28.5, 27.0, 29.0, 30.0]


@pytest.mark.parametrize(
    "mmsi", ["", "abc", "3.66E+08", "1.5e8", "-366000001", "12345", "1000000000", "99999999999999999999", "366.5"]
)
def test_pitfall_12_impossible_mmsi(whole, write, mmsi):
    got = whole(write(HEADER + row(MMSI=mmsi) + row()))
    assert got.reasons == {"mmsi": 1}
    assert got.positions["offset"].to_pylist() == [2]
    assert ("scientific notation" in " ".join(got.feed.warnings)) == (mmsi in {"3.66E+08", "1.5e8"})


@pytest.mark.parametrize(
    ("text", "mmsi"), [("0", 0), ("2190064", 2190064), (" 366000001 ", 366000001), ("366000001.0", 366000001)]
)
def test_possible_mmsi(whole, write, text, mmsi):
    assert whole(write(HEADER + row(MMSI=text))).positions["mmsi"].to_pylist() == [mmsi]


@pytest.mark.parametrize(
    "time", ["", "yesterday", "2022-02-30 00:00:00", "2022-06-01 24:00:00", "1970-01-01 00:00:00", "12"]
)
def test_unreadable_time(whole, write, time):
    assert whole(write(HEADER + row(BaseDateTime=time) + row())).reasons == {"time": 1}


@pytest.mark.parametrize(
    ("lat", "lon", "reason"),
    [
        ("north", "-96.5", "latitude"),
        ("28.5", "28,5x", "columns"),
        ("28.5", "west", "longitude"),
        ("inf", "-96.5", "latitude"),
        ("95", "-96.5", "position"),
        ("28.5", "-200", "position"),
        ("28.5", "", "position"),
        ("", "-96.5", "position"),
    ],
)
def test_unreadable_positions(whole, write, lat, lon, reason):
    assert whole(write(HEADER + row(LAT=lat, LON=lon) + row())).reasons == {reason: 1}


@pytest.mark.parametrize(("lat", "lon"), [("91", "181"), ("91.0", "0"), ("28.5", "181.0"), ("", "")])
def test_pitfall_9_a_report_without_a_place_is_a_contact(whole, write, lat, lon):
    assert whole(write(HEADER + row(LAT=lat, LON=lon))).rows("lat", "lon") == [(None, None)]


def test_pitfall_9_swapped_columns_are_refused_with_a_hint(whole, write):
    path = write(HEADER + row(LAT="-118.5", LON="33.5") * 3 + row())
    with pytest.raises(FeedError, match=r"3 of 4 rows have a latitude beyond 90.*--map .*lat=COLUMN,lon=COLUMN"):
        whole(path)
    names = {"mmsi": "MMSI", "timestamp": "BaseDateTime", "lat": "LON", "lon": "LAT"}
    assert whole(path, column_map=names).rows("lat", "lon")[0] == (33.5, -118.5)


def test_a_few_impossible_latitudes_are_no_swapped_columns(whole, write):
    assert whole(write(HEADER + row(LAT="-118.5", LON="33.5") + row() * 2)).reasons == {"position": 1}


def test_longitudes_round_the_world_are_refused_with_a_hint(whole, write):
    with pytest.raises(FeedError, match=r"2 of 3 rows lie beyond 180 \(up to 311.458\).*Take 360 from"):
        whole(write(HEADER + row(LON="311.45795") * 2 + row()))
    assert whole(write(HEADER + row(LON="311.45795") * 2 + row() * 2)).reasons == {"position": 2}
    assert whole(write(HEADER + row(LON="181"))).positions["lon"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("speed", "words"),
    [
        ("12.0", None),
        ("6.17", "0.51 times those made good .* --map and sog_ms=COLUMN"),
        ("22.2", "1.85 times those made good .* --map and sog_kmh=COLUMN"),
        ("120", "10.00 times those made good .* --map and sog_kn10=COLUMN"),
        ("9.0", None),
    ],
)
def test_speeds_that_do_not_fit_the_way_made_good_are_told(whole, write, speed, words):
    # two ships of 12 kn, a report a minute; one sails north, one east on 60 N; the second lies still for as long
    rows = [
        f"366000001,2023-05-06T{7 + i // 60:02}:{i % 60:02}:00Z,{54 + i * 0.2 / 60.04:.6f},10.0,{speed}"
        for i in range(70)
    ]
    rows += [
        f"366000002,2023-05-06T{7 + i // 60:02}:{i % 60:02}:00Z,60.0,{10 + i * 0.4 / 60.04:.6f},{speed}"
        for i in range(70)
    ]
    rows += [f"366000002,2023-05-06T{10 + i // 60:02}:{i % 60:02}:00Z,60.0,10.0,0.0" for i in range(70)]
    got = whole(write("mmsi,time,lat,lon,sog\n" + "\n".join(sorted(rows, key=lambda line: line[10:])) + "\n"))
    told = [warning for warning in got.feed.warnings if "made good" in warning]
    assert len(told) == (words is not None)
    if words is not None:
        assert re.search(words, told[0])
        assert told[0].endswith("(138)")


def test_few_reports_say_nothing_of_the_unit_of_speeds(whole, write):
    rows = [f"366000001,2023-05-06T07:{i:02}:00Z,{54 + i * 0.2 / 60.04:.6f},10.0,6.17" for i in range(50)]
    got = whole(write("mmsi,time,lat,lon,sog\n" + "\n".join(rows) + "\n"))
    assert not any("made good" in warning for warning in got.feed.warnings)


@pytest.mark.parametrize(("still", "is_told"), [(150, True), (250, False)])
def test_reports_of_which_none_is_of_a_ship_at_rest_are_told(whole, write, still, is_told):
    rows = [f"366000001,{1_683_300_000 + i},54.5,10.0,{0.1 if i < still else 9.0}" for i in range(10_000)]
    got = whole(write("mmsi,time,lat,lon,sog\n" + "\n".join(rows) + "\n"))
    assert any("hardly any ship lies still" in warning for warning in got.feed.warnings) == is_told


def test_decimal_commas_are_refused_with_a_hint_and_the_map_can_say(whole, write):
    path = write("mmsi;time;lat;lon\n" + "366000001;2023-05-06T07:08:09Z;54,5;-10,25\n" * 3)
    with pytest.raises(
        FeedError, match=r"latitude '54,5' is written with a decimal comma, in 3 of 3 rows.*decimal=comma"
    ):
        whole(path)
    names = {"mmsi": "mmsi", "timestamp": "time", "lat": "lat", "lon": "lon", "decimal": "comma"}
    assert whole(path, column_map=names).rows("lat", "lon") == [(54.5, -10.25)] * 3
    with pytest.raises(FeedError, match="expected decimal=comma or decimal=point"):
        whole(path, column_map={**names, "decimal": ";"})


def test_an_optional_cell_that_cannot_be_read_is_left_out_and_counted(whole, write):
    got = whole(
        write(HEADER + row(SOG="fast", Status="dancing", IMO="IMO12X", Length="31.0") + row(SOG="5", Status="5.0"))
    )
    assert got.rows("sog", "nav_status") == [(None, None), (5.0, 5)]
    assert got.statics["length_m"].to_pylist() == [31.0, None]
    assert {w.split(": ")[1] for w in got.feed.warnings} == {
        f"{name} could not be read and was left out (1)" for name in ("sog", "nav_status", "imo")
    }


def test_an_overlong_line_harms_no_neighbour(whole, write):
    got = whole(write(HEADER + row(VesselName="A" * 2_000_000) + row(LAT="29") + "1,2\n"))
    assert got.rows("lat", "offset") == [(29.0, 2)]
    assert got.reasons == {"columns": 2}
    assert max(map(len, got.quarantine["raw"].to_pylist())) == 500


@pytest.mark.parametrize("after", ["", "\n" + row(LAT="29"), "\n" + row(LAT="29") * 40])
def test_a_line_longer_than_a_block_costs_no_other_row(whole, write, monkeypatch, after):
    monkeypatch.setattr("darkships.feed.containers.line_buffers.__defaults__", (1000,))
    got = whole(write(HEADER + row(LAT="28") + "1" * 5000 + after))
    assert got.rows("lat") == [(28.0,), *[(29.0,)] * after.count("HARRY")]
    assert got.reasons == {"columns": 1}
    assert len(got.quarantine["raw"][0].as_py()) <= 500
    assert "only the beginning of lines" in got.feed.warnings[-1]


def test_bytes_without_line_ends_are_no_feed(whole, write, monkeypatch):
    monkeypatch.setattr("darkships.feed.containers.line_buffers.__defaults__", (1000,))
    with pytest.raises(FeedError, match="no line end"):
        whole(write(HEADER.removesuffix("\n") + "1" * 5000))


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(whole, write, content):
    with pytest.raises(FeedError, match="empty"):
        whole(write(content))


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_header_alone_is_a_feed_of_no_rows(whole, write, end):
    assert whole(write(HEADER.strip() + end)).rows_read == 0


def test_a_missing_column_is_named_with_the_header_found(whole, write):
    with pytest.raises(
        FeedError, match=r"no column for lat.*MMSI,BaseDateTime,LON,SOG.*resembles marinecadastre-legacy"
    ) as error:
        whole(write(HEADER.replace("LAT,", "")))
    assert all(f" {name}," in str(error.value) for name in ("dma", "dma-headerless", "aisstream", "nmea"))
    assert "--map" in str(error.value)


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_a_wrong_delimiter_is_named_with_the_header_found(whole, write, delimiter, name):
    with pytest.raises(FeedError, match=rf"by comma, this file seems to use {name}\. Header found: .MMSI"):
        whole(write((HEADER + row()).replace(",", delimiter)))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"MessageType": 1}', "no column for mmsi"),
        (b"{ nothing", "JSON without objects"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"%PDF-1.4 ...", "PDF"),
        (b"SQLite format 3\0" + bytes(100), "damaged SQLite"),
        ("mmsi".encode("utf-16"), "UTF-16"),
        (bytes(range(256)) * 4, "binary"),
        (b"just a sentence\n", "not recognised"),
        (b"mmsi,la\rt\n", "not recognised"),
    ],
)
def test_foreign_files_are_refused_by_name(whole, write, content, what):
    with pytest.raises(FeedError, match=what):
        whole(write(content))


def test_a_mapped_feed_without_one_good_row(whole, write):
    got = whole(write("mmsi,time,lat,lon\n366000001,,1,2\n1,2\n"))
    assert got.reasons == {"time": 1, "columns": 1}
    assert whole(write("mmsi,time,lat,lon\n1,2\n")).reasons == {"columns": 1}


def test_blocks_of_any_size_give_the_same_rows(whole, write, monkeypatch):
    text = (
        HEADER
        + "".join(
            row(LAT=str(i % 80), SOG="x" if i == 7 else "", VesselName='"N' if i == 9 else "N") for i in range(50)
        )
        + "1,2\n"
    )
    path = write(text)
    want = whole(path)
    monkeypatch.setattr("darkships.feed.containers.line_buffers.__defaults__", (300,))
    got = whole(path)
    assert got.positions.equals(want.positions)
    assert got.quarantine.equals(want.quarantine)
    assert got.statics["n_reports"].to_pylist() != want.statics["n_reports"].to_pylist()
    assert sum(got.statics["n_reports"].to_pylist()) == 50


cell = st.text(alphabet='ab"; \t\x1a', max_size=4)


@given(st.lists(st.lists(cell, min_size=1, max_size=5), min_size=1, max_size=12))
def test_what_mend_keeps_is_what_arrow_reads(lines):
    width = 3
    block = "".join(",".join(cells) + "\n" for cells in lines).encode()
    mended, kept, rejects, blank = mend(block, width, ",")
    assert sorted([*kept, *(r.offset for r in rejects)]) == [
        i for i, cells in enumerate(lines) if ",".join(cells).strip(" \t\x1a")
    ]
    assert blank + len(kept) + len(rejects) == len(lines)
    assert all(len(fields) == width for fields in csv.reader(io.StringIO(mended.decode())))
    if mended:
        table = csv_source.arrow_csv.read_csv(
            io.BytesIO(mended), csv_source.arrow_csv.ReadOptions(column_names=["a", "b", "c"])
        )
        assert table.num_rows == len(kept)
        assert len(list(csv.reader(io.StringIO(mended.decode())))) == len(kept)
    assert kept.dtype == np.int64
