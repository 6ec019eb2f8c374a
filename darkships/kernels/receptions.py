"""Which reports are receptions of one transmission, and what they add up to."""

from typing import Any

import numpy as np

from darkships.kernels import Array, inlined, kernel

MOST = 65_535
"""Largest number of receptions, and largest span in milliseconds, that a report can carry."""

_MINUTE_MS = 60_000
_WINDOW_MS = 2_000
_HALF = (1 << 31) - 1
_SUM = (1 << 62) - 1

N_SEEDS = 12
"""Numbers that the hash of a report needs; drawn anew by each process, so that no feed can make its rows collide."""


Content = tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array, Array]
"""What n reports say: lon, lat (int64, the bits of floats), sog, cog, rot (uint32, the bits of floats), heading,
nav_status, msg_type, ais_class and utc_second (integers of at most 16, 8, 8, 31 and 8 bits)."""


@inlined
def _packed(said: Content, row: int) -> tuple[Any, ...]:
    """Return whole numbers that are equal where the reports say the same."""
    lon, lat, sog, cog, rot, heading, nav_status, msg_type, ais_class, utc_second = said
    return (
        np.int64(lon[row]),
        np.int64(lat[row]),
        np.int64(sog[row]) << 32 | np.int64(cog[row]),
        (np.int64(heading[row]) & 0xFFFF) << 48
        | (np.int64(nav_status[row]) & 0xFF) << 40
        | (np.int64(msg_type[row]) & 0xFF) << 32
        | np.int64(ais_class[row]),
        np.int64(rot[row]) << 8 | np.int64(utc_second[row]) & 0xFF,
    )


@kernel
def content_keys(said: Content, rows: Array) -> Array:
    """Return what some reports say as (rows.size, 5) int64: equal where they say the same."""
    keys = np.empty((rows.size, 5), np.int64)
    for i in range(rows.size):
        keys[i, 0], keys[i, 1], keys[i, 2], keys[i, 3], keys[i, 4] = _packed(said, rows[i])
    return keys


