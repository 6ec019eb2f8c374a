"""Runs of equal reports against going through each vessel's reports."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed, runs
from darkships.kernels.runs import runs_by_vessel

keys = np.array([[-1, -1], [1, 2], [1, 2], [1, 3]])
says = np.array([False, True, True, True])
report = st.tuples(st.sampled_from([0, 5, 273_000_001, 999_999_999]), st.integers(0, 3), st.integers(0, 3))


def slow(mmsi, us, share):
    found, last = [], {}
    for row, (vessel, time, said) in enumerate(zip(mmsi, us, share, strict=True)):
        if not says[said]:
            continue
        if vessel in last and time < last[vessel][0]:
            return None
        if vessel in last and (keys[last[vessel][1]] == keys[said]).all():
            run = last[vessel][2]
            run[1:] = [row, run[2] + 1]
        else:
            run = [row, row, 1]
            found.append(run)
        last[vessel] = time, said, run
    return found


@given(st.lists(report, max_size=25), st.booleans())
def test_runs(reports, ordered):
    if ordered:
        reports = sorted(reports, key=lambda r: r[1])
    mmsi, us, share = (np.array([r[i] for r in reports], np.int64) for i in range(3))
    got, ascending = runs_by_vessel(*map(fixed, (mmsi, us, share)), keys, says)
    want = slow(mmsi.tolist(), us.tolist(), share.tolist())
    assert ascending == (want is not None)
    if ascending:
        assert got.tolist() == want


def test_many_vessels():
    mmsi = np.arange(200_000_000, 200_020_000).repeat(2)
    share = np.tile([1, 2], 20_000)
    got, ascending = runs_by_vessel(*map(fixed, (mmsi, np.arange(40_000), share)), keys, says)
    assert ascending
    assert got.tolist() == [[i, i + 1, 2] for i in range(0, 40_000, 2)]


def test_vessels_that_hash_alike_are_given_up(monkeypatch):
    monkeypatch.setattr(runs, "_FACTOR", 0)
    plain = runs_by_vessel.__wrapped__
    for vessels, ascending in ((64, True), (65, False)):
        rows = np.arange(vessels)
        assert plain(rows, rows, np.ones(vessels, np.int64), keys, says)[1] == ascending
