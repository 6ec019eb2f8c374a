"""Gaps and reception to gaps that say how likely it is that the transmitter was off, and not that nobody could hear."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.hours import COLUMNS, HOURS, ROWS
from darkships.kernels.silences import (
    LOOKED_AT_H,
    PATHS,
    Day,
    Month,
    Silences,
    Sums,
    edge_hours,
    expect,
    off_hours,
    weigh_date,
)
from darkships.reception.chances import hours_of_month
from darkships.reception.outages import outage_h
from darkships.reception.records import Ints, Reception, Records
from darkships.schema import GAPS, time_us, validate
from darkships.units import US_PER_H

DIRECT_SHARE = 0.5
"""Of the ways that a vessel can have taken, before anything is known, that the direct one is it."""

TYPICAL_MAX_KN = 15.0
"""Of vessels whose own speed is not known."""

DEAF = 0.02
"""Chance that nobody listened to the whole feed in hours in which nobody is heard, before it counts who should be."""

OFF_PER_H = 1e-3
"""Vessels switch off so often for each hour in which they are heard, as far as the data at hand says nothing: once in
six weeks."""

TYPICAL_OFF_H = 24.0
"""Half of what is switched off for hours stays off no longer than this much more."""

_OFF_WEIGHT = 1.0
"""Silences that what is believed before counts for."""

_USUAL_H = 24.0
"""Hours that the reception of all counts for beside that of a silence."""

_ROUNDS = 50

_LOOKS = 2
"""So often silences are looked at along the direct path to find those that were switched off; more change little."""


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

    A silence that is more likely switched off than not received tells nothing of the chances of cells and hours. Which
    ones are is found in two looks at the direct paths; hours of the others count as missed.

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
    of = _silences(gaps, of_b, as_of_us)
    dates = list(_dates(of))
    for _ in range(_LOOKS):
        direct = _weighed(of, dates, reception, hours_of, land, paths=1)
        log_missed = (direct.log_missed + _log_missed_alone(direct))[:, 0]
        of = of._replace(is_off=_p_off(log_missed, silent_h, reception.months, min_gap_h) > 0.5)
    sums = _weighed(of, dates, reception, hours_of, land, paths=PATHS)
    log_missed = sums.log_missed + _log_missed_alone(sums)
    weight = _weights(log_missed)
    mean = np.log(np.sum(weight * np.exp(log_missed), axis=1))
    frame = gaps.assign(
        is_class_b=of_b,
        hours_looked_at=sums.looked_h,
        hours_expected=np.sum(weight * sums.heard_h, axis=1),
        on_log_likelihood=mean,
        on_log_likelihood_fair=log_missed.max(axis=1),
        edge_h=_edge_h(gaps, reception.months),
        p_switched_off=_p_off(mean, silent_h, reception.months, min_gap_h),
    )
    return validate(frame, GAPS, where="the weighed gaps")[GAPS.names]


def _edge_h(gaps: pd.DataFrame, months: Records) -> Array:
    """Return how soon each vessel (k,) leaves what the feed hears if it sails on as it did last."""
    heard = np.zeros(ROWS * COLUMNS, np.bool_)
    heard[months["cell"][months["heard"] > 0]] = True
    how = (gaps[name].to_numpy(np.float64) for name in ("off_lon", "off_lat", "off_cog_deg", "off_sog_kn"))
    found: Array = edge_hours(heard, *how)
    return found


def _log_missed_alone(sums: Sums) -> Array:
    """Return the logarithm (k, paths) of the chance not to be heard in hours in which nobody was: all may be deaf."""
    listening = (1.0 - DEAF) * np.exp(-sums.others)[:, None]
    found: Array = np.log((listening * np.exp(sums.log_missed_alone) + DEAF) / (listening + DEAF))
    return found


def _p_off(log_missed: Array, silent_h: Array, months: Records, min_gap_h: float) -> Array:
    """Return for silences (k,) the probability that the transmitter was off, given how often that happens here.

    For each hour in which a vessel is heard, silences of transmitting ones begin as reports come at random, those of
    others at a rate that makes as many as are found (EM, with a prior), with lengths that prefer no scale beyond a
    day (Lomax).
    """
    there_h, heard_h = float(months["there"].sum()), float(months["heard"].sum())
    usual_per_h = math.log((there_h + 2.0) / (there_h - heard_h + 1.0))
    per_h = (usual_per_h * _USUAL_H - log_missed) / (_USUAL_H + silent_h)
    log_on = np.log1p(-np.exp(-per_h)) + log_missed
    log_ratio = math.log(min_gap_h + TYPICAL_OFF_H) - 2.0 * np.log(silent_h + TYPICAL_OFF_H) - log_on
    rate, p_off = OFF_PER_H, np.zeros(log_ratio.size)
    for _ in range(_ROUNDS):
        p_off = 1.0 / (1.0 + np.exp(-np.clip(math.log(rate) + log_ratio, -500.0, 500.0)))
        rate = (_OFF_WEIGHT + float(p_off.sum())) / (_OFF_WEIGHT / OFF_PER_H + heard_h)
    return p_off


def _weights(log_missed: Array) -> Array:
    """Return the prior weight (k, PATHS) of each path; those over land have none."""
    others = np.isfinite(log_missed[:, 1:])
    count = others.sum(axis=1, keepdims=True)
    rest = np.where(others, (1.0 - DIRECT_SHARE) / np.maximum(count, 1), 0.0)
    return np.concatenate([1.0 - rest.sum(axis=1, keepdims=True), rest], axis=1)


def _weighed(
    of: Silences, dates: list[tuple[int, Ints]], reception: Reception, hours_of: Callable[[int], Records], land: Array,
    *, paths: int,
) -> Sums:  # fmt: skip
    """Return what weigh_date adds up over all dates (``_dates``)."""
    size, off = of.off_us.size, off_hours(of)
    off_day = off[:, 0] // HOURS
    off_month = _months(off_day)
    sums = Sums(*(np.zeros((size, paths)) for _ in range(3)), *(np.zeros(size) for _ in range(2)))
    month, number = hours_of_month(reception.months[:0]), None
    for day, rows in dates:
        hours = hours_of(day)
        if not hours.size:  # nothing of the date is known: nothing is learnt of anybody
            continue
        now = int(_months(np.array([day]))[0])
        if now != number:
            months = reception.months[reception.months["month"] == now]
            month, number = hours_of_month(_without(months, off[off_month == now])), now
        own = Sums(*(array[rows] for array in sums))
        clock = day * HOURS + np.arange(HOURS)
        weigh_date(
            clock,
            Silences(*(column[rows] for column in of)),
            month,
            _day(_without(hours, off[off_day == day]), month),
            land,
            own,
        )
        for array, added in zip(sums, own, strict=True):
            array[rows] = added
    return sums


def _months(day: Ints) -> Ints:
    """Return months since 1970 of days since then."""
    months: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _without(records: Records, off: Ints) -> Records:
    """Return HOUR or MONTH records that together count ``off_hours`` (n, 3) no more."""
    less = np.zeros(len(off), records.dtype)
    less["cell"], less["of_b"], less["there"] = off[:, 1], off[:, 2], -1
    if "hour" in (records.dtype.names or ()):
        less["hour"] = off[:, 0] % HOURS
    return np.concatenate([records, less])


def _day(hours: Records, month: Month) -> Day:
    """Return the vessel hours of a date's records."""
    cell, of_b, hour, there, heard = (
        np.ascontiguousarray(hours[name]) for name in ("cell", "of_b", "hour", "there", "heard")
    )
    day = Day.empty()
    expect(cell, of_b, hour, there, heard, month, day)
    return day


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
        np.zeros(len(gaps), np.bool_),
    )


def _dates(of: Silences) -> Iterator[tuple[int, Ints]]:
    """Yield each day since 1970 in which hours of silences are looked at, with the rows of these silences."""
    first, last = of.off_us // US_PER_H + 1, of.until_us // US_PER_H - 1
    ends = [first, np.minimum(first + LOOKED_AT_H - 1, last)]
    is_back = of.to_us >= 0
    ends += [np.where(is_back, last, first), np.where(is_back, np.maximum(last - LOOKED_AT_H + 1, first), first)]
    row = np.arange(first.size)
    pairs = np.unique(np.stack([np.concatenate(ends) // HOURS, np.tile(row, len(ends))], axis=1), axis=0)
    pairs = pairs[(first <= last)[pairs[:, 1]]]
    days = np.unique(pairs[:, 0])
    starts, stops = (np.searchsorted(pairs[:, 0], days, side=side) for side in ("left", "right"))
    for day, start, stop in zip(days, starts, stops, strict=True):
        yield int(day), pairs[start:stop, 1]
