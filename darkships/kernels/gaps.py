"""Gap scan: silences of tracks, ended by any message of the MMSI; and what stood around them."""

import numpy as np

from darkships.kernels import Array, kernel

SPEED_BINS = 120
"""Half-knot bins from 0 to 60 kn in which a vessel's speeds are counted."""

_US_PER_S = 1_000_000
_WINDOW_US = 12 * 3_600_000_000
_APPROACH_US = 20 * 60_000_000
_MAX_STEP_S = 600


@kernel
def _emit(out: Array, n: int, off_row: int, on_row: int, off_us: int, on_us: int) -> Array:
    if n == out.shape[0]:
        grown = np.empty((2 * n, 4), np.int64)
        grown[:n] = out
        out = grown
    out[n, 0] = off_row
    out[n, 1] = on_row
    out[n, 2] = off_us
    out[n, 3] = on_us
    return out


@kernel
def _emit_between(
    out: Array,
    n: int,
    off_row: int,
    on_row: int,
    from_us: int,
    to_us: int,
    contact_us: Array,
    c_start: int,
    c_stop: int,
    min_gap_us: int,
) -> tuple[Array, int, int]:
    """Cut the silence from one fix to the next at each contact between them; keep what is long enough."""
    c = c_start + np.searchsorted(contact_us[c_start:c_stop], from_us, side="right")
    since_us = from_us
    while c < c_stop and contact_us[c] <= to_us:
        if contact_us[c] - since_us >= min_gap_us:
            out = _emit(out, n, off_row, on_row, since_us, contact_us[c])
            n += 1
        since_us = contact_us[c]
        c += 1
    if to_us - since_us >= min_gap_us:
        out = _emit(out, n, off_row, on_row, since_us, to_us)
        n += 1
    return out, n, since_us


@kernel
def _long_steps(mmsi: Array, t_us: Array, track: Array, min_gap_us: int) -> tuple[Array, int]:
    """Find fixes that follow each other in a track after a long time: int64 (k, 2) rows, and k.

    The last fix of each MMSI comes as (row, -1). A bare scan: the few steps that it finds are looked at afterwards.
    """
    n = mmsi.size
    out = np.empty((1024, 2), np.int64)
    k = 0
    last_row = np.full(max(1, track.max() + 1) if n else 1, -1, np.int64)
    latest, current, highest = -1, -1, -1
    for i in range(n):
        number = track[i]
        if number >= 0:
            j = latest
            if number != current:  # most vessels have one track, whose last row is at hand
                if current >= 0:
                    last_row[current] = latest
                j = last_row[number]
                current = number
                highest = max(highest, number)
            latest = i
            if j >= 0 and t_us[i] - t_us[j] >= min_gap_us:
                out[k, 0], out[k, 1] = j, i
                k += 1
        if i + 1 == n or mmsi[i + 1] != mmsi[i]:
            if latest >= 0:
                out[k, 0], out[k, 1] = latest, -1
                k += 1
            last_row[: highest + 1] = -1
            latest, current, highest = -1, -1, -1
        if k + 2 > out.shape[0]:
            grown = np.empty((2 * k, 2), np.int64)
            grown[:k] = out[:k]
            out = grown
    return out, k


@kernel
def find_gaps(
    mmsi: Array, t_us: Array, track: Array, contact_mmsi: Array, contact_us: Array, min_gap_us: int, as_of_us: int
) -> Array:
    """Find the silences of every track.

    Parameters
    ----------
    mmsi, t_us, track
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``track`` is the number within the MMSI, -1 for outliers.
    contact_mmsi, contact_us
        Arrays (m,) of messages without a position, sorted by (mmsi, time).
    min_gap_us, as_of_us
        Shortest silence kept, and the time up to which the data is known.

    Returns
    -------
    int64 array (k, 4)
        Row of the off fix, row of the on fix (-1 where none came), time of the last message before the
        silence, time of the first message after it (``-1`` while open).

    """
    out = np.empty((1024, 4), np.int64)
    k = 0
    steps, n_steps = _long_steps(mmsi, t_us, track, min_gap_us)
    for step in range(n_steps):
        off, on = steps[step, 0], steps[step, 1]
        c_start = np.searchsorted(contact_mmsi, mmsi[off], side="left")
        c_stop = np.searchsorted(contact_mmsi, mmsi[off], side="right")
        # Only the MMSI's latest track can be silent still: while another track speaks, the MMSI is on the air.
        until_us = t_us[on] if on >= 0 else as_of_us
        k_before = k
        out, k, since_us = _emit_between(out, k, off, on, t_us[off], until_us, contact_us, c_start, c_stop, min_gap_us)
        if on < 0 and k > k_before and out[k - 1, 3] == as_of_us and out[k - 1, 2] == since_us:
            out[k - 1, 3] = -1
    return out[:k]


