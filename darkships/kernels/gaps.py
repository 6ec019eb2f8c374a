"""Gap scan: silences of tracks, ended by any message of the MMSI; and what stood around them."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import grown

SPEED_BINS = 120
"""Half-knot bins from 0 to 60 kn in which a vessel's speeds are counted."""

_US_PER_S = 1_000_000
_WINDOW_US = 12 * 3_600_000_000
_APPROACH_US = 20 * 60_000_000
_MAX_STEP_S = 600


@kernel
def merge_runs(mmsi: Array, from_us: Array, to_us: Array, min_gap_us: int) -> tuple[Array, Array, Array]:
    """Merge times at which a vessel was heard, as far as less than the shortest silence lies between them.

    Parameters
    ----------
    mmsi, from_us, to_us
        Arrays (m,) sorted by (mmsi, from_us).
    min_gap_us
        The shortest silence.

    Returns
    -------
    mmsi, from_us, to_us
        Arrays (k,), k <= m.

    """
    out_mmsi, out_from, out_to = mmsi.copy(), from_us.copy(), to_us.copy()
    k = -1
    for i in range(mmsi.size):
        if k >= 0 and mmsi[i] == out_mmsi[k] and from_us[i] - out_to[k] < min_gap_us:
            out_to[k] = max(out_to[k], to_us[i])
        else:
            k += 1
            out_mmsi[k], out_from[k], out_to[k] = mmsi[i], from_us[i], to_us[i]
    return out_mmsi[: k + 1], out_from[: k + 1], out_to[: k + 1]


@kernel
def cut_silences(
    mmsi: Array, from_us: Array, to_us: Array, run_mmsi: Array, run_from: Array, run_to: Array, min_gap_us: int
) -> Array:
    """Cut silences between fixes at what else was heard of the vessel; keep what is long enough.

    Parameters
    ----------
    mmsi, from_us, to_us
        Arrays (s,): vessel and ends of each silence.
    run_mmsi, run_from, run_to
        Arrays (m,) of :func:`merge_runs`: messages without a position.
    min_gap_us
        The shortest silence.

    Returns
    -------
    int64 array (k, 4)
        Number of the silence, time of the last message before and of the first message after what is left of it, and
        whether it lasts to the silence's end.

    """
    out = np.empty((mmsi.size + 1, 4), np.int64)
    k = 0
    for s in range(mmsi.size):
        since_us = from_us[s]
        c = np.searchsorted(run_mmsi, mmsi[s], side="left")
        stop = np.searchsorted(run_mmsi, mmsi[s], side="right")
        c += np.searchsorted(run_to[c:stop], since_us, side="right")
        while c < stop and run_from[c] <= to_us[s]:
            if run_from[c] - since_us >= min_gap_us:
                out, k = _emit(out, k, s, since_us, run_from[c], False)
            since_us = run_to[c]
            c += 1
        if to_us[s] - since_us >= min_gap_us:
            out, k = _emit(out, k, s, since_us, to_us[s], True)
    return out[:k]


@kernel
def _emit(out: Array, k: int, silence: int, off_us: int, on_us: int, is_last: bool) -> tuple[Array, int]:
    if k == out.shape[0]:
        out = grown(out)
    out[k, 0], out[k, 1], out[k, 2], out[k, 3] = silence, off_us, on_us, is_last
    return out, k + 1


