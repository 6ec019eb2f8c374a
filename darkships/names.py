"""What the codes of ITU-R M.1371 mean, in words."""

_CATEGORIES = {
    2: "wing in ground craft",
    4: "high speed craft",
    6: "passenger ship",
    7: "cargo ship",
    8: "tanker",
    9: "other type of ship",
}
"""Ship types by tens; the ones tell the hazard."""

_HAZARDS = {
    0: "",
    1: ", hazardous category A",
    2: ", hazardous category B",
    3: ", hazardous category C",
    4: ", hazardous category D",
    9: ", no additional information",
}

SHIP_TYPES: dict[int, str] = {
    **{10 * ten + one: name + hazard for ten, name in _CATEGORIES.items() for one, hazard in _HAZARDS.items()},
    30: "fishing",
    31: "towing",
    32: "towing, long or wide",
    33: "dredging or underwater operations",
    34: "diving",
    35: "military",
    36: "sailing",
    37: "pleasure craft",
    50: "pilot vessel",
    51: "search and rescue vessel",
    52: "tug",
    53: "port tender",
    54: "anti-pollution vessel",
    55: "law enforcement vessel",
    58: "medical transport",
    59: "ship not party to an armed conflict",
}
"""ITU-R M.1371-5, table 53."""

NAV_STATUSES: dict[int, str] = {
    0: "under way using engine",
    1: "at anchor",
    2: "not under command",
    3: "restricted manoeuvrability",
    4: "constrained by her draught",
    5: "moored",
    6: "aground",
    7: "engaged in fishing",
    8: "under way sailing",
    9: "reserved for high speed craft",
    10: "reserved for wing in ground craft",
    11: "power-driven vessel towing astern",
    12: "power-driven vessel pushing ahead or towing alongside",
    13: "reserved for future use",
    14: "AIS-SART active",
    15: "not defined",
}
"""ITU-R M.1371-5, table 45."""


def ship_type_name(code: int) -> str:
    """Return a ship and cargo type in words.

    Examples
    --------
    >>> ship_type_name(81)
    'tanker, hazardous category A'
    >>> ship_type_name(17)
    'reserved type 17'

    """
    return SHIP_TYPES.get(code, f"reserved type {code}")


def nav_status_name(code: int) -> str:
    """Return a navigational status in words.

    Examples
    --------
    >>> nav_status_name(5)
    'moored'

    Raises
    ------
    ValueError
        If there is no such status.

    """
    if code not in NAV_STATUSES:
        raise ValueError(f"navigational status {code}; expected 0 to 15")
    return NAV_STATUSES[code]
