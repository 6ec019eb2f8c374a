import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.neighbours import count_near, neighbourhoods, presence_keys
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


def naive_count(fixes, own, off_us, on_us, ends):
    """Count the vessels other than ``own`` with a fix near an end in a six-hour span that the silence touches."""
    return len(
        {
            vessel
            for vessel, t_us, lon, lat in fixes
            if vessel != own
            and off_us // AWAY <= t_us // AWAY <= on_us // AWAY
            and any(near(cell(lon, lat), cell(*end)) for end in ends)
        }
    )


def run(fixes, gaps):
    """Count for each gap (vessel number, off, on, two ends)."""
    mmsi, t_us = (np.array([fix[k] for fix in fixes], np.int64) for k in (0, 1))
    lon, lat = (np.array([fix[k] for fix in fixes], np.float64) for k in (2, 3))
    keys = np.unique(presence_keys(mmsi, t_us, lon, lat)[0])
    ends = np.array([gap[3] for gap in gaps], np.float64)
    gap_vessel, off_us, on_us = (np.array([gap[k] for gap in gaps], np.int64) for k in range(3))
    hoods = neighbourhoods(off_us, on_us, ends[:, :, 0], ends[:, :, 1])
    return count_near(keys, np.unique(mmsi).size, gap_vessel, hoods).tolist()


@given(FIXES, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 72), st.integers(0, 30), LON, LAT), min_size=1))
def test_counts_equal_the_naive_reference(rows, gaps):
    fixes = sorted((100 + vessel, hour * HOUR, lon, lat) for vessel, hour, lon, lat in rows)
    vessels = sorted({fix[0] for fix in fixes})
    gaps = [
        (pick % len(vessels), off * HOUR, (off + hours) * HOUR, [(lon, lat), fixes[pick % len(fixes)][2:]])
        for pick, off, hours, lon, lat in gaps
    ]
    assert run(fixes, gaps) == [naive_count(fixes, vessels[gap[0]], *gap[1:]) for gap in gaps]


@given(FIXES)
def test_one_key_a_vessel_cell_and_six_hours(rows):
    fixes = sorted((100 + vessel, hour * HOUR, lon, lat) for vessel, hour, lon, lat in rows)
    mmsi, t_us = (np.array([fix[k] for fix in fixes], np.int64) for k in (0, 1))
    lon, lat = (np.array([fix[k] for fix in fixes], np.float64) for k in (2, 3))
    keys, _ = presence_keys(mmsi, t_us, lon, lat)
    assert np.unique(keys).size == len({(v, t // AWAY, cell(x, y)) for v, t, x, y in fixes})


@pytest.mark.parametrize(
    ("lon", "lat", "hour", "heard"),
    [
        (130.3, 42.2, 3, 1),  # beside it
        (130.9, 42.2, 3, 1),  # a cell further
        (131.6, 42.2, 3, 0),  # two cells further
        (130.3, 42.2, 13, 0),  # after the silence
    ],
)
def test_who_is_heard_by_hand(lon, lat, hour, heard):
    fixes = [(100, 0, 130.3, 42.2), (200, hour * HOUR, lon, lat)]
    assert run(fixes, [(0, 0, 10 * HOUR, [(130.3, 42.2), (130.3, 42.2)])]) == [heard]


def test_a_neighbour_across_the_antimeridian_is_near():
    fixes = [(100, 0, 179.9, -16.3), (200, HOUR, -179.9, -16.3)]
    assert run(fixes, [(0, 0, 10 * HOUR, [(179.9, -16.3), (179.9, -16.3)])]) == [1]
