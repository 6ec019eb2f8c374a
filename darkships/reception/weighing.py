"""How likely silences were not received, by the hours of all dates; what was weighed before is not weighed again."""

import hashlib
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from darkships import __version__
from darkships.kernels import Array, fixed
from darkships.kernels.hours import HOURS
from darkships.kernels.silences import (
    Day,
    Silences,
    Sums,
    clear,
    expect,
    off_hours,
    weigh_date,
)
from darkships.kernels.ways import KINDS, LOOKED_AT_H
from darkships.reception.chances import by_group, hours_of_month
from darkships.reception.records import MONTH, Ints, Reception, Records
from darkships.units import US_PER_H

SAME_SHARE = 0.5
"""Of the ways out of sight and back that are far apart in time, those that are alike, as of who calls at a port near
there; the others have nothing to do with each other."""

DEAF = 0.02
"""Chance that nobody listened to the whole feed in hours in which nobody is heard, before it counts who should be."""

_FORMAT = 6
"""Of what is weighed; what another one, or another release, has weighed is weighed anew."""

_MOST_THREADS = 4
"""Each holds the cells of the world."""


class Known(Protocol):
    """What is known of the hours of dates, and was weighed before."""

    def hours(self, day: int) -> Records:
        """Return the HOUR records of a day since 1970."""

    def key(self, day: int) -> str:
        """Return what tells these from any other."""

    def recall(self) -> tuple[Array, Array] | None:
        """Return keys and values that were remembered last, if these are known."""

    def remember(self, keys: Array, values: Array, asked: Array) -> None:
        """Keep arrays for the next time, and what was not asked for (k,) too if others may ask."""


class Weighed(NamedTuple):
    """What hours tell of silences: arrays (k,)."""

    looked_h: Array
    """Hours that were looked at."""
    heard_h: Array
    """In which it would have been heard, over all paths."""
    log_missed: Array
    """Logarithm of the chance not to be heard, over all paths."""
    log_missed_fair: Array
    """The same along the path on which that is most likely."""


