"""The way in: find feeds, tell what they are, read them batch by batch."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.ahead import ahead
from darkships.feed.containers import Member, is_junk, members
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

    def batches(self) -> Iterator[FeedBatch]:
        """Yield all rows as tables, in bounded memory; to be run once. The next is made while one is used.

        Row numbers (``offset``) of positions run on from one member of an archive to the next, so that they are
        unique in the file; those of quarantine are the member's own, which ``file`` names.

        Raises
        ------
        FeedError
            When the file is damaged: what was yielded before must then not be used.

        """
        return ahead(self._batches())

    def _batches(self) -> Generator[FeedBatch, None, None]:
        before = 0
        for source in self.sources:
            read = 0
            for batch in source.batches() if isinstance(source, NmeaSource) else self._tabular(source):
                read += batch.rows_read
                yield batch._replace(positions=_moved(batch.positions, before))
            before += read
            self._close(source)

    def _tabular(self, source: CsvSource | ParquetSource) -> Iterator[FeedBatch]:
        where = source.member.where
        for chunk in source.chunks():
            dialect, times = source.binding.dialect, chunk.columns["timestamp"]
            if dialect.time_form == "auto" and times.null_count < len(times):
                dialect = replace(dialect, time_form=decide_form(times, where))
                source.binding = source.binding._replace(dialect=dialect)
            form = "iso" if dialect.time_form == "auto" else dialect.time_form
            yield to_batch(chunk, Context(dialect, where, self.receiver, form, source.notes))

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
    return Feed(path, names.pop() if len(names) == 1 else "mixed", "; ".join(mapping), receiver, sources, warnings)


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
