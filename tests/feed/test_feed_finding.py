"""Which files are feeds, and the listing of formats."""

import logging

import pytest

from darkships.errors import FeedError
from darkships.feed import detect_format, find_feeds, known_formats, open_feed
from darkships.feed.dialects import CANONICAL, FORMATS

CSV2 = "mmsi,base_date_time,longitude,latitude\n366000001,2026-03-31 00:00:00,-82.5,38.25\n"


def test_a_directory_is_every_feed_below_it_and_the_rest_is_reported(tmp_path):
    for name in ("b.csv", "a/c.nmea", "a/.hidden", ".git/x.csv", "README", "a/manual.PDF", "meta.xml", "a/README.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    told = []
    assert find_feeds([tmp_path, tmp_path / "b.csv"], report=told.append) == [tmp_path / "a/c.nmea", tmp_path / "b.csv"]
    assert len(told) == 6


def test_a_file_that_is_named_is_never_left_out(tmp_path, caplog):
    hidden = tmp_path / ".feed"
    hidden.write_text(CSV2)
    with caplog.at_level(logging.WARNING):
        assert find_feeds([hidden]) == [hidden]
    assert not caplog.records


def test_a_missing_path_is_an_error(tmp_path):
    with pytest.raises(FeedError, match="does not exist"):
        find_feeds([tmp_path / "nothing"])
    with pytest.raises(FeedError, match="cannot be read"):
        open_feed(tmp_path / "nothing")
    with pytest.raises(FeedError, match="cannot be read"):
        open_feed(tmp_path)


def test_a_directory_of_mixed_formats(write, tmp_path):
    write(CSV2, "a.txt")
    write("!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\n", "b.csv")
    write("# Timestamp,Type of mobile,MMSI,Latitude,Longitude\n", "c.nmea")
    assert [detect_format(path) for path in find_feeds([tmp_path])] == ["marinecadastre-csv2", "nmea", "dma"]


def test_a_format_can_be_forced_but_must_fit(write):
    path = write(CSV2)
    assert open_feed(path, format="marinecadastre-csv2").format == "marinecadastre-csv2"
    assert open_feed(path, format="mapped").format == "marinecadastre-csv2"
    with pytest.raises(FeedError, match=r"column 'MMSI' .* is missing|column '# Timestamp'|missing"):
        open_feed(path, format="dma")
    with pytest.raises(FeedError, match="format 'excel' is not known"):
        open_feed(path, format="excel")
    with pytest.raises(FeedError, match="receiver 'radar'"):
        open_feed(path, receiver="radar")


def test_known_formats_are_listed_and_sound():
    assert [name for name, _, _ in known_formats()] == [*(d.name for d in FORMATS), "nmea", "mapped"]
    for dialect in FORMATS:
        assert set(dialect.required) <= set(dialect.columns) <= set(CANONICAL)
