"""The reading of lines against regular expressions, over everything that stands in logs and over what does not."""

from datetime import UTC, date, datetime
from functools import reduce
from operator import xor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_nmea_lines import (
    BadSentenceError,
    Stamp,
    kind_of,
    read_pghp,
    read_prefix,
    read_sentence,
    read_tag_line,
    split,
)
from nmea_reading import scan, text_of

from darkships.kernels import nmea_records as kernel
from darkships.kernels.nmea_times import NO_TIME, dated, day_number, epoch_at

GOOD = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
REASONS = {
    kernel.TRUNCATED: "truncated",
    kernel.MALFORMED: "sentence",
    kernel.CHECKSUM: "checksum",
    kernel.PART: "sentence",
    kernel.UNRECOGNISED: "unrecognised",
}


def summed(body, start):
    return f"{start}{body}*{reduce(xor, body.encode(), 0):02X}"


def us_of(value):
    return None if value == NO_TIME else int(value)


def by_kernel(line):
    """Return what the kernel finds in a line, in the words of the reference."""
    got, found = scan(line), []
    for i, record in enumerate(got.records):
        kind = int(record[kernel.KIND])
        raw = text_of(got.data, record[kernel.START], record[kernel.STOP] - record[kernel.START])
        station = got.names[got.stations[i]] if got.stations[i] >= 0 else ""
        if kind == kernel.SENTENCE:
            group = got.group_names[got.groups[i]] if got.groups[i] >= 0 else ""
            payload = text_of(got.data, record[kernel.PAYLOAD], record[kernel.PAYLOAD_STOP] - record[kernel.PAYLOAD])
            fields = [int(record[f]) for f in (kernel.TOTAL, kernel.NUMBER, kernel.SEQUENCE, kernel.FILL)]
            channel = chr(record[kernel.CHANNEL]) if record[kernel.CHANNEL] else ""
            found.append(("sentence", us_of(record[kernel.US]), station, group, *fields, channel, payload, raw))
        elif kind == kernel.STAMP:
            found.append(("stamp", us_of(record[kernel.US]), station))
        elif kind != kernel.CLOCK:
            found.append((REASONS[kind], raw))
    return found


def by_reference(line):
    """Return what regular expressions find in a line."""
    prefix, pieces = split(line)
    if not pieces:
        kind = kind_of(line)
        if kind is None:
            return [("truncated" if "!" in line else "unrecognised", line)]
        stamp = (read_pghp(line) or Stamp()) if kind == "time" else read_tag_line(line)
        return [("stamp", stamp.us, stamp.station)] if kind in {"time", "tag_block"} else []
    found = []
    for piece in pieces:
        try:
            found.append(read_sentence(piece, 1, read_prefix(prefix)))
        except BadSentenceError as error:
            found.append((error.reason, piece))
    good = [s for s in found if not isinstance(s[0], str)]
    filled = [s._replace(stamp=s.stamp.filled(good[-1].stamp)) if s in good else s for s in found]
    return [
        s if isinstance(s[0], str) else
        ("sentence", s.stamp.us, s.stamp.station, s.stamp.group, s.total, s.number, int(s.sequence or -1) & 0xFFFFFF
         if s.sequence else -1, s.fill, s.channel, s.payload, s.raw)
        for s in filled
    ]  # fmt: skip


