"""NMEA 0183 lines to records: AIS sentences with whatever stands around them that tells time and station.

TAG blocks (NMEA 0183 4.10: c time, s station, g group), US Coast Guard trailing fields, $PGHP lines (GateHouse),
loggers' prefixes, and lines that tell the log's own clock ($--RMC, $--ZDA, dated comments). One pass over the bytes.
"""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.nmea_times import NO_TIME, dated, day_number, epoch_at, in_bounds, is_digit, number

WIDTH = 15
"""Integers of a record; a text is its first byte and its length."""

LINE, KIND, START, STOP, PAYLOAD, PAYLOAD_STOP, FILL, TOTAL, NUMBER = range(9)
SEQUENCE, CHANNEL, US, STATION, STATION_SIZE, GROUP = range(9, 15)
"""Columns of a record. GROUP is the first byte of a TAG group's name, -1 without one; it ends where its letters end."""

SENTENCE, STAMP, CLOCK = 0, 1, 2
"""Kinds of record: an AIS sentence; a line that stamps the sentence after it; a line that tells the log's own clock."""

TRUNCATED, MALFORMED, CHECKSUM, PART, UNRECOGNISED = 10, 11, 12, 13, 14
"""Kinds of record that are refused. CHECKSUM has the given and the computed sum in TOTAL and NUMBER."""

BLANK, COMMENT, TIME_LINE, TAG_LINE, OTHER_NMEA, PIECES = range(6)
"""What ``counts`` counts: lines without AIS sentence, by what they are; AIS sentences and what is nothing known."""

_NEWLINE, _RETURN, _BANG, _DOLLAR, _STAR, _COMMA, _BACKSLASH, _QUOTE = 10, 13, 33, 36, 42, 44, 92, 34


@kernel
def lex(data: Array, start: int, records: Array, counts: Array) -> tuple[int, int]:
    """Read lines.

    Parameters
    ----------
    data
        (n,) uint8 with whole lines from ``start`` on.
    start
        First byte to read.
    records
        (m, WIDTH) int64, filled from the top in the order of the lines; m at least the number of lines and of '!'.
        LINE counts from 0.
    counts
        (6,) int64, added to.

    Returns
    -------
    tuple
        Number of records and of lines.

    """
    found, line, at = 0, 0, start
    while at < data.size:
        after = _plain_line(data, at, records[found])
        if after > 0:
            records[found, LINE] = line
            counts[PIECES] += 1
            found += 1
        else:
            after = at
            while after < data.size and data[after] != _NEWLINE:
                after += 1
            stop = after
            while stop > at and data[stop - 1] == _RETURN:
                stop -= 1
            added = _any_line(data, at, stop, records[found:], counts)
            records[found : found + added, LINE] = line
            found += added
            after += 1
        at = after
        line += 1
    return found, line


@kernel
def _plain_line(data: Array, at: int, record: Array) -> int:
    """Read a line that is one sound sentence with at most a TAG block before it and fields after it.

    Returns where the next line starts; -1 where the line is anything else, then the record's content has no meaning.
    """
    n, bang = data.size, at
    record[US], record[STATION_SIZE], record[GROUP] = NO_TIME, 0, -1
    if data[at] == _BACKSLASH:
        stop = at + 1
        while stop < n and data[stop] != _BACKSLASH and data[stop] != _NEWLINE and data[stop] != _BANG:
            stop += 1
        bang = stop + 1
        if bang >= n or data[stop] != _BACKSLASH or data[bang] != _BANG:
            return -1
        read_tag(data, at + 1, stop, record)
    elif data[at] != _BANG:
        return -1
    if not _starts(data, bang, n):
        return -1
    end = _sentence(data, bang, n, record)
    if end < 0 or record[KIND] != SENTENCE:
        return -1
    record[START] = at
    stop = end
    while stop < n and data[stop] != _NEWLINE:
        if data[stop] == _BANG or data[stop] == _DOLLAR or data[stop] == _BACKSLASH:
            return -1
        stop += 1
    after = stop + 1
    while stop > end and data[stop - 1] == _RETURN:
        stop -= 1
    record[STOP] = stop
    if stop > end:
        _trailer(data, end, stop, record)
    return after