@kernel
def long_steps(mmsi: Array, t_us: Array, track: Array, min_gap_us: int) -> Array:
    """Find fixes that follow each other in a track after a long time; the last fix of each MMSI comes as (row, -1).

    Parameters
    ----------
    mmsi, t_us, track
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``track`` is a number from 0 on within the MMSI, -1 for outliers.
    min_gap_us
        The shortest silence.

    Returns
    -------
    int64 array (k, 2)

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
            out = grown(out)
    return out[:k]


@kernel
def look_back(
    mmsi: Array, t_us: Array, track: Array, satellite: Array, row: Array,
    earlier_mmsi: Array, earlier_us: Array, earlier_track: Array, earlier_satellite: Array, same: Array,
) -> Array:  # fmt: skip
    """Look at what came before off fixes.

    Parameters
    ----------
    mmsi, t_us, track, satellite
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``satellite`` tells who heard them.
    row
        Array (k,): the off fixes.
    earlier_mmsi, earlier_us, earlier_track, earlier_satellite
        Arrays (m,) of all fixes before these, sorted likewise.
    same
        Array (tracks,): which track each track of the earlier fixes is among these, -1 for none; -1 comes last.

    Returns
    -------
    int64 array (k, 3)
        Fixes of the track in the 12 h up to the off fix; those of them heard by satellite; the row of the approach (the
        latest at least 20 min before the off fix, else the earliest within them; the off fix itself if none is), as
        -1 - row among the earlier fixes.

    """
    out = np.zeros((row.size, 3), np.int64)
    for g in range(row.size):
        off = row[g]
        approach, approach_us = off, t_us[off]
        i = off
        while i >= 0 and mmsi[i] == mmsi[off] and t_us[off] - t_us[i] <= _WINDOW_US:
            if track[i] == track[off]:
                out[g, 0] += 1
                out[g, 1] += satellite[i]
                if t_us[off] - approach_us < _APPROACH_US:
                    approach, approach_us = i, t_us[i]
            i -= 1
        if i < 0 or mmsi[i] != mmsi[off]:
            i = np.searchsorted(earlier_mmsi, mmsi[off], side="right") - 1
            while i >= 0 and earlier_mmsi[i] == mmsi[off] and t_us[off] - earlier_us[i] <= _WINDOW_US:
                if same[earlier_track[i]] == track[off]:
                    out[g, 0] += 1
                    out[g, 1] += earlier_satellite[i]
                    if t_us[off] - approach_us < _APPROACH_US:
                        approach, approach_us = -1 - i, earlier_us[i]
                i -= 1
        out[g, 2] = approach
    return out


@kernel
def look_ahead(
    mmsi: Array, t_us: Array, track: Array, row: Array,
    later_mmsi: Array, later_us: Array, later_track: Array, same: Array,
) -> Array:  # fmt: skip
    """Look at what came after on fixes.

    Parameters
    ----------
    mmsi, t_us, track
        Arrays (n,) of fixes sorted by (mmsi, t_us).
    row
        Array (k,): the on fixes.
    later_mmsi, later_us, later_track, same
        All fixes after these, as :func:`look_back` takes those before.

    Returns
    -------
    int64 array (k, 2)
        Fixes of the track in the 12 h from the on fix; the row of the departure (the earliest at least 20 min after the
        on fix, else the latest within them), as -1 - row among the later fixes.

    """
    out = np.zeros((row.size, 2), np.int64)
    for g in range(row.size):
        on = row[g]
        departure, departure_us = on, t_us[on]
        i = on
        while i < mmsi.size and mmsi[i] == mmsi[on] and t_us[i] - t_us[on] <= _WINDOW_US:
            if track[i] == track[on]:
                out[g, 0] += 1
                if departure_us - t_us[on] < _APPROACH_US:
                    departure, departure_us = i, t_us[i]
            i += 1
        if i == mmsi.size or mmsi[i] != mmsi[on]:
            i = np.searchsorted(later_mmsi, mmsi[on], side="left")
            while i < later_mmsi.size and later_mmsi[i] == mmsi[on] and later_us[i] - t_us[on] <= _WINDOW_US:
                if same[later_track[i]] == track[on]:
                    out[g, 0] += 1
                    if departure_us - t_us[on] < _APPROACH_US:
                        departure, departure_us = -1 - i, later_us[i]
                i += 1
        out[g, 1] = departure
    return out


@inlined
def step_s(from_us: int, to_us: int) -> int:
    """Return for how many seconds a fix stands: the time to the vessel's next one, at most ten minutes."""
    return min((to_us - from_us) // _US_PER_S, _MAX_STEP_S)


@inlined
def speed_bin(sog_kn: float) -> int:
    """Return the half-knot bin of a speed."""
    return min(int(sog_kn * 2.0), SPEED_BINS - 1)


@kernel
def speed_histograms(mmsi: Array, t_us: Array, sog: Array, min_speed_kn: float) -> tuple[Array, Array]:
    """Count each vessel's seconds under way by speed over ground.

    Parameters
    ----------
    mmsi, t_us, sog
        Arrays (n,) of fixes sorted by (mmsi, t_us); ``sog`` in knots, NaN where unknown.
    min_speed_kn
        Slower is not under way.

    Returns
    -------
    starts, seconds
        Int64 array (v + 1,), where each vessel's fixes start, and n; uint32 (v, SPEED_BINS) seconds in half-knot bins,
        of each fix those that it stands for. Integers, so that sums do not depend on their order.

    """
    n_vessels = 0
    for i in range(mmsi.size):
        n_vessels += i == 0 or mmsi[i] != mmsi[i - 1]
    starts, seconds = np.zeros(n_vessels + 1, np.int64), np.zeros((n_vessels, SPEED_BINS), np.uint32)
    starts[n_vessels] = mmsi.size
    v = 0
    for i in range(1, mmsi.size):
        if mmsi[i] != mmsi[i - 1]:
            v += 1
            starts[v] = i
        elif sog[i - 1] >= min_speed_kn:
            seconds[v, speed_bin(sog[i - 1])] += step_s(t_us[i - 1], t_us[i])
    return starts, seconds


@kernel
def add_seam_speeds(
    seconds: Array, vessel: Array, last_us: Array, last_sog: Array, next_us: Array, min_speed_kn: float
) -> None:
    """Add to histograms (v, SPEED_BINS), in place, what each vessel's last fix before a seam stands for.

    ``vessel`` (k,) are rows of ``seconds``; times and speeds (k,) as :func:`speed_histograms` takes them.
    """
    for k in range(vessel.size):
        if last_sog[k] >= min_speed_kn:
            seconds[vessel[k], speed_bin(last_sog[k])] += step_s(last_us[k], next_us[k])


@kernel
def weighted_quantile_bin(seconds: Array, quantile: float) -> Array:
    """Return for each row the speed in knots (middle of its half-knot bin) below which a share of its seconds lies.

    NaN where a row is all zero.
    """
    out = np.full(seconds.shape[0], np.nan)
    for v in range(seconds.shape[0]):
        total = 0
        for b in range(seconds.shape[1]):
            total += seconds[v, b]
        if total > 0:
            running = 0
            for b in range(seconds.shape[1]):
                running += seconds[v, b]
                if running >= quantile * total:
                    out[v] = 0.5 * b + 0.25
                    break
    return out
