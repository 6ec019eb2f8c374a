"""Frames of a real WebSocket server on loopback."""

import asyncio
import contextlib
import http
import json
import logging
from functools import partial

import pytest
from live_rig import until
from websockets.asyncio.server import serve

from darkships.errors import FeedError
from darkships.feed import open_feed
from darkships.feed.live.websocket import MAX_FRAME, Subscription, WebSocketClient

ONE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
KEY = "k3y-that-nobody-may-see"
REPORT = {
    "Message": {"PositionReport": {"UserID": 259000420, "Latitude": 66.02695, "Longitude": 12.25382, "Valid": True}},
    "MessageType": "PositionReport",
    "MetaData": {"MMSI": 259000420, "ShipName": "AUGUSTSON  ", "time_utc": "2022-12-29 18:22:32.318353 +0000 UTC"},
}
AISSTREAM_LINE = (
    b'{"Message":{"PositionReport":{"Cog":308.2,"Latitude":66.02695,"Longitude":12.253821666666665,"MessageID":1,'
    b'"NavigationalStatus":15,"PositionAccuracy":true,"Raim":false,"RateOfTurn":4,"RepeatIndicator":0,"Sog":1.5,'
    b'"Spare":0,"SpecialManoeuvreIndicator":0,"Timestamp":31,"TrueHeading":235,"UserID":259000420,"Valid":true}},'
    b'"MessageType":"PositionReport","MetaData":{"MMSI":259000420,"ShipName":"AUGUSTSON","latitude":66.02695,'
    b'"longitude":12.253821666666665,"time_utc":"2022-12-29 18:22:32.318353 +0000 UTC"}}'
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


def client(**options):
    return partial(WebSocketClient, subscription=Subscription(KEY, **options))


PLAIN = partial(WebSocketClient, subscription=None)


def run(rig, handler, make, test, **options):
    """Serve, receive, and test; ``handler(number, socket)`` is called for each connection."""
    numbers = iter(range(1, 1000))

    async def whole():
        async def handle(socket):
            await handler(next(numbers), socket)

        async with serve(handle, "127.0.0.1", 0, **options) as server:
            port = server.sockets[0].getsockname()[1]
            async with rig(f"ws://127.0.0.1:{port}/v0/stream?secret=in-the-address", make, idle_s=30) as receiving:
                await test(receiving)
                return receiving

    return asyncio.run(whole())


def test_the_subscription_is_sent_on_every_connection_and_frames_become_lines(rig):
    asked = []

    async def handler(number, socket):
        asked.append(json.loads(await socket.recv()))
        await socket.send(json.dumps({**REPORT, "n": number}, indent=1))  # line ends within a frame
        await socket.send(json.dumps(REPORT).encode())  # aisstream.io sends binary frames
        if number == 2:
            await socket.wait_closed()

    async def test(receiving):
        await until(lambda: len(receiving.lines("jsonl")) == 4)
        assert [json.loads(line) for line in receiving.lines("jsonl")] == [
            {**REPORT, "n": 1}, REPORT, {**REPORT, "n": 2}, REPORT,
        ]  # fmt: skip
        assert receiving.counts.reconnects == 1
        assert receiving.receiver.connected == 1

    run(rig, handler, client(boxes=[(129.5, 41.0, 133.25, 43.5)], message_types=["PositionReport"]), test)
    wanted = {
        "APIKey": KEY,
        "BoundingBoxes": [[[41.0, 129.5], [43.5, 133.25]]],
        "FilterMessageTypes": ["PositionReport"],
    }
    assert asked == [wanted, wanted]


def test_nmea_in_frames_is_read_like_that_of_sockets(rig):
    async def handler(_number, socket):
        await socket.send(ONE.decode())
        await socket.send(ONE + b"\r\n" + ONE)
        await socket.send(b"")
        await socket.wait_closed()

    async def test(receiving):
        await receiving.brings(ONE, ONE, ONE)
        path = next(receiving.spool.folder.glob("*.nmea"))
        (batch,) = open_feed(path).batches()
        assert batch.positions["mmsi"].to_pylist() == [227006760] * 3

    run(rig, handler, PLAIN, test)


@pytest.mark.parametrize(
    "bad",
    [
        AISSTREAM_LINE[:100],
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\xff"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 5000 + b'{"a": 1}',
        b"{",
    ],
    ids=lambda frame: frame[:9],
)
def test_a_frame_that_is_no_sound_json_is_kept_apart_from_the_others(rig, bad):
    async def handler(_number, socket):
        await socket.send(bad)
        await socket.send(AISSTREAM_LINE)
        await socket.wait_closed()

    async def test(receiving):
        await receiving.brings(AISSTREAM_LINE, kind="jsonl")
        (line,) = receiving.lines()
        assert bad.startswith(line)

    run(rig, handler, PLAIN, test)


def test_a_server_that_was_not_asked_gets_no_message(rig):
    got = []

    async def handler(_number, socket):
        await socket.send(ONE)
        with contextlib.suppress(TimeoutError):
            got.append(await asyncio.wait_for(socket.recv(), 0.1))
        await socket.wait_closed()

    async def test(receiving):
        await receiving.brings(ONE)

    run(rig, handler, PLAIN, test)
    assert got == []


def test_the_key_is_in_no_file_note_or_log_even_if_the_server_sends_it_back(rig, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)

    async def handler(number, socket):
        asked = await socket.recv()
        if number == 1:
            await socket.send(json.dumps({"error": f"Api Key {KEY} Is Not Valid"}))
        elif number == 2:
            await socket.close(4001, KEY)
        else:
            await socket.send(asked)
            await socket.send(f"echo {KEY} of {asked}")
            await socket.wait_closed()

    async def test(receiving):
        await until(lambda: receiving.lines("jsonl") and receiving.lines())

    receiving = run(rig, handler, client(), test)
    assert any("the server answers with an error about the API key" in note for note in receiving.notes)
    assert any("code 4001" in note for note in receiving.notes)
    ours = "".join(record.getMessage() for record in caplog.records if record.name != "websockets.server")
    everything = "".join(receiving.notes) + ours
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in everything
    assert KEY.encode() not in files
    assert b'"APIKey": "***"' in files
    assert "in-the-address" not in "".join(receiving.notes)


def test_a_server_that_refuses_is_told_by_its_status(rig):
    refusals = []

    def refuse(connection, request):
        refusals.append(request)
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, f"no {KEY}\n")

    async def handler(_number, socket):
        await socket.wait_closed()

    async def test(receiving):
        await until(lambda: len(receiving.notes) >= 2)
        assert "the server refuses (HTTP 401); again in" in receiving.notes[0]

    run(rig, handler, client(), test, process_request=refuse)
    assert len(refusals) >= 2


