"""The chance that a vessel lies at the berth at a given time, if it went there in a silence.

The first stay begins straight after the passage in half of the cases, else it lies anywhere in the time that the way
leaves; further trips in the same silence lie anywhere. Stays are lognormal, cut off at what fits.
"""

from statistics import NormalDist

import numpy as np

PROMPT = 0.5
"""A ship that switches off to call somewhere goes there first; how often it waits is not known: an even chance."""

STAY_SIGMA = 0.5
"""Of the logarithm: nine of ten stays are between half and twice the usual one (published: two to three days)."""

_NODES = (np.arange(9) + 0.5) / 9.0
_LEAST_STAY_H = 0.5


def presence(at_h: np.ndarray, *, window_h: float, arrival_h: float, stay_h: float, pmf: np.ndarray) -> np.ndarray:
    """Return the chance (t,) that the vessel is at the berth.

    Parameters
    ----------
    at_h
        Array (t,): hours after the earliest arrival.
    window_h
        Hours from the earliest arrival to the latest departure.
    arrival_h
        Hours from the earliest arrival to that at cruising speed. It is as uncertain as the speed: anything between
        the earliest and twice this.
    stay_h
        Usual stay.
    pmf
        (most,) probabilities of 1, 2, ... round trips.

    """
    window_h = max(window_h, _LEAST_STAY_H)
    stays_h = _stays_h(window_h, stay_h)
    arrivals_h = np.minimum(2.0 * arrival_h * _NODES[:, None], window_h - stays_h)
    prompt = _covered(at_h, arrivals_h.ravel(), (arrivals_h + stays_h).ravel())
    room_h = window_h - stays_h
    first, last = np.maximum(at_h[:, None] - stays_h, 0.0), np.minimum(at_h[:, None], room_h)
    inside = (at_h >= 0.0) & (at_h <= window_h)
    whole = np.where(room_h > 0.0, np.clip(last - first, 0.0, None) / np.where(room_h > 0.0, room_h, 1.0), 1.0)
    anywhere = np.where(inside, whole.mean(axis=1), 0.0)
    one = PROMPT * prompt + (1.0 - PROMPT) * anywhere
    away = sum(p * (1.0 - anywhere) ** more for more, p in enumerate(pmf))
    chance: np.ndarray = np.clip(1.0 - (1.0 - one) * away, 0.0, 1.0)
    return chance


def _stays_h(window_h: float, stay_h: float) -> np.ndarray:
    """Return equally likely stays (k,): of the lognormal distribution what is no longer than the window."""
    normal = NormalDist(np.log(stay_h), STAY_SIGMA)
    fits = max(normal.cdf(np.log(window_h)), 1e-9)
    stays = np.exp([normal.inv_cdf(fits * node) for node in _NODES])
    return np.clip(stays, min(_LEAST_STAY_H, window_h), window_h)


def _covered(at_h: np.ndarray, start_h: np.ndarray, end_h: np.ndarray) -> np.ndarray:
    """Return the share (t,) of intervals that hold each time."""
    begun = np.searchsorted(np.sort(start_h), at_h, side="right")
    over = np.searchsorted(np.sort(end_h), at_h, side="left")
    held: np.ndarray = (begun - over) / start_h.size
    return held
