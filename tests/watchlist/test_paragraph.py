"""Golden cases, written by hand: what a journalist would quote."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listed import ANGARA, AS_OF, CLOSED_GAP, CLOSED_VISIT, OPEN_GAP, OPEN_VISIT, SILENT

from darkships.watchlist.paragraph import LIKELIHOODS, likelihood, paragraph

SHIP = {"name": "ANGARA", "imo": 9179842.0, "imo_valid": True, "flag": "Russian Federation", "mmsi": ANGARA}
NOBODY = {
    "name": None,
    "imo": np.nan,
    "imo_valid": None,
    "flag": "Democratic People's Republic of Korea",
    "mmsi": SILENT,
}
NUMBERS = {
    "expected_round_trips": 3.5,
    "expected_round_trips_low": 1.0,
    "expected_round_trips_high": 6.0,
    "as_of": AS_OF,
}
CLOSED = {
    **CLOSED_GAP, **CLOSED_VISIT, **SHIP, **NUMBERS, "n_gaps": 4, "lead_probability": 0.9612, "group_probability": 0.86,
}  # fmt: skip
OPEN = {
    **OPEN_GAP, **OPEN_VISIT, **NOBODY, **NUMBERS, "n_gaps": 1, "lead_probability": 0.3, "group_probability": 0.3,
    "expected_round_trips": 0.4, "expected_round_trips_low": 0.0, "expected_round_trips_high": 1.0,
}  # fmt: skip


def test_a_silence_that_ended():
    assert paragraph(CLOSED) == (
        'A vessel that calls itself "ANGARA" (MMSI 273000001; IMO 9179842 as sent; flag by its MMSI: Russian '
        "Federation) was last heard on 2023-09-07 14:20Z, 46 nautical miles by sea from Rajin, and heard again on "
        "2023-09-13 13:30Z, 52 nautical miles from there, after 143 hours without a message. Where it was meanwhile "
        "is not known: no call at Rajin was observed, and no image was looked at. By distance and speed it could be "
        "at the berth from 2023-09-07 18:00Z until 2023-09-13 09:15Z. It has 3 other silences that would have left "
        "time for a watched port. Other explanations of this silence, with their probabilities: direct passage in "
        "silence (0.11). A transponder may also be switched off for safety, or fail. On this evidence at least one "
        "undeclared call of this vessel at a watched port is almost certain (probability 0.96; round trips expected: "
        "3.5 (90 % interval 1 to 6)). This silence is consistent with a visit to Rajin (probability in this silence "
        "0.86). What speaks most for it: before the silence closing on Rajin at 9.8 kn by sea. What speaks most "
        "against it: after the silence heading for Rajin at 3.2 kn by sea. This is an estimate from AIS, not proof."
    )


def test_a_vessel_that_is_still_silent_and_says_nothing_of_itself():
    assert paragraph(OPEN) == (
        "A vessel that gives no name (MMSI 445000002; flag by its MMSI: Democratic People's Republic of Korea) was "
        "last heard on 2023-09-18 16:00Z, 46 nautical miles by sea from Rajin, and was not heard again before the "
        "data ends on 2023-09-19 12:00Z. Where it was meanwhile is not known: no call at Rajin was observed, and no "
        "image was looked at. By distance and speed it could be at the berth from 2023-09-18 19:00Z until it "
        "reappears. Other explanations of this silence, with their probabilities: transmitting but not received "
        "(0.66). A transponder may also be switched off for safety, or fail. On this evidence at least one undeclared"
        " call of this vessel at a watched port is unlikely (probability 0.30; round trips expected: 0.4 (90 % "
        "interval 0 to 1)). This silence is only weakly consistent with a visit to Rajin (probability in this silence"
        " 0.30). What speaks most for it: silent 20.0 h from 2023-09-18 16:00Z and still silent, 46 nm from Rajin by "
        "sea, could be at the berth from 2023-09-18 19:00Z until it reappears. What speaks most against it: no other "
        "vessels heard near its ends meanwhile; of 18 h in which anybody was heard, a transmitting ship would have "
        "been heard in about 3, and it may have left what the feed hears. This is an estimate from AIS, not proof."
    )


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "is almost certain"), (0.95, "is almost certain"), (0.9449, "is very likely"), (0.8, "is very likely"),
        (0.79, "is likely"), (0.55, "is likely"), (0.54, "has a roughly even chance"),
        (0.45, "has a roughly even chance"), (0.44, "is unlikely"), (0.2, "is unlikely"),
        (0.19, "is very unlikely"), (0.05, "is very unlikely"),
        (0.04, "has almost no chance"), (0.0, "has almost no chance"),
    ],
)  # fmt: skip
def test_terms_of_likelihood_are_those_of_icd_203(probability, words):
    assert likelihood(probability) == words


def test_other_ports_share_the_explanation():
    text = paragraph(CLOSED | {"group_probability": 0.3, "p_passage": 0.02})
    assert "with their probabilities: a call at another port on the list (0.65)." in text
    assert "none that is at all likely" in paragraph(CLOSED | {"group_probability": 0.95, "p_passage": 0.02})


def test_an_imo_number_that_cannot_be_is_called_so():
    assert "IMO 9179843 as sent, which no ship can have;" in paragraph(CLOSED | {"imo": 9179843, "imo_valid": False})


HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "[x](http://evil.com)",
        "=cmd|' /C calc'!A0",
        "@everyone",
        "*visited*\n",
        'A" was there. "',
    ]
)
ACTIVE = set("<>&@*_`[]|~\\=")


@given(HOSTILE, HOSTILE, st.floats(0.0, 1.0))
def test_strangers_texts_are_harmless_and_certainty_is_never_more_than_the_number(name, destination, probability):
    weights = {"destination_db": -60.0, "destination_before": destination}
    row = CLOSED | weights | {"name": name, "lead_probability": probability}
    text = paragraph(row)
    plain = paragraph(CLOSED | {"lead_probability": probability})
    assert not ACTIVE & set(text)
    assert text.isprintable()
    assert "://" not in text
    assert "nan" not in plain
    assert "visited" not in plain
    found = [words for _, words in LIKELIHOODS if f" watched port {words} (probability" in plain]
    assert found == [likelihood(probability)]


def test_a_name_cannot_end_its_quotation():
    assert 'calls itself "A? was there. ?" (MMSI' in paragraph(CLOSED | {"name": 'A" was there. "'})
