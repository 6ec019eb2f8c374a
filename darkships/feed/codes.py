"""What providers write in words, as ITU-R M.1371 codes: navigational status, ship type, class, receiver, IMO number.

A table maps a folded text (lower case, punctuation as one blank) to a code, or to None where the text means "not
available". A reader takes one text and returns its code; it raises ValueError where it cannot.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from darkships.names import NAV_STATUSES, SHIP_TYPES

Reader = Callable[[str], int | str | None]

_FOLD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return a text in lower case with every run of punctuation and blanks as one blank."""
    return _FOLD.sub(" ", text).strip().lower()


NAV_STATUS: Mapping[str, int | None] = {
    **{fold(name): code for code, name in NAV_STATUSES.items()},
    "underway using engine": 0,
    "anchored": 1,
    "restricted maneuverability": 3,
    "restricted manoeuverability": 3,
    "constrained by draught": 4,
    "fishing": 7,
    "underway sailing": 8,
    "reserved for future amendment hsc": 9,
    "reserved for future amendment wig": 10,
    "reserved high speed craft": 9,
    "reserved wing in ground": 10,
    "towing astern": 11,
    "pushing ahead": 12,
    "ais sart": 14,
    "ais sart is active": 14,
    "unknown value": None,
    "unknown": None,
    "undefined": None,
    "not defined": None,
    "default": None,
    "not available": None,
}
"""ITU-R M.1371-5 table 45."""

SHIP_TYPE: Mapping[str, int | None] = {
    **{fold(name): code for code, name in SHIP_TYPES.items()},
    "wig": 20,
    "fishing vessel": 30,
    "towing vessel": 31,
    "towing long wide": 32,
    "towing vessel and length exceeds 200 m or breadth exceeds 25 m": 32,
    "dredging": 33,
    "vessel engaged in dredging or underwater operations": 33,
    "sailing vessel": 36,
    "pleasure": 37,
    "hsc": 40,
    "pilot": 50,
    "sar": 51,
    "search and rescue": 51,
    "anti pollution": 54,
    "law enforcement": 55,
    "spare 1": 56,
    "spare 2": 57,
    "medical": 58,
    "not party to conflict": 59,
    "ships according to rr": 59,
    "passenger": 60,
    "cargo": 70,
    "other": 90,
    "reserved": None,
    "undefined": None,
    "unknown": None,
    **dict.fromkeys(("general cargo", "container", "dry bulk", "bulk carrier", "car carrier", "livestock"), 70),
    **dict.fromkeys(("general tanker", "tanker chemicals", "tanker product", "gas carrier", "oil tanker"), 80),
    **dict.fromkeys(("cruise", "vehicle passenger"), 60),
    **dict.fromkeys(("roll on roll off", "ro ro cargo"), 70),
    "dredger": 33,
    "dive vessel": 34,
    "military ops": 35,
    "medical trans": 58,
    "wing in grnd": 20,
    **dict.fromkeys(("offshore", "special craft"), 90),
}
"""ITU-R M.1371-5 table 53, and what Spire calls them; where a text covers ten codes, the first of them."""

AVIS_SHIP_TYPE: Mapping[int, int] = {
    **dict.fromkeys((1001, 1002), 30),
    **dict.fromkeys((1003, 1004, 1016), 70),
    **dict.fromkeys((1005, 1006, 1007, 1008, 1009, 1010, 1011, 1018, 1020, 1022), 90),
    **dict.fromkeys((1012, 1013, 1014, 1015), 60),
    **dict.fromkeys((1017, 1024), 80),
    1019: 37,
    1021: 51,
    **dict.fromkeys((1023, 1025), 31),
}
"""US Coast Guard AVIS codes that MarineCadastre writes (NOAA "AIS vessel type and group codes"), by their group."""

AIS_CLASS: Mapping[str, str | None] = {
    "a": "A",
    "class a": "A",
    "b": "B",
    "class b": "B",
    "base": "BASE",
    "base station": "BASE",
    "aton": "ATON",
    "aid to navigation": "ATON",
    "sar": "SAR",
    "sar airborne": "SAR",
    "sar aircraft": "SAR",
    "search and rescue transponder": "OTHER",
    "emergency pirb": "OTHER",
    "man overboard device": "OTHER",
    "other": "OTHER",
    "unknown": None,
    "undefined": None,
}