@kernel
def _any_line(data: Array, at: int, stop: int, records: Array, counts: Array) -> int:
    """Read a line of any shape; return the number of records."""
    found, floor, q = 0, at, at
    while q < stop:
        if data[q] != _BANG or not _starts(data, q, stop):
            q += 1
            continue
        begin, tag_stop = q, q
        while tag_stop > floor and _is_blank(data[tag_stop - 1]):
            tag_stop -= 1
        record = records[found]
        record[US], record[STATION_SIZE], record[GROUP] = NO_TIME, 0, -1
        if tag_stop > floor and data[tag_stop - 1] == _BACKSLASH:
            opening = tag_stop - 2
            while opening >= floor and data[opening] != _BACKSLASH and data[opening] != _BANG:
                opening -= 1
            if opening >= floor and data[opening] == _BACKSLASH:
                begin = opening
                read_tag(data, opening + 1, tag_stop - 1, record)
        record[START], record[PAYLOAD] = begin, q
        if found:
            records[found - 1, STOP] = begin
        found += 1
        q += 7
        floor = q
    if not found:
        return _other_line(data, at, stop, records[0], counts)
    records[found - 1, STOP] = stop
    counts[PIECES] += found
    prefix_us = _prefix_time(data, at, records[0, START])
    last = -1
    for i in range(found):
        record = records[i]
        bang, end = record[PAYLOAD], record[STOP]
        after = _sentence(data, bang, end, record)
        if after < 0:
            record[KIND] = MALFORMED if _has_checksum(data, bang, end) else TRUNCATED
        elif record[KIND] == SENTENCE:
            if record[US] == NO_TIME:
                record[US] = prefix_us
            _trailer(data, after, end, record)
            last = i
    for i in range(last):  # what stands at the end of a line holds for all of it
        if records[i, KIND] == SENTENCE:
            if records[i, US] == NO_TIME:
                records[i, US] = records[last, US]
            if not records[i, STATION_SIZE]:
                records[i, STATION] = records[last, STATION]
                records[i, STATION_SIZE] = records[last, STATION_SIZE]
    return found


@inlined
def _starts(data: Array, at: int, stop: int) -> bool:
    """Tell whether an AIS sentence starts here: !ttVDM, or !ttVDO, with any talker."""
    if at + 7 > stop or data[at + 3] != 86 or data[at + 4] != 68 or data[at + 6] != _COMMA:
        return False
    if data[at + 5] != 77 and data[at + 5] != 79:
        return False
    return _is_talker(data[at + 1]) and _is_talker(data[at + 2])


@inlined
def _is_talker(c: int) -> bool:
    return 65 <= c <= 90 or c == 45


@kernel
def _is_blank(c: int) -> bool:
    return c == 32 or 9 <= c <= 13


@inlined
def _hex(c: int) -> int:
    if 48 <= c <= 57:
        return int(c) - 48
    if 65 <= c <= 70:
        return int(c) - 55
    if 97 <= c <= 102:
        return int(c) - 87
    return -1


@inlined
def xor(data: Array, start: int, stop: int) -> int:
    """Return the NMEA 0183 checksum: the characters' exclusive or."""
    text, x = data[start:stop], 0
    for k in range(text.size):
        x ^= int(text[k])
    return x


