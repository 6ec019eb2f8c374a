"""Bad input, end to end: a message that helps, the exit code, and a store that is as it was."""

import functools
import json
import operator
import os
import sqlite3
import zipfile

import pyais
import pytest
import world
import zstandard

from darkships.positions.store import Store

GOOD = world.csv2(world.rows()[:5])
OTHER = world.csv2(world.rows()[40:45])
DMA = """# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,\
Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D
18/03/2023 00:00:01,Class A,219000001,55.25,14.5,Moored,0.7,12.5,241.8,241,Unknown,,,Undefined,,,,Undefined,,,,AIS,,,,
"""


def nmea(second, mmsi, sentence=0, **fields):
    """Return one line of a log with a TAG block that tells its time; the sentence is pyais'."""
    message = {"mmsi": mmsi, "lat": 42.5, "lon": 132.25, "speed": 9.5, "course": 240.0, "shipname": "NOBODY", **fields}
    tag = f"c:{1694044800 + second}"
    checksum = functools.reduce(operator.xor, tag.encode())
    return f"\\{tag}*{checksum:02X}\\{pyais.encode_dict(message, talker_id='AI')[sentence]}\n"


TWO_WHOLE = nmea(0, 273000001, type=1) + nmea(60, 273000002, type=1)
FIRST_HALF = nmea(70, 273000003, type=5, sentence=0)


@pytest.fixture
def made(tmp_path):
    """Write a file of the test and return its path."""

    def write(name, data):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


