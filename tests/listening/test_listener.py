"""The listener and its committer: real sockets, a real store; what is received is committed once, whatever happens."""

import asyncio
import contextlib
import gc
import re
import socket
import time
import warnings
from datetime import UTC, datetime

import pytest
from pyais.encode import encode_dict

from darkships import intake, listening
from darkships.errors import FeedError, StoreError
from darkships.feed.live.addresses import read_address
from darkships.feed.live.receiver import Limits
from darkships.feed.live.spool import SourceSpool, Spool
from darkships.listening.committer import Committed
from darkships.listening.leftovers import take_leftovers
from darkships.listening.listener import Listener, make_receiver
from darkships.listening.settings import Settings
from darkships.positions.store import Store

DEADLINE_S = 60.0
MMSI = 273000000
PART_1, PART_2 = encode_dict({"msg_type": 5, "mmsi": 273000001, "shipname": "SYNTH"}, talker_id="AI", seq_id=3)


def report(number):
    """Return a position report of a vessel of its own."""
    fields = {"msg_type": 1, "mmsi": MMSI + number, "lat": 42.5, "lon": 131.0 + number / 1000, "speed": 5.0}
    return encode_dict(fields, talker_id="AI")[0]


async def until(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.01)


class Running:
    """A listener on a port of UDP that tests talk to."""

    def __init__(self, store, **settings):
        self.said = []
        self._addresses = 0
        self.store = store
        self.stop = asyncio.Event()
        given = {"tick_s": 0.01, "limits": Limits(retry_s=0.01), "receiver": "terrestrial", **settings}
        self.listener = Listener(store, Settings(**given), self.said.append, self.said.append)
        self.add("udp://:0")

    def add(self, url):
        address = read_address(url)
        self._addresses += 1
        self.listener.add(address, make_receiver(address, Settings(), {}))

    async def __aenter__(self):
        self._task = asyncio.create_task(self.listener.run(self.stop))
        await until(lambda: self._task.done() or len([s for s in self.said if "listening" in s]) == self._addresses)
        return self

    async def __aexit__(self, *failed):
        self.stop.set()
        if not any(failed):
            await self._task
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):  # the failure is what is to be seen
            await self._task

    def port(self, scheme):
        return next(int(said.rpartition(":")[2]) for said in self.said if f"listening on {scheme}:" in said)

    def send(self, *lines):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for line in lines:
                sock.sendto(line.encode(), ("127.0.0.1", self.port("udp")))

    async def received(self, count):
        await until(lambda: self.listener.counts.lines == count)

    async def committed(self, count):
        await until(lambda: self.listener.committer.counts.rows == count)


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store", create=True)


def spooled(store):
    return [p for p in (store.path / "spool").rglob("*") if p.suffix in {".nmea", ".jsonl"}]


def vessels(store):
    return store.read()["mmsi"].to_pylist()


def run(test):
    asyncio.run(test())


def test_rows_are_committed_while_more_come_and_their_files_are_removed(store):
    async def test():
        before = datetime.now(UTC)
        async with Running(store, commit_rows=3, metrics_every_s=0.02) as running:
            for batch in range(3):
                running.send(*[report(3 * batch + i) for i in range(3)])
                await running.committed(3 * batch + 3)
            assert store.version >= 3
            await until(lambda: not spooled(store))
            running.send(report(9))
        found = store.read(columns=["mmsi", "timestamp", "receiver", "sog"]).to_pylist()
        assert [row["mmsi"] for row in found] == [MMSI + i for i in range(10)]
        assert all(before.replace(microsecond=0) <= row["timestamp"] <= datetime.now(UTC) for row in found)
        assert {(row["receiver"], row["sog"]) for row in found} == {("terrestrial", 5.0)}
        assert spooled(store) == []
        lines = [said for said in running.said if said.startswith("lines=")]
        assert len(lines) > 2
        last = dict(pair.split("=") for pair in lines[-1].split())
        wanted = {"lines": "10", "committed": "10", "duplicates": "0", "quarantined": "0", "reconnects": "0"}
        assert wanted.items() <= last.items()
        assert {"bytes", "lag_s", "spool_bytes", "dropped", "overlong", "connected", "turned_away"} <= last.keys()

    run(test)


