"""What the feed hears at all: who sails out of it and comes back falls silent without switching off."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from darkships.kernels import Array, fixed
from darkships.kernels.edges import edge_hours
from darkships.kernels.hours import COLUMNS, ROWS, cells_of
from darkships.kernels.silences import OTHER_THAN_27
from darkships.reception.dates import MIN_WITNESSES
from darkships.reception.records import Records
from darkships.reception.weighing import Weighed

LEFT_SHARE = 0.5
"""Of the ways of a vessel that sailed to where nobody is heard, and came from there, that it was there; if at least
MIN_WITNESSES others fell silent or came back so: where few sail, nobody knows what would be heard."""

LONG_H = 24.0
"""Where as many silences of this length begin or end as hours are heard, vessels are on their way out of what the feed
hears or back: that is its edge, although some are still heard there. Passes of satellites leave shorter ones."""

HEARD_AT_EDGE = 0.5
"""Chance an hour on the last miles to there: receivers' ranges end somewhere in a cell, and who does not come back in
hours is not counted as missed in it."""

_MMSI_BITS = 30

_HOW = ("lon", "lat", "cog_deg", "sog_kn")


class Edges(NamedTuple):
    """Where silences begin and end, as seen from the edge of what is heard: arrays (k,)."""

    off_h: Array
    """How soon the vessel leaves what the feed hears if it sails on as it did last; NaN if it does not in six hours."""
    on_h: Array
    """How long ago it entered it if it came as it sailed first, NaN likewise; 0 where there is no on fix."""
    others: Array
    """How many other vessels fell silent or came back at such an edge near there: at the end with the fewest."""

    @classmethod
    def of(cls, gaps: pd.DataFrame, group: Array, months: Records, land: Array) -> "Edges":
        """Look at the ends of a GAPS table (k rows).

        Parameters
        ----------
        gaps
            The silences, of which each bears witness for the others.
        group
            Of their vessels (k,): long-range messages of others do not count for who sends none.
        months
            MONTH records that tell where vessels were heard.
        land
            Bool (cells,): no water in it.

        """
        heard_h, ends = np.zeros((2, ROWS * COLUMNS)), _long_ends(gaps)
        for own, hours in zip(heard_h, (months["heard"], months["heard"] - months["long_range"]), strict=True):
            np.add.at(own, months["cell"], hours)
        heard = heard_h > ends
        which = (group == OTHER_THAN_27).astype(np.int8)
        off, on = ([fixed(gaps[f"{end}_{name}"].to_numpy(np.float64)) for name in _HOW] for end in ("off", "on"))
        back = np.flatnonzero(~np.isnan(on[0]))
        lon, lat, course, speed = (fixed(column[back]) for column in on)
        on_h = np.zeros(len(gaps))
        on_h[back] = edge_hours(heard, which[back], land, lon, lat, fixed((course + 180.0) % 360.0), speed)
        off_h = edge_hours(heard, which, land, *off)
        mmsi = gaps["mmsi"].to_numpy(np.int64)
        cells = cells_of(np.append(off[0], lon), np.append(off[1], lat))
        found = _others(cells, np.append(mmsi, mmsi[back]), ~np.isnan(np.append(off_h, on_h[back])))
        others = found[: mmsi.size]
        others[back] = np.minimum(others[back], found[mmsi.size :])
        return cls(off_h, on_h, others)


def _long_ends(gaps: pd.DataFrame) -> Array:
    """Return how many long silences begin or end in each cell: (cells,); hours of an outage make none long."""
    long = gaps[gaps["duration_h"] - gaps["outage_h"] >= LONG_H]
    lon, lat = (long[[f"off_{axis}", f"on_{axis}"]].to_numpy(np.float64).ravel() for axis in ("lon", "lat"))
    known = ~np.isnan(lon)
    ends: Array = np.bincount(cells_of(lon[known], lat[known]), minlength=ROWS * COLUMNS)
    return ends


def _others(cells: Array, mmsi: Array, is_edge: Array) -> Array:
    """Return how many other vessels have an edge in the cell, or one of those around, of each place (k,)."""
    step = np.array([row * COLUMNS + column for row in (-1, 0, 1) for column in (-1, 0, 1)])
    cells = cells + COLUMNS + 1  # none beside a cell is negative
    around = (cells[is_edge, None] + step << _MMSI_BITS) | mmsi[is_edge, None]
    around = np.unique(around) >> _MMSI_BITS  # once a vessel
    first, after = (np.searchsorted(around, cells, side) for side in ("left", "right"))
    found: Array = np.maximum(after - first - is_edge, 0)
    return found


def or_left(weighed: Weighed, edges: Edges, silent_h: Array) -> Weighed:
    """Weigh silences (k,) with one more way: to where nobody is heard and back, if there was time for it.

    Parameters
    ----------
    weighed
        What hours tell of the silences on other ways.
    edges
        Their ends.
    silent_h
        How long they are.

    """
    away_h = edges.off_h + edges.on_h
    left = (away_h <= silent_h) & (edges.others >= MIN_WITNESSES)  # not where an end is at no edge
    log_left = np.where(left, away_h * math.log(1.0 - HEARD_AT_EDGE), -np.inf)
    log_missed = np.logaddexp(math.log(1.0 - LEFT_SHARE) + weighed.log_missed, math.log(LEFT_SHARE) + log_left)
    heard_h = (1.0 - LEFT_SHARE) * weighed.heard_h + LEFT_SHARE * HEARD_AT_EDGE * away_h
    return weighed._replace(
        heard_h=np.where(left, np.minimum(heard_h, weighed.heard_h), weighed.heard_h),
        log_missed=np.where(left, log_missed, weighed.log_missed),
        log_missed_fair=np.maximum(weighed.log_missed_fair, log_left),
    )
