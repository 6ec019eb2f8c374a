"""The way in: find feeds, tell what they are, read them batch by batch."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.ahead import ahead
from darkships.feed.containers import Container, DamagedStreamError, Member, head, is_description
from darkships.feed.containers.names import shown
from darkships.feed.csv_source import CsvSource
from darkships.feed.doubts import doubtful_rest, doubtful_speeds
from darkships.feed.finding import Offer, at_hand, find_feeds
from darkships.feed.json_source import JsonSource
from darkships.feed.nmea_source import NmeaSource
from darkships.feed.rows import POSITION_SCHEMA, Context, to_batch
from darkships.feed.sniff import Tabular, sniff
from darkships.feed.statics import ALWAYS
from darkships.feed.times import count_naive, decide_form
from darkships.schema import QUARANTINE, RECEIVERS, STATICS, FeedBatch
from darkships.units import US_PER_S

__all__ = ["Feed", "Offer", "at_hand", "detect_format", "find_feeds", "open_feed"]

_MOST_NOTES = 20
_UNFINISHED = "the last line has no line end and was held back until it has one; --finished takes it as it is"

Source = Tabular | NmeaSource


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
    container: Container
    warnings: list[str] = field(default_factory=list)
    complete: bool = True
    """False where something of the file could not be read: it is cut off, or a file in the archive is no feed."""
    carry: str | None = None
    """What a reader needs to know of the bytes before ``start``, then before ``consumed``; its own business."""
    between: tuple[datetime | None, datetime | None] = (None, None)
    """Of which times static reports are wanted."""

    @property
    def consumed(self) -> int:
        """Byte after the last whole line of a plain text file that was handed out; 0 for any other feed.

        A later call of ``open_feed`` may take this as its ``start``. Known once ``batches`` has run to its end.
        """
        return self.sources[0].member.progress.consumed if self.container.is_plain else 0

    @property
    def rows(self) -> int:
        """Lines up to there, from the beginning of the file."""
        source = self.sources[0]
        return source.rows if isinstance(source, CsvSource | JsonSource | NmeaSource) else 0

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
        try:
            for source in self.sources:
                read = 0
                for batch in source.batches() if isinstance(source, NmeaSource) else self._tabular(source):
                    read += batch.rows_read
                    yield batch._replace(positions=_moved(batch.positions, before))
                before += read
                if isinstance(source, NmeaSource):
                    self.carry = source.carry
                if source.member.progress.held_back:
                    source.notes[_UNFINISHED] += 1
                    yield _unfinished_line()
                self._close(source)
        finally:
            self.container.close()

    def _tabular(self, source: Tabular) -> Iterator[FeedBatch]:
        where, form = source.member.where, source.binding.dialect.time_form
        if self.carry is not None:
            source.binding = source.binding.with_times(self.carry)
        context = Context(source.binding.dialect, where, self.receiver, form, source.notes, self._between_us())
        for number, chunk in enumerate(source.chunks()):
            dialect, times = source.binding.dialect, chunk.columns["timestamp"]
            if dialect.time_form == "auto" and times.null_count < len(times):
                source.binding = source.binding.with_times(decide_form(times, where))
                dialect = source.binding.dialect
            if dialect.name == "mapped" and (naive := count_naive(times)):
                source.notes["times without a zone were taken as UTC"] += naive
            context.dialect = dialect
            context.time_form = "iso" if dialect.time_form == "auto" else dialect.time_form
            batch = to_batch(chunk, context)
            if number == 0:
                source.notes.update(doubtful_rest(batch.positions["sog"]))
            if dialect.name == "mapped" and number == 0:
                source.notes.update(doubtful_speeds(batch.positions))
            yield batch
        decided = source.binding.dialect.time_form
        self.carry = None if decided == form else decided

    def _between_us(self) -> tuple[int, int]:
        since, until = (None if time is None else round(time.timestamp() * US_PER_S) for time in self.between)
        return ALWAYS[0] if since is None else since, ALWAYS[1] if until is None else until

    def _close(self, source: Source) -> None:
        self.warnings.extend(f"{source.member.where}: {note} ({count:,})" for note, count in source.notes.items())
        if cut := source.member.progress.cut_lines:
            self.warnings.append(
                f"{source.member.where}: only the beginning of lines of several megabytes is read ({cut:,})"
            )
        if not source.complete:
            self.complete = False
            self.warnings.append(f"{source.member.where} is cut off; what came before the cut was read")


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
    start: int = 0,
    first_row: int = 0,
    carry: str | None = None,
    final: bool = True,
    tap: Callable[[memoryview], object] | None = None,
    name: str = "",
    scratch: Path | None = None,
    between: tuple[datetime | None, datetime | None] = (None, None),
) -> Feed:
    """Recognise a feed file; its rows are read by ``batches``.

    Parameters
    ----------
    path
        A file: plain, compressed by gzip, bzip2, xz or zstandard, or a zip or tar archive.
    format
        Name of a format, or "auto".
    column_map
        Our column names to the source's (in JSON a path of keys), for all but NMEA logs.
    start_time
        Time of the first line of an NMEA log whose lines tell none; time-zone-aware.
    receiver
        Who heard the messages, where the feed does not say: one of RECEIVERS.
    start, first_row, carry
        Where to go on in a plain file that has grown: ``Feed.consumed``, ``rows`` and ``carry`` of what was read of it.
        Its format is told by its head all the same.
    final
        False for a plain file that may still grow: a last line without its end is then held back, and counted as
        skipped (``unfinished_line``), instead of being read.
    tap
        Given the bytes of the lines of a plain file as they are read, from ``start`` to ``consumed``.
    name
        What to call the file in messages and quarantine; default: its path.
    scratch
        Folder for a temporary copy of what can only be read by seeking in it; default: the system's.
    between
        First and last time of which static reports are wanted, which a feed of rows sums up; None is any.

    Raises
    ------
    FeedError
        When the file cannot be read or recognised, or an argument is none of what is expected.

    """
    if receiver not in RECEIVERS:
        raise FeedError(f"receiver {receiver!r}; expected one of {', '.join(RECEIVERS)}")
    if start_time is not None and start_time.tzinfo is None:
        start_time = start_time.replace(tzinfo=UTC)
    container = Container(path, where=name, start=start, final=final, tap=tap, scratch=scratch)
    sources: list[Source] = []
    troubles: list[FeedError] = []
    try:
        for member in container.members():
            try:
                if is_description(member.name, partial(head, member)):
                    container.notes.append(f"{shown(member.name)!r} in the archive is no feed and was left out")
                    continue
                sources.append(_source(member, format, column_map, start_time, receiver, first_row, carry))
            except DamagedStreamError:
                raise
            except FeedError as error:  # a file in an archive that is no feed keeps none of the others out
                troubles.append(error)
    finally:
        container.close()
    if not sources:
        raise _refusal(container, troubles)
    names = {_format(source) for source in sources}
    return Feed(
        path,
        names.pop() if len(names) == 1 else "mixed",
        "; ".join(dict.fromkeys(s.binding.describe() for s in sources if not isinstance(s, NmeaSource))),
        receiver,
        sources,
        container,
        _warnings(container, sources, troubles),
        container.complete and not troubles,
        carry,
        between,
    )


def _warnings(container: Container, sources: Sequence[Source], troubles: Sequence[FeedError]) -> list[str]:
    """Return what is known to be amiss before the rows are read; of many alike the first few."""
    found = [f"{container.where}: {note}" for note in container.notes[:_MOST_NOTES]]
    found += [str(error) for error in troubles[:_MOST_NOTES]]
    for kind, all_ in (("files were left out", container.notes), ("files could not be read", troubles)):
        if len(all_) > _MOST_NOTES:
            found.append(f"{container.where}: {len(all_) - _MOST_NOTES:,} more {kind}")
    if not container.complete:
        found.append(f"{container.where} is cut off; the files in it before the cut were read")
    for source in sources:
        if not isinstance(source, NmeaSource):
            found += [f"{source.member.where}: {note}" for note in source.binding.notes]
    return found


def _refusal(container: Container, troubles: list[FeedError]) -> FeedError:
    """Return why a file in which nothing could be read is refused."""
    if len(troubles) == 1:
        return troubles[0]
    if not troubles:
        return FeedError(f"{container.where} holds no feed; expected an archive with at least one")
    told = "; ".join(str(error) for error in troubles[:3])
    return FeedError(f"{container.where}: none of the {len(troubles):,} files in it could be read: {told}")


def _source(
    member: Member,
    format_: str,
    column_map: Mapping[str, str] | None,
    start_time: datetime | None,
    receiver: str,
    first_row: int,
    carry: str | None,
) -> Source:
    tabular = sniff(member, format_, column_map)
    if tabular is None:
        return NmeaSource(member, receiver, start_time, carry)
    if isinstance(tabular, CsvSource | JsonSource):
        tabular.rows = first_row
    return tabular


def _format(source: Source) -> str:
    return "nmea" if isinstance(source, NmeaSource) else source.binding.dialect.name


def _moved(positions: pa.Table, by: int) -> pa.Table:
    """Return positions with their row numbers moved on."""
    if not by:
        return positions
    at = positions.schema.get_field_index("offset")
    return positions.set_column(at, positions.schema.field(at), pc.add(positions["offset"], by))


def _unfinished_line() -> FeedBatch:
    """Account for a last line that was held back."""
    statics = pa.schema([f for f in STATICS.arrow if f.name != "file_id"])
    return FeedBatch(
        POSITION_SCHEMA.empty_table(),
        statics.empty_table(),
        QUARANTINE.arrow.empty_table(),
        rows_read=1,
        skipped={"unfinished_line": 1},
    )
