"""Messages of several sentences: what tells those of two ships apart, and what survives the borders of reading."""

from functools import reduce
from operator import xor

import pytest
from pyais.encode import encode_dict

from darkships.feed import nmea_source
from darkships.feed.containers import Member
from darkships.feed.nmea_source import NmeaSource

EPOCH = 1672574400


def tag(**fields):
    body = ",".join(f"{k}:{v}" for k, v in fields.items())
    return f"\\{body}*{reduce(xor, body.encode()):02X}\\"


def static(mmsi, name, channel="A"):
    """Return the two sentences of a type 5."""
    fields = {"msg_type": 5, "mmsi": mmsi, "shipname": name, "destination": name * 3}
    return encode_dict(fields, talker_id="AI", seq_id=8, radio_channel=channel)


def test_pitfall_16_one_sequence_id_on_both_channels_of_a_station_makes_no_chimera(whole, write):
    (a1, a2), (b1, b2) = static(219000001, "ALPHA"), static(219000002, "BRAVO", "B")
    got = whole(write("\n".join(tag(s="one", c=EPOCH) + part for part in (a1, b1, a2, b2))))
    told = [(s["name"], s["destination"]) for s in got.statics.to_pylist()]
    assert told == [("ALPHA", "ALPHA" * 3), ("BRAVO", "BRAVO" * 3)]


LINES = [tag(s="one", c=EPOCH) + static(219000001, "ALPHA")[0], static(219000001, "ALPHA")[1]]


def test_pitfall_16_a_part_that_only_the_line_before_explains_may_begin_a_block(whole, write, monkeypatch):
    monkeypatch.setattr(nmea_source, "BLOCK_SIZE", len(LINES[0]) + 2)
    assert whole(write("\n".join(LINES))).rows("mmsi", "station") == [(219000001, "one")]


@pytest.mark.parametrize("between", [[], ["!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"]])
def test_pitfall_16_a_part_that_only_the_line_before_explains_may_begin_what_a_log_grew_by(write, between):
    first = NmeaSource(Member(write(LINES[0] + "\n", "first.nmea"), final=False), "unknown")
    list(first.batches())
    rest = "\n".join([*between, LINES[1]])
    second = NmeaSource(Member(write(rest, "second.nmea")), "unknown", carry=first.carry)
    assert sum(batch.statics.num_rows for batch in second.batches()) == (not between)
