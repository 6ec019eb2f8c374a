"""What one date tells of silences; the dates beside it tell what stood around their ends."""

from typing import NamedTuple

import numpy as np

from darkships.gaps.records import (
    GAP,
    NEVER,
    Beside,
    Counts,
    Ints,
    Presence,
    Records,
    Rows,
    hear,
    no_ends,
    off_ends,
    on_ends,
)
from darkships.gaps.stretch import RUN, VESSEL, Stretch, named, run_columns
from darkships.kernels import Array
from darkships.kernels.gaps import SPEED_BINS, cut_silences, merge_runs


class Date(NamedTuple):
    """The reports of one date, of all vessels or of a range of MMSIs."""

    rows: Rows
    """The fixes; ``track`` is the row of their chain."""
    chains: Records
    """(c,) CHAIN."""
    ends: Ints
    """(c, 2) first and last row of each."""
    steps: Ints
    """(k, 2) fixes of a chain that follow each other after the shortest silence or more."""
    starts: Ints
    """(v + 1,) where each vessel's fixes start, and n."""
    seconds: Counts
    """(v, SPEED_BINS) how long each sailed at which speed."""
    presence: Presence
    contacts: Records
    """RUN, each of one message."""
    of_b: Array
    """(c,) whether a chain's vessel is of class B."""
    how: Array
    """uint8 (n,) how a fix was heard: by satellite, as a long-range message (bits of ``darkships.kernels.hours``)."""


class Sides(NamedTuple):
    """A date between its neighbours; None where that date is empty."""

    earlier: Date | None
    date: Date
    later: Date | None
    from_earlier: Ints
    """(c,) the chain of the date before that each chain continues, -1 for none."""
    to_later: Ints
    """(chains of the date after,) likewise."""


def of_date(sides: Sides, min_gap_us: int) -> Stretch:
    """Return the silences of one date; nobody is counted as heard yet (``with_heard``)."""
    date = sides.date
    off, on = date.steps.T
    contact = merge_runs(*run_columns(date.contacts), min_gap_us)
    cut = cut_silences(date.rows.mmsi[off], date.rows.t_us[off], date.rows.t_us[on], *contact, min_gap_us)
    off, on = off[cut[:, 0]], on[cut[:, 0]]
    begins, ends = _open_ends(sides, min_gap_us)
    earlier, later = _earlier(sides), _later(sides)
    gaps = np.zeros(off.size, GAP)
    named(gaps, date.chains.take(date.rows.track[off]))
    gaps["off_us"], gaps["on_us"] = cut[:, 1], cut[:, 2]
    gaps["off"], gaps["on"] = off_ends(date.rows, off, earlier), on_ends(date.rows, on, later)
    heads, tails = no_ends(date.chains.size), no_ends(date.chains.size)
    heads[begins] = on_ends(date.rows, date.ends[begins, 0], later)
    tails[ends] = off_ends(date.rows, date.ends[ends, 1], earlier)
    runs = np.empty(contact[0].size, RUN)
    runs["mmsi"], runs["from_us"], runs["to_us"] = contact
    return Stretch(heads, tails, gaps, runs, *_vessels(date))


def with_heard(stretch: Stretch, chain_mmsi: Ints, presence: Presence) -> Stretch:
    """Count how many others were heard at every end; ``presence`` is that of the date and of those beside it."""
    gaps = stretch.gaps.copy()
    for end, is_off in (("off", True), ("on", False)):
        gaps[end] = hear(presence, gaps["mmsi"], gaps[end], is_off=is_off)
    tails = hear(presence, chain_mmsi, stretch.tails, is_off=True)
    heads = hear(presence, chain_mmsi, stretch.heads, is_off=False)
    return stretch._replace(heads=heads, tails=tails, gaps=gaps)


def _open_ends(sides: Sides, min_gap_us: int) -> tuple[Array, Array]:
    """Tell which chains may begin after a silence, and which may end in one: they go on too late or not at all."""
    chains = sides.date.chains
    begins, ends = np.ones(chains.size, np.bool_), np.ones(chains.size, np.bool_)
    if sides.earlier is not None:
        known = np.flatnonzero(sides.from_earlier >= 0)
        last_us = sides.earlier.chains["last_us"][sides.from_earlier[known]]
        begins[known] = chains["first_us"][known] - last_us >= min_gap_us
    if sides.later is not None:
        known = np.flatnonzero(sides.to_later >= 0)
        chain = sides.to_later[known]
        ends[chain] = sides.later.chains["first_us"][known] - chains["last_us"][chain] >= min_gap_us
    return begins, ends


def _earlier(sides: Sides) -> Beside:
    if sides.earlier is None:
        return Beside.nothing()
    same = np.full(sides.earlier.chains.size + 1, -1)
    continued = np.flatnonzero(sides.from_earlier >= 0)
    same[sides.from_earlier[continued]] = continued
    return Beside(sides.earlier.rows, same)


def _later(sides: Sides) -> Beside:
    return Beside.nothing() if sides.later is None else Beside(sides.later.rows, np.append(sides.to_later, -1))


def _vessels(date: Date) -> tuple[Records, Counts]:
    """Sum up each vessel's messages and speeds."""
    rows, starts = date.rows, date.starts
    fixing = rows.mmsi[starts[:-1]]
    mmsi = np.union1d(fixing, date.contacts["mmsi"])
    out = np.zeros(mmsi.size, VESSEL)
    out["mmsi"], out["seen_us"], out["first_us"], out["last_us"], out["last_sog"] = mmsi, NEVER, NEVER, NEVER, np.nan
    np.maximum.at(out["seen_us"], np.searchsorted(mmsi, date.contacts["mmsi"]), date.contacts["to_us"])
    at, last = np.searchsorted(mmsi, fixing), starts[1:] - 1
    out["first_us"][at], out["last_us"][at], out["last_sog"][at] = (
        rows.t_us[starts[:-1]],
        rows.t_us[last],
        rows.sog[last],
    )
    out["seen_us"][at] = np.maximum(out["seen_us"][at], out["last_us"][at])
    seconds = np.zeros((mmsi.size, SPEED_BINS), np.uint32)
    seconds[at] = date.seconds
    return out, seconds
