"""What stretches of dates tell of every vessel: tracks, silences, stays at sites, so little that years of it add up.

``of_dates`` makes one summary a date from its reports; ``combine`` adds neighbouring stretches and is associative;
``EMPTY`` is its identity. However the dates are cut into stretches, in whatever order they came, the result is the
same, bit for bit.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from darkships.flags import dates as flag_dates
from darkships.gaps import dates as gap_dates
from darkships.gaps import stretch as silences
from darkships.gaps.dates import Date, Sides
from darkships.gaps.records import Presence, Records, Room, Rows
from darkships.gaps.stretch import RUN, UNDER_WAY_KN, Stretch
from darkships.kernels import Array, fixed, hours
from darkships.kernels.gaps import speed_histograms
from darkships.kernels.made_good import fill_speeds
from darkships.positions.arrays import values, whole
from darkships.positions.dates import DateParts, read_date
from darkships.positions.parts import part_labels
from darkships.reception import dates as reception_dates
from darkships.reception import records as receptions
from darkships.reception.dates import Beside, Ears, Piece, Vessels
from darkships.reception.records import Reception
from darkships.remote import Place
from darkships.tracks.chains import CHAIN, PIECE, Speed, fragments, join, join_pieces, pieces_of, seams
from darkships.visits.stays import STAY, stays, stitch

SATELLITE, CLASS_B, LONG_RANGE = "satellite", "B", 27
_COLUMNS = ("mmsi", "timestamp", "lon", "lat", "sog", "cog", "nav_status")
_SELDOM = {"receiver": SATELLITE, "ais_class": CLASS_B, "msg_type": LONG_RANGE}
"""Columns that are read only of dates in which these labels may occur."""


class Question(NamedTuple):
    """What a summary depends on beside the reports."""

    min_gap_us: int
    speed: Speed
    sites: gpd.GeoDataFrame | None = None


class Summary(NamedTuple):
    """What a stretch of dates tells."""

    chains: Records
    """CHAIN (c,) by vessel and first fix; what else there is counts them by row."""
    pieces: Records
    """PIECE: which of them a track of one date, as gaps name it, is part of."""
    silences: Stretch
    stays: Records
    """STAY at the question's sites."""
    reception: Reception
    flags: Records
    """FLAG of positions that cannot be true."""

    def arrays(self) -> list[Records]:
        """Return all arrays, in an order that ``of_arrays`` knows."""
        return [self.chains, self.pieces, self.stays, self.flags, *self.silences, *self.reception]

    @classmethod
    def of_arrays(cls, arrays: Sequence[Records]) -> "Summary":
        """Return the summary that ``arrays`` took apart."""
        chains, pieces, stays, flags, *rest = arrays
        size = len(Stretch._fields)
        return cls(chains, pieces, Stretch(*rest[:size]), stays, Reception(*rest[size:]), flags)


EMPTY = Summary(
    np.empty(0, CHAIN), np.empty(0, PIECE), Stretch.empty(), np.empty(0, STAY), Reception.empty(),
    np.empty(0, flag_dates.FLAG),
)  # fmt: skip
"""Of no date."""


class Leaf(NamedTuple):
    """What one date tells."""

    summary: Summary
    hours: Records
    """HOUR: of the date only, for they do not add up to little."""


class Around(NamedTuple):
    """What the dates beside a date need to know of it."""

    presence: Presence
    ears: Ears


def combine(a: Summary, b: Summary, question: Question) -> Summary:
    """Add up two neighbouring stretches, the earlier one first."""
    joint = join(a.chains, b.chains, question.speed)
    both = np.concatenate([a.chains, b.chains])
    stays_b = b.stays.copy()
    stays_b["chain"] += a.chains.size
    return Summary(
        joint.chains,
        join_pieces(a.pieces, b.pieces, joint.place, a.chains.size),
        silences.add(a.silences, b.silences, both, joint.place, joint.before, question.min_gap_us),
        stitch(np.concatenate([a.stays, stays_b]), joint.place, joint.before),
        receptions.add(a.reception, b.reception),
        flag_dates.add(a.flags, b.flags, joint.place, a.chains.size),
    )


def combine_all(stretches: Sequence[Summary], question: Question) -> Summary:
    """Add up neighbouring stretches in their order; gaps, of which there are many, are copied once."""
    rest = [_with_gaps(stretch, EMPTY.silences.gaps) for stretch in stretches]
    total = reduce(lambda a, b: combine(a, b, question), rest or [EMPTY])
    return _with_gaps(total, np.concatenate([*(stretch.silences.gaps for stretch in stretches), total.silences.gaps]))


def _with_gaps(summary: Summary, gaps: Records) -> Summary:
    return summary._replace(silences=summary.silences._replace(gaps=gaps))


