from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.gaps import (
    SPEED_BINS,
    add_seam_speeds,
    cut_silences,
    long_steps,
    look_ahead,
    look_back,
    merge_runs,
    speed_histograms,
    weighted_quantile_bin,
)
from darkships.units import US_PER_H, US_PER_S

HOUR, MINUTE = US_PER_H, 60 * US_PER_S
MIN_GAP = 6 * HOUR

# Whole hours make equal times and silences of exactly the minimum common.
FIXES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.sampled_from([-1, 0, 0, 0, 1, 2])), max_size=40)
CONTACTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60)), max_size=12)


def naive_gaps(fixes, contacts, min_gap_us, as_of_us):
    """Return (off row, on row, off time, on time) of each silence, from lists of messages."""
    found = []
    for vessel in {mmsi for mmsi, _, _ in fixes}:
        rows = [i for i, (mmsi, _, number) in enumerate(fixes) if mmsi == vessel and number >= 0]
        spans = []
        for number in {fixes[i][2] for i in rows}:
            spans += pairwise([i for i in rows if fixes[i][2] == number])
        if rows:
            spans.append((rows[-1], -1))
        for off, on in spans:
            start, stop = fixes[off][1], as_of_us if on < 0 else fixes[on][1]
            ends = sorted(t for mmsi, t in contacts if mmsi == vessel and start < t <= stop)
            silences = [*pairwise([start, *ends]), ([start, *ends][-1], -1 if on < 0 else stop)]
            found += [(off, on, a, b) for a, b in silences if (stop if b < 0 else b) - a >= min_gap_us]
    return sorted(found)


def run(fixes, contacts=(), as_of_h=60):
    mmsi, t_us, track = (np.array([fix[k] for fix in fixes], np.int64) for k in range(3))
    contact_mmsi, contact_us = (np.array([contact[k] for contact in contacts], np.int64) for k in range(2))
    steps = long_steps(mmsi, fixed(t_us), track.astype(np.int32), MIN_GAP)
    off, on = steps.T
    until = np.where(on < 0, as_of_h * HOUR, t_us[on] if t_us.size else 0)
    heard = merge_runs(contact_mmsi, contact_us, contact_us, MIN_GAP)
    cut = cut_silences(mmsi[off], t_us[off], until, *heard, MIN_GAP)
    return sorted(
        (int(off[s]), int(on[s]), int(a), -1 if on[s] < 0 and is_last else int(b)) for s, a, b, is_last in cut
    )


def in_us(rows):
    return sorted((row[0], row[1] * HOUR, *row[2:]) for row in rows)


@given(FIXES, CONTACTS)
def test_gaps_equal_the_naive_reference(fixes, contacts):
    fixes, contacts = in_us(fixes), in_us(contacts)
    assert run(fixes, contacts) == naive_gaps(fixes, contacts, MIN_GAP, 60 * HOUR)


def test_a_silence_of_exactly_the_minimum_counts_and_a_microsecond_less_does_not():
    assert run([(1, 0, 0), (1, MIN_GAP, 0)], as_of_h=6) == [(0, 1, 0, MIN_GAP)]
    assert run([(1, 1, 0), (1, MIN_GAP, 0)], as_of_h=6) == []


def test_an_open_silence_runs_to_as_of():
    assert run([(1, 0, 0)], as_of_h=6) == [(0, -1, 0, -1)]
    assert run([(1, 1, 0)], as_of_h=6) == []


def test_contacts_cut_a_silence_and_may_leave_pieces_without_an_on_fix():
    contacts = [(1, 7 * HOUR), (1, 9 * HOUR)]
    assert run([(1, 0, 0), (1, 20 * HOUR, 0)], contacts, as_of_h=20) == [
        (0, 1, 0, 7 * HOUR),
        (0, 1, 9 * HOUR, 20 * HOUR),
    ]
    assert run([(1, 0, 0)], contacts, as_of_h=20) == [(0, -1, 0, 7 * HOUR), (0, -1, 9 * HOUR, -1)]


def test_a_contact_at_as_of_itself_ends_the_silence():
    assert run([(1, 0, 0)], [(1, 8 * HOUR)], as_of_h=8) == [(0, -1, 0, 8 * HOUR)]


def test_a_contact_of_another_vessel_ends_nothing():
    assert run([(1, 0, 0), (1, 8 * HOUR, 0)], [(0, 4 * HOUR), (2, 4 * HOUR)], as_of_h=8) == [(0, 1, 0, 8 * HOUR)]


def test_while_another_track_of_the_mmsi_speaks_none_of_it_is_open():
    fixes = [(1, 0, 0), (1, 10 * HOUR, 1), (1, 12 * HOUR, 1)]
    assert run(fixes, as_of_h=13) == []
    assert run(fixes, as_of_h=18) == [(2, -1, 12 * HOUR, -1)]


def test_more_gaps_than_the_first_buffer_holds():
    fixes = [(1, 6 * HOUR * k, 0) for k in range(3000)]
    assert len(run(fixes, as_of_h=0)) == 2999


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=30), st.integers(0, 30))
def test_runs_of_contacts_add_up(rows, cut):
    contacts = in_us(rows)
    columns = [np.array([contact[k] for contact in contacts], np.int64) for k in (0, 1, 1)]
    whole = merge_runs(*columns, MIN_GAP)
    in_turn = [merge_runs(*(column[part] for column in columns), MIN_GAP) for part in (slice(cut), slice(cut, None))]
    again = merge_runs(*(np.concatenate(pair) for pair in zip(*in_turn, strict=True)), MIN_GAP)
    assert [column.tolist() for column in again] == [column.tolist() for column in whole]
    assert all(b[1] - a[2] >= MIN_GAP for a, b in pairwise(zip(*whole, strict=True)) if a[0] == b[0])


