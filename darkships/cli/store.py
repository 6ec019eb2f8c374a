"""``darkships store``: look into a store and keep it tidy."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from darkships.cli.common import (
    ENGINE_OPTIONS,
    Time,
    min_gap_option,
    open_analysis,
    print_table,
    say,
    sites_option,
    store_option,
    with_options,
)
from darkships.errors import StoreError

if TYPE_CHECKING:
    from darkships.remote import UrlPath


@click.group()
def store() -> None:
    """Look into a store and keep it tidy."""


@store.command(epilog="Example: darkships store info --store my-store")
@store_option
def info(store_path: "Path | UrlPath") -> None:
    """Show what is in a store."""
    from darkships.positions.store import Store

    found = Store.open(store_path, read_only=True).info()
    rows = [[name.replace("_", " "), str(value)] for name, value in found.rows()]
    print_table(["store", str(store_path)], rows)


@store.command(epilog="Example: darkships store compact --store my-store")
@store_option
def compact(store_path: "Path | UrlPath") -> None:
    """Make one part a date again."""
    from darkships.positions.store import Store

    say(f"{Store.open(store_path).compact()} dates compacted")


@store.command(epilog="Example: darkships store vacuum --store my-store")
@store_option
def vacuum(store_path: "Path | UrlPath") -> None:
    """Remove files that the catalog does not list."""
    from darkships.positions.store import Store

    say(f"{Store.open(store_path).vacuum()} files removed")


@store.command(
    epilog="Example: darkships store expire --store my-store --sites sea-of-japan --before 2025-01-01",
)
@store_option
@sites_option
@min_gap_option
@click.option("--before", type=Time(), required=True, help="First date whose reports stay.")
@click.option(
    "--config",
    "watches",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Configuration of a watch on this store: it keeps what it knows, too. Can be given again.",
)
@with_options(ENGINE_OPTIONS)
def expire(store_path: "Path | UrlPath", before: datetime, watches: tuple[Path, ...], **options: Any) -> None:
    """Remove old reports; what they tell of silences, calls and leads at these sites stays.

    It is summed up first, for the options and for every watch. Analyses with other sites, shortest silence or highest
    speed know of these dates only what they summed up before, and nothing after a vacuum. Reports of these dates that
    come later are not taken in.
    """
    from darkships.config import read_config
    from darkships.configured import configured_analysis
    from darkships.positions.store import Store

    store = Store.open(store_path)
    _ = store.path  # at a URL none of what follows would be of use
    with open_analysis(store_path, as_of=None, **options) as analysis:
        _ = analysis.summary
    for config in map(read_config, watches):
        with configured_analysis(config, Store.open(store_path, read_only=True)) as analysis:
            _ = analysis.summary
    gone = store.expire(before.date())
    say(f"{gone.rows:,} reports of {gone.dates} dates removed ({gone.bytes:,} bytes)")


@store.command(epilog="Example: darkships store publish --store my-store s3://bucket/watch")
@store_option
@click.argument("url")
@click.option("--prune", is_flag=True, help="Remove what the store has no more, though somebody may read it just now.")
def publish(store_path: "Path | UrlPath", url: str, *, prune: bool) -> None:
    """Copy what is new to a URL, where every command that only reads a store finds it.

    The catalog comes last: who reads meanwhile sees the version before. Credentials are those of the environment.
    """
    from darkships.positions.store import Store

    done = Store.open(store_path, read_only=True).publish(url, prune=prune)
    removed = f", {done.removed:,} files removed" if prune else ""
    say(
        f"version {done.version} published: {done.parts:,} parts ({done.bytes:,} bytes) and {done.summaries:,} "
        f"summaries copied{removed}"
    )


@store.command(epilog="Example: darkships store verify --store my-store")
@store_option
def verify(store_path: "Path | UrlPath") -> None:
    """Read every part again and check it, and what every file gave, against the catalog."""
    from darkships.positions.store import Store

    verdict = Store.open(store_path, read_only=True).inspect()
    for orphan in verdict.orphans:
        say(f"{orphan} does not count: left by a crash (store vacuum removes it), or being written just now")
    for fault in verdict.faults:
        say(fault)
    if verdict.faults:
        raise StoreError(f"{len(verdict.faults)} fault(s) in {store_path}; ingest the feeds into a new store")
    say(f"sound: {verdict.parts:,} parts, {verdict.rows:,} rows, version {verdict.version}")