epochs = st.sampled_from(
    ["1672574400", "1672574400250", "1672574400.25", "1672574400123456", "1672574400123456789", "99", "167257440",
     "0672574400", "1672574400.", "9999999999"]
)  # fmt: skip
dates = st.sampled_from(
    ["2023-01-01 12:00:00", "2023-01-01T14:00:00.5+02:00", "2023-02-30 12:00:00", "2023-01-01T12:00:00Z",
     "[2024-07-19 08:45:27.141] ", "2023-01-01 25:00:00", "2023-01-01T12:00:00,25 -0330", "1969-01-01 00:00:00"]
)  # fmt: skip
tag_fields = st.one_of(
    epochs.map("c:{}".format),
    st.sampled_from(
        ["s:alpha", "s:rORBCOMM008", "g:1-2-3454", "g:2-2-x_9", "g:1-2-", "g:-2-3", "1G2:0125", "1G:7", "q:u", "t:99",
         "T:2014-12-10 00.00.01", "s:", "c", "", "n:1", "x:*"]
    ),
)  # fmt: skip
tags = st.lists(tag_fields, max_size=4).map(lambda fields: summed(",".join(fields), "\\"))
bad_tags = st.sampled_from(["\\s:a*00", "\\s:a", "\\", "\\*", "\\s:a*ZZ", "\\c:1672574400*5", "\\c:1672574400*059"])
blocks = st.one_of(tags, bad_tags).flatmap(lambda tag: st.sampled_from([tag + "\\", tag + "\\ ", tag]))
payloads = st.one_of(st.just("13HOI:0P0000VOHLCnHQKwvL05Ip"), st.text(alphabet="0W`w1A:", max_size=30))
bodies = st.builds(
    "{}VD{},{},{},{},{},{},{}".format,
    st.sampled_from(["AI", "BS", "AB", "--", "A1", "ai"]), st.sampled_from("MOX"), st.integers(0, 9), st.integers(0, 9),
    st.sampled_from(["", "8", "12", "x"]), st.sampled_from(["", "A", "1", "a", "AB"]), payloads, st.integers(0, 7),
)  # fmt: skip
sentences = st.one_of(
    bodies.map(lambda body: summed(body, "!")),
    bodies.map(lambda body: summed(body, "!").lower() if "*" in body else summed(body, "!")),
    st.just(GOOD),
    st.sampled_from([GOOD[:-1], GOOD[:20], "!AIVDM", "!", GOOD.replace("*23", "*24"), GOOD.replace("*", "")]),
)
pghps = st.builds(
    lambda fields, more: summed("PGHP,1," + ",".join(map(str, fields)) + more, "$"),
    st.sampled_from(
        [(2023, 1, 1, 12, 0, 0, 120), (2023, 2, 29, 12, 0, 0, 0), (2010, 6, 11, 11, 46, 11, 874), (2023, 1)]
    ),
    st.sampled_from(["", ",219,,2190047,1,23", ",219,,,1,23", ",219,,2190047,1,", ",219,,2190047", ',2"']),
)  # fmt: skip
trailers = st.one_of(
    st.sampled_from(
        ["", ",", ",d-080,S2118,t050056.00,T56.4837741,r003669946,1325394060,1325394001", ",r003669930,1298937600",
         ",1357134218", ",1daasd4218,,1357134222", " ", ",b003669710", '","', ",1298937600.5"]
    ),
    pghps.map('","{}"'.format),
)  # fmt: skip
pieces = st.tuples(st.one_of(st.just(""), blocks), sentences, trailers).map("".join)
prefixes = st.one_of(st.just(""), dates, epochs, st.sampled_from(["$GP,", "junk ", "\\a\\"]))
whole_lines = st.tuples(prefixes, st.lists(pieces, min_size=1, max_size=3).map("".join)).map("".join)
other_lines = st.one_of(
    pghps,
    blocks,
    st.sampled_from(
        ["", "  ", "# comment", "// x", "'\"", "\x1a", "$GPGGA,1,2*00", "$AITXT", "hello", "!AIV", "$PGHP,", "a\\b"]
    ),
    st.text(alphabet="\\!$,*AIVDM1234567890:gsc-ABF. \x1a#/", max_size=40),
)  # fmt: skip


@given(st.one_of(whole_lines, other_lines))
def test_lines_are_read_as_regular_expressions_read_them(line):
    assert by_kernel(line + "\n") == by_reference(line)


@given(st.lists(st.one_of(whole_lines, other_lines), max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_each_line_of_a_log_is_read_alone(log, end, is_ended):
    text = end.join(log) + (end if is_ended and log else "")
    got, alone = scan(text), [scan(line + "\n") for line in log]
    assert got.lines == text.count("\n") + (text != "" and not text.endswith("\n"))
    assert got.records[:, kernel.KIND].tolist() == [k for one in alone for k in one.records[:, kernel.KIND].tolist()]
    counts = sum((one.counts for one in alone), np.zeros(6, int))
    counts[kernel.BLANK] -= len(log) - got.lines  # an empty last line without an end is none
    assert got.counts.tolist() == counts.tolist()


def clock_of(line):
    got = scan(line + "\n")
    return [us_of(r[kernel.US]) for r in got.records if r[kernel.KIND] == kernel.CLOCK]


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (summed("GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A", "$"), (2011, 7, 26, 3, 52, 58)),
        (summed("GNRMC,235959.75,A,,,,,,,311299,,,A", "$"), (1999, 12, 31, 23, 59, 59)),
        (summed("GPZDA,172809.456,12,07,1996,00,00", "$"), (1996, 7, 12, 17, 28, 9)),
        ("# recorded 2012-01-01T05:00:56Z by hand", (2012, 1, 1, 5, 0, 56)),
        (summed("GPRMC,035258,V,,,,,,,260711,,,N", "$"), None),
        (summed("GPRMC,035258,A,,,,,,,310211,,,A", "$"), None),
        ("$GPRMC,035258,A,,,,,,,260711,,,A*00", None),
        (summed("GPZDA,172809.456,12,13,1996,00,00", "$"), None),
        (summed("GPGGA,172809.456,12,07,1996,00,00", "$"), None),
        ("# no date here", None),
    ],
)
def test_lines_that_tell_the_logs_own_clock(line, time):
    assert clock_of(line) == ([] if time is None else [datetime(*time, tzinfo=UTC).timestamp() * 1e6])


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)))
def test_days_are_those_of_the_calendar(day):
    assert day_number(day.year, day.month, day.day) == (day - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    "day", [(2023, 2, 29), (2100, 2, 29), (2023, 4, 31), (2023, 13, 1), (2023, 0, 1), (2023, 1, 0)]
)
def test_days_that_are_none(day):
    assert day_number(*day) == NO_TIME


@given(st.text(alphabet="0123456789.-:T /+Z,", max_size=40))
def test_any_text_is_a_time_or_none(text):
    data = np.frombuffer(text.encode(), np.uint8)
    assert dated(data, 0, data.size)[0] >= NO_TIME
    assert epoch_at(data, 0, data.size)[1] <= data.size
