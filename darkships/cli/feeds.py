"""``darkships ingest`` and ``darkships formats``."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from darkships.cli.common import Box, StorePlace, Time, latest_believed, print_table, row_progress, say
from darkships.errors import FeedError

if TYPE_CHECKING:
    from darkships.intake import FileReport


class _FeedName(click.ParamType[str]):
    """A name of one or more feeds; what it stands for is found out later, in one place for all that take such names."""

    name = "feed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take any text but none, which would mean this folder."""
        if not value:
            self.fail("expected a file, a folder, a pattern, - or a URL, found nothing", param, ctx)
        return str(value)


_COUNTED = ("rows read", "kept", "contacts", "statics", "duplicate", "quarantined")
_SHOWN = 12


def _column_map(_ctx: click.Context, _param: click.Parameter, value: str | None) -> dict[str, str] | None:
    """Read --map mmsi=ID,timestamp=T,lat=Y,lon=X."""
    if value is None:
        return None
    pairs = [part.split("=", 1) for part in value.split(",")]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise click.BadParameter(f"{value!r} is no mapping; write it like mmsi=ID,timestamp=TIME,lat=Y,lon=X")
    return {key.strip(): column.strip() for key, column in pairs}


@click.command(epilog="Example: darkships ingest aisdk-2023-09-07.zip logs/ 'old/**/*.nmea.gz' --store my-store")
@click.argument("feeds", nargs=-1, required=True, type=_FeedName())
@click.option(
    "--store", "store_path", type=StorePlace(), required=True,
    help="Store folder; made if it does not exist.",
)  # fmt: skip
@click.option("--format", "format_", default="auto", show_default=True, help="Format (see darkships formats).")
@click.option("--map", "column_map", callback=_column_map, help="Columns or JSON paths of another format: mmsi=ID,...")
@click.option("--since", type=Time(), help="Leave out reports before this time.")
@click.option("--until", type=Time(), help="Leave out reports after this time.")
@click.option("--bbox", type=Box(), help="Leave out positions outside west,south,east,north.")
@click.option("--start-time", type=Time(), help="Day of an NMEA log whose lines carry no time.")
@click.option("--receiver", default="unknown", show_default=True, help="terrestrial, satellite, vessel or unknown.")
@click.option("--finished", is_flag=True, help="The files grow no more: take a last line without line end, too.")
@click.option("--label", help="What kind of data this is (e.g. synthetic); stands in every output.")
def ingest(
    feeds: tuple[str, ...],
    store_path: Path,
    format_: str,
    column_map: dict[str, str] | None,
    since: datetime | None,
    until: datetime | None,
    bbox: tuple[float, float, float, float] | None,
    start_time: datetime | None,
    receiver: str,
    finished: bool,
    label: str | None,
) -> None:
    """Read AIS feeds into a store. Files that are in it already change nothing.

    FEEDS are files, folders, patterns in quotes (* ? [] and ** for any depth), - for standard input, or URLs (http,
    https, and s3, gs, ... with the package that reads them). They may be plain, compressed by gzip, bzip2, xz or
    zstandard, or zip or tar archives; the content tells, not the name. Of a file that is cut off the rows so far are
    taken, and the exit code is 1. Of a plain file that has grown since only the new rows are taken.
    """
    from darkships import intake
    from darkships.feed.read import find_feeds
    from darkships.positions.store import Store

    found = find_feeds(list(feeds), report=say)
    if not found:  # told before a store is made, as a missing file is
        raise FeedError(f"no feed in {', '.join(map(str, feeds))}; expected files of AIS reports there")
    store = Store.planned(store_path)
    if label is not None:
        store.set_label(label)
    with row_progress() as on_rows:
        reports = intake.ingest(
            found, store, format=format_, column_map=column_map, start_time=start_time, receiver=receiver,
            window=intake.Window(since, until, bbox), final=finished, latest=latest_believed(), on_rows=on_rows,
        )  # fmt: skip
    report_ingest(reports)
    check_ingest(reports, " and left nothing in the store")


def check_ingest(reports: "list[FileReport]", left: str) -> None:
    """Raise an error where a file could not be read, only in part, or not understood at all.

    ``left`` tells what became of the first.
    """
    failed = sum(bool(report.error) for report in reports)
    partly = sum(report.incomplete for report in reports)
    told = [f"{failed} of {len(reports)} files could not be read{left}"] if failed else []
    if partly:
        told.append(f"{partly} of {len(reports)} files are incomplete: what could be read of them is in the store")
    if unclear := sum(map(_is_all_set_aside, reports)):
        told.append(f"of {unclear} of {len(reports)} files every row was set aside, for the reasons above")
    if told:
        raise FeedError("; ".join(told))


def _is_all_set_aside(report: "FileReport") -> bool:
    counts = report.counts
    return counts is not None and 0 < counts.rows_read == sum(counts.quarantined.values())


def report_ingest(reports: "list[FileReport]") -> None:
    """Tell on stderr what became of every file, and why rows were set aside."""
    rows: list[list[str]] = []
    reasons: list[list[str]] = []
    total = Counter[str]()
    for report in reports:
        name = report.path.name
        for warning in report.warnings:
            say(f"{name}: {warning}")
        if report.error:
            say(f"{name}: {report.error}")
        elif report.counts is None:
            rows.append([name, "in the store already", "", "", "", "", "", ""])
        else:
            counts = report.counts
            bad = sum(counts.quarantined.values())
            numbers = (counts.rows_read, counts.kept, counts.contacts, counts.statics, counts.duplicates, bad)
            total.update(dict(zip(_COUNTED, numbers, strict=True)))
            format_ = f"{report.format} (incomplete)" if report.incomplete else report.format
            rows.append([name, format_, *(f"{n:,}" for n in numbers)])
            reasons += [[name, "quarantined", why, f"{n:,}"] for why, n in sorted(counts.quarantined.items())]
            reasons += [[name, "skipped", why, f"{n:,}"] for why, n in sorted(counts.skipped.items())]
    if len(rows) > 1:
        more = [[f"... and {len(rows) - _SHOWN} more files", *[""] * 7]] if len(rows) > _SHOWN else []
        rows = [*rows[:_SHOWN], *more, ["total", "", *(f"{total[name]:,}" for name in _COUNTED)]]
    if rows:
        print_table(["file", "format", *_COUNTED], rows, err=True)
    if reasons:
        print_table(["file", "set aside", "reason", "rows"], reasons, err=True)


@click.command(epilog="Example: darkships formats")
def formats() -> None:
    """List the feed formats that are recognised."""
    from darkships.feed.dialects import known_formats

    print_table(["name", "what", "columns"], known_formats())
