"""What the score looks at: numbers of a (gap, site) pair that are free of units and of the place.

Times are shares of the silence, speeds shares of the vessel's cruising speed, distances logarithms, courses angles, so
that what was learnt from one fleet in one sea can hold for another.
"""

import numpy as np
import pandas as pd

from darkships.kernels.geodesy import haversine_nm_many

_NEAR_NM = 2.0
_SLOW_KN = 2.0
_AT_REST_KN = 1.0

ITEM_OF = {
    "spare": "time",
    "passage": "time",
    "log_distance": "time",
    "log_sites": "time",
    "closing": "approach",
    "off_way": "approach",
    "fastest_end": "approach",
    "opening": "departure",
    "on_way": "departure",
    "own_calls": "history",
    "own_share": "history",
    "other_callers": "history",
}
"""Each feature, and the item of evidence that it belongs to."""

_FEW_CALLS = 0.1
"""So many calls are presumed of a vessel at a site where none was seen, of one elsewhere."""


def features(candidates: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return one row of features for each candidate, NaN where the data does not say.

    Parameters
    ----------
    candidates
        A CANDIDATES table.
    gaps
        The GAPS table of their gaps.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``ITEM_OF``, index of ``candidates``: the share of the silence left at the site if both ways are
        sailed at cruising speed, the share that the direct way from end to end takes, the way by sea over the site
        (log of nm), how many sites could be reached (log); speeds towards the site before and away from it after, of
        the speed made good; how much of the speed at each end led to the berth, or came from it, and the faster end's
        speed, of the cruising speed, unknown where the vessel lay at both ends but not at the same place: it sailed,
        and nobody saw how; 1 if the vessel was seen to call there, the share of its calls there, and how many others
        call (log). Of a site where AIS shows no call at all the last three are unknown: a trade that is always dark
        leaves no history. Of an origin too: who calls there openly need not hide it.

    """
    gap = gaps.set_index("gap_id").loc[candidates["gap_id"]]
    sailed_nm = candidates["sea_distance_off_nm"].to_numpy() + candidates["sea_distance_on_nm"].to_numpy(np.float64)
    cruise_kn = candidates["cruise_kn"].to_numpy()
    cruised_nm = cruise_kn * candidates["duration_h"].to_numpy()
    off_kn = _leg_kn(gap, "off_approach", "off", "off_approach_h")
    on_kn = _leg_kn(gap, "on", "on_departure", "on_departure_h")
    off_end_kn, on_end_kn = _end_kn(gap, "off", off_kn), _end_kn(gap, "on", on_kn)
    own, others = candidates["own_calls"].to_numpy(np.float64), candidates["other_callers"].to_numpy(np.float64)
    no_history = (own + others == 0.0) | ~candidates["watched"].to_numpy(bool)
    columns = {
        "spare": candidates["slack_h"].to_numpy() / candidates["duration_h"].to_numpy(),
        "passage": candidates["direct_nm"].to_numpy(np.float64) / cruised_nm,
        "log_distance": np.log(sailed_nm + _NEAR_NM),
        "log_sites": np.log(candidates.groupby("gap_id")["site"].transform("size").to_numpy()),
        "closing": candidates["closing_speed_kn"].to_numpy(np.float64) / np.maximum(off_kn, _SLOW_KN),
        "off_way": off_end_kn * _along(candidates["off_angle_deg"]) / cruise_kn,
        "fastest_end": np.where(_sailed_unseen(gap), np.nan, np.fmax(off_end_kn, on_end_kn) / cruise_kn),
        "opening": candidates["opening_speed_kn"].to_numpy(np.float64) / np.maximum(on_kn, _SLOW_KN),
        "on_way": on_end_kn * _along(candidates["on_angle_deg"]) / cruise_kn,
        "own_calls": np.where(no_history, np.nan, own > 0),
        "own_share": np.where(no_history, np.nan, (own + _FEW_CALLS) / (candidates["vessel_calls"].to_numpy() + 1.0)),
        "other_callers": np.where(no_history, np.nan, np.log1p(others)),
    }
    return pd.DataFrame({name: columns[name] for name in ITEM_OF}, index=candidates.index)


def _end_kn(gap: pd.DataFrame, end: str, leg_kn: np.ndarray) -> np.ndarray:
    """Return the speed reported at an end of each gap; where none is, that made good beside it."""
    told_kn = gap[f"{end}_sog_kn"].to_numpy(np.float64)
    return np.where(np.isnan(told_kn), leg_kn, told_kn)


def _sailed_unseen(gap: pd.DataFrame) -> np.ndarray:
    """Tell of each gap whether the vessel lay at both ends, but not at the same place."""
    lay = (gap["off_sog_kn"] < _AT_REST_KN) & (gap["on_sog_kn"] < _AT_REST_KN)
    return (lay & (gap["distance_nm"] >= _NEAR_NM)).to_numpy(bool)


def _along(angle_deg: "pd.Series[float]") -> np.ndarray:
    """Return which share of a speed leads along a way at this angle to the course."""
    share: np.ndarray = np.cos(np.radians(angle_deg.to_numpy(np.float64)))
    return share


def _leg_kn(gap: pd.DataFrame, start: str, end: str, hours: str) -> np.ndarray:
    """Return the speed made good between two named places of a gap, NaN where one is missing."""
    span_h = gap[hours].to_numpy(np.float64)
    nm = haversine_nm_many(
        *(gap[f"{place}_{axis}"].to_numpy(np.float64) for place in (start, end) for axis in ("lon", "lat"))
    )
    return np.where(span_h > 0, nm / np.where(span_h > 0, span_h, 1.0), np.nan)
