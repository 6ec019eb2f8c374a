"""The short way for plain rows says what the long way says, whatever is in the file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import csv_source, open_feed
from darkships.feed.containers import line_buffers
from darkships.feed.csv_plain import read_plain

MC = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo"
DMA = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type"
)
NAMED_FIRST = "name,ship_type,mmsi,time,lat,lon,station,sog,length"


def long_way(lines, binding):
    """Take no row for plain."""
    return read_plain(lines._replace(right=np.zeros_like(lines.right)), binding)


def told(path, size, way=read_plain, **options):
    """Return everything a feed tells, and how many rows went the short way."""
    short = []

    def counted(lines, binding):
        plain = way(lines, binding)
        short.append(len(plain.lines))
        return plain

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_source, "read_plain", counted)
        patch.setattr(line_buffers, "__defaults__", (size,))
        feed = open_feed(path, **options)
        batches = list(feed.batches())
    tables = [
        [getattr(batch, name).to_pylist() for batch in batches] for name in ("positions", "statics", "quarantine")
    ]
    counts = [(batch.rows_read, batch.skipped) for batch in batches]
    return (*tables, counts, sorted(feed.warnings), feed.complete), sum(short)


def mostly(plain, *odd):
    return st.sampled_from([plain] * 12 + list(odd))


ISO_TIME = st.one_of(
    st.integers(0, 59).map("2022-06-01T00:00:{:02d}".format),
    st.sampled_from(["2022-06-01 00:00:01", "2022-06-01_00:00:02Z", "2022-06-01T00:00:03.25"]),
    st.sampled_from(["2022-06-01T02:00:04+02:00", "2022-02-30T00:00:00", "2022-06-01T24:00:00", "1654041605"]),
    st.sampled_from(["1654041605000", "", "yesterday", "12", "1970-01-01T00:00:00", '"2022-06-01T00:00:06"']),
    st.sampled_from([" 2022-06-01T00:00:07", "31/05/2022 00:00:00"]),
)
DMY_TIME = st.one_of(
    st.integers(0, 59).map("01/06/2022 00:00:{:02d}".format),
    st.sampled_from(["1/6/2022 00:00:01", "31/06/2022 00:00:02", "01.06.2022 00:00:03", "2022-06-01 00:00:04", ""]),
)
FIELDS = {
    "mmsi": mostly(
        "366000001",
        "366000002.0",
        "2190064",
        "0",
        "",
        "abc",
        "3.66E+08",
        "-1",
        "0x15D0A5C1",
        '"366000003"',
        "123",
        " 1",
    ),
    "lat": mostly(
        "28.53211",
        "-28.5",
        "91",
        "91.0",
        "",
        "NULL",
        "90.5",
        "95",
        "1e1",
        "north",
        "inf",
        "-0",
        "+5",
        "4.",
        ".5",
        '"28.5"',
    ),
    "lon": mostly("-96.5", "181", "0", "", "nan", "200", "-180.0", "28,5", "12.3456789012345678", " 7"),
    "number": mostly(
        "12.7", "", "0", "102.3", "360.0", "511.0", "511", "-0.1", "fast", "1e400", "N/A", "0.04", "359.6", "1022.5"
    ),
    "code": mostly(
        "70", "", "0", "31.0", "1019", "Moored", "Cargo", "dancing", "15", "Unknown", "999", "IMO9074729", "IMO0000000"
    ),
    "text": mostly(
        "HARRY LEE",
        "",
        "A@@",
        " B ",
        "SØLØVEN",
        "'",
        '"QUOTED, NAME"',
        '"',
        'X"Y',
        '""',
        '"A""B"',
        "NULL",
        "Unknown",
        "x" * 120,
        "\u202eY\t",
    ),
    "class": mostly("Class A", "B", "Base Station", "", "?", "AtoN"),
    "any": mostly("", "x", '"'),
}
MC_KINDS = [
    "mmsi",
    "iso",
    "lat",
    "lon",
    "number",
    "number",
    "number",
    "text",
    "code",
    "text",
    "code",
    "code",
    "number",
    "number",
    "number",
    "any",
]
DMA_KINDS = [
    "dmy",
    "class",
    "mmsi",
    "lat",
    "lon",
    "code",
    "any",
    "number",
    "number",
    "number",
    "code",
    "text",
    "text",
    "code",
    "any",
    "number",
    "number",
    "any",
    "number",
    "text",
    "dmy",
    "any",
]
NAMED_KINDS = ["text", "code", "mmsi", "iso", "lat", "lon", "text", "number", "number"]
LINE = st.sampled_from(["", "  ", "1,2,3", "\x1a", "x" * 17_000, '"', ",".join("a" * 16), ",".join("a" * 22)])


@st.composite
def files(draw, kinds, delimiter=",", comma=False):
    """Draw the lines of a file: some 12 vessels' worth of rows, most of them plain."""
    row = st.tuples(*(FIELDS[k] if k in FIELDS else {"iso": ISO_TIME, "dmy": DMY_TIME}[k] for k in kinds))
    rows = draw(st.lists(st.one_of(*[row.map(delimiter.join)] * 12, LINE), min_size=1, max_size=25))
    rows = [r.replace(".", ",") for r in rows] if comma else rows
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n"]))
    text = end.join(rows) + draw(st.sampled_from([end, ""]))
    if draw(st.integers(0, 9)) == 0:
        text = text.replace("HARRY", "HA\0RRY").replace("LEE", "L\rEE")
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "cp1252"])), errors="replace")