def test_a_frame_that_is_too_large_ends_the_connection_and_is_counted(rig):
    async def handler(number, socket):
        with contextlib.suppress(Exception):
            await socket.send(b" " * (MAX_FRAME + 1) if number == 1 else json.dumps(REPORT))  # 1 kB, compressed
        await socket.wait_closed()

    async def test(receiving):
        await until(lambda: receiving.lines("jsonl"))
        assert receiving.counts.overlong == 1
        assert receiving.counts.reconnects == 1

    run(rig, handler, PLAIN, test)


def test_a_silent_server_is_left(rig):
    async def handler(number, socket):
        if number == 2:
            await socket.send(ONE)
        await socket.wait_closed()

    async def whole():
        numbers = iter(range(1, 1000))

        async def handle(socket):
            await handler(next(numbers), socket)

        async with serve(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with rig(f"ws://127.0.0.1:{port}", PLAIN, idle_s=0.05) as receiving:
                await until(lambda: ONE in receiving.lines())
                assert any("nothing came for too long" in note for note in receiving.notes)

    asyncio.run(whole())


def test_frames_on_their_way_when_we_stop_are_taken(rig):
    ready = asyncio.Event()

    async def handler(_number, socket):
        for i in range(10):
            await socket.send(json.dumps({"n": i}))
        ready.set()
        await socket.wait_closed()

    async def test(receiving):
        await ready.wait()
        await until(lambda: receiving.receiver.connected)

    receiving = run(rig, handler, PLAIN, test)
    assert [json.loads(line)["n"] for line in receiving.lines("jsonl")] == list(range(10))


def test_a_full_spool_lets_the_server_wait(rig):
    sent = []

    async def handler(_number, socket):
        for i in range(300):
            await socket.send(json.dumps({"n": i, "pad": "x" * 50_000}))
            sent.append(i)
        await socket.wait_closed()

    async def test(receiving):
        receiving.spool.spool.limit_bytes = 200_000
        await until(lambda: receiving.source.is_full)
        receiving.source.tick()
        assert receiving.source.is_full
        assert receiving.counts.lines < 20
        receiving.spool.spool.limit_bytes = 10**9

        def looked_after():
            receiving.source.tick()
            return receiving.counts.lines == 300

        await until(looked_after)
        assert [json.loads(line)["n"] for line in receiving.lines("jsonl")] == list(range(300))

    run(rig, handler, PLAIN, test, compression=None)


def test_without_the_library_the_extra_is_named(rig, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "websockets.asyncio.client", None)

    async def test():
        async with rig("ws://127.0.0.1:1", PLAIN):
            pass

    with pytest.raises(FeedError, match=r'pip install "darkships\[listen\]"'):
        asyncio.run(test())


def test_reports_of_aisstream_are_decoded(rig):
    async def handler(_number, socket):
        await socket.send(AISSTREAM_LINE)
        await socket.wait_closed()

    async def test(receiving):
        await receiving.brings(AISSTREAM_LINE, kind="jsonl")

    receiving = run(rig, handler, PLAIN, test)
    try:
        feed = open_feed(next(receiving.spool.folder.glob("*.jsonl")))
    except FeedError as error:
        pytest.skip(f"the JSON of aisstream.io is no known format yet: {error}")
    (batch,) = feed.batches()
    (row,) = batch.positions.select(["mmsi", "lat", "lon", "sog", "heading"]).to_pylist()
    assert row == {"mmsi": 259000420, "lat": 66.02695, "lon": pytest.approx(12.2538217), "sog": 1.5, "heading": 235}
