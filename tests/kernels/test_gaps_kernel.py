from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.gaps import SPEED_BINS, find_gaps, gap_context, speed_histograms, weighted_quantile_bin
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
    found = find_gaps(mmsi, t_us, track.astype(np.int32), contact_mmsi, contact_us, MIN_GAP, as_of_h * HOUR)
    return sorted(tuple(int(value) for value in row) for row in found)


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


def naive_context(fixes, off, on):
    """Return the five numbers of gap_context for one gap; fixes are (mmsi, t_us, number, satellite)."""
    own = [i for i, fix in enumerate(fixes) if (fix[0], fix[2]) == (fixes[off][0], fixes[off][2])]
    before = [i for i in own if i <= off and fixes[off][1] - fixes[i][1] <= 12 * HOUR]
    early = [i for i in before if fixes[off][1] - fixes[i][1] >= 20 * MINUTE]
    numbers = [len(before), sum(fixes[i][3] for i in before)]
    approach = max(early) if early else min(before)
    if on < 0:
        return [*numbers, 0, approach, -1]
    after = [i for i in own if i >= on and fixes[i][1] - fixes[on][1] <= 12 * HOUR]
    late = [i for i in after if fixes[i][1] - fixes[on][1] >= 20 * MINUTE]
    return [*numbers, len(after), approach, min(late) if late else max(after)]


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
def test_context_equals_the_naive_reference(steps, data):
    clock, fixes = {}, []
    for vessel, after_min, number, satellite in steps:
        clock[vessel] = clock.get(vessel, 0) + after_min * MINUTE
        fixes.append((vessel, clock[vessel], number, satellite))
    fixes.sort(key=lambda fix: fix[:2])
    off = data.draw(st.integers(0, len(fixes) - 1))
    later = [i for i in range(off + 1, len(fixes)) if (fixes[i][0], fixes[i][2]) == (fixes[off][0], fixes[off][2])]
    on = data.draw(st.sampled_from([-1, *later]))
    mmsi, t_us, track = (np.array([fix[k] for fix in fixes], np.int64) for k in range(3))
    satellite = np.array([fix[3] for fix in fixes], np.bool_)
    found = gap_context(mmsi, t_us, track.astype(np.int32), satellite, np.array([off]), np.array([on]))
    assert found.tolist() == [naive_context(fixes, off, on)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 1500),
            st.sampled_from([-1, 0, 1]),
            st.sampled_from([np.nan, 0.0, 2.9, 3.0, 10.2, 10.5, 59.9, 60.0, 102.2]),
        ),
        max_size=40,
    )
)
def test_speed_histograms_equal_the_naive_reference(steps):
    clock, fixes = {}, []
    for vessel, after_s, number, sog in steps:
        clock[vessel] = clock.get(vessel, 0) + after_s * US_PER_S
        fixes.append((vessel, clock[vessel], number, sog))
    fixes.sort(key=lambda fix: fix[:2])
    expected = {vessel: [0] * SPEED_BINS for vessel in sorted(clock)}
    for here, after in pairwise(fixes):
        if here[0] == after[0] and here[2] >= 0 and here[3] >= 3.0:
            step_s = min(600, (after[1] - here[1]) // US_PER_S)
            expected[here[0]][min(SPEED_BINS - 1, int(here[3] / 0.5))] += step_s
    mmsi, t_us, track = (np.array([fix[k] for fix in fixes], np.int64) for k in range(3))
    sog = np.array([fix[3] for fix in fixes], np.float32)
    vessels, seconds = speed_histograms(mmsi, t_us, track.astype(np.int32), sog, 3.0)
    assert vessels.tolist() == list(expected)
    assert seconds.tolist() == list(expected.values())


@given(st.lists(st.integers(0, 5), min_size=SPEED_BINS, max_size=SPEED_BINS), st.sampled_from([0.5, 0.98]))
def test_the_quantile_is_the_bin_in_which_the_share_is_reached(seconds, quantile):
    speeds = [0.5 * b + 0.25 for b, count in enumerate(seconds) for _ in range(count)]
    found = weighted_quantile_bin(np.array([seconds], np.int64), quantile)[0]
    if not speeds:
        assert np.isnan(found)
        return
    assert found == pytest.approx(np.quantile(speeds, quantile, method="inverted_cdf"))
