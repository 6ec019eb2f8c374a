"""Every table between two stages: column, type, unit, null, meaning; and the check that a table is one.

The declarations are the documentation: ``darkships schema`` and the README print them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from darkships.errors import SchemaError

TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
LABEL = pa.dictionary(pa.int32(), pa.string())

AIS_CLASSES = ("A", "B", "BASE", "ATON", "SAR", "OTHER")
RECEIVERS = ("terrestrial", "satellite", "vessel", "unknown")


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


class FeedBatch(NamedTuple):
    """What a feed yields: three Arrow tables (POSITIONS without file_id, STATICS without file_id, QUARANTINE) and counts.

    ``duplicates`` counts rows dropped because an equal one is in this batch; ``rows_read`` counts every
    row or sentence seen. Nothing is dropped in silence, so
    ``rows_read = rows turned into positions or statics + duplicates + quarantined + skipped``.
    """

    positions: pa.Table
    statics: pa.Table
    quarantine: pa.Table
    rows_read: int
    duplicates: int
    skipped: dict[str, int]


def _c(name: str, type_: pa.DataType, doc: str, unit: str = "", *, null: bool = False) -> Column:
    return Column(name, type_, doc, unit, null)


POSITIONS = Table(
    "positions",
    "One row a message heard from a vessel. A row without lat and lon is a contact.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity as transmitted"),
        _c("timestamp", TIME, "time of the report", "UTC"),
        _c("lon", pa.float64(), "longitude WGS 84; null in a contact", "deg", null=True),
        _c("lat", pa.float64(), "latitude WGS 84; null in a contact", "deg", null=True),
        _c("sog", pa.float32(), "speed over ground", "kn", null=True),
        _c("cog", pa.float32(), "course over ground, true", "deg", null=True),
        _c("heading", pa.int16(), "true heading", "deg", null=True),
        _c("nav_status", pa.int8(), "navigational status, ITU-R M.1371 table 45; 15 is null", null=True),
        _c("msg_type", pa.int8(), "ITU-R M.1371 message number, where the feed tells it", null=True),
        _c("ais_class", LABEL, f"kind of station: {', '.join(AIS_CLASSES)}", null=True),
        _c("receiver", LABEL, f"who heard it: {', '.join(RECEIVERS)}"),
        _c("station", LABEL, "receiving station as the feed names it", null=True),
        _c("n_receptions", pa.uint16(), "equal reports merged into this one"),
        _c("flags", pa.uint32(), "bit set, see POSITION_FLAGS"),
        _c("file_id", pa.int32(), "source file in the catalog"),
        _c("offset", pa.int64(), "row (CSV, Parquet) or line (NMEA) in that file, counted from 1 after the header"),
    ),
    key=("mmsi", "timestamp"),
)

POSITION_FLAGS = {
    "position_accuracy_high": 1,
    "raim": 2,
    "zero_island": 4,  # exactly 0 N 0 E: a receiver default, not a place
    "out_of_range_position": 8,  # latitude or longitude impossible, not a sentinel: kept as a contact
    "placeholder_mmsi": 16,  # 0, 123456789, x00000000, repeated digits: kept, counted, never a ship
}

STATICS = Table(
    "statics",
    "One row an interval in which a vessel's static report did not change.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity as transmitted"),
        _c("timestamp", TIME, "first report of the interval", "UTC"),
        _c("last_seen", TIME, "last report of the interval", "UTC"),
        _c("n_reports", pa.int32(), "reports in the interval"),
        _c("imo", pa.int32(), "IMO number as transmitted, unchecked; 0 is null", null=True),
        _c("name", TEXT, "ship name, trimmed; typed by strangers", null=True),
        _c("callsign", TEXT, "call sign", null=True),
        _c("ship_type", pa.int16(), "ship and cargo type, ITU-R M.1371 table 53; 0 is null", null=True),
        _c("length_m", pa.float32(), "length over all; 0 is null", "m", null=True),
        _c("beam_m", pa.float32(), "beam; 0 is null", "m", null=True),
        _c("draught_m", pa.float32(), "draught; 0 is null", "m", null=True),
        _c("destination", TEXT, "destination as typed", null=True),
        _c("eta", TEXT, "estimated time of arrival as sent (MM-DD HH:MM, or with year where the feed has it)", null=True),
        _c("file_id", pa.int32(), "source file in the catalog"),
    ),
    key=("mmsi", "timestamp"),
)

QUARANTINE = Table(
    "quarantine",
    "One row a piece of input that could not be understood.",
    (
        _c("file", TEXT, "source file, with the member's name where it is an archive"),
        _c("offset", pa.int64(), "row or line in that file, counted from 1 after the header"),
        _c("reason", TEXT, "short code of the reason"),
        _c("detail", TEXT, "what was found and what was expected"),
        _c("raw", TEXT, "the piece itself, at most 500 characters"),
    ),
    key=("file", "offset"),
)

SITES = Table(
    "sites",
    "One row a watched place; a GeoDataFrame with its polygon in `geometry` (WGS 84).",
    (
        _c("site", TEXT, "unique name"),
        _c("site_group", TEXT, "name shared by sites too close to tell apart (else the site's own)"),
        _c("locode", TEXT, "UN/LOCODE without blank", null=True),
        _c("country", TEXT, "ISO 3166-1 alpha-2 of the port state", null=True),
        _c("kind", TEXT, "port, anchorage or naval"),
        _c("approach_lat", pa.float64(), "approach point on water", "deg"),
        _c("approach_lon", pa.float64(), "approach point on water", "deg"),
        _c("source", TEXT, "where the polygon and the point come from"),
    ),
    key=("site",),
)

TRACKS = Table(
    "tracks",
    "One row a fix of a track.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("timestamp", TIME, "time of the fix", "UTC"),
        _c("lat", pa.float64(), "latitude WGS 84", "deg"),
        _c("lon", pa.float64(), "longitude WGS 84", "deg"),
        _c("sog", pa.float32(), "speed over ground", "kn", null=True),
        _c("cog", pa.float32(), "course over ground, true", "deg", null=True),
        _c("nav_status", pa.int8(), "navigational status", null=True),
        _c("receiver", LABEL, "who heard it", null=True),
        _c("track_id", pa.int64(), "1000 x MMSI + number of the track within the MMSI"),
        _c("is_outlier", pa.bool_(), "split off: no track of the vessel could have been here then"),
    ),
    key=("mmsi", "timestamp"),
)

GAPS = Table(
    "gaps",
    "One row a silence of a track: no message heard for at least the minimum.",
    (
        _c("gap_id", TEXT, "stable: MMSI and the time of the last message before"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("track_id", pa.int64(), "the track that falls silent"),
        _c("off_timestamp", TIME, "last message before the silence", "UTC"),
        _c("off_lat", pa.float64(), "off fix: the last known position", "deg"),
        _c("off_lon", pa.float64(), "off fix: the last known position", "deg"),
        _c("off_sog_kn", pa.float32(), "speed over ground at the off fix", "kn", null=True),
        _c("off_cog_deg", pa.float32(), "course over ground at the off fix", "deg", null=True),
        _c("on_timestamp", TIME, "first message after the silence; null while open", "UTC", null=True),
        _c("on_lat", pa.float64(), "on fix: the first known position after", "deg", null=True),
        _c("on_lon", pa.float64(), "on fix: the first known position after", "deg", null=True),
        _c("on_sog_kn", pa.float32(), "speed over ground at the on fix", "kn", null=True),
        _c("on_cog_deg", pa.float32(), "course over ground at the on fix", "deg", null=True),
        _c("is_open", pa.bool_(), "no fix yet at as_of"),
        _c("duration_h", pa.float64(), "length of the silence; up to as_of while open", "h"),
        _c("distance_nm", pa.float64(), "great circle from off fix to on fix", "nm", null=True),
        _c("implied_speed_kn", pa.float64(), "distance over the time between the two fixes", "kn", null=True),
        _c("fixes_12h_before", pa.int32(), "fixes of the track in the 12 h before the off fix, itself included"),
        _c("fixes_12h_after", pa.int32(), "fixes of the track in the 12 h after the on fix, itself included"),
        _c("satellite_share_12h_before", pa.float32(), "share of these heard by satellite", null=True),
        _c("off_fix_timestamp", TIME, "time of the off fix; earlier than off_timestamp where contacts followed it", "UTC"),
        _c("on_fix_timestamp", TIME, "time of the on fix; later than on_timestamp where contacts came first", "UTC", null=True),
        _c("off_nav_status", pa.int8(), "navigational status at the off fix", null=True),
        _c("off_approach_lat", pa.float64(), "where the track was an hour before the off fix", "deg", null=True),
        _c("off_approach_lon", pa.float64(), "where the track was an hour before the off fix", "deg", null=True),
        _c("off_approach_h", pa.float64(), "how long before the off fix that was", "h", null=True),
        _c("on_departure_lat", pa.float64(), "where the track was an hour after the on fix", "deg", null=True),
        _c("on_departure_lon", pa.float64(), "where the track was an hour after the on fix", "deg", null=True),
        _c("on_departure_h", pa.float64(), "how long after the on fix that was", "h", null=True),
        _c("cruise_kn", pa.float64(), "the vessel's own cruising speed: median speed made good under way", "kn", null=True),
        _c("max_kn", pa.float64(), "the vessel's own high speed: 98th percentile of speed made good", "kn", null=True),
        _c("vessels_heard", pa.int32(), "other vessels heard near the two ends during the silence"),
    ),
    key=("mmsi", "off_timestamp", "track_id"),
)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame whose strings and missing values are what pandas makes by default."""
    return table.to_pandas(split_blocks=True)


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
    return frame.__class__({**columns, **rest}, index=frame.index)


def _cast(series: pd.Series, column: Column) -> tuple[pd.Series, str]:
    """Cast one column to the pandas type of its declaration; a problem is told, not raised."""
    kind = column.type
    try:
        if pa.types.is_timestamp(kind):
            if not isinstance(series.dtype, pd.DatetimeTZDtype):
                return series, f"column {column.name!r} has type {series.dtype}, expected time-zone-aware UTC times"
            return series.dt.tz_convert("UTC").dt.as_unit("us"), ""
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
            dtype = np.dtype(kind.to_pandas_dtype())
            if column.nullable and dtype.kind in "iu" and bool(series.isna().any()):
                dtype = np.dtype("float64")
            return series.astype(dtype), ""
    except (TypeError, ValueError, OverflowError) as error:
        return series, f"column {column.name!r} has type {series.dtype}, expected {kind}: {error}"
    return series, ""
