"""What a file may make of itself when it is opened: bounded memory, and no more bytes than an honest feed has."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile

import pytest
import zstandard

from darkships.errors import FeedError
from darkships.feed import open_feed
from darkships.feed.containers import Container, head, line_blocks, streams

MIB = 1024**2
HEADER = b"mmsi,base_date_time,longitude,latitude,sog,cog,heading\n"
ROW = b"366000001,2026-03-31 00:00:00,-82.5,38.5,0.1,1,2\n"

COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress}


def zipped(data, method=zipfile.ZIP_DEFLATED, name="a.csv"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def tar_header(size):
    info = tarfile.TarInfo("a.csv")
    info.size = size
    return info.tobuf()


def test_a_line_that_does_not_end_takes_no_memory(whole, write):
    got = whole(write(zstandard.compress(HEADER + b"1" * 60_000_000)))
    assert got.reasons == {"columns": 1}
    assert len(got.quarantine["raw"][0].as_py()) == 500


def bombs():
    """Return five MiB of blank lines, in each wrapping."""
    blank = HEADER + b"\n" * (5 * MIB)
    methods = {"bz2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA, "deflate": zipfile.ZIP_DEFLATED}
    found = {kind: compress(blank) for kind, compress in COMPRESS.items()}
    found |= {f"zip {kind}": zipped(blank, method) for kind, method in methods.items()}
    found |= {f"zip of {kind}": zipped(compress(blank)) for kind, compress in COMPRESS.items()}
    found["tar.gz"] = gzip.compress(tar_header(len(blank)) + blank + bytes(1024))
    found["tar of zst"] = tar_header(len(found["zst"])) + found["zst"] + bytes(1024)
    found["empty gz in zip"] = zipped(gzip.compress(HEADER + ROW) + gzip.compress(b"") * (MIB // 4), zipfile.ZIP_LZMA)
    return found


@pytest.mark.parametrize("kind", BOMBS := bombs())
def test_pitfall_13_a_bomb_is_refused(write, monkeypatch, kind):
    """With the free share made small, so that a small bomb does."""
    monkeypatch.setattr(streams, "FREE_BYTES", MIB // 4)
    path = write(BOMBS[kind])
    with pytest.raises(FeedError, match=r"feed.csv.* grows to more than [\d,]+ bytes .* no honest feed"):
        for _ in open_feed(path).batches():
            pass


@pytest.mark.parametrize("kind", COMPRESS)
def test_what_a_station_repeats_is_no_bomb(whole, write, monkeypatch, kind):
    monkeypatch.setattr(streams, "FREE_BYTES", 0)
    row = b"2036996,2026-03-31 %02d:%02d:%02d,-82.5,38.5,,,,BASE STATION AT THE HARBOUR,,,,,,,,\n"
    header = HEADER.strip() + b",vessel_name,a,b,c,d,e,f,g,h\n"
    packed = COMPRESS[kind](header + b"".join(row % (i // 3600, i // 60 % 60, i % 60) for i in range(40_000)))
    assert 40_000 * len(row) > 25 * len(packed)
    assert whole(write(packed)).positions.num_rows == 40_000


def test_no_file_gives_more_than_the_most(write, monkeypatch):
    monkeypatch.setattr(streams, "MOST_BYTES", 1000)
    path = write(gzip.compress(HEADER + ROW * 100))
    with pytest.raises(FeedError, match="more than 1,000 bytes"):
        open_feed(path)


def test_a_zip_whose_members_overlap_is_refused_before_it_is_read(write, monkeypatch):
    """Many names in the directory for the same bytes: each is honest, together they are a bomb."""
    monkeypatch.setattr(streams, "FREE_BYTES", MIB)
    content = zipped(HEADER + ROW * 20_000)
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    count = 2000
    ending = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, count * (end - start), start, 0)
    path = write(content[:start] + content[start:end] * count + ending)
    with pytest.raises(FeedError, match=r"grows to more than"):
        open_feed(path)


def test_a_zip_directory_that_claims_giga_bytes_is_refused(write):
    content = bytearray(zipped(HEADER + ROW))
    content[content.index(b"PK\x05\x06") + 12 :][:4] = b""
    at = content.index(b"PK\x05\x06")
    big = bytes(content[:at]) + bytes(20 * MIB) + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 20 * MIB, at, 0)
    with pytest.raises(FeedError, match="a directory of 20,971,520 bytes"):
        open_feed(write(big))


MOST = 200 * MIB
LINES = ROW * (MIB // len(ROW))


def large(kind):
    """Return some 200 MiB of rows, wrapped; the same MiB over and over, each a frame of its own."""
    count = MOST // len(LINES)
    if kind == "zip":
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("a", "w") as file,
        ):
            for _ in range(count):
                file.write(LINES)
        return buffer.getvalue()
    compress = gzip.compress if kind.endswith("gz") else zstandard.compress
    frames = compress(LINES) * count
    if not kind.startswith("tar"):
        return frames
    padding = -(count * len(LINES)) % 512 + 1024
    return compress(tar_header(count * len(LINES))) + frames + compress(bytes(padding))


@pytest.mark.parametrize("kind", ["gz", "zst", "tar.gz", "tar.zst", "zip"])
def test_a_large_file_is_read_in_bounded_memory(write, kind):
    path = write(large(kind))
    assert path.stat().st_size < MOST / 20
    container = Container(path)
    tracemalloc.start()
    try:
        (member,) = container.members()
        assert head(member).startswith(ROW)
        read = sum(len(block) for block in line_blocks(member, 8 * MIB))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        container.close()
    assert read == MOST // len(LINES) * len(LINES)
    assert peak < 32 * MIB
