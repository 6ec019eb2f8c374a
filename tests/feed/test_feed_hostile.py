"""Feeds made to take time or memory, and what fuzzing found; each input as small as it could be made."""

import io
import json
import zipfile
from functools import reduce
from operator import xor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import json_source, nmea_source
from darkships.feed.containers import Member, line_blocks
from darkships.feed.containers import lines as container_lines
from darkships.feed.json_layout import layouts
from darkships.feed.nmea_source import NmeaSource
from darkships.feed.nmea_state import State
from darkships.kernels.nmea_parts import LIFETIME_LINES, MOST_PENDING, TIMED_LIFETIME_LINES

EPOCH = 1_672_574_400
FIRST, SECOND = "544FV@A15aT4<4hh001<P4@uL000000000000011<PD::4o6NB5Slm3hj3V", "@00000000000"


def summed(body, start="!"):
    return f"{start}{body}*{reduce(xor, body.encode(), 0):02X}"


def part(number, tag="", payload=None, sequence=0):
    """Return one of the two sentences of a type 5."""
    text = payload or (FIRST, SECOND)[number - 1]
    block = summed(tag, "\\") + "\\" if tag else ""
    return block + summed(f"AIVDM,2,{number},{sequence},A,{text},{(number - 1) * 2}")


TAGGED = summed(f"s:a,c:{EPOCH}", "\\") + "\\"
OTHER = summed(f"s:b,c:{EPOCH}", "\\") + "\\"
ONE = summed("AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0")


def in_blocks(whole, path, size, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nmea_source, "BLOCK_SIZE", size)
        return whole(path, **options)


def test_a_refused_message_of_two_blocks_is_quarantined_as_it_stood(whole, write):
    log = [summed("1G2:0125", "\\") + "\\" + part(1), summed("2G2:0125", "\\") + "\\" + part(2)]
    got = in_blocks(whole, write("\n".join(log)), 100, format="nmea")
    assert got.quarantine.select(["reason", "raw"]).to_pylist() == [{"reason": "no_time", "raw": " ".join(log)}]


def test_times_that_run_back_and_forth_part_no_message_where_blocks_end(whole, write):
    other = summed(f"s:b,c:{EPOCH + 9000}", "\\") + "\\" + ONE
    log = [part(1, f"s:a,c:{EPOCH}"), other, other, part(2, f"s:a,c:{EPOCH}"), other]
    for size in (150, 250, 1000):
        got = in_blocks(whole, write("\n".join(log)), size)
        assert (got.skipped, got.reasons) == ({"further_part": 1}, {})


PIECES = {
    (total, number): summed(f"AIVDM,{total},{number},1,A,{FIRST[: 60 // total]},0")
    for total in (1, 2, 3)
    for number in range(1, total + 1)
}
tags = st.sampled_from(["", "s:a", f"s:a,c:{EPOCH}", f"s:b,c:{EPOCH}", f"c:{EPOCH + 61}", "g:1-2-7", "g:1-2-7,s:a"])
pieces = st.builds(
    lambda tag, piece: (summed(tag, "\\") + "\\" if tag else "") + piece, tags, st.sampled_from([*PIECES.values()])
)
log_lines = st.one_of(st.lists(pieces, min_size=1, max_size=2).map("".join), st.just("#"))


@given(st.lists(log_lines, min_size=2, max_size=8))
@settings(max_examples=300)
@example([PIECES[2, 1], TAGGED + PIECES[2, 2], *[PIECES[2, 2] + PIECES[2, 1]] * 2])
@example([TAGGED + PIECES[3, 1], OTHER + PIECES[2, 1] + TAGGED + PIECES[3, 2], PIECES[2, 2]])
def test_parts_are_joined_alike_wherever_blocks_end(whole, tmp_path_factory, log):
    """Each line in a block of its own, and all in one."""
    path = tmp_path_factory.getbasetemp() / "parts.nmea"
    path.write_text("".join(f"{line:250}\n" for line in log))
    want, got = whole(path, format="nmea"), in_blocks(whole, path, 300, format="nmea")
    assert (got.skipped, got.rows_read) == (want.skipped, want.rows_read)
    assert got.positions.to_pylist() == want.positions.to_pylist()
    assert sorted(map(str, got.quarantine.to_pylist())) == sorted(map(str, want.quarantine.to_pylist()))


@pytest.mark.parametrize(
    ("tag", "between", "is_joined"),
    [
        ("", LIFETIME_LINES - 1, True),
        ("", LIFETIME_LINES, False),
        (f"s:a,c:{EPOCH}", LIFETIME_LINES, True),
        (f"s:a,c:{EPOCH}", TIMED_LIFETIME_LINES - 1, True),
        (f"s:a,c:{EPOCH}", TIMED_LIFETIME_LINES, False),
    ],
)
def test_parts_too_many_lines_apart_are_not_joined(whole, write, tag, between, is_joined):
    got = whole(write(part(1, tag) + "\n" + "#\n" * between + part(2, tag)), format="nmea")
    assert got.skipped == {"comment": between, **({"further_part": 1} if is_joined else {})}


