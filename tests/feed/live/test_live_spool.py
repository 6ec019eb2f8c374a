"""The spool: what is in it is on disk, whatever happens, and nobody else's."""

import errno
import os

import pytest

from darkships.errors import FeedError
from darkships.feed import open_feed
from darkships.feed.live.addresses import read_address
from darkships.feed.live.counting import Counts
from darkships.feed.live.source import Source
from darkships.feed.live.spool import Segment, SourceSpool, Spool, close_to_disk

NOW = 1_700_000_000_123
ONE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
STAMPED = b"%d %s" % (NOW, ONE)


@pytest.fixture
def made(tmp_path):
    """Return a function that makes and claims the spool of a source; all are released in the end."""
    all_of_them = []

    def maker(name="udp-a", limit=10**9, receiver="terrestrial"):
        spool = SourceSpool(Spool(tmp_path / "spool", limit), name, receiver)
        spool.claim()
        all_of_them.append(spool)
        return spool

    yield maker
    for spool in all_of_them:
        for _, file in spool.detach():
            file.close()
        spool.release()


def files(spool):
    return sorted(path for path in spool.folder.iterdir() if path.suffix in {".nmea", ".jsonl"})


def test_a_line_is_with_the_system_at_once_and_the_name_says_the_rest(made):
    spool = made()
    assert spool.append("nmea", [STAMPED], NOW)
    (path,) = files(spool)
    assert path.read_bytes()[512:] == STAMPED + b"\n"
    assert (spool.lines, spool.started_ms) == (1, NOW)
    ((segment, file),) = spool.detach()
    close_to_disk(file)
    assert (segment.path, segment.started_ms, segment.receiver, segment.kind) == (path, NOW, "terrestrial", "nmea")
    assert (spool.lines, spool.started_ms) == (0, None)
    assert spool.append("nmea", [STAMPED], NOW)
    assert len(files(spool)) == 2  # never the name of a file that is there


