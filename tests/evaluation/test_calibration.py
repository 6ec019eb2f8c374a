"""Refits to a user's own cases: her verdicts, and too few of them."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from seas import fleet, sites_file, store_of
from test_fitting import examples

from darkships.alerts.facts import Facts
from darkships.errors import DarkshipsError
from darkships.evaluation import calibration
from darkships.evaluation.calibration import calibrate, silences_judged
from darkships.evaluation.fitting import JUDGED, RECEPTION, Examples, fit_visits
from darkships.pipeline import Analysis, Parameters
from darkships.scores.model import DECIBAN, load_model
from darkships.sites.watch import read_sites

OFF = datetime(2024, 1, 1, tzinfo=UTC)


def facts(mmsi, *, off=OFF, site="West"):
    return Facts(lead_id="DS-1", mmsi=mmsi, as_of=OFF, data_label="", site=site, off_timestamp=off)


def test_the_last_verdict_on_a_silence_counts_and_reopening_takes_it_back():
    found = silences_judged(
        [
            ("confirm", facts(1)),
            ("dismiss", facts(1)),
            ("dismiss", facts(2)),
            ("reopen", facts(2)),
            ("confirm", facts(3, site="East")),
            ("dismiss", facts(4, off=None)),  # of a listed ship that is not silent
        ]
    )
    assert found[["mmsi", "site", "is_visit"]].values.tolist() == [[1, "West", False], [3, "East", True]]
    assert (found["off_timestamp"] == pd.Timestamp(OFF)).all()


def test_no_verdicts_are_an_empty_table():
    assert silences_judged([]).empty


@pytest.fixture(scope="module")
def sea(tmp_path_factory, sea_cache):
    path = tmp_path_factory.mktemp("sea")
    parameters = Parameters(min_gap_h=0.5, prior_vessel=0.2, prior_gap=0.5)
    rows = [row for row in fleet() if not (row[1] == 273000101 and 5.0 < row[0] < 12.0)]
    return Analysis(store_of(path, rows), read_sites(sites_file(path)), parameters=parameters)


def test_a_judged_silence_stands_where_the_prior_has_it(sea):
    gap = sea.gaps[(sea.gaps["mmsi"] == 273000101) & ~sea.gaps["is_open"]].iloc[0]
    verdict = {"mmsi": gap["mmsi"], "off_timestamp": gap["off_timestamp"], "site": "West", "is_visit": True}
    gone = {**verdict, "off_timestamp": gap["off_timestamp"] + pd.Timedelta("1h")}
    found = Examples.judged(sea, pd.DataFrame([verdict, gone]))
    visits = sea.visits[sea.visits["gap_id"] == gap["gap_id"]]
    assert set(found.gap) == {gap["gap_id"]}
    assert visits["site"][found.chosen].tolist() == ["West"]
    assert found.paired.all()
    expected = visits[[*JUDGED, RECEPTION]].sum(axis=1) - 9.5424  # 10 log10 of 0.1 to 0.9
    assert found.judged_db == pytest.approx(expected.to_numpy(), abs=1e-3)


def test_masked_silences_are_examples_of_what_they_are(sea):
    gap = sea.gaps[(sea.gaps["mmsi"] == 273000101) & ~sea.gaps["is_open"]].iloc[0]
    cases = pd.DataFrame(
        {
            "gap_id": [gap["gap_id"]],
            "kind": ["visit"],
            "is_visit": [True],
            "site": ["West"],
            "pair": [0],
            "part": ["fit"],
        }
    )
    one = SimpleNamespace(cases=cases, analysis=sea)
    found = Examples.of(one, weight=0.5)
    visits = sea.visits[sea.visits["gap_id"] == gap["gap_id"]].reset_index(drop=True)
    assert visits["site"][found.chosen].tolist() == ["West"]
    assert (found.paired.all(), found.weight) == (True, 0.5)
    assert found.judged_db == pytest.approx(visits[JUDGED].sum(axis=1).to_numpy())  # reception was not asked
    assert found.table["spare"].tolist() == pytest.approx((visits["slack_h"] / visits["duration_h"]).tolist())
    assert Examples.of(SimpleNamespace(cases=cases.assign(kind="natural"), analysis=sea)).gap.size == 0
    assert Examples.of(one, part="held-out").gap.size == 0
    # A visit to a place out of reach must not teach that it was none.
    assert Examples.of(SimpleNamespace(cases=cases.assign(site="Elsewhere"), analysis=sea)).gap.size == 0
    assert not Examples.of(SimpleNamespace(cases=cases.assign(pair=-1), analysis=sea)).paired.any()


def test_little_data_hardly_moves_the_shipped_model_and_much_does():
    shipped = load_model()
    few, many = (fit_visits([examples(gaps=n)], start=shipped) for n in (5, 2000))

    def moved(model):
        return max(
            float(np.abs(np.diff(db) - np.diff(shipped.curves[name][1])).max())
            for name, (_, db) in model.curves.items()
        )

    assert moved(few) < 3.0
    assert moved(many) > 2.0 * moved(few)
    assert np.diff(many.curves["off_way"][1]).sum() == pytest.approx(6.0 * DECIBAN, rel=0.2)


def test_too_few_calls_are_an_error_that_says_what_is_needed():
    cases = pd.DataFrame({"is_visit": [True, False, True], "pair": [0, 0, 1]})
    with pytest.raises(DarkshipsError, match=r"found 2 port calls .* and 1 verdicts; expected at least 30 such calls"):
        calibrate(SimpleNamespace(cases=cases), None, pd.DataFrame({"mmsi": [1]}))


def test_where_nothing_is_left_to_fit_a_part_to_there_are_no_figures(sea, monkeypatch):
    monkeypatch.setattr(calibration, "LEAST_PAIRS", 1)
    gap = sea.gaps[(sea.gaps["mmsi"] == 273000101) & ~sea.gaps["is_open"]].iloc[0]
    case = {"gap_id": gap["gap_id"], "kind": "visit", "is_visit": True, "site": "West", "pair": 0, "part": "held-out"}
    verdict = {"mmsi": gap["mmsi"], "off_timestamp": gap["off_timestamp"], "site": "West", "is_visit": True}
    one = SimpleNamespace(cases=pd.DataFrame([case]), analysis=sea)
    made = calibrate(one, sea, pd.DataFrame([verdict]))
    assert (made.pairs, made.verdicts) == (1, 1)
    assert made.figures.empty
