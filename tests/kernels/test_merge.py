from itertools import accumulate, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from darkships.kernels import fixed
from darkships.kernels.merge import (
    fill,
    join_intervals,
    mark,
    pick,
    scatter_codes,
    scatter_runs,
    sort_groups,
    vessel_order,
)

MMSIS = st.sampled_from([-(2**31), -1, 0, 5, 2_190_064, 273_000_001, 273_000_002, 775_000_000, 2**31 - 1])


@given(st.lists(MMSIS, max_size=60))
def test_vessel_order_is_a_stable_sort(mmsi):
    order, starts = vessel_order(fixed(np.array(mmsi, np.int32)), 5)
    assert order.tolist() == sorted(range(len(mmsi)), key=mmsi.__getitem__)
    assert starts.tolist() == [0, *accumulate(mmsi.count(each) for each in sorted(set(mmsi)))]


def test_vessel_order_over_the_whole_range():
    mmsi = np.random.default_rng(1).integers(-(2**31), 2**31, 5_000).astype(np.int32)
    assert vessel_order(fixed(mmsi), 1)[0].tolist() == np.argsort(mmsi, kind="stable").tolist()


@given(st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64]), st.data())
def test_rows_are_picked(kind, data):
    source = data.draw(arrays(kind, st.integers(1, 20)))
    rows = data.draw(st.lists(st.integers(-1, source.size - 1), max_size=40))
    target = np.empty(len(rows), kind)
    pick(source, np.array(rows, np.int64), target)
    assert target.tolist() == [source[row] for row in rows]


@given(st.lists(st.integers(-1, 4), max_size=9))
def test_codes_that_occur_are_marked(codes):
    used = np.zeros(6, np.bool_)
    mark(np.array(codes, np.int32), used)
    assert used.tolist() == [code in codes for code in (0, 1, 2, 3, 4, -1)]


@given(st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64]), st.data())
def test_what_is_not_known_is_filled(kind, data):
    source = data.draw(arrays(kind, st.integers(0, 40)))
    known = data.draw(arrays(np.bool_, source.size))
    missing, target = data.draw(arrays(kind, 1))[0], np.empty_like(source)
    fill(source, known, missing, target)
    assert target.tolist() == [value if is_known else missing for value, is_known in zip(source, known, strict=True)]


@given(
    st.lists(st.lists(st.tuples(st.integers(-3, 3), st.integers(-(2**60), 2**60)), min_size=1, max_size=12), max_size=6)
)
def test_groups_are_sorted_stably_by_all_keys(groups):
    rows = [row for group in groups for row in group]
    keys = np.array(rows, np.int64).reshape(-1, 2)
    starts = np.cumsum([0, *map(len, groups)])
    for width in (1, 2):
        order = np.arange(len(rows), dtype=np.int32)
        sort_groups(order, starts, fixed(keys[:, :width].copy()))
        for start, stop in pairwise(starts):
            assert order[start:stop].tolist() == sorted(range(start, stop), key=lambda row: rows[row][:width])


def test_a_large_group_is_sorted():
    keys = np.random.default_rng(2).integers(0, 500, (20_000, 1))
    order = np.arange(20_000, dtype=np.int32)
    sort_groups(order, np.array([0, 20_000]), fixed(keys))
    assert order.tolist() == np.argsort(keys[:, 0], kind="stable").tolist()


@given(st.data())
def test_runs_are_copied_to_their_places(data):
    lengths = np.array(data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=8)))
    turn = np.array(data.draw(st.permutations(range(lengths.size))))
    starts = np.cumsum(lengths) - lengths
    source = data.draw(arrays(np.uint32, int(lengths.sum()), elements=st.integers(0, 3)))
    places = np.empty(lengths.size, np.int64)
    places[turn] = np.cumsum(lengths[turn]) - lengths[turn]
    expected = np.concatenate([source[starts[run] : starts[run] + lengths[run]] for run in turn])

    target = np.zeros_like(source)
    scatter_runs(source, target, starts, lengths, places)
    assert target.tolist() == expected.tolist()

    codes = source.astype(np.int32) - 1
    meaning, used = np.array([7, 3, 9, -1], np.int32), np.zeros(4, np.bool_)
    coded = np.zeros(source.size, np.int32)
    scatter_codes(codes, coded, starts, lengths, places, meaning, used)
    assert coded.tolist() == [[-1, 7, 3, 9][code] for code in expected]
    assert used.tolist() == [1 in expected, 2 in expected, 3 in expected, 0 in expected]


def fit_together(before, after):
    """Tell whether two intervals may be one: nothing contradicts, and they share a value or are at most 5 apart."""
    pairs = [pair for pair in zip(before[4], after[4], strict=True) if -1 not in pair]
    is_near = after[1] - before[2] <= 5
    return before[0] == after[0] and all(a == b for a, b in pairs) and (is_near or bool(pairs))


def join_one_by_one(rows):
    """Join as the words say it: the last interval with what follows, and again with the one before."""
    joined = []
    for row in rows:
        joined.append(row)
        while len(joined) > 1 and fit_together(*joined[-2:]):
            after, before = joined.pop(), joined.pop()
            filled = tuple(new if new >= 0 else old for old, new in zip(before[4], after[4], strict=True))
            joined.append((before[0], before[1], max(before[2], after[2]), before[3] + after[3], filled))
    return joined


@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.integers(0, 40),
            st.integers(0, 6),
            st.integers(1, 3),
            st.tuples(*[st.integers(-1, 1)] * 3),
        ),
        max_size=12,
    )
)
def test_intervals_are_joined(rows):
    rows = sorted((mmsi, first, first + length, *rest) for mmsi, first, length, *rest in rows)
    mmsi, first, last, count = (np.array([row[i] for row in rows], np.int64) for i in range(4))
    codes = np.array([row[4] for row in rows], np.int32).reshape(-1, 3)
    head, out_last, out_count, out_codes = join_intervals(mmsi, first, last, count, codes, 5)
    expected = join_one_by_one(rows)
    assert list(zip(mmsi[head].tolist(), first[head].tolist(), strict=True)) == [row[:2] for row in expected]
    assert out_last.tolist() == [row[2] for row in expected]
    assert out_count.tolist() == [row[3] for row in expected]
    assert [tuple(row) for row in out_codes.tolist()] == [row[4] for row in expected]
    again = join_intervals(mmsi[head], first[head], out_last, out_count, out_codes.copy(), 5)
    assert again[0].tolist() == list(range(head.size))
