"""All compiled code. Kernels take and return arrays and scalars; they know no frame, file or clock."""

import uuid
from collections.abc import Callable
from functools import cache, update_wrapper
from threading import RLock
from typing import Any, TypeVar, cast

import numpy.typing as npt

from darkships.compiling import kernel_cache, told_when_compiling

Array = npt.NDArray[Any]
"""Any NumPy array; each kernel states the shapes."""

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""Nobody calls a kernel from C: without a way in from there it is compiled sooner."""

_ONE_AT_A_TIME = RLock()


def fixed(array: Array) -> Array:
    """Return a view that cannot be written: a kernel is compiled once more for arrays that can."""
    view = array.view()
    view.flags.writeable = False
    return view


@cache
def _numba() -> Any:
    """Load numba, and what it compiles in place of Python."""
    import numba

    from darkships.kernels import words  # noqa: F401

    told_when_compiling()
    return numba


_kept_in = cache(kernel_cache)


class _Kernel:
    """A function that numba takes when it is first called, or compiled into another one.

    Numba takes half a second to load, and as much again for its first kernel: whoever calls none need not wait.
    """

    def __init__(self, function: Callable[..., Any], compiler: Callable[[Any], Any]) -> None:
        update_wrapper(self, function)
        self._compiler = compiler
        self._compiled: Any = None

    def __call__(self, *args: Any) -> Any:
        return (self._compiled or self.compiled())(*args)

    def compiled(self) -> Any:
        """Return what numba makes of the function; with ``NUMBA_DISABLE_JIT=1`` that is the function."""
        with _ONE_AT_A_TIME:
            if self._compiled is None:
                self._compiled = self._compiler(self.__wrapped__)  # type: ignore[attr-defined] # of update_wrapper
        return self._compiled

    @property
    def _numba_type_(self) -> Any:
        """What numba takes it for where another kernel calls it."""
        return self.compiled()._numba_type_


def _one_kind(compiled: Any) -> Any:
    """Let kernels that call this one with a constant share what is compiled for those that call it with a variable.

    numba has no option for it; the method is its own affair, so without it kernels just compile longer.
    """
    from numba import types
    from numba.core.dispatcher import Dispatcher

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


def _cached(function: Any) -> Any:
    numba, folder = _numba(), _kept_in()
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder or before)
    try:
        compiled = numba.njit(cache=folder is not None, **_OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
    return _apart(_one_kind(compiled))


def kernel(function: F) -> F:
    """Compile a function with numba when it is first called: cached on disk, GIL released, IEEE floating point.

    The one switch for all kernels. ``NUMBA_DISABLE_JIT=1`` runs them as plain Python.
    """
    return cast("F", _Kernel(function, _cached))


def inlined(function: F) -> F:
    """Compile a small function into each kernel that calls it: a call with arrays costs more than what it does."""
    return cast("F", _Kernel(function, lambda plain: _one_kind(_numba().njit(forceinline=True, **_OPTIONS)(plain))))
