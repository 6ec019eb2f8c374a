"""Arrow columns as NumPy arrays and back."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import SchemaError
from darkships.kernels import Array, fixed
from darkships.kernels.merge import fill, mark, pick
from darkships.schema import TIME, Table


def conform(table: pa.Table, declared: Table) -> pa.Table:
    """Return a table with exactly the declared columns and types, each in one piece.

    Raises
    ------
    SchemaError
        If a column is missing, cannot be cast, or has missing values where none may be.

    """
    columns, problems = [], []
    given = dict(zip(table.column_names, table.columns, strict=True))
    for column in declared.columns:
        if column.name not in given:
            problems.append(f"column {column.name!r} is missing ({column.doc})")
            continue
        try:
            values = _cast(given[column.name], column.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            problems.append(f"column {column.name!r} cannot be read as {column.type}: {error}")
            continue
        if values.null_count and not column.nullable:
            problems.append(f"column {column.name!r} has {values.null_count} missing values, expected none")
        columns.append(values)
    if problems:
        raise SchemaError(f"this is not a {declared.name} table: " + "; ".join(problems))
    return pa.table(columns, schema=declared.arrow)


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    if column.type != kind and pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type).dictionary_encode()
    elif column.type != kind:
        column = column.cast(kind)
    if pa.types.is_dictionary(kind):
        column = column.unify_dictionaries()
    return whole(column)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; what is in one already is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def own_values(column: pa.Array, missing: float = 0) -> Array:
    """Return a column's values as ``values`` does, but as an array that may be changed."""
    found = values(column, missing)
    if not column.null_count:
        return found.copy()
    found.flags.writeable = True  # what is null was filled in a copy
    return found


def values(column: pa.ChunkedArray | pa.Array, missing: float = 0) -> Array:
    """Return a column's values as a read-only array, times in microseconds; what is null becomes ``missing``."""
    if isinstance(column, pa.ChunkedArray):
        column = whole(column)
    if pa.types.is_boolean(column.type):
        array: Array = pc.fill_null(column, bool(missing)).to_numpy(zero_copy_only=False)
    else:
        array = _plain(column)
        if column.null_count:
            array = filled(array, _known(column), missing)
    array.flags.writeable = False
    return array


def _plain(column: pa.Array) -> Array:
    """Return numbers or times without a copy; what stands where a value is null means nothing."""
    kind = np.dtype(np.int64 if pa.types.is_timestamp(column.type) else column.type.to_pandas_dtype())
    buffer = column.buffers()[1]
    if buffer is None:
        return np.zeros(len(column), kind)
    return np.frombuffer(buffer, kind, len(column), column.offset * kind.itemsize)


def _known(column: pa.Array) -> Array:
    """Return booleans: what of a column is not null."""
    buffer = column.buffers()[0]
    if buffer is None:
        return np.ones(len(column), np.bool_)
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8), count=column.offset + len(column), bitorder="little")
    return bits[column.offset :].view(np.bool_)


def ranks(column: pa.ChunkedArray | pa.Array) -> tuple[Array, pa.Array]:
    """Return each value's place among the distinct values in rising order, -1 for null, and these values."""
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
        column = column.combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    order = pc.sort_indices(column.dictionary).to_numpy()
    rank = np.empty(order.size + 1, np.int32)
    rank[order] = np.arange(order.size)
    rank[-1] = -1
    return rank[values(column.indices, -1)], column.dictionary.take(order)


def from_ranks(codes: Array, distinct: pa.Array) -> pa.Array:
    """Return the values that codes stand for, -1 for null."""
    return distinct.take(pa.array(codes, mask=codes < 0))


def labels(codes: Array, names: list[str]) -> pa.DictionaryArray:
    """Return a label column of codes into names, -1 for null; its dictionary is sorted and holds what occurs only."""
    codes, used = codes.astype(np.int32, copy=False), np.zeros(len(names) + 1, np.bool_)
    mark(fixed(codes), used)
    kept = sorted((name, code) for code, name in enumerate(names) if used[code])
    if used[-1] or [code for _, code in kept] != list(range(len(names))):
        rank = np.zeros(len(names) + 1, np.int32)
        rank[[code for _, code in kept]] = np.arange(len(kept))
        indices = build(pa.int32(), picked(rank, codes), codes >= 0)
    else:
        indices = build(pa.int32(), codes)
    return pa.DictionaryArray.from_arrays(indices, pa.array([name for name, _ in kept], pa.string()), safe=False)


def tidy(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a label column whose dictionary is sorted and holds what occurs only: equal contents, equal bytes."""
    names = column.dictionary.to_pylist()
    if len(names) == 1 and not column.null_count:
        return column
    return labels(values(column.indices, -1), names)


def pieces(table: pa.Table) -> dict[str, pa.Array]:
    """Return the columns of a table, each in one piece."""
    return {name: whole(table[name]) for name in table.column_names}


def take(column: pa.Array, rows: Array) -> pa.Array:
    """Return rows of a column; what is null or the same throughout costs little."""
    if column.null_count == len(column):
        return pa.nulls(rows.size, column.type)
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(take(column.indices, rows), column.dictionary, safe=False)
    plain = _plain(column)
    if column.null_count:
        return build(column.type, picked(plain, rows), picked(_known(column), rows))
    if pa.types.is_integer(column.type) and same_throughout(plain):
        return build(column.type, np.full(rows.size, plain[0]))
    return build(column.type, picked(plain, rows))


def same_throughout(array: Array) -> bool:
    """Tell whether all values are the same."""
    return not array.size or bool(array[0] == array[-1] and (array == array[0]).all())


def picked(array: Array, rows: Array) -> Array:
    """Return ``array[rows]``; no row is below -1. By width, whatever the type: few kernels to compile."""
    target = np.empty(rows.size, array.dtype)
    width = np.dtype(f"u{array.itemsize}")
    pick(fixed(array.view(width)), rows, target.view(width))
    return target


def filled(array: Array, known: Array, missing: float) -> Array:
    """Return an array with ``missing`` where nothing is known; by width, as ``picked``."""
    target, other = np.empty_like(array), np.array([missing], array.dtype)
    width = np.dtype(f"u{array.itemsize}")
    fill(fixed(array.view(width)), known, other.view(width)[0], target.view(width))
    return target


def build(kind: pa.DataType, data: Array, valid: Array | None = None) -> pa.Array:
    """Return an Arrow array on top of a NumPy array, without a copy; ``valid`` marks what is not null."""
    mask = None
    if valid is not None and not valid.all():
        mask = pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(kind, data.size, [mask, pa.py_buffer(data)])


def times(data: Array) -> pa.Array:
    """Return microseconds since 1970 as a column of UTC times."""
    return build(TIME, np.ascontiguousarray(data, np.int64))
