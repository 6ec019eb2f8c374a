"""Codes in words and back."""

import pytest

from darkships.feed import codes
from darkships.names import NAV_STATUSES, SHIP_TYPES, nav_status_name, ship_type_name


@pytest.mark.parametrize("code", SHIP_TYPES)
def test_a_ship_type_comes_back_from_its_name(code):
    assert codes.ship_type(ship_type_name(code)) == codes.ship_type(ship_type_name(code).upper()) == code


@pytest.mark.parametrize("code", NAV_STATUSES)
def test_a_status_comes_back_from_its_name(code):
    forms = (nav_status_name(code), nav_status_name(code).upper().replace(" ", "_").replace("-", "_"))
    assert [codes.nav_status(form) for form in forms] == [None if code == 15 else code] * 2


def test_names_by_hand():
    names = {30: "fishing", 52: "tug", 70: "cargo ship", 74: "cargo ship, hazardous category D", 3: "reserved type 3"}
    assert {code: ship_type_name(code) for code in names} == names
    assert (nav_status_name(0), nav_status_name(5)) == ("under way using engine", "moored")


@pytest.mark.parametrize("code", [-1, 16])
def test_a_status_that_is_none(code):
    with pytest.raises(ValueError, match="expected 0 to 15"):
        nav_status_name(code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UNDER_WAY_USING_ENGINE", 0),
        ("Under Way Using Engine", 0),
        ("underway using engine", 0),
        ("Restricted maneuverability", 3),
        ("Constrained by her draught", 4),
        ("Reserved for future amendment [HSC]", 9),
        ("AIS-SART is active", 14),
        ("Unknown value", None),
        ("5", 5),
        ("5.0", 5),
    ],
)
def test_statuses_as_providers_write_them(text, code):
    assert codes.nav_status(text) == code


@pytest.mark.parametrize(("text", "code"), [("GPS", 1), ("Combined GPS/GLONASS", 3), ("0", None), ("15", 15)])
def test_fixing_devices(text, code):
    assert codes.epfd(text) == code


@pytest.mark.parametrize(("text", "code"), [("true", 1), ("False", 0), ("1", 1), ("0.0", 0)])
def test_truths(text, code):
    assert codes.truth(text) == code


@pytest.mark.parametrize(("reader", "text"), [(codes.epfd, "16"), (codes.epfd, "x"), (codes.truth, "2")])
def test_what_is_no_code(reader, text):
    with pytest.raises(ValueError, match=text):
        reader(text)
