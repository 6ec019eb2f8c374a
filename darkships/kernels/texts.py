"""Short texts in bytes, eight at a time."""

from darkships.kernels import Array, inlined
from darkships.kernels.memory import eight


@inlined
def rest(data: Array, at: int, stop: int) -> int:
    """Return fewer than eight bytes as one number, the first uppermost."""
    if stop >= 8:
        return eight(data, stop - 8) & ((1 << int(stop - at) * 8) - 1)
    found = 0
    while at < stop:
        found = found << 8 | int(data[at])
        at += 1
    return found


@inlined
def same_text(data: Array, a: int, other: Array, b: int, size: int) -> bool:
    """Tell whether so many bytes are the same at two places."""
    at = 0
    while at + 8 <= size:
        if eight(data, a + at) != eight(other, b + at):
            return False
        at += 8
    return rest(data, a + at, a + size) == rest(other, b + at, b + size)


@inlined
def eight_digits(word: int) -> int:
    """Return the number that eight decimal digits are: pairs first, then fours, then all."""
    word = (word >> 8 & 0x000F000F000F000F) * 10 + (word & 0x000F000F000F000F)
    word = (word >> 16 & 0x0000FFFF0000FFFF) * 100 + (word & 0x0000FFFF0000FFFF)
    return (word >> 32) * 10_000 + (word & 0xFFFFFFFF)
