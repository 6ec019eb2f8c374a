"""What the feed hears at all: who sails out of it and comes back falls silent without switching off."""

import math

import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.hours import COLUMNS, ROWS
from darkships.kernels.silences import edge_hours
from darkships.reception.records import Records
from darkships.reception.weighing import Weighed

LEFT_SHARE = 0.5
"""Of the ways of a vessel that sailed to where nobody is heard, and came from there, that it was there."""

HEARD_AT_EDGE = 0.5
"""Chance an hour on the last miles to there: receivers' ranges end somewhere in a cell, and who does not come back in
hours is not counted as missed in it."""

_HOW = ("lon", "lat", "cog_deg", "sog_kn")


def edges_h(gaps: pd.DataFrame, months: Records, land: Array) -> tuple[Array, Array]:
    """Return how soon vessels leave what the feed hears, and how long ago they entered it when they are heard again.

    Parameters
    ----------
    gaps
        A GAPS table (k rows).
    months
        MONTH records that tell where anybody was heard.
    land
        Bool (cells,): no water in it.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Hours (k,) on the course and at the speed of each end, NaN where it leads to no edge in six; the latter 0 where
        there is no on fix.

    """
    heard = np.zeros(ROWS * COLUMNS, np.bool_)
    heard[months["cell"][months["heard"] > 0]] = True
    lon, lat, course, speed = (gaps[f"on_{name}"].to_numpy(np.float64) for name in _HOW)
    is_back = ~np.isnan(lon)
    back_h = np.zeros(len(gaps))
    lon, lat, course, speed = (column[is_back] for column in (lon, lat, (course + 180.0) % 360.0, speed))
    back_h[is_back] = edge_hours(heard, land, lon, lat, course, speed)
    return edge_hours(heard, land, *(gaps[f"off_{name}"].to_numpy(np.float64) for name in _HOW)), back_h


def or_left(weighed: Weighed, edge_h: Array, back_h: Array, silent_h: Array) -> Weighed:
    """Weigh silences (k,) with one more way: to where nobody is heard and back, if there was time for it.

    Parameters
    ----------
    weighed
        What hours tell of the silences on other ways.
    edge_h, back_h
        What :func:`edges_h` says of them.
    silent_h
        How long they are.

    """
    away_h = edge_h + back_h
    left = away_h <= silent_h  # not where one of them is unknown
    log_left = np.where(left, away_h * math.log(1.0 - HEARD_AT_EDGE), -np.inf)
    log_missed = np.logaddexp(math.log(1.0 - LEFT_SHARE) + weighed.log_missed, math.log(LEFT_SHARE) + log_left)
    heard_h = (1.0 - LEFT_SHARE) * weighed.heard_h + LEFT_SHARE * HEARD_AT_EDGE * away_h
    return weighed._replace(
        heard_h=np.where(left, np.minimum(heard_h, weighed.heard_h), weighed.heard_h),
        log_missed=np.where(left, log_missed, weighed.log_missed),
        log_missed_fair=np.maximum(weighed.log_missed_fair, log_left),
    )
