"""How far ``p_switched_off`` may be believed with receivers of different kinds: simulated seas, whose truth is known.

A thousand ships sail the Sea of Japan for 30 days (synthetic) as ``darkships simulate`` lets them: some call or meet in
the dark, are laid up or switch off in port, which is what is to be found; others leave the area, are spoofed, or share
an MMSI. A silence of six hours or more is switched off if that took most of it, and is left out if it took less.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bench_archive import SITES, store_of
from bench_reception import closed, overlapping
from bench_table import Row, row

from darkships.pipeline import Analysis, Parameters
from darkships.scores.evaluation import probability_figures, ranking_figures
from darkships.simulation.frames import simulate_days
from darkships.simulation.plan import Plan, Settings, make_plan
from darkships.sites.watch import read_sites
from darkships.units import US_PER_S

SEAS = {
    "12 coast stations": {"stations": 12, "satellites": 0, "seed": 24},
    "12 coast stations and 2 satellites": {"stations": 12, "satellites": 2, "seed": 21},
    "one home receiver": {"stations": 1, "satellites": 0, "seed": 23},
    "4 satellites": {"stations": 0, "satellites": 4, "seed": 22},
    "2 satellites": {"stations": 0, "satellites": 2, "seed": 25},
}
VESSELS, DAYS, MIN_GAP_H = 1000, 30, 6.0
SWITCHED_OFF = ("dark_visit", "dark_transfer", "laid_up", "moored_off")
SURE, MOST_SHARE = 0.9, 0.5


def silences(plan: Plan, folder: Path) -> pd.DataFrame:
    """Return the closed gaps of a sea of which is known whether they are ``off``."""
    gaps = closed(Analysis(store_of(simulate_days(plan), folder), parameters=Parameters(min_gap_h=MIN_GAP_H)).gaps)
    told = plan.truth[plan.truth["kind"].isin(SWITCHED_OFF)]
    start_us, end_us = ((plan.settings.start_s + told[name]) * US_PER_S for name in ("start_s", "end_s"))
    spans = pd.DataFrame({"mmsi": plan.fleet.mmsi[told["ship"]], "start_us": start_us, "end_us": end_us})
    both = overlapping(gaps, spans)
    common_us = both[["until_us", "end_us"]].min(axis=1) - both[["from_us", "start_us"]].max(axis=1)
    most = (common_us / (both["until_us"] - both["from_us"])).groupby(both["row"]).max()
    share = gaps["row"].map(most).fillna(0.0)
    return gaps.assign(off=share > MOST_SHARE)[(share > MOST_SHARE) | (share == 0.0)]


def figures(name: str, found: pd.DataFrame) -> list[Row]:
    """Return how well the probabilities of silences order them, and how true they are."""
    p, is_off = found["p_switched_off"].to_numpy(np.float64), found["off"].to_numpy(bool)
    own, length = (ranking_figures(score, is_off) for score in (p, found["duration_h"].to_numpy(np.float64)))
    sure = p > SURE
    what = f"{name} ({is_off.sum()} of {is_off.size} silences are off)"
    rows = [
        row("seas", f"{short}: {what}", "", own[figure], "duration_h", length[figure], None)
        for figure, short in (("auc", "AUC"), ("average_precision", "AP"))
    ]
    rows.append(row("seas", f"ECE: {what}", "", probability_figures(p, is_off)["ece"], None, None, 0.05))
    if sure.any():
        told = f"off of the {sure.sum()} above {SURE}: {what}"
        rows.append(row("seas", told, "share", float(is_off[sure].mean()), None, None, SURE))
    return rows


def bench_seas() -> list[Row]:
    """Measure what is believed of silences on seas with receivers of different kinds."""
    rows: list[Row] = []
    for name, receivers in SEAS.items():
        plan = make_plan(Settings(VESSELS, DAYS, every_s=300.0, **receivers), read_sites(SITES))
        with tempfile.TemporaryDirectory() as folder:
            rows += figures(name, silences(plan, Path(folder) / "store"))
    return rows
