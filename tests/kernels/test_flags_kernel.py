import math
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_association import naive_nm

from darkships.kernels import fixed
from darkships.kernels import flags as rules
from darkships.kernels.flags import CIRCLE, EXCURSION, FROZEN, GLITCH, JUMP, SHARED, patterns, places
from darkships.units import US_PER_H

MINUTE = US_PER_H // 60
MMSI = 273000001


class Sea:
    """Fixes (t_us, lon, lat, sog) of fragments, several a vessel; -1 stands for outliers."""

    def __init__(self, *fragments, mmsi=None, strays=()):
        rows = [(fix, f) for f, fixes in enumerate(fragments) for fix in fixes] + [(fix, -1) for fix in strays]
        rows.sort(key=lambda row: row[0][0])
        self.fixes, self.track = [fix for fix, _ in rows], [f for _, f in rows]
        own = [[i for i, f in enumerate(self.track) if f == number] for number in range(len(fragments))]
        self.ends = np.array([[rows[0], rows[-1]] for rows in own], np.int64).reshape(-1, 2)
        self.size = np.array([len(rows) for rows in own], np.int64)
        self.mmsi = np.full(len(own), MMSI, np.int64) if mmsi is None else mmsi
        self.columns = [fixed(np.array([fix[k] for fix in self.fixes], kind))
                        for k, kind in enumerate((np.int64, np.float64, np.float64, np.float32))]  # fmt: skip

    def patterns(self):
        return patterns(*self.columns, np.array(self.track, np.int64), self.ends, self.size)

    def places(self):
        return places(self.mmsi, *self.columns[:3], np.array(self.track, np.int64), self.ends, self.size)

    def fragment(self, number):
        return [fix for fix, f in zip(self.fixes, self.track, strict=True) if f == number]


def straight(start_min, n, *, lon=132.0, lat=42.0, every_min=2.0, step=0.008, sog=10.0):
    return [(int((start_min + k * every_min) * MINUTE), lon + k * step, lat, sog) for k in range(n)]


def circle(n, *, radius_nm=0.5, every_min=1.0, kn=20.0, noise_nm=0.0, start_min=0.0, lon=35.49, lat=33.82):
    rng = np.random.default_rng(3)
    out = []
    for k in range(n):
        angle = kn * every_min * k / 60.0 / radius_nm
        x, y = radius_nm * math.cos(angle), radius_nm * math.sin(angle)
        x, y = x + noise_nm * rng.normal(), y + noise_nm * rng.normal()
        out.append((int((start_min + every_min * k) * MINUTE), lon + x / 60 / math.cos(math.radians(lat)), lat + y / 60,
                    3.0))  # fmt: skip
    return out


def kinds(found):
    return [(int(row[0]), int(row[1])) for row in found]


def test_a_circle_is_found_with_its_middle_radius_and_speed():
    (found,) = Sea(circle(60, noise_nm=0.003)).patterns()
    assert (int(found[0]), found[2], found[3]) == (CIRCLE, 0.0, 59.0 * MINUTE)
    assert found[5:] == pytest.approx([35.49, 33.82, 0.5, 20.0], abs=0.05)


@pytest.mark.parametrize(
    "fixes",
    [
        straight(0, 200),
        circle(60, kn=1.0, radius_nm=0.2),  # a ship swings at anchor
        circle(60, noise_nm=0.06),  # a ship steers round by hand
        circle(16),  # not for two turns
        circle(60, radius_nm=0.02),  # within what positions err
        [(t_us, lon, lat if k % 40 < 20 else 67.64 - lat, sog) for k, (t_us, lon, lat, sog) in enumerate(circle(80))],
    ],
    ids=["straight", "anchored", "by hand", "short", "tiny", "figure of eight"],
)
def test_what_ships_do_is_no_circle(fixes):
    assert CIRCLE not in [kind for kind, _ in kinds(Sea(fixes).patterns())]


