"""Columns of delimited text from its bytes, each by its kind.

``edges`` (rows, fields + 1) holds where the fields of each row end, behind where the row begins (``split_lines``). What
is not written in the plain way is not read: its row is struck off in ``plain``, and the caller reads it elsewhere.

The kernels are flat on purpose: numba counts references to each array that a function is called with.
"""

import numpy as np

from darkships.kernels import Array, kernel

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
_MOST_PROBES = 64
_HASH_FACTOR, _LOW_32 = 0x5BD1E995, 0xFFFFFFFF


@kernel
def read_decimals(
    block: Array, edges: Array, column: int, point: int, nulls: Array, null_ends: Array, plain: Array
) -> Array:
    """Read decimal numbers without exponent, below 2**53 but for the point, each as the binary number nearest to it.

    Parameters
    ----------
    block, edges
        Rows as ``split_lines`` found them.
    column
        Which field.
    point
        What stands before the decimals.
    nulls, null_ends
        Texts that stand for a missing number, one after the other, and where each ends.
    plain
        (lines,) the rows to read; a row whose field is not plain is struck off.

    Returns
    -------
    numpy.ndarray
        (lines,) float64; NaN where missing or not read.

    """
    values = np.full(plain.size, np.nan)
    for row in range(plain.size):
        if not plain[row]:
            continue
        a, b = edges[row, column] + 1, edges[row, column + 1]
        if a == b:
            continue
        if block[a] == _QUOTE:
            a, b = a + 1, b - 1
        negative = block[a] == _DASH
        digits = block[a + negative : b]
        good = 0 < digits.size <= _MOST_DIGITS + 1
        mantissa, places, i = np.int64(0), 0, 0
        while i < digits.size and good:
            digit = np.int64(digits[i]) - _ZERO
            if digit < 0 or digit > 9:
                break
            mantissa = mantissa * 10 + digit
            i += 1
        if i < digits.size and good:
            good = bool(digits[i] == point) and digits.size > 1
            i += 1
            places = digits.size - i
            while i < digits.size:
                digit = np.int64(digits[i]) - _ZERO
                good &= bool(0 <= digit <= 9)
                mantissa = mantissa * 10 + digit
                i += 1
        else:
            good &= digits.size <= _MOST_DIGITS
        if good and mantissa <= _MOST_EXACT:
            value = mantissa / _TENS[places]
            values[row] = -value if negative else value
        elif a < b:
            begin, missing = 0, False
            for end in null_ends:
                if end - begin == b - a:
                    i = 0
                    while i < b - a and nulls[begin + i] == block[a + i]:
                        i += 1
                    missing |= i == b - a
                begin = end
            plain[row] = missing
    return values


@kernel
def read_wholes(block: Array, edges: Array, column: int, low: int, high: int, plain: Array) -> Array:
    """Read whole numbers, also written as ``31.0``, that are 0 or from low to high: (lines,) int64."""
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
def encode_texts(block: Array, words: Array, edges: Array, first: int, last: int, plain: Array) -> tuple[Array, Array]:
    """Give numbers to the distinct texts of a column, or of a run of columns, in the order in which they come.

    Parameters
    ----------
    block, edges, plain
        As in ``read_decimals``; four bytes more must follow the last line.
    words
        The bytes of the block as little-endian uint32.
    first, last
        The columns; of a single one quotes around the field are taken off.

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
    before, before_at, before_size = 0, 0, -1  # the text of the row before: often the same again
    for row in range(plain.size):
        if not plain[row]:
            continue
        a, b = edges[row, first] + 1, edges[row, last + 1]
        if first == last and a < b and block[a] == _QUOTE:
            a, b = a + 1, b - 1
        size = b - a
        if size == before_size:
            other, same = block[before_at : before_at + size], block[a:b]
            differs = np.uint8(0)
            for i in range(size):  # without a way out: many bytes are compared at once
                differs |= other[i] ^ same[i]
            if differs == 0:
                numbers[row] = before
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
                other, same = block[texts[entry, 0] : texts[entry, 1]], block[a:b]
                differs = np.uint8(0)
                for i in range(size):
                    differs |= other[i] ^ same[i]
                if differs == 0:
                    number = entry
                    break
            place = (place + 1) & mask
        if number < 0:
            plain[row] = False
            continue
        numbers[row] = number
        before, before_at, before_size = number, a, size
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
