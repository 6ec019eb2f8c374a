"""Addresses of live feeds: what they mean, and that what they hide stays hidden."""

import pytest

from darkships.errors import FeedError
from darkships.feed.live.addresses import read_address
from darkships.feed.live.websocket import subscription_for

SECRET = "s3cr3t-k3y"  # noqa: S105  of no door


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "label"),
    [
        ("tcp://ais.example.org:5631", "tcp", "ais.example.org", 5631, "tcp://ais.example.org:5631"),
        ("TCP://ais.example.org:5631/", "tcp", "ais.example.org", 5631, "tcp://ais.example.org:5631"),
        ("tcp://[2001:db8::1]:5631", "tcp", "2001:db8::1", 5631, "tcp://[2001:db8::1]:5631"),
        ("tcp-listen://:5631", "tcp-listen", "127.0.0.1", 5631, "tcp-listen://127.0.0.1:5631"),
        ("tcp-listen://0.0.0.0:5631", "tcp-listen", "0.0.0.0", 5631, "tcp-listen://0.0.0.0:5631"),  # noqa: S104
        ("tcp-listen://[::]:0", "tcp-listen", "::", 0, "tcp-listen://[::]:0"),
        ("udp://:10110", "udp", "127.0.0.1", 10110, "udp://127.0.0.1:10110"),
        ("udp://[::1]:10110", "udp", "::1", 10110, "udp://[::1]:10110"),
        ("wss://stream.aisstream.io/v0/stream", "wss", "stream.aisstream.io", 443, "wss://stream.aisstream.io:443"),
        ("ws://localhost/x", "ws", "localhost", 80, "ws://localhost:80"),
    ],
)
def test_every_kind(url, scheme, host, port, label):
    found = read_address(url)
    assert (found.scheme, found.host, found.port, found.label) == (scheme, host, port, label)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ais.example.org:5631", "without ://"),
        ("http://ais.example.org", "'http://'"),
        ("tcp://ais.example.org", "no port"),
        ("tcp://:5631", "no host"),
        ("tcp://h:0", "no port"),
        ("tcp://h:99999", "cannot be read"),
        ("tcp://[::1:5631", "cannot be read"),
        ("udp://:10110/path", "more than host and port"),
        (f"tcp://user:{SECRET}@h:5631", "more than host and port"),
        (f"tcp://h:5631?key={SECRET}", "more than host and port"),
        (f"tcp://{SECRET}:{SECRET}", "cannot be read"),
        (f"{SECRET}", "without ://"),
        ("tcp://h\x1b[31m:5631", "host"),
        ("udp://239.192.0.4:60004", "multicast"),
        ("udp://[ff02::1]:60004", "multicast"),
    ],
)
def test_what_is_none_is_refused_and_never_cited_in_full(url, says):
    with pytest.raises(FeedError, match=says) as refused:
        read_address(url)
    assert SECRET not in str(refused.value)
    assert "expected" in str(refused.value) or "multicast" in str(refused.value)


@pytest.mark.parametrize("url", [f"wss://user:{SECRET}@h/p", f"wss://h/{SECRET}", f"wss://h/p?key={SECRET}"])
def test_a_secret_in_an_address_is_in_no_name(url):
    found = read_address(url)
    assert SECRET not in found.label + found.folder + repr(found)


def test_each_address_has_its_own_folder_whatever_stands_in_it():
    urls = ["wss://h/a", "wss://h/b", "ws://h/a", "tcp://h:1", "udp://h:1", "tcp://[::1]:1", "tcp://[::2]:1"]
    folders = [read_address(url).folder for url in urls]
    assert len(set(folders)) == len(urls)
    assert folders == [read_address(url).folder for url in urls]
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-") for name in folders)
    assert len(read_address(f"tcp://{'long.' * 60}org:1").folder) < 100


def ask(url, environment, **options):
    given = {"key_variable": None, "boxes": (), "message_types": (), **options}
    return subscription_for(read_address(url), environment=environment, **given)


AISSTREAM = "wss://stream.aisstream.io/v0/stream"


def test_the_subscription_has_corners_in_latitude_longitude_order():
    asked = ask(AISSTREAM, {"AISSTREAM_API_KEY": SECRET}, boxes=[(129.5, 41.0, 133.25, 43.5)])
    assert asked.text() == f'{{"APIKey": "{SECRET}", "BoundingBoxes": [[[41.0, 129.5], [43.5, 133.25]]]}}'
    assert SECRET not in repr(asked)


def test_the_subscription_is_for_the_world_and_all_types_unless_asked():
    key = {"AISSTREAM_API_KEY": f" {SECRET}\n"}
    whole = "[[[-90.0, -180.0], [90.0, 180.0]]]"
    assert ask(AISSTREAM, key).text() == f'{{"APIKey": "{SECRET}", "BoundingBoxes": {whole}}}'
    asked = ask(AISSTREAM, key, message_types=["PositionReport", "ShipStaticData"]).text()
    assert asked.endswith(', "FilterMessageTypes": ["PositionReport", "ShipStaticData"]}')


def test_the_key_goes_to_aisstream_or_where_the_user_asks_for_it():
    key = {"AISSTREAM_API_KEY": SECRET, "OTHER": "other-key"}
    assert ask("wss://other.example.org/nmea", key) is None
    assert ask("wss://aisstream.io.example.org/nmea", key) is None
    assert ask("wss://notaisstream.io/nmea", key) is None
    assert ask("wss://other.example.org", key, key_variable="OTHER").key == "other-key"
    assert ask("wss://other.example.org", key, boxes=[(0, 0, 1, 1)]).key == SECRET


@pytest.mark.parametrize(
    ("url", "environment", "options", "says"),
    [
        (AISSTREAM, {}, {}, "AISSTREAM_API_KEY"),
        (AISSTREAM, {"AISSTREAM_API_KEY": "  "}, {}, "AISSTREAM_API_KEY"),
        (AISSTREAM, {"AISSTREAM_API_KEY": SECRET}, {"key_variable": "OTHER"}, "OTHER"),
        ("wss://other.example.org", {}, {"message_types": ["PositionReport"]}, "AISSTREAM_API_KEY"),
        ("ws://stream.aisstream.io/v0", {"AISSTREAM_API_KEY": SECRET}, {}, "use wss://"),
    ],
)
def test_no_key_or_one_for_all_to_read_is_refused(url, environment, options, says):
    with pytest.raises(FeedError, match=says) as refused:
        ask(url, environment, **options)
    assert SECRET not in str(refused.value)
