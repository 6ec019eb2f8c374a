import math
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.tracks import (
    MAX_OPEN,
    MAX_ROUNDS,
    STALE_FIXES,
    find_fragments,
    is_sorted,
    step_flags,
)
from darkships.units import EARTH_RADIUS_NM, US_PER_H

HOUR = US_PER_H
SPEED_KN, SLACK_NM, MIN_FIXES = 30.1, 0.37, 3
DAY, MIN_GAP = 24 * HOUR, HOUR


def naive_nm(a, b):
    """Chord of two unit vectors: another formula than the kernel's."""

    def vector(lon, lat):
        lam, phi = math.radians(lon), math.radians(lat)
        return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)

    return 2.0 * EARTH_RADIUS_NM * math.asin(min(1.0, math.dist(vector(*a), vector(*b)) / 2.0))


def can_follow(fixes, i, j):
    """Tell whether fix j can be the same vessel as the earlier fix i."""
    return naive_nm(fixes[i][1:], fixes[j][1:]) <= SLACK_NM + SPEED_KN * (fixes[j][0] - fixes[i][0]) / HOUR


def naive_assign(fixes, dropped):
    """Grow tracks, lists of fix numbers, from the fixes that are not dropped."""
    tracks, still_open = [], []
    for j in range(len(fixes)):
        if j in dropped:
            continue
        alive = [track for track in still_open if len(track) >= MIN_FIXES or j - track[-1] <= STALE_FIXES]
        able = [track for track in alive if can_follow(fixes, track[-1], j)]
        if able:
            min(
                able, key=lambda track: (len(track) < MIN_FIXES, round(naive_nm(fixes[track[-1]][1:], fixes[j][1:]), 6))
            ).append(j)
            continue
        tracks.append([j])
        if len(still_open) == MAX_OPEN:
            worst = min(range(MAX_OPEN), key=lambda k: (len(still_open[k]), still_open[k][-1]))
            still_open[worst] = tracks[-1]
        else:
            still_open.append(tracks[-1])
    return tracks


def naive_vessel(fixes):
    """Return the track number of each fix of one MMSI, -1 for outliers."""
    if all(can_follow(fixes, i, i + 1) for i in range(len(fixes) - 1)):
        return [0] * len(fixes)
    dropped = set()
    for attempt in range(MAX_ROUNDS):
        tracks = naive_assign(fixes, dropped)
        short = [track for track in tracks if len(track) < MIN_FIXES]
        if not short or len(short) == len(tracks):
            break
        dropped |= {j for track in short for j in (track if attempt == MAX_ROUNDS - 1 else track[:1])}
    else:
        tracks = naive_assign(fixes, dropped)
    number = [-1] * len(fixes)
    for k, track in enumerate(tracks):
        for j in track:
            number[j] = k
    return number


def run(fixes, mmsi=None):
    """Associate fixes (t_us, lon, lat), of one MMSI unless told."""
    mmsi = np.zeros(len(fixes), np.int64) if mmsi is None else np.array(mmsi, np.int64)
    t_us = np.array([f[0] for f in fixes], np.int64)
    lon, lat = (np.array([f[k] for f in fixes], np.float64) for k in (1, 2))
    flags = step_flags(mmsi, t_us, lon, lat, SPEED_KN, SLACK_NM, MIN_GAP)
    track, rows, number, steps = find_fragments(mmsi, t_us, lon, lat, flags, SPEED_KN, SLACK_NM, MIN_FIXES, MIN_GAP)
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


def naive(fixes):
    """Return the track number of each fix of one MMSI within its date, -1 for outliers."""
    return [n for _, own in groupby(fixes, key=lambda fix: fix[0] // DAY) for n in naive_vessel(list(own))]


def ship(start_h, lon, lat, lon_step, n, every_h=1.0):
    return [(int((start_h + k * every_h) * HOUR), lon + k * lon_step, lat) for k in range(n)]


# Hours apart (0 is an equal time), and one of a few places with some jitter: a crowd of ships under few MMSIs.
PLACES = [(179.8, -16.5), (-179.7, -16.4), (179.1, -16.9), (150.0, 43.0)]
STEPS = st.tuples(
    st.integers(0, 2),
    st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.0]),
    st.sampled_from(PLACES),
    st.integers(-4, 4),
    st.integers(-4, 4),
)


