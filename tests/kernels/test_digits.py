import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.digits import digits


@given(st.lists(st.integers(0, 2**62), max_size=20), st.integers(1, 12))
def test_digits_are_those_that_python_writes(values, width):
    found = digits(np.array(values, np.int64), width)
    assert [row.tobytes().decode() for row in found] == [f"{value:0{width}d}"[-width:] for value in values]
