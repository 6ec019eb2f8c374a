"""The decoding of payloads, field by field, against pyais: generated messages of every kind, and real ones."""

import re
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pyais
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_nmea_payload import PayloadError, read_payload
from nmea_reading import read
from pyais.encode import encode_dict

from darkships.kernels.nmea_payload import BAD_MMSI, BAD_SIZE, BAD_TYPE, GOOD, OUT_OF_RANGE, TOO_SHORT

NMEA = Path(__file__).resolve().parents[2].parent / "shared" / "formats" / "nmea"


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
    **dict.fromkeys((1, 2, 3), place | motion | {"status": st.integers(0, 15), "turn": st.integers(-128, 127)}),
    18: place | motion,
    19: place
    | motion
    | size
    | {"shipname": letters, "ship_type": st.sampled_from([0, 30, 70, 80]), "epfd": st.integers(0, 8)},
    9: place | {k: motion[k] for k in ("course", "second")} | {"speed": st.integers(0, 1023)},
    4: place
    | {
        "year": st.integers(1990, 2099),
        "month": st.integers(0, 12),
        "day": st.integers(0, 31),
        "hour": st.integers(0, 24),
        "minute": st.integers(0, 60),
        "second": st.integers(0, 60),
    },
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
        "epfd": st.integers(0, 8),
        "ais_version": st.integers(0, 3),
    },
}
HALVES_24 = {
    0: {"shipname": letters},
    1: size
    | {
        "ship_type": st.sampled_from([0, 30, 37, 70]),
        "callsign": letters.map(lambda t: t[:7].strip()),
        "vendorid": letters.map(lambda t: t[:3].strip()),
    },
}


def known(value, *sentinels):
    return None if value in sentinels else value


def one(lines):
    """Decode a message of one sentence or several."""
    (message,) = read("".join(f"{line}\n" for line in lines))
    return message


def check(message, got):
    """Hold a message against what pyais decodes."""
    kind = message.msg_type
    assert (got.verdict, got.mmsi, got.msg_type) == (GOOD, message.mmsi, kind)
    if hasattr(message, "lat"):
        inside = abs(message.lat) <= 90 and abs(message.lon) <= 180
        assert (got.lat, got.lon) == ((message.lat, message.lon) if inside else (None, None))
        assert (bool(got.flags & 1), bool(got.flags & 2)) == (message.accuracy, message.raim)
    if hasattr(message, "speed"):
        assert got.sog == known(message.speed, 102.3 if kind in {1, 2, 3, 18, 19} else 63 if kind == 27 else 1023)
        assert got.cog == (message.course if message.course < 360 else None)
    if hasattr(message, "heading"):
        assert got.heading == (message.heading if message.heading < 360 else None)
    if hasattr(message, "status"):
        assert got.nav_status == known(int(message.status), 15)
    if hasattr(message, "turn"):
        assert (None if got.rot is None else round(got.rot)) == known(int(message.turn), 127, -127, -128)
    if hasattr(message, "second") and kind not in {4, 11}:
        assert got.second == (message.second if message.second < 60 else None)
    if kind in {4, 11}:
        assert got.clock == clock_of(message)


def clock_of(message):
    fields = (message.year, message.month, message.day, message.hour, message.minute, message.second)
    try:
        return round(datetime(*fields, tzinfo=UTC).timestamp() * 1_000_000)
    except ValueError:
        return None


def text_of(value):
    return value.partition("@")[0].strip() or None


def check_static(message, got):
    """Hold a static report against what pyais decodes; its ship types without a name are lost there."""
    if hasattr(message, "to_bow"):
        sent = (message.to_bow, message.to_stern, message.to_port, message.to_starboard)
        assert (got.to_bow, got.to_stern, got.to_port, got.to_starboard) == sent
        assert got.ship_type == int(message.ship_type)
    if hasattr(message, "shipname"):
        assert got.name == text_of(message.shipname)
    if hasattr(message, "callsign"):
        assert got.callsign == text_of(message.callsign)
    if hasattr(message, "vendorid"):
        assert got.vendor == text_of(message.vendorid)
    if hasattr(message, "epfd"):
        assert got.epfd == int(message.epfd)
    if message.msg_type == 5:
        assert (got.imo, got.version, got.draught_dm / 10) == (message.imo, message.ais_version, message.draught)
        assert got.destination == text_of(message.destination)
        eta = f"{message.month:02d}-{message.day:02d} {message.hour:02d}:{message.minute:02d}"
        assert got.eta == (eta if message.month or message.day else None)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_generated_messages(kind, data):
    fields = {name: data.draw(strategy, label=name) for name, strategy in KINDS[kind].items()}
    sentences = encode_dict({"msg_type": kind, "mmsi": data.draw(mmsi), **fields}, talker_id="AI")
    message, got = pyais.decode(*sentences), one(sentences)
    check(message, got)
    if kind in {5, 19}:
        check_static(message, got)


@pytest.mark.parametrize("part", HALVES_24)
@given(data=st.data())
def test_generated_halves_of_type_24(part, data):
    fields = {name: data.draw(strategy, label=name) for name, strategy in HALVES_24[part].items()}
    sentences = encode_dict({"msg_type": 24, "mmsi": data.draw(mmsi), "partno": part, **fields}, talker_id="AI")
    message, got = pyais.decode(*sentences), one(sentences)
    assert (got.verdict, got.part) == (GOOD, part)
    check_static(message, got)


