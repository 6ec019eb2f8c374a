"""Gaps and reception to gaps that say how likely it is that the transmitter was off, and not that nobody could hear."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.hours import MOVED_H, STAYED_H, STAYED_NM
from darkships.kernels.silences import CLASS_A, CLASS_B, OTHER_THAN_27, Silences, is_counted
from darkships.kernels.ways import LOOKED_AT_H, PATHS
from darkships.reception.footprint import Edges, or_left
from darkships.reception.outages import outage_h
from darkships.reception.records import Ints, Reception, Records
from darkships.reception.weighing import Known, Weighed, Weighing
from darkships.schema import GAPS, time_us, validate
from darkships.units import US_PER_H

TYPICAL_MAX_KN = 15.0
"""Of vessels whose own speed is not known."""

OFF_PER_H = 1e-3
"""Vessels switch off so often for each hour in which they are heard, as far as the data at hand says nothing: once in
six weeks."""

TYPICAL_OFF_H = 24.0
"""Half of what is switched off for hours stays off no longer than this much more."""

_OFF_WEIGHT = 1.0
"""Silences that what is believed before counts for."""

_USUAL_H = 24.0
"""Hours that the reception of all counts for beside that of a silence."""

_COUNTED_H = 36.0
"""Silences that count as missed hours last no longer in the mean of the times of day at which they begin."""

_ROUNDS = 50

_LOOKS = 2
"""So often silences are looked at along the direct path to find those that were switched off; more change little."""


def weigh(
    gaps: pd.DataFrame,
    reception: Reception,
    known: Known,
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
    known
        The hours of dates.
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
    group = _groups(gaps["mmsi"].to_numpy(np.int64), reception)
    of = _silences(gaps, group, silent_h, as_of_us)
    weighing = Weighing(reception, known, land)
    late = _end_late(gaps, silent_h)
    begun = list(_by_month(gaps, of, reception.months, land))
    for _ in range(_LOOKS):
        of = of._replace(is_off=_are_off(of, weighing, begun, silent_h, late, min_gap_h))
    weighed = weighing.weigh(of, PATHS)
    weighing.remember()
    edges = Edges.of(gaps, group, reception.months, land)
    weighed = or_left(weighed, edges, silent_h)
    frame = gaps.assign(
        is_class_b=group == CLASS_B,
        hours_looked_at=weighed.looked_h,
        hours_expected=weighed.heard_h,
        on_log_likelihood=weighed.log_missed,
        on_log_likelihood_fair=weighed.log_missed_fair,
        edge_h=edges.off_h,
        p_switched_off=_p_off(weighed, silent_h, late, reception.months, min_gap_h),
    )
    return validate(frame, GAPS, where="the weighed gaps")[GAPS.names]


def _groups(mmsi: Array, reception: Reception) -> npt.NDArray[np.int8]:
    """Return the group of vessels (k,), of those of ``darkships.kernels.silences``."""
    of_b, long_range = (np.isin(mmsi, own) for own in (reception.of_b, reception.long_range))
    return np.where(of_b, CLASS_B, np.where(long_range, CLASS_A, OTHER_THAN_27)).astype(np.int8)


class _Begun(NamedTuple):
    """Silences that count as missed hours, of those that begin in one month."""

    rows: Ints
    until_us: int
    """The month's end."""
    months: Records
    """MONTH, of this one only."""
    edges: Edges


def _by_month(gaps: pd.DataFrame, of: Silences, months: Records, land: Array) -> Iterator[_Begun]:
    """Yield the silences of each month that count as missed hours: all that stays the same from look to look."""
    counted = np.flatnonzero(is_counted(of.from_us, of.to_us))
    month = of.off_us[counted].astype("datetime64[us]").astype("datetime64[M]")
    for number in np.unique(month):
        rows, own = counted[month == number], months[months["month"] == number.astype(np.int64)]
        until_us = int((number + 1).astype("datetime64[us]").astype(np.int64))
        yield _Begun(rows, until_us, own, Edges.of(gaps.iloc[rows], of.group[rows], own, land))


