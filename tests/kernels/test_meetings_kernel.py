"""Meetings equal a naive search over all pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.geodesy import haversine_nm
from darkships.kernels.meetings import best_meetings

ALIKE, TOGETHER_H = 0.75, 3.0
PLACE = st.tuples(st.sampled_from([-179.9, -179.0, 179.2, 179.95]), st.sampled_from([40.0, 40.3, 42.0]))
SILENCE = st.tuples(
    st.integers(1, 5), st.integers(0, 12), st.sampled_from([4, 8, 9, 12, 16, 40]), PLACE, PLACE, st.integers(5, 20)
)


def together_h(a, b):
    ends = [a[3], a[4], b[3], b[4]]
    lon = np.mean([x % 360.0 for x, _ in ends])
    lat = np.mean([y for _, y in ends])
    there = max(each[1] + haversine_nm(*each[3], lon, lat) / each[5] for each in (a, b))
    away = min(each[1] + each[2] - haversine_nm(*each[4], lon, lat) / each[5] for each in (a, b))
    return away - there


def naive(silences, row):
    own, found = silences[row], []
    for other in silences:
        both = min(own[1] + own[2], other[1] + other[2]) - max(own[1], other[1])
        either = max(own[1] + own[2], other[1] + other[2]) - min(own[1], other[1])
        fits = other[0] != own[0] and both >= max(ALIKE * either, TOGETHER_H)
        if fits and together_h(own, other) >= TOGETHER_H:
            found.append((-both / either, other[0]))
    return min(found)[1] if found else -1


@given(st.lists(SILENCE, max_size=12))
def test_meetings_equal_the_naive_search(silences):
    silences.sort(key=lambda silence: silence[1])
    mmsi, off_h, hours, off, on, max_kn = ([each[k] for each in silences] for k in range(6))
    off_h = np.array(off_h, np.float64)
    places = (np.array(place, np.float64).reshape(-1, 2) for place in (off, on))
    found = best_meetings(
        np.array(mmsi, np.int64), off_h, off_h + np.array(hours, np.float64), *places,
        fixed(np.array(max_kn, np.float64)), ALIKE, TOGETHER_H,
    )  # fmt: skip
    assert found.tolist() == [naive(silences, row) for row in range(len(silences))]
