"""Plain files that grow: a last line without its end is held back, and a later reading begins where the lines ended."""

import gzip
import tarfile
from functools import reduce
from operator import xor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import open_feed
from darkships.feed.containers import is_plain

HEADER = "mmsi,base_date_time,longitude,latitude,sog,cog,heading\n"
ROWS = [f"{366000000 + i},2026-03-31 00:00:{i:02d},-82.5,38.5,,,\n" for i in range(1, 31)]
CSV = HEADER + "".join(ROWS)
SENTENCE = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
SECONDS = range(1694044800, 1694044830)
LOG = "".join(f"\\c:{s}*{reduce(xor, f'c:{s}'.encode()):02X}\\{SENTENCE}\n" for s in SECONDS)


@pytest.mark.parametrize("text", [CSV, LOG], ids=["csv", "nmea"])
def test_pitfall_14_an_unfinished_last_line_is_held_back_and_counted(whole, write, text):
    cut = text[:-20]
    path = write(cut)
    got = whole(path, final=False)
    assert got.positions.num_rows == 29
    assert got.skipped["unfinished_line"] == 1
    assert got.quarantine.num_rows == 0
    assert got.feed.consumed == cut.rindex("\n") + 1
    path.write_text(text, encoding="utf-8")
    seen = []
    rest = whole(path, final=False, start=got.feed.consumed, tap=lambda lines: seen.append(bytes(lines)))
    assert b"".join(seen) == text.encode()[got.feed.consumed :]
    assert (rest.positions.num_rows, rest.rows_read, rest.feed.consumed) == (1, 1, len(text))
    nothing = whole(path, final=False, start=rest.feed.consumed)
    assert (nothing.rows_read, nothing.feed.consumed) == (0, len(text))


@pytest.mark.parametrize("text", [CSV, LOG], ids=["csv", "nmea"])
def test_a_last_line_of_a_file_that_is_final_is_read(whole, write, text):
    got = whole(write(text.rstrip("\n")))
    assert (got.positions.num_rows, got.skipped.total(), got.feed.consumed) == (30, 0, len(text) - 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(cuts=st.lists(st.integers(0, len(CSV)), max_size=6).map(sorted), size=st.sampled_from([70, 200, 10_000]))
def test_however_a_file_grows_each_row_is_read_once(whole, write, monkeypatch, cuts, size):
    monkeypatch.setattr("darkships.feed.containers.line_blocks.__defaults__", (size,))
    start, mmsi = 0, []
    for cut in (*cuts, len(CSV)):
        if cut < len(HEADER):
            continue
        got = whole(write(CSV[:cut]), final=False, start=start)
        mmsi += got.positions["mmsi"].to_pylist()
        assert got.rows_read == got.positions.num_rows + (got.feed.consumed < cut)
        start = got.feed.consumed
    assert mmsi == [366000000 + i for i in range(1, 31)]
    assert start == len(CSV)


def test_a_header_alone_is_a_feed_of_no_rows_yet(whole, write):
    assert whole(write(HEADER), final=False).feed.consumed == len(HEADER)
    got = whole(write(HEADER.rstrip("\n")), final=False)
    assert (got.feed.consumed, got.skipped["unfinished_line"]) == (0, 1)


def test_only_what_is_plain_can_grow_line_by_line(write):
    wrapped = [gzip.compress(CSV.encode()), b"PK\x03\x04", b"PK\x05\x06", b"PAR1", tarfile.TarInfo("a").tobuf()]
    assert [is_plain(write(content)) for content in (CSV, LOG, "", *wrapped)] == [True] * 3 + [False] * 5
    with pytest.raises(FeedError, match=r"none.csv cannot be read"):
        is_plain(write(CSV).with_name("none.csv"))


def test_what_is_compressed_is_final_and_cannot_be_read_from_the_middle(whole, write):
    path = write(gzip.compress(CSV.rstrip("\n").encode()))
    got = whole(path, final=False)
    assert (got.positions.num_rows, got.skipped.total(), got.feed.consumed) == (30, 0, 0)
    with pytest.raises(FeedError, match="only a plain file can be read from the middle"):
        open_feed(path, start=10)
