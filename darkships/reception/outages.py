"""When the feed itself was silent, whole or in a region: found from vessels that fell silent at once."""

import math

import numpy as np
import pandas as pd

from darkships.kernels import fixed
from darkships.kernels.hours import CELLS_PER_DEG, COLUMNS
from darkships.kernels.neighbours import CELL_DEG
from darkships.kernels.quiet import FEED, tiles_of
from darkships.reception.records import NEVER, Ints, Reception, Records
from darkships.schema import OUTAGES, time_us, validate
from darkships.units import US_PER_H

MIN_OUTAGE_H = 0.5
"""Shorter ones cut no silence to speak of."""

USUAL_A_DATE = 4
"""Spells that come more often are the feed's own pace: satellites between passes, reports once an hour."""

PACES = 3.0
"""An outage is so many times longer than those."""

MOST_LOG = math.log(1e-3)
"""The vessels that fell silent would seldom all be missed for so long."""


_TILE_CELLS = round(CELL_DEG * CELLS_PER_DEG)


def outages(reception: Reception, as_of_us: int) -> pd.DataFrame:
    """Return the OUTAGES table: spells too long for the feed's pace, those of tiles only where the feed was not silent.

    Parameters
    ----------
    reception
        That of all dates.
    as_of_us
        End of what is known.

    """
    tiles, spells = reception.tiles, reception.spells
    is_open = spells["to_us"] == NEVER
    until_us = np.where(is_open, as_of_us, spells["to_us"])
    length_us = until_us - spells["from_us"]
    is_long = length_us >= np.maximum(MIN_OUTAGE_H * US_PER_H, PACES * _paces_us(tiles, spells["tile"], length_us))
    is_long &= _missed_log(reception.months, spells["tile"], spells["vessels"], length_us / US_PER_H) < MOST_LOG
    is_feed = spells["tile"] == FEED
    starts, stops = spells["from_us"][is_long & is_feed], until_us[is_long & is_feed]
    known = np.searchsorted(starts, spells["from_us"], side="right") - 1
    is_known = np.zeros(spells.size, np.bool_)
    if starts.size:
        is_known = ~is_feed & (known >= 0) & (until_us <= stops[np.maximum(known, 0)])
    at = np.flatnonzero(is_long & ~is_known)
    south, west = _corner(spells["tile"][at])
    frame = pd.DataFrame(
        {
            "from_timestamp": _times(spells["from_us"][at]),
            "to_timestamp": _times(np.where(is_open, NEVER, until_us)[at]),
            "is_open": is_open[at],
            "whole_feed": is_feed[at],
            "west_lon": np.where(is_feed[at], -180.0, west),
            "south_lat": np.where(is_feed[at], -90.0, south),
            "east_lon": np.where(is_feed[at], 180.0, west + CELL_DEG),
            "north_lat": np.where(is_feed[at], 90.0, south + CELL_DEG),
            "duration_h": length_us[at] / US_PER_H,
            "vessels": spells["vessels"][at],
        }
    )
    frame = frame.sort_values(list(OUTAGES.key), kind="stable", ignore_index=True)
    return validate(frame, OUTAGES, where="the outages of a store")


def outage_h(gaps: pd.DataFrame, found: pd.DataFrame, as_of_us: int) -> np.ndarray:
    """Return how many hours (k,) of each silence the feed itself was silent where the vessel fell silent or came back.

    Parameters
    ----------
    gaps
        A GAPS table.
    found
        An OUTAGES table.
    as_of_us
        End of what is known.

    """
    off_us = time_us(gaps["off_timestamp"])
    until_us = np.where(gaps["is_open"], as_of_us, time_us(gaps["on_timestamp"]))
    from_us = time_us(found["from_timestamp"])
    to_us = np.where(found["is_open"], as_of_us, time_us(found["to_timestamp"]))
    of_feed = found["whole_feed"].to_numpy(bool)
    out = _overlap_us(off_us, until_us, from_us[of_feed], to_us[of_feed])
    tile = tiles_of(*(fixed(found[edge].to_numpy() + CELL_DEG / 2) for edge in ("west_lon", "south_lat")))
    off, on = (tiles_of(*(fixed(gaps[f"{end}_{axis}"].to_numpy()) for axis in ("lon", "lat"))) for end in ("off", "on"))
    near = np.isin(off, tile[~of_feed]) | np.isin(on, tile[~of_feed])
    for a, b in np.unique(np.stack([off[near], on[near]], axis=1), axis=0):
        here = near & (off == a) & (on == b)
        there = of_feed | (tile == a) | (tile == b)
        out[here] = _overlap_us(off_us[here], until_us[here], from_us[there], to_us[there])
    return out / US_PER_H


