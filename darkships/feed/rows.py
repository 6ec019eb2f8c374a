"""From source rows to positions, static reports and quarantine: the rules that hold for every tabular feed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from darkships.feed import codes, statics
from darkships.feed.casts import (
    NO_INT,
    Floats,
    Ints,
    Labels,
    Mask,
    Numbers,
    as_dictionary,
    nullable,
    of_type,
    to_codes,
    to_floats,
    to_ints,
    to_text,
)
from darkships.feed.derived import TRUTHS, derive
from darkships.feed.dialects import REQUIRED, Dialect
from darkships.feed.doubts import Doubts
from darkships.feed.times import naive, to_times
from darkships.kernels.identity import MMSI_RANGE
from darkships.schema import LABEL, POSITIONS, QUARANTINE, FeedBatch
from darkships.units import US_PER_H

POSITION_SCHEMA = pa.schema([f for f in POSITIONS.arrow if f.name != "file_id"])
"""POSITIONS as a feed gives it: the file's number is the store's to know."""

RAW_SIZE = 500

CODED: Mapping[str, tuple[codes.Reader, pa.DataType]] = {
    "nav_status": (codes.nav_status, pa.int8()),
    "msg_type": (codes.msg_type, pa.int8()),
    "ais_class": (codes.ais_class, LABEL),
    "receiver": (codes.receiver, LABEL),
    "imo": (codes.imo, pa.int32()),
    "ship_type": (codes.ship_type, pa.int16()),
    "epfd": (codes.epfd, pa.int8()),
    **dict.fromkeys(TRUTHS, (codes.truth, pa.int8())),
}
TEXTS = (*CODED, "name", "callsign", "destination", "eta", "station")
"""Columns that are read as text; the others are numbers and the time."""

_MEASURED: Mapping[str, tuple[float, float]] = {
    "sog": (0.0, 1022.5),
    "cog": (0.0, 360.0),
    "heading": (0.0, 360.0),
    "length_m": (0.05, 1023.0),
    "beam_m": (0.05, 127.0),
    "draught_m": (0.05, 50.0),
    "rot_deg_min": (-709.0, 709.0),
    "rot_ais": (-128.0, 256.0),
    "utc_second": (0.0, 60.0),
    **dict.fromkeys(("to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m"), (0.0, 512.0)),
    "ais_version": (0.0, 4.0),
    "mothership_mmsi": (1.0, 1e9),
    "eta_packed": (0.0, float(1 << 20)),
    **dict.fromkeys(("eta_month", "eta_day", "eta_hour", "eta_minute"), (0.0, 61.0)),
}
"""Values from the first up to the second are kept; below and above mean "not available" (ITU-R M.1371: 360, 511, 0)."""

_WHOLE = ("utc_second", "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m", "ais_version", "mothership_mmsi")
_FLOAT32_DECIMALS = 5  # about the last that 32 bits hold of a longitude
_OWN = (*REQUIRED, "millisecond")
"""Columns that are read for every row, before the others."""

REASONS = ("", "mmsi", "time", "latitude", "longitude", "position")
"""Why a row is refused, by number; 0 is not refused."""


class Reject(NamedTuple):
    """A piece of input that could not be understood."""

    offset: int
    reason: str
    detail: str
    raw: str


@dataclass
class Chunk:
    """Some rows as the source has them: our column names, its values."""

    columns: Mapping[str, pa.Array]
    offsets: Ints
    raw: Callable[[int], str]
    """The source text of a row of the chunk."""
    rejects: list[Reject] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    shared: Mapping[str, pa.Array] = field(default_factory=dict)
    """Columns whose values many rows have in common: row i has the one at ``share[i]``."""
    share: npt.NDArray[Any] | None = None
    odd: "Chunk | None" = None
    """Rows of the same stretch of the source that had to be read in another way."""

    @property
    def rows_read(self) -> int:
        """Rows of the source that the chunk accounts for."""
        own = len(self.offsets) + len(self.rejects) + sum(self.skipped.values())
        return own + (self.odd.rows_read if self.odd is not None else 0)


@dataclass
class Context:
    """What stays the same for all chunks of a stream, and what they add up."""

    dialect: Dialect
    where: str
    receiver: str
    time_form: str
    notes: Counter[str] = field(default_factory=Counter)
    """What the user should know, with the number of rows."""
    between_us: tuple[int, int] = statics.ALWAYS
    """Of which times static reports are wanted."""

    def __post_init__(self) -> None:
        """Begin without any doubt."""
        self.doubts = Doubts(self.where)


class _Reports(NamedTuple):
    """The good rows of a chunk."""

    own: Mapping[str, npt.NDArray[Any]]
    """MMSI, time, place and row number of each."""
    values: Mapping[str, pa.Array]
    """What else each says of its position."""
    said: Mapping[str, pa.Array]
    share: Ints
    """What row i says of its identity stands at share[i] of each column of ``said``."""


def to_batch(chunk: Chunk, context: Context) -> FeedBatch:
    """Sort a chunk's rows into positions (contacts among them) and quarantine, and draw the static reports out."""
    parts = [chunk] if chunk.odd is None else [chunk, chunk.odd]
    rejects = [reject for part in parts for reject in part.rejects]
    reports = _joined([_reports(part, context, rejects) for part in parts])
    own = reports.own
    return FeedBatch(
        position_table(own, reports.values, context.receiver),
        statics.intervals(own["mmsi"], own["timestamp"], reports.said, reports.share, context.between_us),
        quarantine_table(rejects, context.where),
        chunk.rows_read,
        dict(sum((part.skipped for part in parts), Counter())),
    )


