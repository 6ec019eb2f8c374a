"""NMEA over real TCP and UDP sockets on loopback."""

import asyncio
import contextlib
import gc
import socket
import struct
import warnings
from pathlib import Path

import pytest
from live_rig import client, until

from darkships.errors import FeedError
from darkships.feed.live.retry import Backoff
from darkships.feed.live.tcp import TcpClient, TcpServer
from darkships.feed.live.udp import UdpReceiver, _queue_drops

ONE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
TWO = b"!AIVDM,1,1,,B,13P;DhPP@M0RrVfOmDm=`9BJ00S;,0*42"


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


LOOPBACKS = ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here"))]


def url(scheme, host, port=0):
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@contextlib.asynccontextmanager
async def server(serve, host="127.0.0.1"):
    """Serve lines as a receiver of ours would expect them; yields the port and the list of connections so far."""
    seen = []

    async def handle(reader, writer):
        seen.append(writer)
        try:
            await serve(len(seen), reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    listening = await asyncio.start_server(handle, host, 0)
    try:
        yield listening.sockets[0].getsockname()[1], seen
    finally:
        listening.close()
        for writer in seen:
            writer.transport.abort()


async def stay(reader):
    """Keep a connection open until the other side ends it."""
    with contextlib.suppress(ConnectionError):
        await reader.read()


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_client_takes_lines_and_comes_back_after_every_loss(rig, host, monkeypatch):
    successes = []

    def reset(_backoff):
        successes.append(1)

    monkeypatch.setattr(Backoff, "reset", reset)

    async def serve(number, reader, writer):
        writer.write(ONE + b"\r\n" + TWO[:20])
        await writer.drain()
        if number == 1:
            writer.transport.abort()
        elif number == 3:
            writer.write(TWO[20:] + b"\n")
            await stay(reader)

    async def test():
        async with server(serve, host) as (port, seen), rig(url("tcp", host, port), TcpClient) as receiving:
            await until(lambda: TWO in receiving.lines())
            assert len(seen) == 3
            assert receiving.counts.reconnects == 2
            assert len(successes) >= 3  # a line that came makes the next wait short again
            assert receiving.receiver.connected == 1
            assert receiving.lines().count(ONE) == 3
            # What came before the cut is kept as it is; the first connection was reset, which may take it along.
            assert receiving.lines().count(TWO[:20]) in {1, 2}

    asyncio.run(test())


def test_a_client_waits_for_a_server_that_is_not_there_yet(rig):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    async def test():
        async with rig(url("tcp", "127.0.0.1", port), TcpClient) as receiving:
            await until(lambda: len(receiving.notes) >= 3)
            assert receiving.notes[0].startswith(f"tcp://127.0.0.1:{port}: cannot connect (")
            assert "; again in 0.0" in receiving.notes[0]
            assert receiving.receiver.connected == 0

            async def serve(_number, reader, writer):
                writer.write(ONE + b"\n")
                await stay(reader)

            async def handle(reader, writer):
                await serve(1, reader, writer)
                writer.close()

            late = await asyncio.start_server(handle, "127.0.0.1", port)
            await receiving.brings(ONE)
            late.close()

    asyncio.run(test())


def test_a_host_that_cannot_be_one_is_no_crash(rig):
    async def test():
        async with rig(f"tcp://{'x' * 70}.invalid:1", TcpClient) as receiving:
            await until(lambda: receiving.notes)
            assert "cannot connect" in receiving.notes[0]

    asyncio.run(test())


def test_a_silent_server_is_left_and_called_again(rig):
    async def serve(number, reader, writer):
        if number == 2:
            writer.write(ONE + b"\n")
        else:
            writer.write(b"no line end: this is not a line")
        await stay(reader)

    async def test():
        async with server(serve) as (port, _), rig(url("tcp", "127.0.0.1", port), TcpClient, idle_s=0.05) as receiving:

            def looked_after():
                receiving.receiver.tick()
                return ONE in receiving.lines()

            await until(looked_after)
            assert any("nothing came for too long" in note for note in receiving.notes)

    asyncio.run(test())


def test_keep_alive_is_on(rig):
    async def serve(_number, reader, writer):
        writer.write(ONE + b"\n")
        await stay(reader)

    async def test():
        async with server(serve) as (port, _), rig(url("tcp", "127.0.0.1", port), TcpClient) as receiving:
            await receiving.brings(ONE)
            sock = receiving.receiver._connection._transport.get_extra_info("socket")
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            if hasattr(socket, "TCP_KEEPIDLE"):
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60

    asyncio.run(test())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_many_receivers_connect_to_a_server(rig, host):
    async def test():
        async with rig(url("tcp-listen", host), TcpServer) as receiving:
            async with contextlib.AsyncExitStack() as stack:
                writers = [(await stack.enter_async_context(client(receiving.port, host)))[1] for _ in range(5)]
                for part in (ONE[:30], ONE[30:] + b"\n" + TWO):  # the last line without an end, too
                    for writer in writers:
                        writer.write(part)
                        await writer.drain()
            await until(lambda: len(receiving.lines()) == 10)
            assert sorted(receiving.lines()) == sorted([ONE, TWO] * 5)
            await until(lambda: receiving.receiver.connected == 0)
            assert receiving.counts.lines == 10
            assert receiving.counts.bytes == 5 * (len(ONE) + 1 + len(TWO))

    asyncio.run(test())


def test_connections_beyond_the_most_are_turned_away(rig):
    async def test():
        async with (
            rig("tcp-listen://:0", TcpServer, max_connections=2) as receiving,
            client(receiving.port),
            client(receiving.port) as (_, writer),
        ):
            await until(lambda: receiving.receiver.connected == 2)
            async with client(receiving.port) as (reader, _):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
            assert receiving.counts.turned_away == 1
            writer.write(ONE + b"\n")
            await receiving.brings(ONE)

    asyncio.run(test())


@pytest.mark.parametrize("steps", range(6))
def test_who_connects_while_the_server_closes_is_let_go(rig, steps):
    """The loop accepts, asks for a protocol and makes the connection in steps; closing may come between any of them."""

    async def test():
        async with rig("tcp-listen://:0", TcpServer) as receiving:
            with socket.create_connection(("127.0.0.1", receiving.port), timeout=20) as sock:
                sock.setblocking(False)
                for _ in range(steps):
                    await asyncio.sleep(0)
                async with asyncio.timeout(20):
                    await receiving.receiver.close()
                    with contextlib.suppress(ConnectionError):
                        assert await asyncio.get_running_loop().sock_recv(sock, 1) == b""

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(test())
        gc.collect()
    assert [str(each.message) for each in told if issubclass(each.category, ResourceWarning)] == []


def test_who_dribbles_bytes_without_a_line_makes_room_for_others(rig):
    async def test():
        async with (
            rig("tcp-listen://:0", TcpServer, max_connections=2, idle_s=0.1) as receiving,
            client(receiving.port) as (dribbled, dribbler),
            client(receiving.port) as (_, speaker),
        ):
            loop = asyncio.get_running_loop()
            end_s = loop.time() + 0.2

            def later():
                speaker.write(ONE + b"\n")
                dribbler.write(b"x")
                return loop.time() > end_s

            await until(later)
            before = receiving.counts.lines
            await until(lambda: receiving.counts.lines > before)
            async with client(receiving.port) as (_, late):
                late.write(TWO + b"\n")
                await until(lambda: TWO in receiving.lines())
                with contextlib.suppress(ConnectionError):
                    assert await dribbled.read() == b""
                assert receiving.receiver.connected == 2
                assert receiving.counts.turned_away == 0

    asyncio.run(test())


@pytest.mark.parametrize(
    ("scheme", "make", "kind"),
    [("tcp-listen", TcpServer, socket.SOCK_STREAM), ("udp", UdpReceiver, socket.SOCK_DGRAM)],
)
def test_an_address_in_use_is_told_at_the_start(rig, scheme, make, kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()

        async def test():
            async with rig(url(scheme, "127.0.0.1", taken.getsockname()[1]), make):
                pass

        with pytest.raises(FeedError, match=f"cannot listen on {scheme}://127.0.0.1"):
            asyncio.run(test())


def test_floods_of_garbage_and_lines_without_end_are_counted_and_good_lines_kept(rig):
    garbage = bytes(range(256)) * 40  # with line ends in it, and NUL, escape, DEL

    async def test():
        async with rig("tcp-listen://:0", TcpServer) as receiving, client(receiving.port) as (_, writer):
            for _ in range(20):
                writer.write(garbage)
                writer.write(b"x" * 100_000)
                await writer.drain()
            writer.write(b"\n" + ONE + b"\n")
            await until(lambda: ONE in receiving.lines())
            assert receiving.counts.overlong == 20
            assert sum(map(len, receiving.lines())) < 20 * (len(garbage) + 1000)

    asyncio.run(test())


def test_a_full_spool_stops_the_sender_and_goes_on_when_there_is_room(rig):
    async def test():
        async with (
            rig("tcp-listen://:0", TcpServer, limit=100_000) as receiving,
            client(receiving.port) as (_, writer),
        ):
            count = 50_000
            writer.write((ONE + b"\n") * count)
            await until(lambda: receiving.source.is_full)
            read = receiving.counts.bytes
            receiving.source.tick()
            await asyncio.sleep(0)
            assert receiving.source.is_full
            assert receiving.counts.bytes == read  # the rest stays with the sender
            assert read < 2_000_000
            receiving.spool.spool.limit_bytes = 10**9

            def looked_after():
                receiving.source.tick()
                return receiving.counts.lines == count

            await until(looked_after)
            assert len(receiving.lines()) == count
            assert receiving.counts.dropped == 0

    asyncio.run(test())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_datagrams_of_one_and_of_several_sentences(rig, host):
    async def test():
        async with rig(url("udp", host), UdpReceiver) as receiving:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                for data in (ONE, ONE + b"\r\n", ONE + b"\n" + TWO, b"", b"\n", TWO[:9]):
                    sock.sendto(data, (host, receiving.port))
                await receiving.brings(ONE, ONE, ONE, TWO, TWO[:9])
            assert receiving.counts.lines == 5
            assert receiving.receiver.connected == 1

    asyncio.run(test())


def test_parts_of_two_senders_of_datagrams_are_not_mixed(rig):
    first, second = b"!AIVDM,2,1,8,A,53@ndh@,0*79", b"!AIVDM,2,2,8,A,00000000000,2*2C"

    async def test():
        async with rig("udp://:0", UdpReceiver) as receiving:
            with (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
            ):
                for line in (first, second):
                    for sock in (one, other):
                        sock.sendto(line, ("127.0.0.1", receiving.port))
                await receiving.brings(first, second, first, second)

    asyncio.run(test())


def test_datagrams_for_which_there_is_no_room_are_counted(rig):
    async def test():
        async with rig("udp://:0", UdpReceiver, limit=10) as receiving:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                for _ in range(3):
                    sock.sendto(ONE + b"\n" + TWO, ("127.0.0.1", receiving.port))
                await until(lambda: receiving.counts.lines == 6)
            assert receiving.counts.dropped == 4  # those of the first wait for room
            receiving.source.lose_held()

    asyncio.run(test())


@pytest.mark.skipif(not Path("/proc/net/udp").exists(), reason="only Linux tells what it dropped")
def test_what_the_system_had_to_drop_is_counted():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 0))
        for _ in range(500):
            sock.sendto(ONE, deaf.getsockname())
        deaf.setblocking(False)
        kept = 0
        with contextlib.suppress(BlockingIOError):
            while deaf.recv(4096):
                kept += 1
        assert 0 < kept < 500
        assert _queue_drops(deaf.fileno()) == 500 - kept


def test_a_connection_that_was_reset_is_no_error(rig):
    async def test():
        async with rig("tcp-listen://:0", TcpServer) as receiving:
            sock = socket.create_connection(("127.0.0.1", receiving.port))
            sock.sendall(ONE + b"\n")
            await until(lambda: receiving.lines() == [ONE])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            await until(lambda: receiving.receiver.connected == 0)

    asyncio.run(test())
