"""Silences of two vessels that could have met in them: what a transfer at sea in the dark looks like."""

import numpy as np
import pandas as pd

from darkships.kernels.geodesy import haversine_nm_many
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
    mmsi = ends["mmsi"].to_numpy(np.int64)
    met: dict[str, int] = {}
    for row, gap_id in enumerate(ends["gap_id"]):
        longest_h = (on_h[row] - off_h[row]) / ALIKE
        near = np.arange(*np.searchsorted(off_h, [on_h[row] - longest_h, on_h[row]]))
        both_h = np.minimum(on_h[near], on_h[row]) - np.maximum(off_h[near], off_h[row])
        any_h = np.maximum(on_h[near], on_h[row]) - np.minimum(off_h[near], off_h[row])
        fits = (mmsi[near] != mmsi[row]) & (both_h >= np.maximum(ALIKE * any_h, TOGETHER_H))
        near, alike = near[fits], (both_h / any_h)[fits]
        alike = np.where(_together_h(ends, row, near, off_h, on_h) >= TOGETHER_H, alike, 0.0)
        if alike.any():
            met[gap_id] = int(mmsi[near[np.lexsort((mmsi[near], -alike))[0]]])
    return pd.Series(met, dtype=np.float64, name="mmsi")


def _together_h(ends: pd.DataFrame, row: int, others: np.ndarray, off_h: np.ndarray, on_h: np.ndarray) -> np.ndarray:
    """Return for how long (k,) a vessel and each of others can be at the place in the middle of their four ends."""
    pairs = np.stack([np.full(others.size, row), others])
    lon = np.stack([ends[f"{end}_lon"].to_numpy(np.float64)[pairs] for end in ("off", "on")])
    lat = np.stack([ends[f"{end}_lat"].to_numpy(np.float64)[pairs] for end in ("off", "on")])
    east = (lon - lon[0, 0] + 180.0) % 360.0 - 180.0
    middle_lon, middle_lat = (lon[0, 0] + east.mean(axis=(0, 1)), lat.mean(axis=(0, 1)))
    max_kn = ends["max_kn"].fillna(_MAX_KN).to_numpy(np.float64)[pairs]
    way_h = [
        haversine_nm_many(lon[end].ravel(), lat[end].ravel(), np.tile(middle_lon, 2), np.tile(middle_lat, 2))
        .reshape(2, -1) / max_kn
        for end in (0, 1)
    ]  # fmt: skip
    there = (off_h[pairs] + way_h[0]).max(axis=0)
    away = (on_h[pairs] - way_h[1]).min(axis=0)
    return away - there