def test_an_auxiliary_craft_names_its_mother_ship_where_others_send_their_size():
    fields = {"msg_type": 24, "mmsi": 983380001, "partno": 1, "ship_type": 37, "callsign": "WDA1"}
    got = one(encode_dict({**fields, "mothership_mmsi": 338000001}, talker_id="AI"))
    assert (got.mother, got.to_bow, got.to_port, got.callsign) == (338000001, 0, 0, "WDA1")


@pytest.mark.parametrize(
    ("payload", "fill", "verdict"),
    [
        ("", 0, TOO_SHORT),
        ("13HOI:0P0000VOHLCnHQ", 0, BAD_SIZE),
        ("13HOI:0P0000VOHLCnHQKwvL05Ip0000", 0, BAD_SIZE),
        ("03HOI:0P0000VOHLCnHQKwvL05Ip", 0, BAD_TYPE),
        ("w3HOI:0P0000VOHLCnHQKwvL05Ip", 0, BAD_TYPE),
        ("100001hP0000VOHLCnHQKwvL05Ip", 0, BAD_MMSI),
        ("?wwwwwwP0000VOHLCnHQ", 0, BAD_MMSI),
    ],
)
def test_what_is_no_message(payload, fill, verdict):
    assert one([sentence_of(payload, fill)]).verdict == verdict


def sentence_of(payload, fill):
    body = f"AIVDM,1,1,,A,{payload},{fill}"
    x = 0
    for character in body.encode():
        x ^= character
    return f"!{body}*{x:02X}"


def payload_of(bits):
    values = (int(bits[i : i + 6].ljust(6, "0"), 2) for i in range(0, len(bits), 6))
    return "".join(chr(48 + v if v < 40 else 56 + v) for v in values)


def test_a_place_out_of_range_is_a_flagged_contact():
    bits = f"{1:06b}00{366000001:030b}{0:012b}{5:010b}0{20 * 600_000:028b}{95 * 600_000:027b}{0:052b}"
    got = one([sentence_of(payload_of(bits), 0)])
    assert (got.lat, got.lon, got.flags, got.sog) == (None, None, OUT_OF_RANGE, 0.5)


def test_the_half_of_a_type_24_that_lost_its_end_tells_what_is_left():
    fields = {"msg_type": 24, "mmsi": 366000001, "partno": 1, "ship_type": 37, "vendorid": "SRT", "callsign": "WDA1"}
    payload = encode_dict({**fields, "to_bow": 7}, talker_id="AI")[0].split(",")[5]
    whole, cut = one([sentence_of(payload, 0)]), one([sentence_of(payload[:27], 2)])
    assert (whole.ship_type, whole.vendor, whole.callsign, whole.to_bow) == (37, "SRT", "WDA1", 7)
    assert (cut.ship_type, cut.vendor, cut.callsign, cut.to_bow) == (37, "SRT", "WDA1", 0)


def test_a_ship_type_without_a_name_is_kept():
    bits = f"{24:06b}00{366000001:030b}{1:02b}{78:08b}" + "0" * 120
    assert one([sentence_of(payload_of(bits), 0)]).ship_type == 78


characters = st.text(alphabet="".join(map(chr, (*range(48, 88), *range(96, 120)))), max_size=80)
plausible = st.builds(
    lambda kind, vessel, rest: payload_of(f"{kind:06b}00{vessel:030b}") + rest, st.integers(1, 27), mmsi, characters
)


def by_reference(payload, fill):
    try:
        return read_payload(payload, fill), ""
    except PayloadError as error:
        return None, error.reason


@given(st.one_of(characters, plausible), st.integers(0, 5))
def test_any_payload_is_decoded_as_one_large_number_is(payload, fill):
    got = one([sentence_of(payload, fill)])
    want, reason = by_reference(payload, fill)
    if want is None:
        assert got.verdict == BAD_MMSI if reason == "mmsi" else got.verdict not in {GOOD, BAD_MMSI}
        return
    names = ("mmsi", "msg_type", "flags", "lat", "lon", "sog", "cog", "heading", "nav_status", "second")
    assert got.verdict == GOOD
    assert [getattr(got, name) for name in names] == [getattr(want, name) for name in names]
    told = {**(want.said or {})}
    for ours, theirs in (("name", "name"), ("callsign", "callsign"), ("destination", "destination"), ("eta", "eta")):
        if ours in told:
            assert getattr(got, theirs) == told[ours]


@pytest.mark.parametrize("name", ["go_ais/aistest.nmea", "aislib/stream_example.txt", "pyais/nmea_data_sample.txt"])
def test_real_messages(name):
    if not (NMEA / name).exists():
        pytest.skip(f"the real sample {name} is not beside this checkout")
    text = (NMEA / name).read_text(encoding="latin-1")
    singles = dict.fromkeys(re.findall(r"![A-Z]{2}VD[MO],1,1,\d*,[^,]*,([0-W`-w]+),([0-5])\*", text))
    checked = 0
    for got, (payload, fill) in zip(
        read("".join(sentence_of(*single) + "\n" for single in singles)), singles, strict=True
    ):
        if got.verdict != GOOD:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            message = pyais.decode(f"!AIVDM,1,1,,A,{payload},{fill}*00")
        if got.msg_type in {1, 2, 3, 4, 9, 11, 18, 19, 21, 24, 27}:
            check(message, got)
            checked += 1
        if got.msg_type == 19:
            check_static(message, got)
    assert checked > 500