def _reports(chunk: Chunk, context: Context, rejects: list[Reject]) -> _Reports:
    """Judge the rows of a chunk: the good ones, and the others among the rejects."""
    mmsi = to_ints(_own(chunk, "mmsi", context)).values
    us = _times(chunk, context)
    lat, lon = (_number(_own(chunk, name, context), name, context) for name in ("lat", "lon"))
    if "lat" in chunk.columns:
        context.doubts.look(lat, lon, chunk.columns["lat"], context.dialect.decimal)
    reasons = _judge(mmsi, us, lat, lon)
    good = np.flatnonzero(reasons == 0)
    rejects += _rejects(chunk, reasons, context)
    own = {"mmsi": mmsi, "timestamp": us, "lat": lat.values, "lon": lon.values, "offset": chunk.offsets}
    if len(good) < len(mmsi):
        own = {name: values[good] for name, values in own.items()}
    own["lat"], own["lon"] = _place(own["lat"], own["lon"])
    values = _optional(chunk.columns, good, context)
    said = {name: values.pop(name) for name in statics.FIELDS if name in values}
    if chunk.share is None:
        return _Reports(own, values, said, np.arange(len(good)))
    share = chunk.share[good] if len(good) < len(mmsi) else chunk.share
    common = _optional(chunk.shared, share, context, once=True)
    values |= {name: column.take(pa.array(share)) for name, column in common.items() if name not in statics.FIELDS}
    common = {name: column for name, column in common.items() if name in statics.FIELDS}
    if not said:
        return _Reports(own, values, common, share)
    said |= {name: column.take(pa.array(share)) for name, column in common.items()}
    return _Reports(own, values, said, np.arange(len(good)))


def _joined(parts: Sequence[_Reports]) -> _Reports:
    """Put the rows of parts together, in the order of the source."""
    parts = [part for part in parts if len(part.share)] or list(parts[:1])
    if len(parts) == 1:
        return parts[0]
    first, second = parts
    own = {name: np.concatenate([first.own[name], second.own[name]]) for name in first.own}
    order = np.argsort(own["offset"], kind="stable")
    values = {name: _concat(first.values[name], second.values[name]).take(pa.array(order)) for name in first.values}
    said = {name: _concat(first.said[name], second.said[name]) for name in first.said}
    before = len(next(iter(first.said.values()), []))
    share = np.concatenate([first.share, second.share.astype(np.int64) + before])[order]
    return _Reports({name: column[order] for name, column in own.items()}, values, said, share)


def _concat(*arrays: pa.Array) -> pa.Array:
    return pa.chunked_array(arrays).unify_dictionaries().combine_chunks()


def position_table(own: Mapping[str, npt.NDArray[Any]], values: Mapping[str, pa.Array], receiver: str) -> pa.Table:
    """Put positions together: what every report has, what this feed has, and null or the default for the rest."""
    size = len(own["mmsi"])
    arrays = {name: pa.array(array) for name, array in own.items()} | dict(values)
    arrays |= {name: nullable(own[name], np.isnan(own[name])) for name in ("lon", "lat")}
    by_mmsi = class_by_mmsi(own["mmsi"])
    if by_mmsi.null_count < size or "ais_class" not in arrays:
        arrays["ais_class"] = _first(by_mmsi, arrays.get("ais_class"))
    by_default = pa.DictionaryArray.from_arrays(np.zeros(size, np.int32), [receiver], safe=False)
    arrays["receiver"] = _first(arrays["receiver"], by_default) if "receiver" in arrays else by_default
    for name, value in (("n_receptions", 1), ("reception_span_ms", 0), ("flags", 0)):
        arrays.setdefault(name, pa.array(np.full(size, value, POSITION_SCHEMA.field(name).type.to_pandas_dtype())))
    columns = [of_type(arrays.get(f.name), f.type, size) for f in POSITION_SCHEMA]
    return pa.Table.from_arrays(columns, schema=POSITION_SCHEMA)