def of_dates(
    root: Place, parts: Sequence[DateParts | None], question: Question, ranges: Sequence[tuple[int, int] | None]
) -> Iterator[Leaf]:
    """Yield what dates tell, all but the first and the last of ``parts``, which only tell what stood around.

    Parameters
    ----------
    root
        The store's folder.
    parts
        Consecutive dates; None where nothing was heard.
    question
        What is asked.
    ranges
        First and last MMSI of the vessels to hold at once, in rising order; ``[None]`` for all.

    """
    rooms = [Room() for _ in range(3)]  # for so many dates are held at once
    found: list[list[tuple[Summary, Piece]]] = [[] for _ in parts[1:-1]]
    heard: list[list[Around]] = [[] for _ in parts]
    for between in ranges:
        held: list[Date | None] = []
        for number, of_date in enumerate(parts):
            held.append(_read(root, of_date, question, between, rooms[number % 3]))
            heard[number].append(_around(held[-1]))
            if number < 2:
                continue
            pieces, of_middle = found[number - 2], parts[number - 1]
            earlier, date, later = held
            pieces.append(_of_date(earlier, date, later, question))
            del held[0]  # and what it holds: the next date is written over it
            if between == ranges[-1]:
                yield _leaf(pieces, of_middle.day if of_middle else 0, heard[number - 2 : number + 1])
                pieces.clear()


def _leaf(pieces: Sequence[tuple[Summary, Piece]], day: int, near: Sequence[Sequence[Around]]) -> Leaf:
    """Put together what different vessels did on one date, given what was heard on it and those beside it."""
    summary = _together([_heard(summary, near) for summary, _ in pieces])
    ears, later = (Ears.together([each.ears for each in date]) for date in near[1:])
    hours, reception = reception_dates.of_date([piece for _, piece in pieces], day, ears, later)
    return Leaf(summary._replace(reception=reception), hours)


def _of_date(earlier: Date | None, date: Date | None, later: Date | None, question: Question) -> tuple[Summary, Piece]:
    if date is None:
        return EMPTY, Piece.nothing()
    sides = Sides(
        earlier,
        date,
        later,
        seams(earlier.chains if earlier else EMPTY.chains, date.chains, question.speed),
        seams(date.chains, later.chains if later else EMPTY.chains, question.speed),
    )
    rows = date.rows
    found = EMPTY.stays
    if question.sites is not None:
        found = stays(rows.t_us, rows.track, rows.lon, rows.lat, rows.sog, question.sites)
    gaps = gap_dates.of_date(sides, question.min_gap_us)
    summary = Summary(date.chains, pieces_of(date.chains), gaps, found, EMPTY.reception, _flags(date))
    return summary, reception_dates.of_vessels(_vessels(date), *_beside(sides))


def _flags(date: Date) -> Records:
    rows, chains = date.rows, date.chains
    mmsi, fixes = (np.ascontiguousarray(chains[name]) for name in ("mmsi", "fixes"))
    return flag_dates.of_date(rows.t_us, rows.lon, rows.lat, rows.sog, rows.track, mmsi, date.ends, fixes)


def _vessels(date: Date) -> Vessels:
    rows, contacts = date.rows, date.contacts
    return Vessels(
        rows.mmsi, rows.t_us, rows.lon, rows.lat, date.how, rows.track, date.of_b, date.ends,
        np.ascontiguousarray(contacts["mmsi"]), np.ascontiguousarray(contacts["from_us"]),
    )  # fmt: skip


def _beside(sides: Sides) -> tuple[Beside, Beside]:
    """Return the fix that each chain of a date goes on from, and the one that goes on from it."""
    chains = sides.date.chains.size
    before, after = (Beside(np.full(chains, -1), np.zeros((chains, 2))) for _ in range(2))
    if sides.earlier is not None:
        known = np.flatnonzero(sides.from_earlier >= 0)
        last = sides.earlier.chains[sides.from_earlier[known]]
        before.us[known], before.place[known] = last["last_us"], last["last"]
    if sides.later is not None:
        known = np.flatnonzero(sides.to_later >= 0)
        first, chain = sides.later.chains[known], sides.to_later[known]
        after.us[chain], after.place[chain] = first["first_us"], first["first"]
    return before, after


def _around(date: Date | None) -> Around:
    if date is None:
        return Around(Presence.together([]), Ears.together([]))
    return Around(date.presence, Ears.of(_vessels(date)))


def _heard(summary: Summary, near: Sequence[Sequence[Around]]) -> Summary:
    """Count who else was heard around each silence, of the date and of those beside it."""
    presence = Presence.together([each.presence for date in near for each in date])
    silences = gap_dates.with_heard(summary.silences, summary.chains["mmsi"], presence)
    return summary._replace(silences=silences)


