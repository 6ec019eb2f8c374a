"""What stretches of dates tell of every vessel: tracks, silences, stays at sites, so little that years of it add up.

``of_dates`` makes one summary a date from its reports; ``combine`` adds neighbouring stretches and is associative;
``EMPTY`` is its identity. However the dates are cut into stretches, in whatever order they came, the result is the
same, bit for bit.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
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
from darkships.gaps.records import Presence, Records, Rows
from darkships.gaps.stretch import RUN, UNDER_WAY_KN, Stretch
from darkships.kernels.gaps import speed_histograms
from darkships.positions.arrays import values, whole
from darkships.positions.dates import DateParts, read_date
from darkships.positions.parts import part_labels
from darkships.tracks.chains import CHAIN, Speed, fragments, join, seams
from darkships.visits.stays import STAY, stays, stitch

SATELLITE = "satellite"
_COLUMNS = ("mmsi", "timestamp", "lon", "lat", "sog", "cog", "nav_status")


class Question(NamedTuple):
    """What a summary depends on beside the reports."""

    min_gap_us: int
    speed: Speed
    sites: gpd.GeoDataFrame | None = None


class Summary(NamedTuple):
    """What a stretch of dates tells."""

    chains: Records
    """CHAIN (c,) by vessel and first fix; what else there is counts them by row."""
    silences: Stretch
    stays: Records
    """STAY at the question's sites."""
    flags: Records
    """FLAG of positions that cannot be true."""

    def arrays(self) -> list[Records]:
        """Return all arrays, in an order that ``of_arrays`` knows."""
        return [self.chains, *self.silences, self.stays, self.flags]

    @classmethod
    def of_arrays(cls, arrays: Sequence[Records]) -> "Summary":
        """Return the summary that ``arrays`` took apart."""
        return cls(arrays[0], Stretch(*arrays[1:-2]), *arrays[-2:])


EMPTY = Summary(np.empty(0, CHAIN), Stretch.empty(), np.empty(0, STAY), np.empty(0, flag_dates.FLAG))
"""Of no date."""


def combine(a: Summary, b: Summary, question: Question) -> Summary:
    """Add up two neighbouring stretches, the earlier one first."""
    joint = join(a.chains, b.chains, question.speed)
    both = np.concatenate([a.chains, b.chains])
    stays_b = b.stays.copy()
    stays_b["chain"] += a.chains.size
    return Summary(
        joint.chains,
        silences.add(a.silences, b.silences, both, joint.place, joint.before, question.min_gap_us),
        stitch(np.concatenate([a.stays, stays_b]), joint.place, joint.before),
        flag_dates.add(a.flags, b.flags, joint.place, a.chains.size),
    )


def of_dates(
    root: Path, parts: Sequence[DateParts | None], question: Question, ranges: Sequence[tuple[int, int] | None]
) -> list[Summary]:
    """Summarise dates, all but the first and the last of ``parts``, which only tell what stood around.

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
    found: list[list[Summary]] = [[] for _ in parts[1:-1]]
    heard: list[list[Presence]] = [[] for _ in parts]
    for between in ranges:
        held: list[Date | None] = []
        for number, of_date in enumerate(parts):
            held.append(_read(root, of_date, question, between))
            heard[number].append(_presence(held[-1]))
            if number >= 2:
                found[number - 2].append(_of_date(held[-3], held[-2], held[-1], question))
                held[-3] = None  # frees its memory
    return [
        _beside([_heard(piece, heard[number : number + 3]) for piece in pieces]) for number, pieces in enumerate(found)
    ]


def _of_date(earlier: Date | None, date: Date | None, later: Date | None, question: Question) -> Summary:
    if date is None:
        return EMPTY
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
    return Summary(date.chains, gap_dates.of_date(sides, question.min_gap_us), found, _flags(date))


def _flags(date: Date) -> Records:
    rows, chains = date.rows, date.chains
    mmsi, fixes = (np.ascontiguousarray(chains[name]) for name in ("mmsi", "fixes"))
    return flag_dates.of_date(rows.t_us, rows.lon, rows.lat, rows.sog, rows.track, mmsi, date.ends, fixes)


def _presence(date: Date | None) -> Presence:
    return Presence.together([]) if date is None else date.presence


def _heard(summary: Summary, near: Sequence[Sequence[Presence]]) -> Summary:
    """Count who else was heard around each silence, of the date and of those beside it."""
    presence = Presence.together([each for date in near for each in date])
    silences = gap_dates.with_heard(summary.silences, summary.chains["mmsi"], presence)
    return summary._replace(silences=silences)


def _read(root: Path, parts: DateParts | None, question: Question, between: tuple[int, int] | None) -> Date | None:
    if parts is None:
        return None
    columns = list(_COLUMNS)
    if any(SATELLITE in (part_labels(root / part.path, "receiver") or {SATELLITE}) for part in parts.parts):
        columns.append("receiver")
    return as_date(read_date(root, parts, columns, between), question)


def as_date(table: pa.Table, question: Question) -> Date:
    """Look at the reports of a date, POSITIONS sorted by vessel and time; without receivers none is a satellite."""
    contacts = np.empty(0, RUN)
    if table["lat"].null_count:
        has_place = table["lat"].is_valid()
        silent = table.filter(pc.invert(has_place))
        contacts = np.empty(silent.num_rows, RUN)
        contacts["mmsi"] = values(silent["mmsi"])
        contacts["from_us"] = contacts["to_us"] = values(silent["timestamp"])
        table = table.filter(has_place)
    satellite = np.zeros(table.num_rows, np.bool_)
    if "receiver" in table.column_names:
        satellite = _is_satellite(table["receiver"])
    mmsi, t_us = values(table["mmsi"]).astype(np.int64), values(table["timestamp"])
    lon, lat, sog, cog = (values(table[name], np.nan) for name in ("lon", "lat", "sog", "cog"))
    found = fragments(mmsi, t_us, lon, lat, sog, cog, question.speed, min_gap_us=question.min_gap_us)
    starts, seconds = speed_histograms(mmsi, t_us, sog, UNDER_WAY_KN)
    nav_status = values(table["nav_status"], -1)
    rows = Rows(mmsi, t_us, lon, lat, sog, cog, nav_status, satellite, found.of_row)
    return Date(rows, found.chains, found.ends, found.steps, starts, seconds, Presence.of(rows), contacts)


def _is_satellite(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    column = whole(column.unify_dictionaries())
    names = column.dictionary.to_pylist()
    if SATELLITE not in names:
        return np.zeros(len(column), np.bool_)
    return values(column.indices, -1) == names.index(SATELLITE)


def _beside(pieces: Sequence[Summary]) -> Summary:
    """Put together what different vessels did on one date, in the order of their MMSIs."""
    if len(pieces) == 1:
        return pieces[0]
    columns = [list(arrays) for arrays in zip(*_renumbered(pieces), strict=True)]
    return Summary.of_arrays([np.concatenate(arrays) for arrays in columns])


def _renumbered(pieces: Sequence[Summary]) -> Iterator[list[Records]]:
    before = 0
    for piece in pieces:
        gaps, found, flags = piece.silences.gaps.copy(), piece.stays.copy(), piece.flags.copy()
        for records in (gaps, found, flags):
            records["chain"] += before
        yield piece._replace(silences=piece.silences._replace(gaps=gaps), stays=found, flags=flags).arrays()
        before += piece.chains.size
