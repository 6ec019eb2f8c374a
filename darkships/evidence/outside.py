"""AIS gaps that others report: Global Fishing Watch events, AIS-off events and pipe-gaps tables."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from darkships.errors import FeedError
from darkships.schema import OUTSIDE_GAPS, validate

MOST_BYTES = 256 * 1024 * 1024
"""A list of events is read whole; a larger one must be cut to the vessels of interest."""

_GFW = "Global Fishing Watch"
_FORMS: Mapping[str, Mapping[str, str]] = {
    f"{_GFW} gap event": {
        "event_id": "id",
        "mmsi": "vessel.ssvid",
        "off_timestamp": "start",
        "on_timestamp": "end",
        "off_lat": "gap.offPosition.lat",
        "off_lon": "gap.offPosition.lon",
        "on_lat": "gap.onPosition.lat",
        "on_lon": "gap.onPosition.lon",
        "duration_h": "gap.durationHours",
        "intentional": "gap.intentionalDisabling",
    },
    f"{_GFW} AIS-off event": {
        "event_id": "gap_id",
        "mmsi": "mmsi",
        "off_timestamp": "gap_start_timestamp",
        "on_timestamp": "gap_end_timestamp",
        "off_lat": "gap_start_lat",
        "off_lon": "gap_start_lon",
        "on_lat": "gap_end_lat",
        "on_lon": "gap_end_lon",
        "duration_h": "gap_hours",
    },
    f"{_GFW} gap (pipe-gaps)": {
        "event_id": "gap_id",
        "mmsi": "ssvid",
        "off_timestamp": "start_timestamp",
        "on_timestamp": "end_timestamp",
        "off_lat": "start_lat",
        "off_lon": "start_lon",
        "on_lat": "end_lat",
        "on_lon": "end_lon",
        "duration_h": "duration_h",
    },
}
"""Sources, and where they have our columns; AIS-off events are intentional by what they are."""

_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def read_outside_gaps(path: Path) -> tuple[pd.DataFrame, int]:
    """Read a file of gap events, JSON (one, a list, ``entries``, or one a line) or CSV.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pandas.DataFrame, int
        An OUTSIDE_GAPS table, and how many entries were left out: events of other types, or without vessel or start.

    Raises
    ------
    FeedError
        When the file cannot be read, is too large, or holds no gap event.

    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FeedError(f"{path} has {size:,} bytes; expected at most {MOST_BYTES:,}: keep the vessels of interest")
        content = path.read_bytes()
    except OSError as error:
        raise FeedError(f"{path} cannot be read: {error.strerror or error}") from error
    rows = pd.DataFrame.from_records([_flat(entry) for entry in _entries(content, path)], coerce_float=False)
    source = next(
        (name for name, form in _FORMS.items() if {form["off_timestamp"], form["off_lat"]} <= set(rows)), None
    )
    if source is None:
        raise FeedError(
            f"{path} holds no gap events; expected those of Global Fishing Watch (API, AIS-off events or pipe-gaps). "
            f"Found: {', '.join(map(str, rows.columns))[:300]!r}"
        )
    found = _table(rows, source)
    good = found[["mmsi", "off_timestamp", "off_lat"]].notna().all(axis=1)  # a port visit has no place of its silence
    kept = found[good].sort_values(list(OUTSIDE_GAPS.key), ignore_index=True)
    return validate(kept.astype({"mmsi": np.int64}), OUTSIDE_GAPS, where=str(path)), int((~good).sum())


def _entries(content: bytes, path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of a JSON document or of a CSV file."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in {b"{", b"["}:
        yield from _csv(content, path)
        return
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        told = _lines(content, path)
    if isinstance(told, dict):
        told = told.get("entries", [told])
    for entry in told if isinstance(told, list) else []:
        if isinstance(entry, dict):
            yield entry


def _lines(content: bytes, path: Path) -> list[Any]:
    try:
        return [json.loads(line) for line in content.decode("utf-8-sig").splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{path} is damaged JSON ({error}); fetch it again") from error


def _csv(content: bytes, path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        table = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise FeedError(f"{path} is neither JSON nor CSV ({error}); expected gap events") from error
    yield from ({str(name): value for name, value in row.items()} for row in table.to_dict("records"))


def _flat(entry: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of an entry by path, three deep: no event needs more."""
    flat: dict[str, Any] = {}
    for key, value in entry.items():
        if isinstance(value, dict) and prefix.count(".") < 2:
            flat |= _flat(value, f"{prefix}{key}.")
        elif not isinstance(value, dict | list):
            flat[f"{prefix}{key}"] = value
    return flat


def _table(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return the rows as our columns; what cannot be read, and the empty text of an open event, is missing."""
    form = _FORMS[source]
    made = pd.DataFrame(index=rows.index)
    for column in OUTSIDE_GAPS.columns:
        told = rows.get(form.get(column.name, ""), pd.Series(None, index=rows.index, dtype=object))
        if column.name.endswith("_timestamp"):
            made[column.name] = _times(told)
        elif column.name in {"event_id", "source"}:
            made[column.name] = told.astype(str)
        elif column.name == "intentional":
            made[column.name] = told.astype(str).str.lower().map(_TRUTHS).astype("boolean")
        else:
            made[column.name] = pd.to_numeric(told, errors="coerce").astype(np.float64)
    made["source"] = source
    made.loc[~made["mmsi"].between(1, 999_999_999) | (made["mmsi"] % 1 != 0), "mmsi"] = np.nan
    if "AIS-off" in source:
        made["intentional"] = pd.array([True] * len(made), "boolean")
    return made


def _times(told: pd.Series) -> pd.Series:
    """Read times in ISO 8601 or as seconds since 1970."""
    seconds = pd.to_numeric(told, errors="coerce")
    texts = told.astype(str).str.removesuffix(" UTC")
    found = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601").dt.as_unit("us")
    return found.mask(seconds.notna(), pd.to_datetime(seconds, unit="s", utc=True, errors="coerce").dt.as_unit("us"))
