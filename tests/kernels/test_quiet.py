"""Spells in which a feed, or a tile of it, was silent, against a search minute by minute."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.quiet import BIN_US, BINS, FEED, heard_bins, long_waits, quiet_spells, tiles_of
from darkships.units import US_PER_DAY

DAY_US = 5 * US_PER_DAY
PLACES = {1: (130.1, 42.2), 2: (133.0, 42.2)}
SHIPS = st.lists(
    st.lists(st.tuples(st.integers(0, 2 * BINS - 1), st.sampled_from([1, 2])), min_size=1, max_size=25),
    min_size=1, max_size=6,
)  # fmt: skip


def naive(ships, least):
    """Return (place or FEED, first quiet bin, first bin heard again or None, ships that fell silent)."""
    found = set()
    for place in (FEED, 1, 2):
        heard = sorted({when for ship in ships for when, where in ship if place in (FEED, where)})
        for last in (when for when in heard if when < BINS):
            again = next((when for when in heard if when > last), None)
            if again is not None and again - last - 1 < 3:
                continue
            silent = 0
            for ship in ships:
                before = [(when, where) for when, where in ship if when <= last]
                after = [when for when, _ in ship if when > last]
                if before and before[-1][0] > last - 12 and place in (FEED, before[-1][1]):
                    silent += not after or (again is not None and after[0] >= again)
            if silent >= least:
                found.add((place, last + 1, again, silent))
    return found


def run(ships, least):
    rows, ends, after = [], [], []
    for number, ship in enumerate(ships):
        own = [each for each in ship if each[0] < BINS]
        ends.append((len(rows), len(rows) + len(own) - 1))
        rows += [(number, DAY_US + when * BIN_US, *PLACES[where], number) for when, where in own]
        after.append(next((DAY_US + when * BIN_US for when, _ in ship if when >= BINS), -1))
    kinds = (np.int64, np.int64, np.float64, np.float64, np.int64)
    mmsi, t_us, lon, lat, chain = (
        np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)
    )
    t_us, lon, lat = map(fixed, (t_us, lon, lat))
    nothing = np.empty(0, np.int64)
    waits = long_waits(mmsi, t_us, lon, lat, chain, np.array(ends), np.array(after), nothing, nothing)
    waits = np.concatenate([waits * [0, 1, 1], waits])
    waits = waits[np.lexsort((waits[:, 1], waits[:, 0]))]
    later = [(when - BINS, where) for ship in ships for when, where in ship if when >= BINS]
    tile = dict(zip(PLACES, tiles_of(*np.array(list(PLACES.values())).T).tolist(), strict=True))
    own = heard_bins(DAY_US, t_us, lon, lat)
    keys = np.concatenate([np.unique(own % BINS), own])
    later_keys = np.array(sorted({when for when, _ in later} | {tile[where] * BINS + when for when, where in later}))
    place = {FEED: FEED, **{number: name for name, number in tile.items()}}
    found = quiet_spells(DAY_US, keys, later_keys.astype(np.int64), waits, least)
    return {
        (place[where], (begin - DAY_US) // BIN_US, None if end < 0 else (end - DAY_US) // BIN_US, vessels)
        for where, begin, end, vessels in found.tolist()
    }


@given(SHIPS, st.integers(1, 3))
def test_spells_are_those_found_bin_by_bin(ships, least):
    ships = [sorted({when: (when, where) for when, where in ship}.values()) for ship in ships]
    ships = [ship for ship in ships if ship[0][0] < BINS]
    if ships:
        assert run(ships, least) == naive(ships, least)


def test_what_has_no_place_has_no_tile():
    assert tiles_of(np.array([np.nan, -179.9]), np.array([42.0, -89.9])).tolist() == [-1, 1]
