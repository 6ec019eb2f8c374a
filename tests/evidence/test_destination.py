import pytest
from builders import sites
from hypothesis import given
from hypothesis import strategies as st

from darkships.evidence.destination import named_sites, normalise, parse_destination


def watched(**locodes):
    frame = sites(**{name: (130.0 + i, 42.0) for i, name in enumerate(locodes)})
    return frame.assign(locode=list(locodes.values()))


SEA = watched(Rajin="KPRJN", Dunay=None, Vostochny="RUVYP", Vladivostok="RUVVO", Nakhodka="RUNJK")


def named(text, frame=SEA):
    return [site for site, yes in zip(frame["site"], named_sites([normalise(text)], frame)[0], strict=True) if yes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KPRJN", ["Rajin"]),
        ("kp rjn", ["Rajin"]),
        ("KP-RJN", ["Rajin"]),
        ("KPRJN@@@@@@@", ["Rajin"]),
        ("RU VYP 0012", ["Vostochny"]),
        ("PORT OF VLADIVOSTOK", ["Vladivostok"]),
        ("VLADIVOSTOK RD", ["Vladivostok"]),
        ("VLADIVOSTOCK", ["Vladivostok"]),
        ("VLADI VOSTOK", ["Vladivostok"]),
        ("VOSTOCHNIY", ["Vostochny"]),
        ("NAHODKA", ["Nakhodka"]),
        ("DUNAY", ["Dunay"]),
        ("RAJIN / DUNAY", ["Rajin", "Dunay"]),
        ("DUBAI", []),
        ("DUBAY", []),
        ("RAJINX", []),
        ("BUSAN KR", []),
        ("KPRJ", []),
        ("CNSHA", []),
        ("", []),
        ("\u202eNIJAR", []),
    ],
)
def test_which_sites_a_text_names(text, expected):
    assert named(text) == expected


def test_other_names_of_a_site():
    frame = watched(Rajin="KPRJN", Chongjin=None)
    frame["site"] = ["Rajin (Najin)", "Ch'ongjin/Seishin Harbour"]
    frame["site_group"] = ["Rason", "Ch'ongjin/Seishin Harbour"]
    assert named("NAJIN", frame) == named("rason", frame) == ["Rajin (Najin)"]
    assert named("SEISHIN", frame) == named("CHONGJIN", frame) == ["Ch'ongjin/Seishin Harbour"]
    frame["aliases"] = ["Raseon; Rashin", None]
    assert named("RASHIN", frame) == ["Rajin (Najin)"]


def test_a_group_called_like_a_site_is_no_further_name():
    frame = watched(Dunay=None, Vostochny="RUVYP").assign(site_group="Vostochny")
    assert named("VOSTOCHNY", frame) == ["Vostochny"]


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("RUVVO>KPRJN", "RUVVO", "KPRJN"),
        ("RU VVO >> KP RJN", "RU VVO", "KP RJN"),
        ("ru vvo => kp-rjn", "RU VVO", "KP RJN"),
        ("A->B->C", "A B", "C"),
        ("Rason, Ñandú", "", "RASON NANDU"),
        (None, "", ""),
        (">", "", ""),
    ],
)
def test_origin_and_target(text, origin, target):
    found = parse_destination(text)
    assert (found.origin, found.target) == (origin, target)


@pytest.mark.parametrize(
    "text", [None, "", "   ", "FOR ORDERS", "for_orders", "UNKNOWN", "N/A", "---", "XXX", "0", "RUVVO>"]
)
def test_says_nothing(text):
    assert parse_destination(text).is_hidden


@pytest.mark.parametrize("text", ["RAJIN", "KPRJN", "RUVVO>KPRJN", "AA BB"])
def test_says_something(text):
    assert not parse_destination(text).is_hidden


@given(st.text(max_size=40))
def test_any_text_is_taken(text):
    parsed = parse_destination(text)
    assert named_sites([parsed.origin, parsed.target], SEA).shape == (2, 5)
    assert normalise(normalise(text)) == normalise(text)
