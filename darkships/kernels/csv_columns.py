"""Columns of delimited text from its bytes, each by its kind.

``edges`` (rows, fields + 1) holds where the fields of each row end, behind where the row begins (``split_lines``). What
is not written in the plain way is not read: its row is struck off in ``plain``, and the caller reads it elsewhere.

The kernels are flat on purpose: numba counts references to each array that a function is called with.
"""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import borrowed, eight, lowest
from darkships.kernels.texts import eight_digits, same_text

ISO, DAY_FIRST, MONTH_FIRST = 0, 1, 2
"""How a time writes its date: 2020-01-31, 31/01/2020, 01/31/2020."""

NO_INT = np.iinfo(np.int64).min
"""Stands for a whole number or time that is not there."""

_QUOTE, _ZERO = ord('"'), ord("0")
_DASH, _POINT, _SLASH, _COLON, _BLANK, _LOW_LINE, _T, _Z = (ord(c) for c in "-./: _TZ")
_MOST_DIGITS = 16
_MOST_EXACT = 2**53  # up to here whole numbers are exact in binary, and so are powers of ten up to 10**22
_TENS = np.array([float(10**i) for i in range(_MOST_DIGITS + 1)])
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])
_EACH, _TOPS = 0x0101010101010101, -0x7F7F7F7F7F7F7F80  # of each of eight bytes the lowest bit, and the uppermost
_TOPS_OF_SEVEN = 0x0080808080808080
_MOST_PROBES = 64
_MOST_NEAR = 1 << 16
_HASH_FACTOR, _LOW_32 = 0x5BD1E995, 0xFFFFFFFF


@kernel
def read_decimals(
    block: Array, edges: Array, columns: Array, point: int, nulls: Array, null_ends: Array, plain: Array
) -> Array:
    """Read decimal numbers without exponent, below 2**53 but for the point, each as the binary number nearest to it.

    Parameters
    ----------
    block, edges
        Rows as ``split_lines`` found them.
    columns
        (c,) which fields; all of a row at once, for to come back to it would take longer than to read them.
    point
        What stands before the decimals.
    nulls, null_ends
        Texts that stand for a missing number, one after the other, and where each ends.
    plain
        (lines,) the rows to read; a row of which a field is not plain is struck off.

    Returns
    -------
    numpy.ndarray
        (c, lines) float64; NaN where missing or not read.

    """
    block, edges, nulls, null_ends = borrowed(block), borrowed(edges), borrowed(nulls), borrowed(null_ends)
    values = np.empty((columns.size, plain.size))
    for row in range(plain.size):
        for k in range(columns.size):
            values[k, row] = np.nan
            if plain[row]:
                a, b = int(edges[row, columns[k]]) + 1, int(edges[row, columns[k] + 1])
                plain[row] = a == b
                if a < b:
                    values[k, row], plain[row] = _decimal(block, a, b, point, nulls, null_ends)
    return values


@inlined
def _decimal(block: Array, a: int, b: int, point: int, nulls: Array, null_ends: Array) -> tuple[float, bool]:
    """Return the number in a field that is not empty, NaN where it is missing, and whether it is plain."""
    if block[a] == _QUOTE:
        a, b = a + 1, b - 1
    negative = block[a] == _DASH
    mantissa, places = _short(block, a + negative, b, point)
    if mantissa < 0:
        mantissa, places = _long(block, a + negative, b, point)
    if mantissa >= 0:
        value = mantissa / _TENS[places]
        return -value if negative else value, True
    begin, missing = 0, a == b
    for k in range(null_ends.size):
        if null_ends[k] - begin == b - a:
            missing |= same_text(nulls, begin, block, a, b - a)
        begin = null_ends[k]
    return np.nan, missing


@inlined
def _long(block: Array, a: int, b: int, point: int) -> tuple[int, int]:
    """Return the digits of a number, and how many are decimals; -1 where it is none, or too long."""
    mantissa, digits, places = 0, 0, -1
    for i in range(a, min(b, a + _MOST_DIGITS + 2)):
        digit = int(block[i]) - _ZERO
        if 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit
            digits += 1
            places += places >= 0
        elif block[i] == point and places < 0:
            places = 0
        else:
            return -1, 0
    good = 0 < digits <= _MOST_DIGITS and digits + (places >= 0) == b - a and mantissa <= _MOST_EXACT
    return mantissa if good else -1, max(places, 0)


@inlined
def _short(block: Array, a: int, b: int, point: int) -> tuple[int, int]:
    """Return the digits of at most eight as a number, and how many are decimals, all in one go; -1 where it cannot."""
    size = b - a
    if not 0 < size <= 9 or b < 9:
        return -1, 0
    last, places = eight(block, b - 8), 0
    differs = last ^ point * _EACH
    equal = (differs - _EACH) & ~differs & _TOPS_OF_SEVEN
    if equal and lowest(equal) >> 3 < size:
        places = lowest(equal) >> 3
        behind = (1 << 8 * places) - 1
        before = (last >> 8 & (1 << 56) - 1) | int(block[b - 9]) << 56
        last, size = (before & ~behind) | (last & behind), size - 1
    if not 0 < size <= 8:
        return -1, 0
    digits = (last ^ _ZERO * _EACH) & ~(-1 << 4 * size << 4 * size)
    if (digits + 0x7676767676767676 | digits) & _TOPS:  # a byte of 10 or more carries into its uppermost bit
        return -1, 0
    return eight_digits(digits), places


