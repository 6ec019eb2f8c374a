"""What reads many bytes at once finds what reading them one by one finds, also where the text begins and ends."""

from functools import reduce
from operator import xor as either

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import kernel
from darkships.kernels.nmea_records import find, hex_digit, xor
from darkships.kernels.nmea_times import NO_TIME, epoch_at
from darkships.kernels.texts import rest

TEXTS = st.lists(st.sampled_from(b"*,,\xff0A"), max_size=90).map(bytes)
EPOCHS = st.from_regex(rb"[0-9]{8,20}(\.[0-9]{0,3})?[0-9/:.,]{0,12}", fullmatch=True)


@kernel
def _looked_at(data, at, stop, byte):
    few = max(at, stop - 7)
    return find(data, at, stop, byte), xor(data, at, stop), rest(data, few, stop)


@given(TEXTS, st.data())
def test_bytes_are_found_and_added_up(text, data):
    at = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(at, len(text)))
    byte = data.draw(st.sampled_from(b"*,A"))
    found = text.find(bytes([byte]), at, stop)
    few = int.from_bytes(text[max(at, stop - 7) : stop], "big")
    expected = (stop if found < 0 else found, reduce(either, text[at:stop], 0), few)
    assert _looked_at(np.frombuffer(text, np.uint8), at, stop, byte) == expected


@kernel
def _digits(data):
    return np.array([hex_digit(c) for c in data])


def test_hexadecimal_digits_are_told_from_all_other_bytes():
    digits = {ord(c): int(c, 16) for c in "0123456789abcdefABCDEF"}
    assert _digits(np.arange(256, dtype=np.uint8)).tolist() == [digits.get(c, -1) for c in range(256)]


@kernel
def _epoch(data, start, stop):
    return epoch_at(data, start, stop)


@given(st.sampled_from([b"", b"c:"]), EPOCHS, st.sampled_from([b"", b"7" * 40]))
def test_an_epoch_is_read_the_same_wherever_it_stands(before, text, behind):
    """The first eight digits are read at once, but near the end of a block."""
    alone = _epoch(np.frombuffer(text, np.uint8), 0, len(text))
    us, end = _epoch(np.frombuffer(before + text + behind, np.uint8), len(before), len(before) + len(text))
    assert (us, end - len(before)) == alone
    digits = len(text) - len(text.lstrip(b"0123456789"))
    if digits in {10, 13, 16, 19} and text[digits : digits + 1] != b".":
        told = int(text[: min(digits, 16)]) * 10 ** (16 - min(digits, 16))
        assert us in {told, NO_TIME}
        assert end - len(before) == digits
