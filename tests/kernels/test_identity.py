import numpy as np
import pytest

from darkships.kernels.identity import (
    imo_check_digit_ok,
    is_placeholder_mmsi,
    is_ship_mmsi,
    placeholder_mmsis,
    ship_mmsis,
)

SHIPS = [273_000_001, 366_760_710, 201_000_000, 775_999_999, 199_000_001, 800_000_001, 982_190_001, 412_000_001]
PLACEHOLDERS = [0, 123_456_789, 987_654_321, 412_000_000]
PLACEHOLDERS += [digit * 100_000_000 for digit in range(1, 10)] + [digit * 111_111_111 for digit in range(1, 10)]
OTHERS = {
    "coast station": 2_190_064,
    "coast station of a high number": 9_999_999,
    "group": 23_200_001,
    "the last group": 99_999_999,
    "rescue aircraft": 111_219_501,
    "distress beacon": 970_123_456,
    "man overboard": 972_123_456,
    "EPIRB": 974_123_456,
    "aid to navigation": 992_191_234,
    "ten digits": 1_000_000_000,
    "below zero": -273_000_001,
}


@pytest.mark.parametrize("mmsi", SHIPS)
def test_ships(mmsi):
    assert is_ship_mmsi(mmsi)
    assert not is_placeholder_mmsi(mmsi)


@pytest.mark.parametrize("mmsi", PLACEHOLDERS)
def test_placeholders_are_no_ships(mmsi):
    assert is_placeholder_mmsi(mmsi)
    assert not is_ship_mmsi(mmsi)


@pytest.mark.parametrize("what", OTHERS)
def test_others_are_no_ships(what):
    assert not is_ship_mmsi(OTHERS[what])
    assert not is_placeholder_mmsi(OTHERS[what])


def test_arrays_agree_with_scalars():
    mmsi = np.array([*SHIPS, *PLACEHOLDERS, *OTHERS.values()], np.int32)
    assert ship_mmsis(mmsi).tolist() == [True] * len(SHIPS) + [False] * (len(PLACEHOLDERS) + len(OTHERS))
    expected = [False] * len(SHIPS) + [True] * len(PLACEHOLDERS) + [False] * len(OTHERS)
    assert placeholder_mmsis(mmsi).tolist() == expected


# Angara, Lady R, Maia-1, Maria, Chon Ma San: numbers published by their investigators and by OFAC.
@pytest.mark.parametrize("imo", [9_179_842, 9_161_003, 9_358_010, 8_517_839, 8_660_313])
def test_imo_numbers_of_real_ships(imo):
    assert imo_check_digit_ok(imo)
    assert not imo_check_digit_ok(imo + 1)


@pytest.mark.parametrize("imo", [0, -9_179_842, 917_984, 19_179_842, 9_179_824])
def test_what_is_no_imo_number(imo):
    assert not imo_check_digit_ok(imo)


def test_check_digit_against_the_definition():
    rng = np.random.default_rng(5)
    for imo in rng.integers(1_000_000, 10_000_000, 2_000).tolist():
        digits = [int(digit) for digit in str(imo)]
        total = sum(digit * weight for digit, weight in zip(digits[:6], range(7, 1, -1), strict=True))
        assert imo_check_digit_ok(imo) == (total % 10 == digits[6])
