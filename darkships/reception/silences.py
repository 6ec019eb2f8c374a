"""Gaps and reception to gaps that say how likely it is that the transmitter was off, and not that nobody could hear."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.hours import COLUMNS, HOURS, ROWS
from darkships.kernels.silences import LOOKED_AT_H, PATHS, Day, Month, Silences, expect, near_chance, weigh_date
from darkships.reception.outages import outage_h
from darkships.reception.records import Ints, Reception, Records
from darkships.schema import GAPS, time_us, validate
from darkships.units import US_PER_H

DIRECT_SHARE = 0.5
"""Of the ways that a vessel can have taken, before anything is known, that the direct one is it."""

TYPICAL_MAX_KN = 15.0
"""Of vessels whose own speed is not known."""

OFF_PER_H = 1e-3
"""Vessels switch off so often for each hour in which they are heard, as far as the data at hand says nothing."""

_OFF_WEIGHT = 1.0
_LONGEST_OFF_H = 1000.0
_ROUNDS = 50


def weigh(
    gaps: pd.DataFrame,
    reception: Reception,
    hours_of: Callable[[int], Records],
    found: pd.DataFrame,
    *,
    land: Array,
    min_gap_h: float,
    as_of_us: int,
) -> pd.DataFrame:
    """Say of each gap whether a transmitting vessel would have been heard; leave out what an outage explains.

    Parameters
    ----------
    gaps
        A GAPS table.
    reception
        That of all dates.
    hours_of
        Returns the HOUR records of a date, given its day since 1970.
    found
        The OUTAGES table.
    land
        Bool (cells,): no water in it.
    min_gap_h
        Shortest silence outside of outages that is kept.
    as_of_us
        End of what is known.

    Returns
    -------
    pandas.DataFrame
        A GAPS table.

    """
    gaps = gaps.assign(outage_h=outage_h(gaps, found, as_of_us))
    silent_h = (gaps["duration_h"] - gaps["outage_h"]).to_numpy(np.float64)
    is_gap = silent_h >= min_gap_h
    gaps, silent_h = gaps[is_gap].reset_index(drop=True), silent_h[is_gap]
    of_b = np.isin(gaps["mmsi"].to_numpy(np.int64), reception.of_b)
    log_missed, heard, looked = _weighed(_silences(gaps, of_b, as_of_us), reception, hours_of, land)
    weight = _weights(log_missed)
    mean = np.log(np.sum(weight * np.exp(log_missed), axis=1))
    log_off = -np.log(np.maximum(silent_h, 1.0) * math.log(_LONGEST_OFF_H))  # a length has no scale that is preferred
    heard_h = float(reception.months["heard"].sum())
    frame = gaps.assign(
        is_class_b=of_b,
        hours_looked_at=looked.astype(np.float64),
        hours_expected=np.sum(weight * heard, axis=1),
        on_log_likelihood=mean,
        on_log_likelihood_fair=log_missed.max(axis=1),
        p_switched_off=_p_off(log_off - mean, heard_h, min_gap_h),
    )
    return validate(frame, GAPS, where="the weighed gaps")[GAPS.names]


def _p_off(log_ratio: Array, heard_h: float, min_gap_h: float) -> Array:
    """Return for silences (k,) the probability that the transmitter was off, given how often that happens here.

    The rate of it is what makes the silences found as many as are expected (EM, with a prior that counts for one).
    """
    share = 1.0 - math.log(min(max(min_gap_h, 1.0), _LONGEST_OFF_H / 2)) / math.log(_LONGEST_OFF_H)
    rate, p_off = OFF_PER_H, np.zeros(log_ratio.size)
    for _ in range(_ROUNDS):
        p_off = 1.0 / (1.0 + np.exp(-np.clip(np.log(rate) + log_ratio, -500.0, 500.0)))
        rate = (_OFF_WEIGHT + math.fsum(p_off)) / (_OFF_WEIGHT / OFF_PER_H + heard_h * share)
    return p_off


def _weights(log_missed: Array) -> Array:
    """Return the prior weight (k, PATHS) of each path; those over land have none."""
    others = np.isfinite(log_missed[:, 1:])
    count = others.sum(axis=1, keepdims=True)
    rest = np.where(others, (1.0 - DIRECT_SHARE) / np.maximum(count, 1), 0.0)
    return np.concatenate([1.0 - rest.sum(axis=1, keepdims=True), rest], axis=1)


def _weighed(
    of: Silences, reception: Reception, hours_of: Callable[[int], Records], land: Array
) -> tuple[Array, Array, Array]:
    """Return what weigh_date adds up over all dates."""
    size = of.off_us.size
    log_missed, heard, looked = np.zeros((size, PATHS)), np.zeros((size, PATHS)), np.zeros(size, np.int64)
    month, number = _month(reception.months[:0]), None
    for day, rows in _dates(of):
        hours = hours_of(day)
        heard_in = np.unique(hours["hour"][hours["heard"] > 0])  # when nobody was heard, nothing is learnt of anybody
        if not heard_in.size:
            continue
        now = np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)
        if now != number:
            month, number = _month(reception.months[reception.months["month"] == now]), now
        day_hours = _day(hours, month)
        sums = [array[rows] for array in (log_missed, heard, looked)]
        own = Silences(*(column[rows] for column in of))
        weigh_date(day * HOURS + heard_in.astype(np.int64), own, month, day_hours, land, *sums)
        log_missed[rows], heard[rows], looked[rows] = sums
    return log_missed, heard, looked


def _day(hours: Records, month: Month) -> Day:
    """Return the vessel hours of a date's records."""
    cell, of_b, hour, there, heard = (
        np.ascontiguousarray(hours[name]) for name in ("cell", "of_b", "hour", "there", "heard")
    )
    return expect(cell, of_b, hour, there, heard, month)


