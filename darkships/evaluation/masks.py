"""What to delete from real tracks so that the answer is known: port calls, and as long stretches without one.

Every mask takes all that its vessel said strictly between two of its fixes, which stay and are the ends of a gap.
"""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from darkships.evaluation.fixes import Fixes
from darkships.kernels import Array
from darkships.kernels.geodesy import haversine_nm_many
from darkships.schema import time_us
from darkships.units import EARTH_RADIUS_NM, US_PER_H
from darkships.visits.calls import MIN_STOPPED_H
from darkships.visits.stays import STOPPED_KN

EDGE_NM = (2.0, 60.0)
"""A call's mask begins and ends so far from the berth: uniform up to what the voyage shows, each end for itself."""

LIKE_LENGTH = (0.8, 1.25)
PASSING_NM = 10.0
UNDER_WAY_KN = 1.0
FAST_KN = 20.0
"""A stretch without a call shows no fix for no longer than a boat of this speed needs to the nearest site and back."""

_FREE_US = 90 * 60_000_000
"""Between two masks of a vessel so much stays to be seen."""

_LEAST_FIXES = 3
_DRAWS = 4000
_COLUMNS = ["mmsi", "track_id", "start_us", "end_us", "kind", "site", "pair"]


def choose_masks(
    fixes: Fixes, calls: pd.DataFrame, sites: gpd.GeoDataFrame, *, most: int, min_gap_h: float, seed: int
) -> pd.DataFrame:
    """Choose masks: port calls, each with a stretch at sea of like length (its pair), and other innocent stretches.

    Parameters
    ----------
    fixes
        The tracks.
    calls
        PORT_CALLS of these tracks.
    sites
        A SITES table.
    most
        Calls to mask at most.
    min_gap_h
        Shortest mask.
    seed
        Of the random choices.

    Returns
    -------
    pandas.DataFrame
        One row a mask: mmsi, track_id, start_us, end_us (the fixes that stay), kind, site (of a visit, else empty),
        pair (number that a visit shares with its stretch at sea; -1 for the others).

    """
    choice = _Choice(fixes, sites, np.random.default_rng(seed), round(min_gap_h * US_PER_H))
    lengths = choice.add_pairs(calls, most)
    for kind in ("waiting", "still"):
        for length_us in lengths[::2]:
            choice.add_stretch(length_us, kind, -1)
    return pd.DataFrame(choice.masks, columns=_COLUMNS)


