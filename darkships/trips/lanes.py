"""Lane activity: how many dark round trips a week between two groups of sites, and whether they become more."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from darkships.renewal import LIKELY_CYCLE_H, new_trip_pmfs
from darkships.schema import LANES, TRIPS, validate

_LANE = ["site_group", "origin_group"]
_WEEK = pd.Timedelta(weeks=1)
_QUANTILES = (0.05, 0.95)
_MOST_TRIPS = 400
_NOTHING = 1e-9
_LEAST_WEEKS = 3
"""A line through fewer weeks is no trend."""


def lane_activity(trips: pd.DataFrame, *, since: pd.Timestamp, as_of: pd.Timestamp) -> pd.DataFrame:
    """Count the expected dark round trips of all vessels by pair of groups and week.

    A stay lies anywhere in its window at the berth with equal chance, so that a silence over several weeks is shared
    among them. A vessel makes undeclared visits or it does not; given that, its silences are independent, and so are
    the vessels: the numbers are convolved. The trend is the least squares line through the settled weeks; its error
    comes from not knowing the numbers and from the chance (Poisson) of the numbers themselves.

    Parameters
    ----------
    trips
        A TRIPS table.
    since
        First report of the data.
    as_of
        Time up to which the data is known. The weeks before it are not settled: who is still silent counts less until
        it is heard again.

    Returns
    -------
    pandas.DataFrame
        A LANES table: every week of the data for every watched group and origin.

    """
    trips = validate(trips, TRIPS, where="trips")
    watched = trips[trips["watched"]].sort_values(list(TRIPS.key), kind="stable", ignore_index=True)
    if watched.empty:
        return LANES.empty()
    begin = _monday(min(since, watched["earliest_arrival"].min()))
    weeks = pd.date_range(begin, _monday(as_of), freq="7D")
    shares = _week_shares(watched, weeks)
    is_whole = (weeks >= since) & (weeks + _WEEK <= as_of)
    is_settled = is_whole & (weeks + _WEEK <= as_of - pd.Timedelta(hours=LIKELY_CYCLE_H))
    lanes = []
    for _, of_lane in watched.groupby(_LANE, dropna=False, sort=True):
        rows = of_lane.index.to_numpy()
        lane = _Lane(of_lane, shares[rows])
        lanes.append(
            pd.DataFrame(
                {
                    **{name: of_lane[name].iloc[0] for name in _LANE},
                    "week": weeks.strftime("%G-W%V"),
                    "week_start": weeks,
                    **lane.numbers(),
                    "is_whole": is_whole,
                    "is_settled": is_settled,
                    **lane.trend(is_settled)._asdict(),
                }
            )
        )
    found = pd.concat(lanes, ignore_index=True).assign(week_start=lambda f: f["week_start"].dt.as_unit("us"))
    return validate(found, LANES, where="the result of lane_activity")[LANES.names]


class Trend(NamedTuple):
    """A slope in round trips a week, each week, with its 5 % and 95 % quantiles; NaN where weeks are too few."""

    trend: float = np.nan
    trend_low: float = np.nan
    trend_high: float = np.nan
    p_growing: float = np.nan


class _Lane:
    """The silences of one pair of groups: rows (n,), their shares of each week (n, w), their numbers of trips."""

    def __init__(self, rows: pd.DataFrame, shares: np.ndarray) -> None:
        self.shares = shares
        p_vessel = rows["p_vessel"].to_numpy(np.float64)
        p = np.clip(rows["probability"].to_numpy(np.float64) / np.where(p_vessel > 0, p_vessel, 1.0), 0.0, 1.0)
        self.new_trips = [_trimmed(pmf) for pmf in new_trip_pmfs(rows, p)]
        self.mmsi, self.is_open = rows["mmsi"].to_numpy(), rows["is_open"].to_numpy(bool)
        vessels, first = np.unique(self.mmsi, return_index=True)
        self.of_vessels = [np.flatnonzero(self.mmsi == vessel) for vessel in vessels]
        self.p_vessels = p_vessel[first]

    def numbers(self) -> dict[str, np.ndarray]:
        """Return the number of trips of each week: mean, 5 % and 95 % quantile; and who can have made them."""
        mean, quantiles = [], []
        for share in self.shares.T:
            pmf = self._pmf(share)
            mean.append(float(pmf @ np.arange(pmf.size)))
            quantiles.append(np.searchsorted(np.cumsum(pmf), _QUANTILES))
        low, high = np.array(quantiles, np.float64).reshape(-1, 2).T
        within = self.shares > 0
        return {
            "expected_round_trips": np.array(mean),
            "expected_round_trips_low": low,
            "expected_round_trips_high": high,
            "vessels": np.array([np.unique(self.mmsi[there]).size for there in within.T]),
            "open_gaps": within[self.is_open].sum(axis=0),
        }

    def _pmf(self, share: np.ndarray) -> np.ndarray:
        """Return the probabilities of 0, 1, ... trips of all vessels in a week with these shares of each silence."""
        total = np.ones(1)
        for rows, p_vessel in zip(self.of_vessels, self.p_vessels, strict=True):
            one = np.ones(1)
            for row in rows[share[rows] > 0]:
                one = np.convolve(one, thinned(self.new_trips[row], share[row]))[:_MOST_TRIPS]
            one = p_vessel * one
            one[0] += 1.0 - p_vessel
            total = np.convolve(total, one)[:_MOST_TRIPS]
        return total / total.sum()

    def trend(self, is_settled: np.ndarray) -> Trend:
        """Return the least squares slope over the settled weeks: its mean and variance are exact, its shape normal."""
        if is_settled.sum() < _LEAST_WEEKS:
            return Trend()
        week = np.arange(is_settled.size, dtype=np.float64)
        around = np.where(is_settled, week - week[is_settled].mean(), 0.0)
        weight = around / (around @ around)
        mean = variance = 0.0
        for rows, p_vessel in zip(self.of_vessels, self.p_vessels, strict=True):
            moments = [self._slope_moments(row, weight) for row in rows.tolist()]
            of_visitor, spread = (sum(one[k] for one in moments) for k in (0, 1))
            mean += p_vessel * of_visitor
            variance += p_vessel * spread + p_vessel * (1.0 - p_vessel) * of_visitor**2
            variance += p_vessel * sum(one[2] for one in moments)
        if variance == 0.0:
            return Trend(mean, mean, mean, 0.5)
        normal = NormalDist(mean, np.sqrt(variance))
        low, high = (normal.inv_cdf(q) for q in _QUANTILES)
        return Trend(mean, low, high, 1.0 - normal.cdf(0.0))

    def _slope_moments(self, row: int, weight: np.ndarray) -> tuple[float, float, float]:
        """Return what a silence adds to the slope: mean, variance, and the Poisson variance of a like number."""
        pmf, share = self.new_trips[row], self.shares[row]
        n = np.arange(pmf.size)
        mean = float(pmf @ n)
        variance = float(pmf @ n**2) - mean**2
        one, squared = float(weight @ share), float(weight**2 @ share)
        return mean * one, mean * (squared - one**2) + variance * one**2, mean * squared


def thinned(pmf: np.ndarray, share: float) -> np.ndarray:
    """Return the probabilities (n,) of how many of 0, 1, ... trips fall in a week that each meets with this chance."""
    if share >= 1.0 or pmf.size == 1:
        return pmf
    out = np.zeros_like(pmf)
    for p in pmf[::-1]:  # Horner's rule for the generating function at 1 - share + share x
        out[1:] = (1.0 - share) * out[1:] + share * out[:-1]
        out[0] = (1.0 - share) * out[0] + p
    return out


def _trimmed(pmf: np.ndarray) -> np.ndarray:
    """Return the probabilities without those at the end that no figure shows."""
    return pmf[: np.flatnonzero(pmf > _NOTHING)[-1] + 1]


def _monday(time: pd.Timestamp) -> pd.Timestamp:
    return (time - pd.Timedelta(days=time.weekday())).normalize()


def _week_shares(trips: pd.DataFrame, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Return (n, w): the share of each row's window at the berth in each week; a moment belongs to its week."""
    start = trips["earliest_arrival"].to_numpy("datetime64[us]").astype(np.float64)[:, None]
    end = trips["latest_departure"].to_numpy("datetime64[us]").astype(np.float64)[:, None]
    edges = weeks.append(weeks[-1:] + _WEEK).to_numpy("datetime64[us]").astype(np.float64)
    end = np.maximum(end, start + 1.0)
    inside = np.clip(np.minimum(end, edges[1:]) - np.maximum(start, edges[:-1]), 0.0, None)
    shares: np.ndarray = inside / (end - start)
    return shares