class Weighing:
    """Silences against the hours of all dates.

    A silence is weighed by the hours of few dates, each beside its month: anew only if one of these has changed.
    """

    def __init__(self, reception: Reception, known: Known, land: Array) -> None:
        self._known, self._land = known, land
        months = reception.months
        self._months = {number: months[own] for number, own in _spans(months["month"])}
        self._told = {number: hashlib.blake2b(own.tobytes()).digest() for number, own in self._months.items()}
        self._how = f"{_FORMAT} {__version__} {hashlib.blake2b(land.tobytes()).hexdigest()}"
        none: tuple[Array, Array] = np.empty(0, np.uint64), np.empty((0, len(Weighed._fields)))
        self._keys, self._values = known.recall() or none
        self._asked = np.zeros(self._keys.size, np.bool_)
        self._before = self._keys.size

    def weigh(self, of: Silences, paths: int) -> Weighed:
        """Weigh silences along the first of the paths, or all."""
        off = _OffHours.of(of)
        keys = self._keys_of(of, off, paths)
        at = pd.Index(self._keys).get_indexer(pd.Index(keys))
        missing = np.flatnonzero(at < 0)
        if missing.size:
            new = missing[np.unique(keys[missing], return_index=True)[1]]
            self._keys = np.append(self._keys, keys[new])
            self._values = np.concatenate([self._values, self._weighed(_rows(of, new), off, paths)])
            self._asked = np.append(self._asked, np.zeros(new.size, np.bool_))
            at = pd.Index(self._keys).get_indexer(pd.Index(keys))
        self._asked[at] = True
        return Weighed(*self._values[at].T)

    def remember(self) -> None:
        """Keep what was asked for until the next time."""
        if self._keys.size > self._before or not self._asked.all():
            self._known.remember(self._keys, self._values, self._asked)

    def _keys_of(self, of: Silences, off: "_OffHours", paths: int) -> Array:
        """Return for each silence (k,) what tells it, and all that it is weighed by, from any other."""
        days, ends = np.unique(_ends(of) // HOURS, return_inverse=True)
        told, month, of_month = np.empty((days.size, 2), np.uint64), -1, b""
        for number, day in enumerate(days.tolist()):
            if _month(day) != month:
                month = _month(day)
                of_month = self._told.get(month, b"") + hashlib.blake2b(off.of_month(month).tobytes()).digest()
            of_day = f"{self._how} {paths} {self._known.key(day)} ".encode()
            told[number] = np.frombuffer(hashlib.blake2b(of_day + of_month, digest_size=16).digest(), np.uint64)
        context = told[ends.reshape(4, -1)]  # first and last hour of each side
        columns = dict(zip(of._fields, of, strict=True))
        columns |= {f"{end}-{half}": context[end, :, half] for end in range(len(context)) for half in range(2)}
        found: Array = pd.util.hash_pandas_object(pd.DataFrame(columns, copy=False), index=False).to_numpy()
        return found

    def _weighed(self, of: Silences, off: "_OffHours", paths: int) -> Array:
        """Return what hours tell of silences (k,) as an array (k, 4), as Weighed has it."""
        order = np.argsort(of.off_us, kind="stable")
        shares = np.array_split(order, min(os.cpu_count() or 1, _MOST_THREADS))
        with ThreadPoolExecutor(len(shares)) as threads:
            found = list(threads.map(lambda rows: self._over_dates(_rows(of, rows), off, paths), shares))
        out = np.empty((order.size, len(Weighed._fields)))
        out[order] = np.concatenate(found)
        return out

    def _over_dates(self, of: Silences, off: "_OffHours", paths: int) -> Array:
        """Add up over all dates what ``weigh_date`` tells of silences."""
        size = of.off_us.size
        by_path, by_half = (size, 2, paths), (size, 2)
        sums = Sums(*(np.zeros(shape) for shape in (by_path, by_path, by_path, size, by_half)))
        for number, dates in groupby(_dates(of), key=lambda date: _month(date[0])):
            month = hours_of_month(_without(self._months.get(number, np.empty(0, MONTH)), off.of_month(number)))
            of_day = Day.of_month(month)
            for day, rows in dates:
                hours = self._known.hours(day)
                if not hours.size:  # nothing of the date is known: nothing is learnt of anybody
                    continue
                own, clock = Sums(*(array[rows] for array in sums)), day * HOURS + np.arange(HOURS)
                hours = by_group(_without(hours, off.of_day(day)), len(month.there))
                cell, group, hour, there, heard = _columns(hours)
                expect(cell, group, hour, there, heard, month, of_day)
                weigh_date(clock, _rows(of, rows), month, of_day, self._land, own)
                clear(cell, group, hour, month, of_day)
                for array, added in zip(sums, own, strict=True):
                    array[rows] = added
        log_missed = sums.log_missed + _log_missed_alone(sums)
        of_both, weight = log_missed.sum(axis=1), _weights(log_missed)
        alike, apart = _log_mean(of_both, _weights(of_both)), _log_mean(log_missed, weight).sum(axis=1)
        heard_h = np.sum(weight * sums.heard_h, axis=(1, 2))
        mean = np.logaddexp(math.log(SAME_SHARE) + alike, math.log(1.0 - SAME_SHARE) + apart)
        return np.stack([sums.looked_h, heard_h, mean, log_missed.max(axis=2).sum(axis=1)], axis=1)


class _OffHours(NamedTuple):
    """Hours of what was switched off (``off_hours``), by time."""

    hours: Ints

    @classmethod
    def of(cls, silences: Silences) -> "_OffHours":
        hours = off_hours(Silences(*map(fixed, silences)))
        return cls(hours[np.argsort(hours[:, 0], kind="stable")])

    def of_day(self, day: int) -> Ints:
        return self._between(day, day + 1)

    def of_month(self, month: int) -> Ints:
        first, after = (np.datetime64(number, "M").astype("datetime64[D]").astype(int) for number in (month, month + 1))
        return self._between(first, after)

    def _between(self, first_day: int, after_day: int) -> Ints:
        start, stop = np.searchsorted(self.hours[:, 0], (first_day * HOURS, after_day * HOURS))
        found: Ints = self.hours[start:stop]
        return found


def _rows(of: Silences, rows: Ints) -> Silences:
    return Silences(*(column[rows] for column in of))


def _month(day: int) -> int:
    """Return the month since 1970 of a day since then."""
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64))


