"""Columns of delimited text from its bytes, row by row of the same width.

Lines are split first: ``edges[r]`` holds where the fields of row r end, behind where the row begins. Each column is
then read by its kind. What is not written in the plain way is not read: its row is struck off in ``plain``, and the
caller reads it in another way.

The kernels are flat on purpose: numba counts references to each array that a function is called with.
"""

import numpy as np

from darkships.kernels import Array, kernel

ISO, DAY_FIRST, MONTH_FIRST = 0, 1, 2
"""How a time writes its date: 2020-01-31, 31/01/2020, 01/31/2020."""

NO_INT = np.iinfo(np.int64).min
"""Stands for a whole number or time that is not there."""

NUL_BYTES, RETURNS, BEYOND_ASCII = 1, 2, 4
"""What a block can hold that its caller wants to know."""

_QUOTE, _LINE_END, _RETURN, _ZERO = (ord(c) for c in '"\n\r0')
_DASH, _POINT, _SLASH, _COLON, _BLANK, _LOW_LINE, _T, _Z = (ord(c) for c in "-./: _TZ")
_MOST_DIGITS = 15  # any such number is below 2**53: it and the power of ten it is divided by are exact in binary
_TENS = 10.0 ** np.arange(_MOST_DIGITS + 1)
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])
_MOST_PROBES = 64
_HASH_FACTOR, _LOW_32 = 0x5BD1E995, 0xFFFFFFFF
_STRETCH = 64 * 1024  # bytes marked at once: their marks stay in the processor's cache


@kernel
def split_lines(block: Array, start: int, size: int, delimiter: int, width: int, longest: int) -> tuple[Array, Array, int]:
    """Find the fields of each line.

    A first pass over a stretch of bytes marks delimiters, quotes and line ends, without a branch.

    Parameters
    ----------
    block
        (n,) uint8: whole lines, each with its end.
    start, size
        Where in it the first line begins and the last ends.
    delimiter
        What stands between fields.
    width
        Fields of a row.
    longest
        Bytes beyond which a line is no row.

    Returns
    -------
    tuple
        edges (lines, width + 1) int32: the byte before the line, then where each field ends; right (lines,) booleans:
        the line is a row of that width, with quotes only around whole fields. In others only the two ends are set.
        And what else there is, added up: NUL_BYTES, RETURNS, BEYOND_ASCII.

    """
    special = np.zeros(256, np.uint8)
    special[delimiter] = special[_QUOTE] = special[_LINE_END] = 1
    nul, returns, high = np.uint8(0), np.uint8(0), np.uint8(0)
    marks = np.empty(_STRETCH + 1, np.int32)
    edges = np.empty((1, width + 1), np.int32)
    right = np.zeros(edges.shape[0], np.bool_)
    line, origin = 0, start
    while start < size:
        stop = min(start + _STRETCH, size)
        stretch = block[start:stop]
        for i in range(stretch.size):  # many bytes at once
            nul |= np.uint8(stretch[i] == 0)
            returns |= np.uint8(stretch[i] == _RETURN)
            high |= stretch[i]
        found = 0
        for i in range(stretch.size):
            marks[found] = start + i
            found += special[stretch[i]]
        if line + found >= edges.shape[0]:  # make room as if it went on as it went so far, and some more
            rows = found + 1 + (np.int64(line / (start - origin) * (size - origin) * 1.1) if line else 0)
            more_edges, more_right = np.empty((rows, width + 1), np.int32), np.zeros(rows, np.bool_)
            for old in range(line):
                more_right[old] = right[old]
                for c in range(width + 1):
                    more_edges[old, c] = edges[old, c]
            edges, right = more_edges, more_right
        k, before = 0, start
        while k < found:
            last = k + width - 1
            plain = last < found
            if plain:
                plain = block[marks[last]] == _LINE_END
                for c in range(width - 1):
                    edges[line, c + 1] = marks[k + c]
                    plain &= block[marks[k + c]] == delimiter
            if not plain:
                last = k
                while last < found and block[marks[last]] != _LINE_END:
                    last += 1
                if last == found:
                    break
                field, begin, plain = 0, start, True
                while k <= last and field < width and plain:
                    if block[marks[k]] == _QUOTE:
                        plain = marks[k] == begin
                        k += 1
                        while k < last and block[marks[k]] != _QUOTE:
                            k += 1
                        k += 1
                        plain &= k <= last and marks[k] == marks[k - 1] + 1 and block[marks[k]] != _QUOTE
                    if plain:
                        edges[line, field + 1] = marks[k]
                        begin = marks[k] + 1
                        field += 1
                        k += 1
                plain &= field == width and k > last
            edges[line, 0], edges[line, width] = start - 1, marks[last]
            right[line] = plain and marks[last] - start <= longest
            line += 1
            start = marks[last] + 1
            k = last + 1
        if start == before:  # a line longer than the stretch
            while block[stop] != _LINE_END:
                stop += 1
            edges[line, 0], edges[line, width] = start - 1, stop
            line += 1
            start = stop + 1
    seen = (NUL_BYTES if nul else 0) + (RETURNS if returns else 0) + (BEYOND_ASCII if high > 127 else 0)
    return edges[:line], right[:line], seen


@kernel
def read_decimals(
    block: Array, edges: Array, column: int, point: int, nulls: Array, null_ends: Array, plain: Array
) -> Array:
    """Read decimal numbers of at most 15 digits and no exponent, each as the binary number nearest to it.

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
        a, b = edges[row, column] + 1, edges[row, column + 1]
        if not plain[row] or a == b:
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
            good = digits[i] == point and digits.size > 1
            i += 1
            places = digits.size - i
            while i < digits.size:
                digit = np.int64(digits[i]) - _ZERO
                good &= 0 <= digit <= 9
                mantissa = mantissa * 10 + digit
                i += 1
        else:
            good &= digits.size <= _MOST_DIGITS
        if good:
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
        a, b = edges[row, column] + 1, edges[row, column + 1]
        if not plain[row]:
            continue
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
        a, b = edges[row, column] + 1, edges[row, column + 1]
        if not plain[row]:
            continue
        if a < b and block[a] == _QUOTE:
            a, b = a + 1, b - 1
        text = block[a:b]
        plain[row] = False
        if text.size < 19:
            number = np.int64(0)
            good = 0 < text.size <= 16
            for i in range(text.size if good else 0):
                digit = np.int64(text[i]) - _ZERO
                good &= 0 <= digit <= 9
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
        good = 0 <= tens <= 5 and 0 <= ones <= 9 and earliest_s <= seconds < latest_s
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
    block: Array, words: Array, edges: Array, first: int, last: int, plain: Array
) -> tuple[Array, Array]:
    """Number the distinct texts of a column, or of a run of columns, in the order in which they come.

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
    for row in range(plain.size):
        if not plain[row]:
            continue
        a, b = edges[row, first] + 1, edges[row, last + 1]
        if first == last and a < b and block[a] == _QUOTE:
            a, b = a + 1, b - 1
        size = b - a
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
                for i in range(size):  # without a way out: many bytes are compared at once
                    differs |= other[i] ^ same[i]
                if differs == 0:
                    number = entry
                    break
            place = (place + 1) & mask
        plain[row] = number >= 0
        numbers[row] = max(number, 0)
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