def _read(
    root: Place, parts: DateParts | None, question: Question, between: tuple[int, int] | None, room: Room
) -> Date | None:
    if parts is None:
        return None
    told = [part_labels(root / part.path) for part in parts.parts]
    seldom = [name for name, label in _SELDOM.items() if any(label in labels.get(name, {label}) for labels in told)]
    tables = read_date(root, parts, [*_COLUMNS, *seldom], between)
    return as_date(tables, question, room.rows(parts.rows))


def as_date(tables: Iterable[pa.Table], question: Question, into: Rows) -> Date:
    """Look at the reports of a date, POSITIONS sorted by vessel and time in one or more tables; write them to ``into``.

    Without receivers none is a satellite, without classes no vessel is of class B, without types none is long-range.
    """
    of_b, how = np.empty(into.mmsi.size, np.bool_), np.empty(into.mmsi.size, np.uint8)
    contacts, fixes, knows_speeds = [np.empty(0, RUN)], 0, True
    for table in tables:
        placed = table
        if table["lat"].null_count:
            has_place = table["lat"].is_valid()
            contacts.append(_contacts(table.filter(pc.invert(has_place))))
            placed = table.filter(has_place)
        before, fixes = fixes, fixes + placed.num_rows
        _write(placed, into.between(before, fixes), of_b[before:fixes], how[before:fixes])
        knows_speeds &= not placed["sog"].null_count
    rows = into.between(0, fixes)
    mmsi, track = rows.mmsi, rows.track
    t_us, lon, lat, sog, cog = (fixed(column) for column in rows[1:6])
    found = fragments(mmsi, t_us, lon, lat, sog, cog, question.speed, min_gap_us=question.min_gap_us, into=track)
    if not knows_speeds:
        sog, cog = fill_speeds(*map(fixed, (mmsi, t_us, lon, lat, track, sog, cog)))
    starts, seconds = speed_histograms(fixed(mmsi), t_us, fixed(sog), UNDER_WAY_KN)
    rows = rows._replace(t_us=t_us, lon=lon, lat=lat, sog=sog, cog=cog)
    return Date(
        rows, found.chains, found.ends, found.steps, starts, seconds, Presence.of(rows), np.concatenate(contacts),
        of_b[found.ends[:, 0]], how[:fixes],
    )  # fmt: skip


def _contacts(silent: pa.Table) -> Records:
    contacts = np.empty(silent.num_rows, RUN)
    contacts["mmsi"] = values(silent["mmsi"])
    contacts["from_us"] = contacts["to_us"] = values(silent["timestamp"])
    return contacts


def _write(table: pa.Table, into: Rows, of_b: Array, how: Array) -> None:
    """Write fixes, whether they are of class B, and how they were heard, to arrays (n,)."""
    into.mmsi[:], into.t_us[:] = values(table["mmsi"]), values(table["timestamp"])
    for name in ("lon", "lat", "sog", "cog"):
        getattr(into, name)[:] = values(table[name], np.nan)
    into.nav_status[:] = values(table["nav_status"], -1)
    into.satellite[:], of_b[:] = _has_label(table, "receiver", SATELLITE), _has_label(table, "ais_class", CLASS_B)
    how[:] = into.satellite * np.uint8(hours.BY_SATELLITE)
    if "msg_type" in table.column_names:
        how[values(table["msg_type"], -1) == LONG_RANGE] |= hours.LONG_RANGE


def _has_label(table: pa.Table, name: str, label: str) -> npt.NDArray[np.bool_]:
    """Tell which rows have a label in a column; none do without the column."""
    if name not in table.column_names:
        return np.zeros(table.num_rows, np.bool_)
    column = whole(table[name].unify_dictionaries())
    labels = column.dictionary.to_pylist()
    if label not in labels:
        return np.zeros(len(column), np.bool_)
    return values(column.indices, -1) == labels.index(label)


def _together(pieces: Sequence[Summary]) -> Summary:
    """Put together what different vessels did on one date, in the order of their MMSIs."""
    if len(pieces) == 1:
        return pieces[0]
    columns = [list(arrays) for arrays in zip(*_renumbered(pieces), strict=True)]
    return Summary.of_arrays([np.concatenate(arrays) for arrays in columns])


def _renumbered(pieces: Sequence[Summary]) -> Iterator[list[Records]]:
    before = 0
    for piece in pieces:
        parts, found, flags = piece.pieces.copy(), piece.stays.copy(), piece.flags.copy()
        for records in (parts, found, flags):
            records["chain"] += before
        yield piece._replace(pieces=parts, stays=found, flags=flags).arrays()
        before += piece.chains.size