def test_a_place_that_stands_while_the_ship_says_it_moves_is_found():
    still = straight(0, 12, step=0.0, sog=12.3)
    (found,) = Sea([*straight(-40, 10), *still, *straight(40, 10)]).patterns()
    assert kinds([found]) == [(FROZEN, 0)]
    assert found[4] == 12
    assert found[8] == pytest.approx(12.3)
    for honest in (straight(0, 12, step=0.0, sog=0.4), straight(0, 9, step=0.0), straight(0, 12, step=0.0, sog=np.nan)):
        assert not len(Sea(honest).patterns())


def naive_frozen(fixes):
    """Return first and last time and size of stretches of one place at speed."""
    number, runs = 0, []
    for k, fix in enumerate(fixes):
        before = fixes[k - 1] if k else None
        goes_on = before and fix[1:3] == before[1:3] and min(fix[3], before[3]) >= 3.0
        number += not (goes_on and fix[0] - before[0] <= 10 * MINUTE)
        runs.append((number, fix))
    groups = [[fix for _, fix in own] for _, own in groupby(runs, key=lambda run: run[0])]
    lasting = [own for own in groups if own[-1][0] - own[0][0] >= 10 * MINUTE]
    return [(own[0][0], own[-1][0], len(own)) for own in lasting if len(own) >= 10]


SLOW_STEPS = st.lists(st.tuples(st.sampled_from([1, 2, 2, 2, 2, 11]), st.sampled_from([0, 0, 0, 0, 0, 1]),
                                st.sampled_from([9.0, 9.0, 9.0, 9.0, 2.0])), max_size=60)  # fmt: skip


@given(SLOW_STEPS, SLOW_STEPS)
def test_places_that_stand_equal_the_naive_reference(first, second):
    fragments = []
    for steps in (first, second):
        t_us, place, fixes = 0, 0, []
        for minutes, moves, sog in steps:
            t_us, place = t_us + minutes * MINUTE, place + moves
            fixes.append((t_us, 5.0 + 0.0005 * place, 60.0, sog))
        if fixes:
            fragments.append(fixes)
    sea = Sea(*fragments)
    found = [(int(row[1]), int(row[2]), int(row[3]), int(row[4])) for row in sea.patterns() if row[0] == FROZEN]
    expected = [(f, *run) for f in range(len(fragments)) for run in naive_frozen(sea.fragment(f))]
    assert found == expected


def naive_circles(fixes):
    """Return first and last time of the circles in a fragment: turns one after the other, a fit by least squares."""
    cos_lat = math.cos(math.radians(fixes[0][2]))
    runs, run = [], [fixes[0]]
    for fix in fixes[1:]:
        minutes = (fix[0] - run[-1][0]) / MINUTE
        if minutes > 15:
            runs, run = [*runs, run], [fix]
            continue
        if minutes < 1 or abs(step(run[-1], fix, cos_lat)) < rules.STEP_NM:
            continue
        steps = [step(*pair, cos_lat) for pair in pairwise([*run, fix])]
        turns = [cross(*pair) > 0 for pair in pairwise(steps)]
        if len(turns) > 1 and turns[-1] != turns[-2]:
            runs, run = [*runs, run], run[-2:]
        run = [*run, fix]
    return [(own[0][0], own[-1][0]) for own in [*runs, run] if len(own) >= 24 and holds_circle(own[2:-2])]


def step(a, b, cos_lat):
    return complex((b[1] - a[1]) * cos_lat, b[2] - a[2]) * 60.0


def cross(a, b):
    return (a.conjugate() * b).imag


def holds_circle(own):
    at = np.array([step(own[0], fix, math.cos(math.radians(own[0][2]))) for fix in own])
    design = np.stack([2 * at.real, 2 * at.imag, np.ones(at.size)], axis=1)
    a, b, c = np.linalg.lstsq(design, np.abs(at) ** 2, rcond=None)[0]
    radius = math.sqrt(c + a * a + b * b)
    spokes = at - complex(a, b)
    turned = abs(np.angle(spokes[1:] / spokes[:-1]).sum())
    off = math.sqrt(np.mean((np.abs(spokes) - radius) ** 2))
    kn = turned * radius / ((own[-1][0] - own[0][0]) / US_PER_H)
    return 0.05 <= radius <= 10.0 and off <= 0.01 + 0.05 * radius and turned >= 4 * math.pi and kn >= 5.0


