"""NMEA logs: lines of every make, times, stations, messages of several parts, damage."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

import pytest
from pyais.encode import encode_dict

from darkships.feed import nmea_source
from darkships.feed.containers import Member
from darkships.feed.nmea_source import NmeaSource
from darkships.schema import POSITION_FLAGS

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


def test_pitfall_16_two_stations_with_one_sequence_id_make_no_chimera(whole, write):
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


def test_pitfall_10_a_corrupt_payload_gives_no_position(whole, write):
    corrupt = [ONE[:at] + chr(ord(ONE[at]) ^ 1) + ONE[at + 1 :] for at in range(14, 42)]
    got = whole(write("\n".join(tag(c=EPOCH) + line for line in corrupt)))
    assert (got.positions.num_rows, got.statics.num_rows) == (0, 0)
    assert sum(got.reasons.values()) == len(corrupt)
    assert got.reasons["checksum"] >= len(corrupt) - 2


def test_pitfall_10_a_tag_block_with_a_wrong_checksum_tells_no_time_but_costs_no_payload(whole, write):
    wrong = tag(s="alpha", c=EPOCH).replace("alpha", "alphb")
    got = whole(write(f"{wrong}{ONE}\n"), start_time=START)
    assert got.rows("mmsi", "station", "timestamp") == [(227006760, None, START + timedelta(seconds=14))]


def test_lower_case_checksums(whole, write):
    bodies = (f"AIVDM,1,1,{n},A,13HOI:0P0000VOHLCnHQKwvL05Ip,0" for n in range(99))
    line = next(line for line in (summed(body, "!") for body in bodies) if line[-1] in "ABCDEF")
    assert whole(write(f"{EPOCH},{line[:-2]}{line[-2:].lower()}")).positions.num_rows == 1


def test_a_log_that_ends_in_mid_sentence_and_mid_message(whole, write):
    parts = static(219000001, "ALPHA")
    got = whole(write("\n".join([tag(c=EPOCH) + ONE, tag(c=EPOCH) + parts[0], tag(c=EPOCH) + ONE[:25]])))
    assert got.positions.num_rows == 1
    assert got.reasons == {"incomplete": 1, "truncated": 1}


def test_what_is_no_ais_is_skipped_and_counted(whole, write):
    lines = ["# comment", "", "$GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A*18", f"{EPOCH},{ONE}"]
    assert whole(write("\n".join(lines))).skipped == {"comment": 1, "blank": 1, "other_nmea": 1}


def test_pitfall_5_without_any_time_nothing_is_guessed(whole, write):
    got = whole(write(ONE))
    assert got.reasons == {"no_time": 1}
    assert any("--start-time" in warning for warning in got.feed.warnings)


def test_pitfall_5_a_start_time_runs_on_by_the_seconds_in_the_messages(whole, write):
    seconds = [14, 30, 59, 3, 60, 2, 20]
    want = [14, 30, 59, 63, 63, 62, 80]  # 60 is no second; 2 after 3 is a second late, not a minute
    lines = [
        encode_dict({"msg_type": 1, "mmsi": 366000001, "second": s, "lat": 1, "lon": 2}, talker_id="AI")[0]
        for s in seconds
    ]
    got = whole(write("\n".join(lines)), start_time=START + timedelta(seconds=10))
    assert [(t.as_py() - START).total_seconds() for t in got.positions["timestamp"]] == want


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


def position(second, mmsi=366000001, **more):
    return encode_dict({"msg_type": 1, "mmsi": mmsi, "second": second, "lat": 1, "lon": 2, **more}, talker_id="AI")[0]


def seconds_after(got):
    return [(t.as_py() - START).total_seconds() for t in got.positions["timestamp"]]


RMC = summed("GPRMC,120010,A,5013.4693,N,00346.6503,W,4.0,183.2,010123,3.8,W,A", "$")
ZDA = summed("GPZDA,120010.00,01,01,2023,00,00", "$")


@pytest.mark.parametrize("clock", [RMC, ZDA, "# logged 2023-01-01 12:00:10 UTC"])
def test_pitfall_5_a_log_is_timed_by_its_own_clock_lines(whole, write, clock):
    got = whole(write("\n".join([position(5), clock, position(12), position(58), position(1)])))
    assert got.reasons == {"no_time": 1}
    assert seconds_after(got) == [12, -2, 1]  # each second the nearest to the clock
    assert set(got.positions["flags"].to_pylist()) == {POSITION_FLAGS["time_assumed"]}


def test_a_base_station_times_a_log(whole, write):
    got = whole(write("\n".join([base_station(12, 0, 10), position(12)])))
    assert seconds_after(got) == [10, 12]
    assert got.positions["flags"].to_pylist() == [0, POSITION_FLAGS["time_assumed"]]


def base_station(hour, minute, second):
    clock = {"year": 2023, "month": 1, "day": 1, "hour": hour, "minute": minute, "second": second}
    return encode_dict({"msg_type": 4, "mmsi": "002190047", **clock, "lat": 55.5, "lon": 12.5}, talker_id="AI")[0]


def test_a_base_station_that_differs_is_believed_when_the_next_one_says_the_same(whole, write):
    log = [base_station(12, 0, 10), base_station(3, 0, 0), position(12), base_station(15, 0, 0), base_station(15, 0, 9)]
    got = whole(write("\n".join([*log, position(12)])))
    assert seconds_after(got) == [10, 10, 12, 12, 3 * 3600 + 9, 3 * 3600 + 12]
    assumed = [bool(flags & POSITION_FLAGS["time_assumed"]) for flags in got.positions["flags"].to_pylist()]
    assert assumed == [False, True, True, True, False, True]


def test_pitfall_4_the_clock_passes_midnight_and_the_new_year(whole, write):
    start = datetime(2022, 12, 31, 23, 59, 50, tzinfo=UTC)
    got = whole(write("\n".join(position(s) for s in (55, 5, 30, 50, 10))), start_time=start)
    assert [t.as_py().isoformat()[:19] for t in got.positions["timestamp"]] == [
        "2022-12-31T23:59:55", "2023-01-01T00:00:05", "2023-01-01T00:00:30", "2023-01-01T00:00:50",
        "2023-01-01T00:01:10",
    ]  # fmt: skip


def test_pitfall_4_a_station_whose_clock_is_off_is_flagged(whole, write):
    wrong, right = tag(s="wrong", c=EPOCH + 31), tag(s="right", c=EPOCH + 29)
    got = whole(write("\n".join(t + s for s in (base_station(12, 0, 0), position(3)) for t in (wrong, right))))
    off = [bool(flags & POSITION_FLAGS["clock_off"]) for flags in got.positions["flags"].to_pylist()]
    assert list(zip(got.positions["station"].to_pylist(), off, strict=True)) == [
        ("wrong", True), ("right", False), ("wrong", True), ("right", False),
    ]  # fmt: skip


def test_what_is_told_of_the_vessel(whole, write):
    lines = static(219000001, "ALPHA", to_bow=100, to_stern=20, to_port=10, to_starboard=12, epfd=1, ais_version=2)
    half = {"msg_type": 24, "mmsi": 338000001, "partno": 1, "vendorid": "SRT", "callsign": "WDA1", "ship_type": 37}
    lines += encode_dict(half, talker_id="AI")
    mother = {"msg_type": 24, "mmsi": 983380001, "partno": 1, "mothership_mmsi": 338000001}
    lines += encode_dict(mother, talker_id="AI")
    ship, boat, tender = whole(write("\n".join(tag(c=EPOCH) + line for line in lines))).statics.to_pylist()
    names = ("to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m", "length_m", "beam_m", "epfd", "ais_version")
    assert [ship[name] for name in names] == [100, 20, 10, 12, 120, 22, 1, 2]
    assert (boat["vendor_id"], boat["callsign"], boat["ship_type"], boat["length_m"]) == ("SRT", "WDA1", 37, None)
    assert tender["mothership_mmsi"] == 338000001


def test_the_second_and_the_turn_of_a_fix(whole, write):
    got = whole(write(tag(c=EPOCH) + position(14, turn=-10) + "\n" + tag(c=EPOCH) + position(60, turn=-128)))
    assert got.positions["utc_second"].to_pylist() == [14, None]
    assert got.positions["rot_deg_min"].to_pylist() == [pytest.approx(-10, abs=0.5), None]


def two_stations():
    """Return a log in which two stations use one sequence number at a time, and one sends its second part first."""
    lines = []
    for n in range(40):
        a, b = static(219000000 + n, f"ALPHA{n}"), static(273000000 + n, f"BRAVO{n}")
        time = EPOCH + n
        lines += [tag(s="one", c=time) + a[1], tag(s="two", c=time) + b[0], tag(s="one", c=time) + a[0]]
        lines += ["# between", tag(s="two", c=time) + b[1], tag(s="two", c=time) + ONE]
    return "".join(f"{line}\n" for line in lines)


def tables(got):
    return got.positions.to_pylist(), got.statics.to_pylist(), got.quarantine.to_pylist(), got.skipped, got.rows_read


@pytest.mark.parametrize("size", [150, 333, 1000])
def test_pitfall_16_borders_of_blocks_change_nothing(whole, write, monkeypatch, size):
    path = write(two_stations())
    want = whole(path)
    assert sorted(s["name"] for s in want.statics.to_pylist()) == sorted(
        f"{name}{n}" for n in range(40) for name in ("ALPHA", "BRAVO")
    )
    monkeypatch.setattr(nmea_source, "BLOCK_SIZE", size)
    assert tables(whole(path)) == tables(want)


def read_in_two(write, text, cut):
    """Read a log's beginning, then the rest with what the first reading left."""
    first = NmeaSource(Member(write(text[:cut], "first.nmea"), final=False), "unknown")
    batches = list(first.batches())
    second = NmeaSource(Member(write(text[cut:], "second.nmea")), "unknown", carry=first.carry)
    return batches + list(second.batches())


