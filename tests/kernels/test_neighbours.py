import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.neighbours import BUCKETS, count_near, end_cells, presence_keys, renamed
from darkships.units import US_PER_H

HOUR = US_PER_H
AWAY = 6 * HOUR

LON = st.sampled_from([-180.0, -179.8, -179.3, 0.0, 130.1, 130.6, 131.2, 179.2, 179.9])
LAT = st.sampled_from([-90.0, -89.9, -16.3, 0.0, 42.2, 42.7, 43.4, 89.9, 90.0])
FIXES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 72), LON, LAT), min_size=1, max_size=40)


def cell(lon, lat):
    return min(math.floor((lat + 90.0) * 2), 359), math.floor((lon + 180.0) * 2) % 720


def near(a, b):
    """Tell whether two cells are the same or neighbours; longitude goes round."""
    return abs(a[0] - b[0]) <= 1 and (a[1] - b[1]) % 720 in (0, 1, 719)


def naive_count(fixes, own, us, lon, lat, step):
    """Count for each k the vessels other than ``own`` with a fix near a place in the span of its time or the next k."""
    return [
        len(
            {
                vessel
                for vessel, t_us, x, y in fixes
                if vessel != own and 0 <= step * (t_us // AWAY - us // AWAY) <= k and near(cell(x, y), cell(lon, lat))
            }
        )
        for k in range(BUCKETS)
    ]


def run(fixes, ends, step):
    """Count for each end (MMSI, time, lon, lat); the fixes come as two halves, as two dates would."""
    halves = (fixes[: len(fixes) // 2], fixes[len(fixes) // 2 :])
    found = [presence_keys(*map(fixed, columns(half))) for half in halves]
    vessels = np.unique(np.concatenate([own for _, own in found]))
    keys = [renamed(keys, np.searchsorted(vessels, own)) for keys, own in found]
    mmsi, us, lon, lat = columns(ends)
    cells = end_cells(us, lon, lat)
    order = np.argsort(cells, kind="stable")
    counts = np.empty((len(ends), BUCKETS), np.int32)
    counts[order] = count_near(np.unique(np.concatenate(keys)), vessels, mmsi[order], cells[order], step)
    return counts.tolist()


def columns(rows):
    kinds = (np.int64, np.int64, np.float64, np.float64)
    return tuple(np.array([row[k] for row in rows], kind) for k, kind in enumerate(kinds))


@given(
    FIXES, st.lists(st.tuples(st.integers(0, 40), st.integers(12, 72), LON, LAT), min_size=1), st.sampled_from([1, -1])
)
def test_counts_equal_the_naive_reference(rows, places, step):
    fixes = sorted((100 + vessel, hour * HOUR, lon, lat) for vessel, hour, lon, lat in rows)
    ends = [(fixes[pick % len(fixes)][0], hour * HOUR, lon, lat) for pick, hour, lon, lat in places]
    assert run(fixes, ends, step) == [naive_count(fixes, *end, step) for end in ends]


@given(FIXES)
def test_one_key_a_vessel_cell_and_six_hours(rows):
    fixes = sorted((100 + vessel, hour * HOUR, lon, lat) for vessel, hour, lon, lat in rows)
    mmsi, t_us = (np.array([fix[k] for fix in fixes], np.int64) for k in (0, 1))
    lon, lat = (np.array([fix[k] for fix in fixes], np.float64) for k in (2, 3))
    keys, _ = presence_keys(*map(fixed, (mmsi, t_us, lon, lat)))
    assert np.unique(keys).size == len({(v, t // AWAY, cell(x, y)) for v, t, x, y in fixes})


@pytest.mark.parametrize(
    ("lon", "lat", "hour", "heard"),
    [
        (130.3, 42.2, 3, [1, 1, 1, 1, 1]),  # beside it
        (130.9, 42.2, 13, [0, 0, 1, 1, 1]),  # a cell further, half a day later
        (131.6, 42.2, 3, [0, 0, 0, 0, 0]),  # two cells further
        (130.3, 42.2, 30, [0, 0, 0, 0, 0]),  # more than a day later
    ],
)
def test_who_is_heard_by_hand(lon, lat, hour, heard):
    fixes = [(100, 0, 130.3, 42.2), (200, hour * HOUR, lon, lat)]
    assert run(fixes, [(100, 0, 130.3, 42.2)], 1) == [heard]


def test_a_neighbour_across_the_antimeridian_is_near():
    fixes = [(100, 0, 179.9, -16.3), (200, HOUR, -179.9, -16.3)]
    assert run(fixes, [(100, 0, 179.9, -16.3)], 1)[0][0] == 1