def compare(path, text, size, **options):
    path.write_bytes(text)
    try:
        want, none = told(path, size, long_way, **options)
    except FeedError:  # the file as a whole is doubtful
        with pytest.raises(FeedError):
            told(path, size, **options)
        return
    got, _ = told(path, size, **options)
    assert none == 0
    assert got == want


@settings(max_examples=150)
@given(files(MC_KINDS), st.sampled_from([20_000, 200_000]))
def test_marinecadastre(tmp_path_factory, text, size):
    compare(tmp_path_factory.getbasetemp() / "mc.csv", (MC + "\n").encode() + text, size)


@settings(max_examples=150)
@given(files(DMA_KINDS), st.sampled_from([20_000, 200_000]))
def test_dma(tmp_path_factory, text, size):
    compare(tmp_path_factory.getbasetemp() / "dma.csv", (DMA + "\n").encode() + text, size)


@given(files(DMA_KINDS, ";", comma=True))
def test_decimal_commas(tmp_path_factory, text):
    first = "01/06/2022 00:00:00;Class A;219000001;56,125;11,5;Moored;;;;;;;;;;;;;;;;\n"
    compare(tmp_path_factory.getbasetemp() / "old.csv", first.encode() + text, 200_000)


@given(files(NAMED_KINDS), st.sampled_from([20_000, 200_000]))
def test_identity_before_position(tmp_path_factory, text, size):
    columns = {n: n for n in ("mmsi", "lat", "lon", "name", "ship_type", "station", "sog")}
    options = {"column_map": {**columns, "timestamp": "time", "length_m": "length"}}
    first = b"A,70,366000001,2022-06-01T00:00:00,1,2,s,3,4\n"
    compare(tmp_path_factory.getbasetemp() / "named.csv", (NAMED_FIRST + "\n").encode() + first + text, size, **options)


@pytest.mark.parametrize(
    "name",
    [
        "noaa_legacy_2022_rows.csv",
        "noaa_marinecadastre_legacy_AISdb_test_20230111.csv",
        "noaa_csv2_rows_from_repos.csv",
        "dma_aisdk_2017_2018_2023_2025_2026_rows_from_repos.csv",
        "dma_aisdk_2018_22col_rows.csv",
        "dma_aisdk_20180208_sample.csv",
        "baltic_apr2018_20k.csv",
    ],
)
def test_real_samples(sample, name):
    path = sample(name)
    want, _ = told(path, 300_000, long_way)
    got, short = told(path, 300_000)
    assert got == want
    assert short > 0.7 * sum(read for read, _ in got[3])


def plain_share(tmp_path, header, row, times=200):
    path = tmp_path / "feed.csv"
    path.write_text(header + "\n" + (row + "\n") * times)
    return told(path, 200_000)[1] / times


def test_rows_as_providers_write_them_go_the_short_way(tmp_path):
    names = '1,"GUARD, SHIP",IMO9074729,V7AA1,70,0.0,192,30,7.6,70'
    assert plain_share(tmp_path, MC, "538001234,2023-01-11T00:00:01,33.5,-118.25,10.4,149.9,52.0" + names[1:]) == 1
    row = "18/03/2023 00:00:02,Class A,219000002,91,0,Unknown value,,,,,9074729,OXAA2,X,Cargo,,8,23,GPS,1.9,SKAGEN,,AIS"
    assert plain_share(tmp_path, DMA, row) == 1
    assert plain_share(tmp_path, "# Timestamp" + DMA[11:], row.replace("SKAGEN", "ÅRHUS")) == 1
    assert plain_share(tmp_path, MC, '"538001234","2023-01-11T00:00:01","33.5","NaN"' + "," * 12) == 0
    assert plain_share(tmp_path, MC, '"538001234","2023-01-11T00:00:01","NULL","NaN"' + "," * 12) == 1
