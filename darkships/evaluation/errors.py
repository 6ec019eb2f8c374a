"""Masked cases whose answer was not given, each with what was said for the truth and what against it."""

from typing import Any

import numpy as np
import pandas as pd

from darkships.schema import ERRORS, EVIDENCE, validate

MOST_DB = 60.0
TELLING_DB = 3.0
"""Weaker evidence misled nobody."""

LEAST_DB = 0.05
"""Less is written as 0.0."""

Weights = dict[str, float]
"""Decibans of each item of evidence."""


def worst_errors(cases: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Return what went wrong with masked silences, case by case.

    Parameters
    ----------
    cases
        CASES table; natural silences, whose answer is presumed, are left out.
    visits
        The VISITS table of whoever was told that the transmitters were off: how well a ship is heard is another matter.

    Returns
    -------
    pandas.DataFrame
        An ERRORS table: the cases in which the truth was given less than even odds, the most surprising first.

    """
    cases = cases[cases["kind"] != "natural"].copy()
    hidden = visits[~visits["declared"]]
    cases["probability"] = cases["probability_off"]
    of_group = hidden.groupby(["gap_id", "site_group"])["probability"].sum()
    true_group = pd.MultiIndex.from_frame(cases[["gap_id", "site_group"]])
    p_group = of_group.reindex(true_group).fillna(0.0).to_numpy()
    cases["p_truth"] = np.where(cases["is_visit"], p_group, 1.0 - cases["probability"])
    cases["surprise_db"] = -10.0 * np.log10(np.maximum(cases["p_truth"], 10.0 ** (-MOST_DB / 10.0)))
    wrong = cases[cases["p_truth"] < 0.5].sort_values(["surprise_db", "gap_id"], ascending=[False, True])
    if wrong.empty:
        return ERRORS.empty()
    found = [{**case, **_explained(case, _Said(visits, case["gap_id"]))} for case in wrong.to_dict("records")]
    return validate(pd.DataFrame(found, columns=ERRORS.names), ERRORS, where="the worst errors")


class _Said:
    """What was said of the sites of a gap."""

    def __init__(self, visits: pd.DataFrame, gap_id: object) -> None:
        of_site = visits[visits["gap_id"] == gap_id].set_index("site")
        self.declared = set(of_site.index[of_site["declared"]])
        rows = of_site[[f"{item}_db" for item in EVIDENCE]].itertuples(name=None)
        self.weights: dict[str, Weights] = {site: dict(zip(EVIDENCE, dbs, strict=True)) for site, *dbs in rows}


def _explained(case: "dict[Any, Any]", said: _Said) -> dict[str, str]:
    """Say of a case which error it is and what misled."""
    named, true = (said.weights.get(case[which], {}) for which in ("named", "site"))
    if not case["is_visit"]:
        error, reason = "accused", _misled("for a visit", named)
    elif not true:
        error, reason = "missed", "the site seemed out of reach"
    elif case["site"] in said.declared:
        error, reason = "missed", "an end of the silence lies in the site"
    elif case["probability"] < 0.5 or case["named_group"] == case["site_group"]:
        error, reason = "missed", _misled("against a visit", true, sign=-1.0)
    else:
        more = {item: named[item] - true[item] for item in named}
        error, reason = "misnamed", _misled("for the other group", more)
    return {"error": error, "evidence_named": _listed(named), "evidence_truth": _listed(true), "reason": reason}


def _misled(which: str, weights: Weights, *, sign: float = 1.0) -> str:
    """Name the weights of one sign that are strong enough to mislead."""
    strong = {item: db for item, db in weights.items() if sign * db >= TELLING_DB}
    return f"{which}: {_listed(strong) or 'nothing strong'}"


def _listed(weights: Weights) -> str:
    """Return weights as text, the strongest first."""
    order = sorted(weights, key=lambda item: -abs(weights[item]))
    return ", ".join(f"{item} {weights[item]:+.1f}" for item in order if abs(weights[item]) >= LEAST_DB)
