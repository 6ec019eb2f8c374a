"""Our reading of payloads against pyais: generated messages of every kind we keep, and real ones."""

import re
import warnings

import pyais
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais.encode import encode_dict

from naive_nmea_payload import PayloadError, read_payload

letters = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789-./", max_size=20).map(str.strip)
mmsi = st.integers(201_000_000, 775_999_999)
place = {
    "lon": st.integers(-181 * 600_000, 181 * 600_000).map(lambda v: round(v / 600_000, 6)),
    "lat": st.integers(-91 * 600_000, 91 * 600_000).map(lambda v: round(v / 600_000, 6)),
    "accuracy": st.booleans(),
    "raim": st.booleans(),
}
motion = {
    "speed": st.integers(0, 1023).map(lambda v: v / 10),
    "course": st.integers(0, 3600).map(lambda v: v / 10),
    "heading": st.one_of(st.integers(0, 359), st.just(511)),
    "second": st.integers(0, 63),
}
size = {
    "to_bow": st.integers(0, 511),
    "to_stern": st.integers(0, 511),
    "to_port": st.integers(0, 63),
    "to_starboard": st.integers(0, 63),
}
KINDS = {
    1: place | motion | {"status": st.integers(0, 15)},
    3: place | motion | {"status": st.integers(0, 15)},
    18: place | motion,
    19: place | motion | size | {"shipname": letters, "ship_type": st.sampled_from([0, 30, 70, 80])},
    9: place | {k: motion[k] for k in ("course", "second")} | {"speed": st.integers(0, 1023)},
    4: place,
    21: place | {"name": letters, "second": st.integers(0, 63)},
    27: {
        "lon": st.integers(-181 * 600, 181 * 600).map(lambda v: v / 600),
        "lat": st.integers(-91 * 600, 91 * 600).map(lambda v: v / 600),
        "speed": st.integers(0, 63),
        "course": st.one_of(st.integers(0, 359), st.just(511)),
        "status": st.integers(0, 15),
    },
    5: size
    | {
        "imo": st.integers(0, 9_999_999),
        "callsign": letters.map(lambda t: t[:7].strip()),
        "shipname": letters,
        "destination": letters,
        "ship_type": st.sampled_from([0, 30, 70, 80]),
        "draught": st.integers(0, 255).map(lambda v: v / 10),
        "month": st.integers(0, 12),
        "day": st.integers(0, 31),
        "hour": st.integers(0, 24),
        "minute": st.integers(0, 60),
    },
}


def take_apart(sentences):
    fields = [s.split(",") for s in sentences]
    return "".join(f[5] for f in fields), int(fields[-1][6].split("*")[0])


def known(value, *sentinels):
    return None if value in sentinels else value


def check(message, report):
    """Hold a report against what pyais decodes."""
    kind = message.msg_type
    assert (report.mmsi, report.msg_type) == (message.mmsi, kind)
    if hasattr(message, "lat"):
        inside = abs(message.lat) <= 90 and abs(message.lon) <= 180
        assert (report.lat, report.lon) == ((message.lat, message.lon) if inside else (None, None))
        assert bool(report.flags & 1) == message.accuracy
        assert bool(report.flags & 2) == message.raim
    if hasattr(message, "speed"):
        assert report.sog == known(message.speed, 102.3 if kind in {1, 2, 3, 18, 19} else 63 if kind == 27 else 1023)
        assert report.cog == (message.course if message.course < 360 else None)
    if hasattr(message, "heading"):
        assert report.heading == (message.heading if message.heading < 360 else None)
    if hasattr(message, "status"):
        assert report.nav_status == known(int(message.status), 15)
    if hasattr(message, "second") and kind not in {4, 11}:
        assert report.second == (message.second if message.second < 60 else None)


def check_static(message, said):
    assert said["name"] == (message.shipname.partition("@")[0].strip() or None)
    assert said["length_m"] == (message.to_bow + message.to_stern or None)
    assert said["beam_m"] == (message.to_port + message.to_starboard or None)
    if message.msg_type == 5:
        assert said["imo"] == (message.imo or None)
        assert said["draught_m"] == (message.draught or None)
        assert (said["destination"] or "", said["callsign"] or "") == (message.destination, message.callsign)
        eta = f"{message.month:02d}-{message.day:02d} {message.hour:02d}:{message.minute:02d}"
        assert said["eta"] == (eta if message.month or message.day else None)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_generated_messages(kind, data):
    fields = {name: data.draw(strategy, label=name) for name, strategy in KINDS[kind].items()}
    sentences = encode_dict({"msg_type": kind, "mmsi": data.draw(mmsi), **fields}, talker_id="AI")
    message = pyais.decode(*sentences)
    report = read_payload(*take_apart(sentences))
    check(message, report)
    assert (report.said is not None) == (kind in {5, 19})
    if report.said:
        check_static(message, report.said)


