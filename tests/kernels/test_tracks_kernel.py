import math
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_association import HOUR, MIN_FIXES, SLACK_NM, SPEED_KN, can_follow, naive_associate, rejoined

from darkships.kernels import fixed
from darkships.kernels.association import MAX_OPEN, _rejoined
from darkships.kernels.tracks import MIN_DOUBTS, find_fragments, is_sorted, step_flags

DAY, MIN_GAP = 24 * HOUR, HOUR
UNTOLD = (math.nan, math.nan)


def run(fixes, mmsi=None):
    """Associate fixes (t_us, lon, lat, sog, cog), of one MMSI unless told."""
    mmsi = np.zeros(len(fixes), np.int64) if mmsi is None else np.array(mmsi, np.int64)
    t_us = np.array([f[0] for f in fixes], np.int64)
    lon, lat = (np.array([f[k] for f in fixes], np.float64) for k in (1, 2))
    sog, cog = (np.array([f[k] for f in fixes], np.float32) for k in (3, 4))
    mmsi, t_us, lon, lat, sog, cog = map(fixed, (mmsi, t_us, lon, lat, sog, cog))
    flags = step_flags(mmsi, t_us, lon, lat, sog, SPEED_KN, SLACK_NM, MIN_GAP)
    track = np.empty(mmsi.size, np.int64)
    rows, steps = find_fragments(mmsi, t_us, lon, lat, sog, cog, flags, SPEED_KN, SLACK_NM, MIN_FIXES, MIN_GAP, track)
    rows, number = rows[:, :3], rows[:, 3]
    check_fragments(list(zip(mmsi.tolist(), (t_us // DAY).tolist(), strict=True)), t_us, track, rows, number, steps)
    return [-1 if fragment < 0 else int(number[fragment]) for fragment in track]


def check_fragments(groups, t_us, track, rows, number, steps):
    """Compare what is said of fragments with a look at every fix."""
    own = {f: [i for i, of in enumerate(track) if of == f] for f in range(len(rows))}
    assert rows.tolist() == [[fixes[0], fixes[-1], len(fixes)] for fixes in own.values()]
    assert all(len({groups[i] for i in fixes}) == 1 for fixes in own.values())
    first = [groups[fixes[0]] for fixes in own.values()]
    assert first == sorted(first)
    assert number.tolist() == [sum(other == group for other in first[:f]) for f, group in enumerate(first)]
    long = [(i, j) for fixes in own.values() for i, j in pairwise(fixes) if t_us[j] - t_us[i] >= MIN_GAP]
    assert sorted(map(tuple, steps.tolist())) == sorted(long)


def is_doubtful(a, b):
    """Tell whether a step is longer than the speeds of both fixes explain; the bound is that of the kernel."""
    degrees = abs(b[2] - a[2]) + abs((b[1] - a[1] + 180.0) % 360.0 - 180.0)
    return 60.05 * degrees > 0.2 + (1.5 * max(a[3], b[3]) + 5.0) * (b[0] - a[0]) / HOUR


def naive_date(fixes):
    steps = list(pairwise(fixes))
    if sum(is_doubtful(*step) for step in steps) < MIN_DOUBTS and all(can_follow(*step) for step in steps):
        return [0] * len(fixes)
    return naive_associate(fixes)


def naive(fixes):
    """Return the track number of each fix of one MMSI within its date, -1 for outliers."""
    return [n for _, own in groupby(fixes, key=lambda fix: fix[0] // DAY) for n in naive_date(list(own))]


def ship(start_h, lon, lat, lon_step, n, every_h=1.0, sog=math.nan, cog=math.nan):
    return [(int((start_h + k * every_h) * HOUR), lon + k * lon_step, lat, sog, cog) for k in range(n)]


# Hours apart (0 is an equal time), and one of a few places with some jitter: a crowd of ships under few MMSIs.
PLACES = [(179.8, -16.5), (-179.7, -16.4), (179.1, -16.9), (150.0, 43.0)]
STEPS = st.tuples(
    st.integers(0, 2),
    st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.0]),
    st.sampled_from(PLACES),
    st.integers(-4, 4),
    st.integers(-4, 4),
    st.sampled_from([(math.nan, math.nan), (0.0, 77.0), (6.0, 90.0), (15.0, 350.0), (15.0, math.nan)]),
)


@given(st.lists(STEPS, max_size=45))
def test_association_equals_the_naive_reference(steps):
    by_vessel = {v: [] for v in range(3)}
    for vessel, after_h, (lon, lat), d_lon, d_lat, said in steps:
        own = by_vessel[vessel]
        t_us = (own[-1][0] if own else 0) + int(after_h * HOUR)
        own.append((t_us, lon + 0.05 * d_lon, lat + 0.05 * d_lat, *said))
    mmsi = [7 + v for v, own in by_vessel.items() for _ in own]
    fixes = [fix for own in by_vessel.values() for fix in own]
    expected = [number for own in by_vessel.values() if own for number in naive(own)]
    assert run(fixes, mmsi) == expected


@given(st.lists(STEPS, min_size=1, max_size=45))
def test_no_track_moves_faster_than_the_limit_and_numbers_follow_first_fixes(steps):
    fixes, t_us = [], 0
    for _, after_h, (lon, lat), d_lon, d_lat, said in steps:
        t_us += int(after_h * HOUR)
        fixes.append((t_us, lon + 0.05 * d_lon, lat + 0.05 * d_lat, *said))
    track = [(fix[0] // DAY, number) for fix, number in zip(fixes, run(fixes), strict=True)]
    seen = [key for key in dict.fromkeys(track) if key[1] >= 0]
    assert seen == sorted(seen)
    for key in seen:
        rows = [j for j, of in enumerate(track) if of == key]
        assert all(can_follow(fixes[i], fixes[j]) for i, j in pairwise(rows))


@given(st.lists(st.tuples(STEPS, st.integers(-1, 3)), min_size=1, max_size=25))
def test_tracks_go_on_from_others_as_in_the_naive_reference(steps):
    fixes, t_us = [], 0
    for (_, after_h, (lon, lat), d_lon, d_lat, said), _ in steps:
        t_us += int(after_h * HOUR)
        fixes.append((t_us, lon + 0.05 * d_lon, lat + 0.05 * d_lat, *said))
    names = {number: k for k, number in enumerate(dict.fromkeys(n for _, n in steps if n >= 0))}
    track = np.array([names.get(number, -1) for _, number in steps], np.int32)
    tracks = [[i for i, of in enumerate(track) if of == k] for k in range(len(names))]
    expected = np.full(len(fixes), -1)
    for k, own in enumerate(rejoined(fixes, tracks)):
        expected[own] = k
    columns = [np.array(column) for column in list(zip(*fixes, strict=True))[:3]]
    assert _rejoined(*columns, track, SPEED_KN, SLACK_NM).tolist() == expected.tolist()


def test_a_ship_that_once_sails_faster_than_it_says_stays_one():
    # It lies still until one fix, and after the next one an hour later, 29 nm on: too far for what it says only.
    here = [(int(k * 0.05 * HOUR), 132.0, 42.5, 0.0, 0.0) for k in range(20)]
    there = [(int((1.95 + k * 0.05) * HOUR), 132.655, 42.5, 0.0, 0.0) for k in range(20)]
    stray = (int(2.5 * HOUR) + 1, 10.0, 55.0, *UNTOLD)
    assert run(sorted([*here, *there, stray])) == [0] * 32 + [-1] + [0] * 8


def test_a_jump_and_back_is_an_outlier():
    fixes = ship(0, 132.0, 42.5, 0.2, 6)
    fixes[3] = (fixes[3][0], 10.0, 55.0, *UNTOLD)
    assert run(fixes) == [0, 0, 0, -1, 0, 0]


def test_a_false_first_fix_is_an_outlier():
    assert run([(0, 10.0, 55.0, *UNTOLD), *ship(1, 132.0, 42.5, 0.2, 4)]) == [-1, 0, 0, 0, 0]


def test_two_ships_that_share_an_mmsi_are_two_tracks():
    fixes = sorted(ship(0, 132.0, 42.5, 0.2, 6) + ship(0.5, 10.0, 55.0, 0.2, 6))
    assert run(fixes) == [0, 1] * 6


def test_two_ships_that_speak_at_the_same_times_are_two_tracks():
    east, west = ship(0, 132.0, 42.5, 0.2, 5), ship(0, 10.0, 55.0, 0.2, 5)
    assert run([fix for pair in zip(east, west, strict=True) for fix in pair]) == [0, 1] * 5


def test_the_antimeridian_is_no_jump():
    fixes = [(t_us, (lon + 180.0) % 360.0 - 180.0, *rest) for t_us, lon, *rest in ship(0, 179.5, -16.5, 0.2, 6)]
    assert fixes[-1][1] < 0.0
    assert run(fixes) == [0] * 6


def test_equal_times_and_places_are_one_track():
    assert run([(0, 20.0, 30.0, *UNTOLD)] * 5) == [0] * 5


def test_a_short_pair_of_fixes_far_apart_is_two_tracks_as_neither_is_established():
    assert run([(0, 20.0, 30.0, *UNTOLD), (HOUR, 40.0, 30.0, *UNTOLD)]) == [0, 1]


@pytest.mark.parametrize("ships", [MAX_OPEN, MAX_OPEN + 1, MAX_OPEN + 4])
def test_more_ships_than_open_tracks_under_one_mmsi(ships):
    fixes = sorted(fix for s in range(ships) for fix in ship(0.01 * s, -150.0 + 20.0 * s, 5.0 * s, 0.1, 5))
    track = run(fixes)
    assert track == naive(fixes)
    if ships <= MAX_OPEN:
        assert track == list(range(ships)) * 5


def close_pair(*, sog, apart_deg=0.025, minutes=3.0, n=60):
    """Return two ships that sail east at 12 kn and 1.5 nm apart, each heard every six minutes, by turns."""
    step = 12.0 * 2 * minutes / 60.0 / 60.0  # degrees of longitude on the equator at 12 kn
    pair = [ship(k * minutes / 60.0, 132.0 + 0.5 * k * step, k * apart_deg, step, n, 2 * minutes / 60.0, sog, 90.0)
            for k in (0, 1)]  # fmt: skip
    return [fix for both in zip(*pair, strict=True) for fix in both]


def test_two_ships_that_the_limit_does_not_tell_apart_are_two_tracks_by_what_they_say():
    fixes = close_pair(sog=12.0)
    assert all(can_follow(*step) for step in pairwise(fixes))
    assert run(fixes) == [0, 1] * 60


def test_a_ship_that_says_a_wrong_speed_stays_one():
    ferry = [(int(k * HOUR / 20), 132.0 + 0.0125 * abs(k % 14 - 7), 0.0, 0.0, 0.0) for k in range(400)]
    assert run(ferry) == [0] * 400


def test_ships_that_cross_keep_their_tracks():
    east = ship(0.0, -0.3, 0.0, 0.01, 61, 0.05, 12.0, 90.0)
    north = [(t_us + HOUR // 40, 0.0, lon, sog, 0.0) for t_us, lon, _, sog, _ in east]
    fixes = [fix for both in zip(east, north, strict=True) for fix in both]
    assert run(fixes) == [0, 1] * 61


def test_a_ship_that_speaks_seldom_beside_one_that_speaks_often_is_no_noise():
    often = ship(0.0, 132.0, 42.5, 0.0005, 3000, 10 / 3600, 8.0, 90.0)
    seldom = ship(0.01, 133.0, 42.9, 0.0, 160, 0.05, 0.0, 0.0)
    fixes = sorted([*often, *seldom])
    assert run(fixes) == [int(fix[2] == 42.9) for fix in fixes]


def test_nothing_in_nothing_out():
    assert run([]) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_is_sorted_tells_what_sorting_would_change(rows):
    mmsi, t_us = (np.array([row[k] for row in rows], np.int64) for k in (0, 1))
    assert is_sorted(fixed(mmsi), fixed(t_us)) == (rows == sorted(rows))