def zipped(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return path


def kept(store_path):
    return Store.open(store_path, read_only=True).read().num_rows


def test_a_missing_file_makes_no_store(tmp_path, refuse):
    message = refuse("ingest", tmp_path / "none.csv", "--store", tmp_path / "new")
    assert "none.csv does not exist" in message
    assert "expected a feed file" in message
    assert not (tmp_path / "new").exists()


def test_a_missing_file_leaves_the_store(tmp_path, store, unchanged, made):
    unchanged(store, "ingest", made("good.csv", DMA), tmp_path / "none.csv", "--store", store)


def test_an_empty_file(store, unchanged, made):
    message = unchanged(store, "ingest", made("empty.csv", b""), "--store", store)
    assert "empty.csv is empty; expected an AIS feed" in message


def test_an_empty_directory_is_told(tmp_path, store, unchanged):
    (tmp_path / "nothing").mkdir()
    message = unchanged(store, "ingest", tmp_path / "nothing", "--store", store)
    assert f"no feed in {tmp_path / 'nothing'}" in message


def test_a_directory_of_mixed_formats_is_recognised_file_by_file(tmp_path, made, invoke):
    made("mixed/a.csv", GOOD)
    made("mixed/deep/b.csv", DMA)
    made("mixed/c.nmea", nmea(0, 273000001, type=1))
    made("mixed/d.csv.zst", zstandard.compress(OTHER.encode()))
    made("mixed/README.md", "no feed")
    told = invoke("ingest", tmp_path / "mixed", "--store", tmp_path / "new").stderr
    formats = {
        line.split()[0]: line.split()[1] for line in told.splitlines() if line.startswith(("a.", "b.", "c.", "d."))
    }
    expected = {"a.csv": "marinecadastre-csv2", "b.csv": "dma", "c.nmea": "nmea", "d.csv.zst": "marinecadastre-csv2"}
    assert formats == expected
    assert kept(tmp_path / "new") == 5 + 1 + 1 + 5


@pytest.mark.parametrize("column", ["mmsi", "base_date_time", "longitude", "latitude"])
def test_a_csv_without_a_column_names_it_and_the_header_found(store, unchanged, made, column):
    names = world.HEADER.split(",")
    lines = [line.split(",") for line in GOOD.splitlines()]
    at = names.index(column)
    text = "\n".join(",".join(line[:at] + line[at + 1 :]) for line in lines) + "\n"
    message = unchanged(store, "ingest", made("short.csv", text), "--store", store)
    assert {"mmsi": "mmsi", "base_date_time": "timestamp", "longitude": "lon", "latitude": "lat"}[column] in message
    assert "vessel_name" in message  # the header found
    assert "--map" in message


def test_a_foreign_file_shows_the_header_found_and_the_formats_known(store, unchanged, made):
    message = unchanged(store, "ingest", made("foreign.csv", "a,b,c\n1,2,3\n"), "--store", store)
    assert "a,b,c" in message.replace(" ", "")
    for name in ("marinecadastre-csv2", "marinecadastre-legacy", "dma", "nmea"):
        assert name in message


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_a_wrong_delimiter_is_named(store, unchanged, made, delimiter, word):
    path = made("other.csv", GOOD.replace(",", delimiter))
    message = unchanged(store, "ingest", path, "--store", store)
    assert f"separates fields by comma, this file seems to use {word}" in message
    assert "--map" in message


def test_a_wrong_delimiter_is_read_with_a_map(tmp_path, made, invoke):
    columns = "mmsi=mmsi,timestamp=base_date_time,lat=latitude,lon=longitude,sog=sog"
    tables = []
    for name, text in (("good", GOOD), ("other", GOOD.replace(",", ";"))):
        invoke("ingest", made(f"{name}.csv", text), "--store", tmp_path / name, "--map", columns)
        read = Store.open(tmp_path / name, read_only=True).read(columns=["mmsi", "timestamp", "lon", "lat", "sog"])
        tables.append(read)
    assert tables[0] == tables[1]
    assert tables[0].num_rows == 5


def test_a_delimiter_that_is_none(store, unchanged, made):
    unchanged(store, "ingest", made("odd.csv", GOOD.replace(",", "~")), "--store", store)


def test_latin_1_names_are_kept(tmp_path, made, invoke):
    text = world.csv2(world.rows()[:5], names={world.SHUTTLE: "GRØNLÆNDER"})
    invoke("ingest", made("latin.csv", text.encode("latin-1")), "--store", tmp_path / "new")
    statics = Store.open(tmp_path / "new", read_only=True).read_statics()
    assert statics["name"].to_pylist() == ["GRØNLÆNDER"]


@pytest.mark.parametrize(
    "data", [GOOD.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + GOOD.encode(), GOOD.rstrip("\n").encode()],
    ids=["Windows line ends", "BOM", "no last line end"],
)  # fmt: skip
def test_harmless_differences_change_nothing(tmp_path, made, invoke, data):
    tables = []
    for name, bytes_ in (("plain", GOOD.encode()), ("other", data)):
        invoke("ingest", made(f"{name}.csv", bytes_), "--store", tmp_path / name, "--finished")
        read = Store.open(tmp_path / name, read_only=True)
        tables.append((read.read().drop_columns("file_id"), read.read_statics().drop_columns("file_id")))
        assert read.read_quarantine().num_rows == 0
    assert tables[0] == tables[1]


def test_a_zip_with_two_files_is_read_whole(tmp_path, invoke):
    path = zipped(tmp_path / "two.zip", one=GOOD, two=OTHER)
    told = invoke("ingest", path, "--store", tmp_path / "new").stderr
    assert kept(tmp_path / "new") == 10
    assert "two.zip  marinecadastre-csv2  10" in told


def test_a_zip_with_a_bad_crc(tmp_path, store, unchanged):
    path = zipped(tmp_path / "bad.zip", one=DMA)
    data = bytearray(path.read_bytes())
    at = data.index(b"219000001")
    data[at : at + 9] = b"219000002"
    path.write_bytes(data)
    message = unchanged(store, "ingest", path, "--store", store)
    assert "CRC" in message
    assert "fetch it again" in message


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.99])
def test_a_zst_that_is_cut_off_before_its_first_row(store, unchanged, made, cut):
    data = zstandard.compress(world.csv2(world.rows()).encode())  # one block, which comes whole or not at all
    message = unchanged(store, "ingest", made("cut.csv.zst", data[: int(len(data) * cut)]), "--store", store)
    assert "cut off" in message
    assert "fetch it again" in message


