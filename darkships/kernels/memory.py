"""What kernels want of memory and Python has no word for: eight bytes at once, arrays that count no references.

The functions are what plain Python runs; beside each stands what numba compiles in its place.
"""

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from darkships.kernels import Array, kernel


def borrowed(array: Array) -> Array:
    """Return an argument of a kernel as an array that counts no references: for each call and view that costs time.

    It must not outlive the argument: no kernel may return it.
    """
    return array


def eight(data: Array, at: int) -> int:
    """Return eight bytes of a contiguous uint8 array as one signed number, the first byte uppermost.

    All of them must lie in the array: nothing looks after that.
    """
    return int.from_bytes(data[at : at + 8].tobytes(), "big", signed=True)


@kernel
def grown(array: Array) -> Array:
    """Return a copy of an array (n, k) that has room for twice as many rows.

    Value by value: numba takes a second more to compile each assignment of a slice to a slice.
    """
    out = np.empty((2 * array.shape[0], array.shape[1]), array.dtype)
    for i in range(array.shape[0]):
        for c in range(array.shape[1]):
            out[i, c] = array[i, c]
    return out


@intrinsic  # type: ignore[untyped-decorator]
def _without_owner(_: Any, array: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.return_type)(context, builder, arguments[0])
        view.meminfo, view.parent = view.meminfo.type(None), view.parent.type(None)
        return view._getvalue()  # noqa: SLF001

    return array(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def _load(_: Any, data: Any, at: Any) -> Any:  # noqa: ARG001  numba asks for it by name
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(view.data, [arguments[1]])
        word = builder.load(builder.bitcast(place, context.get_value_type(types.int64).as_pointer()), align=1)
        return builder.bswap(word)

    return types.int64(data, types.int64), generate


@overload(borrowed, strict=False)  # type: ignore[untyped-decorator]
def _compiled_borrowed(array: Any) -> Any:  # noqa: ARG001  its type
    return lambda array: _without_owner(array)  # noqa: PLW0108  numba wants a function of the same signature


@overload(eight, strict=False)  # type: ignore[untyped-decorator]
def _compiled_eight(data: Any, at: Any) -> Any:  # noqa: ARG001  their types
    return lambda data, at: _load(data, at)  # noqa: PLW0108
