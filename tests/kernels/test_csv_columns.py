"""Columns of delimited text against reading cell by cell."""

import math
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import csv_columns
from darkships.kernels.csv_columns import (
    DAY_FIRST,
    ISO,
    MONTH_FIRST,
    NO_INT,
    encode_texts,
    gather_texts,
    kept,
    read_decimals,
    read_times,
    read_wholes,
)

EARLIEST, LATEST = 631_152_000, 4_102_444_800
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NULLS = ["NULL", "nan", "N/A"]


def block_of(cells):
    """Lay the cells out as the middle one of three columns."""
    rows = [f"x,{cell},y\n".encode() for cell in cells]
    ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
    starts = ends - [len(row) for row in rows]
    edges = np.column_stack([starts - 1, starts + 1, ends - 3, ends - 1]).astype(np.int32)
    text = b"".join(rows)
    block = np.frombuffer(text + bytes(8 + -len(text) % 4), np.uint8).copy()
    return block, edges, np.ones(len(cells), np.bool_)


def decimals(cells, point="."):
    block, edges, plain = block_of(cells)
    nulls = np.frombuffer("".join(NULLS).encode(), np.uint8), np.cumsum([len(n) for n in NULLS])
    (values,) = read_decimals(block, edges, np.array([1]), ord(point), *nulls, plain)
    return values, plain


number = st.one_of(
    st.floats(-1e6, 1e6).map(repr),
    st.tuples(st.integers(-(10**7), 10**7), st.integers(0, 10**8)).map(lambda t: f"{t[0]}.{t[1]}"),
    st.decimals(-1000, 1000, places=6).map(str),
    st.integers(-(10**17), 10**17).map(str),
    st.sampled_from(
        ["", "-", ".", "-.", "4.", ".5", "-.5", "-0", "0.0", "007", "1..2", "1.2.3", "--1", "+1", " 1", "1 "]
    ),
    st.sampled_from(
        [
            "12345678",
            "123456789",
            "1234.5678",
            "12345678.9",
            "-1.2345678",
            ".12345678",
            "1e5",
            "inf",
            "nan",
            "NULL",
            "NUL",
            "nane",
            "N/A",
            "999999999999999",
            "9007199254740992",
            "9007199254740993",
            "0.9007199254740993",
            "0.1" * 9,
        ]
    ),
    st.text(alphabet="0123456789.-", max_size=18),
)


@given(st.lists(st.tuples(number, st.booleans()), min_size=1, max_size=12))
def test_decimals(cells):
    texts = [text for text, _ in cells]
    values, plain = decimals([f'"{text}"' if quoted else text for text, quoted in cells])
    for text, value, is_plain in zip(texts, values, plain, strict=True):
        simple = re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", text, re.ASCII)
        digits = "".join(c for c in text if c.isdigit())
        assert is_plain == (text in {"", *NULLS} or bool(simple and len(digits) <= 16 and int(digits) <= 2**53))
        if is_plain and simple:
            assert value == float(text)
            assert math.copysign(1, value) == math.copysign(1, float(text))
        else:
            assert math.isnan(value)


def test_decimal_commas():
    values, plain = decimals(['"54,5"', "54.5"], ",")
    assert values.tolist() == [54.5, pytest.approx(math.nan, nan_ok=True)]
    assert plain.tolist() == [True, False]


def test_rows_struck_off_stay_so():
    block, edges, plain = block_of(["1", "2"])
    plain[0] = False
    nothing = np.frombuffer(b"", np.uint8), np.zeros(0, np.int64)
    values = read_decimals(block, edges, np.array([1]), ord("."), *nothing, plain)
    np.testing.assert_array_equal(values, [[math.nan, 2]])
    assert read_wholes(block, edges, 1, 1, 9, plain).tolist() == [NO_INT, 2]
    assert plain.tolist() == [False, True]


whole = st.one_of(
    st.integers(0, 10**10).map(str),
    st.sampled_from(
        ["", "0", "00", "31.0", "31.", "31.5", "-5", "+5", "0x1F", "3.66E+08", "9" * 18, "9" * 19, "9" * 40, '""']
    ),
    st.text(alphabet="0123456789.", max_size=21),
)


@given(st.lists(whole, min_size=1, max_size=12))
def test_whole_numbers(cells):
    block, edges, plain = block_of(cells)
    values = read_wholes(block, edges, 1, 10, 999_999_999, plain)
    for cell, value, is_plain in zip(cells, values.tolist(), plain, strict=True):
        match = re.fullmatch(r"(\d{1,18})(\.0*)?", cell)
        want = int(match[1]) if match else NO_INT
        assert is_plain == (want == 0 or 10 <= want <= 999_999_999)
        assert value == (want if is_plain else NO_INT)


def times(cells, form):
    block, edges, plain = block_of(cells)
    return read_times(block, edges, 1, form, EARLIEST, LATEST, plain), plain


PATTERNS = {
    ISO: r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)",
    DAY_FIRST: r"(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})",
    MONTH_FIRST: r"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d{4})",
}
WRITTEN = {ISO: "%Y-%m-%d", DAY_FIRST: "%d/%m/%Y", MONTH_FIRST: "%m/%d/%Y"}


