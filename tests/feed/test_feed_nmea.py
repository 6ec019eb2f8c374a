"""NMEA logs: lines of every make, times, stations, messages of several parts, damage."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais.encode import encode_dict

from naive_nmea_lines import Sentence, Stamp, checksum, kind_of, split
from naive_nmea_parts import Assembler
from darkships.kernels.nmea_clocks import reckon

START = datetime(2023, 1, 1, 12, 0, 0, tzinfo=UTC)
EPOCH = int(START.timestamp())
ONE = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"  # type 1, MMSI 227006760, second 14


def summed(body, start):
    return f"{start}{body}*{reduce(xor, body.encode()):02X}"


def tag(**fields):
    return summed(",".join(f"{k}:{v}" for k, v in fields.items()), "\\") + "\\"


def static(mmsi, name, **fields):
    """Return the two sentences of a type 5."""
    return encode_dict(
        {"msg_type": 5, "mmsi": mmsi, "shipname": name, "destination": name * 3, **fields}, talker_id="AI", seq_id=8
    )


@pytest.mark.parametrize(
    ("line", "time", "station"),
    [
        (tag(s="alpha", c=EPOCH) + ONE, START, "alpha"),
        (tag(c=EPOCH * 1000 + 250) + ONE, START + timedelta(milliseconds=250), None),
        (tag(s="alpha", c=EPOCH, t=EPOCH + 60) + ONE, START, "alpha"),
        (f"{ONE},d-080,S2118,t050056.00,T56.48,r003669946,{EPOCH + 60},{EPOCH}", START, "r003669946"),
        (f"{ONE},{EPOCH}", START, None),
        (f"{ONE},1daasd4218,,{EPOCH}", START, None),
        (f"2023-01-01 12:00:00,{ONE}", START, None),
        (f"2023-01-01T14:00:00.5+02:00;{ONE}", START + timedelta(milliseconds=500), None),
        (f"[2023-01-01 12:00:00.141] {ONE}", START + timedelta(milliseconds=141), None),
        (f"{EPOCH},{ONE}", START, None),
        (f"{EPOCH}.25 {ONE}", START + timedelta(milliseconds=250), None),
        (f"{EPOCH}123456789 {ONE}", START + timedelta(microseconds=123456), None),
        (
            summed("PGHP,1,2023,1,1,12,0,0,120,219,,2190047,1,23", "$") + "\r\n" + ONE,
            START + timedelta(milliseconds=120),
            "2190047",
        ),
        (
            f'"{ONE}","{summed("PGHP,1,2023,1,1,12,0,0,120,219,,2190047,1,", "$")}"',
            START + timedelta(milliseconds=120),
            "2190047",
        ),
        (tag(s="alpha", c=EPOCH) + "\n" + ONE, START, "alpha"),
        (tag(c=EPOCH) + ONE.replace("*23", "*2F").replace("AIVDM", "AIVDO").replace("*2F", "*21"), START, None),
        (
            tag(c=EPOCH)
            + ONE.replace("!AI", "!BS").replace("*23", f"*{0x23 ^ ord('A') ^ ord('I') ^ ord('B') ^ ord('S'):02x}"),
            START,
            None,
        ),
    ],
)
def test_every_make_of_line(whole, write, line, time, station):
    got = whole(write(line + "\n"), receiver="terrestrial")
    assert got.feed.format == "nmea"
    assert got.rows("mmsi", "timestamp", "station", "lat", "lon", "msg_type", "ais_class", "receiver") == [
        (227006760, time, station, 49.475577, 0.13138, 1, "A", "terrestrial")
    ]


def test_positions_contacts_and_statics(whole, write):
    fields = {"lat": 42.5, "lon": 131.5, "speed": 4, "course": 90, "heading": 91}
    messages = [
        {"msg_type": 18, "mmsi": 338000001, **fields},
        {"msg_type": 19, "mmsi": 338000002, "shipname": "BOAT", **fields},
        {"msg_type": 27, "mmsi": 273000001, "lat": 91, "lon": 181},
        {"msg_type": 24, "mmsi": 338000001, "partno": 0, "shipname": "NAME"},
        {"msg_type": 4, "mmsi": "002190047", "lat": 55.5, "lon": 12.5},
        {"msg_type": 21, "mmsi": 992190001, "lat": 55.5, "lon": 12.5, "name": "BUOY"},
        {"msg_type": 9, "mmsi": 111219001, "lat": 55.5, "lon": 12.5},
        {"msg_type": 14, "mmsi": 970219001, "text": "SART TEST"},
        {"msg_type": 1, "mmsi": 970219001, **fields},
    ]
    lines = [tag(c=EPOCH) + sentence for m in messages for sentence in encode_dict(m, talker_id="AI")]
    got = whole(write("\n".join(lines)))
    assert got.rows("mmsi", "lat", "ais_class", "msg_type") == [
        (338000001, 42.5, "B", 18),
        (338000002, 42.5, "B", 19),
        (273000001, None, "A", 27),
        (338000001, None, "B", 24),
        (2190047, 55.5, "BASE", 4),
        (992190001, 55.5, "ATON", 21),
        (111219001, 55.5, "SAR", 9),
        (970219001, None, "OTHER", 14),
        (970219001, 42.5, "OTHER", 1),
    ]
    assert [(s["mmsi"], s["name"], s["n_reports"]) for s in got.statics.to_pylist()] == [
        (338000002, "BOAT", 1),
        (338000001, "NAME", 1),
    ]


def test_two_stations_with_one_sequence_id_make_no_chimera(whole, write):
    a, b = static(219000001, "ALPHA"), static(219000002, "BRAVO")
    lines = [
        tag(s="one", c=EPOCH) + a[0],
        tag(s="two", c=EPOCH) + b[0],
        tag(s="one", c=EPOCH) + a[1],
        tag(s="two", c=EPOCH) + b[1],
    ]
    got = whole(write("\n".join(lines)))
    assert {(s["mmsi"], s["name"], s["destination"]) for s in got.statics.to_pylist()} == {
        (219000001, "ALPHA", "ALPHA" * 3),
        (219000002, "BRAVO", "BRAVO" * 3),
    }
    assert got.skipped == {"further_part": 2}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_tag_group_lends_its_time_and_station_to_the_other_part(whole, write, order):
    parts = static(219000001, "ALPHA")
    lines = [tag(g="1-2-3454", s="one", c=EPOCH) + parts[0], tag(g="2-2-3454") + parts[1]]
    got = whole(write("\n".join(lines[i] for i in order)))
    assert got.rows("timestamp", "station", "lat", "offset") == [(START, "one", None, 2)]
    assert got.statics["name"].to_pylist() == ["ALPHA"]


def test_a_pghp_line_holds_for_all_parts_of_the_next_message_only(whole, write):
    pghp = summed("PGHP,1,2023,1,1,12,0,0,0,219,,2190047,1,23", "$")
    got = whole(write("\n".join([pghp, *static(219000001, "ALPHA"), ONE])))
    assert got.rows("mmsi", "station") == [(219000001, "2190047")]
    assert got.reasons == {"no_time": 1}
    assert got.skipped == {"time": 1, "further_part": 1}


def test_what_ends_a_line_holds_for_all_the_parts_on_it(whole, write):
    pghp = summed("PGHP,1,2023,1,1,12,0,0,0,219,,2190047,1,", "$")
    got = whole(write(f'"{" ".join(static(219000001, "ALPHA"))}","{pghp}"'))
    assert got.rows("mmsi", "station") == [(219000001, "2190047")]
    assert got.reasons == {}


def test_parts_too_far_apart_in_feed_time_are_not_joined(whole, write):
    parts = static(219000001, "ALPHA")
    got = whole(write(tag(c=EPOCH) + parts[0] + "\n" + tag(c=EPOCH + 61) + parts[1]))
    assert got.positions.num_rows == 0
    assert got.quarantine.select(["offset", "reason"]).to_pylist() == [
        {"offset": 1, "reason": "incomplete"},
        {"offset": 2, "reason": "incomplete"},
    ]


def test_a_new_first_part_ends_the_old_one(whole, write):
    old, new = static(219000001, "ALPHA"), static(219000002, "BRAVO")
    got = whole(write("\n".join(tag(c=EPOCH) + s for s in (old[0], *new))))
    assert got.statics["name"].to_pylist() == ["BRAVO"]
    assert got.quarantine.select(["offset", "reason"]).to_pylist() == [{"offset": 1, "reason": "incomplete"}]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (ONE.replace("*23", "*24"), "checksum"),
        (ONE.replace("P0000", "P0001"), "checksum"),
        (ONE[:30], "truncated"),
        (ONE[:-1], "truncated"),
        ("!AIVDM", "truncated"),
        (summed("AIVDM,1,1,,A,xyz{},0", "!"), "sentence"),
        (summed("AIVDM,2,3,,A,13HOI,0", "!"), "sentence"),
        (summed("AIVDM,1,1,,A,,0", "!"), "payload"),
        (summed("AIVDM,1,1,,A,100001hP0000VOHLCnHQKwvL05Ip,0", "!"), "mmsi"),
        ("hello, world", "unrecognised"),
        (ONE, "no_time"),
        (tag(c=EPOCH).replace("*", "*0") + ONE, "no_time"),
    ],
)
def test_damage_is_quarantined_with_its_line(whole, write, line, reason):
    good = tag(c=EPOCH) + ONE
    got = whole(write(f"{good}\n{line}\n{good}\n"))
    assert got.positions["offset"].to_pylist() == [1, 3]
    assert got.quarantine.select(["offset", "reason", "raw"]).to_pylist() == [
        {"offset": 2, "reason": reason, "raw": line}
    ]


def test_lower_case_checksums(whole, write):
    body = next(
        b for b in (f"AIVDM,1,1,{n},A,13HOI:0P0000VOHLCnHQKwvL05Ip,0" for n in range(99)) if checksum(b) % 16 > 9
    )
    assert whole(write(f"{EPOCH},!{body}*{checksum(body):02x}")).positions.num_rows == 1


def test_a_log_that_ends_in_mid_sentence_and_mid_message(whole, write):
    parts = static(219000001, "ALPHA")
    got = whole(write("\n".join([tag(c=EPOCH) + ONE, tag(c=EPOCH) + parts[0], tag(c=EPOCH) + ONE[:25]])))
    assert got.positions.num_rows == 1
    assert got.reasons == {"incomplete": 1, "truncated": 1}


def test_what_is_no_ais_is_skipped_and_counted(whole, write):
    lines = ["# comment", "", "$GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A*18", f"{EPOCH},{ONE}"]
    assert whole(write("\n".join(lines))).skipped == {"comment": 1, "blank": 1, "other_nmea": 1}


def test_without_any_time_nothing_is_guessed(whole, write):
    got = whole(write(ONE))
    assert got.reasons == {"no_time": 1}
    assert any("--start-time" in warning for warning in got.feed.warnings)


def test_a_start_time_runs_on_by_the_seconds_in_the_messages(whole, write):
    seconds = [14, 30, 59, 3, 60, 2, 20]
    want = [14, 30, 59, 63, 63, 62, 80]  # 60 is no second; 2 after 3 is a second late, not a minute
    lines = [
        encode_dict({"msg_type": 1, "mmsi": 366000001, "second": s, "lat": 1, "lon": 2}, talker_id="AI")[0]
        for s in seconds
    ]
    got = whole(write("\n".join(lines)), start_time=START + timedelta(seconds=10))
    assert [(t.as_py() - START).total_seconds() for t in got.positions["timestamp"]] == want


@given(st.integers(0, 10**6), st.lists(st.integers(1, 29), max_size=30))
def test_the_clock_follows_steps_below_half_a_minute(start, steps):
    origin = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(seconds=start)
    clock, now = Clock(origin), origin
    for step in steps:
        now += timedelta(seconds=step)
        assert clock.at(now.second) == round(now.timestamp() * 10**6)
    assert clock.at(None) == round(now.timestamp() * 10**6)
    assert Clock(None).at(5) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(2, 4)), max_size=8), st.randoms())
def test_parts_in_any_order_come_together_once(messages, random):
    sentences = []
    for n, (station, sequence, total) in enumerate(dict.fromkeys(messages)):
        sentences += [(station, sequence, total, number, n) for number in range(1, total + 1)]
    random.shuffle(sentences)
    assembler, joined = Assembler(), []
    for line, (station, sequence, total, number, n) in enumerate(sentences):
        sentence = Sentence(line, Stamp(0, str(station)), total, number, str(sequence), "A", str(n), 0, "")
        parts, lost = assembler.push(sentence)
        assert not lost
        if parts:
            assert [p.number for p in parts] == list(range(1, total + 1))
            assert {p.payload for p in parts} == {str(n)}
            joined.append(n)
    assert sorted(joined) == list(range(len(dict.fromkeys(messages))))
    assert assembler.flush() == []


def test_parts_that_wait_for_ever_are_given_up():
    assembler = Assembler()
    lost = []
    for line in range(30_000):
        lost += assembler.push(Sentence(line, Stamp(None, str(line)), 2, 1, "1", "A", "", 0, ""))[1]
    assert len(lost) + len(assembler.flush()) == 30_000
    assert len(lost) > 10_000


@given(st.text(alphabet="\\!$,*AIVDM1234567890:gsc-ABF.", max_size=80))
def test_no_line_crashes(line):
    prefix, pieces = split(line)
    assert prefix + "".join(pieces) == line
    assert kind_of(line) is None or isinstance(kind_of(line), str)


def test_any_log_of_torn_lines_is_accounted_for(whole, write):
    text = "\n".join(tag(s="one", c=EPOCH) + s for s in (ONE, *static(219000001, "ALPHA"), ONE))
    for cut in range(0, len(text), 7):
        whole(write("!AIVDM,1,1,,A,,0*26\n" + text[:cut] + "\n" + text[cut + 3 :]))


@pytest.mark.parametrize(
    ("name", "messages", "reasons"),
    [
        ("nmea/aislib/stream_example.txt", 4032, {"mmsi": 19}),
        ("dma_stream_example_pghp_bsvdm.txt", 96, {}),
        ("nmea/gfw_ais_tools/ee-multiline.nmea", 8, {}),
        ("nmea/gfw_ais_tools/bad-tagblock-group.nmea", 1, {}),
        ("nmea/gfw_ais_tools/type1-bad-bitcount.nmea", 0, {"payload": 12}),
        ("dma_oresund_20181119.csv", 8193, {"unrecognised": 1}),
    ],
)
def test_real_logs(whole, sample, name, messages, reasons):
    got = whole(sample(name))
    assert (got.positions.num_rows, got.reasons) == (messages, reasons)
