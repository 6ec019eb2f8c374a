"""Runs of equal reports, vessel by vessel."""

import numpy as np

from darkships.kernels import Array, kernel

_MOST_PROBES = 64
_FACTOR, _LOW_31 = 0x5BD1E995, 0x7FFFFFFF


@kernel
def runs_by_vessel(mmsi: Array, us: Array, share: Array, keys: Array, says: Array) -> tuple[Array, bool]:
    """Find the runs of equal reports of each vessel, in one pass over reports in the order in which they came.

    Parameters
    ----------
    mmsi, us
        (n,) vessel, below 2**31, and time of each report.
    share
        (n,) the row of ``keys`` that tells what a report says; equal rows say the same.
    keys
        (m, k) int64.
    says
        (m,) booleans; reports that say nothing are passed over.

    Returns
    -------
    tuple
        The row of the first and of the last report of each run, and how many it has, (., 3) int64, in the order in
        which they begin; and False if a vessel's times do not ascend: then the runs are not complete.

    """
    runs = np.empty((mmsi.size, 3), np.int64)
    vessels = np.full((1 << 12, 4), -1, np.int64)  # MMSI, time and share of the last report, and its run
    count, known = 0, 0
    for row in range(mmsi.size):
        if not says[share[row]]:
            continue
        if known * 2 > vessels.shape[0]:
            wider = np.full((vessels.shape[0] * 2, 4), -1, np.int64)
            for old in range(vessels.shape[0]):
                if vessels[old, 0] >= 0:
                    key = vessels[old, 0] * _FACTOR
                    place = (key >> 20) & (wider.shape[0] - 1)
                    while wider[place, 0] >= 0:
                        place = (place + 1) & (wider.shape[0] - 1)
                    for i in range(4):
                        wider[place, i] = vessels[old, i]
            vessels = wider
        mask = vessels.shape[0] - 1
        key = (np.int64(mmsi[row]) & _LOW_31) * _FACTOR
        place, probes = (key >> 20) & mask, 0
        while vessels[place, 0] >= 0 and vessels[place, 0] != mmsi[row] and probes < _MOST_PROBES:
            place = (place + 1) & mask
            probes += 1
        same = vessels[place, 0] == mmsi[row]
        if not same:
            if probes == _MOST_PROBES:
                return runs[:count], False
            vessels[place, 0] = mmsi[row]
            known += 1
        elif us[row] < vessels[place, 1]:
            return runs[:count], False
        elif vessels[place, 2] != share[row]:
            for k in range(keys.shape[1]):
                same &= keys[vessels[place, 2], k] == keys[share[row], k]
        if not same:
            runs[count, 0], runs[count, 2] = row, 0
            vessels[place, 3] = count
            count += 1
        vessels[place, 1], vessels[place, 2] = us[row], share[row]
        run = vessels[place, 3]
        runs[run, 1] = row
        runs[run, 2] += 1
    return runs[:count], True
