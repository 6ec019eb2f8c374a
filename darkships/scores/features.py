"""What the score looks at: numbers of a (gap, site) pair that are free of units and of the place.

Speeds are shares of the vessel's cruising speed, distances logarithms, directions cosines, so that what was learnt
from one fleet in one sea can hold for another.
"""

import numpy as np
import pandas as pd

from darkships.kernels.geodesy import haversine_nm_many

STAY_MEDIAN_H = 6.0
STAY_SIGMA = 1.2
"""Lognormal stay at a site of a vessel of which no typical stay is known: from an hour to days."""

SPEED_SIGMA = 0.2
_SPEED_STEPS = np.array([-1.5, -0.75, 0.0, 0.75, 1.5])
_PASSAGE_SIGMA = 0.25
_NEAR_NM = 2.0

ITEM_OF = {
    "dwell": "time",
    "slack_share": "time",
    "log_distance": "time",
    "directness": "time",
    "passage": "time",
    "log_sites": "time",
    "closing": "approach",
    "closing_sharp": "approach",
    "off_speed": "approach",
    "off_towards_on": "approach",
    "opening": "departure",
    "opening_sharp": "departure",
    "on_speed": "departure",
    "on_from_off": "departure",
    "both_ends": "departure",
    "own_calls": "history",
}
"""Each feature, and the item of evidence that it belongs to."""


def features(candidates: pd.DataFrame, gaps: pd.DataFrame, stay_h: np.ndarray | None = None) -> pd.DataFrame:
    """Return one row of features for each candidate, NaN where the data does not say.

    Parameters
    ----------
    candidates
        A CANDIDATES table.
    gaps
        The GAPS table of their gaps.
    stay_h
        Array (rows,): how long such a vessel typically stays at the site, NaN where not known.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``ITEM_OF``, index of ``candidates``.

    """
    gap = gaps.set_index("gap_id").loc[candidates["gap_id"]]
    there, back = candidates["sea_distance_off_nm"].to_numpy(), candidates["sea_distance_on_nm"].to_numpy(np.float64)
    cruise_kn, duration_h = candidates["cruise_kn"].to_numpy(), candidates["duration_h"].to_numpy()
    sailed_nm = there + np.nan_to_num(back)
    off_kn = _leg_kn(gap, "off_approach", "off", "off_approach_h")
    on_kn = _leg_kn(gap, "on", "on_departure", "on_departure_h")
    closing = np.clip(candidates["closing_speed_kn"].to_numpy(np.float64) / np.maximum(off_kn, 2.0), -1.0, 1.0)
    opening = np.clip(candidates["opening_speed_kn"].to_numpy(np.float64) / np.maximum(on_kn, 2.0), -1.0, 1.0)
    directness = candidates["direct_nm"].to_numpy(np.float64) / (cruise_kn * duration_h)
    columns = {
        "dwell": dwell_log_likelihood(duration_h, sailed_nm / cruise_kn, stay_h) + np.log(duration_h),
        "slack_share": np.clip(candidates["slack_h"].to_numpy() / duration_h, 0.0, 1.0),
        "log_distance": np.log(there + back + _NEAR_NM),
        "directness": np.clip(directness, 0.0, 1.5),
        "passage": np.maximum(-0.5 * (np.log(np.clip(directness, 0.01, 3.0)) / _PASSAGE_SIGMA) ** 2, -6.0),
        "log_sites": np.log(candidates.groupby("gap_id")["site"].transform("size").to_numpy()),
        "closing": closing,
        "closing_sharp": np.maximum(closing, 0.0) ** 4,
        "off_speed": np.log(np.maximum(off_kn, 0.5) / cruise_kn),
        "off_towards_on": _cosine(gap, "off_approach", "off", "on"),
        "opening": opening,
        "opening_sharp": np.maximum(opening, 0.0) ** 4,
        "on_speed": np.log(np.maximum(on_kn, 0.5) / cruise_kn),
        "on_from_off": _cosine(gap, "off", "on", "on_departure"),
        "both_ends": np.minimum(closing, opening),
        "own_calls": np.log1p(candidates["own_calls"].to_numpy()),
    }
    return pd.DataFrame({name: columns[name] for name in ITEM_OF}, index=candidates.index)


def dwell_log_likelihood(duration_h: np.ndarray, sailing_h: np.ndarray, stay_h: np.ndarray | None = None) -> np.ndarray:
    """Return the log density (per hour) of a silence of this length if it holds the sailing and a stay.

    The stay is lognormal; the sailing time is uncertain by a lognormal speed factor, summed over a few steps.
    """
    median_h = np.full(duration_h.shape, STAY_MEDIAN_H) if stay_h is None else np.nan_to_num(stay_h, nan=STAY_MEDIAN_H)
    weights = np.exp(-0.5 * _SPEED_STEPS**2)
    density = np.full(duration_h.shape, 1e-6)
    for step, weight in zip(_SPEED_STEPS, weights / weights.sum(), strict=True):
        at_site_h = np.maximum(duration_h - sailing_h * np.exp(step * SPEED_SIGMA), 1e-3)
        z = (np.log(at_site_h) - np.log(median_h)) / STAY_SIGMA
        density += weight * np.exp(-0.5 * z**2) / (np.sqrt(2.0 * np.pi) * STAY_SIGMA * at_site_h)
    log_density: np.ndarray = np.log(density)
    return log_density


def _leg_kn(gap: pd.DataFrame, start: str, end: str, hours: str) -> np.ndarray:
    """Return the speed made good between two named places of a gap, NaN where one is missing."""
    span_h = gap[hours].to_numpy(np.float64)
    nm = haversine_nm_many(
        *(gap[f"{place}_{axis}"].to_numpy(np.float64) for place in (start, end) for axis in ("lon", "lat"))
    )
    return np.where(span_h > 0, nm / np.where(span_h > 0, span_h, 1.0), np.nan)


def _cosine(gap: pd.DataFrame, first: str, second: str, third: str) -> np.ndarray:
    """Return the cosine of the turn at the second of three named places; NaN where a leg has no length."""
    lon, lat = (
        [gap[f"{place}_{axis}"].to_numpy(np.float64) for place in (first, second, third)] for axis in ("lon", "lat")
    )
    squeeze = np.cos(np.radians(lat[1]))
    a_x, a_y = _turn(lon[1] - lon[0]) * squeeze, lat[1] - lat[0]
    b_x, b_y = _turn(lon[2] - lon[1]) * squeeze, lat[2] - lat[1]
    length = np.hypot(a_x, a_y) * np.hypot(b_x, b_y)
    return np.where(length > 0, np.clip((a_x * b_x + a_y * b_y) / np.where(length > 0, length, 1.0), -1.0, 1.0), np.nan)


def _turn(degrees: np.ndarray) -> np.ndarray:
    """Return a difference of longitudes in -180..180."""
    return (degrees + 180.0) % 360.0 - 180.0