@kernel
def read_wholes(block: Array, edges: Array, column: int, low: int, high: int, plain: Array) -> Array:
    """Read whole numbers, also written as ``31.0``, that are 0 or from low to high: (lines,) int64."""
    block, edges = borrowed(block), borrowed(edges)
    values = np.full(plain.size, NO_INT)
    for row in range(plain.size):
        if not plain[row]:
            continue
        a, b = edges[row, column] + 1, edges[row, column + 1]
        if a < b and block[a] == _QUOTE:
            a, b = a + 1, b - 1
        value, i = np.int64(0), a
        stop = min(b, a + 18)
        while i < stop:
            digit = np.int64(block[i]) - _ZERO
            if digit < 0 or digit > 9:
                break
            value = value * 10 + digit
            i += 1
        good = i > a and (value == 0 or low <= value <= high)
        if i < b:
            good &= block[i] == _POINT
            for j in range(i + 1, b):
                good &= block[j] == _ZERO
        plain[row] = good
        if good:
            values[row] = value
    return values


@kernel
def read_times(
    block: Array, edges: Array, column: int, form: int, earliest_s: int, latest_s: int, plain: Array
) -> Array:
    """Read times, with date and seconds or as a number, as microseconds since 1970: (lines,) int64.

    Numbers are seconds, milli- or microseconds since 1970, whichever falls between the bounds. After the seconds a
    fraction and Z may stand.
    """
    block, edges = borrowed(block), borrowed(edges)
    values = np.full(plain.size, NO_INT)
    year_at, month_at, day_at, break_at = (0, 5, 8, 4) if form == ISO else (6, 3, 0, 2)
    if form == MONTH_FIRST:
        month_at, day_at = day_at, month_at
    separator = _DASH if form == ISO else _SLASH
    known_at, known_s = -1, np.int64(0)  # where the date and minute stand that were read last, and what they are
    for row in range(plain.size):
        if not plain[row]:
            continue
        a, b = edges[row, column] + 1, edges[row, column + 1]
        if a < b and block[a] == _QUOTE:
            a, b = a + 1, b - 1
        text = block[a:b]
        plain[row] = False
        if text.size < 19:
            number = np.int64(0)
            good = 0 < text.size <= 16
            for i in range(text.size if good else 0):
                digit = np.int64(text[i]) - _ZERO
                good &= bool(0 <= digit <= 9)
                number = number * 10 + digit
            scale = 1
            for _ in range(3 if good else 0):
                if earliest_s * scale <= number < latest_s * scale:
                    values[row] = number * (1_000_000 // scale)
                    plain[row] = True
                scale *= 1000
            continue
        differs = np.uint8(known_at < 0)
        known = block[max(known_at, 0) : max(known_at, 0) + 17]
        for i in range(17):
            differs |= known[i] ^ text[i]
        if differs != 0:
            digits, parts = 0, np.zeros(17, np.int64)
            for i in range(17):
                parts[i] = np.int64(text[i]) - _ZERO
                digits += 0 <= parts[i] <= 9
            good = digits == 12 and text[break_at] == separator and text[break_at + 3] == separator
            good &= text[10] == _BLANK or text[10] == _T or text[10] == _LOW_LINE
            good &= text[13] == _COLON and text[16] == _COLON
            year = parts[year_at] * 1000 + parts[year_at + 1] * 100 + parts[year_at + 2] * 10 + parts[year_at + 3]
            month, day = parts[month_at] * 10 + parts[month_at + 1], parts[day_at] * 10 + parts[day_at + 1]
            hour, minute = parts[11] * 10 + parts[12], parts[14] * 10 + parts[15]
            good &= 1970 <= year and 1 <= month <= 12 and 1 <= day and hour < 24 and minute < 60
            if not good:
                continue
            leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            if day > _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (leap and month == 2):
                continue
            past = year - 1
            days = past * 365 + past // 4 - past // 100 + past // 400 - 719_162
            days += _DAYS_BEFORE[month - 1] + (leap and month > 2) + day - 1
            known_at, known_s = a, ((days * 24 + hour) * 60 + minute) * 60
        tens, ones = np.int64(text[17]) - _ZERO, np.int64(text[18]) - _ZERO
        seconds = known_s + tens * 10 + ones
        good = bool(0 <= tens <= 5 and 0 <= ones <= 9 and earliest_s <= seconds < latest_s)
        micro, at = np.int64(0), 19
        if at < text.size and text[at] == _POINT:
            scale = 100_000
            at += 1
            while at < text.size and at < 29 and _ZERO <= text[at] <= _ZERO + 9:
                micro += (np.int64(text[at]) - _ZERO) * scale
                scale //= 10
                at += 1
            good &= at > 20
        at += at < text.size and text[at] == _Z
        if good and at == text.size:
            plain[row] = True
            values[row] = seconds * 1_000_000 + micro
    return values


@kernel
def encode_texts(
    block: Array, words: Array, edges: Array, first: int, last: int, near: Array, plain: Array
) -> tuple[Array, Array]:
    """Give numbers to the distinct texts of a column, or of a run of columns, in the order in which they come.

    Parameters
    ----------
    block, edges, plain
        As in ``read_decimals``; four bytes more must follow the last line.
    words
        The bytes of the block as little-endian uint32.
    first, last
        The columns; of a single one quotes around the field are taken off.
    near
        (lines,) int64; rows of one number often have the same text, one after the other: that is tried first.

    Returns
    -------
    tuple of numpy.ndarray
        The number of each row's text (lines,) int32; of each text, where it begins and ends and the row in which it
        comes first (., 3). A row that finds no place among too many texts that hash alike is struck off.

    """
    numbers = np.zeros(plain.size, np.int32)
    slots = np.zeros(1 << 12, np.int32)  # number of a text plus one; 0 is free
    texts = np.empty((slots.size // 2, 3), np.int32)
    hashes = np.empty(texts.shape[0], np.int32)
    count = 0
    room = 16
    while room < 4 * plain.size and room < _MOST_NEAR:
        room *= 2
    block, edges = borrowed(block), borrowed(edges)
    before = np.full((room, 3), -1, np.int32)  # number, first byte and size of the last text of rows that are near
    for row in range(plain.size):
        if not plain[row]:
            continue
        a, b = edges[row, first] + 1, edges[row, last + 1]
        if first == last and a < b and block[a] == _QUOTE:
            a, b = a + 1, b - 1
        size = b - a
        latest = near[row] & (room - 1)
        if before[latest, 2] == size and same_text(block, before[latest, 1], block, a, size):
            numbers[row], before[latest, 1] = before[latest, 0], a
            continue
        even, odd = np.int64(size), np.int64(0)
        at, shift = a >> 2, (a & 3) * 8
        word = np.int64(words[at])
        for left in range(size, 0, -4):
            at += 1
            following = np.int64(words[at])
            piece = (word >> shift) | ((following << (32 - shift)) & _LOW_32)
            if left < 4:
                piece &= (1 << (left * 8)) - 1
            product = (even ^ piece) * _HASH_FACTOR
            even, odd = odd, (product ^ (product >> 29)) & _LOW_32
            word = following
        product = (even ^ (odd >> 7) ^ ((odd << 25) & _LOW_32)) * _HASH_FACTOR
        key = (product ^ (product >> 31)) & 0x7FFFFFFF
        mask = slots.size - 1
        place, number = key & mask, -1
        for _ in range(_MOST_PROBES):
            entry = slots[place] - 1
            if entry < 0:
                number = count
                slots[place] = count + 1
                texts[count, 0], texts[count, 1], texts[count, 2], hashes[count] = a, b, row, key
                count += 1
                break
            if hashes[entry] == key and texts[entry, 1] - texts[entry, 0] == size:
                if same_text(block, texts[entry, 0], block, a, size):
                    number = entry
                    break
            place = (place + 1) & mask
        if number < 0:
            plain[row] = False
            continue
        numbers[row] = number
        before[latest, 0], before[latest, 1], before[latest, 2] = number, a, size
        if count == texts.shape[0]:
            more_texts, more_hashes = np.empty((count * 2, 3), np.int32), np.empty(count * 2, np.int32)
            slots = np.zeros(slots.size * 2, np.int32)
            mask = slots.size - 1
            for entry in range(count):
                for i in range(3):
                    more_texts[entry, i] = texts[entry, i]
                more_hashes[entry] = hashes[entry]
                place = hashes[entry] & mask
                while slots[place] != 0:
                    place = (place + 1) & mask
                slots[place] = entry + 1
            texts, hashes = more_texts, more_hashes
    return numbers, texts[:count]


@kernel
def gather_texts(block: Array, texts: Array) -> tuple[Array, Array]:
    """Put texts, given by where they begin and end, one behind the other: their bytes, and the n + 1 offsets."""
    offsets = np.zeros(texts.shape[0] + 1, np.int32)
    for t in range(texts.shape[0]):
        offsets[t + 1] = offsets[t] + texts[t, 1] - texts[t, 0]
    data = np.empty(offsets[-1], np.uint8)
    for t in range(texts.shape[0]):
        for i in range(texts[t, 1] - texts[t, 0]):
            data[offsets[t] + i] = block[texts[t, 0] + i]
    return data, offsets


@kernel
def kept(values: Array, plain: Array) -> Array:
    """Return the values of the rows that are plain."""
    found = np.empty_like(values)
    count = 0
    for row in range(values.size):
        found[count] = values[row]
        count += plain[row]
    return found[:count]
