"""From feed files to the store: what of a file is new, told by its content, and one commit for it.

A file is known by the bytes that were taken of it, never by its name or the time it was written. Of a file that begins
with what was taken before only the rest is read, so a log may grow, be rotated, copied or replaced between two runs.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.containers import is_plain
from darkships.feed.containers.names import shown
from darkships.feed.prefix import HEAD_SIZE, Prefix
from darkships.feed.read import Feed, Offer, at_hand, find_feeds, open_feed
from darkships.positions.seen import Seen
from darkships.positions.store import Content, Delivery, IngestCounts, OutrunError, Source, Store
from darkships.schema import QUARANTINE, FeedBatch

Box = tuple[float, float, float, float]
CLOCKS_AHEAD = timedelta(days=1)
"""By so much a report may lie in the future: clocks are off, and some feeds tell local time."""

OnRows = Callable[[Offer, int], None]


@dataclass(frozen=True)
class Window:
    """Which reports of a feed to take; None takes all."""

    since: datetime | None = None
    until: datetime | None = None
    bbox: Box | None = None
    """West, south, east, north in degrees; contacts, which have no place, are taken."""

    def keep(self, batch: FeedBatch) -> FeedBatch:
        """Leave out what lies outside, and count it."""
        if self == Window():
            return batch
        mask = _within(batch.positions, self.since, self.until)
        if self.bbox is not None:
            west, south, east, north = self.bbox
            lon, lat = batch.positions["lon"], batch.positions["lat"]
            inside_lon = pc.and_(pc.greater_equal(lon, west), pc.less_equal(lon, east))
            inside = pc.and_(inside_lon, pc.and_(pc.greater_equal(lat, south), pc.less_equal(lat, north)))
            mask = pc.and_(mask, pc.fill_null(inside, fill_value=True))
        positions = batch.positions.filter(mask)
        statics = batch.statics.filter(_within(batch.statics, self.since, self.until))
        outside = batch.positions.num_rows - positions.num_rows
        skipped = {**batch.skipped, "outside_window": outside} if outside else batch.skipped
        return batch._replace(positions=positions, statics=statics, skipped=skipped)

    def text(self) -> str:
        """Return it as the catalog keeps it; empty if it takes all."""
        return _options(since=_iso(self.since), until=_iso(self.until), bbox=self.bbox)

    @classmethod
    def of(cls, text: str) -> "Window":
        """Return what the catalog keeps."""
        kept = json.loads(text or "{}")
        since, until = (datetime.fromisoformat(kept[name]) if name in kept else None for name in ("since", "until"))
        return cls(since, until, tuple(kept["bbox"]) if "bbox" in kept else None)

    def covers(self, other: "Window") -> bool:
        """Tell whether this takes every report that another takes."""
        if self.since is not None and (other.since is None or _utc(other.since) < _utc(self.since)):
            return False
        if self.until is not None and (other.until is None or _utc(other.until) > _utc(self.until)):
            return False
        if self.bbox is None:
            return True
        if other.bbox is None:
            return False
        (west, south, east, north), inner = self.bbox, other.bbox
        return west <= inner[0] and south <= inner[1] and inner[2] <= east and inner[3] <= north


@dataclass(frozen=True)
class Options:
    """How files are read, and what of them is taken."""

    format: str = "auto"
    column_map: Mapping[str, str] | None = None
    start_time: datetime | None = None
    receiver: str = "unknown"
    window: Window = field(default_factory=Window)
    final: bool = False
    """Files are finished: a last line without line end is whole."""
    latest: datetime | None = None
    """What tells of later is set aside: its clock is wrong."""

    def reading(self) -> str:
        """Return what decides what bytes say, as the catalog keeps it; empty if nothing was asked."""
        return _options(
            format=None if self.format == "auto" else self.format,
            map=dict(self.column_map or {}),
            start_time=_iso(self.start_time),
            receiver=None if self.receiver == "unknown" else self.receiver,
        )

    def between(self) -> tuple[datetime | None, datetime | None]:
        """Return the first and last time of which reports are taken."""
        ends = [end for end in (self.window.until, self.latest) if end is not None]
        return self.window.since, min(ends, key=_utc, default=None)

    def text(self) -> str:
        """Return what decides whether all that is wanted of a file is in the store."""
        return f"{self.reading()} {self.window.text()} {'final' if self.final else ''}".rstrip()


@dataclass(frozen=True)
class FileReport:
    """What became of one input file."""

    path: Offer
    format: str
    mapping: str
    warnings: tuple[str, ...]
    counts: IngestCounts | None
    """None where the same content is in the store already."""
    error: str = ""
    """Why nothing of the file was committed."""
    incomplete: bool = False
    """Whether something of the file could not be read, as the warnings tell; the rest of it is in the store."""


def ingest(
    paths: Iterable[str | Offer],
    store: Store,
    *,
    format: str = "auto",  # noqa: A002  the word users know
    column_map: Mapping[str, str] | None = None,
    start_time: datetime | None = None,
    receiver: str = "unknown",
    window: Window | None = None,
    final: bool = False,
    latest: datetime | None = None,
    on_rows: OnRows | None = None,
) -> list[FileReport]:
    """Read files and commit each to the store in one step; content that is there already changes nothing.

    A file that cannot be read is reported with its error; the others are taken all the same. Of a file that is cut off
    the rows so far are taken, and it is reported as incomplete. The whole file, fetched again, is other content: it is
    taken too, and the rows that both hold are one row each when the store is read. Reports later than ``latest`` go to
    quarantine: one of them would make all other ships silent up to then.
    """
    options = Options(format, column_map, start_time, receiver, window or Window(), final, latest)
    seen, reports = Seen(store.path, {content for _, content in store.inputs()}), []
    for offer in find_feeds(list(paths)):
        if isinstance(offer, Path) and seen.has(offer, options.text()):
            reports.append(_nothing_new(offer))
            continue
        try:
            with at_hand(offer, store.path if store.path.is_dir() else None) as path:
                reports.append(_take(offer, path, store, options, on_rows, seen))
        except FeedError as error:
            reports.append(FileReport(offer, "", "", (), None, str(error)))
    seen.save()
    return reports


def _nothing_new(offer: Offer) -> FileReport:
    return FileReport(offer, "", "", (), None)


@dataclass(frozen=True)
class _Start:
    """Where reading a file begins."""

    known: Source | None
    """What of the file is in the store."""
    final: bool
    key: str
    version: int
    is_news: bool
    """There may be more in the file than is known."""


def _take(offer: Offer, path: Path, store: Store, options: Options, on_rows: OnRows | None, seen: Seen) -> FileReport:
    while True:
        with Prefix(path) as prefix:
            if not prefix.size and store.largest_at(shown(str(offer))):
                note = "is empty, though there was something in it before: it was rotated or cut; nothing to take"
                return FileReport(offer, "", "", (note,), None)
            start = _look(offer, prefix, store, options)
            if not start.is_news:
                if start.known is not None and isinstance(offer, Path):
                    seen.add(offer, options.text(), prefix.before, start.known.content_hash)
                return _nothing_new(offer)
            try:
                return _read(offer, prefix, start, store, options, on_rows)
            except OutrunError:
                continue


def _look(offer: Offer, prefix: Prefix, store: Store, options: Options) -> _Start:
    """Find the longest beginning of a file that the store has."""
    size, head_hash = prefix.size, prefix.sample()
    version, sources = store.candidates(reading=options.reading(), size=size, head_hash=head_hash, head_size=HEAD_SIZE)
    known = _longest(sources, prefix, options.window)
    final = options.final or not isinstance(offer, Path) or not is_plain(prefix.path)
    end = size if final else prefix.whole_lines(size)
    bytes_ = (str(end), head_hash, prefix.sample(end - HEAD_SIZE), known.content_hash if known else "")
    key = ":".join((options.reading(), options.window.text(), *bytes_))
    return _Start(known, final, key, version, known is None or known.bytes < end)


def _longest(sources: list[Source], prefix: Prefix, window: Window) -> Source | None:
    """Return the source with most bytes of those that a file begins with, and of which all that is wanted was taken."""
    found = None
    wanted = [source for source in sources if Window.of(source.window).covers(window)]
    for source in sorted(wanted, key=lambda source: source.bytes):
        if prefix.digest(source.bytes) == source.content_hash:
            found = source
            prefix.mark()
    prefix.rewind()
    return found


def _read(
    offer: Offer, prefix: Prefix, start: _Start, store: Store, options: Options, on_rows: OnRows | None
) -> FileReport:
    known, plain = start.known, is_plain(prefix.path)
    feed = open_feed(
        prefix.path,
        format=options.format,
        column_map=options.column_map,
        start_time=options.start_time,
        receiver=options.receiver,
        start=known.bytes if known else 0,
        first_row=(known.rows_so_far or 0) if known else 0,
        carry=known.carry if known else None,
        final=start.final,
        tap=prefix.feed if plain else None,
        name=str(offer),
        scratch=store.path if store.path.is_dir() else None,
        between=options.between(),
    )
    if not plain:
        prefix.run_to(prefix.size)

    def content(counts: IngestCounts) -> Content | None:
        is_news = counts.rows_read > counts.skipped.get("unfinished_line", 0)
        return _content(prefix, feed) if is_news else None

    def is_taken(others: list[Source]) -> bool:
        with Prefix(prefix.path) as fresh:
            near = [s for s in others if s.bytes <= fresh.size and s.head_hash in {fresh.sample(), ""}]
            found = _longest(near, fresh, options.window)
        return found is not None and found.bytes > (known.bytes if known else 0)

    delivery = Delivery(
        shown(offer.name), shown(str(offer)), feed.format, start.key, options.reading(), options.window.text(),
        known.file_id if known else None, start.version,
        may_be_held=store.largest_at(shown(str(offer))) > prefix.size,
    )  # fmt: skip
    batches = _watched(offer, feed, options, on_rows, prefix.has_name)
    counts = store.deliver(delivery, batches, content=content, is_taken=is_taken)
    warnings = tuple(feed.warnings)
    return FileReport(offer, feed.format, feed.mapping, warnings, counts, incomplete=not feed.complete)


def _content(prefix: Prefix, feed: Feed) -> Content:
    """Say what was read: whole lines of a plain file, which may go on after them, or else all of the file."""
    digest = prefix.digest()
    if feed.consumed and prefix.length == feed.consumed:
        goes_on = prefix.whole_lines(feed.consumed) == feed.consumed
        return Content(digest, feed.consumed, prefix.head_hash, feed.rows if goes_on else None, feed.carry)
    digest = prefix.digest(prefix.size)
    if not prefix.is_as_before():
        raise FeedError(f"{prefix.path} was written to while it was read; nothing was taken, run again")
    return Content(digest, prefix.size, prefix.head_hash)


def _watched(
    offer: Offer, feed: Feed, options: Options, on_rows: OnRows | None, has_name: Callable[[], bool]
) -> Iterator[FeedBatch]:
    is_sure = False
    for batch in feed.batches():
        if not is_sure and not has_name():  # by now it is open; before, it may have been rotated away
            raise OutrunError(f"{offer} was replaced while it was read; run again")
        is_sure = True
        if on_rows:
            on_rows(offer, batch.rows_read)
        yield options.window.keep(_without_future(batch, shown(str(offer)), options.latest))


def _without_future(batch: FeedBatch, where: str, latest: datetime | None) -> FeedBatch:
    """Move reports of later than ``latest`` to quarantine."""
    if latest is None or not batch.positions.num_rows or pc.max(batch.positions["timestamp"]).as_py() <= latest:
        return batch
    known = _within(batch.positions, None, latest)
    refused = batch.positions.filter(pc.invert(known)).select(["offset", "mmsi", "timestamp", "lat", "lon"]).to_pylist()
    rows = [
        {
            "file": where,
            "offset": row["offset"],
            "reason": "future",
            "detail": f"time {row['timestamp']:%Y-%m-%dT%H:%M:%SZ}; expected none after {latest:%Y-%m-%dT%H:%M:%SZ}",
            "raw": f"{row['mmsi']:09d},{row['lat']},{row['lon']}",
        }
        for row in refused
    ]
    return batch._replace(
        positions=batch.positions.filter(known),
        statics=batch.statics.filter(_within(batch.statics, None, latest)),
        quarantine=pa.concat_tables([batch.quarantine, pa.Table.from_pylist(rows, schema=QUARANTINE.arrow)]),
    )


def _within(table: pa.Table, since: datetime | None, until: datetime | None) -> pa.ChunkedArray:
    mask = pa.chunked_array([pa.array([True] * table.num_rows, pa.bool_())])
    if since is not None:
        mask = pc.and_(mask, pc.greater_equal(table["timestamp"], pa.scalar(since, table["timestamp"].type)))
    if until is not None:
        mask = pc.and_(mask, pc.less_equal(table["timestamp"], pa.scalar(until, table["timestamp"].type)))
    return mask


def _options(**given: object) -> str:
    """Return the options that were given as text; empty if none was."""
    said = {name: value for name, value in given.items() if value}
    return json.dumps(said, sort_keys=True) if said else ""


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _iso(time: datetime | None) -> str | None:
    return None if time is None else _utc(time).isoformat()
