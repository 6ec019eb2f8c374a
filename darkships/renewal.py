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
    regularity = max(_REGULARITIES, key=lambda stages: (_log_evidence(intervals_h, stages), -stages))
    certainty, total_h = _posterior(intervals_h, regularity)
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
    if most <= 1:
        return np.ones(1)  # most silences are short
    mean = rhythm.regularity * max(spare_h, 0.0) / rhythm.cycle_h
    k = np.arange(rhythm.regularity * most)
    share = mean / (mean + rhythm.certainty)
    with np.errstate(divide="ignore"):
        steps = np.log((k[1:] - 1 + rhythm.certainty) / k[1:]) + np.log(share)
    log_pmf = np.concatenate([[0.0], np.cumsum(steps)])
    pmf = np.exp(log_pmf - log_pmf.max()).reshape(most, rhythm.regularity).sum(axis=1)
    total: np.ndarray = pmf / pmf.sum()
    return total


def trip_pmfs(trips: pd.DataFrame) -> Iterator[np.ndarray]:
    """Yield :func:`trip_pmf` of each row of a TRIPS table."""
    known = zip(trips["cycle_h"], trips["cycle_regularity"], trips["cycle_certainty"], strict=True)
    for spare_h, most, (cycle_h, regularity, certainty) in zip(
        trips["spare_h"], trips["max_round_trips"], known, strict=True
    ):
        yield trip_pmf(float(spare_h), int(most), Rhythm(cycle_h, int(regularity), certainty))


def with_chance(pmf: np.ndarray, p: float, p_begun: float) -> np.ndarray:
    """Return the probabilities (most + 1,) of 0, 1, ... new trips in a silence that holds a visit by chance only.

    Parameters
    ----------
    pmf
        (most,) probabilities of 1, 2, ... trips if there was one.
    p
        Probability of a visit.
    p_begun
        Probability that the first of these trips was counted in an earlier silence of the same trip.

    """
    total = np.zeros(pmf.size + 1)
    total[1:] = (1.0 - p_begun) * pmf
    total[:-1] += p_begun * pmf
    total *= p
    total[0] += 1.0 - p
    return total


def _posterior(intervals_h: Sequence[float], regularity: int) -> tuple[float, float]:
    """Return shape and rate of the gamma distribution of the pace of stages, given the intervals."""
    rate = DEFAULT_CERTAINTY * LIKELY_CYCLE_H / regularity
    return DEFAULT_CERTAINTY + regularity * len(intervals_h), rate + float(np.sum(intervals_h))


def _log_evidence(intervals_h: Sequence[float], regularity: int) -> float:
    """Return the log density of the intervals at a regularity, over all paces."""
    shape, rate = _posterior(intervals_h, regularity)
    prior_rate = DEFAULT_CERTAINTY * LIKELY_CYCLE_H / regularity
    lengths = (regularity - 1) * float(np.sum(np.log(intervals_h))) - len(intervals_h) * math.lgamma(regularity)
    prior = DEFAULT_CERTAINTY * math.log(prior_rate) - math.lgamma(DEFAULT_CERTAINTY)
    return lengths + prior + math.lgamma(shape) - shape * math.log(rate)
