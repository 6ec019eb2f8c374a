"""Times in all the forms that feeds write them, as microseconds since 1970 UTC."""

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.casts import NO_INT, Ints, Mask, Numbers, plain, to_codes, to_floats, to_ints
from darkships.units import EARLIEST_S, LATEST_S, US_PER_S

_CLOCK = (
    r"(?P<h>\d{1,2}):?(?P<i>\d{2})(?::?(?P<s>\d{2}))?(?:[.,](?P<fraction>\d{1,9}))?"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>[+-]\d{2}:?\d{2})?"
)
_TAIL = r"[T_ ]\s*" + _CLOCK + r"\s*(?:Z|UTC|GMT)?\s*$"
_PATTERNS = {
    "iso": r"^\s*(?P<y>\d{4})[-/.]?(?P<m>\d{2})[-/.]?(?P<d>\d{2})" + _TAIL,
    "dmy": r"^\s*(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})" + _TAIL,
    "mdy": r"^\s*(?P<m>\d{1,2})[/.](?P<d>\d{1,2})[/.](?P<y>\d{4})" + _TAIL,
}
_SLASHES = r"^\s*(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.]\d{4}[T_ ]"
_DATE_AND_CLOCK = r"^.{6,12}\d:\d\d"
_ZONED = r"(?:[Zz]|UTC|GMT|[+-]\d{2}:?\d{2})\s*$"
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")


def to_times(column: pa.Array, form: str) -> Numbers:
    """Read a column of times; times without a zone are UTC.

    Parameters
    ----------
    column
        Timestamps, numbers (seconds, milli-, micro- or nanoseconds since 1970, by magnitude; or YYYYMMDDHHMMSS) or
        text.
    form
        How text writes dates: "iso", "dmy" or "mdy". Text that is a number is read as one.

    """
    column = plain(column)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        us = _microseconds(pc.cast(column, pa.timestamp("us", getattr(column.type, "tz", None)), safe=False))
    elif pa.types.is_integer(column.type):
        us = _epochs(to_ints(column).values)
    elif pa.types.is_floating(column.type):
        us = _epochs(to_floats(column).values)
    else:
        us = _texts(pc.cast(column, pa.string()), form)
    us = np.where((us >= EARLIEST_S * US_PER_S) & (us < LATEST_S * US_PER_S), us, NO_INT)
    return Numbers(us, (us == NO_INT) & column.is_valid().to_numpy(zero_copy_only=False))


def decide_form(column: pa.Array, where: str) -> str:
    """Find out how a column writes its dates: day or month first only by a field above 12.

    Raises
    ------
    FeedError
        When dates with slashes do not show their order, or no time of the column can be read.

    """
    texts = plain(column).drop_null()
    if not pa.types.is_string(texts.type) or not len(texts):
        return "iso"
    sample = repr(str(texts[0].as_py())[:40])
    parts = pc.extract_regex(texts, _SLASHES).drop_null()
    if len(parts):
        first, second = (pc.max(pc.cast(pc.struct_field(parts, name), pa.int32())).as_py() for name in ("a", "b"))
        if (first > 12) != (second > 12):
            return "dmy" if first > 12 else "mdy"
        doubt = "day first and month first both occur" if first > 12 else "no field above 12 tells day from month"
        raise FeedError(
            f"{where}: dates like {sample} do not show their order ({doubt}); "
            "name the time column as timestamp_dmy=COLUMN or timestamp_mdy=COLUMN in --map"
        )
    if (to_times(texts, "iso").values == NO_INT).all():
        raise FeedError(
            f"{where}: times like {sample} are not understood; expected YYYY-MM-DD HH:MM:SS "
            "(T, fraction and zone allowed), dates with slashes, or seconds or milliseconds since 1970"
        )
    return "iso"


def count_naive(column: pa.Array) -> int:
    """Count the times of a column that are written as a date without a zone."""
    return int(naive(column).sum())


def naive(column: pa.Array) -> Mask:
    """Tell which times of a column are written as a date without a zone."""
    column = plain(column)
    if pa.types.is_timestamp(column.type):
        found = pa.repeat(pa.scalar(False), len(column)) if column.type.tz else column.is_valid()
    elif pa.types.is_string(column.type):
        dated, zoned = (pc.match_substring_regex(column, pattern) for pattern in (_DATE_AND_CLOCK, _ZONED))
        found = pc.fill_null(pc.and_(dated, pc.invert(zoned)), fill_value=False)
    else:
        found = pa.repeat(pa.scalar(False), len(column))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _texts(column: pa.Array, form: str) -> Ints:
    """Read times written as text: the usual forms at once, the rest by pattern."""
    for quick in (_quick_iso, _quick_zone, _quick_epoch) if form == "iso" else (_quick_slashes,):
        try:
            return quick(column, form)
        except pa.ArrowInvalid:
            continue
    us = _by_pattern(column, _PATTERNS[form])
    numbers = _epochs(to_floats(column).values)
    return np.where(us == NO_INT, numbers, us)


