"""Texts that are compared and read eight bytes at once, against reading them byte by byte."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import kernel
from darkships.kernels.memory import eight
from darkships.kernels.texts import eight_digits, same_text


@kernel
def _same(data, a, other, b, size):
    return same_text(data, a, other, b, size)


@kernel
def _number(data):
    return eight_digits(eight(data, 0))


@given(st.lists(st.sampled_from(b"ab"), min_size=1, max_size=40).map(bytes), st.data())
def test_the_same_text_at_two_places(text, data):
    size = data.draw(st.integers(0, len(text)))
    a, b = (data.draw(st.integers(0, len(text) - size)) for _ in range(2))
    block = np.frombuffer(text, np.uint8)
    assert _same(block, a, block, b, size) == (text[a : a + size] == text[b : b + size])


@given(st.integers(0, 99_999_999))
def test_eight_digits(number):
    assert _number(np.frombuffer(b"%08d" % number, np.uint8)) == number
