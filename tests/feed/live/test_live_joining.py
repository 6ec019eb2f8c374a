"""Lines of many peers: when each was heard, messages in one piece, and never one of two ships."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyais.encode import encode_dict

from darkships.feed import open_feed
from darkships.feed.live import joining
from darkships.feed.live.joining import LIFETIME_MS, Joiner
from darkships.feed.live.sentences import split

NOW = 1_700_000_000_123
HEARD = datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)
ONE = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"


def summed(body, start):
    return f"{start}{body}*{reduce(xor, body.encode()):02X}"


def tag(**fields):
    return summed(",".join(f"{k}:{v}" for k, v in fields.items()), "\\") + "\\"


PGHP = summed("PGHP,1,2023,1,1,12,0,0,120,219,,2190047,1,23", "$")
A1, A2 = encode_dict({"msg_type": 5, "mmsi": 219000001, "shipname": "ALPHA"}, talker_id="AI", seq_id=8)
B1, B2 = encode_dict({"msg_type": 5, "mmsi": 219000002, "shipname": "BRAVO"}, talker_id="AI", seq_id=8)


def pushed(lines, joiner=None, step_ms=0):
    """Return what is written of (peer, line) pairs, and at the end of the rest."""
    joiner = joiner or Joiner()
    out = []
    for i, (peer, line) in enumerate(lines):
        out += joiner.push(peer, line.encode("latin-1"), NOW + i * step_ms)
    return [line.decode("latin-1") for line in out], [line.decode("latin-1") for line in joiner.flush()]


def read(lines, tmp_path):
    """Return (mmsi, time) of each position and (mmsi, name) of each static report, and the reasons of quarantine."""
    path = tmp_path / "spool.nmea"
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    batches = list(open_feed(path, format="nmea").batches())
    positions = [(r["mmsi"], r["timestamp"]) for b in batches for r in b.positions.to_pylist()]
    statics = [(r["mmsi"], r["name"]) for b in batches for r in b.statics.to_pylist()]
    return positions, statics, Counter(r for b in batches for r in b.quarantine["reason"].to_pylist())


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (ONE, [f"{NOW} {ONE}"]),
        (f"  {ONE}", [f"{NOW}   {ONE}"]),
        (f"{tag(s='alpha')}{ONE}", [f"{NOW} {tag(s='alpha')}{ONE}"]),
        (f"UdPbC\0{tag(s='AI0001')}{ONE}", [f"{NOW} UdPbC\0{tag(s='AI0001')}{ONE}"]),
        (f"{ONE},r003669930", [f"{NOW} {ONE},r003669930"]),
        (f"1970-01-01 00:00:07 {ONE}", ["# 1970-01-01 00:00:07", f"{NOW} {ONE}"]),
        (f"$GPZDA,1{ONE}", ["$GPZDA,1", f"{NOW} {ONE}"]),
        (f"{ONE} {ONE}", [f"{NOW} {ONE} {ONE}"]),
        (ONE.replace("*23", "*24"), [f"{NOW} {ONE.replace('*23', '*24')}"]),
        # What tells its time keeps it.
        (f"{tag(c=1672574400)}{ONE}", [f"{tag(c=1672574400)}{ONE}"]),
        (f"{ONE},1672574400", [f"{ONE},1672574400"]),
        (f"2023-01-01T12:00:00Z;{ONE}", [f"2023-01-01T12:00:00Z;{ONE}"]),
        (f"{ONE},{PGHP}", [f"{ONE},{PGHP}"]),
        # What is no AIS sentence passes as it is; blank lines do not.
        ("$GPGGA,120000,4900,N", ["$GPGGA,120000,4900,N"]),
        ("# a comment", ["# a comment"]),
        ("rubbish \xff", ["rubbish \xff"]),
        (" \t", []),
    ],
)
def test_what_is_written_of_a_line(line, written):
    assert pushed([("p", line)]) == (written, [])


@pytest.mark.parametrize(
    "line", [ONE, f"{tag(s='alpha')}{ONE}", f"1970-01-01 00:00:07 {ONE}", f"$GPZDA,1{ONE}", f"tower 7: {ONE},r0036"]
)
def test_the_reader_finds_the_time_of_arrival(line, tmp_path):
    assert read(pushed([("p", line)])[0], tmp_path)[0] == [(227006760, HEARD)]


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (f"{tag(c=1672574400)}{ONE}", datetime(2023, 1, 1, 12, tzinfo=UTC)),
        (f"{ONE},r003669946,1672574460,1672574400", datetime(2023, 1, 1, 12, tzinfo=UTC)),
        (f"[2023-01-01 12:00:00.141] {ONE}", datetime(2023, 1, 1, 12, 0, 0, 141_000, tzinfo=UTC)),
    ],
)
def test_the_reader_finds_the_time_that_a_line_tells(line, time, tmp_path):
    assert read(pushed([("p", line)])[0], tmp_path)[0] == [(227006760, time)]


def test_of_sentences_in_one_line_those_that_tell_no_time_were_heard_on_arrival(tmp_path):
    written, _ = pushed([("a", f"{tag(s='x', c=1672574400)}{ONE}{ONE}{A1}{A2}")])
    told = datetime(2023, 1, 1, 12, tzinfo=UTC)
    assert read(written, tmp_path)[0] == [(227006760, told), (227006760, HEARD), (219000001, HEARD)]
    written, _ = pushed([("a", f"{ONE}{ONE},1672574400")])  # what stands at the end holds for all
    assert read(written, tmp_path)[0] == [(227006760, told)] * 2


def test_a_line_of_its_own_tells_the_time_even_if_others_come_between(tmp_path):
    lines = [("p", PGHP), ("q", ONE), ("p", ONE), ("q", tag(c=1672574400)), ("p", ONE), ("q", ONE)]
    written, rest = pushed(lines)
    assert written == [f"{NOW} {ONE}", PGHP, ONE, f"{NOW} {ONE}", tag(c=1672574400), ONE]
    assert rest == []
    told = datetime(2023, 1, 1, 12, tzinfo=UTC)
    times = [time for _, time in read(written, tmp_path)[0]]
    assert times == [HEARD, told + timedelta(milliseconds=120), HEARD, told]


def test_a_pghp_line_that_lost_its_end_tells_the_time_all_the_same(tmp_path):
    written, _ = pushed([("p", PGHP + ONE), ("p", ONE)])
    assert written == [PGHP, ONE, f"{NOW} {ONE}"]
    assert read(written, tmp_path)[0][0] == (227006760, datetime(2023, 1, 1, 12, 0, 0, 120_000, tzinfo=UTC))


def test_a_line_that_tells_the_time_of_nothing_is_counted_not_given_to_the_next():
    joiner = Joiner()
    written, _ = pushed([("p", PGHP), ("p", PGHP), ("p", ONE), ("q", PGHP)], joiner)
    joiner.forget("q")
    assert written == [PGHP, ONE]
    assert joiner.unpaired == 2


def test_two_peers_with_the_same_sequence_number_make_two_ships(tmp_path):
    written, rest = pushed([("p", A1), ("q", B1), ("p", A2), ("q", B2)], step_ms=10)
    assert written == [f"{NOW} {A1}", f"{NOW + 20} {A2}", f"{NOW + 10} {B1}", f"{NOW + 30} {B2}"]
    assert rest == []
    _, statics, reasons = read(written, tmp_path)
    assert statics == [(219000001, "ALPHA"), (219000002, "BRAVO")]
    assert not reasons


def test_the_second_part_may_come_first_and_others_between(tmp_path):
    written, _ = pushed([("p", A2), ("p", ONE), ("p", A1)])
    assert written == [f"{NOW} {ONE}", f"{NOW} {A1}", f"{NOW} {A2}"]
    assert read(written, tmp_path)[1] == [(219000001, "ALPHA")]


@pytest.mark.parametrize("delay_s", [0, 3600])
@pytest.mark.parametrize(
    "lines",
    [
        [tag(g="1-2-345", s="x", c="{}") + A1, tag(g="2-2-345") + A2],
        [tag(c="{}") + A1, A2],
        [tag(s="x", c="{}") + A1, tag(s="x") + A2],
        [tag(c="{}"), A1, A2],
    ],
)
def test_the_time_of_one_part_is_that_of_the_message_however_late_it_arrives(lines, delay_s, tmp_path):
    told = NOW // 1000 - delay_s
    made = []
    for line in lines:  # the checksum of a TAG block is over the time in it
        body = line.replace("{}", str(told))
        first, back, rest = body.removeprefix("\\").partition("\\")
        made.append(summed(first.rpartition("*")[0], "\\") + back + rest if body.startswith("\\") else body)
    written, rest = pushed([("p", line) for line in made], step_ms=50)
    assert [line for line in written if "!" in line] == [line for line in made if "!" in line]
    assert rest == []
    positions, statics, reasons = read(written, tmp_path)
    assert statics == [(219000001, "ALPHA")]
    assert [time.timestamp() for _, time in positions] == [told]
    assert not reasons


def test_a_pghp_line_stays_with_both_parts_between_those_of_other_peers(tmp_path):
    written, _ = pushed([("p", PGHP), ("p", A1), ("q", B1), ("q", ONE), ("q", B2), ("p", A2)])
    assert written == [f"{NOW} {ONE}", f"{NOW} {B1}", f"{NOW} {B2}", PGHP, A1, PGHP, A2]
    positions, statics, reasons = read(written, tmp_path)
    assert statics == [(219000002, "BRAVO"), (219000001, "ALPHA")]
    assert positions[-1] == (219000001, datetime(2023, 1, 1, 12, 0, 0, 120_000, tzinfo=UTC))
    assert not reasons


def test_parts_whose_others_never_come_are_shown_and_make_no_chimera(tmp_path):
    joiner = Joiner()
    joiner.push("p", A2.encode(), NOW)
    assert joiner.expire(NOW + LIFETIME_MS) == []
    lost = [line.decode() for line in joiner.expire(NOW + LIFETIME_MS + 1)]
    assert [line.endswith(A2) for line in lost] == [True]
    late, _ = pushed([("q", B1), ("q", B2), ("p", A1)], joiner)
    _, statics, reasons = read([*lost, *late, *(line.decode() for line in joiner.flush())], tmp_path)
    assert statics == [(219000002, "BRAVO")]
    assert reasons == {"incomplete": 1}  # the first part went with the flush of pushed()


def test_a_part_that_comes_twice_begins_anew(tmp_path):
    written, rest = pushed([("p", A1), ("p", B1), ("p", B2)])
    _, statics, reasons = read([*written, *rest], tmp_path)
    assert statics == [(219000002, "BRAVO")]
    assert reasons == {"incomplete": 1}


def test_orphans_at_the_end_are_not_joined_across_peers(tmp_path):
    written, rest = pushed([("p", A1), ("q", B2)])
    assert written == []
    _, statics, reasons = read(rest, tmp_path)
    assert statics == []
    assert reasons == {"incomplete": 2}


def test_what_waits_is_bounded_and_nothing_of_it_is_lost(monkeypatch):
    monkeypatch.setattr(joining, "MOST_WAITING", 50)
    monkeypatch.setattr(joining, "MOST_PEERS", 50)
    joiner, written = Joiner(), []
    for i in range(60):
        written += joiner.push(i, A1.encode(), NOW)
    assert len(written) == 10
    assert len(joiner.flush()) == 50
    for i in range(60):
        joiner.push(i, PGHP.encode(), NOW)
    assert joiner.unpaired == 10


MESSAGES = [[ONE], [A1, A2], [B1, B2]] + [
    list(encode_dict({"msg_type": 5, "mmsi": 219000010 + i, "shipname": f"SHIP {i}"}, talker_id="AI", seq_id=i % 3))
    for i in range(5)
]


@settings(max_examples=40)
@given(data=st.data())
def test_whatever_order_peers_speak_in_every_message_comes_out_once(data, tmp_path_factory):
    peers = {p: data.draw(st.lists(st.integers(0, len(MESSAGES) - 1), max_size=4), label=p) for p in "pqr"}
    queues = {p: [line for i in said for line in MESSAGES[i]] for p, said in peers.items()}
    order = data.draw(st.permutations([p for p, lines in queues.items() for _ in lines]))
    written, rest = pushed([(p, queues[p].pop(0)) for p in order])
    assert rest == []
    said = Counter(i for numbers in peers.values() for i in numbers)
    positions, _, reasons = read([*written, ONE], tmp_path_factory.mktemp("joined"))
    mmsis = {0: 227006760, 1: 219000001, 2: 219000002, **{i: 219000007 + i for i in range(3, 8)}}
    assert Counter(mmsi for mmsi, _ in positions) == {mmsis[i]: n for i, n in said.items()}
    assert reasons == {"no_time": 1}  # the bare line shows that times do not come from elsewhere


NOISE = st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=255, exclude_characters="\r\n"), max_size=30)
LINES = st.one_of(
    NOISE,
    st.sampled_from(
        [ONE, A1, A2, B1, B2, PGHP, tag(s="x"), tag(c=1672574400), tag(g="1-2-9") + A1, tag(g="2-2-9") + A2]
    ),
    st.tuples(NOISE, st.sampled_from([ONE, A1, A2]), NOISE).map("".join),
    st.lists(st.sampled_from([ONE, A1, A2, "!AIVDM,", "\\", "$", "1700000000"]), max_size=4).map("".join),
)


@given(said=st.lists(st.tuples(st.sampled_from("pq"), LINES), max_size=12))
def test_whatever_comes_nothing_is_lost_without_being_counted(said):
    joiner = Joiner()
    written, rest = pushed(said, joiner)
    out = written + rest
    assert not any("\n" in line or "\r" in line or not line.strip(" \t") for line in out)
    everything = "\n".join(out)
    missing = 0
    for _, line in said:
        _, pieces = split(line)
        missing += sum(piece not in everything for piece in pieces or [line.strip()])
    assert missing <= joiner.unpaired
    assert not joiner.flush()


@pytest.mark.parametrize(
    "name",
    [
        "kystverket_tagblock.nmea",
        "spire_exactearth_tagblock_20211101.nm4",
        "uscg_nais_trailing_fields_201201.nmea",
        "pghp_gatehouse.nmea",
        "dma_stream_example_pghp_bsvdm.txt",
        "libais_tagblock.nmea",
    ],
)
def test_real_logs_give_the_same_when_they_come_live_from_two_peers(name, sample, tmp_path):
    lines = [line.strip("\r") for line in sample(name).read_text(encoding="latin-1").split("\n")]
    positions, statics, reasons = read(lines, tmp_path)
    untimed = reasons.pop("no_time", 0)  # live these have the time of their arrival

    def live(peers):
        written, rest = pushed([(peer, line) for line in lines for peer in peers])
        got, said, why = read(written + rest, tmp_path)
        timed = [row for row in got if row[1] != HEARD]
        assert len(got) - len(timed) == len(peers) * untimed
        return sorted(timed), sorted(map(str, said)), why

    assert live("p") == (sorted(positions), sorted(map(str, statics)), reasons)
    assert live("pq") == (
        sorted(positions * 2),
        sorted(map(str, statics * 2)),
        Counter({k: 2 * n for k, n in reasons.items()}),
    )


@pytest.mark.parametrize(
    "unit", ["\\", "\\ ", "1", "!AIVDM,", "$PGHP,1", "\\g:1-2-", "# ", "!AIVDM,1,1,,A,\\", "2023-01-01 "]
)
def test_no_line_takes_long(unit):
    line = (unit * 4096)[:4096].encode()
    joiner, begin = Joiner(), time.process_time()
    for _ in range(20):
        joiner.push("p", line, NOW)
    assert time.process_time() - begin < 2.0  # it takes 0.02 s; what grows with the square of the length takes minutes
