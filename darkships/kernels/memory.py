"""What kernels want of memory and Python has no word for: eight bytes at once, arrays that count no references.

The functions are what plain Python runs; beside each stands what numba compiles in its place.
"""

from typing import Any

import numpy as np
from llvmlite import ir
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


def within(data: Array, at: int, low: int, high: int) -> int:
    """Return which of 32 bytes of a contiguous uint8 array are from ``low`` to ``high``, as bits: the first lowest.

    All of them must lie in the array: nothing looks after that.
    """
    return sum(1 << k for k in range(32) if low <= data[at + k] <= high)


def lowest(bits: int) -> int:
    """Return the place of the lowest bit that is set in a number other than 0."""
    return (int(bits) & -int(bits)).bit_length() - 1


def ones(bits: int) -> int:
    """Return how many bits are set in a number that is not negative."""
    return int(bits).bit_count()


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


@intrinsic  # type: ignore[untyped-decorator]
def _within(_: Any, data: Any, at: Any, low: Any, high: Any) -> Any:  # noqa: ARG001  numba asks for it by name
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view, byte, vector = context.make_array(signature.args[0]), ir.IntType(8), ir.VectorType(ir.IntType(8), 32)
        place = builder.gep(view(context, builder, arguments[0]).data, [arguments[1]])
        text = builder.load(builder.bitcast(place, vector.as_pointer()), align=1)
        first, last = (builder.trunc(argument, byte) for argument in arguments[2:])
        limits = []
        for limit in (first, builder.sub(last, first)):
            one = builder.insert_element(ir.Constant(vector, ir.Undefined), limit, ir.IntType(32)(0))
            limits.append(builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), 32), [0] * 32)))
        found = builder.icmp_unsigned("<=", builder.sub(text, limits[0]), limits[1])
        return builder.zext(builder.bitcast(found, ir.IntType(32)), ir.IntType(64))

    return types.int64(data, types.int64, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _lowest(_: Any, bits: Any) -> Any:  # noqa: ARG001
    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _ones(_: Any, bits: Any) -> Any:  # noqa: ARG001
    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


@overload(borrowed, strict=False)  # type: ignore[untyped-decorator]
def _compiled_borrowed(array: Any) -> Any:  # noqa: ARG001  its type
    return lambda array: _without_owner(array)  # noqa: PLW0108  numba wants a function of the same signature


@overload(eight, strict=False)  # type: ignore[untyped-decorator]
def _compiled_eight(data: Any, at: Any) -> Any:  # noqa: ARG001  their types
    return lambda data, at: _load(data, at)  # noqa: PLW0108


@overload(within, strict=False)  # type: ignore[untyped-decorator]
def _compiled_within(data: Any, at: Any, low: Any, high: Any) -> Any:  # noqa: ARG001  their types
    return lambda data, at, low, high: _within(data, at, low, high)  # noqa: PLW0108


@overload(lowest, strict=False)  # type: ignore[untyped-decorator]
def _compiled_lowest(bits: Any) -> Any:  # noqa: ARG001  its type
    return lambda bits: _lowest(bits)  # noqa: PLW0108


@overload(ones, strict=False)  # type: ignore[untyped-decorator]
def _compiled_ones(bits: Any) -> Any:  # noqa: ARG001  its type
    return lambda bits: _ones(bits)  # noqa: PLW0108
