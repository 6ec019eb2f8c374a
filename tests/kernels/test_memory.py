"""What stands in for Python in compiled kernels does what the Python beside it does."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import kernel
from darkships.kernels.memory import borrowed, eight, lowest, ones, within


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


@kernel
def _marks(data, low, high):
    return within(data, 1, low, high)


@kernel
def _places(numbers):
    return np.array([lowest(number) for number in numbers])


@given(st.binary(min_size=33, max_size=40), st.integers(0, 255), st.integers(0, 255))
def test_bytes_within_limits_are_marked(text, one, other):
    low, high = sorted((one, other))
    data = np.frombuffer(text, np.uint8)
    assert _marks(data, low, high) == within(data, 1, low, high)
    assert within(data, 1, low, high) == sum(1 << k for k, byte in enumerate(text[1:33]) if low <= byte <= high)


@given(st.lists(st.integers(-(2**63), 2**63 - 1).filter(bool), min_size=1))
def test_the_lowest_bit_is_found(numbers):
    expected = [lowest(number) for number in numbers]
    assert _places(np.array(numbers)).tolist() == expected
    assert all(number & (1 << place + 1) - 1 == 1 << place for number, place in zip(numbers, expected, strict=True))


@kernel
def _counts(numbers):
    return np.array([ones(number) for number in numbers])


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1))
def test_bits_are_counted(numbers):
    assert _counts(np.array(numbers)).tolist() == [f"{number:b}".count("1") for number in numbers]


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_a_constant_and_a_variable_share_one_compilation():
    @kernel
    def inner(k):
        return k + 1

    @kernel
    def outer(k):
        return inner(0) + inner(k)

    assert outer(5) == 7
    assert len(inner.compiled().signatures) == 1