def test_time_alone_commits_too(store):
    async def test():
        async with Running(store, commit_every_s=0.02, metrics_every_s=0) as running:
            running.send(report(0))
            await running.committed(1)
            assert not any("lines=" in said for said in running.said)
            running.send(report(1))
            await running.received(2)
        assert vessels(store) == [MMSI, MMSI + 1]

    run(test)


def test_a_message_of_two_parts_is_whole_though_a_commit_came_between(store):
    async def test():
        running = Running(store, commit_rows=1)
        running.add("tcp-listen://:0")
        async with running:
            with socket.create_connection(("127.0.0.1", running.port("tcp-listen"))) as sock:
                sock.sendall(f"{PART_1}\n{report(0)}\n".encode())
                await running.committed(1)
                sock.sendall(f"{PART_2}\n".encode())
                await running.committed(2)
        assert store.read_statics()["name"].to_pylist() == ["SYNTH"]
        assert store.read_quarantine().num_rows == 0

    run(test)


def test_a_part_alone_at_the_stop_is_in_quarantine(store):
    async def test():
        async with Running(store) as running:
            running.send(PART_1, "rubbish", report(0))
            await running.received(3)
        assert sorted(store.read_quarantine()["reason"].to_pylist()) == ["incomplete", "unrecognised"]
        assert running.listener.committer.counts.quarantined == 2

    run(test)


def test_several_addresses_have_their_own_spool(store):
    async def test():
        running = Running(store)
        running.add("tcp-listen://:0")
        async with running:
            running.send(report(0))
            with socket.create_connection(("127.0.0.1", running.port("tcp-listen"))) as sock:
                sock.sendall(report(1).encode())
            await running.received(2)
            assert len({path.parent for path in spooled(store)}) == 2
        assert vessels(store) == [MMSI, MMSI + 1]

    run(test)


def test_while_another_process_has_the_store_receiving_goes_on(store):
    async def test():
        async with Running(store, commit_rows=1) as running:
            with store._catalog.alone():
                for number in range(5):
                    running.send(report(number))
                    await running.received(number + 1)
                    await until(lambda n=number: len(spooled(store)) == n + 1)
                    await until(lambda n=number: len(running.listener.committer.waiting) == n + 1)
                assert running.listener.committer.counts.rows == 0
                assert float(re.search(r"lag_s=(\S+)", running.listener.metrics())[1]) >= 0
            await running.committed(5)
        assert vessels(store) == [MMSI + i for i in range(5)]

    run(test)


def failing(monkeypatch, error, times):
    """Let the next ingests fail."""
    real, left = intake.ingest, [error] * times

    def ingest(*args, **kwargs):
        if left:
            raise left.pop()
        return real(*args, **kwargs)

    monkeypatch.setattr(intake, "ingest", ingest)
    return left


@pytest.mark.parametrize(
    "error", [StoreError("the disk is full"), OSError(28, "No space left on device"), MemoryError()]
)
def test_a_commit_that_fails_is_tried_again(store, monkeypatch, error):
    async def test():
        async with Running(store, commit_rows=1) as running:
            left = failing(monkeypatch, error, 3)
            running.send(report(0))
            await running.committed(1)
            assert left == []
            assert sum("not in the store yet" in said for said in running.said) == 3

    run(test)
    assert vessels(store) == [MMSI]


def test_what_cannot_be_committed_at_the_stop_is_committed_at_the_next_start(store, monkeypatch):
    async def test():
        running = Running(store)

        async def whole():
            async with running:
                running.send(report(0), report(1))
                await running.received(2)
                failing(monkeypatch, StoreError("full"), 10)

        with pytest.raises(StoreError, match=r"waiting in .*spool.*: 1 \(full\); they are taken in when"):
            await whole()
        monkeypatch.undo()
        assert len(spooled(store)) == 1
        assert store.version == 0
        async with Running(store, receiver="vessel") as again:
            await again.committed(2)
            again.send(report(2))
            await again.received(1)

    run(test)
    assert vessels(store) == [MMSI, MMSI + 1, MMSI + 2]
    assert store.read()["receiver"].to_pylist() == ["terrestrial", "terrestrial", "vessel"]
    assert spooled(store) == []


