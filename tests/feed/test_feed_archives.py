"""Zip and tar archives: every member, hostile ones, cut-off ones; a compressed archive in one pass."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import open_feed
from darkships.feed.containers import members, spans, streams, tars

HEADER = "mmsi,base_date_time,longitude,latitude,sog,cog,heading\n"
NMEA = "\\c:1694044800*5B\\!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\n"
DMA = "# Timestamp,Type of mobile,MMSI,Latitude,Longitude\n18/03/2023 00:00:00,Class A,219000001,55.5,14.5\n1,2\n"


def rows(first, count=3):
    """Return a CSV of ``count`` ships, numbered from ``first`` on."""
    return HEADER + "".join(
        f"{366000000 + i},2026-03-31 00:00:00,-82.{i * 7919 % 9973},38.5,,,\n" for i in range(first, first + count)
    )


def zipped(contents, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def entry(name, type_=tarfile.REGTYPE, **attributes):
    info = tarfile.TarInfo(name)
    info.type = type_
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def tarred(contents, form=tarfile.PAX_FORMAT, extra=()):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            archive.addfile(entry(name, size=len(data)), io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return buffer.getvalue()


ARCHIVES = {"zip": zipped, "tar": tarred}
WRAPS = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


@pytest.mark.parametrize("pack", ARCHIVES.values(), ids=ARCHIVES)
def test_members_of_different_formats_are_each_recognised(whole, write, pack):
    contents = {"b.csv": rows(1, 1), "./sub/a.csv": DMA, "log": NMEA}
    junk = {"__MACOSX/._b.csv": "x", "README.md": "x", "manual.PDF": "x", "meta.xml": "<x/>", ".git/b.csv": rows(7)}
    got = whole(write(pack(contents | junk)))
    assert got.feed.format == "mixed"
    assert got.rows("mmsi", "offset") == [(366000001, 1), (219000001, 2), (227006760, 4)]
    (bad,) = got.quarantine.to_pylist()
    assert bad["file"].endswith("feed.csv!./sub/a.csv")
    assert bad["offset"] == 2
    assert sum("left out" in warning for warning in got.feed.warnings) == len(junk)
    assert got.feed.complete


@pytest.mark.parametrize("pack", ARCHIVES.values(), ids=ARCHIVES)
def test_a_member_may_be_compressed_itself(whole, write, pack):
    contents = {f"{kind}": wrap(rows(i * 10).encode()) for i, (kind, wrap) in enumerate(WRAPS.items())}
    got = whole(write(pack(contents)))
    assert got.positions["mmsi"].to_pylist() == [366000000 + i * 10 + k for i in range(5) for k in range(3)]


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_is_read_however_it_is_made(whole, write, wrap, form):
    deep = "d/" * 45 + "x" * 90 + ".csv"  # too long for the plain header in two of the three
    content = tarred({"a.csv": rows(1, 9), deep: rows(20, 500), "c.csv": rows(1000, 1)}, form, [entry("d", b"5")])
    got = whole(write(wrap(content), "feed.dat"))
    assert got.positions["mmsi"].to_pylist() == [366000000 + i for i in (*range(1, 10), *range(20, 520), 1000)]
    assert got.feed.sources[1].member.name == deep
    assert (got.feed.complete, got.feed.warnings) == (True, [])


def test_an_old_tar_without_a_magic_word_is_told_by_its_checksum(whole, write):
    block = bytearray(tarred({"a.csv": rows(1)}, tarfile.USTAR_FORMAT))
    block[257:265] = bytes(8)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    assert whole(write(bytes(block))).positions.num_rows == 3


def test_a_compressed_tar_is_decompressed_once_to_tell_and_once_to_read(whole, write, monkeypatch):
    """Not once a member: that would be quadratic."""
    contents = {f"{i}.csv": rows(i, 2000) for i in range(30)}
    content = tarred(contents)
    out = []
    spend = streams.Budget.spend
    monkeypatch.setattr(streams.Budget, "spend", lambda self, n: (out.append(n), spend(self, n)))
    assert whole(write(gzip.compress(content))).positions.num_rows == 60_000
    assert sum(out) < 2.5 * len(content)


@pytest.mark.parametrize("pack", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"])
def test_pitfall_13_unsafe_member_names_are_refused(whole, write, pack, name):
    with pytest.raises(FeedError, match="unsafe"):
        whole(write(pack({"good.csv": rows(1), name: rows(5)})))


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        (entry("a", tarfile.SYMTYPE, linkname="/etc/passwd"), "a link"),
        (entry("a", tarfile.LNKTYPE, linkname="good.csv"), "a link"),
        (entry("a", tarfile.CHRTYPE), "a device"),
        (entry("a", tarfile.BLKTYPE), "a device"),
        (entry("a", tarfile.FIFOTYPE), "a pipe"),
        (entry("a", tarfile.GNUTYPE_SPARSE), "a sparse file"),
        (entry("a", pax_headers={"GNU.sparse.major": "1"}), "a sparse file"),
    ],
)
def test_what_is_no_plain_file_in_a_tar_is_refused(whole, write, info, kind):
    with pytest.raises(FeedError, match=f"'a', which is {kind}"):
        whole(write(tarred({"good.csv": rows(1)}, extra=[info])))


def test_a_link_in_a_zip_is_refused(whole, write):
    info = zipfile.ZipInfo("a")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(FeedError, match="'a', which is a link or device"):
        whole(write(zipped({"good.csv": rows(1), info: "/etc/passwd"})))


def test_an_entry_of_unknown_kind_and_what_follows_the_end_are_told(whole, write):
    content = tarred({"a.csv": rows(1)}, tarfile.GNU_FORMAT, [entry("label", b"V")])
    got = whole(write(content + tarred({"b.csv": rows(5)})))
    assert got.positions.num_rows == 3
    assert ["'label'" in note or "follows the end" in note for note in got.feed.warnings] == [True, True]


def test_a_name_that_claims_giga_bytes_is_refused(whole, write):
    header = entry("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=8 * 1024**3).tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(FeedError, match="takes 8,589,934,592 bytes"):
        whole(write(header + tarred({"a.csv": rows(1)})))


@pytest.mark.parametrize("pack", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_without_feeds_is_an_error(whole, write, pack):
    with pytest.raises(FeedError, match="holds no feed"):
        whole(write(pack({"README.md": "x"})))


def test_an_empty_zip_is_an_error(whole, write):
    with pytest.raises(FeedError, match="holds no feed"):
        whole(write(zipped({})))


@pytest.mark.parametrize("outer", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize("inner", ARCHIVES)
def test_an_archive_in_an_archive_is_refused(whole, write, outer, inner):
    with pytest.raises(FeedError, match=f"feed.csv!in is a {inner} archive.*extract"):
        whole(write(outer({"in": ARCHIVES[inner]({"a.csv": rows(1)})})))


@pytest.mark.parametrize("pack", ARCHIVES.values(), ids=ARCHIVES)
def test_a_member_that_is_no_feed_does_not_keep_the_others_out(whole, write, pack):
    got = whole(write(pack({"a.csv": rows(1), "stations.csv": "id,name\n1,Alpha\n", "c.csv": rows(10)})))
    assert got.positions.num_rows == 6
    assert not got.feed.complete
    (warning,) = got.feed.warnings
    assert "feed.csv!stations.csv" in warning
    assert "id,name" in warning


def test_a_thousand_that_are_none_are_told_in_few_lines(whole, write):
    with pytest.raises(FeedError, match=r"none of the 1,000 files in it could be read: .*!0: .*!1: .*!2: "):
        open_feed(write(zipped({str(i): "a,b\n1,2\n" for i in range(1000)})))
    got = whole(write(zipped({str(i): rows(1) if i == 500 else "a,b\n" for i in range(1000)})))
    assert len(got.feed.warnings) == 21
    assert got.feed.warnings[-1].endswith("979 more files could not be read")


def test_too_many_members_are_refused(whole, write, monkeypatch):
    monkeypatch.setattr(members, "MOST_MEMBERS", 3)
    with pytest.raises(FeedError, match="more than 3 files"):
        whole(write(zipped({str(i): rows(1) for i in range(4)})))


@pytest.mark.parametrize("pack", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize("wrap", [bytes, gzip.compress], ids=["plain", "gz"])
def test_parquet_in_an_archive_is_read_from_a_passing_copy(whole, write, tmp_path, pack, wrap):
    sink = io.BytesIO()
    pq.write_table(arrow_csv.read_csv(pa.BufferReader(rows(1, 50).encode())), sink)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    got = whole(write(pack({"a.parquet": wrap(sink.getvalue()), "b.csv": rows(90)})), scratch=scratch)
    assert got.positions.num_rows == 53
    assert not list(scratch.iterdir())
    assert whole(write(gzip.compress(sink.getvalue()))).positions.num_rows == 50


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_every_method_of_zip(whole, write, method):
    content = zipped({"a.csv": rows(0, 5000), "b.csv": rows(5000, 5)}, method)
    assert whole(write(content)).positions.num_rows == 5005
    damaged = bytearray(content)
    damaged[1000] ^= 1
    with pytest.raises(FeedError, match=r"damaged|not recognised"):
        whole(write(bytes(damaged)))


def test_a_zip_written_to_a_pipe_and_one_in_the_64_bit_form(whole, write, monkeypatch):
    class Unseekable(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise io.UnsupportedOperation

    contents = {f"{i}.csv": rows(i * 10) for i in range(5)}
    buffer = Unseekable()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    assert whole(write(buffer.getvalue())).positions.num_rows == 15
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 40)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    content = zipped(contents)
    assert b"PK\x06\x06" in content
    assert whole(write(content)).positions.num_rows == 15
    got = whole(write(content[: content.index(b"PK\x01\x02") - 5]))
    assert (got.positions.num_rows, got.feed.complete) == (14, False)


@pytest.mark.parametrize(
    ("at", "value", "match"),
    [
        (10, 9, "compressed by Deflate64"),
        (10, 98, "compressed by PPMd"),
        (10, 77, "compressed by method 77"),
        (8, 1, "encrypted"),
        (8, 9, "encrypted"),
    ],
)
def test_members_that_need_another_program_are_refused(whole, write, at, value, match):
    content = bytearray(zipped({"a.csv": rows(1)}))
    content[content.index(b"PK\x01\x02") + at] = value
    with pytest.raises(FeedError, match=f"'a.csv' is {match}"):
        whole(write(bytes(content)))


@pytest.mark.parametrize("what", ["crc", "size", "packed size", "place"])
def test_a_directory_that_does_not_tell_the_truth_is_damage(whole, write, what):
    content = bytearray(zipped({"a.csv": rows(1, 100)}))
    directory = content.index(b"PK\x01\x02")
    at = directory + {"crc": 16, "size": 24, "packed size": 20, "place": 42}[what]
    content[at] ^= 0x40
    content[at + 1] = 0
    with pytest.raises(FeedError, match="damaged"):
        whole(write(bytes(content)))


@pytest.mark.parametrize("share", [0.35, 0.6, 0.95])
@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_a_tar_that_is_cut_off_gives_its_rows_so_far(whole, write, wrap, share):
    contents = {f"{i}.csv": rows(i * 5000, 5000) for i in range(8)}
    content = wrap(tarred(contents))
    got = whole(write(content[: int(len(content) * share)]))
    assert not got.feed.complete
    assert any("cut off" in warning for warning in got.feed.warnings)
    read = got.positions["mmsi"].to_pylist()
    assert read == [366000000 + i for i in range(len(read))]
    assert 0.1 < len(read) / 40_000 < 1
    assert got.reasons.keys() <= {"truncated"}


def test_a_tar_without_its_end_mark_is_cut_off(whole, write):
    content = tarred({"a.csv": rows(1), "b.csv": rows(10)})
    got = whole(write(content[: content.rindex(b"\n") // 512 * 512 + 512]))
    assert (got.positions.num_rows, got.feed.complete) == (6, False)


def test_pitfall_14_a_zip_that_is_cut_off_gives_its_rows_so_far(whole, write):
    contents = {"README.md": "x", "d/": "", **{f"{i}.csv": rows(i * 5000, 5000) for i in range(4)}}
    content = zipped(contents)
    got = whole(write(content[: content.index(b"PK\x01\x02") - 100]))
    assert 15_000 < got.positions.num_rows < 20_000
    assert not got.feed.complete
    got = whole(write(content[: content.index(b"3.csv") - 4]))
    assert (got.positions.num_rows, got.feed.complete) == (15_000, False)
    for missing in (1, 18, 21, 22):
        got = whole(write(content[:-missing]))
        assert (got.positions.num_rows, got.feed.complete) == (20_000, False)
    with pytest.raises(FeedError, match="cut off"):
        whole(write(content[:20]))


def test_a_checksum_at_the_end_of_a_compressed_tar_is_checked(whole, write):
    damaged = bytearray(gzip.compress(tarred({"a.csv": rows(1, 50)})))
    damaged[-8] ^= 1
    with pytest.raises(FeedError, match="damaged"):
        whole(write(bytes(damaged)))


GOOD = {
    "zip": zipped({"a.csv": rows(0, 40), "b.csv": gzip.compress(rows(40, 40).encode())}),
    "tar": tarred({"a.csv": rows(0, 40), "x" * 120: gzip.compress(rows(40, 40).encode())}),
}
GOOD["tar.gz"] = gzip.compress(GOOD["tar"])


@pytest.mark.parametrize("kind", GOOD)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(changes=st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), max_size=3), cut=st.integers(0, 2**20))
def test_whatever_happens_to_an_archive_it_is_read_or_refused(whole, write, kind, changes, cut):
    content = bytearray(GOOD[kind])
    for at, bits in changes:
        content[at % len(content)] ^= bits
    content = content[: cut % (2 * len(content)) + 1]
    try:
        whole(write(bytes(content)))
    except FeedError as error:
        assert "feed.csv" in str(error)  # noqa: PT017  either is fine


def test_names_of_strangers_are_shown_without_what_is_not_text(whole, write):
    got = whole(write(tarred({"a\x1b[31m\udcff.csv": rows(1) + "1,2\n", "b.csv": rows(5)})))
    assert got.quarantine["file"].to_pylist()[0].endswith("!a\ufffd[31m\ufffd.csv")


def test_the_file_is_let_go(write, monkeypatch):
    opened = []
    original = spans.FileBase.read_at
    monkeypatch.setattr(spans.FileBase, "read_at", lambda self, *a: (opened.append(self), original(self, *a))[1])
    feed = open_feed(write(tarred({"a.csv": rows(1), "b.csv": rows(9)})))
    batches = feed.batches()
    next(batches)
    assert opened[0]._file is not None
    batches.close()
    assert opened[0]._file is None


def test_a_tar_header_is_not_taken_for_granted():
    assert not tars.is_tar(bytes(512))
    assert not tars.is_tar(rows(1, 40).encode()[:512])
    assert not tars.is_tar(b"")
