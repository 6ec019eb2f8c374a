"""Chances along the ways of a silent vessel, against what can be reckoned by hand."""

import itertools
import math
from itertools import pairwise

import naive_silences
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.geodesy import haversine_nm
from darkships.kernels.hours import COLUMNS, ROWS, cell_of
from darkships.kernels.silences import (
    CELL_WEIGHT_H,
    CLASS_A,
    MOST,
    Day,
    Month,
    Silences,
    Sums,
    _chance_beside,
    clear,
    expect,
    off_hours,
    shrunk,
    weigh_date,
)
from darkships.kernels.ways import LOOKED_AT_H, PATHS, looked_at, place_on, turn_of
from darkships.reception.chances import UNHEARD, UNSEEN_SHARE, near_chance
from darkships.units import US_PER_H

CELLS = ROWS * COLUMNS
HOME = cell_of(130.1, 42.1)
HOURS = np.arange(24) + 24 * 10
START = int(HOURS[0]) * US_PER_H


def month(there=0, heard=0, cell=HOME):
    """Return a month with vessel hours of class A in one cell."""
    counts = np.zeros((2, 2, CELLS), np.int32)
    counts[0, 0, cell], counts[1, 0, cell] = there, heard
    near = near_chance(*counts)
    return Month(*counts, near, shrunk(counts[1], counts[0], near).astype(np.float32))


def day(of_month, rows):
    """Return a date of (cell, hour, there, heard) of class A."""
    cell, hour, there, heard = np.array(rows, np.int32).reshape(-1, 4).T.copy()
    of_day = Day.of_month(of_month)
    expect(cell, np.zeros(cell.size, np.int8), hour.astype(np.int8), there, heard, of_month, of_day)
    return of_day


def silence(off_h, on_h, *, off=(130.1, 42.1), on=(130.1, 42.1), max_kn=0.0, middle_h=0.0, is_off=False):
    """Return one silence, hours after START; a vessel of no speed stays."""
    times = [np.array([START + round(h * US_PER_H)]) for h in (off_h, on_h)]
    group, kn = np.array([CLASS_A], np.int8), np.array([max_kn])
    ends = [np.array([value], np.float64) for value in (*off, *on)]
    rest = np.array([middle_h]), np.array([is_off])
    return Silences(*times, group, kn, times[0], *ends[:2], times[1], *ends[2:], *rest)


def weighed(of, of_month, of_day, land=None, paths=PATHS):
    sums = Sums(*(np.zeros((1, 2, paths)) for _ in range(3)), np.zeros(1), np.zeros((1, 2)))
    weigh_date(HOURS, of, of_month, of_day, fixed(np.zeros(CELLS, bool) if land is None else land), sums)
    return sums


def switched_off(of):
    return off_hours(Silences(*map(fixed, of)))


def test_a_busy_cell_says_what_its_vessels_say():
    busy = month(there=100_000, heard=50_000)
    others = day(busy, [(HOME, hour, 400, 200) for hour in range(24)])
    sums = weighed(silence(2.0, 10.0), busy, others)
    assert sums.looked_h == pytest.approx([8.0])
    assert sums.log_missed[0, 0] == pytest.approx(8.0 * np.log(0.5), rel=0.01)
    assert sums.heard_h[0, 0] == pytest.approx(4.0, rel=0.01)


def test_hours_before_an_on_fix_that_is_far_in_time_stand_apart():
    busy = month(there=100_000, heard=50_000)
    others = day(busy, [(HOME, hour, 400, 200) for hour in range(24)])
    for off_h, on_h, halves in [(2.0, 60.0, [22.0, 0.0]), (-40.0, 20.0, [0.0, 20.0]), (-20.0, 20.0, [20.0, 0.0])]:
        sums = weighed(silence(off_h, on_h), busy, others)
        assert sums.log_missed[0, :, 0] == pytest.approx([h * np.log(0.5) for h in halves], rel=0.02)


