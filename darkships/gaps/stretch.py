"""What is known of silences over a stretch of dates; neighbouring stretches add up."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from darkships.gaps.records import END, GAP, NEVER, Counts, Ints, Records, no_ends
from darkships.gaps.table import gap_table, own_speeds
from darkships.kernels import Array
from darkships.kernels.gaps import SPEED_BINS, add_seam_speeds, cut_silences, merge_runs
from darkships.kernels.links import last_up_to

UNDER_WAY_KN = 3.0
"""Slower is drifting or manoeuvring, not passage."""

RUN = np.dtype([("mmsi", "i8"), ("from_us", "i8"), ("to_us", "i8")])
"""Messages without a position, with less than the shortest silence between them."""

VESSEL = np.dtype([("mmsi", "i8"), ("seen_us", "i8"), ("first_us", "i8"), ("last_us", "i8"), ("last_sog", "f4")])
"""A vessel: its last message, its first and last fix (NEVER without any) and the speed then."""


class Stretch(NamedTuple):
    """The silences of chains (c,) over a stretch of dates, and what later dates need to know."""

    heads: Records
    """(c,) END at which each chain begins, in case a silence came before; else of no fix."""
    tails: Records
    """(c,) END at which it ends."""
    gaps: Records
    """GAP inside chains, in no order."""
    runs: Records
    """RUN by vessel and time."""
    vessels: Records
    """VESSEL (v,) by MMSI."""
    seconds: Counts
    """(v, SPEED_BINS): how long each sailed at which speed."""

    @classmethod
    def empty(cls) -> "Stretch":
        """Return the silences of no date."""
        ends, gaps, runs, vessels = (np.empty(0, kind) for kind in (END, GAP, RUN, VESSEL))
        return cls(ends, ends, gaps, runs, vessels, np.empty((0, SPEED_BINS), np.uint32))


def add(a: Stretch, b: Stretch, chains: Records, place: Ints, before: Ints, min_gap_us: int) -> Stretch:
    """Put the silences of two neighbouring stretches together.

    Parameters
    ----------
    a, b
        The earlier and the later stretch.
    chains
        CHAIN (c,) of ``a``, then of ``b``.
    place, before
        (c,) where each chain is in the two together, and which it continues.
    min_gap_us
        The shortest silence.

    """
    tails, heads = np.concatenate([a.tails, b.tails]), np.concatenate([a.heads, b.heads])
    size = int(place.max(initial=-1)) + 1
    first, last = np.empty(size, np.int64), np.empty(size, np.int64)
    first[place[::-1]] = np.arange(place.size)[::-1]
    last[place] = np.arange(place.size)
    runs = _merged_runs(np.concatenate([a.runs, b.runs]), min_gap_us)
    gaps = np.concatenate([a.gaps, b.gaps, bridge(tails, heads, chains, before, runs, min_gap_us)])
    return Stretch(heads.take(first), tails.take(last), gaps, runs, *_merged_vessels(a, b))


def named(gaps: Records, chains: Records) -> None:
    """Name, in place, the track of each GAP (k,) by the first fix of a chain (k,) that is part of it."""
    gaps["mmsi"], gaps["piece_us"], gaps["number"] = chains["mmsi"], chains["first_us"], chains["number"]


def bridge(tails: Records, heads: Records, chains: Records, before: Ints, runs: Records, min_gap_us: int) -> Records:
    """Return the GAPs between chains and those that they continue (``before``, -1 for none)."""
    on = np.flatnonzero(before >= 0)
    off = before[on]
    is_long = chains["first_us"][on] - chains["last_us"][off] >= min_gap_us
    return _cut(tails, heads, off[is_long], on[is_long], chains, chains["first_us"][on[is_long]], runs, min_gap_us)


def gaps_of(
    stretch: Stretch, chains: Records, pieces: Records, number: Ints, before: Ints, *, min_gap_us: int, as_of_us: int,
    shared: Array | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the GAPS table.

    Parameters
    ----------
    stretch, chains, pieces
        All that is known; which chain the tracks of single dates belong to.
    number, before
        (c,) the number of each chain's track within its vessel, -1 for noise, and the chain that it continues.
    min_gap_us, as_of_us
        The shortest silence, and the end of what is known.
    shared
        (c,) whether its track is a ship that shares the MMSI with another: it falls silent by itself. Default: none.

    """
    off = _latest(chains, number, shared)
    until = np.full(off.size, as_of_us)
    still = _cut(stretch.tails, None, off, off, chains, until, stretch.runs, min_gap_us)
    bridges = bridge(stretch.tails, stretch.heads, chains, before, stretch.runs, min_gap_us)
    gaps = np.concatenate([stretch.gaps, bridges, still])
    of_gap = _track_numbers(gaps, pieces, number)
    if (of_gap < 0).any():
        gaps, of_gap = gaps[of_gap >= 0], of_gap[of_gap >= 0]
    vessel = np.searchsorted(stretch.vessels["mmsi"], gaps["mmsi"])
    cruise_kn, max_kn = own_speeds(stretch.seconds)
    return gap_table(gaps, of_gap, (cruise_kn[vessel], max_kn[vessel]), as_of_us, where="the gaps of a store")