@dataclass
class _Choice:
    fixes: Fixes
    sites: gpd.GeoDataFrame
    rng: np.random.Generator
    least_us: int
    masks: list[tuple[int, int, int, int, str, str, int]] = field(default_factory=list)
    _of_vessel: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _of_site: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from sklearn.neighbors import BallTree

        fixes = self.fixes
        self.inside = fixes.inside(self.sites) >= 0
        self.in_stay = fixes.in_stay
        same_track = np.diff(fixes.track_id) == 0
        self.long_step = np.append(same_track & (np.diff(fixes.t_us) >= self.least_us), False)
        self.first, self.after = (np.searchsorted(fixes.track_id, fixes.track_id, side) for side in ("left", "right"))
        # One number that grows over all tracks: a track's begin lies beyond the end of the one before it.
        span_us = int(np.ptp(fixes.t_us)) + 1 if fixes.t_us.size else 1
        self.order = fixes.t_us + np.cumsum(np.append(0, ~same_track) if fixes.t_us.size else []) * span_us
        approach = np.radians(self.sites[["approach_lat", "approach_lon"]].to_numpy(np.float64))
        self.tree = BallTree(approach, metric="haversine")
        stands = self.in_stay | ~(fixes.sog >= STOPPED_KN)  # a short stop at a pier is no fair example of passing by
        self.calls_until = np.append(0, np.cumsum(self.inside & stands))
        self.stays_until = np.append(0, np.cumsum(self.in_stay))
        self.steps_until = np.append(0, np.cumsum(self.long_step | self._could_hide_calls(same_track)))

    def _could_hide_calls(self, same_track: Array) -> Array:
        """Tell after which rows the track is unseen for long enough to call at the nearest site."""
        step_h = np.diff(self.fixes.t_us) / US_PER_H
        rows = np.flatnonzero(same_track & (step_h >= MIN_STOPPED_H))
        could = np.zeros(self.fixes.t_us.size, bool)
        if rows.size:
            way_h = (self._nearest_nm(rows) + self._nearest_nm(rows + 1)) / FAST_KN
            could[rows] = step_h[rows] >= MIN_STOPPED_H + way_h
        return could

    def add_pairs(self, calls: pd.DataFrame, most: int) -> list[int]:
        """Mask calls in random order, each with a stretch at sea; return the lengths of the masks."""
        seen = calls[calls["arrival_seen"] & calls["departure_seen"]]
        lengths: list[int] = []
        for number in self.rng.permutation(len(seen)):
            if len(lengths) == most:
                break
            call = seen.iloc[number]
            rows = self._around(call)
            # One masked call at a time leaves a site its other traffic: reception there tells nothing.
            if rows is None or not self._take(rows, "visit", call["site"], len(lengths)):
                continue
            length_us = int(self.fixes.t_us[rows[1]] - self.fixes.t_us[rows[0]])
            if self.add_stretch(length_us, "passing", len(lengths)):
                lengths.append(length_us)
            else:
                self._give_back()
        return lengths

    def _around(self, call: pd.Series) -> tuple[int, int] | None:
        """Return the rows at a random distance before and after a call, None if the voyage does not show them."""
        fixes, track_id = self.fixes, int(call["track_id"])
        arrival, departure = time_us(pd.Series([call["arrival"], call["departure"]], name="call"))
        first, last = fixes.row(track_id, arrival), fixes.row(track_id, departure)
        berth = first + int(np.argmax(self.in_stay[first : last + 1]))
        barrier = (self.inside & self.in_stay) | self.long_step
        low, high = int(self.first[first]), int(self.after[first])
        before = np.flatnonzero(barrier[low:first])
        low = max(low + _LEAST_FIXES, low + int(before[-1]) + 1 if before.size else 0)
        after = np.flatnonzero((self.inside & self.in_stay)[last + 1 : high] | self.long_step[last : high - 1])
        high = min(high - _LEAST_FIXES, last + 1 + int(after[0]) if after.size else high)
        place = {"lon": float(fixes.lon[berth]), "lat": float(fixes.lat[berth])}
        there = self._crossing(fixes.away_nm(slice(low, first), **place)[::-1])
        back = self._crossing(fixes.away_nm(slice(last + 1, high), **place))
        return None if there is None or back is None else (first - 1 - there, last + 1 + back)

    def _crossing(self, away_nm: Array) -> int | None:
        """Return how many rows it takes to reach a random distance."""
        farthest_nm = min(away_nm.max(initial=0.0), EDGE_NM[1])
        if farthest_nm < EDGE_NM[0]:
            return None
        return int(np.argmax(away_nm >= self.rng.uniform(EDGE_NM[0], farthest_nm)))

    def _take(self, rows: tuple[int, int], kind: str, site: str, pair: int) -> bool:
        """Add a mask if it is long enough and in no other's way."""
        mmsi = int(self.fixes.mmsi[rows[0]])
        start, end = (int(t) for t in self.fixes.t_us[list(rows)])
        of_vessel, of_site = self._of_vessel.setdefault(mmsi, []), self._of_site.setdefault(site, [])
        free = all(end < a - _FREE_US or start > b + _FREE_US for a, b in of_vessel)
        alone = not site or all(end < a or start > b for a, b in of_site)
        if end - start < self.least_us or not free or not alone or self._two_at_once(mmsi, rows[0], start, end):
            return False
        of_vessel.append((start, end))
        of_site.append((start, end))
        self.masks.append((mmsi, int(self.fixes.track_id[rows[0]]), start, end, kind, site, pair))
        return True

    def _two_at_once(self, mmsi: int, row: int, start: int, end: int) -> bool:
        """Tell whether another track of the vessel speaks meanwhile: one would go on where the other is silent."""
        vessel = slice(*np.searchsorted(self.fixes.mmsi, [mmsi, mmsi + 1]))
        if self.fixes.track_id[vessel][0] == self.fixes.track_id[vessel][-1]:
            return False
        t_us, other = self.fixes.t_us[vessel], self.fixes.track_id[vessel] != self.fixes.track_id[row]
        return bool((other & (t_us > start - _FREE_US) & (t_us < end + _FREE_US)).any())

    def _give_back(self) -> None:
        """Take the last mask back."""
        mmsi, _, start, end, _, site, _ = self.masks.pop()
        self._of_vessel[mmsi].remove((start, end))
        self._of_site[site].remove((start, end))

    def add_stretch(self, length_us: int, kind: str, pair: int) -> bool:
        """Mask a random stretch of like length and of a kind; tell whether one was found."""
        starts = self.rng.integers(0, self.fixes.t_us.size, _DRAWS)
        ends = self._ends(starts, length_us * self.rng.uniform(*LIKE_LENGTH, _DRAWS))
        fits = np.flatnonzero(self._fits(starts, ends, length_us) & self._is(kind, starts, ends))
        for i in fits:
            rows = int(starts[i]), int(ends[i])
            if self._nearest_nm(np.array(rows)).max() > EDGE_NM[1]:
                continue  # farther from every site than any visit's mask: too easy to tell from one
            name = kind
            if kind == "passing":
                path = np.arange(rows[0], rows[1] + 1, max((rows[1] - rows[0]) // 50, 1))
                name = kind if self._nearest_nm(path).min() < PASSING_NM else "elsewhere"
            if self._take(rows, name, "", pair):
                return True
        return False

    def _ends(self, starts: Array, length_us: Array) -> Array:
        """Return the last row of each start's track up to a time after it."""
        ends: Array = np.searchsorted(self.order, self.order[starts] + length_us.astype(np.int64), side="right") - 1
        return np.minimum(ends, self.after[starts] - 1)

    def _fits(self, starts: Array, ends: Array, length_us: int) -> Array:
        """Tell which stretches are as long, show what is before and after, and hold no silence and no call."""
        span = (self.fixes.t_us[ends] - self.fixes.t_us[starts]) / length_us
        shown = (starts - self.first[starts] >= _LEAST_FIXES) & (self.after[starts] - ends > _LEAST_FIXES)
        silent = self.steps_until[ends] - self.steps_until[starts]
        called = self.calls_until[ends + 1] - self.calls_until[starts]
        fits: Array = (span >= LIKE_LENGTH[0]) & (span <= LIKE_LENGTH[1]) & shown & (silent == 0) & (called == 0)
        return fits

    def _is(self, kind: str, starts: Array, ends: Array) -> Array:
        stayed = self.stays_until[ends + 1] - self.stays_until[starts]
        if kind == "still":
            same: Array = (stayed == ends - starts + 1) & (self._moved_nm(starts, ends) < 1.0)
            return same
        moving = (self.fixes.sog[starts] >= UNDER_WAY_KN) & (self.fixes.sog[ends] >= UNDER_WAY_KN)
        found: Array = moving & ((stayed == 0) if kind == "passing" else (stayed > 0))
        return found

    def _moved_nm(self, starts: Array, ends: Array) -> Array:
        lon, lat = self.fixes.lon, self.fixes.lat
        return haversine_nm_many(lon[starts], lat[starts], lon[ends], lat[ends])

    def _nearest_nm(self, rows: Array) -> Array:
        """Return how far the nearest site is from each row, as the crow flies."""
        places = np.radians(np.column_stack([self.fixes.lat[rows], self.fixes.lon[rows]]))
        nm: Array = self.tree.query(places)[0][:, 0] * EARTH_RADIUS_NM
        return nm
