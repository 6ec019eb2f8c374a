"""Which files are feeds, and the listing of formats."""

import logging
import os
from pathlib import Path

import pytest

from darkships.errors import FeedError
from darkships.feed import detect_format, find_feeds, known_formats, open_feed
from darkships.feed.dialects import CANONICAL, FORMATS
from darkships.feed.finding import Pipe

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


@pytest.fixture
def tree(tmp_path):
    for name in ("a.csv", "b.nmea", "logs/c.csv", "logs/deep/d.csv", "logs/deep/e.txt", "logs/.x.csv", "logs/READ.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(CSV2)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["a.csv"]),
        ("[ab].*", ["a.csv", "b.nmea"]),
        ("**/*.csv", ["a.csv", "logs/c.csv", "logs/deep/d.csv"]),
        ("logs/?.csv", ["logs/c.csv"]),
        ("l*/d*/*", ["logs/deep/d.csv", "logs/deep/e.txt"]),
        ("logs/**", ["logs/c.csv", "logs/deep/d.csv", "logs/deep/e.txt"]),
        ("l*", ["logs/c.csv", "logs/deep/d.csv", "logs/deep/e.txt"]),
    ],
)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_pattern_is_all_that_it_matches(tree, monkeypatch, pattern, expected, absolute):
    monkeypatch.chdir(tree)
    base = tree if absolute else Path()
    for name in (str(base / pattern), base / pattern):
        assert find_feeds([name], report=lambda _: None) == [base / name for name in expected]


def test_what_a_pattern_matches_and_is_no_feed_is_reported(tree):
    told = []
    assert find_feeds([str(tree / "logs/*.md"), str(tree / "a.csv")], report=told.append) == [tree / "a.csv"]
    assert ["READ.md was left out" in line for line in told] == [True]


def test_a_file_that_exists_is_no_pattern(tree):
    odd = tree / "[ab].csv"
    odd.write_text(CSV2)
    assert find_feeds([str(odd)]) == [odd]


def test_a_pattern_that_matches_nothing_is_an_error(tree):
    with pytest.raises(FeedError, match=r"no file matches .*\*\.zip"):
        find_feeds([str(tree / "*.zip")])


def test_a_name_that_no_system_takes_is_an_error(tree):
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(FeedError, match=r"cannot be read|does not exist"):
            find_feeds([name])


def test_links_and_what_may_not_be_read_are_reported(tree, monkeypatch):
    (tree / "logs/loop").symlink_to(tree)
    (tree / "logs/gone.csv").symlink_to(tree / "nowhere")
    original = os.scandir

    def scandir(path):
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    told = []
    assert find_feeds([tree / "logs"], report=told.append) == [tree / "logs/c.csv"]
    assert len(told) == 5
    assert any("deep was left out: it cannot be read (Permission denied)" in line for line in told)
    assert any("loop was left out: a hidden folder, or a link to one" in line for line in told)
    assert any("gone.csv was left out: it is no plain file" in line for line in told)


def test_each_feed_is_found_once(tree):
    names = [tree / "a.csv", str(tree / "a.csv"), str(tree / "*.csv"), "-", "-", Pipe()]
    assert find_feeds(names) == [tree / "a.csv", Pipe()]
    assert find_feeds(find_feeds(names)) == [tree / "a.csv", Pipe()]
