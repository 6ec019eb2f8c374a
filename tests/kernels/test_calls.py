from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.calls import rows_within, site_runs
from darkships.units import US_PER_H

STEPS = st.tuples(
    st.integers(0, 2), st.integers(0, 40), st.sampled_from([0.0, 0.9, 1.0, 7.5, np.nan]), st.sampled_from([-1, 0, 0, 1])
)


def run(fixes):
    t_us, track_id = (np.array([fix[k] for fix in fixes], np.int64) for k in (1, 0))
    sog = np.array([fix[2] for fix in fixes], np.float32)
    rows, stopped_us = site_runs(t_us, track_id, sog, np.array([fix[3] for fix in fixes], np.int32), 1.0)
    return rows.tolist(), (stopped_us / US_PER_H).tolist()


@given(st.lists(STEPS, max_size=40))
def test_runs_equal_the_naive_reference(steps):
    clock, fixes = {}, []
    for track, after_min, sog, site in steps:
        clock[track] = clock.get(track, 0) + after_min * US_PER_H // 60
        fixes.append((track, clock[track], sog, site))
    fixes.sort(key=lambda fix: fix[:2])
    rows, hours = [], []
    for (_, site), run_of in groupby(enumerate(fixes), key=lambda item: (item[1][0], item[1][3])):
        inside = list(run_of)
        if site >= 0:
            rows.append([inside[0][0], inside[-1][0]])
            # An unknown speed counts as stopped: many moored class B units send none.
            hours.append(
                sum(
                    (after[1] - here[1]) / US_PER_H
                    for (_, here), (_, after) in pairwise(inside)
                    if np.isnan(here[2]) or here[2] < 1.0
                )
            )
    found_rows, found_hours = run(fixes)
    assert found_rows == rows
    assert found_hours == pytest.approx(hours)


def test_a_run_of_one_fix_has_no_time():
    assert run([(1, 0, 0.0, 0)]) == ([[0, 0]], [0.0])


def test_two_tracks_in_one_site_are_two_runs():
    fixes = [(1, 0, 0.0, 3), (1, US_PER_H, 0.0, 3), (2, 0, 0.0, 3), (2, 2 * US_PER_H, 0.0, 3)]
    assert run(fixes) == ([[0, 1], [2, 3]], [1.0, 2.0])


PLACE = st.tuples(st.sampled_from([-180.0, -179.2, 0.0, 0.4, 1.0, 130.3, 180.0, np.nan]),
                  st.sampled_from([-90.0, -0.3, 0.0, 0.6, 42.2, 90.0]))  # fmt: skip


@given(st.lists(PLACE, max_size=20), st.lists(PLACE, max_size=4))
def test_rows_within_bounds_equal_the_naive_reference(points, corners):
    lon, lat = (np.array([point[k] for point in points], np.float64) for k in (0, 1))
    bounds = np.array([[w, s, w + 0.3, s + 0.9] for w, s in corners if not np.isnan(w)], np.float64).reshape(-1, 4)
    rows, starts = rows_within(*map(fixed, (lon, lat, bounds)))
    assert starts.size == len(bounds) + 1
    for (w, s, e, n), (start, stop) in zip(bounds, pairwise(starts), strict=True):
        assert rows[start:stop].tolist() == [i for i, (x, y) in enumerate(points) if w <= x <= e and s <= y <= n]