def _spans(numbers: Ints) -> Iterator[tuple[int, slice]]:
    """Yield each of some sorted numbers with the slice in which it stands."""
    known, starts = np.unique(numbers, return_index=True)
    stops = np.append(starts[1:], numbers.size)[: known.size]
    for number, start, stop in zip(known.tolist(), starts, stops, strict=True):
        yield number, slice(start, stop)


def _ends(of: Silences) -> Ints:
    """Return the first and the last hours (4, k) that are looked at, from the start of silences and from their end."""
    first, last = of.off_us // US_PER_H + 1, of.until_us // US_PER_H - 1
    is_back = of.to_us >= 0
    out_of = [first, np.minimum(first + LOOKED_AT_H - 1, last)]
    back = [np.where(is_back, last, first), np.where(is_back, np.maximum(last - LOOKED_AT_H + 1, first), first)]
    return np.stack(out_of + back)


def _dates(of: Silences) -> Iterator[tuple[int, Ints]]:
    """Yield each day since 1970 in which hours of silences are looked at, with the rows of these silences."""
    ends = _ends(of)
    row = np.flatnonzero(ends[0] <= of.until_us // US_PER_H - 1)
    size = of.off_us.size
    numbers = np.unique(ends[:, row] // HOURS * size + row)
    for day, own in _spans(numbers // size):
        yield day, numbers[own] % size


def _without(records: Records, off: Ints) -> Records:
    """Return HOUR or MONTH records that together count ``off_hours`` (n, 3) no more."""
    less = np.zeros(len(off), records.dtype)
    less["cell"], less["of_b"], less["there"] = off[:, 1], off[:, 2], -1
    if "hour" in (records.dtype.names or ()):
        less["hour"] = off[:, 0] % HOURS
    return np.concatenate([records, less])


def _columns(hours: Records) -> tuple[Array, ...]:
    """Return HOUR records as ``expect`` takes them."""
    return tuple(np.ascontiguousarray(hours[name]) for name in ("cell", "of_b", "hour", "there", "heard"))


def _log_missed_alone(sums: Sums) -> Array:
    """Return the logarithm (k, 2, paths) of the chance to be missed where nobody is heard: all may be deaf."""
    listening = (1.0 - DEAF) * np.exp(-sums.others)[..., None]
    found: Array = np.log((listening * np.exp(sums.log_missed_alone) + DEAF) / (listening + DEAF))
    return found


def _weights(log_missed: Array) -> Array:
    """Return the prior weight (..., paths) of each path: each kind of them has the same; those over land have none."""
    is_open = np.isfinite(log_missed)
    weight = np.zeros(log_missed.shape)
    for of_kind in KINDS:
        own = is_open[..., of_kind]
        weight[..., of_kind] = own / np.maximum(own.sum(axis=-1, keepdims=True), 1)
    total: Array = weight / weight.sum(axis=-1, keepdims=True)
    return total


def _log_mean(logarithm: Array, weight: Array) -> Array:
    """Return the logarithm of the mean of chances over paths (..., paths), of which one at least is not zero."""
    most = logarithm.max(axis=-1)
    found: Array = most + np.log(np.sum(weight * np.exp(logarithm - most[..., None]), axis=-1))
    return found
