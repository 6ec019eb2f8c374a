"""What stands in for Python in compiled kernels does what the Python beside it does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import kernel
from darkships.kernels.memory import borrowed, eight


@kernel
def _words(data):
    data = borrowed(data)
    words = np.empty(data.size - 7, np.int64)
    for at in range(words.size):
        words[at] = eight(data, at)
    return words


@given(st.binary(min_size=8, max_size=40))
def test_eight_bytes_are_one_number_wherever_they_start(text):
    expected = [eight(np.frombuffer(text, np.uint8), at) for at in range(len(text) - 7)]
    assert _words(np.frombuffer(text, np.uint8)).tolist() == expected
    assert expected[0] == int.from_bytes(text[:8], "big", signed=True)
