"""The way in: find feeds, tell what they are, read them batch by batch."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.containers import Member, Taking, is_junk, members
from darkships.feed.csv_source import CsvSource
from darkships.feed.nmea_source import NmeaSource
from darkships.feed.parquet_source import ParquetSource
from darkships.feed.rows import Context, to_batch
from darkships.feed.sniff import sniff
from darkships.feed.times import decide_form
from darkships.schema import RECEIVERS, FeedBatch

_log = logging.getLogger(__name__)

Source = CsvSource | ParquetSource | NmeaSource


@dataclass
class Feed:
    """One feed file, recognised and ready to be read.

    ``warnings`` and ``complete`` are final once ``batches`` has run to its end.
    """

    path: Path
    format: str
    """Name of the format, or "mixed" where the members of an archive differ."""
    mapping: str
    """What column became what, for the user."""
    receiver: str
    sources: Sequence[Source]
    warnings: list[str] = field(default_factory=list)
    complete: bool = True
    """False once a compressed file turned out to be cut off."""
    start: int = 0
    """Byte of a plain file at which reading begins."""
    consumed: int = 0
    """Byte after the last whole line that was taken; 0 where the feed is not one stream of lines."""
    rows: int = 0
    """Rows up to there, from the beginning of the file."""
    carry: str | None = None
    """What a reader needs to know of the bytes before ``start``, then before ``consumed``; its own business."""

    def batches(self) -> Iterator[FeedBatch]:
        """Yield all rows as tables, in bounded memory; to be run once.

        Row numbers (``offset``) of positions run on from one member of an archive to the next, so that they are
        unique in the file; those of quarantine are the member's own, which ``file`` names.

        Raises
        ------
        FeedError
            When the file is damaged: what was yielded before must then not be used.

        """
        before = 0
        for source in self.sources:
            read = 0
            for batch in source.batches() if isinstance(source, NmeaSource) else self._tabular(source):
                read += batch.rows_read
                yield batch._replace(positions=_moved(batch.positions, before))
            before += read
            self._close(source)
        if len(self.sources) == 1 and isinstance(source := self.sources[0], CsvSource | NmeaSource):
            self.consumed, self.rows = self.start + source.taking.consumed, source.rows

    def _tabular(self, source: CsvSource | ParquetSource) -> Iterator[FeedBatch]:
        dialect, where = source.binding.dialect, source.member.where
        form = self.carry or dialect.time_form
        for chunk in source.chunks():
            times = chunk.columns["timestamp"]
            if form == "auto" and times.null_count < len(times):
                form = decide_form(times, where)
            yield to_batch(
                chunk, Context(dialect, where, self.receiver, "iso" if form == "auto" else form, source.notes)
            )
        self.carry = None if form == dialect.time_form else form

    def _close(self, source: Source) -> None:
        self.warnings.extend(f"{source.member.where}: {note} ({count:,})" for note, count in source.notes.items())
        if not source.complete:
            self.complete = False
            self.warnings.append(f"{source.member.where} is cut off; what came before the cut was read")


def find_feeds(paths: Sequence[Path], *, report: Callable[[str], None] = _log.warning) -> list[Path]:
    """List the feed files that paths name: a file is itself, a directory every file below it.

    Parameters
    ----------
    paths
        Files and directories.
    report
        Told of each file below a directory that was left out, and why.

    Raises
    ------
    FeedError
        When a path does not exist.

    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise FeedError(f"{path} does not exist; expected a feed file or a directory of them")
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            below = file.relative_to(path).parts
            if any(part.startswith(".") for part in below) or (below and is_junk(file.name)):
                report(f"{file} was left out: hidden, or no feed by its name")
            else:
                found.setdefault(file)
    return list(found)


def detect_format(path: Path) -> str:
    """Name the format of a file, by its content.

    Raises
    ------
    FeedError
        When it is none that is known, or the file cannot be read.

    """
    return open_feed(path).format


def open_feed(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002  the word that users know
    column_map: Mapping[str, str] | None = None,
    start_time: datetime | None = None,
    receiver: str = "unknown",
    final: bool = True,
    start: int = 0,
    first_row: int = 0,
    carry: str | None = None,
    tap: Callable[[bytes], None] | None = None,
) -> Feed:
    """Recognise a feed file; its rows are read by ``batches``.

    Parameters
    ----------
    path
        A file: plain, or compressed by gzip, bzip2, xz, zstandard or zip.
    format
        Name of a format, or "auto".
    column_map
        Our column names to the source's, for CSV and Parquet; NMEA logs pay no heed to it.
    start_time
        Time of the first line of an NMEA log whose lines tell none; time-zone-aware.
    receiver
        Who heard the messages, where the feed does not say: one of RECEIVERS.
    final
        The file is finished: a last line without line end is whole. Else it is held back and counted.
    start, first_row, carry
        Where to go on in a plain file that has grown: ``Feed.consumed``, ``rows`` and ``carry`` of what was read of it.
    tap
        Given the bytes of whole lines as they are read, where the feed is one stream of lines.

    Raises
    ------
    FeedError
        When the file cannot be read or recognised, or an argument is none of what is expected.

    """
    if receiver not in RECEIVERS:
        raise FeedError(f"receiver {receiver!r}; expected one of {', '.join(RECEIVERS)}")
    if start_time is not None and start_time.tzinfo is None:
        start_time = start_time.replace(tzinfo=UTC)
    found, notes = members(path)
    sources: list[Source] = [_source(m, format, column_map, start_time, receiver) for m in found]
    names = {_format(source) for source in sources}
    mapping = dict.fromkeys(s.binding.describe() for s in sources if not isinstance(s, NmeaSource))
    warnings = [f"{path}: {note}" for note in notes]
    warnings += [
        f"{s.member.where}: {note}" for s in sources if not isinstance(s, NmeaSource) for note in s.binding.notes
    ]
    for source in sources:
        if isinstance(source, CsvSource | NmeaSource):
            source.taking = Taking(final, tap if len(sources) == 1 else None)
            source.rows = first_row
            source.member = replace(source.member, start=start)
    name = names.pop() if len(names) == 1 else "mixed"
    return Feed(path, name, "; ".join(mapping), receiver, sources, warnings, start=start, carry=carry)


def _source(
    member: Member, format_: str, column_map: Mapping[str, str] | None, start_time: datetime | None, receiver: str
) -> Source:
    tabular = sniff(member, format_, column_map)
    return NmeaSource(member, receiver, start_time) if tabular is None else tabular


def _format(source: Source) -> str:
    return "nmea" if isinstance(source, NmeaSource) else source.binding.dialect.name


def _moved(positions: pa.Table, by: int) -> pa.Table:
    """Return positions with their row numbers moved on."""
    if not by:
        return positions
    at = positions.schema.get_field_index("offset")
    return positions.set_column(at, positions.schema.field(at), pc.add(positions["offset"], by))
