"""What kernels want of memory and Python has no word for: eight bytes at once, arrays that count no references.

The functions are what plain Python runs; ``words`` has what numba compiles in their place.
"""

import numpy as np

from darkships.kernels import Array, kernel


def borrowed(array: Array) -> Array:
    """Return an argument of a kernel as an array that counts no references: for each call and view that costs time.

    It must not outlive the argument: no kernel may return it.
    """
    return array


def eight(data: Array, at: int) -> int:
    """Return eight bytes of a contiguous uint8 array as one signed number, the first byte uppermost.

    All of them must lie in the array: nothing looks after that.
    """
    return int.from_bytes(data[at : at + 8].tobytes(), "big", signed=True)


def within(data: Array, at: int, low: int, high: int) -> int:
    """Return which of 32 bytes of a contiguous uint8 array are from ``low`` to ``high``, as bits: the first lowest.

    All of them must lie in the array: nothing looks after that.
    """
    return sum(1 << k for k in range(32) if low <= data[at + k] <= high)


def lowest(bits: int) -> int:
    """Return the place of the lowest bit that is set in a number other than 0."""
    return (int(bits) & -int(bits)).bit_length() - 1


def ones(bits: int) -> int:
    """Return how many bits are set in a number that is not negative."""
    return int(bits).bit_count()


@kernel
def grown(array: Array) -> Array:
    """Return a copy of an array (n, k) that has room for twice as many rows.

    Value by value: numba takes a second more to compile each assignment of a slice to a slice.
    """
    out = np.empty((2 * array.shape[0], array.shape[1]), array.dtype)
    for i in range(array.shape[0]):
        for c in range(array.shape[1]):
            out[i, c] = array[i, c]
    return out
