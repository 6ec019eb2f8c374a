"""What follows from several source columns, or from one that feeds write in their own way."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from darkships.feed.dialects import HELPERS
from darkships.feed.statics import FIELDS
from darkships.schema import LABEL, POSITION_FLAGS

Values = dict[str, pa.Array]

TRUTHS: Mapping[str, int] = {
    "position_accuracy": POSITION_FLAGS["position_accuracy_high"],
    "raim": POSITION_FLAGS["raim"],
    "suspected_glitch": POSITION_FLAGS["suspected_glitch"],
}
"""Columns of true and false, and the flag that each sets."""

_DIMENSIONS = ("to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m")
_CLASS_OF_TYPE = {1: "A", 2: "A", 3: "A", 5: "A", 27: "A", 18: "B", 19: "B", 24: "B", 4: "BASE", 9: "SAR", 21: "ATON"}
_LONG_RANGE = 27
_MOST_ROT = 126
"""Larger rates of turn as sent only tell the direction (127) or nothing (-128): ITU-R M.1371-5, table 44."""

_ETA_FORMS = (
    (r"^(\d{2})/(\d{2})/(\d{4}) (\d{2}:\d{2}).*$", r"\3-\2-\1 \4", "dmy"),
    (r"^(\d{2})(\d{2})(\d{2})(\d{2})$", r"\1-\2 \3:\4", ""),
    (r"^(\d{2}-\d{2})T(\d{2}:\d{2})Z?$", r"\1 \2", ""),
)
"""Forms of an ETA, how ours is made of it, and the time form of the feeds that have it (any where empty)."""


def derive(values: Values, size: int, time_form: str) -> Values:
    """Replace the columns that only help by what they make, and fill what others imply.

    Parameters
    ----------
    values
        Columns that were read, by our names.
    size
        Rows.
    time_form
        How the feed writes dates.

    """
    made = {name: array for name, array in values.items() if name not in HELPERS and name not in TRUTHS}
    if any(name in values for name in TRUTHS):
        made["flags"] = _flags(values, size)
    if "rot_ais" in values:
        made["rot_deg_min"] = _rate_of_turn(values["rot_ais"])
    if "eta_packed" in values or "eta_month" in values:
        made["eta"] = _eta_of_parts(*_eta_parts(values, size))
    elif "eta" in values:
        made["eta"] = _plain_eta(values["eta"], time_form)
    if "msg_type" in values:
        _use_type(made)
    _sizes(made)
    if "epfd" in made:
        made["epfd"] = _beside_others(made)
    return made


def _beside_others(made: Values) -> pa.Array:
    """Return the fixing device where something else is said too: base stations send nothing but it."""
    told = np.zeros(len(made["epfd"]), bool)
    for name in FIELDS:
        if name in made and name != "epfd":
            told |= made[name].is_valid().to_numpy(zero_copy_only=False)
    return pc.if_else(pa.array(told), made["epfd"], pa.scalar(None, made["epfd"].type))


def _floats(array: pa.Array) -> npt.NDArray[np.float64]:
    return pc.fill_null(pc.cast(array, pa.float64()), np.nan).to_numpy(zero_copy_only=False)


def _nullable(numbers: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(numbers, mask=np.isnan(numbers))


def _flags(values: Values, size: int) -> pa.Array:
    flags = np.zeros(size, np.uint32)
    for name, flag in TRUTHS.items():
        if name in values:
            flags |= np.where(_floats(values[name]) == 1, np.uint32(flag), np.uint32(0))
    return pa.array(flags)


def _rate_of_turn(sent: pa.Array) -> pa.Array:
    """Return degrees a minute: the byte sent is 4.733 times their root, with the sign (ITU-R M.1371-5, table 44)."""
    byte = _floats(sent)
    byte = np.where(byte > 127, byte - 256, byte)  # some feeds write it without its sign
    rate = np.sign(byte) * (byte / 4.733) ** 2
    return _nullable(np.where(np.abs(byte) <= _MOST_ROT, rate, np.nan))


def _eta_parts(values: Values, size: int) -> list[npt.NDArray[np.float64]]:
    """Return month, day, hour and minute, from four columns or from one of 20 bits (message 5)."""
    if "eta_packed" in values:
        bits = np.nan_to_num(_floats(values["eta_packed"])).astype(np.int64)
        return [part.astype(np.float64) for part in (bits >> 16 & 15, bits >> 11 & 31, bits >> 6 & 31, bits & 63)]
    none = np.full(size, np.nan)
    return [_floats(values[f"eta_{p}"]) if f"eta_{p}" in values else none for p in ("month", "day", "hour", "minute")]


def _eta_of_parts(*parts: npt.NDArray[np.float64]) -> pa.Array:
    """Return "MM-DD HH:MM"; null where the month or day is not available, or an hour or minute is not."""
    month, day, hour, minute = parts
    known = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (hour <= 23) & (minute <= 59)
    packed = np.where(known, ((month * 100 + day) * 100 + hour) * 100 + minute, 0).astype(np.int64)
    distinct, place = np.unique(packed, return_inverse=True)
    texts = [f"{n // 10**6:02}-{n // 10**4 % 100:02} {n // 100 % 100:02}:{n % 100:02}" for n in distinct.tolist()]
    return pa.DictionaryArray.from_arrays(pa.array(place.astype(np.int32), mask=~known), pa.array(texts, pa.string()))


def _plain_eta(eta: pa.DictionaryArray, time_form: str) -> pa.DictionaryArray:
    text = eta.dictionary
    for pattern, ours, form in _ETA_FORMS:
        if form in {"", time_form}:
            text = pc.replace_substring_regex(text, pattern, ours)
    return pa.DictionaryArray.from_arrays(eta.indices, text)


def _use_type(made: Values) -> None:
    """Fill the class that a message number tells, and leave out the 63 kn and 511 degrees of long-range messages."""
    types = made["msg_type"]
    number = pc.fill_null(types, 0).to_numpy(zero_copy_only=False)
    kinds = list(dict.fromkeys(_CLASS_OF_TYPE.values()))
    table = np.full(28, -1)
    table[list(_CLASS_OF_TYPE)] = [kinds.index(kind) for kind in _CLASS_OF_TYPE.values()]
    told = table[number]
    classes = pa.DictionaryArray.from_arrays(pa.array(told.astype(np.int32), mask=told < 0), pa.array(kinds))
    said = made.get("ais_class")
    if said is not None:
        classes = pc.coalesce(said.cast(pa.string()), classes.cast(pa.string())).dictionary_encode()
    made["ais_class"] = classes.cast(LABEL)
    if "sog" in made and (number == _LONG_RANGE).any():
        speed = _floats(made["sog"])
        made["sog"] = _nullable(np.where((number == _LONG_RANGE) & (speed == 63), np.nan, speed))


def _sizes(made: Values) -> None:
    """Add up a ship's size from its antenna's place, where the feed does not tell it; all zero is not available."""
    there = [name for name in _DIMENSIONS if name in made]
    if not there:
        return
    parts = {name: _floats(made[name]) for name in there}
    told = np.nansum(list(parts.values()), axis=0) > 0
    for name in there:
        made[name] = _nullable(np.where(told, parts[name], np.nan))
    for whole, ends in (("length_m", _DIMENSIONS[:2]), ("beam_m", _DIMENSIONS[2:])):
        if all(end in parts for end in ends):
            total = parts[ends[0]] + parts[ends[1]]
            total = np.where(total > 0, total, np.nan)
            own = _floats(made[whole]) if whole in made else np.full(len(total), np.nan)
            made[whole] = _nullable(np.where(np.isnan(own), total, own))
