"""Lines and fields of delimited text against Python's csv reader."""

import csv
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import csv_lines
from darkships.kernels.csv_lines import BEYOND_ASCII, NUL_BYTES, RETURNS, end_of_lines, split_lines

cell = st.one_of(
    st.text(alphabet='ab",. ', max_size=3), st.text(alphabet="ab, ", max_size=4).map('"{}"'.format), st.just("")
)
lines = st.lists(st.lists(cell, min_size=1, max_size=4).map(",".join), min_size=1, max_size=9)


def split(text, width=3, longest=100, start=0):
    block = np.frombuffer(text, np.uint8).copy()
    return split_lines(block, start, len(block), ord(","), width, longest)


def slow(line, width):
    """Return a row's fields with their quotes; None where quotes stand otherwise than around whole fields."""
    fields, rest = [], line
    while True:
        if rest.startswith('"'):
            inner, quote, behind = rest[1:].partition('"')
            if not quote or (behind and not behind.startswith(",")):
                return None
            fields.append(f'"{inner}"')
        else:
            inner = rest.partition(",")[0]
            if '"' in inner:
                return None
            fields.append(inner)
            behind = rest[len(inner) :]
        if not behind:
            return fields if len(fields) == width else None
        rest = behind[1:]


@given(lines, st.integers(2, 4))
def test_fields(rows, width):
    text = "".join(row + "\n" for row in rows)
    edges, right, seen = split(text.encode(), width)
    assert seen == 0
    assert edges.shape == (len(rows), width + 1)
    assert [text[e[0] + 1 : e[-1]] for e in edges] == rows
    for row, e, is_right in zip(rows, edges.tolist(), right, strict=True):
        fields = slow(row, width)
        assert is_right == (fields is not None)
        if is_right:
            assert [text[a + 1 : b] for a, b in pairwise(e)] == fields
            assert next(csv.reader([row], strict=True), [""]) == [f.strip('"') for f in fields]


@given(st.text(alphabet="\n\x0bab", max_size=150), st.integers(1, 60))
def test_so_many_lines_end(text, most):
    ends = [at + 1 for at, letter in enumerate(text) if letter == "\n"]
    expected = ends[most - 1] if len(ends) >= most else len(text)
    assert end_of_lines(np.frombuffer(text.encode(), np.uint8), most) == expected


@pytest.mark.parametrize(("size", "right"), [(10, True), (11, False), (70_000, False), (200_000, False)])
def test_long_lines_are_no_rows_and_harm_no_neighbour(size, right):
    text = b"a,b,c\n" + b"x" * (size - 4) + b",y,z\n" + b"a,b,c\n" * 3
    edges, is_right, _ = split(text, longest=10)
    assert is_right.tolist() == [True, right, True, True, True]
    assert [(b - a - 1) for a, b in edges[:, [0, -1]].tolist()] == [5, size, 5, 5, 5]


def test_a_line_of_one_piece_longer_than_any_stretch():
    edges, right, _ = split(b"x" * 200_000 + b"\n" + b"y" * 200_000 + b"\n" + b"a,b,c\n")
    assert right.tolist() == [False, False, True]
    assert edges[:, -1].tolist() == [200_000, 400_001, 400_007]


@pytest.mark.parametrize("stretch", [13, 17, 29])
def test_rows_across_stretches(monkeypatch, stretch):
    text = b"".join(b"%d,%d,%d\n" % (i, i * i, -i) for i in range(60))
    want = split(text)
    monkeypatch.setattr(csv_lines, "_STRETCH", stretch)
    plain = split_lines.__wrapped__  # a compiled kernel has its constants inside
    got = plain(np.frombuffer(text, np.uint8), 0, len(text), ord(","), 3, 100)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b)
    assert want[1].all()
    assert len(want[0]) == 60


def test_many_lines_after_few():
    text = b"a" * 30_000 + b",,\n" + b",,\n" * 100_000
    edges, right, _ = split(text, longest=40_000)
    assert right.all()
    assert len(edges) == 100_001


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (b"a,b,c\n", 0),
        (b"a\0,b,c\n", NUL_BYTES),
        (b"a,b,c\r\n", RETURNS),
        ("ä,b,c\n".encode(), BEYOND_ASCII),
        ("\0,\r,Ä\n".encode(), NUL_BYTES + RETURNS + BEYOND_ASCII),
    ],
)
def test_what_else_there_is(text, seen):
    assert split(b"x,y,z\n" * 12_000 + text)[2] == seen


def test_a_start_behind_a_header():
    edges, right, _ = split(b"head,er\na,b,c\n", start=8)
    assert edges.tolist() == [[7, 9, 11, 13]]
    assert right.all()
