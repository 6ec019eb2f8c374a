"""Ordering of reports: sort by vessel and time, copy runs into place, join static reports to intervals."""

import numpy as np

from darkships.kernels import Array, kernel

_RADIX_BITS = 11
_RADIX_PASSES = 3  # 33 bits hold every int32 MMSI


@kernel
def vessel_order(mmsi: Array, seed: int) -> tuple[Array, Array]:
    """Return the stable order that sorts MMSIs, and where the vessels start in it: linear, whatever the input.

    Parameters
    ----------
    mmsi
        (n,) int32.
    seed
        Random odd number of at most 31 bits, for a hash table.

    Returns
    -------
    order, starts
        (n,) int32 row numbers; (v + 1,) int64: vessel i has order[starts[i]:starts[i + 1]].

    """
    n, size = mmsi.size, 16
    while size < 2 * n:
        size *= 2
    table, vessel = np.full(size, -1, np.int32), np.empty(n, np.int32)
    distinct, count = np.empty(n, np.int32), np.empty(n, np.int64)
    found = 0
    for i in range(n):
        mixed = (np.int64(mmsi[i]) & 0xFFFFFFFF) * seed
        slot = (mixed ^ mixed >> 32) & (size - 1)
        while table[slot] >= 0 and distinct[table[slot]] != mmsi[i]:
            slot = slot + 1 & (size - 1)
        if table[slot] < 0:
            table[slot], distinct[found], count[found] = found, mmsi[i], 0
            found += 1
        vessel[i] = table[slot]
        count[vessel[i]] += 1
    starts, place = np.zeros(found + 1, np.int64), np.empty(found, np.int64)
    for k, v in enumerate(_radix_order(distinct[:found])):
        place[v] = starts[k]
        starts[k + 1] = starts[k] + count[v]
    order = np.empty(n, np.int32)
    for i in range(n):
        order[place[vessel[i]]] = i
        place[vessel[i]] += 1
    return order, starts


@kernel
def _radix_order(mmsi: Array) -> Array:
    """Return the stable order that sorts MMSIs; quick where they are few."""
    n = mmsi.size
    order = np.arange(n)
    other = np.empty(n, np.int64)
    mask = (1 << _RADIX_BITS) - 1
    for step in range(_RADIX_PASSES):
        shift = step * _RADIX_BITS
        place = np.zeros(mask + 2, np.int64)
        for i in range(n):
            place[((np.int64(mmsi[i]) + 2**31 >> shift) & mask) + 1] += 1
        most = 0
        for digit in range(mask + 1):
            most = max(most, place[digit + 1])
            place[digit + 1] += place[digit]
        if most == n:
            continue
        for i in range(n):
            at = (np.int64(mmsi[order[i]]) + 2**31 >> shift) & mask
            other[place[at]] = order[i]
            place[at] += 1
        order, other = other, order
    return order


@kernel
def _is_less(keys: Array, a: int, b: int) -> bool:
    for c in range(keys.shape[1]):
        if keys[a, c] != keys[b, c]:
            return bool(keys[a, c] < keys[b, c])
    return False


@kernel
def _merge(source: Array, target: Array, start: int, middle: int, stop: int, keys: Array) -> None:
    """Merge source[start:middle] and source[middle:stop], each sorted, into target[start:stop]; the left wins ties."""
    left, right = start, middle
    for i in range(start, stop):
        if right >= stop or (left < middle and not _is_less(keys, source[right], source[left])):
            target[i] = source[left]
            left += 1
        else:
            target[i] = source[right]
            right += 1


@kernel
def sort_groups(order: Array, starts: Array, keys: Array) -> None:
    """Sort each group of rows by its keys, in place: stable natural merge sort, linear where sorted already.

    Parameters
    ----------
    order
        (n,) row numbers; changed.
    starts
        (g + 1,) int64: group i is order[starts[i]:starts[i + 1]].
    keys
        (n, k) int64, by row number; compared from the first column to the last.

    """
    spare = np.empty_like(order)
    bounds = np.empty(order.size + 1, np.int64)
    for group in range(starts.size - 1):
        start, stop = starts[group], starts[group + 1]
        runs = 0
        for i in range(start, stop):
            if i == start or _is_less(keys, order[i], order[i - 1]):
                bounds[runs] = i
                runs += 1
        bounds[runs] = stop
        while runs > 1:
            merged = 0
            for run in range(0, runs, 2):
                end = min(run + 2, runs)
                _merge(order, spare, bounds[run], bounds[run + 1], bounds[end], keys)
                bounds[merged] = bounds[run]
                merged += 1
            for i in range(start, stop):
                order[i] = spare[i]
            bounds[merged] = stop
            runs = merged