@pytest.mark.parametrize(("off_h", "on_h"), [(-22.5, 60.0), (-22.0, 60.0), (-50.0, 45.5), (-50.0, 46.0)])
def test_hours_in_the_middle_count_as_the_month_tells_of_where_the_way_is_then(off_h, on_h):
    busy = month(there=100_000, heard=50_000)  # on the date it is worse
    others = day(busy, [(HOME, hour, 40, 10) for hour in range(24)])
    with_middle, without = (weighed(silence(off_h, on_h, middle_h=h), busy, others) for h in (5.0, 0.0))
    added = (with_middle.log_missed - without.log_missed)[0]
    assert added.sum(axis=0)[0] == pytest.approx(5.0 * np.log(0.5), rel=0.001)
    assert with_middle.looked_h == without.looked_h


def test_parts_of_hours_count_in_part():
    busy = month(there=100_000, heard=50_000)
    others = day(busy, [(HOME, hour, 400, 200) for hour in range(24)])
    assert weighed(silence(2.25, 3.75), busy, others).looked_h == pytest.approx([1.5])


def test_a_deaf_hour_of_all_excuses_one_vessel():
    busy = month(there=100_000, heard=90_000)
    rows = [(HOME, hour, 400, 0 if 4 <= hour < 8 else 360) for hour in range(24)]
    rows[5] = (HOME, 5, 400, 1)  # somebody is heard, far less than usual
    alike = weighed(silence(4.0, 8.0), busy, day(busy, rows))
    assert alike.looked_h == pytest.approx([1.0])  # the hours in which nobody is heard stand apart
    assert alike.others[0] == pytest.approx([3 * 400 * 0.75, 0.0], rel=0.05)
    assert alike.log_missed[0, 0, 0] > np.log(0.9)


def test_its_own_silence_does_not_speak_against_reception():
    alone = month(there=43, heard=40)  # 20 other hours on the date, all heard; the vessel itself is missed for 3
    rows = [(HOME, hour, 1, 1) for hour in range(20)]
    rows += [(HOME, hour, 1, 0) for hour in (3, 4, 5)]
    merged = [(HOME, hour, 1 + (hour in {3, 4, 5}), 1) for hour in range(20)]
    without = weighed(silence(2.5, 8.5), month(there=40, heard=40), day(month(there=40, heard=40), rows[:20]))
    assert weighed(silence(2.5, 8.5), alone, day(alone, merged)).heard_h[0] == pytest.approx(
        without.heard_h[0], rel=0.02
    )


@pytest.mark.parametrize(("on_h", "on", "hours"), [(8.5, (130.1, 42.1), 3), (8.5, (130.3, 42.1), 5), (2.9, (9, 9), 0)])
def test_hours_of_what_was_switched_off_are_those_that_it_was_looked_for(on_h, on, hours):
    found = switched_off(silence(2.5, on_h, on=on, is_off=True))
    assert found[:, 0].tolist() == list(range(HOURS[0] + 3, HOURS[0] + 3 + hours))
    assert found[:, 2].tolist() == [0] * hours
    assert switched_off(silence(2.5, on_h, on=on)).size == 0


def test_hours_after_the_last_message_only_were_switched_off():
    of = silence(2.5, 8.5, on=(130.3, 42.1), is_off=True)
    of = of._replace(off_us=of.off_us + 2 * US_PER_H, until_us=of.until_us - 2 * US_PER_H)
    assert switched_off(of)[:, 0].tolist() == [HOURS[0] + 5]


def test_what_is_taken_out_for_good_is_not_taken_out_twice():
    rows = [(HOME, hour, 1, 1) for hour in range(20)]
    missed = [(HOME, hour, 1, 0) for hour in (3, 4, 5)]
    less, more = month(there=50, heard=40), month(there=53, heard=40)
    as_off = weighed(silence(2.5, 8.5, is_off=True), less, day(less, rows))
    as_on = weighed(silence(2.5, 8.5), more, day(more, rows + missed))
    assert as_off.heard_h == pytest.approx(as_on.heard_h, rel=0.02)
    assert as_off.heard_h[0, 0, 0] < weighed(silence(2.5, 8.5), less, day(less, rows)).heard_h[0, 0, 0] * 0.995


