"""Chains: what is known of each vessel's tracks over a stretch of dates, so little that years of it fit in memory.

A chain is a row: a track's first and last fix and how many lie between. Chains of neighbouring stretches join; what a
seam decides depends on the two dates beside it only, so joining is associative.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from darkships.kernels import Array, fixed
from darkships.kernels.links import continuations, link_chains, roots
from darkships.kernels.tracks import find_fragments, step_flags
from darkships.units import US_PER_DAY

MAX_SPEED_KN = 60.0
"""Faster than any displacement ship and than nearly all fast craft: what is beyond is an error or another ship."""

POSITION_SLACK_NM = 0.5
"""What coarse positions and receivers' clocks (up to half a minute) can add to a distance."""

MIN_TRACK_FIXES = 3
"""A shorter track beside an established one is noise."""

NO_GAP_US = 2**62
"""No silence is so long."""

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[Any]

CHAIN = np.dtype(
    [
        ("mmsi", "i8"), ("number", "i4"), ("fixes", "i8"),
        ("first_us", "i8"), ("first", "f8", 2), ("first_fixes", "i4"),
        ("last_us", "i8"), ("last", "f8", 2), ("last_fixes", "i4"), ("last_number", "i4"),
    ]
)  # fmt: skip
"""A track over consecutive dates; places are longitude and latitude, ``first_fixes`` and ``last_fixes`` those of its
first and last date, ``number`` and ``last_number`` its number on them."""

PIECE = np.dtype([("mmsi", "i8"), ("us", "i8"), ("number", "i4"), ("chain", "i8")])
"""From this track of one date on (named by its first fix and its number there) a vessel's tracks of single dates, by
these, belong to this chain, until the next piece: one piece a vessel, unless several ships use its MMSI."""

_NUMBER_BITS = 28
"""Of a date's fixes of one MMSI, and so of their tracks, there are fewer."""

_TAIL = ("last_us", "last", "last_fixes", "last_number")


class Speed(NamedTuple):
    """How fast a vessel can be, and what errors of position and clock may add to a distance."""

    max_speed_kn: float = MAX_SPEED_KN
    slack_nm: float = POSITION_SLACK_NM


class Fragments(NamedTuple):
    """The tracks of single dates, of fixes sorted by (mmsi, time)."""

    chains: Records
    """(f,) CHAIN, each of one date, by vessel, date and number."""
    ends: Ints
    """(f, 2) first and last row of each."""
    of_row: Ints
    """(n,) each fix's fragment, -1 for outliers."""
    steps: Ints
    """(k, 2) fixes of a fragment that follow each other after the shortest silence or more."""


class Joint(NamedTuple):
    """Chains of two stretches put together; the second's are numbered on from the first's."""

    chains: Records
    place: Ints
    """Where each chain of the two is now."""
    before: Ints
    """Which of the first stretch each continues, -1 for none."""


def fragments(
    mmsi: Array, t_us: Ints, lon: Array, lat: Array, sog: Array, cog: Array, speed: Speed, *,
    min_gap_us: int = NO_GAP_US, into: Ints | None = None,
) -> Fragments:  # fmt: skip
    """Associate fixes to the tracks of single dates.

    Arrays (n,) are sorted by (mmsi, time); degrees, knots and degrees, the last two NaN where not told. Each fix's
    fragment is written to ``into`` (n,).
    """
    mmsi, t_us, lon, lat, sog, cog = map(fixed, (mmsi, t_us, lon, lat, sog, cog))
    track = np.empty(mmsi.size, np.int64) if into is None else into
    flags = step_flags(mmsi, t_us, lon, lat, sog, *speed, min_gap_us)
    rows, steps = find_fragments(mmsi, t_us, lon, lat, sog, cog, flags, *speed, MIN_TRACK_FIXES, min_gap_us, track)
    return Fragments(_chains(mmsi, t_us, lon, lat, rows), rows[:, :2].copy(), track, steps.copy())


def _chains(mmsi: Array, t_us: Ints, lon: Array, lat: Array, rows: Ints) -> Records:
    """Return fragments as CHAIN: of fixes (n,) the first row, last row, size and number (f, 4) of each."""
    first, last, fixes, number = rows.T
    chains = np.empty(len(rows), CHAIN)
    chains["mmsi"], chains["number"], chains["last_number"] = mmsi[first], number, number
    chains["fixes"] = chains["first_fixes"] = chains["last_fixes"] = fixes
    chains["first_us"], chains["last_us"] = t_us[first], t_us[last]
    chains["first"], chains["last"] = (np.stack([lon[at], lat[at]], axis=1) for at in (first, last))
    return chains


def dates(us: Ints) -> Ints:
    """Return the days since 1970 of times."""
    days: Ints = us // US_PER_DAY
    return days


def chain_numbers(chains: Records, speed: Speed) -> Ints:
    """Return for fragments, by vessel and date, which belong to one chain: (f,) the number of its first fragment."""
    found: Ints = roots(_continuations(chains, dates(chains["first_us"]), speed))
    return found


