"""A feed that hears each vessel in one hour of twenty, as few satellites do, accuses nobody; all of it synthetic."""

import numpy as np
import pandas as pd
from builders import at
from test_outages import DARK, analysed

DAYS, SHIPS, SHARE = 20, 400, 0.05


def test_long_silences_of_a_feed_that_hears_little_are_not_switched_off(tmp_path):
    rng = np.random.default_rng(4)
    rows = []
    for number in range(SHIPS):
        hours = np.flatnonzero(rng.random(24 * DAYS) < SHARE) + rng.random() / 2.0
        away = np.abs((hours / 12.0 + number) % 2.0 - 1.0)  # to and fro over 1.5 degrees, 12 h each way
        rows.append(pd.DataFrame({"mmsi": DARK + number, "timestamp": at(hours), "lon": 133.0 + 1.5 * away}))
    same = {"lat": 40.0, "sog": 6.0, "cog": 90.0, "nav_status": 0, "receiver": "satellite"}
    gaps = analysed(tmp_path, pd.concat(rows, ignore_index=True).assign(**same)).gaps
    assert len(gaps) > 5000
    assert gaps["duration_h"].median() > 12.0
    assert gaps["p_switched_off"].max() < 0.1
