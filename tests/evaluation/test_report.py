import numpy as np
import pandas as pd
import pytest

from darkships.evaluation.cases import BASELINES, part_of
from darkships.evaluation.report import evaluation_figures


def cases(n=20):
    """Return pairs in which the visit always has the higher probability, and the nearest site is never the one."""
    rows = []
    for pair in range(n):
        for visit in (True, False):
            row = {"gap_id": f"{pair}-{visit}", "mmsi": 200 + pair % 7, "pair": pair, "is_visit": visit}
            row |= {"kind": "visit" if visit else "passing", "part": "fit" if pair % 2 else "held-out"}
            row |= {
                "probability": 0.9 if visit else 0.1,
                "probability_off": 0.8 if visit else 0.1,
                "site": "A" if visit else None,
            }
            row |= {"site_group": "G" if visit else None, "named": "B", "named_group": "G"}
            row |= {"nearest": "C", "nearest_group": "H", **dict.fromkeys(BASELINES, 0.0)}
            rows.append({**row, "off_timestamp": pd.Timestamp(pair, unit="h", tz="UTC")})
    frame = pd.DataFrame(rows)
    return frame.assign(on_timestamp=frame["off_timestamp"])


def test_figures_by_hand():
    figures = (
        evaluation_figures(cases(), resamples=5).set_index(["part", "against", "score", "figure"]).sort_index()["value"]
    )
    of = figures.loc["all", "pairs", "darkships"]
    assert of["auc"] == of["average_precision"] == of["recall_at_95_precision"] == 1.0
    assert of["ece"] == pytest.approx(0.1)
    assert (of["site_first"], of["group_first"]) == (0.0, 1.0)
    assert figures.loc["all", "pairs", "told_off"]["ece"] == pytest.approx(0.15)
    assert figures.loc["all", "pairs", "duration"]["auc"] == 0.5
    assert figures.loc["all", "pairs", "nearest_port"]["group_first"] == 0.0
    assert figures.loc["held-out", "passing", "darkships"]["auc"] == 1.0


def test_half_of_a_pair_is_no_pair():
    table = evaluation_figures(cases().iloc[:-1], resamples=5)
    pairs = table[(table["part"] == "all") & (table["against"] == "pairs")]
    assert set(pairs["visits"]) == set(pairs["others"]) == {19}


def test_parts_are_by_name_and_about_four_in_ten_are_held_out():
    parts = [part_of(number) for number in range(1000)]
    assert parts == [part_of(str(number)) for number in range(1000)]
    assert np.mean([part == "held-out" for part in parts]) == pytest.approx(0.4, abs=0.05)