def naive_context(fixes, off, on):
    """Return what stands around one gap; fixes are (mmsi, t_us, number, satellite)."""
    before = [i for i in own_fixes(fixes, off) if i <= off and fixes[off][1] - fixes[i][1] <= 12 * HOUR]
    early = [i for i in before if fixes[off][1] - fixes[i][1] >= 20 * MINUTE]
    after = [i for i in own_fixes(fixes, on) if i >= on and fixes[i][1] - fixes[on][1] <= 12 * HOUR]
    late = [i for i in after if fixes[i][1] - fixes[on][1] >= 20 * MINUTE]
    approach, departure = max(early) if early else min(before), min(late) if late else max(after)
    return [len(before), sum(fixes[i][3] for i in before), approach], [len(after), departure]


def own_fixes(fixes, of):
    return [i for i, fix in enumerate(fixes) if (fix[0], fix[2]) == (fixes[of][0], fixes[of][2])]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from([0, 5, 19, 20, 21, 90, 360]),
            st.sampled_from([-1, 0, 0, 1]),
            st.booleans(),
        ),
        min_size=1,
        max_size=40,
    ),
    st.data(),
)
def test_context_equals_the_naive_reference_wherever_the_fixes_are_cut(steps, data):
    clock, fixes = {}, []
    for vessel, after_min, number, satellite in steps:
        clock[vessel] = clock.get(vessel, 0) + after_min * MINUTE
        fixes.append((vessel, clock[vessel], number, satellite))
    fixes.sort(key=lambda fix: fix[:2])
    row = data.draw(st.sampled_from([i for i, fix in enumerate(fixes) if fix[2] >= 0] or [0]))
    midnight_us = data.draw(st.integers(0, max(clock.values()) + 1))
    before, after = naive_context(fixes, row, row)
    sides = [[i for i, fix in enumerate(fixes) if (fix[1] < midnight_us) == is_first] for is_first in (True, False)]
    first, second = (columns_of([fixes[i] for i in side]) for side in sides)
    nothing, same = columns_of([]), np.array([0, 1, -1])
    in_first = fixes[row][1] < midnight_us
    own, near = (sides[0], sides[1]) if in_first else (sides[1], sides[0])
    at = np.array([own.index(row)])

    def place(way):
        return own[way] if way >= 0 else near[-1 - way]

    back = look_back(*(first if in_first else second), at, *(nothing if in_first else first), same)[0].tolist()
    here, later = (first, second) if in_first else (second, nothing)
    ahead = look_ahead(*here[:3], at, *later[:3], same)[0].tolist()
    if fixes[row][2] >= 0:
        assert [*back[:2], place(back[2])] == before
        assert [ahead[0], place(ahead[1])] == after


def columns_of(fixes):
    mmsi, t_us, track = (np.array([fix[k] for fix in fixes], np.int64) for k in range(3))
    return mmsi, fixed(t_us), track, fixed(np.array([fix[3] for fix in fixes], np.bool_))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 1500),
            st.sampled_from([np.nan, 0.0, 2.9, 3.0, 10.2, 10.5, 59.9, 60.0, 102.2]),
        ),
        max_size=40,
    ),
    st.integers(0, 30_000),
)
def test_speed_histograms_equal_the_naive_reference_wherever_the_fixes_are_cut(steps, midnight_s):
    clock, fixes = {}, []
    for vessel, after_s, sog in steps:
        clock[vessel] = clock.get(vessel, 0) + after_s * US_PER_S
        fixes.append((vessel, clock[vessel], sog))
    fixes.sort(key=lambda fix: fix[:2])
    expected = {vessel: [0] * SPEED_BINS for vessel in sorted(clock)}
    for here, after in pairwise(fixes):
        if here[0] == after[0] and here[2] >= 3.0:
            step_s = min(600, (after[1] - here[1]) // US_PER_S)
            expected[here[0]][min(SPEED_BINS - 1, int(here[2] / 0.5))] += step_s
    vessels, seconds = histograms(fixes)
    assert dict(zip(vessels, seconds.tolist(), strict=True)) == expected
    cut = [[fix for fix in fixes if (fix[1] < midnight_s * US_PER_S) == is_first] for is_first in (True, False)]
    total = {vessel: np.zeros(SPEED_BINS, np.uint32) for vessel in expected}
    for part in cut:
        for vessel, own in zip(*histograms(part), strict=True):
            total[vessel] += own
    for vessel, own in total.items():
        last, following = ([fix for fix in part if fix[0] == vessel] for part in cut)
        if last and following:
            values = (np.array([value]) for value in (0, last[-1][1], np.float32(last[-1][2]), following[0][1]))
            add_seam_speeds(own.reshape(1, -1), *values, 3.0)
    assert {vessel: own.tolist() for vessel, own in total.items()} == expected


def histograms(fixes):
    mmsi, t_us = (np.array([fix[k] for fix in fixes], np.int64) for k in range(2))
    starts, seconds = speed_histograms(*map(fixed, (mmsi, t_us, np.array([fix[2] for fix in fixes], np.float32))), 3.0)
    return mmsi[starts[:-1]].tolist(), seconds


@given(st.lists(st.integers(0, 5), min_size=SPEED_BINS, max_size=SPEED_BINS), st.sampled_from([0.5, 0.98]))
def test_the_quantile_is_the_bin_in_which_the_share_is_reached(seconds, quantile):
    speeds = [0.5 * b + 0.25 for b, count in enumerate(seconds) for _ in range(count)]
    found = weighted_quantile_bin(np.array([seconds], np.int64), quantile)[0]
    if not speeds:
        assert np.isnan(found)
        return
    assert found == pytest.approx(np.quantile(speeds, quantile, method="inverted_cdf"))
