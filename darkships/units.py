"""Constants and conversions. Names end in their unit: _m, _nm, _s, _h, _kn, _deg."""

import re

M_PER_NM = 1852.0
"""Metres in a nautical mile (exact, by definition of the IHO, 1929)."""

EARTH_RADIUS_M = 6371008.8
"""Mean Earth radius R1 (IUGG); movingpandas uses 6371000, a difference of 1.4 ppm."""

EARTH_RADIUS_NM = EARTH_RADIUS_M / M_PER_NM

S_PER_H = 3600.0
US_PER_S = 1_000_000
EARLIEST_S = 631_152_000
"""1990-01-01, before AIS. A time outside the two bounds is unreadable; inside them an epoch number's unit is sure."""

LATEST_S = 4_102_444_800
"""2100-01-01."""

US_PER_H = 3_600 * US_PER_S
US_PER_DAY = 24 * US_PER_H

_SIZE_UNITS = {"MB": 10**6, "GB": 10**9, "MIB": 2**20, "GIB": 2**30}
_LEAST_MEMORY = 10**7


def memory_size(text: str) -> int:
    """Return the bytes that a size such as 800MB or 1.5GiB names.

    Raises
    ------
    ValueError
        If it is none, or less than 10 MB.

    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([MG]i?B)", text.strip(), re.IGNORECASE)
    size = round(float(found[1]) * _SIZE_UNITS[found[2].upper()]) if found else 0
    if size < _LEAST_MEMORY:
        raise ValueError("expected a size of at least 10 MB, such as 800MB or 1.5GiB")
    return size
