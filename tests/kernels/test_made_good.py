"""Speeds made good equal a naive search for the nearest fix in time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.geodesy import destination, haversine_nm
from darkships.kernels.made_good import fill_speeds

SECONDS = st.sampled_from([0, 10, 59, 60, 61, 600, 3599, 3600, 3601, 90_000])
STEPS = st.tuples(
    st.integers(0, 1), SECONDS, st.integers(-1, 1), st.sampled_from([np.nan, np.nan, 0.0, 7.5]), st.integers(-2, 2)
)


def filled(mmsi, seconds, lon, lat, track, sog, cog=None):
    cog = np.full(len(sog), np.nan) if cog is None else cog
    whole = (np.array(column, np.int64) for column in (mmsi, np.array(seconds) * 1_000_000))
    reals = (np.array(column, np.float64) for column in (lon, lat))
    speeds = (np.array(column, np.float32) for column in (sog, cog))
    return fill_speeds(*map(fixed, (*whole, *reals, np.array(track, np.int64), *speeds)))


def naive_speed(fixes, row):
    vessel, seconds, track, sog, lon = fixes[row]
    if track < 0 or not np.isnan(sog):
        return sog
    beside = [(abs(fix[1] - seconds), fix[1] > seconds, fix[4]) for fix in fixes
              if fix[0] == vessel and fix[2] == track and 60 <= abs(fix[1] - seconds) <= 3600]  # fmt: skip
    if not beside:
        return np.nan
    away_s, _, other = min(beside, key=lambda fix: fix[:2])
    return haversine_nm(lon, 60.0, other, 60.0) / (away_s / 3600.0)


@given(st.lists(STEPS, max_size=30))
def test_speeds_equal_the_naive_reference(steps):
    clock, fixes = {}, []
    for vessel, after, track, sog, place in steps:
        clock[vessel] = clock.get(vessel, 0) + after + 1  # no two at once: then any may be taken
        fixes.append((vessel, clock[vessel], track, sog, 10.0 + place * 0.01))
    fixes.sort(key=lambda fix: fix[:2])
    mmsi, seconds, track, sog, lon = ([fix[k] for fix in fixes] for k in range(5))
    found, _ = filled(mmsi, seconds, lon, [60.0] * len(fixes), track, sog)
    assert found == pytest.approx([naive_speed(fixes, row) for row in range(len(fixes))], nan_ok=True, rel=1e-5)


@pytest.mark.parametrize("course", [0.0, 40.0, 135.0, 359.0])
@pytest.mark.parametrize("lon", [-71.6, 179.99])
def test_the_course_is_that_of_the_way_also_across_the_date_line(lon, course):
    there = destination(lon, 55.0, course, 1.0)  # in ten minutes: 6 kn
    sog, cog = filled([1, 1], [0, 600], [lon, there[0]], [55.0, there[1]], [0, 0], [np.nan, np.nan])
    assert sog == pytest.approx([6.0, 6.0], rel=1e-4)
    assert cog == pytest.approx([course, course], abs=0.1)


def test_what_is_told_stays_and_who_lies_still_has_no_course():
    sog, cog = filled(
        [1] * 3, [0, 120, 240], [10.0] * 3, [50.0] * 3, [0] * 3, [5.0, np.nan, np.nan], [90.0, np.nan, 7.0]
    )
    assert sog.tolist() == [5.0, 0.0, 0.0]
    assert cog == pytest.approx([90.0, np.nan, 7.0], nan_ok=True)
