import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.receptions import (
    N_SEEDS,
    content_keys,
    group_receptions,
    hash_reports,
    judge_places,
    unite_labels,
)

SEEDS = np.random.default_rng(5).integers(1, 2**31, N_SEEDS)
ALIKE = np.ones(N_SEEDS, np.int64)
"""Seeds with which many keys collide."""


def columns(kinds, rows):
    return [np.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]


SAID = st.tuples(
    st.sampled_from([132.4, 0.0, math.nan]),
    st.sampled_from([42.9, -42.9]),
    *[st.sampled_from([0.0, 9.5, math.nan])] * 3,
    st.sampled_from([-(2**15), -1, 0, 359]),
    *[st.sampled_from([-128, 0, 1, 15])] * 2,
    st.integers(0, 3),
    st.sampled_from([-128, 0, 59]),
)


@given(st.lists(SAID, max_size=12))
def test_keys_are_equal_where_the_content_is(rows):
    floats = columns([np.float64] * 2 + [np.float32] * 3, rows)
    views = [column.view(f"{'i' if column.itemsize == 8 else 'u'}{column.itemsize}") for column in floats]
    numbers = columns([np.int16, np.int8, np.int8, np.int32, np.int8], [row[5:] for row in rows])
    keys = content_keys((*views, *numbers), np.arange(len(rows)))
    for (a, one), (b, other) in product(enumerate(map(repr, rows)), repeat=2):
        assert (keys[a].tolist() == keys[b].tolist()) == (one == other)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.sampled_from([0, 400, 1_999_999, 2_000_000, 29_999_999, 30_000_000, 59_999_999, 60_000_000, 61_000_000]),
        st.sampled_from([0, 0, 1500]),
        st.sampled_from([-1, -1, 0, 59, 63]),
        st.integers(0, 1),
        st.integers(1, 2), st.integers(1, 2), st.integers(0, 1),
        st.sampled_from([1, 3, 60_000]),
        st.sampled_from([0, 1, 6]),
    ),
    max_size=12,
)  # fmt: skip


