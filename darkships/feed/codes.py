"""What providers write in words, as ITU-R M.1371 codes: navigational status, ship type, class, receiver, IMO number.

A table maps a folded text (lower case, punctuation as one blank) to a code, or to None where the text means "not
available". A reader takes one text and returns its code; it raises ValueError where it cannot.
"""

import re
from collections.abc import Callable, Mapping

Reader = Callable[[str], int | str | None]

NAV_STATUS: Mapping[str, int | None] = {
    "under way using engine": 0,
    "underway using engine": 0,
    "at anchor": 1,
    "anchored": 1,
    "not under command": 2,
    "restricted maneuverability": 3,
    "restricted manoeuverability": 3,
    "restricted manoeuvrability": 3,
    "constrained by her draught": 4,
    "constrained by draught": 4,
    "moored": 5,
    "aground": 6,
    "engaged in fishing": 7,
    "fishing": 7,
    "under way sailing": 8,
    "underway sailing": 8,
    "reserved for future amendment hsc": 9,
    "reserved for future amendment wig": 10,
    "power driven vessel towing astern": 11,
    "power driven vessel pushing ahead or towing alongside": 12,
    "reserved for future use": 13,
    "ais sart": 14,
    "ais sart active": 14,
    "ais sart is active": 14,
    "unknown value": None,
    "unknown": None,
    "undefined": None,
    "not defined": None,
}
"""ITU-R M.1371-5 table 45."""

SHIP_TYPE: Mapping[str, int | None] = {
    "wig": 20,
    "fishing": 30,
    "fishing vessel": 30,
    "towing": 31,
    "towing vessel": 31,
    "towing long wide": 32,
    "towing vessel and length exceeds 200 m or breadth exceeds 25 m": 32,
    "dredging": 33,
    "vessel engaged in dredging or underwater operations": 33,
    "diving": 34,
    "military": 35,
    "sailing": 36,
    "sailing vessel": 36,
    "pleasure": 37,
    "pleasure craft": 37,
    "hsc": 40,
    "high speed craft": 40,
    "pilot": 50,
    "pilot vessel": 50,
    "sar": 51,
    "search and rescue": 51,
    "search and rescue vessel": 51,
    "tug": 52,
    "port tender": 53,
    "anti pollution": 54,
    "law enforcement": 55,
    "spare 1": 56,
    "spare 2": 57,
    "medical": 58,
    "medical transport": 58,
    "not party to conflict": 59,
    "ships according to rr": 59,
    "passenger": 60,
    "passenger ship": 60,
    "cargo": 70,
    "cargo ship": 70,
    "tanker": 80,
    "other": 90,
    "other type of ship": 90,
    "reserved": None,
    "undefined": None,
    "unknown": None,
}
"""ITU-R M.1371-5 table 53; where a text covers ten codes, the first of them."""

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
    "satellite": "satellite",
    "s ais": "satellite",
    "sat": "satellite",
    "vessel": "vessel",
    "dynamic": "vessel",
    "unknown": None,
}

_FOLD = re.compile(r"[\W_]+")
_INTEGER = re.compile(r"\+?(\d{1,10})(?:\.0*)?", re.ASCII)
_IMO = re.compile(r"(?:IMO)?[\s:]*(\d{1,10})(?:\.0*)?", re.ASCII | re.IGNORECASE)


def fold(text: str) -> str:
    """Return a text in lower case with every run of punctuation and blanks as one blank."""
    return _FOLD.sub(" ", text).strip().lower()


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


def imo(text: str) -> int | None:
    """Read an IMO number with or without its prefix, unchecked; 0 is None."""
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


def _code(text: str, table: Mapping[str, int | None]) -> int | None:
    key = fold(text)
    return table[key] if key in table else integer(text)


def _label(text: str, table: Mapping[str, str | None]) -> str | None:
    try:
        return table[fold(text)]
    except KeyError:
        raise ValueError(text) from None
