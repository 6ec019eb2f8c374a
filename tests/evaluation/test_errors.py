"""What is told of errors, on made-up cases."""

import pandas as pd

from darkships.evaluation.errors import worst_errors
from darkships.schema import ERRORS, EVIDENCE


def visit(gap, site, probability, *, group=None, declared=False, **weights):
    """Return what was said of a site in a gap."""
    row = {"gap_id": gap, "site": site, "site_group": group or site, "probability": probability, "declared": declared}
    return row | {f"{item}_db": weights.get(item, 0.0) for item in EVIDENCE}


def case(gap, probability, *, site=None, named=None, kind="visit"):
    """Return a case."""
    return {
        "gap_id": gap, "mmsi": 273000001, "off_timestamp": pd.Timestamp("2024-01-01", tz="UTC"), "duration": 8.0,
        "pair": 3, "kind": kind, "is_visit": kind == "visit", "site": site, "site_group": site, "named": named,
        "named_group": named, "probability": 0.0, "probability_off": probability,
    }  # fmt: skip


VISITS = [
    visit("right", "A", 0.9, time=9.0),
    visit("passing", "A", 0.8, history=7.0, time=4.0, approach=2.0, departure=-5.0),
    visit("faint", "A", 0.1, time=-9.0, history=1.0),
    visit("other", "A", 0.1, approach=6.0),
    visit("other", "B", 0.85, approach=2.0, history=8.0),
    visit("far", "B", 0.3),
    visit("shown", "A", 0.0, declared=True),
]
CASES = [
    case("right", 0.9, site="A", named="A"),
    case("passing", 0.8, named="A", kind="passing"),
    case("faint", 0.1, site="A", named="A"),
    case("other", 0.95, site="A", named="B"),
    case("far", 0.3, site="A", named="B"),
    case("shown", 0.0, site="A"),
    case("unknown", 0.99, named="A", kind="natural"),
]


def test_each_error_has_its_kind_its_surprise_and_what_misled():
    found = worst_errors(pd.DataFrame(CASES), pd.DataFrame(VISITS))
    assert list(found.columns) == ERRORS.names
    told = {row.gap_id: (row.error, round(row.surprise_db, 1), row.reason) for row in found.itertuples()}
    assert told == {
        "far": ("missed", 60.0, "the site seemed out of reach"),
        "shown": ("missed", 60.0, "an end of the silence lies in the site"),
        "faint": ("missed", 10.0, "against a visit: time -9.0"),
        "other": ("misnamed", 10.0, "for the other group: history +8.0"),
        "passing": ("accused", 7.0, "for a visit: history +7.0, time +4.0"),
    }
    assert list(told) == ["far", "shown", "faint", "other", "passing"]
    passing = found.set_index("gap_id").loc["passing"]
    assert passing["evidence_named"] == "history +7.0, departure -5.0, time +4.0, approach +2.0"
    assert passing["evidence_truth"] == ""


def test_no_error_is_an_empty_table():
    assert worst_errors(pd.DataFrame(CASES[:1]), pd.DataFrame(VISITS)).empty
