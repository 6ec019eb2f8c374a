"""All compiled code. Kernels take and return arrays and scalars; they know no frame, file or clock."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy.typing as npt
from numba import types
from numba.core.dispatcher import Dispatcher

from darkships.compiling import kernel_cache, told_when_compiling

Array = npt.NDArray[Any]
"""Any NumPy array; each kernel states the shapes."""

F = TypeVar("F", bound=Callable[..., Any])


_CACHE = kernel_cache()
told_when_compiling()

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""Nobody calls a kernel from C: without a way in from there it is compiled sooner."""


def fixed(array: Array) -> Array:
    """Return a view that cannot be written: a kernel is compiled once more for arrays that can."""
    view = array.view()
    view.flags.writeable = False
    return view


def _one_kind(compiled: Any) -> Any:
    """Let kernels that call this one with a constant share what is compiled for those that call it with a variable.

    numba has no option for it; the method is its own affair, so without it kernels just compile longer.
    """
    if isinstance(compiled, Dispatcher) and hasattr(compiled, "get_call_template"):
        call_template = compiled.get_call_template
        compiled.get_call_template = lambda args, kws: call_template(  # type: ignore[method-assign]
            tuple(map(types.unliteral, args)), {name: types.unliteral(kind) for name, kind in dict(kws).items()}
        )
    return compiled


def _apart(compiled: Any) -> Any:
    """Give each file of a kernel's cache a name of its own.

    numba numbers them. Two processes that compile a kernel for different types at once would take the same number, and
    each that comes after could load the one for the other (numba 0.68, ``IndexDataCacheFile.save``).
    """
    file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if numbered := getattr(file, "_data_name", None):
        file._data_name = lambda number: f"{numbered(number).removesuffix('.nbc')}.{uuid.uuid4().hex[:16]}.nbc"  # noqa: SLF001
    return compiled


def kernel(function: F) -> F:
    """Compile a function with numba: cached on disk, GIL released, IEEE floating point.

    The one switch for all kernels. ``NUMBA_DISABLE_JIT=1`` runs them as plain Python.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_CACHE or before)
    try:
        compiled = numba.njit(cache=_CACHE is not None, **_OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
    return cast("F", _apart(_one_kind(compiled)))


def inlined(function: F) -> F:
    """Compile a small function into each kernel that calls it: a call with arrays costs more than what it does."""
    return cast("F", _one_kind(numba.njit(forceinline=True, **_OPTIONS)(function)))
