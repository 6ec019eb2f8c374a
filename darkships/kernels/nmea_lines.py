"""NMEA 0183 lines to records: AIS sentences with whatever stands around them that tells time and station.

One pass over the bytes; a line that is one sound sentence, as most are, goes the short way.
"""

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import borrowed, lowest, ones, within
from darkships.kernels.nmea_records import (
    BACKSLASH,
    BANG,
    BLANK,
    CHANNEL,
    CHECKSUM,
    CLOCK,
    COMMA,
    COMMENT,
    DOLLAR,
    FILL,
    GROUP,
    KIND,
    LINE,
    MALFORMED,
    NEWLINE,
    NUMBER,
    OTHER_NMEA,
    PART,
    PAYLOAD,
    PAYLOAD_STOP,
    PIECES,
    RETURN,
    SENTENCE,
    SEQUENCE,
    STAMP,
    STAR,
    START,
    STATION,
    STATION_SIZE,
    STOP,
    TAG_LINE,
    TIME_LINE,
    TOTAL,
    TRUNCATED,
    UNRECOGNISED,
    US,
    find,
    hex_digit,
    is_blank,
    xor,
)
from darkships.kernels.nmea_stamps import find_word, prefix_time, read_clock, read_pghp, read_trailer
from darkships.kernels.nmea_tags import read_tag
from darkships.kernels.nmea_times import NO_TIME, dated, is_digit


@kernel
def line_end(data: Array, at: int) -> int:
    """Return where the line that a byte is in ends, its line end included."""
    return min(find(data, min(at, data.size), data.size, NEWLINE) + 1, data.size)


LED, FIRST_LED, CLOCKS, REFUSED, GROUPED = range(5)
"""What ``survey`` counts."""


@kernel
def most_records(data: Array) -> int:
    """Return more than the records that ``lex`` can find: the lines and '!' in bytes, some others, and one."""
    count, at = 1, 0
    while at + 32 <= data.size:
        count += ones(within(data, at, 0, BANG))
        at += 32
    while at < data.size:
        count += data[at] <= BANG
        at += 1
    return count