@kernel
def gap_context(mmsi: Array, t_us: Array, track: Array, satellite: Array, off_row: Array, on_row: Array) -> Array:
    """Look around the ends of gaps.

    Parameters
    ----------
    mmsi, t_us, track, satellite
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``satellite`` tells who heard them.
    off_row, on_row
        Arrays (k,) of rows in them, -1 for none.

    Returns
    -------
    int64 array (k, 5)
        Fixes of the track in the 12 h up to the off fix; those of them heard by satellite; fixes in the 12 h from the
        on fix; the row of the approach (the latest at least 20 min before the off fix, else the earliest within
        them; the off row itself if there is none), and likewise of the departure after the on fix (-1: no on fix).

    """
    k = off_row.size
    out = np.zeros((k, 5), np.int64)
    for g in range(k):
        off = off_row[g]
        approach = off
        i = off
        while i >= 0 and mmsi[i] == mmsi[off] and t_us[off] - t_us[i] <= _WINDOW_US:
            if track[i] == track[off]:
                out[g, 0] += 1
                out[g, 1] += satellite[i]
                if t_us[off] - t_us[approach] < _APPROACH_US:
                    approach = i
            i -= 1
        out[g, 3] = approach
        on = on_row[g]
        departure = on
        i = on
        while on >= 0 and i < mmsi.size and mmsi[i] == mmsi[on] and t_us[i] - t_us[on] <= _WINDOW_US:
            if track[i] == track[on]:
                out[g, 2] += 1
                if t_us[departure] - t_us[on] < _APPROACH_US:
                    departure = i
            i += 1
        out[g, 4] = departure
    return out


@kernel
def speed_histograms(mmsi: Array, t_us: Array, track: Array, sog: Array, min_speed_kn: float) -> tuple[Array, Array]:
    """Count each vessel's seconds under way by speed over ground.

    Parameters
    ----------
    mmsi, t_us, track, sog
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``sog`` in knots, NaN where unknown.
    min_speed_kn
        Slower is not under way.

    Returns
    -------
    vessels, seconds
        Arrays (v,) of MMSIs and (v, SPEED_BINS) of seconds in half-knot bins. A fix stands for the time to the
        vessel's next one, at most ten minutes. Integers, so that sums do not depend on their order.

    """
    n = mmsi.size
    n_vessels = 0
    for i in range(n):
        if i == 0 or mmsi[i] != mmsi[i - 1]:
            n_vessels += 1
    vessels = np.empty(n_vessels, np.int64)
    seconds = np.zeros((n_vessels, SPEED_BINS), np.int64)
    v = -1
    for i in range(n):
        if i == 0 or mmsi[i] != mmsi[i - 1]:
            v += 1
            vessels[v] = mmsi[i]
        if i + 1 < n and mmsi[i + 1] == mmsi[i] and track[i] >= 0 and sog[i] >= min_speed_kn:
            step_s = min((t_us[i + 1] - t_us[i]) // _US_PER_S, _MAX_STEP_S)
            seconds[v, min(int(sog[i] * 2.0), SPEED_BINS - 1)] += step_s
    return vessels, seconds


@kernel
def weighted_quantile_bin(seconds: Array, quantile: float) -> Array:
    """Return for each row the speed in knots (middle of its half-knot bin) below which a share of its seconds lies.

    NaN where a row is all zero.
    """
    out = np.full(seconds.shape[0], np.nan)
    for v in range(seconds.shape[0]):
        total = seconds[v].sum()
        if total > 0:
            running = 0
            for b in range(seconds.shape[1]):
                running += seconds[v, b]
                if running >= quantile * total:
                    out[v] = 0.5 * b + 0.25
                    break
    return out
