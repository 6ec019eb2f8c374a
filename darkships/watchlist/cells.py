"""Cells of any declared table as text that is the same byte for byte: fixed digits, ISO times, safe strings."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from darkships.schema import TABLES, Column
from darkships.watchlist.text import safe_text

_DIGITS = (
    (re.compile(r"(^|_)(lat|lon)$"), 5),  # about a metre
    (re.compile(r"^(probability|prior|p_.*)$|_share_|^satellite_share"), 4),
    (re.compile(r"_(nm|h)$"), 2),
    (re.compile(r"_round_trips(_low|_high)?$"), 2),
    (re.compile(r"_(kn|deg|db)$|^(sog|cog)$"), 1),
    (re.compile(r"_m$"), 1),
)
_DEFAULT_DIGITS = 4


def digits_of(name: str) -> int:
    """Return how many decimals a column is written with."""
    return next((digits for pattern, digits in _DIGITS if pattern.search(name)), _DEFAULT_DIGITS)


def declared_columns(names: list[str]) -> dict[str, Column]:
    """Return the declarations that hold for a frame's columns: those of the largest declared table that it contains."""
    found = [table.columns for table in TABLES.values() if set(table.names) <= set(names)]
    return {column.name: column for column in max(found, key=len, default=())}


def text_cells(series: "pd.Series[Any]", declared: Column | None, clean: Callable[[str], str]) -> np.ndarray:
    """Return a column as an array (n,) of text; missing is empty.

    Parameters
    ----------
    series
        The column.
    declared
        Its declaration: a whole number stays one although pandas holds it as a float for its missing values.
    clean
        What strings go through.

    """
    out = np.full(len(series), "", object)
    known = series.notna().to_numpy()
    values = series[known]
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        out[known] = _times(values)
    elif pd.api.types.is_bool_dtype(series.dtype) or (declared is not None and pa.types.is_boolean(declared.type)):
        out[known] = np.where(values.astype(bool), "true", "false")
    elif pd.api.types.is_integer_dtype(series.dtype) or (declared is not None and pa.types.is_integer(declared.type)):
        out[known] = values.astype(np.int64).astype(str)
    elif pd.api.types.is_float_dtype(series.dtype):
        digits = digits_of(str(series.name))
        code, numbers = pd.factorize(values.to_numpy(np.float64))
        out[known] = np.array([_number(value, digits) for value in numbers.tolist()], object)[code]
    else:
        code, different = pd.factorize(values.astype(object))
        out[known] = np.array([clean(str(text)) for text in different], object)[code]
    return out


def json_texts(series: "pd.Series[Any]", declared: Column | None) -> list[str]:
    """Return a column as JSON: the numbers are those of :func:`text_cells`, missing is null."""
    texts = text_cells(series, declared, safe_text)
    kind = declared.type if declared is not None else None
    as_json: Callable[[str], str] = _number_json if pd.api.types.is_numeric_dtype(series.dtype) else _text_json
    if pd.api.types.is_bool_dtype(series.dtype) or (kind is not None and pa.types.is_boolean(kind)):
        as_json = str
    code, different = pd.factorize(texts)
    cells = np.array([as_json(text) for text in different], object)[code]
    found: list[str] = np.where(series.notna(), cells, "null").tolist()
    return found


def _times(times: "pd.Series[Any]") -> np.ndarray:
    """Return ISO 8601 with Z, to the second, or to the microsecond where the second is not whole."""
    utc = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
    whole = utc.astype("datetime64[s]")
    text = np.where(whole == utc, np.datetime_as_string(whole), np.datetime_as_string(utc))
    return np.char.add(text, "Z").astype(object)


def _number(value: float, digits: int) -> str:
    """Return a number with its fixed digits; what rounds to zero has no sign."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if text[0] == "-" and not text.strip("-0.") else text


_text_json = json.JSONEncoder(ensure_ascii=False).encode


def _number_json(text: str) -> str:
    """Return the number that a text is as JSON has it, which knows no infinity."""
    if text in {"", "inf", "-inf"}:
        return "null"
    return repr(float(text)) if "." in text else text
