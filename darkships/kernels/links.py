"""Linking: which tracks of different dates are one vessel's movement.

Between two consecutive dates on which an MMSI was heard the decision needs these dates only, so that it is the same
however the dates are put together. What is left open is decided once, in the order of time, over whole chains.
"""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.association import MAX_OPEN
from darkships.kernels.geodesy import feasible_nm, haversine_nm
from darkships.units import US_PER_H

_TIE_NM = 1e-6  # nearer by less is rounding: the earlier one goes on


@kernel
def _nearest(
    last_us: Array, last: Array, is_short: Array, choices: Array, t_us: int, place: Array,
    max_speed_kn: float, slack_nm: float,
) -> int:  # fmt: skip
    """Return which choice a fix can continue: an established one before a short one, then the nearest; -1 if none."""
    best, best_nm, best_is_short = -1, np.inf, True
    for k in range(choices.size):
        i = choices[k]
        if i < 0 or last_us[i] > t_us:
            continue
        distance_nm = haversine_nm(last[i, 0], last[i, 1], place[0], place[1])
        is_better = distance_nm < best_nm - _TIE_NM if is_short[i] == best_is_short else best_is_short
        if is_better and distance_nm <= slack_nm + max_speed_kn / US_PER_H * (t_us - last_us[i]):
            best, best_nm, best_is_short = k, distance_nm, is_short[i]
    return best


@kernel
def continuations(
    vessel: Array, day: Array, first_us: Array, first: Array, last_us: Array, last: Array, is_short: Array,
    max_speed_kn: float, slack_nm: float,
) -> Array:  # fmt: skip
    """Link the tracks of consecutive dates on which a vessel was heard.

    Parameters
    ----------
    vessel, day
        Arrays (f,): MMSI and date of each track, sorted by them and the first fix.
    first_us, first, last_us, last
        Times (f,) and places (f, 2; longitude, latitude in degrees) of its first and last fix.
    is_short
        Array (f,): too few fixes to be established.
    max_speed_kn, slack_nm
        As :func:`darkships.kernels.association.associate` takes them.

    Returns
    -------
    int64 array (f,)
        The track that each continues, -1 for none; no track is continued twice.

    """
    before = np.full(vessel.size, -1, np.int64)
    start = previous = 0
    while start < vessel.size:
        stop = start + 1
        while stop < vessel.size and vessel[stop] == vessel[start] and day[stop] == day[start]:
            stop += 1
        if start and vessel[start] == vessel[start - 1]:
            if start - previous == 1 and stop - start == 1:
                limit_nm = slack_nm + max_speed_kn / US_PER_H * (first_us[start] - last_us[previous])
                near = feasible_nm(last[previous, 0], last[previous, 1], first[start, 0], first[start, 1], limit_nm)
                if near >= 0.0:
                    before[start] = previous
            else:
                choices = np.arange(previous, start)
                for j in range(start, stop):
                    k = _nearest(last_us, last, is_short, choices, first_us[j], first[j], max_speed_kn, slack_nm)
                    if k >= 0:
                        before[j] = choices[k]
                        choices[k] = -1
        previous = start
        start = stop
    return before


@kernel
def roots(before: Array) -> Array:
    """Return where each chain of links begins: ``before`` (n,) names an earlier one, or -1."""
    root = np.arange(before.size)
    for i in range(before.size):
        if before[i] >= 0:
            root[i] = root[before[i]]
    return root


@kernel
def _number(
    first_us: Array, first: Array, last_us: Array, last: Array, fixes: Array, is_noise: Array, number: Array,
    before: Array, min_fixes: int, max_speed_kn: float, slack_nm: float,
) -> Array:  # fmt: skip
    """Give the chains of one vessel that are no noise their tracks; return the fixes of each track."""
    size = np.zeros(first_us.size, np.int64)
    is_short = np.ones(first_us.size, np.bool_)
    choices = np.full(MAX_OPEN, -1, np.int64)
    tracks = 0
    for i in range(first_us.size):
        before[i] = -1
        if is_noise[i]:
            continue
        k = _nearest(last_us, last, is_short, choices, first_us[i], first[i], max_speed_kn, slack_nm)
        if k >= 0:
            before[i] = choices[k]
            number[i] = number[choices[k]]
        else:
            k = 0
            for other in range(MAX_OPEN):
                if choices[k] < 0:
                    break
                if choices[other] < 0:
                    k = other
                elif size[number[choices[other]]] < size[number[choices[k]]]:
                    k = other
            number[i] = tracks
            tracks += 1
        choices[k] = i
        size[number[i]] += fixes[i]
        is_short[i] = size[number[i]] < min_fixes
    return size[:tracks]


@kernel
def link_chains(
    vessel: Array, first_us: Array, first: Array, last_us: Array, last: Array, fixes: Array, min_fixes: int,
    max_speed_kn: float, slack_nm: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Join chains to whole tracks: each goes on with the nearest open track that it can have come from.

    A track that has fewer fixes than ``min_fixes`` beside one that has as many is noise; the rest is joined again
    without it.

    Parameters
    ----------
    vessel, first_us, first, last_us, last
        As :func:`continuations` takes them, of c chains sorted by vessel and first fix.
    fixes
        Array (c,).
    min_fixes, max_speed_kn, slack_nm
        As :func:`darkships.kernels.association.associate` takes them.

    Returns
    -------
    number, before
        int32 (c,) number of the track within its vessel, in order of first fix, -1 for noise; int64 (c,) the chain
        that each continues, -1 for none.

    """
    number = np.zeros(vessel.size, np.int32)
    before = np.full(vessel.size, -1, np.int64)
    is_noise = np.zeros(vessel.size, np.bool_)
    start = 0
    while start < vessel.size:
        stop = start + 1
        while stop < vessel.size and vessel[stop] == vessel[start]:
            stop += 1
        if stop - start > 1:
            own = slice(start, stop)
            while True:  # each round finds noise or is the last
                size = _number(
                    first_us[own], first[own], last_us[own], last[own], fixes[own], is_noise[own], number[own],
                    before[own], min_fixes, max_speed_kn, slack_nm,
                )  # fmt: skip
                established = 0
                for k in range(size.size):
                    established += size[k] >= min_fixes
                if established in (0, size.size):
                    break
                for i in range(start, stop):
                    if not is_noise[i] and size[number[i]] < min_fixes:
                        is_noise[i] = True
            for i in range(start, stop):
                if before[i] >= 0:
                    before[i] += start
                if is_noise[i]:
                    number[i] = -1
        start = stop
    return number, before


@kernel
def last_up_to(mmsi: Array, us: Array, number: Array, of_mmsi: Array, of_us: Array, of_number: Array) -> Array:
    """Look up the last row of a vessel that does not come after a time and number.

    Parameters
    ----------
    mmsi, us, number
        Arrays (n,) sorted by them in this order.
    of_mmsi, of_us, of_number
        Arrays (k,): what is looked for. The vessel has a row that comes no later.

    Returns
    -------
    int64 array (k,)

    """
    out = np.empty(of_mmsi.size, np.int64)
    for g in range(of_mmsi.size):
        row = np.searchsorted(mmsi, of_mmsi[g], side="right") - 1
        while us[row] > of_us[g] or (us[row] == of_us[g] and number[row] > of_number[g]):
            row -= 1
        out[g] = row
    return out