@inlined
def _home_ms(ms: int, second: int) -> int:
    """Return the time nearest to ``ms`` at which a minute's second is ``second``; without one, the minute's start."""
    if second < 0 or second > 59:
        return ms - ms % _MINUTE_MS
    return ms + (second * 1000 - ms + _MINUTE_MS // 2) % _MINUTE_MS - _MINUTE_MS // 2


@kernel
def hash_reports(t_us: Array, said: Content, seeds: Array) -> tuple[Array, Array]:
    """Return what receptions of one transmission have in common, and a hash of it and of what they say.

    Parameters
    ----------
    t_us, said
        (n,) time of each report, and its content.
    seeds
        (N_SEEDS,) random positive int64 of at most 31 bits.

    Returns
    -------
    home_ms, hashes
        (n,) int64: the time that the second of the fix resolves to, else the UTC minute; (n,) int32.

    """
    home_ms, hashes = np.empty(t_us.size, np.int64), np.empty(t_us.size, np.int32)
    for row in range(t_us.size):
        home = _home_ms(t_us[row] // 1000, int(said[9][row]))
        a, b, c, d, e = _packed(said, row)
        total = _mixed(home, seeds[0], seeds[1]) + _mixed(a, seeds[2], seeds[3]) & _SUM
        total = total + _mixed(b, seeds[4], seeds[5]) & _SUM
        total = total + _mixed(c, seeds[6], seeds[7]) & _SUM
        total = total + _mixed(d, seeds[8], seeds[9]) & _SUM
        home_ms[row], hashes[row] = home, (total + _mixed(e, seeds[10], seeds[11]) & _SUM) >> 31
    return home_ms, hashes


@inlined
def _mixed(number: int, seed: int, other: int) -> int:
    return (seed * (number & _HALF) + other * (number >> 31 & _HALF)) & _SUM


@kernel
def _comes_first(file_id: Array, offset: Array, receiver: Array, a: int, b: int) -> bool:
    if file_id[a] != file_id[b]:
        return bool(file_id[a] < file_id[b])
    if offset[a] != offset[b]:
        return bool(offset[a] < offset[b])
    return bool(receiver[a] < receiver[b])


@kernel
def group_receptions(
    starts: Array, t_us: Array, span_ms: Array, received: Array, flags: Array, home_ms: Array, hashes: Array,
    order: Array, said: Content, file_id: Array, offset: Array, receiver: Array,
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:  # fmt: skip
    """Find the reports that are receptions of one transmission.

    Reports of one vessel with equal content belong together if

    - they tell the second of their fix, and it resolves to the same time within half a minute of each, or
    - they tell none, their first times lie in one UTC minute and each is at most 2 s away from the one before:
      what was merged before counts from its first to its last reception.

    Times are compared in whole milliseconds. Both rules say which reports are linked, whatever was merged before; so
    merging is associative and commutative.

    Parameters
    ----------
    starts
        (v + 1,) vessel i has the reports from starts[i] to starts[i + 1].
    t_us, span_ms, received, flags, home_ms, hashes
        (n,) sorted by vessel and time: time, time to the last reception, number of receptions, flags, and what
        ``hash_reports`` gives.
    order
        (n,) the row of each report in what follows.
    said, file_id, offset, receiver
        (n,) in any order: content; of reports of one time the one that is least by the others stands for all.

    Returns
    -------
    group, head, received, span_ms, flags, is_several, is_tied
        The group of each report (n,); and by group (m,), in order of vessel and time: the report that stands for it,
        receptions and span (both at most ``MOST``), flags, whether several reports belong to it, and whether the group
        before it is of the same vessel and time.

    """
    n = order.size
    group, head = np.empty(n, np.int32), np.empty(n, np.int32)
    last_ms, total, united = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint32)
    is_several, is_tied = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    size, m = np.int64(1), 0
    for vessel in range(starts.size - 1):
        while size < 2 * (starts[vessel + 1] - starts[vessel]):
            size *= 2
    table = np.empty(size, np.int32)
    for vessel in range(starts.size - 1):
        start, stop = starts[vessel], starts[vessel + 1]
        size = np.int64(1)
        while size < 2 * (stop - start):
            size *= 2
        table[:size] = -1
        first = m
        for at in range(start, stop):
            slot = hashes[at] & (size - 1)
            while table[slot] >= 0:
                other = head[table[slot]]
                if hashes[other] == hashes[at] and home_ms[other] == home_ms[at]:
                    if _packed(said, order[other]) == _packed(said, order[at]):
                        break
                slot = slot + 1 & (size - 1)
            g, ms = table[slot], t_us[at] // 1000
            if g >= 0 and (0 <= said[9][order[at]] <= 59 or ms - last_ms[g] <= _WINDOW_MS):
                other = head[g]
                if t_us[at] == t_us[other] and _comes_first(file_id, offset, receiver, order[at], order[other]):
                    head[g] = at
                total[g] += received[at]
                united[g] |= flags[at]
                last_ms[g] = max(last_ms[g], ms + span_ms[at])
                is_several[g] = True
            else:
                g = m
                table[slot] = g
                head[g], last_ms[g], total[g], united[g] = at, ms + span_ms[at], received[at], flags[at]
                is_tied[g] = g > first and t_us[at] == t_us[head[g - 1]]
                m += 1
            group[at] = g
    span = np.empty(m, np.uint16)
    sums = np.empty(m, np.uint16)
    for g in range(m):
        span[g] = min(last_ms[g] - t_us[head[g]] // 1000, MOST)
        sums[g] = min(total[g], MOST)
    return group, head[:m].copy(), sums, span, united[:m].copy(), is_several[:m], is_tied[:m]


@kernel
def _sort_in_place(numbers: Array) -> None:
    """Sort few numbers by insertion: much quicker than what is made for many."""
    if numbers.size > 32:
        numbers.sort()
        return
    for i in range(1, numbers.size):
        number, k = numbers[i], i
        while k and numbers[k - 1] > number:
            numbers[k] = numbers[k - 1]
            k -= 1
        numbers[k] = number


@kernel
def unite_labels(
    group: Array, codes: Array, n_groups: int, first_atom: Array, atoms: Array, seeds: Array
) -> tuple[Array, Array, Array, Array]:
    """Unite the labels of each group's members as sets of atoms.

    Parameters
    ----------
    group, codes
        (n,) group of each member and its label, -1 for none.
    n_groups
        Number of groups; each has a member.
    first_atom, atoms
        Label i is made of atoms[first_atom[i]:first_atom[i + 1]].
    seeds
        (N_SEEDS,) random positive int64 of at most 31 bits.

    Returns
    -------
    label, node, parent, atom
        Of each group: the label if all members have the same, and -1, or the node of its set in a tree. Of each node
        its parent and the atom by which it differs from it; atoms rise from the root, node 0, which is the empty set.

    """
    label, node = np.full(n_groups, -2, np.int64), np.full(n_groups, -1, np.int64)
    for i in range(group.size):
        g = group[i]
        if label[g] == -2:
            label[g] = codes[i]
        elif label[g] != codes[i]:
            node[g] = 0
    ends = np.zeros(n_groups + 1, np.int64)
    for i in range(group.size):
        if node[group[i]] == 0 and codes[i] >= 0:
            ends[group[i] + 1] += first_atom[codes[i] + 1] - first_atom[codes[i]]
    ends = np.cumsum(ends)
    members = np.empty(ends[-1], np.int64)
    place = ends[:-1].copy()
    for i in range(group.size):
        g = group[i]
        if node[g] == 0 and codes[i] >= 0:
            for k in range(first_atom[codes[i]], first_atom[codes[i] + 1]):
                members[place[g]] = atoms[k]
                place[g] += 1
    parent, atom = np.zeros(members.size + 1, np.int64), np.full(members.size + 1, -1, np.int64)
    size = np.int64(1)
    while size < 2 * members.size + 2:
        size *= 2
    table = np.zeros(size, np.int64)
    n_nodes = 1
    for g in range(n_groups):
        if node[g] != 0:
            continue
        own = members[ends[g] : ends[g + 1]]
        _sort_in_place(own)
        at = 0
        for k in range(own.size):
            if k and own[k] == own[k - 1]:
                continue
            slot = (seeds[0] * (at & _HALF) + seeds[1] * (own[k] & _HALF) & _SUM) >> 31 & (size - 1)
            while table[slot] and (parent[table[slot]] != at or atom[table[slot]] != own[k]):
                slot = slot + 1 & (size - 1)
            if not table[slot]:
                table[slot] = n_nodes
                parent[n_nodes], atom[n_nodes] = at, own[k]
                n_nodes += 1
            at = table[slot]
        node[g] = at
    return label, node, parent[:n_nodes], atom[:n_nodes]


@kernel
def judge_places(lon: Array, lat: Array, flags: Array, zero: int, impossible: int) -> Array:
    """Find the positions that cannot be, flag them, and set them to 0; NaN stands for missing.

    Parameters
    ----------
    lon, lat
        (n,) degrees; changed: no negative zero remains, for equal values must have equal bits.
    flags
        (n,) uint32; changed.
    zero, impossible
        What to add to the flags at exactly 0 N 0 E, and beyond the poles or the date line.

    Returns
    -------
    numpy.ndarray
        (n,) booleans: this is a place.

    """
    placed = np.empty(lon.size, np.bool_)
    for i in range(lon.size):
        x, y = lon[i], lat[i]
        if x == 0.0 and y == 0.0:
            flags[i] |= np.uint32(zero)
        elif abs(x) > 180.0 or abs(y) > 90.0:
            flags[i] |= np.uint32(impossible)
        placed[i] = abs(x) <= 180.0 and abs(y) <= 90.0 and not (x == 0.0 and y == 0.0)
        lon[i] = x + 0.0 if placed[i] else 0.0
        lat[i] = y + 0.0 if placed[i] else 0.0
    return placed