def test_the_first_path_alone_is_the_first_of_all():
    busy = month(there=100, heard=70)
    of, of_day = silence(2.0, 10.0, max_kn=20.0), day(busy, [(HOME, hour, 4, 3) for hour in range(24)])
    every, first = weighed(of, busy, of_day), weighed(of, busy, of_day, paths=1)
    assert first.log_missed[0, 0, 0] == every.log_missed[0, 0, 0]
    assert first.looked_h == every.looked_h


def test_where_nobody_was_ever_heard_hardly_anything_is_expected():
    nothing = month()
    assert near_chance(*nothing[:2])[0, HOME] == pytest.approx(UNHEARD * UNSEEN_SHARE)
    far = cell_of(150.0, 10.0)
    sums = weighed(silence(2.0, 10.0), month(), day(month(), [(far, hour, 9, 9) for hour in range(24)]))
    assert sums.heard_h[0, 0, 0] == pytest.approx(8 * UNHEARD * UNSEEN_SHARE)


def test_no_chance_is_believed_to_be_one():
    sure = month(there=10**6, heard=10**6)
    sums = weighed(silence(2.0, 10.0), sure, day(sure, [(HOME, hour, 9, 9) for hour in range(24)]))
    assert sums.log_missed[0, 0] == pytest.approx(8 * np.log(1 - MOST))


def test_no_path_but_the_direct_one_leads_over_land():
    land = np.ones(CELLS, bool)
    sums = weighed(silence(2.0, 10.0, max_kn=20.0), month(), day(month(), []), land)
    assert np.isfinite(sums.log_missed[0, 0, 0])
    assert np.isneginf(sums.log_missed[0, 0, 1:]).all()


@given(st.floats(-180, 179.999), st.floats(-89.999, 89.999))
def test_between_the_middles_of_cells_the_chance_is_that_of_four(lon, lat):
    of_cell = np.random.default_rng(0).random((ROWS, COLUMNS))
    x, y = (lon + 180) * 4 - 0.5, (lat + 90) * 4 - 0.5
    left, below = math.floor(x), math.floor(y)
    expected = 0.0
    for column, row in itertools.product((left, left + 1), (below, below + 1)):
        weight = (1 - abs(x - column)) * (1 - abs(y - row))
        expected += weight * of_cell[min(max(row, 0), ROWS - 1), column % COLUMNS]  # the poles have no cell beyond
    beside, own_weight = _chance_beside(of_cell.ravel(), cell_of(lon, lat), lon, lat)
    assert beside + own_weight * of_cell.ravel()[cell_of(lon, lat)] == pytest.approx(expected)


@given(
    st.floats(-180, 179.9), st.floats(-70, 70), st.floats(0, 360), st.floats(0, 15), st.floats(2, 47), st.floats(15, 30)
)
def test_paths_can_be_sailed(lon, lat, bearing, made_kn, hours, max_kn):
    d_lat = made_kn * hours * np.cos(np.radians(bearing)) / 60
    d_lon = made_kn * hours * np.sin(np.radians(bearing)) / 60 / np.cos(np.radians(lat))
    on = ((lon + d_lon + 180) % 360 - 180, lat + d_lat)
    if abs(on[1]) > 75:
        return
    of = silence(0.0, hours, off=(lon, lat), on=on, max_kn=max_kn)
    for path in range(PATHS):
        turn = turn_of(path, START, lon, lat, START + round(hours * US_PER_H), *on, max_kn)
        ends = START / US_PER_H, lon, lat, of.to_us[0] / US_PER_H, *on
        middle = [(hour + 0.5, place_on(*ends, turn, int(HOURS[0]) + hour)) for hour in range(int(hours))]
        for (since, a), (until, b) in pairwise([(0.0, (lon, lat)), *middle, (hours, on)]):
            assert haversine_nm(*a, *b) <= 1.2 * max_kn * (until - since) + 1.0  # a plane that touches the sphere


@given(st.floats(0, 5), st.floats(0.1, 90), st.booleans())
def test_hours_near_the_ends_are_looked_at_once(off_h, length_h, is_back):
    off_us, until_us = round(off_h * US_PER_H), round((off_h + length_h) * US_PER_H)
    total = sum(looked_at(off_us, until_us, is_back, hour) for hour in range(100))
    assert total == pytest.approx(min(length_h, LOOKED_AT_H * (2 if is_back else 1)), abs=1e-6)


