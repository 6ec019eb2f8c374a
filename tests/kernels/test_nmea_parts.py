"""The joining of sentences against dictionaries, whatever the order in which stations and parts come."""

from functools import reduce
from operator import xor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from naive_nmea_lines import Stamp, read_sentence
from naive_nmea_lines import split as split_line
from naive_nmea_parts import Assembler
from nmea_reading import join, records_of, waiting

from darkships.kernels import nmea_records as lines
from darkships.kernels.nmea_parts import LIFETIME_LINES, intern


def summed(body, start="!"):
    return f"{start}{body}*{reduce(xor, body.encode(), 0):02X}"


def part(total, number, sequence, payload, station="", group="", time=None):
    fields = [f"g:{number}-{total}-{group}"] if group else []
    fields += [f"s:{station}"] if station else []
    fields += [f"c:{1_672_574_400 + time}"] if time is not None else []
    tag = summed(",".join(fields), "\\") + "\\" if fields else ""
    return tag + summed(f"AIVDM,{total},{number},{sequence},A,{payload},0")


def by_kernel(log):
    """Return the line numbers of each message's parts, in the order of the parts, and of the parts that are left."""
    got = join("".join(line + "\n" for line in log))

    def numbers(records):
        return [int(got.records[r, lines.LINE]) for r in records]

    joined = [numbers(records_of(got, message)) for message in got.messages.tolist()]
    return joined, sorted(numbers(got.lost.tolist()) + numbers(waiting(got)))


def by_reference(log):
    assembler, joined, lost = Assembler(), [], []
    for number, line in enumerate(log, start=1):
        sentence = read_sentence(split_line(line)[1][0], number, Stamp())
        parts, gone = assembler.push(sentence)
        lost += [p.line for p in gone]
        if parts:
            joined.append([p.line for p in parts])
    return joined, sorted(lost + [p.line for p in assembler.flush()])


sentences = st.builds(
    lambda total, number, sequence, station, group, time: part(
        total, min(number, total), sequence, "1", station, group, time
    ),
    st.integers(1, 3), st.integers(1, 3), st.integers(0, 1), st.sampled_from(["", "", "a", "b"]),
    st.sampled_from(["", "", "7", "8"]), st.sampled_from([None, 0, 1, 59, 61, 125]),
)  # fmt: skip


@given(st.lists(sentences, max_size=25))
def test_parts_are_joined_as_dictionaries_join_them(log):
    assert by_kernel(log) == by_reference(log)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(2, 4)), max_size=8), st.randoms())
def test_parts_in_any_order_come_together_once(messages, random):
    told = list(dict.fromkeys(messages))
    log = [
        part(total, number, sequence, str(n), station=f"s{station}", time=0)
        for n, (station, sequence, total) in enumerate(told)
        for number in range(1, total + 1)
    ]
    random.shuffle(log)
    joined, left = by_kernel(log)
    assert left == []
    assert len(joined) == len(told)
    for records in joined:
        fields = [log[number - 1].rpartition("!")[2].split(",") for number in records]
        assert [f[2] for f in fields] == [str(i) for i in range(1, len(records) + 1)]
        assert len({f[5] for f in fields}) == 1


def test_a_part_without_any_mark_may_follow_its_first_in_the_next_line_only():
    first, second = part(2, 1, 3, "1", station="a", time=0), part(2, 2, 3, "2")
    assert by_kernel([first, second]) == ([[1, 2]], [])
    assert by_kernel([first, part(1, 1, "", "1"), second]) == ([[2]], [1, 3])


def test_a_group_name_that_is_used_again_leads_to_no_message_of_before():
    used = [part(2, 1, 3, "1", "a", "7", time=0), part(2, 2, 3, "2", group="7")]
    assert by_kernel([*used, used[1], part(2, 1, 3, "3", "b", "7", time=0)]) == ([[1, 2], [4, 3]], [])


def test_a_part_that_could_belong_to_two_messages_of_its_group_belongs_to_that_of_the_line_before_or_none():
    a, b = (part(2, 1, 3, "1", station, "7", time=0) for station in "ab")
    second = part(2, 2, 3, "2", group="7")
    assert by_kernel([a, b, second]) == ([[2, 3]], [1])
    assert by_kernel([a, b, part(1, 1, "", "1"), second]) == ([[3]], [1, 2, 4])


def test_a_part_that_comes_too_late_for_the_line_before_begins_a_message_of_its_own():
    stale = part(2, 1, 3, "1", station="a", time=0)
    assert by_kernel([stale, part(2, 2, 3, "2", time=70), part(2, 1, 3, "3")]) == ([[3, 2]], [1])


def test_without_times_lines_count():
    log = [part(2, 1, 3, "1"), *["# x"] * LIFETIME_LINES, part(2, 2, 3, "2")]
    assert by_kernel(log) == ([], [1, LIFETIME_LINES + 2])
    assert by_kernel(log[:1] + log[2:]) == ([[1, LIFETIME_LINES + 1]], [])


@given(st.lists(st.sampled_from(["", "a", "b", "ab", "abc", "c" * 20]), max_size=40))
def test_texts_are_numbered_as_they_come(texts):
    data = np.frombuffer("".join(texts).encode() + b" ", np.uint8)
    sizes = np.array([len(text) for text in texts], np.int64)
    codes, first = intern(data, np.cumsum(sizes) - sizes, sizes, 5)
    distinct = [text for text in dict.fromkeys(texts) if text]
    assert [distinct[code] if code >= 0 else "" for code in codes] == texts
    assert [texts[i] for i in first] == distinct
