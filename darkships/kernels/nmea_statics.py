"""Static reports in AIS payloads: types 5, 19 and 24 (ITU-R M.1371-5, annex 8)."""

import numpy as np

from darkships.kernels import Array, inlined, kernel
from darkships.kernels.memory import borrowed
from darkships.kernels.nmea_payload import MOST_CHARACTERS, WORDS, bits, gather

IMO, SHIP_TYPE, TO_BOW, TO_STERN, TO_PORT, TO_STARBOARD, DRAUGHT_DM, EPFD, VERSION, MOTHER, PART, NUMBERS = range(12)
"""Rows of the numbers of a static report: 0 is not told, but for VERSION and PART, where it is -1; NUMBERS of them.

PART is 0 and 1 for the halves of type 24, 2 for other types.
"""

NAME, CALLSIGN, DESTINATION, VENDOR, ETA, TEXTS = range(6)
TEXT_SIZE = 20

_AUXILIARY = 98


@kernel
def read_statics(
    data: Array, records: Array, parts: Array, messages: Array, kinds: Array, mmsi: Array
) -> tuple[Array, Array, Array]:
    """Read what static reports say.

    Parameters
    ----------
    data, records, parts
        As ``lex`` and ``assemble`` give them.
    messages, kinds, mmsi
        (m,) messages of types 5, 19 and 24 that ``decode`` found good, their types and MMSIs.

    Returns
    -------
    numbers, letters, ends
        (NUMBERS, m) int32; (TEXTS, m * TEXT_SIZE) uint8 ASCII, the texts behind each other, and (TEXTS, m + 1) int32:
        text i stands from ends[i] to ends[i + 1].

    """
    n = messages.size
    numbers, letters = np.zeros((NUMBERS, n), np.int32), np.empty((TEXTS, n * TEXT_SIZE), np.uint8)
    ends = np.zeros((TEXTS, n + 1), np.int32)
    words, spare = np.zeros(WORDS + 1, np.int64), np.empty(MOST_CHARACTERS, np.uint8)
    _read(data, records, parts, messages, kinds, mmsi, numbers, letters, ends, words, spare)
    return numbers, letters, ends


@kernel
def _read(
    data: Array, records: Array, parts: Array, messages: Array, kinds: Array, mmsi: Array, numbers: Array,
    letters: Array, ends: Array, words: Array, spare: Array,
) -> None:  # fmt: skip
    data, records, parts, words, spare = (
        borrowed(data), borrowed(records), borrowed(parts), borrowed(words), borrowed(spare),
    )  # fmt: skip
    numbers, letters, ends = borrowed(numbers), borrowed(letters), borrowed(ends)
    for m in range(messages.size):
        size = gather(data, records, parts, messages[m], words, spare)
        said, end = numbers[:, m], ends[:, m : m + 2]
        end[:, 1] = end[:, 0]
        said[VERSION], said[PART] = -1, 2
        if kinds[m] == 5:
            said[VERSION], said[IMO], said[SHIP_TYPE] = bits(words, 38, 2), bits(words, 40, 30), bits(words, 232, 8)
            _read_size(words, 240, said)
            said[EPFD], said[DRAUGHT_DM] = bits(words, 270, 4), bits(words, 294, 8)
            end[CALLSIGN, 1] += _read_text(words, 70, 7, size, letters[CALLSIGN, end[CALLSIGN, 0] :])
            end[NAME, 1] += _read_text(words, 112, 20, size, letters[NAME, end[NAME, 0] :])
            end[DESTINATION, 1] += _read_text(words, 302, 20, size, letters[DESTINATION, end[DESTINATION, 0] :])
            end[ETA, 1] += _read_eta(words, letters[ETA, end[ETA, 0] :])
        elif kinds[m] == 19:
            said[SHIP_TYPE] = bits(words, 263, 8)
            _read_size(words, 271, said)
            said[EPFD] = bits(words, 301, 4)
            end[NAME, 1] += _read_text(words, 143, 20, size, letters[NAME, end[NAME, 0] :])
        else:
            said[PART] = bits(words, 38, 2)
            if said[PART] == 0:
                end[NAME, 1] += _read_text(words, 40, 20, size, letters[NAME, end[NAME, 0] :])
            elif said[PART] == 1:
                said[SHIP_TYPE] = bits(words, 40, 8)
                end[VENDOR, 1] += _read_text(words, 48, 3, size, letters[VENDOR, end[VENDOR, 0] :])
                end[CALLSIGN, 1] += _read_text(words, 90, 7, size, letters[CALLSIGN, end[CALLSIGN, 0] :])
                if size < 162:
                    continue  # some receivers cut the end
                if mmsi[m] // 10_000_000 == _AUXILIARY:  # sends its mother ship's MMSI where others send their size
                    said[MOTHER] = bits(words, 132, 30)
                else:
                    _read_size(words, 132, said)
                    if size >= 166:
                        said[EPFD] = bits(words, 162, 4)


@kernel
def _read_size(words: Array, start: int, said: Array) -> None:
    said[TO_BOW], said[TO_STERN] = bits(words, start, 9), bits(words, start + 9, 9)
    said[TO_PORT], said[TO_STARBOARD] = bits(words, start + 18, 6), bits(words, start + 24, 6)


@inlined
def _read_text(words: Array, start: int, letters: int, size: int, out: Array) -> int:
    """Write six-bit text up to the first '@' or the end of the payload, without blanks around it; return its length."""
    n, five = 0, 0
    for i in range(min(letters, (size - start) // 6)):
        five = five << 6 if i % 5 else bits(words, start + i * 6, 30)  # letters, the next one uppermost
        code = five >> 24 & 63
        if code == 0:
            break
        if code == 32 and n == 0:
            continue
        out[n] = code + 64 if code < 32 else code
        n += 1
    while n and out[n - 1] == 32:
        n -= 1
    return n


@kernel
def _read_eta(words: Array, out: Array) -> int:
    """Write MM-DD hh:mm as sent; nothing where month and day are 0."""
    told = (bits(words, 274, 4), bits(words, 278, 5), bits(words, 283, 5), bits(words, 288, 6))
    if told[0] == 0 and told[1] == 0:
        return 0
    for k in range(4):
        out[k * 3], out[k * 3 + 1] = 48 + told[k] // 10, 48 + told[k] % 10
    out[2], out[5], out[8] = 45, 32, 58
    return 11
