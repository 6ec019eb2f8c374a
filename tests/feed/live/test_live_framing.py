"""Streams to lines; and when to try again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.feed.live.framing import MAX_LINE, LineSplitter
from darkships.feed.live.retry import Backoff

PIECES = st.lists(st.text(alphabet="ab\r\n", max_size=12).map(str.encode), max_size=12)


def lines_of(pieces, **options):
    splitter = LineSplitter(**options)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return lines + splitter.end(), splitter


@given(PIECES)
def test_lines_do_not_depend_on_how_the_stream_is_cut(pieces):
    lines, splitter = lines_of(pieces)
    assert lines == [line for line in re.split(rb"[\r\n]", b"".join(pieces)) if line]
    assert splitter.overlong == 0


@given(PIECES)
def test_of_a_line_that_is_too_long_only_the_beginning_is_kept_and_each_is_counted(pieces):
    lines, splitter = lines_of(pieces, max_line=3)
    whole = [line for line in re.split(rb"[\r\n]", b"".join(pieces)) if line]
    assert splitter.overlong == sum(len(line) > 3 for line in whole)
    assert len(lines) == len(whole)
    assert all(
        full.startswith(line) and (line == full or len(line) > 3) for full, line in zip(whole, lines, strict=True)
    )


def test_a_line_without_end_takes_no_memory():
    splitter = LineSplitter()
    found = [line for _ in range(100) for line in splitter.feed(b"x" * 65_536)]
    assert [len(line) for line in found] == [512]
    assert splitter.overlong == 1
    assert len(splitter._rest) <= MAX_LINE
    assert splitter.feed(b"y\n!AIVDM\r\nz") == [b"!AIVDM"]
    assert splitter.end() == [b"z"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\n\r"])
def test_all_line_ends(end):
    assert lines_of([b"a" + end + b"b" + end])[0] == [b"a", b"b"]


def test_waits_double_up_to_a_minute_and_begin_anew_after_a_success():
    backoff = Backoff(1.0, 60.0)
    waits = [backoff.next_s() for _ in range(30)]
    for wait, full in zip(waits, [1, 2, 4, 8, 16, 32, *[60] * 24], strict=True):
        assert full / 2 <= wait <= full
    assert len({wait / 60 for wait in waits[6:]}) > 1  # not all at the same moment
    backoff.reset()
    assert backoff.next_s() <= 1.0