def _silences(gaps: pd.DataFrame, of_b: Array, as_of_us: int) -> Silences:
    off_lon, off_lat, on_lon, on_lat = (
        gaps[f"{end}_{axis}"].to_numpy(np.float64) for end in ("off", "on") for axis in ("lon", "lat")
    )
    return Silences(
        time_us(gaps["off_timestamp"]),
        np.where(gaps["is_open"], as_of_us, time_us(gaps["on_timestamp"])),
        of_b,
        gaps["max_kn"].fillna(TYPICAL_MAX_KN).to_numpy(np.float64),
        time_us(gaps["off_fix_timestamp"]),
        off_lon,
        off_lat,
        np.where(gaps["on_fix_timestamp"].isna(), -1, time_us(gaps["on_fix_timestamp"])),
        on_lon,
        on_lat,
    )


def _month(months: Records) -> Month:
    """Return the vessel hours of a month's records."""
    there, heard = np.zeros((2, 2, ROWS * COLUMNS), np.int32)
    there[months["of_b"], months["cell"]] = months["there"]
    heard[months["of_b"], months["cell"]] = months["heard"]
    return Month(there, heard, near_chance(there, heard))


def _dates(of: Silences) -> Iterator[tuple[int, Ints]]:
    """Yield each day since 1970 in which hours of silences are looked at, with the rows of these silences."""
    first, last = of.off_us // US_PER_H + 1, of.until_us // US_PER_H - 1
    ends = [first, np.minimum(first + LOOKED_AT_H - 1, last)]
    is_back = of.to_us >= 0
    ends += [np.where(is_back, last, first), np.where(is_back, np.maximum(last - LOOKED_AT_H + 1, first), first)]
    row = np.arange(first.size)
    pairs = np.unique(np.stack([np.concatenate(ends) // HOURS, np.tile(row, len(ends))], axis=1), axis=0)
    pairs = pairs[(first <= last)[pairs[:, 1]]]
    days, starts = np.unique(pairs[:, 0], return_index=True)
    for day, rows in zip(days, np.split(pairs[:, 1], starts[1:]), strict=True):
        yield int(day), rows