def belong_together(a, b):
    (_, t_a, span_a, second, *_), (_, t_b, *_) = a, b
    if (a[0], a[3], a[4]) != (b[0], b[3], b[4]):
        return False
    if 0 <= second <= 59:
        nearest = [
            min(range(-120, 180), key=lambda s: (s % 60 != second, abs(s * 1000 - t // 1000))) for t in (t_a, t_b)
        ]
        return nearest[0] == nearest[1]
    return t_a // 60_000_000 == t_b // 60_000_000 and t_b // 1000 - t_a // 1000 - span_a <= 2000


@pytest.mark.parametrize("seeds", [SEEDS, ALIKE])
@given(rows=ROWS)
def test_receptions_are_grouped_as_the_rules_say(seeds, rows):
    rows = sorted(rows, key=lambda row: row[:2])
    kinds = [np.int32, np.int64, np.uint16, np.int8, np.int64, np.int32, np.int64, np.int32, np.uint16, np.uint32]
    mmsi, t_us, span, second, said, file_id, offset, receiver, received, flags = columns(kinds, rows)
    starts = np.array([i for i in range(len(rows)) if i == 0 or mmsi[i] != mmsi[i - 1]] + [len(rows)])
    order = np.random.default_rng(len(rows)).permutation(len(rows))  # the rows lie as they like
    source = np.argsort(order)
    none = (said - said)[source]
    few = none.astype(np.uint32)
    short = none.astype(np.int8)
    content = (said[source], none, few, few, few, none.astype(np.int16), short, short, few, second[source])
    home_ms, hashes = hash_reports(t_us[source], content, seeds)
    group, head, received, span_ms, flags, is_several, is_tied = group_receptions(
        starts, t_us, span, received, flags, home_ms[order], hashes[order],
        order, content, file_id[source], offset[source], receiver[source],
    )  # fmt: skip

    own = list(range(len(rows)))  # linked groups take the lowest number
    for _ in rows:
        for a, b in product(range(len(rows)), repeat=2):
            if a < b and belong_together(rows[a], rows[b]):
                own[a] = own[b] = min(own[a], own[b])
    firsts = sorted(set(own))
    assert group.tolist() == [firsts.index(each) for each in own]
    for number, first in enumerate(firsts):
        members = [i for i, each in enumerate(own) if each == first]
        stands = min(members, key=lambda i: (rows[i][1], *rows[i][5:8]))
        assert rows[head[number]][:8] == rows[stands][:8]
        assert received[number] == min(sum(rows[i][8] for i in members), 65_535)
        assert span_ms[number] == max(rows[i][1] // 1000 + rows[i][2] for i in members) - rows[stands][1] // 1000
        assert flags[number] == np.bitwise_or.reduce([rows[i][9] for i in members])
        assert is_several[number] == (len(members) > 1)
        assert is_tied[number] == (number > 0 and rows[firsts[number - 1]][:2] == rows[first][:2])


@pytest.mark.parametrize("seeds", [SEEDS, ALIKE])
@given(data=st.data())
def test_labels_are_united_as_sets(seeds, data):
    sets = data.draw(st.lists(st.lists(st.integers(0, 4), max_size=3, unique=True), min_size=1, max_size=4))
    codes = data.draw(st.lists(st.integers(-1, len(sets) - 1), min_size=1, max_size=12))
    groups = data.draw(st.lists(st.integers(0, 3), min_size=len(codes), max_size=len(codes)))
    numbers = {each: number for number, each in enumerate(dict.fromkeys(groups))}
    group = np.array([numbers[each] for each in groups], np.int32)
    first_atom = np.cumsum([0, *map(len, sets)])
    atoms = np.array([atom for each in sets for atom in each], np.int64)
    label, node, parent, atom = unite_labels(group, np.array(codes, np.int32), len(numbers), first_atom, atoms, seeds)
    for number in range(len(numbers)):
        members = {codes[i] for i in range(len(codes)) if group[i] == number}
        if len(members) == 1:
            assert (label[number], node[number]) == (min(members), -1)
            continue
        found, at = [], node[number]
        while at:
            found.append(atom[at].item())
            at = parent[at]
        assert found[::-1] == sorted({a for code in members if code >= 0 for a in sets[code]})
    sets_of_nodes = {(int(parent[i]), int(atom[i])) for i in range(1, parent.size)}
    assert len(sets_of_nodes) == parent.size - 1


def test_a_report_may_be_heard_by_many_stations():
    codes = np.random.default_rng(3).integers(0, 90, 200).astype(np.int32)
    group = np.zeros(200, np.int32)
    _, node, parent, atom = unite_labels(group, codes, 1, np.arange(91), np.arange(90), SEEDS)
    found, at = [], node[0]
    while at:
        found.append(atom[at].item())
        at = parent[at]
    assert found[::-1] == sorted(set(codes.tolist()))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([132.4, -180.0, 180.1, 0.0, -0.0, math.nan, math.inf]),
            st.sampled_from([42.9, 90.0, -90.5, 0.0, -0.0, math.nan]),
        ),
        max_size=8,
    )
)
def test_places_are_judged(places):
    lon, lat = columns([np.float64] * 2, places)
    flags = np.full(lon.size, 1, np.uint32)
    placed = judge_places(lon, lat, flags, 4, 8)
    for i, (x, y) in enumerate(places):
        zero, impossible = (x, y) == (0, 0), abs(x) > 180 or abs(y) > 90
        good = not (zero or impossible or math.isnan(x) or math.isnan(y))
        assert (placed[i], flags[i]) == (good, 1 + 4 * zero + 8 * impossible)
        assert (lon[i], lat[i]) == ((x, y) if good else (0, 0))
        assert not np.signbit(lon[i]) or x < 0
        assert not np.signbit(lat[i]) or y < 0