def test_of_parts_that_wait_while_time_stands_still_the_oldest_is_given_up(whole, write):
    tags = [f"s:{i},c:{EPOCH}" for i in range(MOST_PENDING + 1)]
    got = whole(write("\n".join([*(part(1, tag) for tag in tags), part(2, tags[1]), part(2, tags[0])])))
    assert got.rows("station", "offset") == [("1", MOST_PENDING + 2)]
    assert got.quarantine.num_rows == MOST_PENDING + 1  # of the first both parts, and one of each other but the second


def test_parts_longer_than_any_message_are_not_carried_on(write):
    log = part(1, f"s:a,c:{EPOCH}", payload="0" * 11_000) + "\n" + part(1, f"s:b,c:{EPOCH}") + "x" * 5000 + "\n"
    source = NmeaSource(Member(write(log), final=False), "unknown")
    rejects = [row for batch in source.batches() for row in batch.quarantine.to_pylist()]
    assert [r["offset"] for r in rejects if r["reason"] == "incomplete"][:1] == [1]
    assert len(source.carry) < 2000


def test_only_so_many_clocks_of_stations_are_remembered():
    state = State()
    state.remember({f"{i}": (1, 0) for i in range(20_002)} | {"x" * 101: (1, 0)})
    assert len(state.stations) == 20_000
    assert next(iter(state.stations)) == "2"
    state.remember({"2": (2, 0), "new": (0, 1)})
    assert len(state.stations) == 20_000
    assert state.stations["new"] == (0, 1)


ROW = '{"mmsi": 273000001, "time": "2023-05-06T07:08:09Z", "lat": 42.5, "lon": 131.25}'


@pytest.mark.parametrize("head", ["[{" * 30_000, '{"a":[{}]},' * 6_000, '[{"a":' * 10_000 + ROW, "[[" * 30_000])
def test_of_a_head_full_of_lists_only_so_many_are_looked_at(head):
    assert len(list(layouts(f'{{"x": 1}} {head}'.encode()))) <= 51


def test_a_string_that_does_not_end_is_read_once():
    """Were each of its quotes taken for a beginning, this would take minutes."""
    assert list(layouts(b'[{"a": "' + b'\\"' * 2_000_000)) == []


def test_short_items_of_a_list_come_in_chunks(whole, write, monkeypatch):
    monkeypatch.setattr(json_source, "MOST_LINES", 100)
    monkeypatch.setattr(json_source, "_PIECE", 50)
    path = write("[" + ROW + ",{}" * 1000 + "]")
    assert whole(path).reasons == {"mmsi": 1000}
    source = whole(path).feed.sources[0]
    assert max(chunk.rows_read for chunk in type(source)(source.member, source.binding, source.layout).chunks()) < 200


@given(
    st.lists(st.sampled_from([b"", b"a", b"bcd"]), max_size=30).map(b"\n".join),
    st.integers(1, 5),
    st.integers(8, 30),
    st.booleans(),
)
@settings(max_examples=150)
def test_blocks_have_only_so_many_lines_and_lose_none(tmp_path_factory, text, most, size, final):
    path = tmp_path_factory.getbasetemp() / "lines"
    path.write_bytes(text)
    member = Member(path, final=final)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(container_lines, "MOST_LINES", most)
        blocks = list(line_blocks(member, size))
    whole_lines = text if final else text[: text.rfind(b"\n") + 1]
    assert b"".join(blocks) == whole_lines
    assert all(block.endswith(b"\n") and block.count(b"\n") <= most for block in blocks[:-1])
    assert all(block.count(b"\n") <= most for block in blocks)
    assert member.progress.consumed == len(whole_lines)
    assert member.progress.held_back == (len(whole_lines) < len(text))


def test_a_table_with_more_columns_than_a_feed_has_is_refused(whole, write):
    with pytest.raises(FeedError, match="has 304 columns; expected at most 300"):
        whole(write("mmsi,time,lat,lon" + ",a" * 300 + "\n273000001,2023-05-06T07:08:09Z,42.5,131.25" + "," * 300))


@pytest.mark.parametrize("millisecond", ["1e300", "-5", "1000", "nan", ""])
def test_a_millisecond_that_is_none_changes_nothing(whole, write, millisecond):
    names = {"mmsi": "m", "timestamp": "t", "lat": "y", "lon": "x", "millisecond": "ms"}
    got = whole(write(f"m,t,y,x,ms\n273000001,2023-05-06T07:08:09Z,42.5,131.25,{millisecond}\n"), column_map=names)
    assert got.positions["timestamp"][0].as_py().microsecond == 0


def test_a_file_without_name_in_a_zip_is_refused(whole, write):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", json.dumps([json.loads(ROW)]))
    content = bytearray(buffer.getvalue())
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    content[end + 12] -= 1  # the directory is one byte shorter
    content[at + 28] = 0  # the length of the name
    del content[at + 46]
    with pytest.raises(FeedError, match="unsafe name ''"):
        whole(write(bytes(content)))