def test_a_zst_that_is_cut_off_gives_its_rows_so_far_and_the_whole_file_the_rest(tmp_path, made, invoke):
    years = [world.csv2(world.rows()).replace("2023-09", f"{1990 + n}-09") for n in range(40)]
    lines = years[0].splitlines()[0], *(line for year in years for line in year.splitlines()[1:])
    data = zstandard.compress(("\n".join(lines) + "\n").encode())
    path, new = made("cut.csv.zst", data[: len(data) // 2]), tmp_path / "new"
    told = invoke("ingest", path, "--store", new, code=1).stderr
    assert f"cut.csv.zst: {path} is cut off; what came before the cut was read" in told
    assert "cut.csv.zst  marinecadastre-csv2 (incomplete)" in told
    assert "Error: 1 of 1 files are incomplete: what could be read of them is in the store" in told
    so_far = kept(new)
    assert 0 < so_far < len(lines) - 1
    invoke("ingest", made("whole.csv.zst", data), "--store", new)
    invoke("ingest", made("plain.csv", "\n".join(lines) + "\n"), "--store", tmp_path / "plain")
    read, expected = (Store.open(path, read_only=True).read() for path in (new, tmp_path / "plain"))
    columns = ["mmsi", "timestamp", "lon", "lat", "sog", "cog"]
    assert read.select(columns) == expected.select(columns)
    assert sorted(set(read["n_receptions"].to_pylist())) == [1, 2]


def test_a_good_file_beside_a_bad_one_is_taken_and_the_exit_code_tells(tmp_path, made, invoke):
    paths = made("good.csv", GOOD), made("empty.csv", b"")
    result = invoke("ingest", *paths, "--store", tmp_path / "new", code=1)
    assert result.stdout == ""
    assert "Error: 1 of 2 files could not be read and left nothing in the store" in result.stderr
    assert kept(tmp_path / "new") == 5


def test_an_nmea_log_that_ends_in_mid_sentence(tmp_path, made, invoke):
    told = invoke(
        "ingest", made("log.nmea", TWO_WHOLE + FIRST_HALF[:50]), "--store", tmp_path / "new", "--finished"
    ).stderr
    store = Store.open(tmp_path / "new", read_only=True)
    assert store.read().num_rows == 2
    (row,) = store.read_quarantine().to_pylist()
    assert row["offset"] == 3
    assert "log.nmea" in row["file"]
    assert row["reason"] in told


def test_an_nmea_log_that_ends_between_two_sentences_of_a_message(tmp_path, made, invoke):
    invoke("ingest", made("log.nmea", TWO_WHOLE + FIRST_HALF), "--store", tmp_path / "new", "--finished")
    store = Store.open(tmp_path / "new", read_only=True)
    assert store.read().num_rows == 2
    assert store.read_quarantine()["offset"].to_pylist() == [3]


READERS = [["store", "info"], ["store", "verify"], ["gaps"], ["tracks"]]
WRITERS = [["store", "compact"], ["store", "vacuum"]]


@pytest.mark.parametrize("command", READERS + WRITERS, ids=" ".join)
def test_a_store_of_a_later_schema(store, refuse, command):
    later(store)
    message = refuse(*command, "--store", store)
    assert "99" in message
    assert "this darkships reads 4" in message


def test_nothing_is_taken_into_a_store_of_a_later_schema(store, refuse, made):
    later(store)
    before = dump(store)
    refuse("ingest", made("good.csv", DMA), "--store", store)
    assert dump(store) == before


@pytest.mark.parametrize("command", [["ingest", "FEED"], *WRITERS], ids=" ".join)
def test_a_store_that_may_not_be_written(store, unchanged, made, monkeypatch, command):
    feed = made("good.csv", DMA)
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.W_OK)
    message = unchanged(store, *(feed if word == "FEED" else word for word in command), "--store", store)
    assert "may not be written" in message


def test_a_store_that_may_not_be_written_can_be_read(store, invoke, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.W_OK)
    assert invoke("gaps", "--store", store).stdout.startswith("gap_id,")
    assert "version" in invoke("store", "info", "--store", store).stdout


def test_a_file_named_again_from_a_store_that_may_not_be_written_is_fine(store, invoke, feed_folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.W_OK)
    assert "in the store already" in invoke("ingest", feed_folder, "--store", store).stderr


@pytest.mark.parametrize("command", READERS + WRITERS, ids=" ".join)
def test_what_is_no_store(tmp_path, refuse, command):
    (tmp_path / "folder").mkdir()
    message = refuse(*command, "--store", tmp_path / "folder")
    assert "is not a store" in message
    assert "darkships ingest" in message
    message = refuse(*command, "--store", tmp_path / "none")
    assert "does not exist" in message
    assert not list((tmp_path / "folder").iterdir())
    assert not (tmp_path / "none").exists()


def test_a_file_is_no_store(tmp_path, made, refuse):
    refuse("gaps", "--store", made("file", "text"), code=2)


def test_an_empty_store_says_what_to_do(tmp_path, refuse, invoke, sites_file):
    path = tmp_path / "empty"
    Store.open(path, create=True)
    assert "positions   0" in invoke("store", "info", "--store", path).stdout
    for command in (["gaps"], ["tracks"], ["watchlist", "--sites", sites_file]):
        assert "holds no reports" in refuse(*command, "--store", path)


def test_a_damaged_catalog(store, refuse):
    (store / "catalog.sqlite").write_bytes(b"no database at all, only text " * 40)
    message = refuse("store", "info", "--store", store)
    assert "catalog" in message


BAD_SITES = {
    "crossing": (
        {"type": "Polygon", "coordinates": [[[130, 42], [131, 43], [131, 42], [130, 43], [130, 42]]]},
        "cross",
    ),
    "inland": ({"type": "Point", "coordinates": [100.0, 47.0]}, "sea"),
    "swapped": ({"type": "Point", "coordinates": [42.2, 130.3]}, "swapped"),
    "empty": ({"type": "Polygon", "coordinates": []}, "coordinates"),
    "line": ({"type": "LineString", "coordinates": [[130, 42], [131, 43]]}, "LineString"),
}


@pytest.mark.parametrize("case", BAD_SITES)
def test_sites_that_cannot_be(store, unchanged, refuse, made, sea_cache, case):
    geometry, word = BAD_SITES[case]
    feature = {"type": "Feature", "properties": {"name": "Odd Place"}, "geometry": geometry}
    path = made("sites.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    for command in ("visits", "trips", "score", "watchlist"):
        message = unchanged(store, command, "--store", store, "--sites", path)
        assert "Odd Place" in message
        assert word.lower() in message.lower()
    assert "Odd Place" in refuse("sites", "show", path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "FeatureCollection"}', "\x00\xff"])
def test_a_sites_file_that_is_none(store, unchanged, made, text):
    message = unchanged(store, "visits", "--store", store, "--sites", made("sites.geojson", text))
    assert "GeoJSON FeatureCollection" in message


def test_an_unknown_list_of_sites_names_those_that_are_there(store, unchanged):
    message = unchanged(store, "watchlist", "--store", store, "--sites", "atlantis")
    assert "atlantis" in message
    assert "sea-of-japan" in message


@pytest.mark.parametrize("name", ["out.xlsx", "out", "no/such/folder/out.csv"])
def test_a_place_that_cannot_be_written_to(tmp_path, store, unchanged, name):
    message = unchanged(store, "gaps", "--store", store, "--out", tmp_path / name)
    assert "out" in message
    assert not (tmp_path / name).exists()


def test_an_as_of_before_all_data_gives_no_rows(store, invoke):
    shown = invoke("gaps", "--store", store, "--as-of", "2001-01-01").stdout
    assert shown.count("\n") == 1


def later(store_path):
    """Make a store one of a later schema version."""
    with sqlite3.connect(store_path / "catalog.sqlite") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    connection.close()


def dump(store_path):
    connection = sqlite3.connect(store_path / "catalog.sqlite")
    lines = list(connection.iterdump())
    connection.close()
    return lines