@kernel
def survey(data: Array, records: Array, begin: int, line: int, among: Array) -> None:
    """Count the lines of records on from ``line``, and what there is among the records, both from one record on.

    ``among`` is (5,) int64, added to: how many have a time and, as loggers write it, other text before them in their
    line, and the first of these; how many tell the log's clock, are refused, and name a TAG group.
    """
    for i in range(begin, records.shape[0]):
        kind, start = records[i, KIND], records[i, START]
        records[i, LINE] += line
        among[CLOCKS] += kind == CLOCK
        among[REFUSED] += kind >= TRUNCATED
        among[GROUPED] += records[i, GROUP] >= 0
        if start > 0 and data[start - 1] != NEWLINE and records[i, US] != NO_TIME:
            among[FIRST_LED] = among[FIRST_LED] if among[LED] else i
            among[LED] += 1


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
        (m, WIDTH) int64, filled from the top in the order of the lines; m at least ``most_records``.
        LINE counts from 0.
    counts
        (6,) int64, added to.

    Returns
    -------
    tuple
        Number of records and of lines.

    """
    data, records = borrowed(data), borrowed(records)
    found, line, at = 0, 0, start
    while at < data.size:
        after = _plain_line(data, at, records, found)
        if after > 0:
            records[found, LINE] = line
            counts[PIECES] += 1
            found += 1
        else:
            after = at
            while after < data.size and data[after] != NEWLINE:
                after += 1
            stop = after
            while stop > at and data[stop - 1] == RETURN:
                stop -= 1
            added = _any_line(data, at, stop, records[found:], counts)
            records[found : found + added, LINE] = line
            found += added
            after += 1
        at = after
        line += 1
    return found, line


@inlined
def _plain_line(data: Array, at: int, records: Array, i: int) -> int:
    """Read a line that is one sound sentence with at most a TAG block before it and fields after it.

    Returns where the next line starts; -1 where the line is anything else, then the record's content has no meaning.
    """
    n, bang = data.size, at
    records[i, US], records[i, STATION_SIZE], records[i, GROUP] = NO_TIME, 0, -1
    if data[at] == BACKSLASH:
        stop = _tag_end(data, at + 1)
        bang = stop + 1
        if bang >= n or data[stop] != BACKSLASH or data[bang] != BANG:
            return -1
        read_tag(data, at + 1, stop, records, i)
    elif data[at] != BANG:
        return -1
    if not _starts(data, bang, n):
        return -1
    end = _sentence(data, bang, n, records, i)
    if end < 0 or records[i, KIND] != SENTENCE:
        return -1
    records[i, START] = at
    stop = end
    while stop < n and data[stop] != NEWLINE:
        if data[stop] == BANG or data[stop] == DOLLAR or data[stop] == BACKSLASH:
            return -1
        stop += 1
    after = stop + 1
    while stop > end and data[stop - 1] == RETURN:
        stop -= 1
    records[i, STOP] = stop
    if stop > end:
        read_trailer(data, end, stop, records, i)
    return after


@kernel
def _any_line(data: Array, at: int, stop: int, records: Array, counts: Array) -> int:
    """Read a line of any shape; return the number of records."""
    found, floor, q = 0, at, at
    while q < stop:
        if data[q] != BANG or not _starts(data, q, stop):
            q += 1
            continue
        begin, tag_stop = q, q
        while tag_stop > floor and is_blank(data[tag_stop - 1]):
            tag_stop -= 1
        records[found, US], records[found, STATION_SIZE], records[found, GROUP] = NO_TIME, 0, -1
        if tag_stop > floor and data[tag_stop - 1] == BACKSLASH:
            opening = tag_stop - 2
            while opening >= floor and data[opening] != BACKSLASH and data[opening] != BANG:
                opening -= 1
            if opening >= floor and data[opening] == BACKSLASH:
                begin = opening
                read_tag(data, opening + 1, tag_stop - 1, records, found)
        records[found, START], records[found, PAYLOAD] = begin, q
        if found:
            records[found - 1, STOP] = begin
        found += 1
        q += 7
        floor = q
    if not found:
        return _other_line(data, at, stop, records, counts)
    records[found - 1, STOP] = stop
    counts[PIECES] += found
    prefix_us = prefix_time(data, at, records[0, START])
    last = -1
    for i in range(found):
        bang, end = records[i, PAYLOAD], records[i, STOP]
        after = _sentence(data, bang, end, records, i)
        if after < 0:
            records[i, KIND] = MALFORMED if _has_checksum(data, bang, end) else TRUNCATED
        elif records[i, KIND] == SENTENCE:
            if records[i, US] == NO_TIME:
                records[i, US] = prefix_us
            read_trailer(data, after, end, records, i)
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
    if at + 7 > stop or data[at + 3] != 86 or data[at + 4] != 68 or data[at + 6] != COMMA:
        return False
    if data[at + 5] != 77 and data[at + 5] != 79:
        return False
    return _is_talker(data[at + 1]) and _is_talker(data[at + 2])


@inlined
def _is_talker(c: int) -> bool:
    return 65 <= c <= 90 or c == 45


@inlined
def _sentence(data: Array, bang: int, stop: int, records: Array, i: int) -> int:
    """Read the fields of !ttVDM,total,number,sequence,channel,payload,fill*hh; return where they end, -1 if not so."""
    at = bang + 7
    if at + 11 > stop or data[at + 1] != COMMA or data[at + 3] != COMMA:
        return -1
    total, part = int(data[at]) - 48, int(data[at + 2]) - 48
    if not (1 <= total <= 9 and 1 <= part <= 9):
        return -1
    at += 4
    sequence = -1
    while at < stop and is_digit(data[at]):
        sequence = max(sequence, 0) * 10 + int(data[at]) - 48 & 0xFFFFFF
        at += 1
    if at + 2 >= stop or data[at] != COMMA:
        return -1
    at += 1
    channel = 0
    if data[at] != COMMA:
        channel = int(data[at])
        if not (48 <= channel <= 57 or 65 <= channel <= 90):
            return -1
        at += 1
    if data[at] != COMMA:
        return -1
    at += 1
    payload = at
    at = _armour_end(data, at, stop)
    if at + 5 > stop or data[at] != COMMA or data[at + 2] != STAR or not 48 <= data[at + 1] <= 53:
        return -1
    high, low = hex_digit(data[at + 3]), hex_digit(data[at + 4])
    if high < 0 or low < 0:
        return -1
    records[i, PAYLOAD], records[i, PAYLOAD_STOP], records[i, FILL] = payload, at, int(data[at + 1]) - 48
    records[i, SEQUENCE], records[i, CHANNEL] = sequence, channel
    given, computed = high * 16 + low, xor(data, bang + 1, at + 2)
    records[i, KIND], records[i, TOTAL], records[i, NUMBER] = SENTENCE, total, part
    if given != computed:
        records[i, KIND], records[i, TOTAL], records[i, NUMBER] = CHECKSUM, given, computed
    elif part > total:
        records[i, KIND] = PART
    return at + 5


@inlined
def _tag_end(data: Array, at: int) -> int:
    """Return where a TAG block can end at the latest: at a backslash, a line end or the start of a sentence."""
    while at + 32 <= data.size:
        ends = within(data, at, BACKSLASH, BACKSLASH) | within(data, at, NEWLINE, NEWLINE)
        ends |= within(data, at, BANG, BANG)
        if ends:
            return at + lowest(ends)
        at += 32
    while at < data.size and data[at] != BACKSLASH and data[at] != NEWLINE and data[at] != BANG:
        at += 1
    return at


@inlined
def _armour_end(data: Array, at: int, stop: int) -> int:
    """Return where six-bit characters end, that is 48 to 87 and 96 to 119."""
    while at < stop and at + 32 <= data.size:
        others = ~(within(data, at, 48, 87) | within(data, at, 96, 119)) & 0xFFFFFFFF
        if others:
            return min(at + lowest(others), stop)
        at += 32
    while at < stop and (48 <= data[at] <= 87 or 96 <= data[at] <= 119):
        at += 1
    return min(at, stop)


@kernel
def _has_checksum(data: Array, start: int, stop: int) -> bool:
    """Tell whether an asterisk and two hexadecimal digits stand after the last '!'."""
    last = stop - 1
    while last > start and data[last] != BANG:
        last -= 1
    for i in range(last, stop - 2):
        if data[i] == STAR and hex_digit(data[i + 1]) >= 0 and hex_digit(data[i + 2]) >= 0:
            return True
    return False


@kernel
def _other_line(data: Array, start: int, stop: int, records: Array, counts: Array) -> int:
    """Read a line without AIS sentence; return the number of records, 0 or 1."""
    records[0, START], records[0, STOP] = start, stop
    records[0, US], records[0, STATION_SIZE], records[0, GROUP] = NO_TIME, 0, -1
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
        records[0, KIND], records[0, US] = CLOCK, us
        return int(us != NO_TIME)
    if find_word(data, a, b, DOLLAR, 80, 71, 72, 80) >= 0:
        counts[TIME_LINE] += 1
        records[0, KIND] = STAMP
        records[0, US], records[0, STATION], records[0, STATION_SIZE] = read_pghp(data, a, b)
        return 1
    dollar = _nmea_start(data, a, b)
    if dollar >= 0:
        counts[OTHER_NMEA] += 1
        records[0, KIND], records[0, US] = CLOCK, read_clock(data, dollar, b)
        return int(records[0, US] != NO_TIME)
    if data[a] == BACKSLASH:
        counts[TAG_LINE] += 1
        records[0, KIND] = STAMP
        while b > a + 1 and data[b - 1] == BACKSLASH:
            b -= 1
        read_tag(data, a + 1, b, records, 0)
        return 1
    counts[PIECES] += 1
    records[0, KIND] = UNRECOGNISED
    for i in range(a, b):
        if data[i] == BANG:
            records[0, KIND] = TRUNCATED
    return 1


@kernel
def _is_edge(c: int) -> bool:
    """Tell whether a character is one that may surround a line's content: blanks, NUL, end of file, quotes."""
    return c in (0, 9, 26, 32, 34, 39)


@kernel
def _nmea_start(data: Array, start: int, stop: int) -> int:
    """Return where a sentence of any kind starts: $ or ! with a name of two or more letters and a comma; -1 if none."""
    for i in range(start, stop - 3):
        if (data[i] == DOLLAR or data[i] == BANG) and 65 <= data[i + 1] <= 90:
            end = i + 2
            while end < stop and (48 <= data[end] <= 57 or 65 <= data[end] <= 90):
                end += 1
            if end > i + 2 and end < stop and data[end] == COMMA:
                return i
    return -1