def _are_off(
    of: Silences, weighing: Weighing, begun: Sequence[_Begun], silent_h: Array, late: Array, min_gap_h: float
) -> npt.NDArray[np.bool_]:
    """Look along the direct paths: tell which silences (k,) that count as missed hours are more likely switched off.

    Each month's are judged by hours of this month only, so that they need not be judged anew when later ones come.
    """
    are_off, until_us = np.zeros(silent_h.size, np.bool_), of.until_us.copy()
    for month in begun:
        until_us[month.rows] = np.minimum(until_us[month.rows], month.until_us)
    rows = np.sort(np.concatenate([np.empty(0, np.int64), *(month.rows for month in begun)]))
    weighed = weighing.weigh(Silences(*(column[rows] for column in of._replace(until_us=until_us))), paths=1)
    for month in begun:
        at = np.searchsorted(rows, month.rows)
        own = or_left(Weighed(*(column[at] for column in weighed)), month.edges, silent_h[month.rows])
        told = silent_h[month.rows], late[month.rows], month.months
        p_off = _p_off(own._replace(log_missed=own.log_missed_fair), *told, min_gap_h, _COUNTED_H)
        are_off[month.rows] = p_off > 0.5
    return are_off


def _end_late(gaps: pd.DataFrame, silent_h: Array) -> npt.NDArray[np.bool_]:
    """Tell which silences (k,) end so late that the hour in which the vessel is heard again does not count as heard."""
    has_moved = (gaps["distance_nm"] >= STAYED_NM).to_numpy(bool)
    found: npt.NDArray[np.bool_] = ~gaps["is_open"].to_numpy(bool) & (silent_h > np.where(has_moved, MOVED_H, STAYED_H))
    return found


def _p_off(
    weighed: Weighed, silent_h: Array, late: Array, months: Records, min_gap_h: float, longest_h: float = math.inf
) -> Array:
    """Return for silences (k,) the probability that the transmitter was off, given how often that happens here.

    For each hour in which a vessel is heard, silences of transmitting ones begin as reports come at random, and end as
    they do on the fairest way; those of others begin at a rate that makes as many as are found (EM, with a prior), with
    lengths that prefer no scale beyond a day (Lomax). Longer silences than ``longest_h`` are not among them.
    """
    missed_h = float((months["there"] - months["heard"]).sum())
    heard_h = max(float(months["heard"].sum()) + float(late.sum()), float(silent_h.size))  # one before each silence
    usual_per_h = math.log((missed_h + heard_h + 2.0) / (missed_h + 1.0))
    per_h = (usual_per_h * _USUAL_H - weighed.log_missed_fair) / (_USUAL_H + silent_h)
    log_on = np.log1p(-np.exp(-per_h)) + weighed.log_missed
    log_ratio = math.log(min_gap_h + TYPICAL_OFF_H) - 2.0 * np.log(silent_h + TYPICAL_OFF_H) - log_on
    found_h = heard_h * (1.0 - (min_gap_h + TYPICAL_OFF_H) / (longest_h + TYPICAL_OFF_H))
    rate, p_off = OFF_PER_H, np.zeros(log_ratio.size)
    for _ in range(_ROUNDS):
        p_off = 1.0 / (1.0 + np.exp(-np.clip(math.log(rate) + log_ratio, -500.0, 500.0)))
        before, rate = rate, (_OFF_WEIGHT + float(p_off.sum())) / (_OFF_WEIGHT / OFF_PER_H + found_h)
        if rate == before:
            break
    return p_off


def _silences(gaps: pd.DataFrame, group: Array, silent_h: Array, as_of_us: int) -> Silences:
    off_lon, off_lat, on_lon, on_lat = (
        gaps[f"{end}_{axis}"].to_numpy(np.float64) for end in ("off", "on") for axis in ("lon", "lat")
    )
    off_us = time_us(gaps["off_timestamp"])
    looked_at_us = np.minimum(as_of_us, off_us + (LOOKED_AT_H + 2) * US_PER_H)  # no later hour is: nights add nothing
    return Silences(
        off_us,
        np.where(gaps["is_open"], looked_at_us, time_us(gaps["on_timestamp"])),
        group,
        gaps["max_kn"].fillna(TYPICAL_MAX_KN).to_numpy(np.float64),
        time_us(gaps["off_fix_timestamp"]),
        off_lon,
        off_lat,
        np.where(gaps["on_fix_timestamp"].isna(), -1, time_us(gaps["on_fix_timestamp"])),
        on_lon,
        on_lat,
        np.where(gaps["is_open"], 0.0, np.maximum(0.5 * silent_h - LOOKED_AT_H, 0.0)),
        np.zeros(len(gaps), np.bool_),
    )