@kernel
def _sentence(data: Array, bang: int, stop: int, record: Array) -> int:
    """Read the fields of !ttVDM,total,number,sequence,channel,payload,fill*hh; return where they end, -1 if not so."""
    at = bang + 7
    if at + 11 > stop or data[at + 1] != _COMMA or data[at + 3] != _COMMA:
        return -1
    total, part = int(data[at]) - 48, int(data[at + 2]) - 48
    if not (1 <= total <= 9 and 1 <= part <= 9):
        return -1
    at += 4
    sequence = -1
    while at < stop and is_digit(data[at]):
        sequence = max(sequence, 0) * 10 + int(data[at]) - 48 & 0xFFFFFF
        at += 1
    if at + 2 >= stop or data[at] != _COMMA:
        return -1
    at += 1
    channel = 0
    if data[at] != _COMMA:
        channel = int(data[at])
        if not (48 <= channel <= 57 or 65 <= channel <= 90):
            return -1
        at += 1
    if data[at] != _COMMA:
        return -1
    at += 1
    payload = at
    at += _armoured(data[at:stop])
    if at + 5 > stop or data[at] != _COMMA or data[at + 2] != _STAR or not 48 <= data[at + 1] <= 53:
        return -1
    high, low = _hex(data[at + 3]), _hex(data[at + 4])
    if high < 0 or low < 0:
        return -1
    record[PAYLOAD], record[PAYLOAD_STOP], record[FILL] = payload, at, int(data[at + 1]) - 48
    record[SEQUENCE], record[CHANNEL] = sequence, channel
    given, computed = high * 16 + low, xor(data, bang + 1, at + 2)
    record[KIND], record[TOTAL], record[NUMBER] = SENTENCE, total, part
    if given != computed:
        record[KIND], record[TOTAL], record[NUMBER] = CHECKSUM, given, computed
    elif part > total:
        record[KIND] = PART
    return at + 5


@inlined
def _armoured(text: Array) -> int:
    """Return how many characters from the first on are six-bit characters."""
    size = 28  # of most payloads; told by the comma behind it, and checked without a branch
    if text.size > size and text[size] == _COMMA:
        bad = 0
        for k in range(size):
            c = int(text[k])
            bad |= (c < 48) | (c > 119) | ((c > 87) & (c < 96))
        if not bad:
            return size
    for k in range(text.size):
        if not (48 <= text[k] <= 87 or 96 <= text[k] <= 119):
            return k
    return int(text.size)


@kernel
def _has_checksum(data: Array, start: int, stop: int) -> bool:
    """Tell whether an asterisk and two hexadecimal digits stand after the last '!'."""
    last = stop - 1
    while last > start and data[last] != _BANG:
        last -= 1
    for i in range(last, stop - 2):
        if data[i] == _STAR and _hex(data[i + 1]) >= 0 and _hex(data[i + 2]) >= 0:
            return True
    return False


@kernel
def read_tag(data: Array, start: int, stop: int, record: Array) -> None:
    """Read what a TAG block says into a record; one whose own checksum is wrong tells nothing."""
    star = stop - 1
    while star >= start and data[star] != _STAR:
        star -= 1
    digits = stop - star - 1
    if star < start or digits < 1 or digits > 2:
        return
    given = 0
    for i in range(star + 1, stop):
        value = _hex(data[i])
        if value < 0:
            return
        given = given * 16 + value
    if given != xor(data, start, star):
        return
    at = start
    while at < star:
        end = at
        while end < star and data[end] != _COMMA:
            end += 1
        if end - at > 1 and data[at + 1] == 58:
            _tag_field(data, at, end, record)
        elif end - at > 4 and data[at + 1] == 71 and data[at + 3] == 58 and is_digit(data[at]):
            if is_digit(data[at + 2]) and _word_end(data, at + 4, end) == end:  # 1G2:0125, IEC 62320-1
                record[GROUP] = at + 4
        at = end + 1


@inlined
def _tag_field(data: Array, at: int, end: int, record: Array) -> None:
    key = data[at]
    if key == 99 and record[US] == NO_TIME:  # c
        us, after = epoch_at(data, at + 2, end)
        if after == end:
            record[US] = us
    elif key == 115:  # s
        record[STATION], record[STATION_SIZE] = at + 2, end - at - 2
    elif key == 103:  # g: number-total-name
        first = at + 2
        dash = first
        while dash < end and is_digit(data[dash]):
            dash += 1
        second = dash + 1
        other = second
        while other < end and is_digit(data[other]):
            other += 1
        if dash > first and other > second and other + 1 < end and data[dash] == 45 and data[other] == 45:
            if _word_end(data, other + 1, end) == end:
                record[GROUP] = other + 1


@inlined
def _word_end(data: Array, at: int, stop: int) -> int:
    """Return where letters, digits and underscores end."""
    while at < stop:
        c = data[at]
        if not (48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 95):
            break
        at += 1
    return at