def _paces_us(tiles: Records, tile: Ints, length_us: Ints) -> Ints:
    """Return for each spell the length of those that its tile has more often than USUAL_A_DATE."""
    order = np.lexsort((-length_us, tile))
    start = np.searchsorted(tile[order], tile[order])
    dates = tiles["dates"][np.searchsorted(tiles["tile"], tile[order])] if tiles.size else np.zeros(0, np.int64)
    at = start + USUAL_A_DATE * dates
    same = (at < order.size) & (tile[order][np.minimum(at, order.size - 1)] == tile[order])
    out = np.zeros(tile.size, np.int64)
    out[order] = np.where(same, length_us[order][np.minimum(at, order.size - 1)], 0)
    return out


def _missed_log(months: Records, tile: Ints, vessels: Ints, length_h: np.ndarray) -> np.ndarray:
    """Return the logarithm of the chance that so many vessels are missed in tiles so long, as reception is there.

    What is missed in a spell does not speak for it, and each of the vessels was heard in the hour before.
    """
    cell = months["cell"].astype(np.int64)
    of_cell = 1 + cell // COLUMNS // _TILE_CELLS * (COLUMNS // _TILE_CELLS) + cell % COLUMNS // _TILE_CELLS
    known, at = np.unique(np.append(of_cell, FEED), return_inverse=True)
    there, heard = (np.bincount(at[:-1], months[name], known.size) for name in ("there", "heard"))
    there[0], heard[0] = there.sum(), heard.sum()
    of_tile, vessel_h = np.minimum(np.searchsorted(known, tile), known.size - 1), vessels * length_h
    missed = np.maximum((there - heard)[of_tile] - vessel_h, 0.0)
    found: np.ndarray = vessel_h * np.log((missed + 1.0) / (missed + heard[of_tile] + vessels + 1.0))
    return found


def _overlap_us(off_us: Ints, until_us: Ints, from_us: Ints, to_us: Ints) -> Ints:
    """Return how long each silence (k,) overlaps with the union of intervals."""
    if not from_us.size:
        return np.zeros(off_us.size, np.int64)
    order = np.argsort(from_us, kind="stable")
    from_us, to_us = from_us[order], np.maximum.accumulate(to_us[order])
    is_new = np.append(True, from_us[1:] > to_us[:-1])
    starts, stops = from_us[is_new], to_us[np.append(np.flatnonzero(is_new)[1:] - 1, from_us.size - 1)]
    before = np.append(0, np.cumsum(stops - starts))

    def silent_until(us: Ints) -> Ints:
        at = np.searchsorted(starts, us, side="right") - 1
        inside = np.where(at >= 0, np.minimum(us - starts[at], (stops - starts)[at]), 0)
        return np.where(at >= 0, before[np.maximum(at, 0)] + inside, 0)

    return silent_until(until_us) - silent_until(off_us)


def _corner(tile: Ints) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude of tiles' south-western corners."""
    columns = round(360 / CELL_DEG)
    cell = tile.astype(np.int64) - 1
    return cell // columns * CELL_DEG - 90.0, cell % columns * CELL_DEG - 180.0


def _times(us: Ints) -> pd.Series:
    times = pd.to_datetime(pd.Series(np.where(us == NEVER, 0, us)), unit="us", utc=True)
    return times.mask(us == NEVER)
