"""Numbers as text, many at a time."""

import numpy as np

from darkships.kernels import Array, kernel

_ZERO = 48


@kernel
def digits(value: Array, width: int) -> Array:
    """Return the last ``width`` decimal digits of integers (k,) from 0 on as ASCII, uint8 (k, width)."""
    out = np.empty((value.size, width), np.uint8)
    for i in range(value.size):
        rest = value[i]
        for at in range(width - 1, -1, -1):
            out[i, at] = _ZERO + rest % 10
            rest //= 10
    return out