@kernel
def group_sizes(data: Array, starts: Array) -> Array:
    """Return the lengths of TAG groups' names; 0 where the start is -1."""
    sizes = np.zeros(starts.size, np.int64)
    for i in range(starts.size):
        if starts[i] >= 0:
            sizes[i] = _word_end(data, starts[i], data.size) - starts[i]
    return sizes


@kernel
def _trailer(data: Array, start: int, stop: int, record: Array) -> None:
    """Read what follows a checksum: US Coast Guard fields (rSTATION, last the Unix time), or a $PGHP."""
    us, station, size = _pghp(data, start, stop)
    if us == NO_TIME and not size:
        while start < stop and _is_blank(data[start]):
            start += 1
        while stop > start and _is_blank(data[stop - 1]):
            stop -= 1
        at = start
        while at < stop:
            end = at
            while end < stop and data[end] != _COMMA:
                end += 1
            told, after = epoch_at(data, at, end)
            if after == end and end > at:
                us = told
            elif end - at > 1 and (data[at] == 114 or data[at] == 98) and _word_end(data, at, end) == end:
                station, size = at, end - at
            at = end + 1
    if record[US] == NO_TIME:
        record[US] = us
    if not record[STATION_SIZE]:
        record[STATION], record[STATION_SIZE] = station, size


@kernel
def _prefix_time(data: Array, start: int, stop: int) -> int:
    """Read the time that a logger wrote before a sentence: a date, or seconds to nanoseconds since 1970."""
    for i in range(start, stop):
        if data[i] == _DOLLAR:
            return NO_TIME  # the rest of another sentence: its numbers are no time
    us, is_date = dated(data, start, stop)
    if is_date:
        return us
    for i in range(start, stop):
        if is_digit(data[i]) and (i == start or not (is_digit(data[i - 1]) or data[i - 1] == 46)):
            us, after = epoch_at(data, i, stop)
            if after > i:
                return us
    return NO_TIME


@kernel
def _find(data: Array, start: int, stop: int, a: int, b: int, c: int, d: int, e: int) -> int:
    """Return where five characters stand in a row, -1 if nowhere."""
    for i in range(start, stop - 4):
        if data[i] == a and data[i + 1] == b and data[i + 2] == c and data[i + 3] == d and data[i + 4] == e:
            return i
    return -1


@kernel
def _pghp(data: Array, start: int, stop: int) -> tuple[int, int, int]:
    """Read $PGHP,1,Y,M,D,h,m,s,ms,country,region,base,...*hh: time; where and how long the base's number is."""
    dollar = _find(data, start, stop, _DOLLAR, 80, 71, 72, 80)
    if dollar < 0 or dollar + 9 > stop or data[dollar + 5] != _COMMA or data[dollar + 6] != 49:
        return NO_TIME, 0, 0
    fields = np.empty(14, np.int64)
    count, at = 0, dollar + 7
    while at < stop and data[at] != _STAR:
        if data[at] == _QUOTE:
            return NO_TIME, 0, 0
        if data[at] == _COMMA and count < 14:
            fields[count] = at + 1
            count += 1
        at += 1
    if count < 7 or data[dollar + 7] != _COMMA or at + 3 > stop:
        return NO_TIME, 0, 0
    high, low = _hex(data[at + 1]), _hex(data[at + 2])
    if high < 0 or low < 0 or high * 16 + low != xor(data, dollar + 1, at):
        return NO_TIME, 0, 0
    told = np.empty(7, np.int64)
    for i in range(7):
        end = fields[i + 1] - 1 if i + 1 < count else at
        told[i] = number(data, fields[i], end)
    day = day_number(told[0], told[1], told[2])
    if day == NO_TIME or told.min() < 0 or told[3] > 23 or told[4] > 59 or told[5] > 59 or told[6] > 999:
        return NO_TIME, 0, 0
    us = in_bounds((((day * 24 + told[3]) * 60 + told[4]) * 60 + told[5]) * 1_000_000 + told[6] * 1000)
    if count < 10:
        return us, 0, 0
    return us, fields[9], (fields[10] - 1 if count > 10 else at) - fields[9]