@given(st.lists(STEPS, max_size=45))
def test_association_equals_the_naive_reference(steps):
    by_vessel = {v: [] for v in range(3)}
    for vessel, after_h, (lon, lat), d_lon, d_lat in steps:
        own = by_vessel[vessel]
        own.append(((own[-1][0] if own else 0) + int(after_h * HOUR), lon + 0.05 * d_lon, lat + 0.05 * d_lat))
    mmsi = [7 + v for v, own in by_vessel.items() for _ in own]
    fixes = [fix for own in by_vessel.values() for fix in own]
    expected = [number for own in by_vessel.values() if own for number in naive(own)]
    assert run(fixes, mmsi) == expected


@given(st.lists(STEPS, min_size=1, max_size=45))
def test_no_track_moves_faster_than_the_limit_and_numbers_follow_first_fixes(steps):
    fixes, t_us = [], 0
    for _, after_h, (lon, lat), d_lon, d_lat in steps:
        t_us += int(after_h * HOUR)
        fixes.append((t_us, lon + 0.05 * d_lon, lat + 0.05 * d_lat))
    track = [(fix[0] // DAY, number) for fix, number in zip(fixes, run(fixes), strict=True)]
    seen = [key for key in dict.fromkeys(track) if key[1] >= 0]
    assert seen == sorted(seen)
    for key in seen:
        rows = [j for j, of in enumerate(track) if of == key]
        assert all(can_follow(fixes, i, j) for i, j in pairwise(rows))


def test_a_jump_and_back_is_an_outlier():
    fixes = ship(0, 132.0, 42.5, 0.2, 6)
    fixes[3] = (fixes[3][0], 10.0, 55.0)
    assert run(fixes) == [0, 0, 0, -1, 0, 0]


def test_a_false_first_fix_is_an_outlier():
    assert run([(0, 10.0, 55.0), *ship(1, 132.0, 42.5, 0.2, 4)]) == [-1, 0, 0, 0, 0]


def test_two_ships_that_share_an_mmsi_are_two_tracks():
    fixes = sorted(ship(0, 132.0, 42.5, 0.2, 6) + ship(0.5, 10.0, 55.0, 0.2, 6))
    assert run(fixes) == [0, 1] * 6


def test_two_ships_that_speak_at_the_same_times_are_two_tracks():
    east, west = ship(0, 132.0, 42.5, 0.2, 5), ship(0, 10.0, 55.0, 0.2, 5)
    assert run([fix for pair in zip(east, west, strict=True) for fix in pair]) == [0, 1] * 5


def test_the_antimeridian_is_no_jump():
    fixes = [(t_us, (lon + 180.0) % 360.0 - 180.0, lat) for t_us, lon, lat in ship(0, 179.5, -16.5, 0.2, 6)]
    assert fixes[-1][1] < 0.0
    assert run(fixes) == [0] * 6


def test_equal_times_and_places_are_one_track():
    assert run([(0, 20.0, 30.0)] * 5) == [0] * 5


def test_a_short_pair_of_fixes_far_apart_is_two_tracks_as_neither_is_established():
    assert run([(0, 20.0, 30.0), (HOUR, 40.0, 30.0)]) == [0, 1]


@pytest.mark.parametrize("ships", [MAX_OPEN, MAX_OPEN + 1, MAX_OPEN + 4])
def test_more_ships_than_open_tracks_under_one_mmsi(ships):
    fixes = sorted(fix for s in range(ships) for fix in ship(0.01 * s, -150.0 + 20.0 * s, 5.0 * s, 0.1, 5))
    track = run(fixes)
    assert track == naive(fixes)
    if ships <= MAX_OPEN:
        assert track == list(range(ships)) * 5


def test_nothing_in_nothing_out():
    assert run([]) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_is_sorted_tells_what_sorting_would_change(rows):
    mmsi, t_us = (np.array([row[k] for row in rows], np.int64) for k in (0, 1))
    assert is_sorted(mmsi, t_us) == (rows == sorted(rows))
