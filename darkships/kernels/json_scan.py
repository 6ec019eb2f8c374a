"""Where the items of a JSON array begin and end, told from brackets and quotes alone."""

import numpy as np

from darkships.kernels import Array, kernel

DEPTH, IN_STRING, ESCAPED, ENDED, STRAY = range(5)
"""Places in the state that is carried from one piece of a document to the next."""

STATE_SIZE = 5


@kernel
def scan_items(text: Array, state: Array, spans: Array) -> tuple[int, int, int]:
    """Find the objects and arrays that stand directly in an array (or in a row without one, if none ends it).

    Parameters
    ----------
    text
        Bytes (n,) of a piece of the document, uint8.
    state
        Integers (STATE_SIZE,), all zero before the first piece, changed in place: how deep within an item the last
        byte was, whether within a string and behind a backslash, whether the array has ended, and how many bytes
        outside of items were neither blank nor a comma.
    spans
        Integers (m, 2), filled in place: first byte of an item and the byte behind it; -1 where it began before this
        piece.

    Returns
    -------
    tuple
        How many spans were filled; how many bytes were read, less than n where ``spans`` is full or the array has
        ended; first byte of the item that has not ended, -1 where there is none or it began before this piece.

    """
    depth, in_string, escaped = state[DEPTH], state[IN_STRING], state[ESCAPED]
    found = 0
    start = -1
    i = 0
    while i < text.size and found < spans.shape[0] and not state[ENDED]:
        c = text[i]
        if in_string:
            if escaped:
                escaped = 0
            elif c == 92:  # backslash
                escaped = 1
            elif c == 34:
                in_string = 0
        elif c == 34:  # quote
            in_string = 1
            state[STRAY] += depth == 0
        elif c in (123, 91):  # { [
            if depth == 0:
                start = i
            depth += 1
        elif c in (125, 93):  # } ]
            if depth == 0:
                state[ENDED] = 1
            else:
                depth -= 1
                if depth == 0:
                    spans[found, 0] = start
                    spans[found, 1] = i + 1
                    found += 1
                    start = -1
        elif depth == 0 and c > 32 and c != 44:
            state[STRAY] += 1
        i += 1
    state[DEPTH], state[IN_STRING], state[ESCAPED] = depth, in_string, escaped
    return found, i, start


def new_state() -> Array:
    """Return the state before the first byte."""
    return np.zeros(STATE_SIZE, np.int64)
