"""What the digits of an MMSI and of an IMO number say.

MMSI formats: ITU-R M.585; IMO check digit: IMO resolution A.1117(30).
"""

import numpy as np

from darkships.kernels import Array, kernel

MMSI_RANGE = (1_000_000, 999_999_999)
"""From the smallest seven-digit coast station (00MIDxxxx) to nine digits; 0 is also sent."""


@kernel
def is_placeholder_mmsi(mmsi: int) -> bool:
    """Tell whether an MMSI is a default that transmitters are sold with or that stands for "unset".

    These are 0, 123456789, 987654321, one digit before zeros, one digit repeated, and 412000000.
    """
    first = mmsi // 100_000_000
    if first < 0 or first > 9:
        return False
    return mmsi in (first * 100_000_000, first * 111_111_111, 123_456_789, 987_654_321, 412_000_000)


@kernel
def is_ship_mmsi(mmsi: int) -> bool:
    """Tell whether an MMSI can be a ship's.

    False for coast stations (00), groups (0), search and rescue aircraft (111), distress beacons (97), aids to
    navigation (99), placeholders, and what has not nine digits. Digits that no state was given stay: they are evidence.
    """
    if mmsi < 100_000_000 or mmsi > MMSI_RANGE[1] or is_placeholder_mmsi(mmsi):
        return False
    prefix = mmsi // 1_000_000
    return prefix != 111 and prefix // 10 != 97 and prefix // 10 != 99


@kernel
def placeholder_mmsis(mmsi: Array) -> Array:
    """Return ``is_placeholder_mmsi`` of each of n MMSIs: (n,) integers to (n,) booleans."""
    found = np.empty(mmsi.size, np.bool_)
    for i in range(mmsi.size):
        found[i] = is_placeholder_mmsi(mmsi[i])
    return found


@kernel
def ship_mmsis(mmsi: Array) -> Array:
    """Return ``is_ship_mmsi`` of each of n MMSIs: (n,) integers to (n,) booleans."""
    found = np.empty(mmsi.size, np.bool_)
    for i in range(mmsi.size):
        found[i] = is_ship_mmsi(mmsi[i])
    return found


@kernel
def imo_check_digit_ok(imo: int) -> bool:
    """Tell whether an IMO number has seven digits of which the last is right.

    The first six digits times 7, 6, 5, 4, 3, 2 are summed; the sum's last digit is the seventh.
    """
    if imo < 1_000_000 or imo > 9_999_999:
        return False
    rest = imo // 10
    total = 0
    for weight in range(2, 8):
        total += weight * (rest % 10)
        rest //= 10
    return total % 10 == imo % 10
