"""What numba compiles in place of the functions of ``memory``."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from darkships.kernels.memory import borrowed, eight, lowest, ones, within


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