def test_the_halves_of_type_24():
    first = encode_dict({"msg_type": 24, "mmsi": 338000001, "partno": 0, "shipname": "BOAT"}, talker_id="AI")
    second = {
        "msg_type": 24,
        "mmsi": 338000001,
        "partno": 1,
        "ship_type": 37,
        "callsign": "WDA1",
        "to_bow": 4,
        "to_stern": 5,
        "to_port": 1,
    }
    assert read_payload(*take_apart(first)).said == {"name": "BOAT"}
    got = read_payload(*take_apart(encode_dict(second, talker_id="AI")))
    assert got.said == {"ship_type": 37, "callsign": "WDA1", "length_m": 9.0, "beam_m": 1.0}
    tender = read_payload(
        *take_apart(encode_dict(second | {"mmsi": 983380001, "mothership_mmsi": 338000001}, talker_id="AI"))
    )
    assert tender.said == {"ship_type": 37, "callsign": "WDA1"}


@pytest.mark.parametrize(
    ("payload", "fill", "reason"),
    [
        ("", 0, "payload"),
        ("13HOI:0P0000VOHLCnHQ", 0, "payload"),
        ("13HOI:0P0000VOHLCnHQKwvL05Ip0000", 0, "payload"),
        ("03HOI:0P0000VOHLCnHQKwvL05Ip", 0, "payload"),
        ("w3HOI:0P0000VOHLCnHQKwvL05Ip", 0, "payload"),
        ("100001hP0000VOHLCnHQKwvL05Ip", 0, "mmsi"),
        ("?wwwwwwP0000VOHLCnHQ", 0, "mmsi"),
    ],
)
def test_what_is_no_message(payload, fill, reason):
    with pytest.raises(PayloadError) as error:
        read_payload(payload, fill)
    assert error.value.reason == reason


def test_a_place_out_of_range_is_a_flagged_contact():
    bits = f"{1:06b}00{366000001:030b}{0:012b}{5:010b}0{20 * 600_000:028b}{95 * 600_000:027b}{0:052b}"
    payload = "".join(chr(48 + v if v < 40 else 56 + v) for v in (int(bits[i : i + 6], 2) for i in range(0, 168, 6)))
    report = read_payload(payload, 0)
    assert (report.lat, report.lon, report.flags, report.sog) == (None, None, 8, 0.5)


def test_a_ship_type_without_a_name_is_kept():
    bits = f"{24:06b}00{366000001:030b}{1:02b}{78:08b}" + "0" * 120
    payload = "".join(chr(48 + v if v < 40 else 56 + v) for v in (int(bits[i : i + 6], 2) for i in range(0, 168, 6)))
    assert read_payload(payload, 0).said["ship_type"] == 78


@given(st.text(alphabet="".join(map(chr, (*range(48, 88), *range(96, 120)))), max_size=90), st.integers(0, 5))
def test_any_payload_is_read_or_refused(payload, fill):
    try:
        report = read_payload(payload, fill)
    except PayloadError:
        return
    assert report.lat is None or (abs(report.lat) <= 90 and abs(report.lon) <= 180)


@pytest.mark.parametrize(
    "name", ["nmea/go_ais/aistest.nmea", "nmea/aislib/stream_example.txt", "nmea/pyais/nmea_data_sample.txt"]
)
def test_real_messages(sample, name):
    text = sample(name).read_text(encoding="latin-1")
    singles = re.findall(r"![A-Z]{2}VD[MO],1,1,\d*,[^,]*,([0-W`-w]+),([0-5])\*", text)
    checked = 0
    for payload, fill in singles:
        try:
            report = read_payload(payload, int(fill))
        except PayloadError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            message = pyais.decode(f"!AIVDM,1,1,,A,{payload},{fill}*00")
        if report.msg_type in {1, 2, 3, 4, 9, 11, 18, 19, 21, 27}:
            check(message, report)
            checked += 1
    assert checked > 500