@pytest.mark.parametrize("line", [1, 2, 7, 31, 100])
def test_a_reading_goes_on_where_the_last_one_ended(whole, write, line):
    pghp = summed("PGHP,1,2023,1,1,12,0,0,0,219,,2190047,1,23", "$")
    text = "\n".join([pghp, *static(219000001, "DELTA"), RMC]) + "\n" + two_stations() + position(12) + "\n"
    cut = len("".join(part + "\n" for part in text.split("\n")[:line]))
    want, got = whole(write(text)), read_in_two(write, text, cut)
    assert [row for batch in got for row in batch.positions.to_pylist()] == want.positions.to_pylist()
    assert [row for batch in got for row in batch.statics.to_pylist()] == want.statics.to_pylist()
    assert sum(batch.rows_read for batch in got) == want.rows_read
    assert sum(batch.quarantine.num_rows for batch in got) == want.quarantine.num_rows == 0


def test_a_part_that_waits_in_vain_over_readings_is_quarantined_as_it_was(write):
    first = tag(c=EPOCH) + static(219000001, "ALPHA")[0] + ",rX,1672574400"
    batches = read_in_two(write, f"{first}\n{tag(c=EPOCH)}{ONE}\n", len(first) + 1)
    rejects = [row for batch in batches for row in batch.quarantine.to_pylist()]
    assert [(r["offset"], r["reason"], r["raw"]) for r in rejects] == [(1, "incomplete", first)]
    assert sum(batch.rows_read for batch in batches) == 2


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("Hakefjord.log", {"2015-07-20": 15824}),
        ("Go_to_Guernesey.txt", {"2011-07-26": 17760, "2010-01-21": 3}),  # three lines of another log, with their time
    ],
)
def test_plotters_logs_are_timed_by_their_own_clock(whole, sample, name, days):
    got = whole(sample(f"nmea/opencpn/{name}"))
    assert Counter(str(t.as_py())[:10] for t in got.positions["timestamp"]) == days
