"""A plain file read from where it was left: whole lines only, row numbers and decisions go on."""

import gzip
import io
import tarfile

import pytest

from darkships.feed.containers import is_plain
from darkships.feed.prefix import HEAD_SIZE, Prefix
from darkships.feed.read import open_feed

HEADER = "mmsi,base_date_time,longitude,latitude\n"
ROWS = [f"27300000{n},2023-09-07 00:0{n}:00,132.{n},42.{n}\n" for n in range(1, 8)]
SENTENCES = [f"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23,rA,169404480{n}\n" for n in range(1, 8)]
TEXTS = {"csv": (HEADER, ROWS), "nmea": ("", SENTENCES)}


def read(path, **options):
    tapped = []
    feed = open_feed(path, tap=tapped.append, **options)
    batches = list(feed.batches())
    offsets = [n for batch in batches for n in batch.positions["offset"].to_pylist()]
    skipped = [batch.skipped["unfinished_line"] for batch in batches if "unfinished_line" in batch.skipped]
    assert not [n for batch in batches for n in batch.quarantine["offset"].to_pylist()]
    return feed, offsets, skipped, b"".join(tapped)


@pytest.mark.parametrize("kind", TEXTS)
def test_reading_goes_on_after_the_last_whole_line(kind, write):
    header, rows = TEXTS[kind]
    text = (header + "".join(rows[:3])).encode()
    path = write(text + rows[3][:20].encode())
    feed, offsets, skipped, tapped = read(path, final=False)
    assert (feed.consumed, feed.rows, offsets, skipped) == (len(text), 3, [1, 2, 3], [1])
    assert tapped == text
    assert any("held back" in warning for warning in feed.warnings)
    whole = (header + "".join(rows)).encode()
    write(whole)
    feed, offsets, skipped, tapped = read(path, final=False, start=feed.consumed, first_row=feed.rows, carry=feed.carry)
    assert (feed.consumed, feed.rows, offsets, skipped) == (len(whole), 7, [4, 5, 6, 7], [])
    assert text + tapped == whole


@pytest.mark.parametrize("kind", TEXTS)
def test_the_last_line_of_a_finished_file_needs_no_end(kind, write):
    header, rows = TEXTS[kind]
    text = (header + "".join(rows[:3])).rstrip("\n").encode()
    feed, offsets, skipped, tapped = read(write(text))
    assert (feed.consumed, feed.rows, offsets, skipped, tapped) == (len(text), 3, [1, 2, 3], [], text)


def test_what_decided_the_order_of_dates_is_carried(write):
    mapping = {"mmsi": "id", "timestamp": "t", "lat": "y", "lon": "x"}
    first = b"id,t,y,x\n273000001,13/05/2023 00:00:00,42,132\n"
    feed, *_ = read(write(first), column_map=mapping)
    path = write(first + b"273000001,01/06/2023 00:00:00,42,132\n")
    feed = open_feed(path, column_map=mapping, start=feed.consumed, first_row=feed.rows, carry=feed.carry)
    (batch,) = feed.batches()
    assert [f"{t:%m-%d}" for t in batch.positions["timestamp"].to_pylist()] == ["06-01"]


def test_plain_is_what_is_neither_compressed_nor_an_archive(write):
    assert is_plain(write("id,t\n"))
    assert not is_plain(write(gzip.compress(b"id,t\n")))
    assert not is_plain(write(b"PAR1 and so on"))
    assert not is_plain(write(b"PK\x03\x04 and so on"))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("name"))
    assert not is_plain(write(archive.getvalue()))


def test_a_prefix_is_hashed_alike_however_its_bytes_come(write):
    data = bytes(range(256)) * 40
    path = write(data)
    with Prefix(path) as prefix:
        found = {n: prefix.digest(n) for n in (0, 10, HEAD_SIZE, len(data))}
    for pieces in ((10_240,), (1, 4_095, 6_144), (4_095, 6_145), (5_000, 5_240)):
        with Prefix(path) as prefix:
            at = 0
            for size in pieces:
                prefix.feed(data[at : at + size])
                at += size
            assert (prefix.digest(), prefix.length, prefix.head_hash) == (found[len(data)], len(data), found[HEAD_SIZE])
    with Prefix(path) as prefix:
        prefix.digest(10)
        prefix.mark()
        prefix.run_to(len(data))
        assert prefix.digest() == found[len(data)]
        prefix.rewind()
        assert (prefix.digest(), prefix.head_hash) == (found[10], "")


@pytest.mark.parametrize(
    ("text", "whole"), [(b"", 0), (b"no end", 0), (b"a\n", 2), (b"a\nb", 2), (b"a\n" + b"x" * 3_000_000, 2)]
)
def test_how_much_of_a_file_is_whole_lines(write, text, whole):
    path = write(text)
    with Prefix(path) as prefix:
        assert prefix.whole_lines(len(text)) == whole


def test_whether_a_file_still_has_its_name_and_its_content(write):
    path = write("one\n")
    with Prefix(path) as prefix:
        assert prefix.has_name()
        assert prefix.is_as_before()
        with path.open("a") as file:
            file.write("two\n")
        assert not prefix.is_as_before()
        path.rename(path.with_name("rotated"))
        assert not prefix.has_name()
        path.write_text("new\n")
        assert not prefix.has_name()
        with Prefix(path.with_name("rotated")) as rotated:
            assert prefix.digest(4) == rotated.digest(4)
