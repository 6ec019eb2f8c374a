"""Ships that go again and again at even intervals, and do not: computable where enough likely trips were seen."""

from datetime import datetime

import numpy as np
import pandas as pd

LIKELY = 0.5
"""A silence counts as a trip from this probability of its most likely group on."""

LEAST_TRIPS = 4
MOST_SPREAD = 0.35
"""Standard deviation of the intervals over their mean; more is no rhythm."""

OVERDUE = 2.0
"""So many usual intervals after the last trip began the rhythm is broken."""


def overdue(visits: pd.DataFrame, as_of: datetime) -> dict[int, str]:
    """Return by MMSI how a vessel's rhythm is broken.

    Parameters
    ----------
    visits
        VISITS rows of watched sites, undeclared.
    as_of
        Time up to which the data is known. The wait is counted to it, also while the vessel is silent.

    """
    per_group = visits.groupby(["mmsi", "gap_id", "site_group"], as_index=False).agg(
        probability=("probability", "sum"), off_timestamp=("off_timestamp", "first")
    )
    likely = per_group[per_group["probability"] >= LIKELY].drop_duplicates("gap_id")
    found = {}
    for _, rows in likely.groupby("mmsi"):
        began = np.sort(rows["off_timestamp"].to_numpy("datetime64[s]").astype(np.int64)) / 86400.0
        intervals = np.diff(began)
        if len(began) < LEAST_TRIPS or intervals.std() > MOST_SPREAD * intervals.mean():
            continue
        waited = as_of.timestamp() / 86400.0 - began[-1]
        if waited > OVERDUE * np.median(intervals):
            found[int(rows["mmsi"].iloc[0])] = (
                f"its rhythm is broken: {len(began)} likely trips began about every {np.median(intervals):.1f} days, "
                f"the last {waited:.0f} days ago"
            )
    return found
