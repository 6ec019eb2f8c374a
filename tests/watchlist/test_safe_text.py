import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.watchlist.text import labelled, missing, probability_text, quoted, safe_text, spreadsheet_text

FULL_WIDTH = ["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("MARIA", "MARIA"),
        ("EVIL\x1b[2J\x07", "EVIL[2J"),
        ("A\r\nB\tC\vD", "A  B C D"),
        ("\u202eGRAEF\u202c\u2066x\u2069", "GRAEFx"),
        ("ZERO\u200bWIDTH\ufeff\u00ad", "ZEROWIDTH"),
        ("LINE\u2028SEP\u2029END\x85", "LINE SEP END "),
        ("C1\x9b31m\x00\x7f", "C131m"),
        ("lone \ud800 half", "lone  half"),
        ("Ærø Ñ 东方 🚢", "Ærø Ñ 东方 🚢"),
        ("  lead in", "  lead in"),
    ],
)
def test_safe_text(text, safe):
    assert safe_text(text) == safe


@given(st.text())
def test_safe_text_is_one_printable_line_and_encodes(text):
    safe = safe_text(text)
    assert safe.isprintable()
    assert safe_text(safe) == safe
    safe.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u202e=1", "\x00=1", *FULL_WIDTH]
)
def test_formulas_get_an_apostrophe(text):
    assert spreadsheet_text(text).startswith("'")


@pytest.mark.parametrize("text", ["ANGARA", "DS-1", "A=B", "'=1", "", "(-1)"])
def test_plain_text_stays(text):
    assert spreadsheet_text(text) == text


def test_quoted_text_of_strangers_cannot_leave_its_quotes():
    assert quoted(' KPRJN" said the "captain\n') == "\"KPRJN' said the 'captain\""
    assert quoted("X" * 80) == f'"{"X" * 60}..."'


def test_probabilities_never_read_as_certainty():
    values = [0.0, 0.009, 0.01, 0.5, 0.99, 0.991, 1.0]
    texts = ["below 0.01", "below 0.01", "0.01", "0.50", "0.99", "above 0.99", "above 0.99"]
    assert [probability_text(value) for value in values] == texts


def test_missing_and_label():
    assert all(map(missing, [None, math.nan, pd.NaT]))
    assert not any(map(missing, ["", 0, False, pd.Timestamp(0)]))
    assert labelled("text", "") == "text"
    assert labelled("text", "SYN\nTHETIC") == "SYN THETIC: text"
