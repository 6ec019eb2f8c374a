"""How a table is declared, and the check that a frame is one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from darkships.errors import SchemaError


@dataclass(frozen=True)
class Column:
    """One declared column."""

    name: str
    type: pa.DataType
    doc: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One declared table; ``key`` names the columns it is sorted by."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Column names in declared order."""
        return [column.name for column in self.columns]

    @property
    def arrow(self) -> pa.Schema:
        """The declaration as an Arrow schema."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def empty(self) -> pd.DataFrame:
        """Return a frame with the declared columns and no rows."""
        return to_pandas(self.arrow.empty_table())


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame whose strings and missing values are what pandas makes by default."""
    frame: pd.DataFrame = table.to_pandas(split_blocks=True)
    return frame


def validate(frame: pd.DataFrame, table: Table, *, where: str = "") -> pd.DataFrame:
    """Check a frame against a declaration and return it in declared column order, extra columns last.

    Parameters
    ----------
    frame
        Any frame; nothing of it is changed.
    table
        The declaration to hold it against.
    where
        What the frame is, for the message.

    Raises
    ------
    SchemaError
        With every problem at once: missing columns, missing values where none may be, types that cannot be cast.

    """
    problems = [f"column {c.name!r} is missing ({c.doc})" for c in table.columns if c.name not in frame]
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name not in frame:
            continue
        series, problem = _cast(frame[column.name], column)
        columns[column.name] = series
        if problem:
            problems.append(problem)
        elif not column.nullable and bool(series.isna().any()):
            problems.append(f"column {column.name!r} has {int(series.isna().sum())} missing values, expected none")
    if problems:
        raise SchemaError(f"{where or 'table'} is not a {table.name} table: " + "; ".join(problems))
    rest = {name: frame[name] for name in frame.columns if name not in columns}
    return frame.__class__({**columns, **rest}, index=frame.index, copy=False)


def _cast(series: pd.Series, column: Column) -> tuple[pd.Series, str]:
    """Cast one column to the pandas type of its declaration; a problem is told, not raised."""
    kind = column.type
    try:
        if pa.types.is_timestamp(kind):
            if not isinstance(series.dtype, pd.DatetimeTZDtype):
                return series, f"column {column.name!r} has type {series.dtype}, expected time-zone-aware UTC times"
            if str(series.dtype) == "datetime64[us, UTC]":
                return series, ""
            return series.dt.tz_convert("UTC").dt.as_unit("us"), ""
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
            return _cast_number(series, column)
    except (TypeError, ValueError, OverflowError) as error:
        return series, f"column {column.name!r} has type {series.dtype}, expected {kind}: {error}"
    return series, ""


def _cast_number(series: pd.Series, column: Column) -> tuple[pd.Series, str]:
    """Cast to the declared NumPy type; a whole number that does not survive it is told."""
    dtype = np.dtype(column.type.to_pandas_dtype())
    if column.nullable and bool(series.isna().any()):
        # Neither integers nor truth values of NumPy have a missing value.
        return series.astype({"i": "float64", "u": "float64", "b": "boolean"}.get(dtype.kind, dtype)), ""
    with np.errstate(invalid="ignore"):  # a number far out of range; found below
        cast = series.astype(dtype)
    if dtype.kind in "iu" and series.dtype != dtype and pd.api.types.is_numeric_dtype(series.dtype):
        changed = (cast != series).to_numpy(bool)
        if changed.any():
            return series, f"column {column.name!r} holds {series[changed].iloc[0]}, which no {column.type} can be"
    return cast, ""


def time_us(times: pd.Series) -> np.ndarray:
    """Return time-zone-aware UTC times as int64 microseconds since 1970.

    Raises
    ------
    SchemaError
        If the column holds anything else.

    """
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise SchemaError(f"column {times.name!r} has type {times.dtype}, expected time-zone-aware UTC times")
    if times.dt.unit != "us":
        times = times.dt.as_unit("us")
    return times.to_numpy("datetime64[us]").view(np.int64)