def left_by_a_crash(store, lines, kind="nmea"):
    """Make what a listener that was killed leaves behind."""
    spool = SourceSpool(Spool(store.path / "spool", 10**9), "udp-gone", "satellite")
    spool.claim()
    spool.append(kind, [line.encode() for line in lines], 1_700_000_000_000)
    ((segment, file),) = spool.detach()
    file.close()
    spool.release()
    return segment.path


def test_a_crash_between_commit_and_removal_doubles_nothing(store):
    path = left_by_a_crash(store, [f"1700000000000 {report(i)}" for i in range(3)])
    (done,) = intake.ingest([path], store, format="nmea", receiver="satellite", final=True)
    assert done.counts.kept == 3

    async def test():
        async with Running(store):
            await until(lambda: not spooled(store))

    run(test)
    assert vessels(store) == [MMSI, MMSI + 1, MMSI + 2]
    assert store.version == 1


def test_a_run_takes_in_what_a_dead_listener_left_and_leaves_a_living_one_alone(store):
    left_by_a_crash(store, [f"1700000000000 {report(i)}" for i in range(3)])
    left_by_a_crash(store, ['{"no": "report"}'], kind="jsonl")
    living = SourceSpool(Spool(store.path / "spool", 10**9), "udp-here", "vessel")
    living.claim()
    living.append("nmea", [f"1700000000000 {report(9)}".encode()], 1_700_000_000_000)
    said = []
    done = take_leftovers(store, said.append)
    assert (done.rows, done.set_aside, len(said)) == (3, 1, 1)
    assert vessels(store) == [MMSI, MMSI + 1, MMSI + 2]
    assert store.read()["receiver"].to_pylist() == ["satellite"] * 3
    waiting = {path.parent.name for path in spooled(store)}
    assert waiting == {"udp-here", "refused"}
    assert take_leftovers(store, said.append) == Committed()
    for _, file in living.detach():
        file.close()
    living.release()
    other = SourceSpool(Spool(store.path / "spool", 0), "run", "")
    other.claim()
    assert take_leftovers(store, said.append) == Committed()
    assert "not taken in now" in said[-1]
    other.release()
    assert take_leftovers(store, said.append).rows == 1


def test_what_is_no_feed_is_set_aside_and_named(store):
    path = left_by_a_crash(store, ['{"no": "report"}'], kind="jsonl")

    async def test():
        async with Running(store) as running:
            await until(lambda: running.listener.committer.counts.set_aside)
            running.send(report(0))
            await running.received(1)
        assert running.listener.committer.counts.rows == 1
        (said,) = [said for said in running.said if said.startswith("set aside")]
        kept = next((store.path / "spool").rglob("refused/*"))
        assert kept.name == path.name
        assert str(kept) in said
        assert b'{"no": "report"}' in kept.read_bytes()
        assert '"no"' not in said

    run(test)
    assert vessels(store) == [MMSI]


def test_a_fault_of_ours_in_one_file_does_not_stop_the_next(store, monkeypatch):
    async def test():
        async with Running(store, commit_rows=1) as running:
            failing(monkeypatch, ValueError("secret payload"), 1)
            running.send(report(0))
            await until(lambda: running.listener.committer.counts.set_aside)
            running.send(report(1))
            await running.committed(1)
        (said,) = [said for said in running.said if said.startswith("set aside")]
        assert "ValueError while it was read" in said
        assert "secret payload" not in said

    run(test)
    assert vessels(store) == [MMSI + 1]


def test_a_fault_of_ours_in_a_connection_ends_only_that(store, monkeypatch):
    async def test():
        running = Running(store)
        running.add("tcp-listen://:0")
        async with running:
            real, faults = running.listener._sources[1].take, [1]

            def take(*args):
                if faults:
                    faults.pop()
                    raise ValueError("secret payload")
                real(*args)

            running.listener._sources[1].take = take
            for _ in range(2):
                with socket.create_connection(("127.0.0.1", running.port("tcp-listen"))) as sock:
                    sock.sendall(f"{report(0)}\n".encode())
                    await until(lambda: not faults)
            await running.received(1)
        assert "a fault of darkships while receiving: ValueError" in running.said
        assert "secret" not in "".join(running.said)

    run(test)
    assert vessels(store) == [MMSI]


