"""From columns as a provider wrote them, text or typed, to numbers, codes and clean text; never row by row.

A whole column is cast at once; only where that fails are its good cells picked out, and what is left is unreadable.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from darkships.feed.codes import Reader

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NULL_TEXTS = ("", "NULL", "null", "NaN", "nan", "None", "N/A", "\\N")
"""Texts that stand for a missing value in any export; case as written, for NULL and NONE are also ships' names."""

NO_INT = np.iinfo(np.int64).min
"""What stands in an integer array where there is no value (as NumPy's NaT)."""

MAX_DIGITS = 18
"""Digits of a whole number; more do not fit into 64 bits."""

MAX_TEXT = 100
"""Characters of a text field that are kept; AIS itself sends 20."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_WHOLE = rf"^\d{{1,{MAX_DIGITS}}}(\.0*)?$"
_CONTROL = r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}]"
_TRIM = "@ \t\u00a0"


class Numbers(NamedTuple):
    """A column of numbers: NaN (or NO_INT) where there is none; ``unreadable`` where there was something else."""

    values: npt.NDArray[Any]
    unreadable: Mask


class Labels(NamedTuple):
    """A column of codes or texts as an Arrow array, and which of its cells could not be read."""

    values: pa.Array
    unreadable: Mask


def to_floats(column: pa.Array, decimal: str = ".") -> Numbers:
    """Read decimal numbers; infinity is unreadable."""
    column = plain(column)
    if pa.types.is_null(column.type):
        return _nothing(len(column), np.float64, np.nan)
    if not pa.types.is_string(column.type):
        values = _numpy(pc.cast(column, pa.float64(), safe=False), np.nan)
        infinite = np.isinf(values)
        return Numbers(np.where(infinite, np.nan, values) if infinite.any() else values, infinite)
    if decimal != ".":
        column = pc.replace_substring(column, decimal, ".")
    try:
        cast = pc.cast(column, pa.float64())
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(column)
        cast = pc.cast(_only(trimmed, pc.match_substring_regex(trimmed, _NUMBER)), pa.float64())
    values = _numpy(cast, np.nan)
    unreadable = _mask(column.is_valid()) & ~np.isfinite(values)
    return Numbers(np.where(unreadable, np.nan, values), unreadable)


def to_ints(column: pa.Array) -> Numbers:
    """Read whole numbers that are not negative; ``31.0`` is one, ``3.66E+08`` is not."""
    column = plain(column)
    if pa.types.is_null(column.type):
        return _nothing(len(column), np.int64, NO_INT)
    if pa.types.is_integer(column.type):
        return Numbers(_numpy(pc.cast(column, pa.int64(), safe=False), NO_INT), np.zeros(len(column), dtype=bool))
    if pa.types.is_floating(column.type):
        return _floats_to_ints(_numpy(pc.cast(column, pa.float64()), np.nan))
    column = pc.cast(column, pa.string())
    if pc.all(pc.ascii_is_decimal(column), min_count=0).as_py() and _longest(column) <= MAX_DIGITS:
        cast = pc.cast(column, pa.int64())
    else:
        trimmed = pc.utf8_trim_whitespace(column)
        whole = _only(trimmed, pc.match_substring_regex(trimmed, _WHOLE))
        cast = pc.cast(pc.replace_substring_regex(whole, r"\.0*$", ""), pa.int64())
    values = _numpy(cast, NO_INT)
    return Numbers(values, _mask(column.is_valid()) & (values == NO_INT))


def to_codes(column: pa.Array, reader: Reader, kind: pa.DataType, nulls: Sequence[str] = ()) -> Labels:
    """Read each distinct text of a column with ``reader``."""
    encoded, missing = as_dictionary(column), {None, *NULL_TEXTS, *nulls}
    codes: list[int | str | None] = []
    bad = np.zeros(len(encoded.dictionary), dtype=bool)
    for i, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            codes.append(None if text in missing else reader(text))
        except ValueError:
            codes.append(None)
            bad[i] = True
    values = pa.array(codes, pa.string() if pa.types.is_dictionary(kind) else kind)
    unreadable = np.zeros(len(encoded), dtype=bool)
    if bad.any():
        unreadable = _mask(pa.array(bad).take(encoded.indices))
    return Labels(_take(values, encoded, kind), unreadable)


def to_text(column: pa.Array, nulls: Sequence[str] = ()) -> pa.Array:
    """Return clean text, dictionary encoded: no control characters, trimmed of '@' and blanks, not over-long."""
    encoded = as_dictionary(column)
    text = encoded.dictionary
    if pc.all(pc.ascii_is_printable(text), min_count=0).as_py() and _longest(text) <= MAX_TEXT:
        text = pc.ascii_trim(text, _TRIM)
    else:
        text = pc.replace_substring_regex(text, _CONTROL, "")
        text = pc.utf8_trim(pc.utf8_slice_codeunits(pc.utf8_trim(text, _TRIM), 0, MAX_TEXT), _TRIM)
    missing = pc.is_in(text, value_set=pa.array([*NULL_TEXTS, *nulls], pa.string()))
    return _take(_only(text, pc.invert(missing)), encoded, pa.dictionary(pa.int32(), pa.string()))


def nullable(values: npt.NDArray[Any], missing: Mask) -> pa.Array:
    """Return numbers of which some are missing, without a copy where they lie in one piece."""
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    whole = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [valid, whole])


def of_type(column: pa.Array | None, kind: pa.DataType, size: int) -> pa.Array:
    """Return a column in the type that is asked for; None becomes as many nulls."""
    if column is None:
        return pa.nulls(size, kind)
    return column if column.type == kind else column.cast(kind)


def without_null_texts(column: pa.Array, nulls: Sequence[str] = ()) -> pa.Array:
    """Return a column with null for the texts that mean it, as the CSV parser gives it."""
    column = as_string(column)
    if not pa.types.is_string(column.type):
        return column
    missing = pc.is_in(column, value_set=pa.array([*NULL_TEXTS, *nulls], column.type))
    return _only(column, pc.invert(missing))


def as_string(column: pa.Array) -> pa.Array:
    """Return a column of text in the one type of text that all else here expects; any other column as it is."""
    is_text = pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type)
    return pc.cast(column, pa.string()) if is_text else column


def plain(column: pa.Array) -> pa.Array:
    """Return a column without dictionary, of text as ``as_string`` does."""
    return as_string(column.dictionary_decode() if pa.types.is_dictionary(column.type) else column)


def as_dictionary(column: pa.Array) -> pa.DictionaryArray:
    """Return a column as text with each distinct value once."""
    if pa.types.is_dictionary(column.type):
        return column if column.type.value_type == pa.string() else as_dictionary(column.dictionary_decode())
    if pa.types.is_floating(column.type):  # 31.0 as "31": a column with missing values was made floating by its writer
        whole = to_ints(column)
        column = column if whole.unreadable.any() else pa.array(whole.values, mask=whole.values == NO_INT)
    return pc.dictionary_encode(pc.cast(column, pa.string()))


def _take(values: pa.Array, encoded: pa.DictionaryArray, kind: pa.DataType) -> pa.Array:
    """Put the new value of each distinct text where the text stood."""
    if not pa.types.is_dictionary(kind):
        return values.take(encoded.indices)
    again = pc.dictionary_encode(values)
    is_as_before = len(again.dictionary) == len(values)
    indices = pc.cast(encoded.indices if is_as_before else again.indices.take(encoded.indices), pa.int32())
    return pa.DictionaryArray.from_arrays(indices, again.dictionary, safe=False)


def _longest(text: pa.Array) -> int:
    return pc.max(pc.binary_length(text)).as_py() or 0


def _only(column: pa.Array, condition: pa.Array) -> pa.Array:
    return pc.if_else(condition, column, pa.scalar(None, column.type))


def _mask(array: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(array, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


def _numpy(array: pa.Array, missing: float) -> npt.NDArray[Any]:
    return pc.fill_null(array, missing).to_numpy(zero_copy_only=False)


def _nothing(size: int, dtype: type, missing: float) -> Numbers:
    return Numbers(np.full(size, missing, dtype=dtype), np.zeros(size, dtype=bool))


def _floats_to_ints(values: Floats) -> Numbers:
    whole = (values >= 0) & (values < 2.0**53) & (np.floor(values) == values)
    ints = np.full(len(values), NO_INT)
    ints[whole] = values[whole].astype(np.int64)
    return Numbers(ints, ~whole & ~np.isnan(values))