RECEIVER: Mapping[str, str | None] = {
    "terrestrial": "terrestrial",
    "t ais": "terrestrial",
    "ter": "terrestrial",
    "terra": "terrestrial",
    "g": "terrestrial",
    "ground": "terrestrial",
    "satellite": "satellite",
    "s": "satellite",
    "s ais": "satellite",
    "sat": "satellite",
    "vessel": "vessel",
    "dynamic": "vessel",
    "unknown": None,
}

EPFD: Mapping[str, int | None] = {
    "gps": 1,
    "glonass": 2,
    "gps glonass": 3,
    "combined gps glonass": 3,
    "loran c": 4,
    "chayka": 5,
    "integrated navigation system": 6,
    "surveyed": 7,
    "galileo": 8,
    "internal": 15,
    "internal gnss": 15,
    "undefined": None,
    "unknown": None,
    "reserved": None,
}
"""ITU-R M.1371-5, message 5: type of electronic position fixing device."""

TRUTH: Mapping[str, int | None] = {"true": 1, "t": 1, "yes": 1, "high": 1, "false": 0, "f": 0, "no": 0, "low": 0}

_INTEGER = re.compile(r"\+?(\d{1,10})(?:\.0*)?", re.ASCII)
_IMO = re.compile(r"(?:IMO)?[\s:]*(\d{1,10})(?:\.0*)?", re.ASCII | re.IGNORECASE)


def integer(text: str) -> int:
    """Read a whole number, also one written as ``31.0``."""
    match = _INTEGER.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(match[1])


def nav_status(text: str) -> int | None:
    """Read a navigational status, as number or in words; 15 is None."""
    code = _code(text, NAV_STATUS)
    if code is not None and code > 15:
        raise ValueError(text)
    return None if code == 15 else code


def ship_type(text: str) -> int | None:
    """Read a ship and cargo type, as ITU or AVIS number or in words; 0 is None."""
    code = _code(text, SHIP_TYPE)
    if code is None or code in AVIS_SHIP_TYPE:
        return None if code is None else AVIS_SHIP_TYPE[code]
    if code > 255:
        raise ValueError(text)
    return code or None


@lru_cache(maxsize=1 << 16)
def imo(text: str) -> int | None:
    """Read an IMO number with or without its prefix, unchecked; 0 is None. Each block of a feed tells the same."""
    digits = text.removeprefix("IMO")
    if len(digits) == 7 and digits.isascii() and digits.isdecimal():  # nearly all of them
        return int(digits) or None
    match = _IMO.fullmatch(text.strip())
    if match is None or int(match[1]) >= 1 << 31:
        raise ValueError(text)
    return int(match[1]) or None


def msg_type(text: str) -> int | None:
    """Read an ITU-R M.1371 message number."""
    number = integer(text)
    if not 1 <= number <= 27:
        raise ValueError(text)
    return number


def ais_class(text: str) -> str | None:
    """Read the kind of station."""
    return _label(text, AIS_CLASS)


def receiver(text: str) -> str | None:
    """Read who heard the message."""
    return _label(text, RECEIVER)


def epfd(text: str) -> int | None:
    """Read a position fixing device, as number or in words; 0 is None."""
    code = _code(text, EPFD)
    if code is not None and code > 15:
        raise ValueError(text)
    return code or None


def truth(text: str) -> int | None:
    """Read true or false, as 1 and 0."""
    code = _code(text, TRUTH)
    if code not in {0, 1}:
        raise ValueError(text)
    return code


def _code(text: str, table: Mapping[str, int | None]) -> int | None:
    key = fold(text)
    return table[key] if key in table else integer(text)


def _label(text: str, table: Mapping[str, str | None]) -> str | None:
    try:
        return table[fold(text)]
    except KeyError:
        raise ValueError(text) from None