def test_a_file_that_somebody_removed_is_told(store, monkeypatch):
    async def test():
        async with Running(store, commit_rows=1) as running:
            with store._catalog.alone():
                running.send(report(0))
                await until(lambda: running.listener.committer.waiting)
                running.send(report(1))
                await until(lambda: len(running.listener.committer.waiting) == 2)
                running.listener.committer.waiting[1].path.unlink()
            await until(lambda: not running.listener.committer.waiting)
            assert any("is gone before" in said for said in running.said)

    run(test)
    assert vessels(store) == [MMSI]


def test_a_full_spool_is_told_once_and_commits_make_room(store):
    async def test():
        async with Running(store, spool_limit_bytes=2000, commit_rows=10, commit_every_s=0.05) as running:
            with store._catalog.alone():
                running.send(*[report(i) for i in range(40)])
                await until(lambda: any("receiving waits" in said for said in running.said))
            await until(lambda: any("receiving goes on" in said for said in running.said))
            assert running.listener.counts.dropped  # datagrams do not wait, so they are counted
            await until(lambda: not running.listener.committer.waiting)
        kept = len(vessels(store))
        assert kept + running.listener.counts.dropped == 40 == running.listener.counts.lines

    run(test)


def broken():
    raise ZeroDivisionError


def test_a_fault_of_ours_in_a_receiver_is_seen_after_all_is_committed(store):
    async def test():
        async with Running(store) as running:
            running.send(report(0))
            await running.received(1)
            running.listener._receivers[0].tick = broken
            await until(running._task.done)

    with pytest.raises(ZeroDivisionError):
        run(test)
    assert vessels(store) == [MMSI]


@pytest.mark.parametrize(
    ("urls", "settings", "says"),
    [
        (["udp://:0"], {"receiver": "ear"}, "expected one of terrestrial"),
        (["tcp://h:1", "tcp://h:1"], {}, "named twice"),
        (["udp://:0"], {"boxes": [(1, 2, 3, 4)]}, "no ws:// or wss://"),
        (["udp://:0"], {"key_variable": "K"}, "no ws:// or wss://"),
        (["http://h"], {}, "expected tcp://"),
        (["wss://stream.aisstream.io/v0/stream"], {}, "AISSTREAM_API_KEY"),
    ],
)
def test_what_cannot_work_is_refused_before_a_store_is_made(tmp_path, urls, settings, says):
    with pytest.raises(FeedError, match=says):
        listening.listen(
            urls, tmp_path / "store", Settings(**settings), environment={}, note=lambda _: None, warn=lambda _: None
        )
    assert not (tmp_path / "store").exists()


def test_the_same_address_twice_on_a_store_is_refused(store):
    async def test():
        async with Running(store):
            second = Running(store)
            with pytest.raises(FeedError, match="another darkships listen"):
                async with second:
                    pass

    run(test)


def unclosed(test):
    """Run a test and return what it left open."""
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run(test)
        gc.collect()
    return [str(each.message) for each in told if issubclass(each.category, ResourceWarning)]


def test_a_listener_that_is_cancelled_leaves_nothing_open_and_what_came_for_the_next(store):
    async def test():
        running = Running(store)
        running.add("tcp-listen://:0")
        async with running:
            with socket.create_connection(("127.0.0.1", running.port("tcp-listen"))) as sock:
                sock.sendall(f"{report(0)}\n".encode())
                running.send(report(1))
                await running.received(2)
                running._task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running._task
                running._task = asyncio.create_task(asyncio.sleep(0))

    assert unclosed(test) == []
    assert take_leftovers(store, print).rows == 2


def test_an_address_in_use_leaves_those_before_it_closed(store):
    async def test():
        with socket.create_server(("127.0.0.1", 0)) as other:
            running = Running(store)
            running.add(f"tcp-listen://127.0.0.1:{other.getsockname()[1]}")
            with pytest.raises(FeedError, match="cannot listen on"):
                async with running:
                    pass

    assert unclosed(test) == []