def slow_time(text, form):
    if re.fullmatch(r"\d{1,16}", text, re.ASCII):
        for per_second in (1, 1_000, 1_000_000):
            if EARLIEST * per_second <= int(text) < LATEST * per_second:
                return int(text) * (1_000_000 // per_second)
        return None
    clock = r"[T_ ](?P<h>\d\d):(?P<i>\d\d):(?P<s>\d\d)(?:\.(?P<f>\d{1,9}))?Z?"
    match = re.fullmatch(PATTERNS[form] + clock, text, re.ASCII)
    if match is None:
        return None
    try:
        found = datetime(*(int(match[name]) for name in "ymdhis"), tzinfo=UTC)
    except ValueError:
        return None
    seconds = (found - EPOCH).total_seconds()
    if not EARLIEST <= seconds < LATEST:
        return None
    return int(seconds) * 1_000_000 + int((match["f"] or "0").ljust(6, "0")[:6])


@st.composite
def written_times(draw):
    form = draw(st.sampled_from([ISO, DAY_FIRST, MONTH_FIRST]))
    moments = draw(st.lists(st.integers(473_385_600, 4_260_211_200), min_size=1, max_size=3))
    cells = []
    for _ in range(draw(st.integers(1, 8))):
        epoch = draw(st.sampled_from(moments))
        moment = EPOCH + timedelta(seconds=epoch)
        text = draw(st.sampled_from([moment.strftime(WRITTEN[f]) for f in (form, form, form, ISO, DAY_FIRST)]))
        text += draw(st.sampled_from(["T", " ", "_", "x"])) + moment.strftime("%H:%M:%S")
        text += draw(st.sampled_from(["", "", "Z", ".5", ".123456789", ".1234567890", ".", "+02:00", "ZZ"]))
        text = draw(st.sampled_from([text, text, text, str(epoch), str(epoch * 1000), str(epoch) + "000000", "12", ""]))
        if text and draw(st.booleans()):
            at = draw(st.integers(0, len(text) - 1))
            text = text[:at] + draw(st.sampled_from(["9", "3", "/", "-", "a", ""])) + text[at + 1 :]
        cells.append(text)
    return form, cells


@given(written_times())
def test_times(written):
    form, cells = written
    values, plain = times(cells, form)
    for cell, value, is_plain in zip(cells, values.tolist(), plain, strict=True):
        want = slow_time(cell, form)
        assert (value, is_plain) == ((NO_INT, False) if want is None else (want, True)), cell


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2024-02-29T00:00:00", True),
        ("2023-02-29T00:00:00", False),
        ("2000-02-29 23:59:59", True),
        ("2023-04-31T00:00:00", False),
        ("2023-00-10T00:00:00", False),
        ("2023-13-10T00:00:00", False),
        ("2023-01-10T24:00:00", False),
        ("2023-01-10T00:60:00", False),
        ("2023-01-10T00:00:60", False),
        ('"2023-01-10T00:00:00"', True),
    ],
)
def test_the_calendar(text, good):
    values, plain = times([text], ISO)
    assert plain.tolist() == [good]
    assert values.tolist() == [slow_time(text.strip('"'), ISO) if good else NO_INT]


def encoded(cells, plain=None, near=0):
    block, edges, is_plain = block_of(cells)
    near = np.full(len(cells), near, np.int64) if np.isscalar(near) else np.array(near, np.int64)
    if plain is not None:
        is_plain[:] = plain
    numbers, texts = encode_texts(block, block.view(np.uint32), edges, 1, 1, near, is_plain)
    data, offsets = gather_texts(block, texts)
    found = [data[a:b].tobytes().decode() for a, b in pairwise(offsets)]
    return numbers, found, texts, is_plain


@given(
    st.lists(
        st.one_of(st.text(alphabet="abä", max_size=9), st.sampled_from(["", "A" * 40, "A" * 41, '"q"', '""'])),
        min_size=1,
        max_size=30,
    ),
    st.data(),
)
def test_texts(cells, data):
    wanted = data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
    near = data.draw(st.lists(st.integers(0, 2), min_size=len(cells), max_size=len(cells)))
    numbers, found, texts, plain = encoded(cells, wanted, near)
    bare = [cell.strip('"') for cell in cells]
    assert plain.tolist() == wanted
    assert found == list(dict.fromkeys(text for text, want in zip(bare, wanted, strict=True) if want))
    assert all(found[n] == text for n, text, want in zip(numbers, bare, wanted, strict=True) if want)
    assert [bare[row] for row in texts[:, 2]] == found


def test_many_texts():
    cells = [f"V{i * 7919 % 5000}" for i in range(12_000)]
    numbers, found, _, plain = encoded(cells, near=range(len(cells)))
    assert plain.all()
    assert [found[n] for n in numbers] == cells
    assert len(found) == 5000


def test_texts_that_hash_alike_are_struck_off_beyond_a_bound(monkeypatch):
    monkeypatch.setattr(csv_columns, "_HASH_FACTOR", 0)  # all texts hash alike
    block, edges, plain = block_of([f"V{i % 100}" for i in range(150)])
    numbers, texts = encode_texts.__wrapped__(block, block.view(np.uint32), edges, 1, 1, np.arange(150), plain)
    assert plain.tolist() == [i % 100 < 64 for i in range(150)]
    assert numbers[plain].tolist() == [i % 100 for i in range(150) if i % 100 < 64]
    assert len(texts) == 64


def test_a_run_of_columns_is_one_text():
    block, edges, plain = block_of(["a", "b", "a"])
    numbers, texts = encode_texts(block, block.view(np.uint32), edges, 1, 2, np.zeros(3, np.int64), plain)
    data, offsets = gather_texts(block, texts)
    assert numbers.tolist() == [0, 1, 0]
    assert data.tobytes() == b"a,yb,y"
    assert offsets.tolist() == [0, 3, 6]


@given(st.lists(st.tuples(st.integers(-9, 9), st.booleans()), max_size=20))
def test_kept(rows):
    values = np.array([v for v, _ in rows], np.int64)
    plain = np.array([p for _, p in rows], np.bool_)
    assert kept(values, plain).tolist() == [v for v, p in rows if p]