def test_a_day_that_is_cleared_is_as_it_was_before():
    of_month = month(there=50, heard=25)
    told = np.array([HOME, HOME + 1], np.int32), np.zeros(2, np.int8), np.array([3, 4], np.int8)
    of_day = Day.of_month(of_month)
    expect(*told, np.array([4, 6], np.int32), np.array([2, 6], np.int32), of_month, of_day)
    assert all(array.any() for array in of_day)
    clear(*told, of_month, of_day)
    for array, before in zip(of_day, Day.of_month(of_month), strict=True):
        np.testing.assert_array_equal(array, before)


def some_sea(rng):
    """Return a month, four dates (hours, Day) and land around HOME, all at random; nobody is heard in some hours."""
    near = HOME + rng.integers(-5, 6, (60, 2)) @ (COLUMNS, 1)
    counts = np.zeros((2, 2, CELLS), np.int32)
    counts[0, 0, near] = rng.integers(0, 40, near.size)
    counts[1] = counts[0] * rng.random(CELLS)
    chances = near_chance(*counts)
    of_month = Month(*counts, chances, shrunk(counts[1], counts[0], chances).astype(np.float32))
    dates = []
    for number in range(4):
        there, hour = rng.integers(1, 9, 200), rng.integers(0, 24, 200)
        heard = (there * rng.random(200)).astype(int) * (hour % 7 > 1)
        rows = np.stack([rng.choice(near, 200), hour, there, heard], axis=1)
        dates.append((HOURS + 24 * number, day(of_month, rows)))
    land = np.zeros(CELLS, bool)
    land[HOME + rng.integers(-9, 10, (25, 2)) @ (COLUMNS, 1)] = True
    return of_month, dates, land


@given(st.integers(0, 2**32 - 1))
@example(626381040)  # one hour is the last way out and the first way back
def test_over_dates_what_adds_up_is_that_of_every_hour_by_itself(seed):
    rng = np.random.default_rng(seed)
    of_month, dates, land = some_sea(rng)
    off_h, length_h = rng.uniform(0, 24), rng.choice([rng.uniform(3, 12), rng.uniform(12, 70)])
    off, on = [(130.1, 42.1) + rng.uniform(-0.5, 0.5, 2) * rng.integers(0, 2) for _ in range(2)]
    of = silence(off_h, off_h + length_h, off=off, on=on, max_kn=rng.uniform(2, 12), middle_h=max(length_h - 48, 0) / 2,
                 is_off=rng.random() < 0.3)  # fmt: skip
    of = of._replace(off_us=of.off_us + rng.integers(0, 2) * US_PER_H)  # a contact after the off fix
    sums = Sums(*np.zeros((3, 1, 2, PATHS)), np.zeros(1), np.zeros((1, 2)))
    for hours, of_day in dates:
        weigh_date(hours, of, of_month, of_day, fixed(land), sums)
    for path in range(PATHS):
        log_missed, alone, heard_h, is_closed = naive_silences.weigh(dates, of, of_month, land, path)
        for half in range(2):
            assert np.isneginf(sums.log_missed[0, half, path]) == is_closed[half]
            if not is_closed[half]:
                np.testing.assert_allclose(sums.log_missed[0, half, path], log_missed[half], rtol=1e-6)
                np.testing.assert_allclose(sums.log_missed_alone[0, half, path], alone[half], rtol=1e-6)
                np.testing.assert_allclose(sums.heard_h[0, half, path], heard_h[half], rtol=1e-6)


def test_a_days_sums_are_those_of_its_rows():
    of_month = month(there=50, heard=25)
    of_day = day(of_month, [(HOME, 3, 4, 2), (HOME, 4, 6, 6)])
    assert isinstance(of_day, Day)
    near = of_month.near[0, HOME]
    chance = (8 + CELL_WEIGHT_H * (25 + CELL_WEIGHT_H * near) / (50 + CELL_WEIGHT_H)) / (10 + CELL_WEIGHT_H)
    assert of_day.tile[..., 0].sum(axis=0)[3:5] == pytest.approx([4 * chance, 6 * chance], rel=1e-5)
    assert of_day.feed_heard[3:5].tolist() == [2.0, 6.0]
