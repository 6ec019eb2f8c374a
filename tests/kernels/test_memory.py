"""What stands in for Python in compiled kernels does what the Python beside it does."""

import os

import numpy as np
import pytest
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


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_a_constant_and_a_variable_share_one_compilation():
    @kernel
    def inner(k):
        return k + 1

    @kernel
    def outer(k):
        return inner(0) + inner(k)

    assert outer(5) == 7
    assert len(inner.signatures) == 1