@kernel
def pick(source: Array, rows: Array, target: Array) -> None:
    """Copy source[rows[i]] to target[i], for -1 the last one; much quicker than NumPy, which casts and checks rows."""
    for i in range(rows.size):
        target[i] = source[rows[i]]


@kernel
def mark(codes: Array, used: Array) -> None:
    """Set used[c] for each code c; for -1 the last one."""
    for i in range(codes.size):
        used[codes[i]] = True


@kernel
def fill(source: Array, known: Array, missing: int, target: Array) -> None:
    """Copy source[i] where known[i], else ``missing``; NumPy's ``where`` branches, which cannot be foreseen."""
    for i in range(source.size):
        target[i] = source[i] if known[i] else missing


@kernel
def scatter_runs(source: Array, target: Array, starts: Array, lengths: Array, places: Array) -> None:
    """Copy run i, source[starts[i]:][:lengths[i]], to target[places[i]:][:lengths[i]]."""
    for run in range(starts.size):
        start, place = starts[run], places[run]
        for i in range(lengths[run]):
            target[place + i] = source[start + i]


@kernel
def scatter_codes(
    source: Array, target: Array, starts: Array, lengths: Array, places: Array, meaning: Array, used: Array
) -> None:
    """Copy runs like ``scatter_runs``, each code c as meaning[c], and mark in ``used`` which codes occur.

    A code of -1 takes the last entry of both.
    """
    for run in range(starts.size):
        start, place = starts[run], places[run]
        for i in range(lengths[run]):
            code = source[start + i]
            target[place + i] = meaning[code]
            used[code] = True


@kernel
def _may_join(known: Array, said: Array, is_near: bool) -> bool:
    """Tell whether nothing contradicts, and something is said by both or they are near in time."""
    for c in range(known.size):
        if known[c] >= 0 and said[c] >= 0:
            if known[c] != said[c]:
                return False
            is_near = True
    return is_near


@kernel
def join_intervals(
    mmsi: Array, first: Array, last: Array, count: Array, codes: Array, longest_us: int
) -> tuple[Array, Array, Array, Array]:
    """Join what follows each other and belongs to one identity: a code of -1 says nothing, and is filled.

    What follows an interval joins it if it contradicts nothing, and says something of the same or comes at most
    ``longest_us`` after the interval's last time. Two intervals that so come to say the same are joined in turn.

    Parameters
    ----------
    mmsi, first, last, count
        (n,) vessel, first and last time and number of reports, sorted by vessel and first time.
    codes
        (n, k) int32: what each says, one code a column.
    longest_us
        How far apart what has nothing in common may be.

    Returns
    -------
    tuple of numpy.ndarray
        Of m <= n intervals: the row that opens each (m,), last time (m,), number of reports (m,), codes (m, k).

    """
    head = np.empty(mmsi.size, np.int64)
    out_last, out_count, out_codes = last.copy(), count.copy(), codes.copy()
    m = 0
    for i in range(mmsi.size):
        head[m] = i
        out_last[m], out_count[m] = last[i], count[i]
        for c in range(codes.shape[1]):
            out_codes[m, c] = codes[i, c]
        m += 1
        while m > 1 and mmsi[head[m - 1]] == mmsi[head[m - 2]]:
            is_near = first[head[m - 1]] - out_last[m - 2] <= longest_us
            if not _may_join(out_codes[m - 2], out_codes[m - 1], is_near):
                break
            m -= 1
            out_last[m - 1] = max(out_last[m - 1], out_last[m])
            out_count[m - 1] += out_count[m]
            for c in range(codes.shape[1]):
                if out_codes[m, c] >= 0:
                    out_codes[m - 1, c] = out_codes[m, c]
    return head[:m], out_last[:m], out_count[:m], out_codes[:m]