@pytest.mark.parametrize(
    "start", [b"\x1f\x8b\x08", b"PK\x03\x04", b"PAR1", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\0", b"\xff\xfe", b"\0"]
)
@pytest.mark.parametrize("before", [0, 257, 257 - 512 + 1024])
def test_no_bytes_of_strangers_make_a_file_look_like_something_else(made, start, before):
    spool = made()
    spool.append("nmea", [b"x" * before + start + b"ustar\0" * 100, STAMPED], NOW)
    (path,) = files(spool)
    (batch,) = open_feed(path, format="nmea").batches()
    assert batch.positions["mmsi"].to_pylist() == [227006760]
    assert batch.quarantine["reason"].to_pylist() == ["unrecognised"]
    assert batch.skipped == {"comment": 1}


def test_json_is_kept_apart_from_nmea(made):
    spool = made()
    spool.append("jsonl", [b'{"a": 1}'], NOW)
    spool.append("nmea", [STAMPED], NOW)
    spool.append("jsonl", [b'{"a": 2}'], NOW)
    assert [path.read_bytes().strip() for path in files(spool) if path.suffix == ".jsonl"] == [b'{"a": 1}\n{"a": 2}']
    assert spool.lines == 3


@pytest.mark.parametrize("torn", [STAMPED[:-9], b"1", b"\x00" * 7])
def test_what_a_crash_left_is_found_with_its_torn_last_line(made, torn):
    spool = made()
    spool.append("nmea", [STAMPED], NOW)
    (path,) = files(spool)
    with path.open("ab") as file:
        file.write(torn)
    assert spool.leftovers() == [Segment(path)]
    assert path.read_bytes()[512:] == STAMPED + b"\n" + torn + b"\n"
    assert spool.leftovers() == [Segment(path)]
    assert path.read_bytes()[512:] == STAMPED + b"\n" + torn + b"\n"  # mended once


def test_an_empty_file_and_files_of_others_are_no_leftovers(made):
    spool = made()
    (spool.folder / f"{NOW}-0-unknown.nmea").touch()
    (spool.folder / "notes.txt").write_text("keep", encoding="utf-8")
    assert spool.leftovers() == []
    assert [path.name for path in spool.folder.iterdir() if "lock" not in path.name] == ["notes.txt"]


def test_leftovers_of_addresses_that_are_no_longer_named_are_taken_over_in_order(made):
    gone, here = made("gone"), made("here")
    for spool, when in ((gone, NOW), (here, NOW), (here, NOW + 5), (gone, NOW + 1)):
        spool.append("nmea", [STAMPED], when)
        spool.detach()[0][1].close()
    assert len(here.leftovers()) == 2  # the other still has a process
    gone.release()
    found = here.leftovers()
    assert [segment.started_ms for segment in found] == [NOW, NOW, NOW + 1, NOW + 5]
    assert {segment.path.parent for segment in found} == {here.folder}
    assert files(gone) == []


def test_two_processes_never_share_a_folder(made):
    spool = made()
    with pytest.raises(FeedError, match="another darkships listen"):
        made()
    spool.release()
    made()


def test_a_limit_holds_for_all_sources_and_what_was_set_aside(made):
    spool = made(limit=2000)
    assert spool.append("nmea", [STAMPED], NOW)
    segment, file = spool.detach()[0]
    file.close()
    kept = segment.set_aside()
    assert kept.exists()
    assert spool.leftovers() == []
    assert not spool.append("nmea", [b"x" * 1000], NOW)
    assert "limit is 2,000" in spool.spool.trouble
    kept.unlink()
    spool.spool.measure()
    assert spool.append("nmea", [b"x" * 1000], NOW)
    assert spool.spool.trouble == ""


def full_disk(monkeypatch, writes):
    """Let the disk be full after some writes, each half of what is asked."""
    from darkships.feed.live import spool as module

    def write(file, data):
        if not writes:
            file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        writes.pop()
        file.write(data)

    monkeypatch.setattr(module, "_write", write)


def test_a_full_disk_leaves_no_half_line(made, monkeypatch):
    spool = made()
    full_disk(monkeypatch, writes=[1, 1])
    assert spool.append("nmea", [STAMPED], NOW)
    assert not spool.append("nmea", [STAMPED, STAMPED], NOW)
    assert "No space left" in spool.spool.trouble
    monkeypatch.undo()
    assert spool.append("nmea", [ONE], NOW)
    assert files(spool)[0].read_bytes()[512:] == STAMPED + b"\n" + ONE + b"\n"


def test_a_disk_that_is_full_from_the_start_leaves_no_file(made, monkeypatch):
    spool = made()
    full_disk(monkeypatch, writes=[])
    assert not spool.append("nmea", [STAMPED], NOW)
    assert files(spool) == []


class Transport:
    waits = False

    def pause_reading(self):
        self.waits = True

    def resume_reading(self):
        self.waits = False


def test_when_there_is_no_room_senders_wait_and_nothing_is_lost(made, monkeypatch):
    spool, transport = made(), Transport()
    source = Source(read_address("tcp://h:1"), spool, Counts(), lambda _: None, now_ms=lambda: NOW)
    full_disk(monkeypatch, writes=[])
    source.take("p", [ONE])
    assert source.is_full
    source.wait_for_room(transport)
    source.take("p", [ONE])  # was on its way already
    source.tick()
    assert transport.waits
    monkeypatch.undo()
    source.tick()
    assert not transport.waits
    assert not source.is_full
    assert files(spool)[0].read_bytes()[512:] == (STAMPED + b"\n") * 2
    assert (source.counts.lines, source.counts.dropped) == (2, 0)


def test_what_has_no_room_until_the_end_is_counted_as_lost(made, monkeypatch):
    source = Source(read_address("tcp://h:1"), made(), Counts(), lambda _: None, now_ms=lambda: NOW)
    full_disk(monkeypatch, writes=[])
    source.take("p", [ONE, ONE, ONE])
    source.finish()
    assert source.lose_held() == 3
    assert source.counts.dropped == 3
