import re

import numpy as np
import pytest
from builders import at
from hypothesis import given
from hypothesis import strategies as st
from listed import CLOSED_GAP, CLOSED_VISIT, OPEN_GAP, OPEN_VISIT

from darkships.schema import ALTERNATIVES, EVIDENCE, FLAG_KINDS
from darkships.watchlist.wording import (
    FLAG_WORDS,
    berth_window,
    best_alternative,
    caveats,
    evidence_against,
    evidence_for,
    verdict,
)

CLOSED = {**CLOSED_GAP, **CLOSED_VISIT, "n_gaps": 3}
OPEN = {**OPEN_GAP, **OPEN_VISIT, "n_gaps": 1}
NOTHING = {f"{item}_db": 0.0 for item in EVIDENCE}


def only(item, db, **columns):
    return {**CLOSED, **NOTHING, f"{item}_db": db, **columns}


def test_strongest_first_with_decibans():
    text = evidence_for(CLOSED)
    assert re.findall(r"\(([+-][\d.]+) decibans\)", text) == ["+10.0", "+8.1", "+5.0"]
    assert text.index("closing on Rajin at 9.8 kn") < text.index("silent 143.2 h") < text.index("draught 5.2 m")
    assert evidence_against(CLOSED) == "after the silence heading for Rajin at 3.2 kn by sea (-1.3 decibans)"


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.99, "strongly consistent with a visit to Rajin (probability in this silence 0.99)"),
        (0.949, "consistent with a visit to Rajin (probability in this silence 0.95)"),
        (0.5, "somewhat consistent with a visit to Rajin (probability in this silence 0.50)"),
        (0.0, "only weakly consistent with a visit to Rajin (probability in this silence below 0.01)"),
    ],
)
def test_words_of_certainty_follow_the_number(probability, words):
    assert verdict(CLOSED | {"probability": probability}) == words


def test_sites_that_cannot_be_told_apart_are_named_as_a_group():
    dunay = CLOSED | {"site": "Dunay", "site_group": "Vostochny", "probability": 0.3, "group_probability": 0.85}
    assert verdict(dunay) == (
        "consistent with a visit to Dunay or another site of Vostochny "
        "(probability in this silence 0.85, of Dunay alone 0.30)"
    )


@pytest.mark.parametrize(
    ("item", "db", "columns", "words"),
    [
        ("time", -4.0, {"slack_h": -2.0}, "at its cruising speed of 12.0 kn there is no time left for the berth"),
        ("approach", -3.0, {"closing_speed_kn": -8.0}, "before the silence moving away from Rajin at 8.0 kn by sea"),
        ("approach", -3.0, {"closing_speed_kn": 0.2}, "neither nearing nor leaving Rajin ("),
        (
            "approach",
            1.0,
            {"closing_speed_kn": np.nan, "off_angle_deg": np.nan},
            "how it moved before the silence is not known",
        ),
        (
            "approach",
            3.5,
            {"closing_speed_kn": np.nan, "off_angle_deg": 12.0},
            "before the silence how far it came is not known, but its course was 12 degrees off the way to Rajin (+3.5",
        ),
        (
            "departure",
            -2.0,
            {"opening_speed_kn": np.nan, "on_angle_deg": 170.4},
            "but its course was 170 degrees off the way from Rajin (-2.0",
        ),
        ("departure", 3.0, {"opening_speed_kn": 8.0}, "after the silence coming from Rajin at 8.0 kn by sea"),
        ("departure", -3.0, {"is_open": True}, "it has not reappeared"),
        ("history", 3.0, {"own_calls": 1}, "AIS shows 1 other call of it at Rajin"),
        ("history", -3.0, {"own_calls": 0}, "AIS shows no other call of it at Rajin ("),
        (
            "history",
            3.0,
            {"own_calls": 0, "other_callers": 31},
            "AIS shows no other call of it at Rajin, but calls of 31 other vessels (",
        ),
        (
            "draught",
            -1.0,
            {"draught_after_m": 5.3},
            "draught 5.2 m before the silence and 5.3 m after it: no cargo shows",
        ),
        ("destination", 5.0, {"destination_before": "KPRJN"}, 'destination ("KPRJN" before the silence) names Rajin'),
        ("destination", -2.0, {"destination_after": "PUSAN"}, '("PUSAN" after the silence) does not name Rajin'),
        (
            "destination",
            1.0,
            {"destination_before": "FOR ORDERS", "destination_hidden": True},
            'the declared destination ("FOR ORDERS" before the silence) names no port',
        ),
        (
            "identity",
            3.0,
            {"name_before": "LADY R", "name_after": "MAIA"},
            'it called itself "LADY R" before the silence and "MAIA" after it',
        ),
        ("repetition", 4.0, {"n_gaps": 3}, "its 2 other silences within reach of a watched site look like visits too"),
        ("repetition", -4.0, {"n_gaps": 2}, "its 1 other silence within reach of a watched site does not look like"),
        ("reception", -6.0, {"hours_expected": np.nan}, "other vessels heard near its ends meanwhile (-6.0"),
        (
            "reception",
            -2.0,
            {"vessels_heard": 1},
            "1 other vessel heard near its ends meanwhile; of 46 h in",
        ),
        ("reception", -2.0, {}, "a transmitting ship would have been heard in about 40"),
        (
            "reception",
            -2.0,
            {"vessels_heard": 507, "hours_looked_at": 0.0, "hours_expected": 0.0},
            "507 other vessels heard near its ends meanwhile; in no whole hour of it was anybody heard (-2.0",
        ),
    ],
)
def test_each_item_tells_its_numbers(item, db, columns, words):
    row = only(item, db, **columns)
    told, untold = (evidence_for(row), evidence_against(row)) if db > 0 else (evidence_against(row), evidence_for(row))
    assert words in told
    assert f"({db:+.1f} decibans)" in told
    assert "no item of evidence" in untold