def class_by_mmsi(mmsi: Ints) -> pa.DictionaryArray:
    """Return the kind of station that a number's leading digits tell (ITU-R M.585); null for ships."""
    rows = np.flatnonzero((mmsi < 200_000_000) | (mmsi >= 800_000_000))
    if not len(rows):
        return pa.nulls(len(mmsi), pa.dictionary(pa.int32(), pa.string()))
    few = mmsi[rows]
    kinds = {
        "BASE": (few >= 2_010_000) & (few < 7_760_000),
        "SAR": few // 1_000_000 == 111,
        "OTHER": np.isin(few // 1_000_000, (970, 972, 974)),
        "ATON": few // 10_000_000 == 99,
    }
    found = np.full(len(mmsi), -1, np.int32)
    found[rows] = np.select(list(kinds.values()), range(len(kinds)), default=-1)
    return pa.DictionaryArray.from_arrays(pa.array(found, mask=found < 0), list(kinds))


def quarantine_table(rejects: Sequence[Reject], where: str) -> pa.Table:
    """Return rejects as a QUARANTINE table, in the source's order."""
    ordered = sorted(rejects)
    columns = {"file": [where] * len(ordered), **{n: [getattr(r, n) for r in ordered] for n in ("offset", "reason")}}
    columns["detail"] = [printable(r.detail) for r in ordered]
    columns["raw"] = [printable(r.raw)[:RAW_SIZE] for r in ordered]
    return pa.table(columns, schema=QUARANTINE.arrow)


def printable(text: str) -> str:
    """Return hostile text without what a terminal or a database could stumble over."""
    text = text[:RAW_SIZE]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)


def _judge(mmsi: Ints, us: Ints, lat: Numbers, lon: Numbers) -> npt.NDArray[np.int64]:
    """Return for each row the number of the reason to refuse it, 0 for none."""
    identified = (mmsi == 0) | ((mmsi >= MMSI_RANGE[0]) & (mmsi <= MMSI_RANGE[1]))
    half = np.isnan(lat.values) != np.isnan(lon.values)
    outside = (np.abs(lat.values) > 90) | (np.abs(lon.values) > 180) | half
    outside &= ~_unavailable(lat.values, lon.values)
    return np.select([~identified, us == NO_INT, lat.unreadable, lon.unreadable, outside], range(1, len(REASONS)))


def _unavailable(lat: Floats, lon: Floats) -> Mask:
    """Tell where a sentinel stands instead of a place; DMA writes 91 and 0."""
    return (np.abs(lat) == 91) | (np.abs(lon) == 181)


