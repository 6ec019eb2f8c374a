import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.zones import shared_zones, zone_numbers

RUNS = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 15), st.integers(0, 4)), max_size=10)


def sorted_columns(runs):
    runs = sorted((mmsi, first, first + length) for mmsi, first, length in runs)
    return runs, np.array(runs, np.int64).reshape(-1, 3).T.copy()


@given(RUNS)
def test_zones_are_the_times_that_two_runs_cover(runs):
    runs, columns = sorted_columns(runs)
    covered = {
        (mmsi, time)
        for mmsi in (1, 2)
        for time in range(25)
        if sum(run[0] == mmsi and run[1] <= time <= run[2] for run in runs) > 1
    }
    zones = list(zip(*(column.tolist() for column in shared_zones(*columns)), strict=True))
    told = [(mmsi, time) for mmsi, since, until in zones for time in range(since, until + 1)]
    assert zones == sorted(zones)
    assert len(set(told)) == len(told)
    assert set(told) == covered


@given(RUNS, st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 22)), max_size=20))
def test_rows_are_numbered_by_the_zones_of_their_vessel(runs, rows):
    zones = shared_zones(*sorted_columns(runs)[1])
    rows = sorted(rows)
    mmsi, t_us = np.array(rows, np.int64).reshape(-1, 2).T.copy()
    vessels, starts, lengths = np.unique(mmsi, return_index=True, return_counts=True)
    found = zone_numbers(vessels, starts, lengths, t_us, *zones).tolist()
    told = list(zip(*(column.tolist() for column in zones), strict=True))
    for number, (vessel, time) in zip(found, rows, strict=True):
        inside = [i for i, (m, since, until) in enumerate(told) if m == vessel and since <= time <= until]
        before = sum((m, until) < (vessel, time) for m, _, until in told)
        assert number == (2 * inside[0] + 1 if inside else 2 * before)
