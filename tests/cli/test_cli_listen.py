"""The program itself, listening: signals, kill -9, another process on the same store, and the key that nobody sees."""

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from pyais.encode import encode_dict
from websockets.asyncio.server import serve

from darkships.positions.store import Store

DEADLINE_S = 120.0
KEY = "k3y-that-nobody-may-see"
PROGRAM = "from darkships.cli import main\nmain(prog_name='darkships')"
PART_1, PART_2 = encode_dict({"msg_type": 5, "mmsi": 273000999, "shipname": "SYNTH"}, talker_id="AI", seq_id=3)
posix = pytest.mark.skipif(os.name != "posix", reason="signals as cron and systemd send them")


def report(number):
    fields = {"msg_type": 1, "mmsi": 273000000 + number, "lat": 42.5, "lon": 131.0 + number / 1000}
    return encode_dict(fields, talker_id="AI")[0]


def until(condition):
    end = time.monotonic() + DEADLINE_S
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)
    return value


class Program:
    """darkships in a process of its own."""

    def __init__(self, *args, **environment):
        env = {**os.environ, "NO_PROXY": "*", **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
        self.said = []
        self._reading = threading.Thread(target=lambda: self.said.extend(iter(self.process.stderr.readline, "")))
        self._reading.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.end()

    def end(self):
        """Wait for its end; return exit code and stdout."""
        out = self.process.stdout.read()
        code = self.process.wait(DEADLINE_S)
        self._reading.join()
        self.process.stdout.close()
        self.process.stderr.close()
        self.end = lambda: (code, out)
        return code, out

    def port(self, scheme):
        """Return the port on which it listens, once it says so."""
        pattern = re.compile(rf"listening on {scheme}://127\.0\.0\.1:(\d+)\n")

        def found():
            assert self.process.poll() is None, self.said
            return next((match for line in list(self.said) if (match := pattern.fullmatch(line))), None)

        return int(until(found)[1])

    def signal(self, number):
        self.process.send_signal(number)


def spooled(store):
    return [p for p in (store / "spool").rglob("*") if p.suffix in {".nmea", ".jsonl"}]


def lines_in(store):
    return sum(path.read_bytes()[512:].count(b"\n") for path in spooled(store))


def mmsis(store):
    return Store.open(store, read_only=True).read()["mmsi"].to_pylist()


def metrics(said):
    return dict(pair.split("=") for pair in [line for line in said if line.startswith("lines=")][-1].split())


class AisStream:
    """A server like aisstream.io, in a thread."""

    def __enter__(self):
        self.asked = []
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))
        self._thread.start()
        assert self._ready.wait(DEADLINE_S)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self):
        async def handle(socket):
            self.asked.append(json.loads(await socket.recv()))
            await socket.send(report(3) + f"\r\n# {KEY}")
            await socket.wait_closed()

        async with serve(handle, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()


@posix
def test_sigterm_commits_all_that_was_sent_over_every_kind_of_socket(tmp_path):
    store = tmp_path / "store"
    with (
        AisStream() as server,
        Program(
            "listen", "tcp-listen://:0", "udp://:0", f"ws://127.0.0.1:{server.port}/v0/stream", "--store", store,
            "--bbox", "129.5,41,133.25,43.5", "--receiver", "terrestrial", AISSTREAM_API_KEY=KEY,
        ) as program,
    ):  # fmt: skip
        udp, tcp = program.port("udp"), program.port("tcp-listen")
        until(lambda: lines_in(store) >= 1)  # what the server sends goes its own way
        with (
            socket.create_connection(("127.0.0.1", tcp)) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        ):
            datagrams.sendto(report(1).encode(), ("127.0.0.1", udp))
            stream.sendall("\r\n".join([PART_1, PART_2, *map(report, range(10, 2010)), report(2)]).encode())
            program.signal(signal.SIGTERM)
            code, out = program.end()
    assert (code, out) == (0, "")
    assert mmsis(store) == [273000000 + n for n in (1, 2, 3, *range(10, 999), 999, 999, *range(1000, 2010))]
    assert Store.open(store).read_statics()["name"].to_pylist() == ["SYNTH"]
    assert spooled(store) == []
    assert Store.open(store).verify() == []
    counted = metrics(program.said)
    assert (counted["lines"], counted["committed"], counted["dropped"]) == ("2006", "2004", "0")
    assert (counted["quarantined"], counted["spool_bytes"], counted["set_aside"]) == ("0", "0", "0")
    assert server.asked == [{"APIKey": KEY, "BoundingBoxes": [[[41.0, 129.5], [43.5, 133.25]]]}]
    assert KEY not in "".join(program.said)
    assert all(KEY.encode() not in path.read_bytes() for path in store.rglob("*") if path.is_file())
    assert not any("AIVDO" in line or "AIVDM" in line for line in program.said)


@posix
def test_kill_9_loses_nothing_that_was_here_and_another_ingest_may_run_beside(tmp_path):
    store, log = tmp_path / "store", tmp_path / "night.nmea"
    command = ["listen", "tcp-listen://:0", "--store", store, "--metrics-every-s", "0"]
    with (
        Program(*command, "--commit-every-s", "86400") as program,
        socket.create_connection(("127.0.0.1", program.port("tcp-listen"))) as sock,
    ):
        sock.sendall("".join(f"{line}\r\n" for line in [PART_1, *map(report, range(300)), PART_2]).encode())
        until(lambda: lines_in(store) == 302)
        program.signal(signal.SIGKILL)
        assert program.end()[0] == -signal.SIGKILL
    (left,) = spooled(store)
    with left.open("ab") as file:
        file.write(b"1700000000000 " + report(4000).encode()[:20])  # a line torn by the crash
    log.write_text("".join(f"1700000000 {report(5000 + n)}\n" for n in range(200)), encoding="ascii")
    with (
        Program(*command, "--commit-rows", "50") as program,
        Program("ingest", log, "--store", store) as beside,
        socket.create_connection(("127.0.0.1", program.port("tcp-listen"))) as sock,
    ):
        for start in range(300, 600, 75):
            sock.sendall("".join(f"{report(n)}\n" for n in range(start, start + 75)).encode())
            until(lambda last=start + 74: is_here(store, last))
        assert beside.end()[0] == 0
        program.signal(signal.SIGINT)
        assert program.end() == (0, "")
    assert mmsis(store) == [273000000 + n for n in (*range(600), 999, *range(5000, 5200))]
    opened = Store.open(store)
    assert opened.read_statics()["name"].to_pylist() == ["SYNTH"]
    assert opened.read_quarantine()["reason"].to_pylist() == ["truncated"]
    assert opened.verify() == []
    assert opened.version >= 3
    assert spooled(store) == []
    assert not any(line.startswith("lines=") for line in program.said)


def is_here(store, number):
    """Tell whether a report is in the spool or, if not, in the store (in this order, for it moves so)."""
    for path in spooled(store):
        try:
            if report(number).encode() in path.read_bytes():
                return True
        except FileNotFoundError:
            continue
    return 273000000 + number in mmsis(store)


@posix
def test_a_second_signal_stops_at_once_and_the_spool_stays(tmp_path):
    store = tmp_path / "store"
    Store.open(store, create=True)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Program("listen", f"tcp://127.0.0.1:{server.getsockname()[1]}", "--store", store, "-q") as program,
    ):
        server.settimeout(DEADLINE_S)
        with server.accept()[0] as sock, closing(sqlite3.connect(store / "lock.sqlite")) as another:
            sock.sendall(f"{report(0)}\n".encode())
            until(lambda: lines_in(store) == 1)
            another.execute("BEGIN EXCLUSIVE")
            program.signal(signal.SIGINT)
            assert sock.recv(1) == b""  # it receives no more and waits for the store
            program.signal(signal.SIGTERM)
            assert program.end() == (128 + signal.SIGTERM, "")
    assert program.said == []
    assert lines_in(store) == 1
    assert Store.open(store).version == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["http://example.org"], "expected tcp://HOST:PORT"),
        (["tcp://h:1", "--bbox", "1,2,3,4"], "no ws:// or wss://"),
        (["wss://stream.aisstream.io/v0/stream", "--key-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE has none"),
        (["udp://:0", "--receiver", "ear"], "satellite"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path, refuse, args, says):
    assert says in refuse("listen", *args, "--store", tmp_path / "s")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["udp://:0", "--commit-rows", "0"],
        ["udp://:0", "--bbox", "1,2"],
        ["udp://:0", "--idle-s", "0"],
        ["udp://:0", "--spool-limit-gib", "nan"],
    ],
)
def test_wrong_usage_is_usage(tmp_path, refuse, args):
    refuse("listen", *args, "--store", tmp_path / "s", code=2)