def test_open_gap_says_until_it_reappears():
    assert berth_window(OPEN) == "could be at the berth from 2023-09-18 19:00Z until it reappears"
    assert "still silent" in evidence_for(OPEN)
    assert berth_window(CLOSED) == "could be at the berth from 2023-09-07 18:00Z until 2023-09-13 09:15Z"


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_best_alternative_has_its_probability(name):
    text = best_alternative(CLOSED | {"best_alternative": name, f"p_{name}": 0.27})
    assert text.endswith("(probability 0.27)")
    assert "_" not in text


@given(
    st.fixed_dictionaries({f"{item}_db": st.floats(-60, 60) for item in EVIDENCE}),
    st.floats(0, 1),
    st.sampled_from([CLOSED, OPEN]),
    st.text(max_size=30),
    st.sampled_from([np.nan, -7.0, 0.0, 9.0]),
)
def test_never_claims_a_visit(weights, probability, row, destination, speed):
    row = {**row, **weights, "probability": probability, "destination_before": destination, "closing_speed_kn": speed}
    text = f"{evidence_for(row)} {evidence_against(row)} {best_alternative(row)}"
    assert "visited" not in text.replace(destination, "")
    assert text.isprintable()
    assert "nan" not in text.replace(destination, "")
    assert sum(abs(weight) >= 0.5 for weight in weights.values()) == text.count(" decibans)")


def test_times_are_told_to_the_minute():
    assert "from 2023-09-07 14:20Z" in evidence_for(only("time", 3.0, earliest_arrival=at(20)))


def test_what_flags_say_of_a_silence_is_a_caveat_against_it():
    assert caveats(CLOSED) == []
    flagged = CLOSED | {"off_flags": "circle;on_land", "on_flags": "frozen", "explained_by": "spoofing"}
    said = caveats(flagged)
    assert "so it was not silent" in said[0]
    assert said[1] == "its last positions before the silence are in doubt (round a circle, far from the sea)"
    assert said[2] == "its first positions after the silence are in doubt (one place at speed)"
    assert evidence_against(flagged) == "; ".join([evidence_against(CLOSED), *(f"caveat: {text}" for text in said)])
    assert "hardly one ship's" in caveats(CLOSED | {"explained_by": "shared_mmsi"})[0]
    assert set(FLAG_WORDS) == set(FLAG_KINDS)