def _track_numbers(gaps: Records, pieces: Records, number: Ints) -> Ints:
    """Return the number of each GAP's track within its vessel, -1 for noise."""
    rows = last_up_to(*_columns(pieces, "mmsi", "us", "number"), *_columns(gaps, "mmsi", "piece_us", "number"))
    found: Ints = number[pieces["chain"][rows]].astype(np.int64)
    return found


def _cut(
    tails: Records, heads: Records | None, off: Ints, on: Ints, chains: Records, until_us: Ints, runs: Records,
    min_gap_us: int,
) -> Records:  # fmt: skip
    """Cut silences after chains ``off`` at what else was heard; without ``heads`` what lasts to the end is open."""
    vessel, from_us = np.ascontiguousarray(chains["mmsi"][off]), np.ascontiguousarray(chains["last_us"][off])
    cut = cut_silences(vessel, from_us, until_us, *run_columns(runs), min_gap_us)
    gaps = np.zeros(len(cut), GAP)
    off, on = off[cut[:, 0]], on[cut[:, 0]]
    named(gaps, chains.take(on))
    gaps["off_us"], gaps["on_us"] = cut[:, 1], cut[:, 2]
    gaps["off"] = tails.take(off)
    if heads is not None:
        gaps["on"] = heads.take(on)
    else:
        gaps["on"] = no_ends(off.size)
        gaps["on_us"][cut[:, 3] == 1] = NEVER
    return gaps


def _latest(chains: Records, number: Ints, shared: Array | None) -> Ints:
    """Return each vessel's chain that was heard last: while another track speaks, the MMSI is on the air.

    Of tracks that share an MMSI return the last chain of each.
    """
    known = np.flatnonzero(number >= 0)
    order = known[np.lexsort((number[known], chains["last_us"][known], chains["mmsi"][known]))]
    mmsi = chains["mmsi"][order]
    latest = order[np.append(mmsi[1:] != mmsi[:-1], True)] if order.size else order
    if shared is None or not shared.any():
        return latest
    order = order[shared[order]][::-1]
    _, first = np.unique(np.stack([chains["mmsi"][order], number[order]]), axis=1, return_index=True)
    return np.union1d(latest, order[first])


def run_columns(runs: Records) -> tuple[Array, Array, Array]:
    """Return the columns of RUN records as kernels take them."""
    mmsi, from_us, to_us = _columns(runs, "mmsi", "from_us", "to_us")
    return mmsi, from_us, to_us


def _columns(records: Records, *names: str) -> list[Array]:
    return [np.ascontiguousarray(records[name]) for name in names]


def _merged_runs(runs: Records, min_gap_us: int) -> Records:
    order = np.lexsort((runs["from_us"], runs["mmsi"]))
    columns = merge_runs(*run_columns(runs[order]), min_gap_us)
    merged = np.empty(columns[0].size, RUN)
    merged["mmsi"], merged["from_us"], merged["to_us"] = columns
    return merged


def _merged_vessels(stretch_a: Stretch, stretch_b: Stretch) -> tuple[Records, Counts]:
    """Add up what is known of each vessel."""
    a, b = stretch_a.vessels, stretch_b.vessels
    mmsi = np.union1d(a["mmsi"], b["mmsi"])
    out = np.zeros(mmsi.size, VESSEL)
    out["mmsi"], out["seen_us"], out["first_us"], out["last_us"], out["last_sog"] = mmsi, NEVER, NEVER, NEVER, np.nan
    in_a, in_b = np.searchsorted(mmsi, a["mmsi"]), np.searchsorted(mmsi, b["mmsi"])
    out[in_a] = a
    seconds = np.zeros((mmsi.size, SPEED_BINS), np.uint32)
    seconds[in_a] = stretch_a.seconds
    seconds[in_b] += stretch_b.seconds
    spoke = (out["last_us"][in_b] != NEVER) & (b["first_us"] != NEVER)
    vessel = in_b[spoke]
    last_us, last_sog = (np.ascontiguousarray(out[name][vessel]) for name in ("last_us", "last_sog"))
    add_seam_speeds(seconds, vessel, last_us, last_sog, np.ascontiguousarray(b["first_us"][spoke]), UNDER_WAY_KN)
    out["seen_us"][in_b] = b["seen_us"]
    has_fix = b["first_us"] != NEVER
    vessel, told = in_b[has_fix], b[has_fix]
    out["first_us"][vessel] = np.where(out["first_us"][vessel] == NEVER, told["first_us"], out["first_us"][vessel])
    out["last_us"][vessel], out["last_sog"][vessel] = told["last_us"], told["last_sog"]
    return out, seconds
