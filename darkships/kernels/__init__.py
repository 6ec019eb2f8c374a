"""All compiled code. Kernels take and return arrays and scalars; they know no frame, file or clock."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy.typing as npt

from darkships.compiling import kernel_cache

Array = npt.NDArray[Any]
"""Any NumPy array; each kernel states the shapes."""

F = TypeVar("F", bound=Callable[..., Any])


_CACHE = kernel_cache()


def kernel(function: F) -> F:
    """Compile a function with numba: cached on disk, GIL released, IEEE floating point.

    The one switch for all kernels. ``NUMBA_DISABLE_JIT=1`` runs them as plain Python.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_CACHE or before)
    try:
        compiled: F = numba.njit(cache=_CACHE is not None, nogil=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


def inlined(function: F) -> F:
    """Compile a small function into each kernel that calls it: a call with arrays costs more than what it does."""
    compiled: F = numba.njit(forceinline=True, nogil=True, error_model="numpy")(function)
    return compiled