def _place(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    contact = _unavailable(lat, lon)
    return np.where(contact, np.nan, lat), np.where(contact, np.nan, lon)


def _source(column: pa.Array, name: str, context: Context) -> pa.Array:
    """Return a source column; of a text that holds more than the value, the value."""
    pattern = context.dialect.extract.get(name)
    if pattern is None:
        return column
    parts = pc.extract_regex(as_dictionary(column).dictionary_decode(), pattern)
    return pc.struct_field(parts, "value")


def _own(chunk: Chunk, name: str, context: Context) -> pa.Array:
    """Return a column of the chunk, of nothing where there is none."""
    column = chunk.columns.get(name)
    return pa.nulls(len(chunk.offsets)) if column is None else _source(column, name, context)


def _number(column: pa.Array, name: str, context: Context) -> Numbers:
    """Read a column of numbers in our unit; 32-bit coordinates get the decimals back that they were made of."""
    numbers = _scaled(to_floats(column, context.dialect.decimal), name, context)
    if pa.types.is_float32(column.type):
        return numbers._replace(values=np.round(numbers.values, _FLOAT32_DECIMALS))
    return numbers


def _scaled(numbers: Numbers, name: str, context: Context) -> Numbers:
    divisor = context.dialect.divisors.get(name)
    return numbers if divisor is None else numbers._replace(values=numbers.values / divisor)


def _times(chunk: Chunk, context: Context) -> Ints:
    source = _own(chunk, "timestamp", context)
    us = to_times(source, context.time_form).values
    if context.dialect.zone_h:
        us = np.where(naive(source) & (us != NO_INT), us - round(context.dialect.zone_h * US_PER_H), us)
    if "millisecond" not in chunk.columns:
        return us
    fraction = np.nan_to_num(_number(_own(chunk, "millisecond", context), "millisecond", context).values)
    fraction = np.where((fraction >= 0) & (fraction < 1000), fraction, 0)
    return np.where(us != NO_INT, us + np.rint(fraction * 1000).astype(np.int64), us)


def _optional(
    columns: Mapping[str, pa.Array], rows: npt.NDArray[Any], context: Context, *, once: bool = False
) -> dict[str, pa.Array]:
    """Read the columns that a report can do without; a cell that cannot be read becomes null and is counted.

    Returned are the values of ``rows``; or, with ``once``, all values, of which the rows each take one.
    """
    values: dict[str, pa.Array] = {}
    for name, column in columns.items():
        if name in _OWN:
            continue
        source = _source(column, name, context)
        kept = source if once or len(rows) == len(source) else source.take(pa.array(rows))
        if name in CODED:
            values[name], unreadable = to_codes(kept, *CODED[name], context.dialect.nulls)
        elif name in _MEASURED:
            numbers = to_floats(kept, context.dialect.decimal)
            values[name], unreadable = _measured(name, _scaled(numbers, name, context), context.dialect.zeros)
        else:
            values[name] = to_text(kept, context.dialect.nulls)
            continue
        count = int(unreadable[rows].sum() if once and unreadable.any() else unreadable.sum())
        if count:
            context.notes[f"{name} could not be read and was left out"] += count
    size = len(next(iter(columns.values()), [])) if once else len(rows)
    if not once:
        for name, text in context.dialect.constants.items():
            values.setdefault(name, pa.array([text] * size).dictionary_encode())
    return derive(values, size, context.dialect.time_form)


def _measured(name: str, numbers: Numbers, zeros: Sequence[str]) -> Labels:
    low, high = _MEASURED[name]
    values = numbers.values
    known = (values >= low) & (values < high) & ((values != 0) | (name not in zeros))
    if name == "sog":
        known &= np.abs(values - 102.3) > 0.01
    if name == "heading":
        values = np.where(known, np.rint(values), 0).astype(np.int16)
        values[values == 360] = 0
    elif name in _WHOLE:
        values = np.rint(values)
    return Labels(pa.array(values, mask=~known), numbers.unreadable)


def _first(*choices: pa.Array | None) -> pa.DictionaryArray:
    """Return, cell by cell, the first label that there is."""
    labels: dict[str, int] = {}
    found = np.full(len(next(choice for choice in choices if choice is not None)), -1, np.int32)
    for choice in choices:
        if choice is None:
            continue
        encoded = choice if pa.types.is_dictionary(choice.type) else choice.dictionary_encode()
        codes = [-1 if t is None else labels.setdefault(t, len(labels)) for t in encoded.dictionary.to_pylist()]
        indices = pc.fill_null(encoded.indices, len(codes)).to_numpy(zero_copy_only=False)
        found = np.where(found < 0, np.array([*codes, -1], np.int32)[indices], found)
    return pa.DictionaryArray.from_arrays(pa.array(found, mask=found < 0), pa.array(list(labels), pa.string()))


def _rejects(chunk: Chunk, reasons: npt.NDArray[np.int64], context: Context) -> list[Reject]:
    """Describe the rows that were refused."""
    rejects = []
    for i in np.flatnonzero(reasons).tolist():
        found = {name: chunk.columns[name][i].as_py() if name in chunk.columns else None for name in REQUIRED}
        reason = REASONS[reasons[i]]
        detail = _detail(reason, found, context.notes)
        rejects.append(Reject(int(chunk.offsets[i]), reason, detail, chunk.raw(i)))
    return rejects


def _detail(reason: str, found: Mapping[str, Any], notes: Counter[str]) -> str:
    """Say what was found and what was expected, and note what holds for the whole feed."""
    if reason == "mmsi":
        text = str(found["mmsi"])
        if "e" in text.lower() and text[:1].isdigit():
            notes["MMSI in scientific notation, its digits are lost: export the column as text"] += 1
        return f"MMSI {text!r}; expected 0 or a whole number of seven to nine digits"
    if reason == "time":
        return f"time {str(found['timestamp'])!r}; expected a time from 1990 to 2099"
    if reason in {"latitude", "longitude"}:
        return f"{reason} {found[reason[:3]]!r}; expected degrees as a decimal number"
    return f"latitude {found['lat']}, longitude {found['lon']}; expected both, within 90 and 180 degrees"
