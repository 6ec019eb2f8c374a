"""How many round trips a time can hold: a renewal process, with a pace that is learnt from the trips that are known.

A cycle (berth, passage, berth at home, passage) is a sum of equal exponential stages (Erlang), so that the number of
cycles in a time is the whole part of a Poisson number of stages (gamma counts: R. Winkelmann, Duration Dependence and
Dispersion in Count-Data Models, Journal of Business & Economic Statistics 13, 1995). The pace of the stages is gamma
distributed; what intervals between trips tell of it is then a gamma distribution, too, and the number of stages is
negative binomial.
"""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd


class Rhythm(NamedTuple):
    """What is known of the time from one round trip to the next."""

    cycle_h: float
    """One over the mean pace."""
    regularity: int
    """Stages of a cycle: 1 is pure chance, 16 clockwork; the coefficient of variation is one over its root."""
    certainty: float
    """Shape of the gamma distribution of the pace; its coefficient of variation is one over its root."""

    def cycle_quantile_h(self, q: float) -> float:
        """Return a quantile of the cycle: the slowest pace is the longest.

        The gamma distribution is approximated by the cube of a normal one (E. B. Wilson and M. M. Hilferty, PNAS 17,
        1931).
        """
        spread = 1.0 / (9.0 * self.certainty)
        pace = (1.0 - spread + NormalDist().inv_cdf(1.0 - q) * math.sqrt(spread)) ** 3
        return self.cycle_h / pace


LIKELY_CYCLE_H = 336.0
"""One round trip in two weeks: an active ship of the Rajin trade (derived from CSIS Beyond Parallel and Open Source
Centre counts, 2023-2025)."""

DEFAULT_REGULARITY = 4
"""Two to three days at the berth and two passages leave one cycle in twenty shorter than five days, the shortest that
is published."""

DEFAULT_CERTAINTY = 2.0
"""Cycles from six days to eleven weeks (5 % and 95 % quantiles)."""

DEFAULT_RHYTHM = Rhythm(LIKELY_CYCLE_H, DEFAULT_REGULARITY, DEFAULT_CERTAINTY)

_REGULARITIES = (1, 2, 4, 8, 16)


def learnt_rhythm(intervals_h: Sequence[float]) -> Rhythm:
    """Return the rhythm that intervals between a vessel's trips show; without any, the default.

    Of the regularities the one stands that makes the intervals most probable.
    """
    if not len(intervals_h):
        return DEFAULT_RHYTHM
    told = len(intervals_h), float(np.sum(intervals_h)), float(np.sum(np.log(intervals_h)))
    regularity = max(_REGULARITIES, key=lambda stages: (_log_evidence(*told, stages), -stages))
    certainty, total_h = _posterior(*told[:2], regularity)
    return Rhythm(regularity * total_h / certainty, regularity, certainty)


def trip_pmf(spare_h: float, most: int, rhythm: Rhythm = DEFAULT_RHYTHM) -> np.ndarray:
    """Return the probabilities (most,) of 1, 2, ... ``most`` round trips in a silence that holds one at least.

    Parameters
    ----------
    spare_h
        Hours from the first arrival to the last that leaves time for a stay and the way back.
    most
        Largest number that fits; the distribution is cut off there.
    rhythm
        What is known of the cycle.

    """
    cycle_h, regularity, certainty = rhythm
    pmf: np.ndarray = _pmfs(np.array([spare_h]), most, np.array([cycle_h]), regularity, np.array([certainty]))[0]
    return pmf


def trip_pmfs(trips: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows (k,) of a TRIPS table that hold equally many trips, and their :func:`trip_pmf` (k, most)."""
    spare_h, cycle_h, certainty, most, regularity = (
        trips[name].to_numpy()
        for name in ("spare_h", "cycle_h", "cycle_certainty", "max_round_trips", "cycle_regularity")
    )
    order = np.lexsort((regularity, most))
    is_new = (np.diff(most[order]) != 0) | (np.diff(regularity[order]) != 0)
    for rows in np.split(order, np.flatnonzero(is_new) + 1) if order.size else ():
        first = rows[0]
        yield rows, _pmfs(spare_h[rows], int(most[first]), cycle_h[rows], int(regularity[first]), certainty[rows])


def with_chance(pmf: np.ndarray, p: np.ndarray, p_begun: np.ndarray) -> np.ndarray:
    """Return the probabilities (k, most + 1) of 0, 1, ... new trips in silences that hold a visit by chance only.

    Parameters
    ----------
    pmf
        (k, most) probabilities of 1, 2, ... trips if there was one.
    p
        (k,) probability of a visit.
    p_begun
        (k,) probability that the first of these trips was counted in an earlier silence of the same trip.

    """
    total = np.zeros((len(pmf), pmf.shape[1] + 1))
    total[:, 1:] = (1.0 - p_begun)[:, None] * pmf
    total[:, :-1] += p_begun[:, None] * pmf
    total *= p[:, None]
    total[:, 0] += 1.0 - p
    return total


def new_trip_pmfs(trips: pd.DataFrame, p: np.ndarray) -> list[np.ndarray]:
    """Return :func:`with_chance` of each row (n,) of a TRIPS table, given the chance (n,) of a visit."""
    p_begun, found = trips["p_begun"].to_numpy(np.float64), [np.empty(0)] * len(trips)
    for rows, pmf in trip_pmfs(trips):
        for row, new_trips in zip(rows.tolist(), with_chance(pmf, p[rows], p_begun[rows]), strict=True):
            found[row] = new_trips
    return found


def _pmfs(spare_h: np.ndarray, most: int, cycle_h: np.ndarray, regularity: int, certainty: np.ndarray) -> np.ndarray:
    """Return ``trip_pmf`` (k, most) of several silences."""
    if most <= 1:
        return np.ones((spare_h.size, 1))  # most silences are short
    mean = regularity * np.maximum(spare_h, 0.0) / cycle_h
    stage = np.arange(1, regularity * most)
    with np.errstate(divide="ignore"):
        log_share = np.log(mean / (mean + certainty))
    log_pmf = np.zeros((spare_h.size, stage.size + 1))
    np.cumsum(np.log((stage - 1 + certainty[:, None]) / stage) + log_share[:, None], axis=1, out=log_pmf[:, 1:])
    weights = np.exp(log_pmf - log_pmf.max(axis=1, keepdims=True))
    pmf = weights.reshape(spare_h.size, most, regularity).sum(axis=2)
    total: np.ndarray = pmf / pmf.sum(axis=1, keepdims=True)
    return total


def _posterior(intervals: int, total_h: float, regularity: int) -> tuple[float, float]:
    """Return shape and rate of the gamma distribution of the pace of stages, given so many intervals and their sum."""
    rate = DEFAULT_CERTAINTY * LIKELY_CYCLE_H / regularity
    return DEFAULT_CERTAINTY + regularity * intervals, rate + total_h


def _log_evidence(intervals: int, total_h: float, total_log_h: float, regularity: int) -> float:
    """Return the log density of intervals at a regularity, over all paces, given sums of them and their logarithms."""
    shape, rate = _posterior(intervals, total_h, regularity)
    prior_rate = DEFAULT_CERTAINTY * LIKELY_CYCLE_H / regularity
    lengths = (regularity - 1) * total_log_h - intervals * math.lgamma(regularity)
    prior = DEFAULT_CERTAINTY * math.log(prior_rate) - math.lgamma(DEFAULT_CERTAINTY)
    return lengths + prior + math.lgamma(shape) - shape * math.log(rate)
