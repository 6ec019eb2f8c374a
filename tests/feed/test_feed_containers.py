"""Containers by their first bytes: members, cut-off and damaged archives, hostile names."""

import bz2
import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed.containers import streams

HEADER = "mmsi,base_date_time,longitude,latitude,sog,cog,heading\n"
ROWS = [f"366000001,2026-03-31 00:{i // 60:02d}:{i % 60:02d},-82.{i:04d},38.5,0.{i % 10},1,2\n" for i in range(3000)]
TEXT = (HEADER + "".join(ROWS)).encode()


def zstd_frames(*pieces):
    return b"".join(zstandard.ZstdCompressor(write_content_size=False).compress(piece) for piece in pieces)


def zipped(members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **options)
    return buffer.getvalue()


TOLD = datetime(2012, 1, 1, tzinfo=UTC)

COMPRESSED = {
    "gz": gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:]),
    "bz2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zst": zstd_frames(TEXT[:5000], TEXT[5000:]),
    "zip": zipped({"ais.csv": TEXT}),
}


@pytest.mark.parametrize("kind", COMPRESSED)
def test_pitfall_13_compressed_feeds_by_content_not_by_name(whole, write, kind):
    got = whole(write(COMPRESSED[kind], "feed.dat"))
    assert (got.positions.num_rows, got.feed.complete, got.feed.format) == (3000, True, "marinecadastre-csv2")


@pytest.mark.parametrize(
    ("kind", "share"), [("gz", 0.3), ("gz", 0.9), ("zst", 0.5), ("zst", 0.9), ("bz2", 0.9), ("xz", 0.9)]
)
def test_pitfall_14_a_cut_off_file_gives_its_rows_so_far_and_says_so(whole, write, kind, share):
    rows = (f"36600{i * 7919 % 9999:04d},2026-03-31 00:00:00,-82.5,38.{i * 104729 % 99991},,,\n" for i in range(25_000))
    frame = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd_frames}[kind]
    content = frame((HEADER + "".join(rows)).encode())
    got = whole(write(content[: int(len(content) * share)]))
    assert not got.feed.complete
    assert any("cut off" in warning for warning in got.feed.warnings)
    assert 0 < got.positions.num_rows < 25_000
    assert got.reasons.keys() <= {"truncated"}
    assert got.positions["offset"].to_pylist() == list(range(1, got.positions.num_rows + 1))


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_the_standard_library_does_where_the_faster_one_is_not_made_for_the_machine(whole, write, monkeypatch, kind):
    monkeypatch.setattr(streams, "ZLIB", zlib)
    content = COMPRESSED[kind]
    assert whole(write(content)).positions.num_rows == 3000
    got = whole(write(content[: len(content) // 2]))
    assert (0 < got.positions.num_rows < 3000, got.feed.complete) == (True, False)
    with pytest.raises(FeedError, match="damaged"):
        whole(write(content[:2000] + bytes(20) + content[2020:]))


def test_a_zst_cut_between_frames_is_whole(whole, write):
    assert whole(write(zstd_frames(TEXT))).feed.complete


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_wrong_crc_is_an_error(whole, write, kind):
    plain = TEXT[:1000] + b"\n"
    damaged = bytearray(
        gzip.compress(plain) if kind == "gz" else zipped({"a.csv": plain}, compress_type=zipfile.ZIP_STORED)
    )
    if kind == "gz":
        damaged[-8] ^= 0xFF
    else:
        damaged[damaged.index(b"38.5")] ^= 1
    with pytest.raises(FeedError, match="damaged"):
        whole(write(bytes(damaged)))


def skippable(size):
    return b"\x5a\x2a\x4d\x18" + struct.pack("<I", size) + b"?" * size


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TEXT[:5000]) + bytes(512) + gzip.compress(b"") + gzip.compress(TEXT[5000:]) + bytes(10_000),
        bz2.compress(TEXT[:5000]) + bz2.compress(TEXT[5000:]),
        lzma.compress(TEXT[:5000]) + bytes(8) + lzma.compress(TEXT[5000:]),
        skippable(3) + zstd_frames(TEXT[:5000]) + skippable(300_000) + zstd_frames(b"", TEXT[5000:]) + skippable(0),
        b"".join(gzip.compress(line.encode()) for line in (HEADER, *ROWS)),
    ],
    ids=["gz padded", "bz2", "xz padded", "zst skippable", "gz a line a member"],
)
def test_pitfall_13_a_stream_of_many_frames_is_read_to_its_end(whole, write, content):
    got = whole(write(content))
    assert (got.positions.num_rows, got.feed.complete, got.quarantine.num_rows) == (3000, True, 0)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_what_follows_the_frames_is_not_dropped_in_silence(whole, write, kind):
    with pytest.raises(FeedError, match="is damaged"):
        whole(write(COMPRESSED[kind] + b"more than a few bytes"))


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_compressed_twice_is_refused(whole, write, kind):
    with pytest.raises(FeedError, match="more than once"):
        whole(write(gzip.compress(COMPRESSED[kind])))


ONE_FRAME = {
    "gz": gzip.compress(TEXT),
    "bz2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress(TEXT),
}
MMSI_AND_TIMES = [(366000001, datetime(2026, 3, 31, 0, i // 60, i % 60, tzinfo=UTC)) for i in range(3000)]


@pytest.mark.parametrize("kind", ONE_FRAME)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_cut_anywhere_it_gives_the_rows_so_far_and_is_never_taken_for_whole(whole, write, kind, data):
    cut = data.draw(st.integers(1, len(ONE_FRAME[kind]) - 1))
    try:
        got = whole(write(ONE_FRAME[kind][:cut]))
    except FeedError as error:
        assert re.search("cut off|not recognised|is binary", str(error))  # noqa: PT017  too little to tell the format
        return
    assert not got.feed.complete
    assert got.rows("mmsi", "timestamp") == MMSI_AND_TIMES[: got.positions.num_rows]


@pytest.mark.parametrize("kind", ONE_FRAME)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_with_a_byte_changed_it_is_never_taken_for_whole(whole, write, kind, data):
    content = bytearray(ONE_FRAME[kind])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        got = whole(write(bytes(content)))
    except FeedError:
        return
    assert not got.feed.complete or got.rows("mmsi", "timestamp") == MMSI_AND_TIMES


def test_a_window_that_takes_too_much_memory_is_refused(whole, write):
    wide = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    with pytest.raises(FeedError, match="needs more memory"):
        whole(write(compressor.compress(TEXT) + compressor.flush()))


@pytest.mark.parametrize("kind", COMPRESSED)
def test_damage_in_the_middle_is_an_error_and_not_a_crash(whole, write, kind):
    damaged = bytearray(COMPRESSED[kind])
    middle = len(damaged) // 2
    damaged[middle : middle + 40] = bytes(40)
    with pytest.raises(FeedError, match=r"damaged|not recognised"):  # bzip2 gives bytes out before it checks them
        whole(write(bytes(damaged)))


@pytest.mark.parametrize("name", ["nm4.gz", "nm4.zip"])
def test_real_archives(whole, sample, name):
    got = whole(sample(f"nmea/misc/test_data_20211101.{name}"))
    assert (got.feed.format, got.rows_read) == ("nmea", 1000)


def test_a_real_tar(whole, sample):
    packed, plain = (
        whole(sample(f"nmea/aislib/replay_dump.txt{kind}"), start_time=TOLD) for kind in (".tar.gz", ".gz")
    )
    assert packed.positions.drop_columns("offset") == plain.positions.drop_columns("offset")
    assert packed.positions.num_rows > 0