@kernel
def _other_line(data: Array, start: int, stop: int, record: Array, counts: Array) -> int:
    """Read a line without AIS sentence; return the number of records, 0 or 1."""
    record[START], record[STOP], record[US], record[STATION_SIZE], record[GROUP] = start, stop, NO_TIME, 0, -1
    a, b = start, stop
    while a < b and _is_edge(data[a]):
        a += 1
    while b > a and _is_edge(data[b - 1]):
        b -= 1
    if a == b:
        counts[BLANK] += 1
        return 0
    if data[a] == 35 or (data[a] == 47 and a + 1 < b and data[a + 1] == 47):
        counts[COMMENT] += 1
        us, _ = dated(data, a, b)
        record[KIND], record[US] = CLOCK, us
        return int(us != NO_TIME)
    if _find(data, a, b, _DOLLAR, 80, 71, 72, 80) >= 0:
        counts[TIME_LINE] += 1
        record[KIND] = STAMP
        record[US], record[STATION], record[STATION_SIZE] = _pghp(data, a, b)
        return 1
    dollar = _nmea_start(data, a, b)
    if dollar >= 0:
        counts[OTHER_NMEA] += 1
        record[KIND], record[US] = CLOCK, _clock(data, dollar, b)
        return int(record[US] != NO_TIME)
    if data[a] == _BACKSLASH:
        counts[TAG_LINE] += 1
        record[KIND] = STAMP
        while b > a + 1 and data[b - 1] == _BACKSLASH:
            b -= 1
        read_tag(data, a + 1, b, record)
        return 1
    counts[PIECES] += 1
    record[KIND] = UNRECOGNISED
    for i in range(a, b):
        if data[i] == _BANG:
            record[KIND] = TRUNCATED
    return 1


@kernel
def _is_edge(c: int) -> bool:
    """Tell whether a character is one that may surround a line's content: blanks, NUL, end of file, quotes."""
    return c in (0, 9, 26, 32, 34, 39)


@kernel
def _nmea_start(data: Array, start: int, stop: int) -> int:
    """Return where a sentence of any kind starts: $ or ! with a name of two or more letters and a comma; -1 if none."""
    for i in range(start, stop - 3):
        if (data[i] == _DOLLAR or data[i] == _BANG) and 65 <= data[i + 1] <= 90:
            end = i + 2
            while end < stop and (48 <= data[end] <= 57 or 65 <= data[end] <= 90):
                end += 1
            if end > i + 2 and end < stop and data[end] == _COMMA:
                return i
    return -1


@kernel
def _clock(data: Array, dollar: int, stop: int) -> int:
    """Return the UTC that a sound $--RMC (valid) or $--ZDA tells, NO_TIME for any other sentence."""
    if dollar + 7 > stop or data[dollar + 6] != _COMMA:
        return NO_TIME
    is_rmc = data[dollar + 3] == 82 and data[dollar + 4] == 77 and data[dollar + 5] == 67
    is_zda = data[dollar + 3] == 90 and data[dollar + 4] == 68 and data[dollar + 5] == 65
    star = dollar
    while star < stop and data[star] != _STAR:
        star += 1
    if not (is_rmc or is_zda) or star + 3 > stop:
        return NO_TIME
    if _hex(data[star + 1]) * 16 + _hex(data[star + 2]) != xor(data, dollar + 1, star):
        return NO_TIME
    fields = np.full(11, star, np.int64)
    count = 0
    for i in range(dollar, star):
        if data[i] == _COMMA and count < 11:
            fields[count] = i + 1
            count += 1
    if count < (9 if is_rmc else 4) or (is_rmc and data[fields[1]] != 65):
        return NO_TIME
    clock = number(data, fields[0], fields[0] + 6)
    if is_rmc:
        date = number(data, fields[8], fields[8] + 6)
        year = date % 100
        year += 2000 if year < 80 else 1900
        day = day_number(year, date // 100 % 100, date // 10_000)
    else:
        day = day_number(
            number(data, fields[3], fields[4] - 1 if count > 4 else star),
            number(data, fields[2], fields[3] - 1),
            number(data, fields[1], fields[2] - 1),
        )
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    if clock < 0 or day == NO_TIME or hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    return in_bounds((((day * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000)
