"""Silences of two vessels that could have met in them: what a transfer at sea in the dark looks like."""

import numpy as np
import pandas as pd

from darkships.kernels import fixed
from darkships.kernels.meetings import best_meetings
from darkships.schema import GAPS, time_us, validate
from darkships.units import US_PER_H

TOGETHER_H = 3.0
"""Shortest time alongside: mooring, hoses or cranes, and cargo."""

ALIKE = 0.75
"""So much of the time in which one of the two is silent both are."""

OFF = 0.5
"""Only who is more likely switched off than not received counts."""

_AT_REST_KN = 1.0
_MAX_KN = 15.0
"""Of vessels whose own speed is not known."""


def meetings(gaps: pd.DataFrame) -> "pd.Series[float]":
    """Return the vessel that each silence could hide a meeting with, by gap; silences without one are left out.

    Both are closed and more likely switched off than not, neither vessel lay still at both ends, both are silent for
    about the same time, and each could have been between the four ends for the same hours. Of several vessels the one
    counts whose silence is most alike.

    Parameters
    ----------
    gaps
        A GAPS table.

    Returns
    -------
    pandas.Series
        MMSIs, index: gap_id.

    """
    gaps = validate(gaps, GAPS, where="gaps")
    still = (gaps["off_sog_kn"] < _AT_REST_KN) & (gaps["on_sog_kn"] < _AT_REST_KN)
    could = gaps["on_lat"].notna() & ~(gaps["p_switched_off"] < OFF) & ~still
    ends = gaps[could].sort_values(["off_timestamp", "gap_id"], kind="stable", ignore_index=True)
    off_h, on_h = (time_us(ends[f"{end}_timestamp"]) / US_PER_H for end in ("off", "on"))
    off, on = (np.ascontiguousarray(ends[[f"{end}_lon", f"{end}_lat"]].to_numpy(np.float64)) for end in ("off", "on"))
    max_kn = fixed(ends["max_kn"].fillna(_MAX_KN).to_numpy(np.float64))
    mmsi = ends["mmsi"].to_numpy(np.int64)
    met = best_meetings(mmsi, off_h, on_h, off, on, max_kn, ALIKE, TOGETHER_H)
    found = pd.Series(met, index=pd.Index(ends["gap_id"], name="gap_id"), dtype=np.float64, name="mmsi")
    return found[found >= 0.0]
