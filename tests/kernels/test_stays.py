import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.geodesy import haversine_nm
from darkships.kernels.stays import find_stays

STEPS = st.tuples(
    st.integers(0, 1), st.integers(1, 40), st.sampled_from([0.0, 0.9, 1.0, 7.5, np.nan]), st.integers(-2, 2)
)


def naive(fixes, radius_nm, least):
    stays, first = [], 0
    while first < len(fixes):
        track, time, sog, lon = fixes[first]
        last = first
        if np.isnan(sog) or sog < 1.0:
            for i in range(first + 1, len(fixes)):
                if fixes[i][0] != track or not haversine_nm(lon, 60.0, fixes[i][3], 60.0) < radius_nm:
                    break
                if np.isnan(fixes[i][2]) or fixes[i][2] < 1.0:
                    last = i
        if last > first and fixes[last][1] - time >= least:
            stays.append([first, last])
        first = last + 1
    return stays


@given(st.lists(STEPS, max_size=40))
def test_stays_equal_the_naive_reference(steps):
    clock, fixes = {}, []
    for track, after, sog, place in steps:
        clock[track] = clock.get(track, 0) + after
        fixes.append((track, clock[track], sog, 10.0 + place * 0.01))  # 0.3 nm apart at 60 degrees north
    fixes.sort(key=lambda fix: fix[:2])
    track, t_us = (np.array([fix[k] for fix in fixes], np.int64) for k in (0, 1))
    lon, sog = np.array([fix[3] for fix in fixes], np.float64), np.array([fix[2] for fix in fixes], np.float32)
    found = find_stays(*map(fixed, (t_us, track, lon, np.full(lon.size, 60.0), sog)), 1.0, 0.5, 30)
    assert found.tolist() == naive(fixes, 0.5, 30)