def _quick_iso(column: pa.Array, _form: str) -> Ints:
    return _microseconds(pc.cast(column, pa.timestamp("us")))


def _quick_zone(column: pa.Array, _form: str) -> Ints:
    return _microseconds(pc.cast(column, pa.timestamp("us", "UTC")))


def _quick_epoch(column: pa.Array, _form: str) -> Ints:
    return _epochs(_integers(pc.cast(column, pa.int64())))


def _quick_slashes(column: pa.Array, form: str) -> Ints:
    """Read slash dates with strptime, which lets 30 February pass as 2 March: the day is checked."""
    pattern, at = ("%d/%m/%Y %H:%M:%S", 0) if form == "dmy" else ("%m/%d/%Y %H:%M:%S", 3)
    times = pc.strptime(column, format=pattern, unit="us")
    if not pc.all(pc.equal(pc.day(times), pc.cast(pc.utf8_slice_codeunits(column, at, at + 2), pa.int64()))).as_py():
        raise pa.ArrowInvalid("a day that its month does not have")
    return _microseconds(times)


def _by_pattern(column: pa.Array, pattern: str) -> Ints:
    """Read the cells that match; their parts are put together by the calendar."""
    parts = pc.extract_regex(column, pattern)

    def part(name: str) -> Ints:
        return _integers(pc.cast(_or_zero(pc.struct_field(parts, name)), pa.int64()))

    year, month, day, hour, minute, second = (part(name) for name in "ymdhis")
    half = pc.utf8_lower(pc.fill_null(pc.struct_field(parts, "half"), "")).to_numpy(zero_copy_only=False)
    hour = np.where(half == "", hour, np.where((hour >= 1) & (hour <= 12), hour % 12 + 12 * (half == "pm"), 99))
    seconds, good = _calendar(year, month, day, hour, minute, second)
    good &= parts.is_valid().to_numpy(zero_copy_only=False)
    fraction = pc.struct_field(parts, "fraction")
    micro = _integers(pc.cast(_or_zero(pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, 6, "0"), 0, 6)), pa.int64()))
    zone = to_codes(pc.struct_field(parts, "zone"), _zone_minutes, pa.int64()).values
    seconds -= pc.fill_null(zone, 0).to_numpy(zero_copy_only=False) * 60
    return np.where(good, seconds * US_PER_S + micro, NO_INT)


def _calendar(year: Ints, month: Ints, day: Ints, hour: Ints, minute: Ints, second: Ints) -> tuple[Ints, Mask]:
    """Return seconds since 1970, and whether there is such a day and time."""
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length) & (hour < 24) & (minute < 60) & (second < 60)
    days = first.astype("datetime64[D]").astype(np.int64) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second, good


def _zone_minutes(text: str) -> int:
    match = _ZONE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    minutes = int(match[2]) * 60 + int(match[3])
    return -minutes if match[1] == "-" else minutes


def _epochs(numbers: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> Ints:
    """Read numbers as seconds, milli-, micro- or nanoseconds since 1970, whichever falls between the bounds."""
    us = np.full(len(numbers), NO_INT)
    for per_second in (1, 1_000, 1_000_000, 1_000_000_000):
        here = (numbers >= EARLIEST_S * per_second) & (numbers < LATEST_S * per_second)
        found = numbers[here]
        scaled = found * (US_PER_S // per_second) if per_second <= US_PER_S else found // 1_000
        us[here] = np.rint(scaled).astype(np.int64)
    compact = (numbers >= 1990 * 10**10) & (numbers < 2100 * 10**10)  # YYYYMMDDHHMMSS: no unit has 14 digits
    if compact.any():
        parts = numbers[compact].astype(np.int64)
        seconds, good = _calendar(parts // 10**10, *(parts // 10**k % 100 for k in (8, 6, 4, 2, 0)))
        us[compact] = np.where(good, seconds * US_PER_S, NO_INT)
    return us


def _microseconds(times: pa.Array) -> Ints:
    return _integers(pc.cast(times, pa.int64()))


def _integers(array: pa.Array) -> Ints:
    return pc.fill_null(array, NO_INT).to_numpy(zero_copy_only=False)


def _or_zero(texts: pa.Array) -> pa.Array:
    """Return the texts with nothing as zero, so that they cast to numbers."""
    texts = pc.fill_null(texts, "0")
    return pc.if_else(pc.equal(texts, ""), "0", texts)
