"""Putting the sentences of one message together again, however they lie among those of other stations."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import borrowed, eight
from darkships.kernels.nmea_records import (
    CHANNEL,
    CLOCK,
    KIND,
    LINE,
    NUMBER,
    SENTENCE,
    SEQUENCE,
    STAMP,
    TOTAL,
    UNRECOGNISED,
    US,
)
from darkships.kernels.nmea_times import NO_TIME
from darkships.kernels.texts import rest, same_text
from darkships.units import US_PER_S

LIFETIME_US = 60 * US_PER_S
"""In feed time: parts of one message that are further apart belong to two messages."""

LIFETIME_LINES = 5_000
"""The same where the feed tells no time."""

TIMED_LIFETIME_LINES = 100_000
"""The same where it does, for its time may stand still or run back and forth."""

MOST_PENDING = 20_000
"""Messages that may wait for parts; beyond, the oldest is given up, as time may stand still in a feed."""

_SEVERAL, _MOST_LOOKED_AT = -2, 64

PARTS = 9
LATEST_LINE, LATEST_US, COUNT = PARTS, PARTS + 1, PARTS + 2
"""Columns of a pending message behind its parts (record numbers, -1 for those that have not come)."""

_KEY = 5
_EMPTY, _DELETED = -1, -2
_POSITIVE = (1 << 62) - 1


@kernel
def intern(data: Array, starts: Array, sizes: Array, seed: int) -> tuple[Array, Array]:
    """Give each distinct text a number.

    Parameters
    ----------
    data
        (n,) uint8.
    starts, sizes
        (m,) first byte and length of each text; a length of 0 is no text.
    seed
        Random odd number, for a hash table: no feed shall foresee which of its texts collide.

    Returns
    -------
    codes, first
        (m,) int32 number of each text, -1 for none; (k,) int64 where each distinct text stands first, in that order.

    """
    codes, first, slots = texts_to_intern(starts.size)
    found = intern_more(data, starts, sizes, 0, codes, first, 0, slots, seed)
    return codes, first[:found].copy()


@kernel
def texts_to_intern(most: int) -> tuple[Array, Array, Array]:
    """Return room for what ``intern_more`` finds among so many texts."""
    room = 16
    while room < 2 * most:
        room *= 2
    return np.empty(most, np.int32), np.empty(most, np.int64), np.full(room, _EMPTY, np.int32)


@kernel
def intern_more(
    data: Array, starts: Array, sizes: Array, begin: int, codes: Array, first: Array, found: int, slots: Array,
    seed: int,
) -> int:  # fmt: skip
    """Do the work of ``intern`` from one text on, while those before have their numbers; return the distinct texts."""
    data = borrowed(data)
    for i in range(begin, starts.size):
        size = sizes[i]
        if size <= 0:
            codes[i] = -1
            continue
        if i and sizes[i - 1] == size and same_text(data, starts[i - 1], data, starts[i], size):
            codes[i] = codes[i - 1]
            continue
        slot = _hash(data, starts[i], size, seed) & (slots.size - 1)
        while slots[slot] != _EMPTY:
            other = first[slots[slot]]
            if sizes[other] == size and same_text(data, starts[other], data, starts[i], size):
                break
            slot = (slot + 1) & (slots.size - 1)
        if slots[slot] == _EMPTY:
            slots[slot] = found
            first[found] = i
            found += 1
        codes[i] = slots[slot]
    return found


@inlined
def _hash(data: Array, start: int, size: int, seed: int) -> int:
    mixed, at = int(size), start
    while at + 8 <= start + size:
        mixed = _mix(mixed, eight(data, at), seed)
        at += 8
    return _mix(mixed, rest(data, at, start + size), seed)


@inlined
def _mix(mixed: int, number: int, seed: int) -> int:
    mixed = (mixed ^ number) * seed & _POSITIVE
    return mixed ^ mixed >> 31


@kernel
def assemble(
    records: Array, carried: int, stations: Array, groups: Array, n_groups: int, before: Array, seed: int
) -> tuple[Array, Array, Array, Array]:
    """Join sentences to messages by (station, TAG group, sequence, channel, total), in whatever order they come.

    Two stations may use one sequence number at the same time; without the station in the key, parts of two ships would
    be joined into one that does not exist. A part without a station belongs to the one message of its TAG group that
    lacks it; of several, or without a group, to the one whose last part stands in the line before.

    Parameters
    ----------
    records
        (n, WIDTH) as ``lex`` gives them, with LINE counted through the feed; US is filled from stamping lines.
    carried
        So many records are parts that wait since earlier; they have all that stamping lines said.
    stations, groups
        (n,) codes, -1 for none; ``stations`` is filled from stamping lines and TAG groups.
    n_groups
        Number of distinct groups.
    before
        (4,) int64, changed: time and station that the last stamping line told, and the line it holds for: 0 for the
        next one with a sentence, -1 for none any more; the record that came last of all parts, if it still waits, else
        -1.
    seed
        As ``intern`` takes it.

    Returns
    -------
    parts, is_whole, messages, lost
        (k, PARTS + 3) the messages of several parts, finished or not; (k,) whether it is;
        (m,) the messages in the order in which they were finished: a record's number for a single sentence,
        -1 - a row of ``parts`` for another; (l,) records of parts that can no longer be completed.

    """
    n = records.shape[0]
    multi = 0
    for i in range(n):
        multi += records[i, KIND] == SENTENCE and records[i, TOTAL] > 1
    room = 16
    while room < 4 * multi:
        room *= 2
    slots = np.full(room, _EMPTY, np.int64)
    keys, parts = np.empty((multi, _KEY), np.int64), np.full((multi, PARTS + 3), -1, np.int64)
    is_whole, is_given_up = np.zeros(multi, np.bool_), np.zeros(multi, np.bool_)
    group_newest, earlier = np.full(n_groups, -1, np.int64), np.full(multi, _SEVERAL, np.int64)
    messages, lost = np.empty(n, np.int64), np.empty(n, np.int64)
    found, gone, made, newest = 0, 0, 0, -1
    pending, oldest, came_last = 0, 0, -1
    key = np.empty(_KEY, np.int64)
    for i in range(n):
        if i == carried:
            newest = came_last
        kind, line = records[i, KIND], records[i, LINE]
        if kind == STAMP:
            before[0], before[1], before[2] = records[i, US], stations[i], 0
        if kind in (STAMP, CLOCK, UNRECOGNISED):
            continue
        if i >= carried and (before[2] >= 0 or before[1] >= 0):
            _stamp(records[i], stations[i : i + 1], before)
        if kind != SENTENCE:
            continue
        if records[i, TOTAL] == 1:
            messages[found] = i
            found += 1
            continue
        group = groups[i]
        key[0], key[1], key[2] = stations[i], group, records[i, SEQUENCE]
        key[3], key[4] = records[i, CHANNEL], records[i, TOTAL]
        if group >= 0 and stations[i] < 0:
            row = _of_group(group_newest[group], earlier, newest, keys, key, parts, is_whole, is_given_up, records[i])
            if row == _SEVERAL:
                lost[gone] = i
                gone += 1
                continue
            key[0] = keys[row, 0] if row >= 0 else -1
        slot = _slot(slots, keys, key, seed)
        if slots[slot] < 0 and key[0] >= 0 and group >= 0:
            slot = _rekey(slots, keys, key, slot, seed)  # a later part came before the one that names the station
        if slots[slot] < 0 and key[0] < 0 and group < 0 and newest >= 0 and i >= carried:
            is_next = not is_whole[newest] and line - parts[newest, LATEST_LINE] <= 1
            if is_next and (keys[newest, 1:] == key[1:]).all() and _fits(parts[newest], records[i]):
                slot = _slot(slots, keys, keys[newest], seed)
        row = slots[slot]
        if row >= 0 and is_given_up[row]:
            row = -1
        elif row >= 0 and not _fits(parts[row], records[i]):
            gone = _give_up(parts[row], lost, gone)
            is_given_up[row] = True
            pending -= 1
            row = -1
        if row < 0:
            row = made
            keys[row], slots[slot], parts[row, COUNT], parts[row, LATEST_US] = key, row, 0, NO_TIME
            made += 1
            pending += 1
        if group >= 0 and key[0] >= 0 and earlier[row] == _SEVERAL:
            earlier[row] = _open(group_newest[group], earlier, is_whole, is_given_up)
            group_newest[group] = row
        if pending > MOST_PENDING:
            while is_whole[oldest] or is_given_up[oldest]:
                oldest += 1
            gone = _give_up(parts[oldest], lost, gone)
            is_given_up[oldest] = True
            pending -= 1
        parts[row, records[i, NUMBER] - 1] = i
        parts[row, COUNT] += 1
        parts[row, LATEST_LINE], parts[row, LATEST_US] = line, records[i, US]
        newest = row
        if i == before[3]:
            came_last = row
        if parts[row, COUNT] == records[i, TOTAL]:
            is_whole[row] = True
            pending -= 1
            slots[slot] = _DELETED
            messages[found] = -1 - row
            found += 1
    if n:  # by its lines alone: whatever time comes next, such a message can take up no further part
        for row in range(made):
            if not is_whole[row] and not is_given_up[row] and _outlived(parts[row], records[n - 1, LINE]):
                gone = _give_up(parts[row], lost, gone)
                is_given_up[row] = True
    if n == carried:
        newest = came_last
    before[3] = -1
    if newest >= 0 and not is_whole[newest] and not is_given_up[newest]:
        before[3] = parts[newest, :PARTS].max()
    for row in range(made):
        if is_given_up[row]:
            parts[row, COUNT] = 0
    return parts[:made], is_whole[:made], messages[:found], lost[:gone]


@kernel
def _stamp(record: Array, station: Array, before: Array) -> None:
    """Fill what a sentence does not tell from the stamping line before it.

    Such a line holds for the one message that begins in the next line with a sentence; its station for all its parts.
    """
    if before[2] == 0:
        before[2] = record[LINE]
    is_next = before[2] == record[LINE]
    if record[KIND] != SENTENCE:
        return
    if not is_next and record[NUMBER] == 1:
        before[0], before[1], before[2] = NO_TIME, -1, -1
    if is_next and record[US] == NO_TIME:
        record[US] = before[0]
    if station[0] < 0:
        station[0] = before[1]


@kernel
def _slot(slots: Array, keys: Array, key: Array, seed: int) -> int:
    """Return the place of a key, or the first that is free for it."""
    mixed = 0
    for k in range(_KEY):
        mixed = _mix(mixed, int(key[k]), seed)
    slot = mixed & (slots.size - 1)
    free = -1
    while slots[slot] != _EMPTY:
        if slots[slot] == _DELETED:
            free = slot if free < 0 else free
        else:
            same = True
            for k in range(_KEY):
                same &= keys[slots[slot], k] == key[k]
            if same:
                return slot
        slot = (slot + 1) & (slots.size - 1)
    return slot if free < 0 else free


@kernel
def _rekey(slots: Array, keys: Array, key: Array, slot: int, seed: int) -> int:
    """Give the pending message of the same group without a station, if there is one, the key with its station."""
    early = key.copy()
    early[0] = -1
    other = _slot(slots, keys, early, seed)
    if slots[other] < 0:
        return slot
    row = slots[other]
    slots[other] = _DELETED
    slots[slot] = row
    keys[row] = key
    return slot


@kernel
def _open(row: int, earlier: Array, is_whole: Array, is_given_up: Array) -> int:
    """Return the newest message of a group, from one on, that waits for parts; -1 if none does."""
    while row >= 0 and (is_whole[row] or is_given_up[row]):
        row = earlier[row]
    return row


@kernel
def _of_group(
    row: int, earlier: Array, newest: int, keys: Array, key: Array, parts: Array, is_whole: Array, is_given_up: Array,
    record: Array,
) -> int:  # fmt: skip
    """Return which message of its TAG group a sentence without a station belongs to: -1 none, _SEVERAL not clear."""
    found, looked_at = -1, 0
    row = _open(row, earlier, is_whole, is_given_up)
    while row >= 0 and looked_at < _MOST_LOOKED_AT:
        if (keys[row, 1:] == key[1:]).all() and _fits(parts[row], record):
            if row == newest and record[LINE] - parts[row, LATEST_LINE] <= 1:
                return row
            found = row if found == -1 else _SEVERAL
        row, looked_at = _open(earlier[row], earlier, is_whole, is_given_up), looked_at + 1
    return found if row < 0 else _SEVERAL


@kernel
def _fits(pending: Array, record: Array) -> bool:
    """Tell whether a sentence can be the part of a message that it says."""
    return pending[record[NUMBER] - 1] < 0 and not _expired(pending, record)


@kernel
def _expired(pending: Array, record: Array) -> bool:
    """Tell whether a sentence comes too late for a message."""
    if pending[LATEST_US] != NO_TIME and record[US] != NO_TIME:
        if abs(record[US] - pending[LATEST_US]) > LIFETIME_US:
            return True
    elif record[LINE] - pending[LATEST_LINE] > LIFETIME_LINES:
        return True
    return _outlived(pending, record[LINE])


@kernel
def _outlived(pending: Array, line: int) -> bool:
    """Tell whether the feed is past what a message can last."""
    lifetime = LIFETIME_LINES if pending[LATEST_US] == NO_TIME else TIMED_LIFETIME_LINES
    return line - pending[LATEST_LINE] > lifetime


@kernel
def _give_up(pending: Array, lost: Array, gone: int) -> int:
    for k in range(PARTS):
        if pending[k] >= 0:
            lost[gone] = pending[k]
            gone += 1
    return gone


@kernel
def joint(records: Array, stations: Array, parts: Array, messages: Array) -> tuple[Array, Array, Array]:
    """Return time and station of each message, those of its first part that has them, and the line that finished it."""
    us, station = np.empty(messages.size, np.int64), np.empty(messages.size, np.int32)
    line = np.empty(messages.size, np.int64)
    for m in range(messages.size):
        record = messages[m]
        if record >= 0:
            us[m], station[m], line[m] = records[record, US], stations[record], records[record, LINE]
            continue
        us[m], station[m], line[m] = NO_TIME, -1, 0
        for k in range(PARTS):
            part = parts[-1 - record, k]
            if part < 0:
                break
            us[m] = records[part, US] if us[m] == NO_TIME else us[m]
            station[m] = stations[part] if station[m] < 0 else station[m]
            line[m] = max(line[m], records[part, LINE])
    return us, station, line