def whole_chains(pieces: Records, speed: Speed) -> tuple[Records, Ints]:
    """Join fragments, by vessel and date, to chains; return these and the chain of each fragment."""
    root = chain_numbers(pieces, speed)
    heads, chain = np.unique(root, return_inverse=True)
    last = np.zeros(heads.size, np.int64)
    np.maximum.at(last, chain, np.arange(root.size))
    chains = pieces[heads]
    for name in _TAIL:
        chains[name] = pieces[name][last]
    chains["fixes"] = np.bincount(chain, pieces["fixes"], heads.size)
    order = _order(chains)
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return chains[order], place[chain]


def seams(a: Records, b: Records, speed: Speed) -> Ints:
    """Return for each chain of a stretch which one of the stretch before it continues, -1 for none."""
    before = np.full(b.size, -1, np.int64)
    last, first = _of_day(a, dates(a["last_us"]), np.maximum), _of_day(b, dates(b["first_us"]), np.minimum)
    both = np.concatenate([a.take(last), b.take(first)])
    side = np.repeat([0, 1], [last.size, first.size])
    origin = np.concatenate([last, first])
    number = np.where(side, both["number"], both["last_number"])
    order = np.argsort(((2 * both["mmsi"] + side) << _NUMBER_BITS) + number, kind="stable")
    found = _continuations(both.take(order), side[order], speed)
    later = np.flatnonzero(found >= 0)
    before[origin[order[later]]] = origin[order[found[later]]]
    return before


def join(a: Records, b: Records, speed: Speed) -> Joint:
    """Put the chains of two stretches together, of which the first ends on an earlier date than the second begins."""
    before = seams(a, b, speed)
    continued = before >= 0
    merged, rest = a.copy(), b.take(np.flatnonzero(~continued))
    into = before[continued]
    for name in _TAIL:
        merged[name][into] = b[name][continued]
    merged["fixes"][into] += b["fixes"][continued]
    both = np.concatenate([merged, rest])
    order = _order(both)
    new = np.empty(order.size, np.int64)
    new[order] = np.arange(order.size)
    place = np.empty(a.size + b.size, np.int64)
    place[: a.size] = new[: a.size]
    place[a.size :][~continued], place[a.size :][continued] = new[a.size :], new[into]
    return Joint(both.take(order), place, np.concatenate([np.full(a.size, -1), before]))


def pieces_of(chains: Records) -> Records:
    """Return the PIECEs of chains of one date."""
    pieces = np.empty(chains.size, PIECE)
    pieces["mmsi"], pieces["us"], pieces["number"] = chains["mmsi"], chains["first_us"], chains["number"]
    pieces["chain"] = np.arange(chains.size)
    return pieces


def join_pieces(a: Records, b: Records, place: Ints, chains_a: int) -> Records:
    """Put together the PIECEs of two neighbouring stretches; of the first there are ``chains_a`` chains."""
    both = np.concatenate([a, b])
    both["chain"][a.size :] += chains_a
    both["chain"] = place[both["chain"]]
    both = both.take(np.argsort(both["mmsi"], kind="stable"))
    goes_on = (both["mmsi"][1:] == both["mmsi"][:-1]) & (both["chain"][1:] == both["chain"][:-1])
    return both.take(np.flatnonzero(np.append(True, ~goes_on)[: both.size]))


def number_tracks(chains: Records, speed: Speed) -> tuple[npt.NDArray[np.int32], Ints]:
    """Join chains to whole tracks: number within the vessel (-1: noise), and the chain that each continues (or -1)."""
    mmsi, first_us, first, last_us, last = _ends(chains)
    fixes = np.ascontiguousarray(chains["fixes"])
    return link_chains(mmsi, first_us, first, last_us, last, fixes, MIN_TRACK_FIXES, *speed)


def _order(chains: Records) -> Ints:
    order: Ints = np.lexsort((chains["number"], chains["first_us"], chains["mmsi"]))
    return order


def _of_day(chains: Records, day: Ints, which: np.ufunc) -> Ints:
    """Return the chains that end on their vessel's last date, or begin on its first."""
    if not chains.size:
        return np.empty(0, np.int64)
    is_new = np.diff(chains["mmsi"], prepend=-1) != 0
    wanted = which.reduceat(day, np.flatnonzero(is_new))
    return np.flatnonzero(day == wanted[np.cumsum(is_new) - 1])


def _continuations(chains: Records, day: Ints, speed: Speed) -> Ints:
    mmsi, first_us, first, last_us, last = _ends(chains)
    # A chain goes on as what it was on the date beside the seam.
    is_short = chains["last_fixes"] < MIN_TRACK_FIXES
    found: Ints = continuations(mmsi, day, first_us, first, last_us, last, is_short, *speed)
    return found


def _ends(chains: Records) -> Iterator[Array]:
    return (np.ascontiguousarray(chains[name]) for name in ("mmsi", "first_us", "first", "last_us", "last"))