@given(st.lists(st.tuples(st.sampled_from([0.5, 1.0, 1.0, 2.0, 16.0]), st.sampled_from([0.0, 0.35, 0.35, 0.36, -0.3]),
                          st.integers(5, 40)), min_size=1, max_size=6))  # fmt: skip
def test_circles_equal_the_naive_reference(legs):
    t_us, at, heading, fixes = 0, 0j, 1 + 0j, []
    for minutes, turn, n in legs:
        for _ in range(n):
            t_us, heading = t_us + int(minutes * MINUTE), heading * complex(math.cos(turn), math.sin(turn))
            at += 0.11 * heading
            fixes.append((t_us, 20.0 + at.real / 60.0, at.imag / 60.0, 5.0))
    found = [(int(row[2]), int(row[3])) for row in Sea(fixes).patterns() if row[0] == CIRCLE]
    assert found == naive_circles(fixes)


def test_two_ships_at_once_are_two_places():
    east, west = straight(0, 60), straight(1, 60, lon=5.0, lat=60.0)
    found = Sea(east, west).places()
    assert kinds(found) == [(SHARED, 0), (SHARED, 1)]
    nm = min(naive_nm(a[1:3], b[1:3]) for a, b in pairwise(sorted(east + west)))
    assert found[:, 7] == pytest.approx(nm)
    assert found[:, 2:4].tolist() == [[MINUTE, 118 * MINUTE]] * 2


def test_there_and_back_is_an_excursion_and_there_only_is_a_jump():
    home = [*straight(0, 30), *straight(120, 30, lon=132.3)]
    away = straight(62, 20, lon=20.0, lat=55.0)
    (found,) = Sea(home, away).places()
    assert kinds([found]) == [(EXCURSION, 1)]
    nm = naive_nm(home[29][1:3], away[0][1:3])
    assert found[4:] == pytest.approx([20, 20.0, 55.0, nm, nm * 15])  # in four minutes
    assert kinds(Sea(home[:30], away).places()) == [(JUMP, 1)]


@pytest.mark.parametrize(
    ("away", "why"),
    [
        (straight(62, 4, lon=20.0), "few fixes"),
        (straight(62, 20, lon=20.0, every_min=0.1), "a burst"),
        (straight(62, 20, lon=132.3, lat=42.05), "near"),
        (straight(62, 20, lon=132.02), "its own path, told late"),
    ],
)
def test_what_a_receiver_or_a_clock_does_accuses_nobody(away, why):
    found = Sea([*straight(0, 30), *straight(120, 30, lon=132.3)], away).places()
    assert all(kind == GLITCH for kind, _ in kinds(found)), why


def test_a_delayed_copy_of_a_track_is_not_a_second_ship():
    track = straight(0, 100)
    late = [(t_us + 41 * MINUTE, *rest) for t_us, *rest in track[:80]]
    assert kinds(Sea(track, late).places()) == [(GLITCH, 1)]


def test_ships_that_meet_are_not_two_places_of_a_liar():
    # They come nearer than a mile: what looks like two ships may be one whose receiver errs.
    assert SHARED not in [kind for kind, _ in kinds(Sea(straight(0, 60), straight(1, 60, lat=42.01)).places())]


def test_strays_and_other_vessels_are_not_counted():
    found = Sea(straight(0, 40), strays=straight(1, 40, lon=-150.0)).places()
    assert not len(found)
    both = Sea(straight(0, 40), straight(100, 40, lon=5.0), mmsi=np.array([1, 2], np.int64))
    assert not len(both.places())
    assert not len(Sea().places())
    assert not len(Sea().patterns())
