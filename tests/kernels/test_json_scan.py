"""The scanner of JSON arrays against items that are known, however the text is cut."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.json_scan import DEPTH, ENDED, STRAY, new_state, scan_items

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\{}[],:é \n'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='a"{]\\'), inner, max_size=3),
    max_leaves=6,
)
items = st.dictionaries(st.text(alphabet="abc"), values, max_size=3) | st.lists(values, max_size=3)


def scan(text, cuts=(), room=64):
    """Return the items of a text read in pieces."""
    state, found, done, open_ = new_state(), [], 0, b""
    for piece in np.split(np.frombuffer(text, np.uint8), sorted(cut % (len(text) + 1) for cut in cuts)):
        at = 0
        while at < piece.size and not state[ENDED]:
            spans = np.empty((room, 2), np.int64)
            n, read, start = scan_items(piece[at:], state, spans)
            for first, end in spans[:n].tolist():
                whole = piece[at + first : at + end].tobytes() if first >= 0 else open_ + piece[at : at + end].tobytes()
                found.append(whole)
            if state[DEPTH]:
                rest = piece[at + max(start, 0) : at + read].tobytes()
                open_ = rest if start >= 0 else open_ + rest
            at += read
            done += read
    return found, state, done


@given(
    st.lists(items, max_size=6),
    st.sampled_from([",", " ,\n ", "\n", ""]),
    st.lists(st.integers(0, 10**4), max_size=4),
    st.integers(1, 3),
)
def test_items_are_found_however_the_text_is_cut(rows, between, cuts, room):
    texts = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    text = between.encode().join(texts) + b' ], "more": [{"a": 1}]}'
    found, state, done = scan(text, cuts, room)
    assert found == texts
    assert state[ENDED] == 1
    assert state[STRAY] == 0
    assert text[done - 1 : done] == b"]"


def test_what_is_no_item_is_counted():
    found, state, _ = scan(b'{"a": 1}, 17, null, "[{", {"b": 2}]')
    assert found == [b'{"a": 1}', b'{"b": 2}']
    assert state[STRAY] == len("17") + len("null") + 1  # a text counts once


def test_an_item_without_end_leaves_its_depth():
    found, state, _ = scan(b'{"a": [1, {"b": "]}"')
    assert found == []
    assert (state[DEPTH], state[ENDED]) == (3, 0)
