"""Containers by their first bytes: members, cut-off and damaged archives, hostile names."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
import zstandard

from darkships.errors import FeedError

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


COMPRESSED = {
    "gz": gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:]),
    "bz2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zst": zstd_frames(TEXT[:5000], TEXT[5000:]),
    "zip": zipped({"ais.csv": TEXT}),
}


@pytest.mark.parametrize("kind", COMPRESSED)
def test_compressed_feeds_by_content_not_by_name(whole, write, kind):
    got = whole(write(COMPRESSED[kind], "feed.dat"))
    assert (got.positions.num_rows, got.feed.complete, got.feed.format) == (3000, True, "marinecadastre-csv2")


@pytest.mark.parametrize(
    ("kind", "share"), [("gz", 0.3), ("gz", 0.9), ("zst", 0.5), ("zst", 0.9), ("bz2", 0.9), ("xz", 0.9)]
)
def test_a_cut_off_file_gives_its_rows_so_far_and_says_so(whole, write, kind, share):
    rows = (f"36600{i * 7919 % 9999:04d},2026-03-31 00:00:00,-82.5,38.{i * 104729 % 99991},,,\n" for i in range(25_000))
    frame = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd_frames}[kind]
    content = frame((HEADER + "".join(rows)).encode())
    got = whole(write(content[: int(len(content) * share)]))
    assert not got.feed.complete
    assert any("cut off" in warning for warning in got.feed.warnings)
    assert 0 < got.positions.num_rows < 25_000
    assert got.reasons.keys() <= {"truncated"}
    assert got.positions["offset"].to_pylist() == list(range(1, got.positions.num_rows + 1))


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


@pytest.mark.parametrize("kind", COMPRESSED)
def test_damage_in_the_middle_is_an_error_and_not_a_crash(whole, write, kind):
    damaged = bytearray(COMPRESSED[kind])
    middle = len(damaged) // 2
    damaged[middle : middle + 40] = bytes(40)
    with pytest.raises(FeedError, match=r"damaged|not recognised"):  # bzip2 gives bytes out before it checks them
        whole(write(bytes(damaged)))


def test_members_of_different_formats_are_each_recognised(whole, write):
    dma = "# Timestamp,Type of mobile,MMSI,Latitude,Longitude\n18/03/2023 00:00:00,Class A,219000001,55.5,14.5\n1,2\n"
    members = {"b.csv": HEADER + ROWS[0], "sub/a.csv": dma, "__MACOSX/._b.csv": "x", "README.md": "x", "sub/": ""}
    got = whole(write(zipped(members)))
    assert got.feed.format == "mixed"
    assert got.rows("mmsi", "offset") == [(366000001, 1), (219000001, 2)]
    assert got.quarantine.to_pylist()[0]["file"].endswith("feed.csv!sub/a.csv")
    assert got.quarantine["offset"].to_pylist() == [2]
    assert sum("left out" in warning for warning in got.feed.warnings) == 2


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv"])
def test_unsafe_member_names_are_refused(whole, write, name):
    with pytest.raises(FeedError, match="unsafe"):
        whole(write(zipped({name: TEXT})))


def test_a_zip_without_feeds_is_an_error(whole, write):
    with pytest.raises(FeedError, match="holds no feed"):
        whole(write(zipped({"README.md": "x"})))


def test_a_bomb_is_read_in_bounded_pieces(whole, write):
    with pytest.raises(FeedError, match="no line end"):
        whole(write(zstd_frames(HEADER.encode() + b"1" * 60_000_000)))


@pytest.mark.parametrize("name", ["nmea/misc/test_data_20211101.nm4.gz", "nmea/misc/test_data_20211101.nm4.zip"])
def test_real_archives(whole, sample, name):
    got = whole(sample(name))
    assert (got.feed.format, got.rows_read) == ("nmea", 1000)
